//! Sets of nodes as totem keeps them: short lists whose order travels on the wire.

use core_types::{NodeId, PROCESSOR_COUNT_MAX};

/// Those of `all` that aren't in `without`, in order.
pub(crate) fn subtract(all: &[NodeId], without: &[NodeId]) -> Vec<NodeId> {
    all.iter().copied().filter(|node| !without.contains(node)).collect()
}

/// Adds those of `more` that aren't there yet; at most [`PROCESSOR_COUNT_MAX`] in all.
pub(crate) fn merge(into: &mut Vec<NodeId>, more: &[NodeId]) {
    for &node in more {
        if into.len() < PROCESSOR_COUNT_MAX && node != NodeId(0) && !into.contains(&node) {
            into.push(node);
        }
    }
}

/// Whether both hold the same nodes, in whatever order.
pub(crate) fn same(a: &[NodeId], b: &[NodeId]) -> bool {
    a.len() == b.len() && subset(a, b) && subset(b, a)
}

/// Whether `all` holds every one of `some`.
pub(crate) fn subset(some: &[NodeId], all: &[NodeId]) -> bool {
    some.iter().all(|node| all.contains(node))
}

/// Node ids in a row, as log lines show them.
pub(crate) fn list(nodes: &[NodeId]) -> String {
    nodes.iter().map(|node| format!(" {node}")).collect()
}
