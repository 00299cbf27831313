//! What a transport must do to follow a configuration (`totemconfig_commit_new_params`, `totemknet_refresh_config`).

use super::{Link, Member, TotemConfig, TransportKind};
use core_types::INTERFACE_MAX;
use std::net::IpAddr;

/// One step from a configuration to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportChange {
    /// A link's local end. Links that stand keep their port: a changed one counts for nodes added from now on.
    Local {
        /// The link.
        link: u8,
        /// The local node's address on it; `None` where the local node isn't listed.
        address: Option<IpAddr>,
        /// The port of both ends.
        port: u16,
    },
    /// A node is no longer on a link.
    Remove {
        /// The link.
        link: u8,
        /// The node as it was.
        member: Member,
    },
    /// A node is new on a link.
    Add {
        /// The link.
        link: u8,
        /// The node.
        member: Member,
    },
    /// knet's compression is set again.
    Compression,
    /// knet gets the new cipher, hash, model or key beside the old ones; the ring's nodes switch over together later.
    Crypto,
    /// `block_unlisted_ips` changed.
    BlockUnlisted,
    /// knet's `knet_pmtud_interval` or `knet_mtu` changed.
    PathMtu,
    /// Priority, ping timers or pong count of a link that stays changed.
    Tune {
        /// The link.
        link: u8,
    },
}

/// The steps from `old` to `new`, in the reference's order; from nothing, what remains once the transport is open. UDP
/// knows one link, whose address and port stay.
pub fn transport_changes(old: Option<&TotemConfig>, new: &TotemConfig) -> Vec<TransportChange> {
    let knet = new.transport == TransportKind::Knet;
    let nothing = <[Link; INTERFACE_MAX]>::default();
    let before = old.map_or(&nothing, |old| &old.links);
    let links = || (0u8..).zip(before.iter().zip(&new.links)).take(if knet { INTERFACE_MAX } else { 1 });
    let configured = (0u8..).zip(&new.links).filter(|(_, link)| link.configured);
    let mut changes: Vec<_> = configured
        .map(|(number, link)| TransportChange::Local { link: number, address: link.local, port: link.port })
        .collect();
    for (link, (old, new)) in links() {
        let gone = old.members.iter().filter(|member| !new.members.contains(member));
        changes.extend(gone.map(|&member| TransportChange::Remove { link, member }));
        let added = new.members.iter().filter(|member| !old.members.contains(member));
        changes.extend(added.map(|&member| TransportChange::Add { link, member }));
    }
    let Some(old) = old else { return changes };
    if knet {
        changes.push(TransportChange::Compression);
        if old.crypto != new.crypto {
            changes.push(TransportChange::Crypto);
        }
    }
    changes.extend(setting_changes(old, new));
    let stay = links().filter(|(_, (old, new))| knet && old.configured && new.configured);
    let tuned = stay.filter(|(_, (old, new))| old.tuning() != new.tuning());
    changes.extend(tuned.map(|(link, _)| TransportChange::Tune { link }));
    changes
}

/// The steps that a change of the map alone brings about.
pub fn setting_changes(old: &TotemConfig, new: &TotemConfig) -> Vec<TransportChange> {
    let (old, knet, new) = (&old.timers, new.transport == TransportKind::Knet, &new.timers);
    let mut changes = Vec::new();
    if old.block_unlisted_ips != new.block_unlisted_ips {
        changes.push(TransportChange::BlockUnlisted);
    }
    if knet && (old.knet_pmtud_interval, old.knet_mtu) != (new.knet_pmtud_interval, new.knet_mtu) {
        changes.push(TransportChange::PathMtu);
    }
    changes
}

impl Link {
    fn tuning(&self) -> (u8, u32, u32, u32, u32) {
        (self.priority, self.ping_interval, self.ping_timeout, self.ping_precision, self.pong_count)
    }
}

#[cfg(test)]
mod tests {
    use super::TransportChange::{Add, BlockUnlisted, Compression, Crypto, Local, PathMtu, Remove, Tune};
    use super::*;
    use crate::{IpVersion, Timers};
    use core_types::NodeId;

    fn member(node: u8, link: u8) -> Member {
        Member { nodeid: NodeId(node.into()), address: IpAddr::from([10, 0, link, node]) }
    }

    fn config(nodes: &[u8], links: &[u8]) -> TotemConfig {
        let mut config = TotemConfig {
            version: 2,
            transport: TransportKind::Knet,
            nodeid: NodeId(1),
            crypto: crate::Crypto { model: "nss".into(), cipher: "none".into(), hash: "none".into(), key: Vec::new() },
            link_mode: "passive".into(),
            clear_node_high_bit: false,
            threads: 0,
            net_mtu: 0,
            ip_version: IpVersion::V4,
            broadcast: false,
            links: Default::default(),
            timers: Timers::default(),
        };
        for &number in links {
            let link = &mut config.links[usize::from(number)];
            link.configured = true;
            link.port = 5405 + u16::from(number);
            link.local = Some(member(1, number).address);
            link.members = nodes.iter().map(|&node| member(node, number)).collect();
        }
        config
    }

    fn local(link: u8) -> TransportChange {
        Local { link, address: Some(member(1, link).address), port: 5405 + u16::from(link) }
    }

    fn add(node: u8, link: u8) -> TransportChange {
        Add { link, member: member(node, link) }
    }

    fn remove(node: u8, link: u8) -> TransportChange {
        Remove { link, member: member(node, link) }
    }

    #[test]
    fn from_nothing_every_node_is_added_on_every_link() {
        let expected = [local(0), local(1), add(1, 0), add(2, 0), add(1, 1), add(2, 1)];
        assert_eq!(transport_changes(None, &config(&[1, 2], &[0, 1])), expected);
    }

    #[test]
    fn nodes_and_links_come_and_go_link_by_link() {
        let old = config(&[1, 2], &[0, 1]);
        let new = config(&[1, 3], &[0, 2]);
        let first = [local(0), local(2), remove(2, 0), add(3, 0), remove(1, 1), remove(2, 1)];
        let expected: Vec<_> = first.into_iter().chain([add(1, 2), add(3, 2), Compression]).collect();
        assert_eq!(transport_changes(Some(&old), &new), expected);
        assert_eq!(transport_changes(Some(&old), &old), [local(0), local(1), Compression]);
    }

    #[test]
    fn a_changed_port_moves_no_node() {
        let old = config(&[1, 2], &[0]);
        let mut new = old.clone();
        new.links[0].port = 7000;
        let moved = Local { link: 0, address: old.links[0].local, port: 7000 };
        assert_eq!(transport_changes(Some(&old), &new), [moved, Compression]);
    }

    #[test]
    fn links_that_stay_are_tuned_and_new_ones_are_not() {
        let old = config(&[1], &[0, 1]);
        let mut new = config(&[1], &[0, 1, 2]);
        new.links[1].priority = 9;
        new.links[2].priority = 9;
        let expected = [local(0), local(1), local(2), add(1, 2), Compression, Tune { link: 1 }];
        assert_eq!(transport_changes(Some(&old), &new), expected);
    }

    #[test]
    fn a_key_alone_is_a_change_of_crypto() {
        let old = config(&[1], &[0]);
        let mut new = old.clone();
        new.crypto.key = vec![1; 128];
        assert_eq!(transport_changes(Some(&old), &new), [local(0), Compression, Crypto]);
    }

    #[test]
    fn settings_are_passed_on_where_the_transport_has_them() {
        let old = config(&[1], &[0]);
        let mut new = old.clone();
        new.timers.block_unlisted_ips = true;
        new.timers.knet_mtu = 1400;
        assert_eq!(setting_changes(&old, &new), [BlockUnlisted, PathMtu]);
        new.transport = TransportKind::Udpu;
        assert_eq!(transport_changes(Some(&old), &new), [local(0), BlockUnlisted]);
    }

    #[test]
    fn udp_has_one_link() {
        let mut new = config(&[1, 2], &[0, 1]);
        new.transport = TransportKind::Udpu;
        assert_eq!(transport_changes(None, &new), [local(0), local(1), add(1, 0), add(2, 0)]);
    }
}
