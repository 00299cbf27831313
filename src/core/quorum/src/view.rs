//! Who is in the ring, and who came and went with the last sync.

use core_types::{NodeId, RingId};

/// The membership as of the newest sync.
#[derive(Debug, Default)]
pub(crate) struct View {
    pub(crate) ring: RingId,
    pub(crate) members: Vec<NodeId>,
    pub(crate) joined: Vec<NodeId>,
    pub(crate) left: Vec<NodeId>,
    /// The members of the last sync that was finished.
    settled: Vec<NodeId>,
}

impl View {
    /// A sync starts. A node that was away and came back within one sync has both left and joined.
    pub(crate) fn start(&mut self, transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        let stayed = |node: &NodeId| transitional.contains(node) && members.contains(node);
        self.left = self.settled.iter().copied().filter(|node| !stayed(node)).collect();
        let is_new = |node: &NodeId| !self.settled.contains(node) || self.left.contains(node);
        self.joined = members.iter().copied().filter(is_new).collect();
        self.members = members.to_vec();
        self.ring = ring;
    }

    /// The sync is over.
    pub(crate) fn activate(&mut self) {
        self.settled.clone_from(&self.members);
    }
}

/// Room for node ids in one log line, in bytes.
const LINE_MAX: usize = 63;

/// A list of nodes as log lines: `Members[3]: 1 2 3`. A line that goes on in the next one ends in a backslash.
pub(crate) fn lines(what: &str, nodes: &[NodeId]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut ids = String::new();
    for node in nodes {
        let id = format!(" {node}");
        if ids.len() + id.len() > LINE_MAX {
            lines.push(format!("{what}[{}]:{ids}\\", nodes.len()));
            ids.clear();
        }
        ids.push_str(&id);
    }
    lines.push(format!("{what}[{}]:{ids}", nodes.len()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes<const N: usize>(ids: [u32; N]) -> Vec<NodeId> {
        ids.map(NodeId).to_vec()
    }

    #[test]
    fn joined_and_left_follow_from_the_last_finished_sync() {
        let mut view = View::default();
        view.start(&nodes([1]), &nodes([1, 2]), RingId::default());
        assert_eq!((view.joined.clone(), view.left.clone()), (nodes([1, 2]), nodes([])));
        view.start(&nodes([1]), &nodes([1]), RingId::default());
        assert_eq!(view.joined, nodes([1]), "the first sync was never finished");
        view.activate();
        view.start(&nodes([1]), &nodes([1, 2, 3]), RingId::default());
        assert_eq!((view.joined.clone(), view.left.clone()), (nodes([2, 3]), nodes([])));
        view.activate();
        view.start(&nodes([1, 3]), &nodes([1, 2, 3]), RingId::default());
        assert_eq!((view.joined, view.left), (nodes([2]), nodes([2])), "2 restarted");
    }

    #[test]
    fn long_lists_take_several_lines() {
        assert_eq!(lines("Members", &[]), ["Members[0]:"]);
        assert_eq!(lines("Members", &nodes([1, 20])), ["Members[2]: 1 20"]);
        let many: Vec<NodeId> = (1..=30).map(NodeId).collect();
        let lines = lines("Members", &many);
        assert_eq!(lines[0], "Members[30]: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24\\");
        assert_eq!(lines[1], "Members[30]: 25 26 27 28 29 30");
    }
}
