//! Links and statistics.

use core_icmap::Value;
use core_service::{Link, NodeStatus, Transport};
use core_types::{CsError, NodeId};
use std::collections::BTreeMap;

/// Links, nodes and statistics as a test sets them; there are none before.
#[derive(Debug, Default)]
pub struct FakeTransport {
    /// The links of each node that is known.
    pub links: BTreeMap<NodeId, Vec<Link>>,
    /// The status of each node that is known.
    pub nodes: BTreeMap<NodeId, NodeStatus>,
    /// The statistics.
    pub stats: BTreeMap<String, Value>,
}

impl Transport for FakeTransport {
    fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        self.links.get(&node).cloned()
    }
    fn node_status(&self, node: NodeId) -> Result<NodeStatus, CsError> {
        self.nodes.get(&node).cloned().ok_or(CsError::NotExist)
    }
    fn stats_keys(&self) -> Vec<String> {
        self.stats.keys().cloned().collect()
    }
    fn stats(&self, key: &str) -> Option<Value> {
        self.stats.get(key).cloned()
    }
}
