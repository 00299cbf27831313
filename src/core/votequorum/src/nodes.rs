//! The nodes that were ever heard of, and the votes of those that are members now.

use crate::wire::exec::flags;
use crate::wire::ipc::ListedNode;
use core_types::{NodeId, PROCESSOR_COUNT_MAX};

/// Most nodes that are remembered; the dead make room for new ones.
pub(crate) const NODES_MAX: usize = PROCESSOR_COUNT_MAX + 1;

/// Where a node is (`nodestate_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum NodeState {
    /// In the ring.
    Member = 1,
    /// Not in the ring.
    Dead = 2,
    /// In the ring and about to leave; its votes don't count.
    Leaving = 3,
}

/// A node, or the quorum device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// Which one.
    pub id: NodeId,
    /// Where it is.
    pub state: NodeState,
    /// Its votes.
    pub votes: u32,
    /// The votes that it expects of the whole cluster.
    pub expected_votes: u32,
    /// A set of `wire::exec::flags`.
    pub flags: u32,
}

impl Node {
    pub(crate) fn new(id: NodeId, state: NodeState) -> Node {
        Node { id, state, votes: 0, expected_votes: 0, flags: 0 }
    }

    /// Whether all of these flags are set.
    pub fn has(&self, wanted: u32) -> bool {
        self.flags & wanted == wanted
    }

    pub(crate) fn set(&mut self, flags: u32, on: bool) {
        if on {
            self.flags |= flags;
        } else {
            self.flags &= !flags;
        }
    }

    /// The votes of a quorum device that this node's device casts now.
    pub(crate) fn casts(&self, qdevice_votes: u32) -> Option<u32> {
        self.has(flags::QDEVICE_CAST_VOTE).then_some(qdevice_votes)
    }
}

/// All nodes, the local one among them.
#[derive(Debug)]
pub struct Nodes {
    local: NodeId,
    list: Vec<Node>,
}

impl Nodes {
    /// Only the local node, as a member.
    pub fn new(local: NodeId) -> Nodes {
        Nodes { local, list: vec![Node::new(local, NodeState::Member)] }
    }

    /// The local node.
    pub fn us(&self) -> &Node {
        self.get(self.local).expect("the local node is never removed")
    }

    /// The local node.
    pub fn us_mut(&mut self) -> &mut Node {
        self.get_mut(self.local).expect("the local node is never removed")
    }

    /// A node.
    pub fn get(&self, id: NodeId) -> Option<&Node> {
        self.list.iter().find(|node| node.id == id)
    }

    /// A node.
    pub fn get_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.list.iter_mut().find(|node| node.id == id)
    }

    /// Adds a node that isn't there yet. False when there is no room: as many nodes as a ring may have are alive.
    pub fn add(&mut self, id: NodeId) -> bool {
        if self.list.len() >= NODES_MAX {
            let dead = self.list.iter().position(|node| node.state == NodeState::Dead && node.id != self.local);
            let Some(dead) = dead else { return false };
            self.list.remove(dead);
        }
        // The order that clients are told the nodes in is the reference's: a node higher than all comes before the last.
        let place = self.list.iter().position(|node| signed(id) < signed(node.id)).unwrap_or(self.list.len() - 1);
        self.list.insert(place, Node::new(id, NodeState::Dead));
        true
    }

    /// The members, those leaving not among them.
    pub fn members(&self) -> impl Iterator<Item = &Node> {
        self.list.iter().filter(|node| node.state == NodeState::Member)
    }

    /// What every member expects from now on; nothing changes for 0.
    pub fn expect(&mut self, votes: u32) {
        for node in self.list.iter_mut().filter(|node| votes != 0 && node.state == NodeState::Member) {
            node.expected_votes = votes;
        }
    }

    /// The most votes that a member expects.
    pub fn highest_expected(&self) -> u32 {
        self.members().map(|node| node.expected_votes).max().unwrap_or(0)
    }

    /// The members' votes.
    pub fn votes(&self) -> u32 {
        self.members().fold(0, |votes, node| votes.wrapping_add(node.votes))
    }

    /// The lowest member (the local node counts).
    pub fn lowest(&self) -> NodeId {
        let ids = self.members().map(|node| node.id).chain([self.local]);
        ids.min_by_key(|&id| signed(id)).unwrap_or(self.local)
    }

    /// The highest member (the local node counts).
    pub fn highest(&self) -> NodeId {
        let ids = self.members().map(|node| node.id).chain([self.local]);
        ids.max_by_key(|&id| signed(id)).unwrap_or(self.local)
    }

    /// All of them, as clients are told.
    pub fn listed(&self) -> Vec<ListedNode> {
        self.list.iter().map(|node| ListedNode { nodeid: node.id.0, state: node.state as u32 }).collect()
    }
}

/// Node ids compare as C's int, as all nodes of a mixed cluster must agree on the lowest one.
fn signed(id: NodeId) -> i32 {
    id.0 as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_make_room_and_the_local_node_stays() {
        let mut nodes = Nodes::new(NodeId(1));
        nodes.us_mut().state = NodeState::Dead;
        for id in 2..=NODES_MAX as u32 {
            assert!(nodes.add(NodeId(id)));
            nodes.get_mut(NodeId(id)).unwrap().state = NodeState::Member;
        }
        assert!(!nodes.add(NodeId(9999)));
        nodes.get_mut(NodeId(7)).unwrap().state = NodeState::Dead;
        assert!(nodes.add(NodeId(9999)));
        assert!(nodes.get(NodeId(7)).is_none());
        assert_eq!(nodes.us().id, NodeId(1));
    }

    #[test]
    fn lowest_and_highest_are_signed_as_the_references() {
        let mut nodes = Nodes::new(NodeId(5));
        for id in [2, 9, 0x8000_0000] {
            nodes.add(NodeId(id));
            nodes.get_mut(NodeId(id)).unwrap().state = NodeState::Member;
        }
        assert_eq!((nodes.lowest(), nodes.highest()), (NodeId(0x8000_0000), NodeId(9)));
    }
}
