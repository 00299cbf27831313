//! What services may know of nodes and links (`totemknet_ifaces_get`, `totemknet_nodestatus_get`).

use super::{Network, Transport};
use core_cmap::stats::{KnetHandleStats, KnetLinkStats};
use core_service::{Link, NodeStatus};
use core_types::{CsError, NodeId};
use std::net::IpAddr;

/// What knet says of the link to oneself: no header is taken off.
const LOOPBACK_MTU: u32 = 65535;
/// knet's onwire protocol: lowest, highest and used version.
const ONWIRE: (u8, u8, u8) = (0, 1, 1);

impl Network {
    /// Whether this is knet.
    fn is_knet(&self) -> bool {
        matches!(self.transport, Transport::Alone | Transport::Knet(_))
    }

    /// A node's configured addresses, by link.
    pub(crate) fn addresses(&self, node: NodeId) -> Vec<(u8, IpAddr)> {
        self.nodes.get(&node).into_iter().flatten().map(|(&link, &address)| (link, address)).collect()
    }

    /// A node's links; `None` for an unknown node.
    pub(crate) fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        Some(self.nodes.get(&node)?.iter().map(|(&number, &address)| self.link(node, number, address)).collect())
    }

    fn link(&self, node: NodeId, number: u8, address: IpAddr) -> Link {
        let status = match &self.transport {
            Transport::Knet(knet) if node != self.local => knet.handle.link_status(node, number).ok(),
            _ => None,
        };
        let own = node == self.local;
        let known = |get: fn(&sys_knet::LinkStatus) -> bool| status.as_ref().map_or(own, get);
        Link {
            number,
            address,
            status: self.link_text(number),
            enabled: known(|status| status.enabled),
            connected: known(|status| status.connected),
            dynamic: status.as_ref().is_some_and(|status| status.dynamic),
            mtu: status.as_ref().map_or(LOOPBACK_MTU, |status| status.mtu),
            source: self
                .nodes
                .get(&self.local)
                .and_then(|links| links.get(&number))
                .map_or(String::new(), IpAddr::to_string),
            destination: address.to_string(),
        }
    }

    /// A link's state towards all nodes: a character each for knet, in the order of their ids: `n` for the node
    /// itself, `d` where nothing is known, else `0` plus 1 (enabled), 2 (connected) and 4 (address learnt).
    fn link_text(&self, number: u8) -> String {
        if !self.is_knet() {
            return "OK".into();
        }
        let character = |&node: &NodeId| match &self.transport {
            _ if node == self.local => 'n',
            Transport::Knet(knet) => knet.handle.link_status(node, number).map_or('d', |status| {
                let bits = u8::from(status.enabled) | u8::from(status.connected) << 1 | u8::from(status.dynamic) << 2;
                char::from(b'0' + bits)
            }),
            _ => 'd',
        };
        self.nodes.keys().map(character).collect()
    }

    /// A node's status; `heard` is whether totem hears of it, which is all that UDP knows.
    pub(crate) fn node_status(&self, node: NodeId, heard: bool) -> Result<NodeStatus, CsError> {
        let links = self.links(node);
        let reachable = match &self.transport {
            Transport::Udpu(unicast) => return Ok(self.udp_status(node, links, unicast.is_regular(), heard)),
            Transport::Udp(multicast) => return Ok(self.udp_status(node, links, multicast.is_regular(), heard)),
            Transport::Knet(knet) if node != self.local => knet.handle.is_reachable(node).unwrap_or(heard),
            Transport::Knet(_) | Transport::Alone => true,
        };
        let links = links.ok_or(CsError::NotExist)?;
        Ok(NodeStatus { nodeid: node, reachable, remote: false, external: false, onwire: ONWIRE, links })
    }

    /// What UDP tells of a node: of an unknown one, nothing.
    fn udp_status(&self, node: NodeId, links: Option<Vec<Link>>, enabled: bool, heard: bool) -> NodeStatus {
        let nodeid = if links.is_some() { node } else { NodeId(0) };
        let mut links = links.unwrap_or_default();
        for link in &mut links {
            link.enabled = enabled;
            link.connected = heard;
            link.mtu = self.mtu;
            link.source = std::mem::take(&mut link.destination);
        }
        NodeStatus { nodeid, reachable: heard, remote: false, external: false, onwire: (0, 0, 0), links }
    }

    /// knet's counters; `None` without knet.
    pub(crate) fn knet_handle_stats(&self) -> Option<KnetHandleStats> {
        match &self.transport {
            Transport::Alone => Some(untouched()),
            Transport::Knet(knet) => knet.handle.statistics().ok(),
            Transport::Udpu(_) | Transport::Udp(_) => None,
        }
    }

    /// Every link that knet counts: those to others, and the one to oneself.
    pub(crate) fn knet_links(&self) -> Vec<(NodeId, u8)> {
        let mut links = match &self.transport {
            Transport::Udpu(_) | Transport::Udp(_) => return Vec::new(),
            Transport::Alone => Vec::new(),
            Transport::Knet(knet) => knet.handle.links().collect(),
        };
        links.push((self.local, 0));
        links.sort_unstable();
        links
    }

    /// What knet counted on one of them.
    pub(crate) fn knet_link_stats(&self, node: NodeId, link: u8) -> Option<KnetLinkStats> {
        match &self.transport {
            Transport::Udpu(_) | Transport::Udp(_) => None,
            _ if node == self.local => (link == 0).then(loopback),
            Transport::Alone => None,
            Transport::Knet(knet) => knet.handle.link_statistics(node, link).ok(),
        }
    }
}

/// libknet's counters when nothing was compressed or encrypted.
fn untouched() -> KnetHandleStats {
    KnetHandleStats {
        tx_compress_time_min: u64::MAX,
        rx_compress_time_min: u64::MAX,
        tx_crypt_time_min: u64::MAX,
        rx_crypt_time_min: u64::MAX,
        ..Default::default()
    }
}

/// The counters of the link to oneself, which nothing passes.
fn loopback() -> KnetLinkStats {
    KnetLinkStats {
        enabled: 1,
        connected: 1,
        mtu: LOOPBACK_MTU,
        latency_min: u32::MAX,
        up_count: 1,
        ..Default::default()
    }
}
