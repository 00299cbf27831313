//! The arithmetic: from nodes and settings to "how many votes are needed" and "is this partition quorate". Pure:
//! nothing here changes anything.

use crate::nodes::Nodes;
use crate::wire::exec::flags;
use core_types::NodeId;

/// Who decides when exactly half of the votes are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum TieBreaker {
    /// Nobody: half is not enough.
    #[default]
    None,
    /// The partition with the lowest node.
    Lowest,
    /// The partition with the highest node.
    Highest,
    /// The partition with the first of these that can be up.
    List(Vec<NodeId>),
}

impl TieBreaker {
    /// As `runtime.votequorum.atb_type` says it.
    pub fn number(&self) -> u32 {
        match self {
            TieBreaker::None => 0,
            TieBreaker::Lowest => 1,
            TieBreaker::Highest => 2,
            TieBreaker::List(_) => 3,
        }
    }
}

/// Votes and nodes that count now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// The members' votes, and the quorum device's while it casts them here.
    pub votes: u32,
    /// The members, and the quorum device while it casts its votes here.
    pub voters: u32,
}

/// What counts, given the votes of the quorum device.
pub fn tally(nodes: &Nodes, qdevice_votes: u32) -> Tally {
    let cast = nodes.us().casts(qdevice_votes);
    let votes = nodes.votes().wrapping_add(cast.unwrap_or(0));
    Tally { votes, voters: nodes.members().count() as u32 + u32::from(cast.is_some()) }
}

/// What is not seen in the nodes and makes a difference to the votes needed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// Each of two nodes has quorum alone.
    pub two_node: bool,
    /// Votes expected may shrink with nodes that leave in order, but not below `barrier`.
    pub allow_downscale: bool,
    /// The expected votes that were configured.
    pub barrier: u32,
    /// The votes needed so far, below which they only fall when `decrease` says so.
    pub current: u8,
    /// Whether fewer votes than now may be needed.
    pub decrease: bool,
}

/// How many votes a partition needs (`calculate_quorum`): more than half of what is expected, or of what is there
/// when that is more. `expected` takes the place of what the members expect unless it is 0.
pub fn needed(nodes: &Nodes, tally: Tally, expected: u32, rules: Rules) -> u32 {
    let barrier = rules.allow_downscale && rules.decrease && expected != 0;
    let expected = match expected {
        0 => nodes.highest_expected(),
        _ if barrier => expected.max(rules.barrier),
        _ => expected,
    };
    if rules.two_node && tally.voters <= 2 {
        return 1;
    }
    let majority = |votes: u32| votes.wrapping_add(2) / 2;
    let needed = majority(expected).max(majority(tally.votes));
    if rules.decrease { needed } else { needed.max(rules.current.into()) }
}

/// One partition, as the tie breaker sees it.
#[derive(Clone, Copy, Debug)]
pub struct Partition<'a> {
    /// Its members.
    pub members: &'a [NodeId],
    /// The members of the partition before it.
    pub previous: &'a [NodeId],
    /// The lowest and the highest member of the last partition with a majority.
    pub extremes: Option<(NodeId, NodeId)>,
}

/// Whether an exact half is quorate (`check_auto_tie_breaker`). From a list, the first node here decides unless one
/// before it was in the previous partition: that one may be up on the other side.
pub fn breaks_tie(breaker: &TieBreaker, nodes: &Nodes, partition: Partition<'_>) -> bool {
    let is_member = |id| nodes.members().any(|node| node.id == id);
    match breaker {
        TieBreaker::None => false,
        TieBreaker::Lowest => partition.extremes.is_some_and(|(lowest, _)| is_member(lowest)),
        TieBreaker::Highest => partition.extremes.is_some_and(|(_, highest)| is_member(highest)),
        TieBreaker::List(list) => {
            let here = list.iter().position(|node| partition.members.contains(node));
            here.is_some_and(|here| !list[..here].iter().any(|node| partition.previous.contains(node)))
        }
    }
}

/// Whether an exact half (or, of an odd number, the smaller one) may ask the tie breaker at all: those who are gone
/// must not be enough for quorum themselves.
pub fn is_tie(nodes: &Nodes, votes: u32, needed: u8, partition: Partition<'_>) -> bool {
    let gone = partition.previous.len() as i64 - partition.members.len() as i64;
    votes == nodes.us().expected_votes / 2 && gone < i64::from(needed)
}

/// Whether a member's quorum device makes this partition quorate by its vote alone (`check_qdevice_master`).
pub fn master_wins(nodes: &Nodes) -> bool {
    nodes.members().any(|node| node.has(flags::QDEVICE_MASTER_WINS | flags::QDEVICE_CAST_VOTE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nodes::NodeState;

    /// Nodes 1 to `count` as members with one vote each.
    fn nodes(count: u32, expected: u32) -> Nodes {
        let mut nodes = Nodes::new(NodeId(1));
        for id in 1..=count {
            if id > 1 {
                nodes.add(NodeId(id));
            }
            let node = nodes.get_mut(NodeId(id)).unwrap();
            (node.state, node.votes, node.expected_votes) = (NodeState::Member, 1, expected);
        }
        nodes
    }

    fn need(count: u32, expected: u32, rules: Rules) -> u32 {
        let nodes = nodes(count, expected);
        needed(&nodes, tally(&nodes, 0), 0, rules)
    }

    #[test]
    fn more_than_half_of_what_is_expected_or_there() {
        let rules = Rules::default();
        for (count, expected, quorum) in [(1, 1, 1), (1, 2, 2), (2, 3, 2), (1, 4, 3), (5, 5, 3), (7, 5, 4)] {
            assert_eq!(need(count, expected, rules), quorum, "{count} of {expected}");
        }
    }

    #[test]
    fn it_only_falls_when_it_may() {
        let rules = Rules { current: 5, ..Rules::default() };
        assert_eq!(need(3, 3, rules), 5);
        assert_eq!(need(3, 3, Rules { decrease: true, ..rules }), 2);
    }

    #[test]
    fn two_nodes_need_one_and_three_are_no_two() {
        let rules = Rules { two_node: true, ..Rules::default() };
        assert_eq!((need(1, 2, rules), need(2, 2, rules), need(3, 3, rules)), (1, 1, 2));
    }

    #[test]
    fn downscale_stops_at_the_barrier() {
        let nodes = nodes(2, 8);
        let rules = Rules { allow_downscale: true, barrier: 6, decrease: true, ..Rules::default() };
        assert_eq!(needed(&nodes, tally(&nodes, 0), 2, rules), 4);
        assert_eq!(needed(&nodes, tally(&nodes, 0), 2, Rules { allow_downscale: false, ..rules }), 2);
    }

    #[test]
    fn the_device_counts_where_it_casts() {
        let mut nodes = nodes(2, 4);
        assert_eq!(tally(&nodes, 2), Tally { votes: 2, voters: 2 });
        nodes.us_mut().flags = flags::QDEVICE_CAST_VOTE;
        assert_eq!(tally(&nodes, 2), Tally { votes: 4, voters: 3 });
        assert!(!master_wins(&nodes));
        nodes.us_mut().flags |= flags::QDEVICE_MASTER_WINS;
        assert!(master_wins(&nodes));
    }

    #[test]
    fn a_list_trusts_a_node_only_when_those_before_it_cannot_be_elsewhere() {
        let nodes = nodes(2, 4);
        let list = TieBreaker::List(vec![NodeId(4), NodeId(2)]);
        let members = [NodeId(1), NodeId(2)];
        let all = [1, 2, 3, 4].map(NodeId);
        let partition = Partition { members: &members, previous: &all, extremes: None };
        assert!(!breaks_tie(&list, &nodes, partition));
        assert!(breaks_tie(&list, &nodes, Partition { previous: &all[..3], ..partition }));
        assert!(!breaks_tie(&TieBreaker::List(vec![NodeId(4)]), &nodes, partition));
    }
}
