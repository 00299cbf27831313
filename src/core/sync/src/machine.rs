//! The barrier's state machine.

use crate::wire::{Message, SERVICES_MAX};
use core_service::SyncStep;
use core_types::{Level, NodeId, RingId};
use std::collections::VecDeque;

/// Something that the engine does for sync, in order. Service numbers may be of services that only others have:
/// the engine passes over them ([`Step::Process`] of one is done at once).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Multicast this in group `sync`. If totem has no room, give it back: [`Sync::refused`].
    Multicast(Vec<u8>),
    /// Tell each of this node's services that sync starts (`Service::sync_start`).
    Start {
        /// Those who come from the same ring as this node.
        transitional: Vec<NodeId>,
        /// The new ring's members.
        members: Vec<NodeId>,
        /// The new ring.
        ring: RingId,
    },
    /// Call [`Sync::token`] when the token was passed on next.
    AwaitToken,
    /// Let a service send (`Service::sync_process`), then say how it went: [`Sync::processed`].
    Process(u16),
    /// Let a service use the new state (`Service::sync_activate`).
    Activate(u16),
    /// Let a service forget about this sync (`Service::sync_abort`).
    Abort(u16),
    /// All is synced: serve clients again, and tell totem.
    Completed,
    /// Log a line under `SYNC`.
    Log(Level, String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not syncing.
    Idle,
    /// Members name their services.
    Services,
    /// The service in hand sends.
    Process,
    /// It has sent; others may not have.
    Barrier,
}

/// One member's view of the barrier.
#[derive(Debug)]
pub struct Sync {
    /// This node's services that take part, ascending, with the names that log lines show.
    known: Vec<(u16, &'static str)>,
    phase: Phase,
    ring: RingId,
    members: Vec<NodeId>,
    transitional: Vec<NodeId>,
    /// Who said so in this phase.
    heard: Vec<NodeId>,
    /// All members' services, ascending.
    services: Vec<u16>,
    /// Which of them is in hand.
    current: usize,
    /// What totem had no room for.
    unsent: Option<Vec<u8>>,
    steps: VecDeque<Step>,
}

impl Sync {
    /// A barrier for these services of this node: number and name.
    pub fn new(services: &[(u16, &'static str)]) -> Self {
        let mut known = services.to_vec();
        known.sort_unstable();
        Sync {
            known,
            phase: Phase::Idle,
            ring: RingId::default(),
            members: Vec::new(),
            transitional: Vec::new(),
            heard: Vec::new(),
            services: Vec::new(),
            current: 0,
            unsent: None,
            steps: VecDeque::new(),
        }
    }

    /// Whether clients have to wait.
    pub fn is_running(&self) -> bool {
        self.phase != Phase::Idle
    }

    /// A transitional configuration: its members are kept for the sync that follows.
    pub fn transitional(&mut self, members: &[NodeId]) {
        self.transitional = members.to_vec();
    }

    /// The ring changed: a sync that is going on is over, unfinished.
    pub fn abort(&mut self) {
        self.steps.clear();
        self.unsent = None;
        if self.phase == Phase::Process
            && let Some(service) = self.service()
        {
            self.steps.push_back(Step::Abort(service));
        }
        self.phase = Phase::Idle;
        self.ring = RingId::default();
    }

    /// A regular configuration: sync starts.
    pub fn start(&mut self, members: &[NodeId], ring: RingId) {
        self.phase = Phase::Services;
        self.ring = ring;
        self.members = members.to_vec();
        self.heard.clear();
        self.current = 0;
        self.services = self.known.iter().map(|&(id, _)| id).collect();
        self.transitional.retain(|node| members.contains(node));
        let message = Message::Services { ring, services: self.services.clone() };
        self.steps.push_back(Step::Multicast(message.encode()));
        self.log("call init for locally known services".to_owned());
        self.steps.push_back(Step::Start {
            transitional: self.transitional.clone(),
            members: self.members.clone(),
            ring,
        });
    }

    /// A message of group `sync`.
    pub fn deliver(&mut self, from: NodeId, message: &[u8], swapped: bool) {
        match Message::decode(message, swapped) {
            Some(Message::Services { ring, services }) if ring == self.ring && self.phase == Phase::Services => {
                for service in services {
                    if !self.services.contains(&service) && self.services.len() < SERVICES_MAX {
                        self.services.push(service);
                    }
                }
                self.services.sort_unstable();
                if self.all_heard(from) {
                    self.log("enter sync process".to_owned());
                    self.process();
                }
            }
            // Others may be done with a service that this node still processes.
            Some(Message::Barrier { ring })
                if ring == self.ring && matches!(self.phase, Phase::Process | Phase::Barrier) =>
            {
                if self.all_heard(from) {
                    self.commit();
                }
            }
            Some(Message::Services { .. }) => self.log("service build for old ring - discarding".to_owned()),
            Some(Message::Barrier { .. }) => self.log("barrier for old ring - discarding".to_owned()),
            None => self.steps.push_back(Step::Log(Level::Warning, format!("malformed message from {from}"))),
        }
    }

    /// The token that [`Step::AwaitToken`] asked for was passed on.
    pub fn token(&mut self) {
        if let Some(message) = self.unsent.take() {
            self.steps.push_back(Step::Multicast(message));
        } else if self.phase == Phase::Process
            && let Some(service) = self.service()
        {
            self.steps.push_back(Step::Process(service));
        }
    }

    /// Totem had no room for a message: it is tried again at the next token.
    pub fn refused(&mut self, message: Vec<u8>) {
        self.unsent = Some(message);
        self.steps.push_back(Step::AwaitToken);
    }

    /// How [`Step::Process`] went.
    pub fn processed(&mut self, step: SyncStep) {
        if self.phase != Phase::Process {
            return;
        }
        match step {
            SyncStep::Again => self.steps.push_back(Step::AwaitToken),
            SyncStep::Done => {
                self.phase = Phase::Barrier;
                self.steps.push_back(Step::Multicast(Message::Barrier { ring: self.ring }.encode()));
            }
        }
    }

    /// The next thing to do; `None`: wait for input.
    pub fn next_step(&mut self) -> Option<Step> {
        self.steps.pop_front()
    }

    fn service(&self) -> Option<u16> {
        self.services.get(self.current).copied()
    }

    fn all_heard(&mut self, from: NodeId) -> bool {
        if self.members.contains(&from) && !self.heard.contains(&from) {
            self.heard.push(from);
        }
        self.heard.len() == self.members.len()
    }

    fn process(&mut self) {
        self.heard.clear();
        if self.service().is_some() {
            self.phase = Phase::Process;
            self.steps.push_back(Step::AwaitToken);
        } else {
            self.phase = Phase::Idle;
            self.steps.push_back(Step::Completed);
        }
    }

    /// Every member is done with the service in hand.
    fn commit(&mut self) {
        if let Some(service) = self.service() {
            let name = self.known.iter().find(|&&(id, _)| id == service).map(|&(_, name)| name.to_owned());
            let name = name.unwrap_or_else(|| format!("Unknown External Service (id = {service})"));
            self.log(format!("Committing synchronization for {name}"));
            self.steps.push_back(Step::Activate(service));
        }
        self.current += 1;
        self.process();
    }

    fn log(&mut self, line: String) {
        self.steps.push_back(Step::Log(Level::Debug, line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: RingId = RingId { representative: NodeId(1), seq: 4 };

    /// A node and what its services saw.
    struct Node {
        sync: Sync,
        seen: Vec<String>,
        token: bool,
        again: u32,
    }

    impl Node {
        fn new(services: &[(u16, &'static str)]) -> Self {
            Node { sync: Sync::new(services), seen: Vec::new(), token: false, again: 0 }
        }

        /// Carries out all steps; gives what is to be multicast.
        fn run(&mut self) -> Vec<Vec<u8>> {
            let mut messages = Vec::new();
            while let Some(step) = self.sync.next_step() {
                match step {
                    Step::Multicast(bytes) => messages.push(bytes),
                    Step::Process(service) if self.again > 0 => {
                        self.again -= 1;
                        self.seen.push(format!("again {service}"));
                        self.sync.processed(SyncStep::Again);
                    }
                    Step::Process(service) => {
                        self.seen.push(format!("process {service}"));
                        self.sync.processed(SyncStep::Done);
                    }
                    Step::AwaitToken => self.token = true,
                    Step::Start { transitional, members, .. } => {
                        self.seen.push(format!("start {} of {}", transitional.len(), members.len()));
                    }
                    Step::Activate(service) => self.seen.push(format!("activate {service}")),
                    Step::Abort(service) => self.seen.push(format!("abort {service}")),
                    Step::Completed => self.seen.push("completed".to_owned()),
                    Step::Log(..) => {}
                }
            }
            if std::mem::take(&mut self.token) {
                self.sync.token();
                messages.extend(self.run());
            }
            messages
        }
    }

    /// Delivers every message to every node in one order until all is quiet.
    fn settle(nodes: &mut [Node]) {
        let mut order = VecDeque::new();
        loop {
            for (index, node) in nodes.iter_mut().enumerate() {
                order.extend(node.run().into_iter().map(|message| (NodeId(index as u32 + 1), message)));
            }
            let Some((from, message)) = order.pop_front() else { break };
            for node in nodes.iter_mut() {
                node.sync.deliver(from, &message, false);
            }
        }
    }

    #[test]
    fn every_service_is_activated_after_everybody_sent() {
        let mut nodes = [Node::new(&[(5, "votequorum"), (2, "cpg")]), Node::new(&[(2, "cpg"), (3, "quorum")])];
        nodes[1].again = 2;
        let members = [NodeId(1), NodeId(2)];
        for node in &mut nodes {
            node.sync.transitional(&[NodeId(1), NodeId(9)]);
            node.sync.start(&members, RING);
            assert!(node.sync.is_running());
        }
        settle(&mut nodes);
        let all = "start 1 of 2,process 2,activate 2,process 3,activate 3,process 5,activate 5,completed";
        assert_eq!(nodes[0].seen.join(","), all);
        assert_eq!(nodes[1].seen.join(","), all.replacen("process 2", "again 2,again 2,process 2", 1));
        assert!(!nodes[0].sync.is_running());
    }

    #[test]
    fn without_services_it_is_over_once_all_said_so() {
        let mut nodes = [Node::new(&[])];
        nodes[0].sync.start(&[NodeId(1)], RING);
        settle(&mut nodes);
        assert_eq!(nodes[0].seen, ["start 0 of 1", "completed"]);
    }

    #[test]
    fn an_aborted_sync_ignores_its_late_messages() {
        let mut node = Node::new(&[(2, "cpg")]);
        node.sync.start(&[NodeId(1)], RING);
        let services = node.run().remove(0);
        node.sync.deliver(NodeId(1), &services, false);
        assert_eq!(node.sync.next_step().map(|step| matches!(step, Step::Log(..))), Some(true));
        node.sync.abort();
        node.run();
        node.sync.deliver(NodeId(1), &Message::Barrier { ring: RING }.encode(), false);
        node.sync.deliver(NodeId(1), &services, false);
        node.sync.deliver(NodeId(1), b"nonsense", false);
        node.run();
        assert_eq!(node.seen, ["start 0 of 1", "abort 2"]);
    }

    #[test]
    fn a_message_without_room_is_sent_later_once() {
        let mut sync = Sync::new(&[(2, "cpg")]);
        sync.start(&[NodeId(1)], RING);
        let Some(Step::Multicast(message)) = sync.next_step() else { panic!("no message") };
        sync.refused(message.clone());
        while let Some(step) = sync.next_step() {
            assert!(!matches!(step, Step::Multicast(_)));
        }
        sync.token();
        assert_eq!(sync.next_step(), Some(Step::Multicast(message)));
        sync.token();
        assert_eq!(sync.next_step(), None);
    }

    #[test]
    fn strangers_and_repetitions_do_not_count() {
        let mut node = Node::new(&[(2, "cpg")]);
        node.sync.start(&[NodeId(1), NodeId(2)], RING);
        let services = node.run().remove(0);
        for from in [1, 1, 3, 0] {
            node.sync.deliver(NodeId(from), &services, false);
        }
        node.run();
        assert_eq!(node.seen, ["start 0 of 2"]);
    }
}
