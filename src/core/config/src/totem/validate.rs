//! The checks across settings, in the reference's order.

use super::{TotemConfig, TransportKind};
use crate::error::Error;
use crate::outside::Outside;
use core_icmap::Map;
use core_types::INTERFACE_MAX;
use std::net::IpAddr;

/// Shortest time that totem can keep, in milliseconds.
const TIMEOUT_MIN: u32 = 30;
/// Shortest time to hold a token, in milliseconds.
const HOLD_MIN: u32 = 14;
/// Largest frame over knet, in bytes (`KNET_MAX_PACKET_SIZE`).
const KNET_MTU: u32 = 65536;
/// Largest frame over UDP, in bytes.
const UDP_MTU: u32 = 1500;

fn refuse(why: impl std::fmt::Display) -> Error {
    Error::new(format!("parse error in config: {why}"))
}

fn refuse_key(key: &str, why: impl std::fmt::Display) -> Error {
    Error::at_key(key, format!("parse error in config: {why}"))
}

impl TotemConfig {
    /// Checks everything at start (`totem_config_validate`) and settles the frame size.
    pub fn validate(&mut self, map: &Map, outside: &dyn Outside) -> Result<(), Error> {
        let configured = self.links.iter().filter(|link| link.configured).count();
        if configured == 0 {
            return Err(refuse("No interfaces defined"));
        }
        if map.u32("nodelist.local_node_pos").is_none() {
            return Err(refuse("No valid name found for local host"));
        }
        for number in (0..INTERFACE_MAX).filter(|&number| self.links[number].configured) {
            self.validate_link(number)?;
        }
        if self.version != 2 {
            let why = "This totem parser can only parse version 2 configurations.";
            return Err(refuse_key("totem.version", why));
        }
        self.validate_timers(map)?;
        self.check_duplicates(map, outside)?;
        if !["active", "rr", "passive"].contains(&self.link_mode.as_str()) {
            let mode = &self.link_mode;
            let why =
                format!("The Knet link mode \"{mode}\" specified is invalid.  It must be active, passive or rr.\n");
            return Err(refuse_key("totem.link_mode", why));
        }
        self.validate_for_transport(configured)?;
        if self.net_mtu == 0 {
            self.net_mtu = if self.transport == TransportKind::Knet { KNET_MTU } else { UDP_MTU };
        }
        Ok(())
    }

    fn validate_for_transport(&self, configured: usize) -> Result<(), Error> {
        if self.transport == TransportKind::Knet {
            return Ok(());
        }
        if configured > 1 {
            return Err(refuse(format!("{configured} is too many configured interfaces for non-Knet transport.")));
        }
        if self.crypto.is_used() {
            return Err(refuse("crypto_cipher & crypto_hash are only valid for the Knet transport."));
        }
        Ok(())
    }

    fn validate_link(&self, number: usize) -> Result<(), Error> {
        let link = &self.links[number];
        let key = |name| format!("totem.interface.{number}.{name}");
        let multicast = self.transport == TransportKind::Udp;
        let wrong = |name, why: &str| Err(refuse_key(&key(name), format!("{why} for interface {number}")));
        if multicast && link.mcast.is_none() {
            return wrong("mcastaddr", "No multicast address specified");
        }
        if link.port == 0 {
            return wrong("mcastport", "No multicast port specified");
        }
        if !multicast && link.ttl != 1 {
            return wrong("ttl", "Can only set ttl on multicast transport types");
        }
        if self.transport != TransportKind::Knet && link.priority != 1 {
            return wrong("knet_link_priority", "Can only set link priority on knet transport type");
        }
        if link.mcast.is_some_and(|address| address.is_ipv6()) && self.nodeid.0 == 0 {
            return wrong("mcastaddr", "An IPV6 network requires that a node ID be specified");
        }
        if multicast && !self.broadcast {
            let same = link.mcast.map(|address| address.is_ipv4()) == link.bindnet.map(|address| address.is_ipv4());
            if !same {
                return wrong("mcastaddr", "Multicast address family does not match bind address family");
            }
            if matches!(link.mcast, Some(IpAddr::V4(address)) if !address.is_multicast()) {
                return wrong("mcastaddr", "mcastaddr is not a correct multicast address");
            }
        }
        Ok(())
    }

    /// Checks what may change at run time (`totem_volatile_config_validate`).
    pub(crate) fn validate_timers(&self, map: &Map) -> Result<(), Error> {
        let t = &self.timers;
        let at_least = |key: &str, what: &str, value: u32, min: u32| {
            let why = || format!("The {what} parameter ({} ms) may not be less than ({min} ms).", value as i32);
            if value < min { Err(refuse_key(key, why())) } else { Ok(()) }
        };
        at_least("totem.max_network_delay", "max_network_delay", t.max_network_delay, TIMEOUT_MIN)?;
        at_least("totem.token", "token timeout", t.token, TIMEOUT_MIN)?;
        if t.token_warning > 100 {
            let warning = t.token_warning as i32;
            let why = format!("The token warning parameter ({warning}%) must be between 0 (disabled) and 100.");
            return Err(refuse_key("totem.token_warning", why));
        }
        if t.token_retransmit < TIMEOUT_MIN && map.u32("totem.token_retransmit").is_none() {
            let why = "Not appropriate token or token_retransmits_before_loss_const value set";
            return Err(refuse_key("totem.token", why));
        }
        at_least("totem.token_retransmit", "token retransmit timeout", t.token_retransmit, TIMEOUT_MIN)?;
        at_least("totem.hold", "token hold timeout", t.hold, HOLD_MIN)?;
        at_least("totem.join", "join timeout", t.join, TIMEOUT_MIN)?;
        at_least("totem.consensus", "consensus timeout", t.consensus, TIMEOUT_MIN)?;
        if t.consensus < t.join {
            let (consensus, join) = (t.consensus as i32, t.join as i32);
            let why = format!(
                "The consensus timeout parameter ({consensus} ms) may not be less than join timeout ({join} ms)."
            );
            return Err(refuse_key("totem.consensus", why));
        }
        at_least("totem.merge", "merge timeout", t.merge, TIMEOUT_MIN)?;
        at_least("totem.downcheck", "downcheck timeout", t.downcheck, TIMEOUT_MIN)?;
        self.validate_nodes(map)?;
        self.validate_families()
    }

    /// Several links: every node must have a name and be on every link.
    fn validate_nodes(&self, map: &Map) -> Result<(), Error> {
        let mut configured = self.links.iter().filter(|link| link.configured);
        let Some(first) = configured.next() else { return Ok(()) };
        if configured.clone().next().is_none() {
            return Ok(());
        }
        for node in 0..first.members.len() {
            let key = format!("nodelist.node.{node}.name");
            if map.text(&key).is_none() {
                let why = "for a multi-link configuration, all nodes must have a 'name' attribute";
                return Err(refuse_key(&key, why));
            }
        }
        if configured.any(|link| link.members.len() != first.members.len()) {
            return Err(refuse("Not all nodes have the same number of links"));
        }
        Ok(())
    }

    fn validate_families(&self) -> Result<(), Error> {
        for (number, link) in self.links.iter().enumerate().filter(|(_, link)| link.configured) {
            let Some(first) = link.members.first() else { continue };
            if let Some(other) = link.members.iter().find(|m| m.address.is_ipv4() != first.address.is_ipv4()) {
                let (one, two) = (other.address, first.address);
                let why = format!("Nodes for link {number} have different IP families (compared {one} with {two})");
                return Err(refuse(why));
            }
        }
        Ok(())
    }
}
