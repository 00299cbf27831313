//! Which processes are in which groups, cluster-wide.

use crate::wire::{Address, GroupName};
use core_types::NodeId;

/// Most processes known at once; joins past it are not recorded.
pub(crate) const PROCESSES_MAX: usize = 65_536;

/// A process in a group (`process_info`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) node: NodeId,
    pub(crate) pid: u32,
    pub(crate) group: GroupName,
}

impl Process {
    fn order(&self) -> (NodeId, u32) {
        (self.node, self.pid)
    }

    fn is(&self, node: NodeId, pid: u32, group: &GroupName) -> bool {
        self.node == node && self.pid == pid && self.group.is(group)
    }

    /// For the lists of an event.
    pub(crate) fn address(&self, reason: u32) -> Address {
        Address::new(self.node.0, self.pid, reason)
    }
}

/// All processes, ordered by node and process id and then by when they joined: the same on every node.
#[derive(Default)]
pub(crate) struct Processes(Vec<Process>);

impl Processes {
    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Process> {
        self.0.iter()
    }

    /// Those of a node.
    pub(crate) fn of(&self, node: NodeId) -> &[Process] {
        let start = self.0.partition_point(|process| process.node < node);
        let length = self.0[start..].partition_point(|process| process.node == node);
        &self.0[start..start + length]
    }

    /// The members of a group.
    pub(crate) fn members(&self, group: &GroupName) -> impl Iterator<Item = &Process> {
        self.0.iter().filter(|process| process.group.is(group))
    }

    /// Whether a node has a process in a group.
    pub(crate) fn has_node(&self, node: NodeId, group: &GroupName) -> bool {
        self.of(node).iter().any(|process| process.group.is(group))
    }

    /// Whether a process is in a group.
    pub(crate) fn has(&self, node: NodeId, pid: u32, group: &GroupName) -> bool {
        self.of(node).iter().any(|process| process.is(node, pid, group))
    }

    /// Adds a process; false when it is there already or there are too many.
    pub(crate) fn add(&mut self, process: Process) -> bool {
        if self.0.len() >= PROCESSES_MAX || self.has(process.node, process.pid, &process.group) {
            return false;
        }
        let place = self.0.partition_point(|other| other.order() <= process.order());
        self.0.insert(place, process);
        true
    }

    /// Removes a process from a group.
    pub(crate) fn remove(&mut self, node: NodeId, pid: u32, group: &GroupName) {
        self.0.retain(|process| !process.is(node, pid, group));
    }

    /// Removes all processes of these nodes and gives them.
    pub(crate) fn remove_nodes(&mut self, nodes: &[NodeId]) -> Vec<Process> {
        let gone = self.0.iter().filter(|process| nodes.contains(&process.node)).copied().collect();
        self.0.retain(|process| !nodes.contains(&process.node));
        gone
    }
}
