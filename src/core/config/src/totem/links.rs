//! The links, from `totem.interface.*` (`get_interface_params`).

use super::{KnetProtocol, Link, Member, TotemConfig, TransportKind, Warning};
use crate::error::Error;
use crate::outside::{IpVersion, Outside};
use core_icmap::Map;
use core_types::{INTERFACE_MAX, NodeId};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The port of link 0.
const DEFAULT_PORT: u16 = 5405;
/// Samples for the latency of a link.
pub(super) const PING_PRECISION: u32 = 2048;
/// Pongs until a link is up.
pub(super) const PONG_COUNT: u32 = 2;

/// A number at the start of a text as C's `atoi` reads it, 0 without one.
fn leading_number(text: &str) -> u64 {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if digits == 0 { 0 } else { text[..digits].parse().unwrap_or(u64::from(u32::MAX)) }
}

pub(super) fn too_many(number: impl std::fmt::Display) -> Error {
    let max = INTERFACE_MAX - 1;
    Error::new(format!("parse error in config: interface ring number {number} is bigger than allowed maximum {max}"))
}

impl TotemConfig {
    /// The numbers of the links that have keys, in their keys' order.
    fn numbered_links(&self, map: &Map) -> Result<Vec<usize>, Error> {
        let mut numbers = Vec::new();
        for (key, _) in map.iter("totem.interface.") {
            let Some((number, name)) = key["totem.interface.".len()..].split_once('.') else { continue };
            if self.transport == TransportKind::Udp && name != "bindnetaddr" {
                continue;
            }
            let number = leading_number(number);
            let number = usize::try_from(number).ok().filter(|&n| n < INTERFACE_MAX).ok_or_else(|| too_many(number))?;
            if !numbers.contains(&number) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    /// Reads every link that has a key, at start.
    pub(super) fn read_links(
        &mut self,
        map: &Map,
        outside: &dyn Outside,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        for number in self.numbered_links(map)? {
            self.read_addresses(map, outside, number)?;
            self.read_fixed(map, number)?;
            self.read_knet(map, number);
            self.read_members_of_link(map, outside, number, warnings)?;
        }
        Ok(())
    }

    /// Reads every link that has a key, in a reload: addresses stay, ports and transports only come with new links.
    /// An error ends it without a word, as in the reference; the nodelist is checked after it.
    pub(crate) fn reread_links(&mut self, map: &Map, outside: &dyn Outside, warnings: &mut Vec<Warning>) {
        for link in &mut self.links {
            link.configured = false;
            link.ping_timeout = 0;
            link.ping_interval = 0;
            link.ping_precision = PING_PRECISION;
            link.pong_count = PONG_COUNT;
        }
        for number in self.numbered_links(map).unwrap_or_default() {
            if self.read_fixed(map, number).is_err() {
                return;
            }
            self.read_knet(map, number);
            if self.read_members_of_link(map, outside, number, warnings).is_err() {
                return;
            }
        }
    }

    fn read_addresses(&mut self, map: &Map, outside: &dyn Outside, number: usize) -> Result<(), Error> {
        let prefix = format!("totem.interface.{number}");
        if let Some((key, name)) = text(map, &prefix, "bindnetaddr") {
            let failed = || Error::at_key(key, format!("failed to parse bindnet address '{name}'"));
            self.links[number].bindnet = Some(self.resolve(outside, name).ok_or_else(failed)?);
        }
        if let Some((key, name)) = text(map, &prefix, "mcastaddr") {
            let failed = || Error::at_key(key, format!("failed to parse mcast address '{name}'"));
            self.links[number].mcast = Some(self.resolve(outside, name).ok_or_else(failed)?);
        } else if self.transport == TransportKind::Udp {
            let v6 = self.links[0].bindnet.is_some_and(|address| address.is_ipv6());
            let name = map.text("totem.cluster_name");
            self.links[number].mcast = name.map(|name| generated_multicast(name, number, v6));
        }
        if map.text(&format!("{prefix}.broadcast")) == Some("yes") {
            self.broadcast = true;
        }
        Ok(())
    }

    /// What a link keeps for as long as it exists.
    fn read_fixed(&mut self, map: &Map, number: usize) -> Result<(), Error> {
        let prefix = format!("totem.interface.{number}");
        let step = if self.broadcast { 2 } else { 1 };
        let port = map.u16(&format!("{prefix}.mcastport"));
        let link = &mut self.links[number];
        link.port = port.unwrap_or(DEFAULT_PORT + step * number as u16);
        link.ttl = map.u8(&format!("{prefix}.ttl")).unwrap_or(1);
        link.protocol = match text(map, &prefix, "knet_transport") {
            None | Some((_, "udp")) => KnetProtocol::Udp,
            Some((_, "sctp")) => KnetProtocol::Sctp,
            Some((key, _)) => {
                return Err(Error::at_key(key, "Unrecognised knet_transport. expected 'udp' or 'sctp'"));
            }
        };
        Ok(())
    }

    fn read_knet(&mut self, map: &Map, number: usize) {
        let u32 = |name: &str, default| map.u32(&format!("totem.interface.{number}.{name}")).unwrap_or(default);
        let link = &mut self.links[number];
        link.configured = true;
        link.priority = map.u8(&format!("totem.interface.{number}.knet_link_priority")).unwrap_or(1);
        link.ping_interval = u32("knet_ping_interval", 0);
        link.ping_timeout = u32("knet_ping_timeout", 0);
        link.ping_precision = u32("knet_ping_precision", PING_PRECISION);
        link.pong_count = u32("knet_pong_count", PONG_COUNT);
    }

    fn read_members_of_link(
        &mut self,
        map: &Map,
        outside: &dyn Outside,
        number: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), Error> {
        self.links[number].members.clear();
        let prefix = format!("totem.interface.{number}.member.");
        let members: Vec<_> = map.iter(&prefix).map(|(key, _)| (key.to_owned(), map.text(key))).collect();
        if members.is_empty() {
            return Ok(());
        }
        if map.get("nodelist.node.0.ring0_addr").is_some() {
            warnings.push(Warning::MembersIgnored);
            return Ok(());
        }
        warnings.push(Warning::MembersDeprecated);
        for (key, name) in members {
            let Some(name) = name else { continue };
            let failed = || Error::at_key(key, format!("failed to parse node address '{name}'"));
            let address = self.resolve(outside, name).ok_or_else(failed)?;
            self.add_member(number, Member { nodeid: NodeId(0), address })?;
        }
        Ok(())
    }

    /// The address that a name stands for under `totem.ip_version` (`totemip_parse`).
    pub(super) fn resolve(&self, outside: &dyn Outside, name: &str) -> Option<IpAddr> {
        resolve(outside, name, self.ip_version)
    }

    /// Fills in what follows from the local node's address (`configure_link_params`).
    pub(super) fn finish_links(&mut self, map: &Map, outside: &dyn Outside, local: Option<u32>) {
        for number in 0..INTERFACE_MAX {
            if !self.links[number].configured {
                continue;
            }
            let address = local
                .and_then(|position| map.text(&format!("nodelist.node.{position}.ring{number}_addr")))
                .and_then(|name| self.resolve(outside, name));
            if let Some(address) = address {
                self.links[number].finish(address, number as u16);
            }
        }
    }
}

impl Link {
    fn finish(&mut self, address: IpAddr, number: u16) {
        self.local = Some(address);
        self.priority = self.priority.max(1);
        if self.ping_precision == 0 {
            self.ping_precision = PING_PRECISION;
        }
        if self.pong_count == 0 {
            self.pong_count = PONG_COUNT;
        }
        if self.port == 0 {
            self.port = DEFAULT_PORT + number;
        }
    }
}

pub(super) fn resolve(outside: &dyn Outside, name: &str, version: IpVersion) -> Option<IpAddr> {
    version.choose(&outside.resolve(name, version))
}

fn text<'a>(map: &'a Map, prefix: &str, name: &str) -> Option<(String, &'a str)> {
    let key = format!("{prefix}.{name}");
    let text = map.text(&key)?;
    Some((key, text))
}

/// The multicast group of a cluster whose configuration names none (`get_cluster_mcast_addr`).
fn generated_multicast(cluster: &str, link: usize, v6: bool) -> IpAddr {
    let sum = cluster.bytes().fold(0i32, |sum, byte| sum.wrapping_shl(1).wrapping_add(i32::from(byte as i8)));
    let id = (sum as u16).wrapping_add(link as u16);
    if v6 {
        IpAddr::V6(Ipv6Addr::new(0xff15, 0, 0, 0, 0, 0, 0, id))
    } else {
        IpAddr::V4(Ipv4Addr::new(239, 192, (id >> 8) as u8, (id % 0xff) as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_differ_by_cluster_and_link() {
        assert_eq!(generated_multicast("ab", 1, false).to_string(), "239.192.1.38");
        assert_eq!(generated_multicast("ab", 0, true).to_string(), "ff15::124");
    }

    #[test]
    fn numbers_are_read_from_the_start() {
        assert_eq!((leading_number("7x"), leading_number("x"), leading_number("12")), (7, 0, 12));
    }
}
