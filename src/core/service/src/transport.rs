//! What services may know of the links below totem, and of everybody's statistics.

use core_icmap::Value;
use core_types::{CsError, NodeId};
use std::net::IpAddr;

/// One link of a node (`totempg_ifaces_get`, `totem_node_status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number, 0 to 7.
    pub number: u8,
    /// The node's address on it.
    pub address: IpAddr,
    /// What `corosync-cfgtool -s` shows of it: `"OK"`, `"FAULTY"` or knet's string of flags, one character a node.
    pub status: String,
    /// Whether it may be used at all.
    pub enabled: bool,
    /// Whether its other end answers.
    pub connected: bool,
    /// Whether it is configured to change its address on the fly.
    pub dynamic: bool,
    /// Usable payload, in bytes.
    pub mtu: u32,
    /// Its local end, printable (`src_ipaddr`).
    pub source: String,
    /// Its other end, printable (`dst_ipaddr`).
    pub destination: String,
}

/// A node as the transport sees it (`corosync_knet_node_status`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStatus {
    /// The node.
    pub nodeid: NodeId,
    /// Whether it can be reached by any link.
    pub reachable: bool,
    /// Whether it is reached through another node.
    pub remote: bool,
    /// Whether it is reached through an external device.
    pub external: bool,
    /// Onwire protocol versions: lowest, highest and in use.
    pub onwire: (u8, u8, u8),
    /// Its links.
    pub links: Vec<Link>,
}

/// A view on the links and on statistics, answered from what is known without I/O.
pub trait Transport {
    /// A node's links, ascending by number; `None` when the node isn't known.
    fn links(&self, node: NodeId) -> Option<Vec<Link>>;
    /// A node's status. `NotExist` for an unknown node; UDP gives an empty status for that, as the reference.
    fn node_status(&self, node: NodeId) -> Result<NodeStatus, CsError>;
    /// All keys of the stats map (`stats.srp.*`, `stats.pg.*`, `stats.ipcs.*`, `stats.knet.*`, ...), ascending.
    fn stats_keys(&self) -> Vec<String>;
    /// The value of one of them.
    fn stats(&self, key: &str) -> Option<Value>;
}
