//! Who is in the group, and what the hosts are called.

use crate::Host;
use core_cpg::wire::{Address, reason};
use core_types::Level;
use std::collections::BTreeMap;

/// The function of the reference that says what becomes of a group.
const MEMBERSHIP: &str = "pcmk_cpg_membership";

/// A line for the log, under the name of the reference's function.
type Line = (Level, &'static str, String);

/// What corosync said of the group.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// Who is in it now.
    pub members: &'a [Address],
    /// Who left.
    pub left: &'a [Address],
    /// Who joined.
    pub joined: &'a [Address],
}

#[derive(Clone, Debug, Default)]
struct Peer {
    name: Option<String>,
    is_member: bool,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Members {
    group: String,
    own: Host,
    pid: u32,
    peers: BTreeMap<u32, Peer>,
    /// Changes so far: the log counts them.
    changes: u32,
}

impl Members {
    /// Of a group that the process `pid` of the host `own` joined: it counts as a member from now on.
    #[must_use]
    pub fn new(group: &str, own: Host, pid: u32) -> Members {
        let me = Peer { name: Some(own.name.clone()), is_member: true };
        Members { group: group.to_owned(), peers: BTreeMap::from([(own.node, me)]), own, pid, changes: 0 }
    }

    /// This host.
    #[must_use]
    pub fn own(&self) -> &Host {
        &self.own
    }

    /// On how many hosts the group has a member.
    #[must_use]
    pub fn active(&self) -> usize {
        self.peers.values().filter(|peer| peer.is_member).count()
    }

    /// The host of a name, whether it is known or not.
    #[must_use]
    pub fn host(&self, name: &str) -> Host {
        let is = |peer: &Peer| peer.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
        let node = self.peers.iter().find(|(_, peer)| is(peer)).map_or(0, |(node, _)| *node);
        Host { node, name: name.to_owned() }
    }

    /// A node's name.
    #[must_use]
    pub fn name(&self, node: u32) -> Option<&str> {
        self.peers.get(&node)?.name.as_deref()
    }

    /// Notes a name that a message or corosync's map gives a node. A name is one node's: the newest that has it.
    pub fn learn(&mut self, node: u32, name: &str) {
        let Some(peer) = self.peers.get_mut(&node).filter(|peer| peer.name.is_none()) else { return };
        peer.name = Some(name.to_owned());
        let is = |other: &Peer| other.name.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name));
        self.peers.retain(|other, peer| *other == node || !is(peer));
    }

    /// Takes a change of the group. `name_of` asks corosync's map for a node's name. Gives lines for the log, and whether
    /// this host is still in the group.
    pub fn change(&mut self, change: Change<'_>, name_of: &dyn Fn(u32) -> Option<String>) -> (Vec<Line>, bool) {
        let mut lines = Vec::new();
        let event = format!("Group {} event {}:", self.group, self.changes);
        for gone in change.left {
            let rival = change.members.iter().find(|member| member.nodeid == gone.nodeid);
            self.leave(&event, gone, rival, &mut lines);
        }
        for new in change.joined {
            let text = format!("{event} node {} pid {} joined{}", new.nodeid, new.pid, because(new.reason));
            lines.push((Level::Info, MEMBERSHIP, text));
        }
        for member in change.members {
            self.stay(&event, member, name_of, &mut lines);
        }
        self.changes = self.changes.wrapping_add(1);
        let is_in = change.members.iter().any(|member| member.nodeid == self.own.node && member.pid == self.pid);
        if !is_in {
            let text = format!("Local node was evicted from group {}", self.group);
            lines.push((Level::Error, MEMBERSHIP, text));
        }
        (lines, is_in)
    }

    /// A process left; where another one of its host stays, the host does.
    fn leave(&mut self, event: &str, gone: &Address, rival: Option<&Address>, lines: &mut Vec<Line>) {
        let Address { nodeid: node, pid, .. } = *gone;
        let why = because(gone.reason);
        let name = self.spoken_name(node);
        if let Some(rival) = rival {
            let text = if node == self.own.node {
                format!("{event} duplicate local pid {pid} left{why}")
            } else {
                format!("{event} {name} (node {node}) duplicate pid {pid} left{why} ({} remains)", rival.pid)
            };
            return lines.push((Level::Warning, "node_left", text));
        }
        lines.push((Level::Info, "node_left", format!("{event} {name} (node {node} pid {pid}) left{why}")));
        if self.peers.remove(&node).is_some_and(|peer| peer.is_member) {
            report(&name, node, "node_left", ("offline", "lost", "member"), lines);
        }
    }

    fn stay(&mut self, event: &str, member: &Address, name_of: &dyn Fn(u32) -> Option<String>, lines: &mut Vec<Line>) {
        let Address { nodeid: node, pid, .. } = *member;
        if node == self.own.node && pid != self.pid {
            let text = format!("{event} detected duplicate local pid {pid}");
            return lines.push((Level::Warning, MEMBERSHIP, text));
        }
        self.peers.entry(node).or_default();
        if self.name(node).is_none()
            && let Some(name) = name_of(node)
        {
            lines.push((Level::Info, "crm_get_peer", format!("Node {node} is now known as {name}")));
            self.learn(node, &name);
        }
        let name = self.spoken_name(node);
        lines.push((Level::Info, MEMBERSHIP, format!("{event} {name} (node {node} pid {pid}) is member")));
        let peer = self.peers.entry(node).or_default();
        if !std::mem::replace(&mut peer.is_member, true) {
            report(&name, node, MEMBERSHIP, ("online", "member", "unknown"), lines);
        }
    }

    /// What the log calls a node.
    fn spoken_name(&self, node: u32) -> String {
        match self.peers.get(&node) {
            None => "unknown node".to_owned(),
            Some(peer) => peer.name.clone().unwrap_or_else(|| "peer node".to_owned()),
        }
    }
}

/// Says that a host came or went: its process, its state now and before.
fn report(name: &str, node: u32, source: &str, states: (&str, &str, &str), lines: &mut Vec<Line>) {
    let (process, now, before) = states;
    let text = format!("{source}: Node {name}[{node}] - corosync-cpg is now {process}");
    lines.push((Level::Info, "crm_update_peer_proc", text));
    let text = format!("Node {name} state is now {now} | nodeid={node} previous={before} source=crm_update_peer_proc");
    lines.push((Level::Notice, "update_peer_state_iter", text));
}

fn because(number: u32) -> &'static str {
    match number {
        reason::JOIN => " via cpg_join",
        reason::LEAVE => " via cpg_leave",
        reason::NODEDOWN => " via cluster exit",
        reason::NODEUP => " via cluster join",
        reason::PROCDOWN => " for unknown reason",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members() -> Members {
        Members::new("cib", Host { node: 1, name: "n1".to_owned() }, 11)
    }

    fn at(node: u32) -> Address {
        Address::new(node, 10 + node, reason::JOIN)
    }

    fn name_of(node: u32) -> Option<String> {
        (node < 4).then(|| format!("n{node}"))
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.2.as_str()).collect()
    }

    #[test]
    fn hosts_come_with_their_names_and_go() {
        let mut members = members();
        assert_eq!(members.active(), 1);
        let (lines, is_in) = members.change(Change { members: &[at(1), at(2)], left: &[], joined: &[at(2)] }, &name_of);
        assert!(is_in);
        assert_eq!(
            texts(&lines),
            [
                "Group cib event 0: node 2 pid 12 joined via cpg_join",
                "Group cib event 0: n1 (node 1 pid 11) is member",
                "Node 2 is now known as n2",
                "Group cib event 0: n2 (node 2 pid 12) is member",
                "pcmk_cpg_membership: Node n2[2] - corosync-cpg is now online",
                "Node n2 state is now member | nodeid=2 previous=unknown source=crm_update_peer_proc",
            ]
        );
        assert_eq!((members.active(), members.host("N2").node, members.host("n3").node), (2, 2, 0));
        let gone = Address::new(2, 12, reason::PROCDOWN);
        let (lines, _) = members.change(Change { members: &[at(1)], left: &[gone], joined: &[] }, &name_of);
        assert_eq!(texts(&lines)[0], "Group cib event 1: n2 (node 2 pid 12) left for unknown reason");
        assert_eq!((members.active(), members.name(2)), (1, None));
    }

    #[test]
    fn a_second_process_of_a_host_changes_nothing() {
        let mut members = members();
        let (other, second) = (Address::new(2, 12, 0), Address::new(2, 99, reason::LEAVE));
        members.change(Change { members: &[at(1), other, second], left: &[], joined: &[other] }, &name_of);
        let (lines, _) = members.change(Change { members: &[at(1), other], left: &[second], joined: &[] }, &name_of);
        assert_eq!(lines[0].2, "Group cib event 1: n2 (node 2) duplicate pid 99 left via cpg_leave (12 remains)");
        assert_eq!(members.active(), 2);
    }

    #[test]
    fn whoever_is_not_in_the_list_was_evicted() {
        let (lines, is_in) = members().change(Change { members: &[at(2)], left: &[], joined: &[] }, &name_of);
        assert!(!is_in && texts(&lines).contains(&"Local node was evicted from group cib"));
        let namesake = Address::new(1, 77, 0);
        assert!(!members().change(Change { members: &[namesake], left: &[], joined: &[] }, &name_of).1);
    }

    #[test]
    fn a_name_is_one_node_s() {
        let mut members = members();
        members.change(Change { members: &[at(1), at(5), at(6)], left: &[], joined: &[] }, &name_of);
        assert_eq!(members.name(5), None);
        members.learn(5, "n5");
        members.learn(5, "other");
        assert_eq!(members.host("n5").node, 5);
        members.learn(6, "n5");
        assert_eq!((members.host("n5").node, members.name(5)), (6, None));
    }
}
