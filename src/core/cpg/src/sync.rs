//! What the nodes tell each other when the ring changes, and what becomes of it.

use crate::clients::Ring;
use crate::processes::{PROCESSES_MAX, Process, Processes};
use crate::service::Cpg;
use crate::wire::exec::{Downlist, JoinListEntry, JoinListHead, message};
use crate::wire::{Address, reason};
use core_service::{Guarantee, Host, SyncStep, log};
use core_types::{CsError, NodeId, PROCESSOR_COUNT_MAX, RingId, ServiceId};
use std::collections::BTreeMap;
use zerocopy::IntoBytes;

/// Most processes in one joinlist, so that it fits a multicast; more go in several.
const JOINLIST_MAX: usize = 4096;

/// What is to be sent next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Next {
    #[default]
    Downlist,
    /// Local processes from that place on.
    Joinlist(usize),
    Nothing,
}

/// A sync going on, and the configuration of the last one that was finished.
#[derive(Default)]
pub(crate) struct Sync {
    ring: RingId,
    members: Vec<NodeId>,
    /// Members as of the last finished sync.
    settled: Vec<NodeId>,
    /// Those of them that came along into this configuration, and through all before it of which no sync was finished.
    along: Vec<NodeId>,
    /// Those of them that didn't.
    left: Vec<NodeId>,
    unfinished: bool,
    next: Next,
    /// Who is where, as heard, in the order in which it was heard.
    heard: Vec<Process>,
}

impl Sync {
    /// The newest ring for which a sync was started.
    pub(crate) fn ring(&self) -> RingId {
        self.ring
    }

    /// The members of the newest ring for which a sync was finished.
    pub(crate) fn settled(&self) -> &[NodeId] {
        &self.settled
    }

    pub(crate) fn start(&mut self, transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        self.next = Next::Downlist;
        // A sync may end unfinished without an abort, when this node had only to wait for the others.
        self.heard.clear();
        self.ring = ring;
        self.members = members.to_vec();
        if !std::mem::replace(&mut self.unfinished, true) {
            self.along.clone_from(&self.settled);
        }
        self.along.retain(|node| transitional.contains(node));
        self.left = self.settled.iter().filter(|node| !self.along.contains(node)).copied().collect();
    }

    /// Sends what is left to be sent.
    pub(crate) fn process(&mut self, host: &mut dyn Host, processes: &Processes) -> SyncStep {
        loop {
            let (sent, next) = match self.next {
                Next::Downlist => (self.send_downlist(host), Next::Joinlist(0)),
                Next::Joinlist(start) => {
                    let local = processes.of(host.nodeid());
                    match local.get(start..).unwrap_or_default() {
                        [] => (Ok(()), Next::Nothing),
                        rest => {
                            let part = &rest[..rest.len().min(JOINLIST_MAX)];
                            (send_joinlist(host, part), Next::Joinlist(start + part.len()))
                        }
                    }
                }
                Next::Nothing => return SyncStep::Done,
            };
            if sent.is_err() {
                return SyncStep::Again;
            }
            self.next = next;
        }
    }

    fn send_downlist(&self, host: &mut dyn Host) -> Result<(), CsError> {
        let mut downlist = Downlist {
            old_members: self.settled.len() as u32,
            pad0: 0,
            left: self.left.len() as u32,
            pad1: 0,
            nodeids: [0; PROCESSOR_COUNT_MAX],
        };
        for (place, node) in downlist.nodeids.iter_mut().zip(&self.left) {
            *place = node.0;
        }
        host.multicast(ServiceId::Cpg, message::DOWNLIST, Guarantee::Agreed, &[downlist.as_bytes()])
    }

    /// A node's processes.
    pub(crate) fn heard(&mut self, node: NodeId, entries: impl Iterator<Item = JoinListEntry>) {
        let room = PROCESSES_MAX - self.heard.len();
        self.heard.extend(entries.take(room).map(|entry| Process { node, pid: entry.pid, group: entry.group }));
    }

    pub(crate) fn abort(&mut self) {
        self.heard.clear();
    }
}

fn send_joinlist(host: &mut dyn Host, processes: &[Process]) -> Result<(), CsError> {
    let entry = |process: &Process| JoinListEntry { pid: process.pid, pad: 0, group: process.group };
    let entries: Vec<JoinListEntry> = processes.iter().map(entry).collect();
    let head = JoinListHead::default();
    let parts = [head.as_bytes(), entries.as_bytes()];
    host.multicast(ServiceId::Cpg, message::JOINLIST, Guarantee::Agreed, &parts)
}

/// Changes by group: one event for each.
type Changes = BTreeMap<Vec<u8>, (Process, Vec<Address>)>;

fn collect(changes: &mut Changes, process: Process, reason: u32) {
    let name = process.group.get().unwrap_or_default().to_vec();
    changes.entry(name).or_insert_with(|| (process, Vec::new())).1.push(process.address(reason));
}

impl Cpg {
    /// Every member has sent: whoever was lost leaves, whoever came joins.
    pub(crate) fn activate(&mut self, host: &mut dyn Host) {
        let members = std::mem::take(&mut self.sync.members);
        let left = std::mem::take(&mut self.sync.left);
        let (before, lost) = (self.sync.settled.len(), left.len());
        log!(host, "CPG", Debug, "my downlist: members(old:{before} left:{lost})");
        self.sync.settled = members;
        self.sync.unfinished = false;
        let heard = std::mem::take(&mut self.sync.heard);
        self.lose_nodes(host, &left);
        self.gain_processes(host, &heard);
        self.lose_zombies(host, &heard);
        let ring = Ring { id: self.sync.ring(), members: self.sync.settled() };
        self.clients.tell_totem_all(host, ring);
    }

    fn lose_nodes(&mut self, host: &mut dyn Host, nodes: &[NodeId]) {
        let mut changes = Changes::new();
        for process in self.processes.remove_nodes(nodes) {
            collect(&mut changes, process, reason::NODEDOWN);
        }
        for (process, left) in changes.values() {
            self.tell_change(host, &process.group, &[], left);
        }
    }

    /// The latest heard comes first, as in the reference's lists.
    fn gain_processes(&mut self, host: &mut dyn Host, heard: &[Process]) {
        let local = host.nodeid();
        let mut changes = Changes::new();
        for &process in heard.iter().rev().filter(|process| process.node != local) {
            if self.processes.add(process) {
                collect(&mut changes, process, reason::NODEUP);
            }
        }
        for (process, joined) in changes.values() {
            self.tell_change(host, &process.group, joined, &[]);
        }
    }

    /// Processes that left while this node was away: their nodes don't tell of them any more.
    fn lose_zombies(&mut self, host: &mut dyn Host, heard: &[Process]) {
        let local = host.nodeid();
        let known: std::collections::BTreeSet<_> =
            heard.iter().map(|process| (process.node, process.pid, process.group.get())).collect();
        let gone = |process: &&Process| {
            process.node != local && !known.contains(&(process.node, process.pid, process.group.get()))
        };
        let zombies: Vec<Process> = self.processes.iter().filter(gone).copied().collect();
        for zombie in zombies {
            self.process_left(host, zombie.node, zombie.pid, &zombie.group, reason::PROCDOWN);
        }
    }
}
