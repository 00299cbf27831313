//! The sync barrier: after each configuration change the services agree on their state, one service after the
//! other, and no client's message passes before all have.
//!
//! Counterpart: `exec/sync.c` (3.1.7), with its messages. First every member tells which services it has; then for
//! each service in the order of their numbers: it sends what others must know, then everybody sends a barrier
//! message, and once those of all members came, the service uses its new state.
#![forbid(unsafe_code)]

mod wire;

use core_service::SyncStep;
use core_types::{NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
pub use wire::MESSAGE_MAX;
use wire::Message;

/// What is to be done, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Multicast these bytes to the `sync` group.
    Multicast(Vec<u8>),
    /// Tell a service that a sync starts.
    Start {
        /// Which one.
        service: ServiceId,
        /// Those who come from the same ring as this node and are members.
        transitional: Vec<NodeId>,
        /// All members.
        members: Vec<NodeId>,
        /// The new ring.
        ring: RingId,
    },
    /// Let a service send; [`Sync::processed`] wants to know how that went.
    Process(ServiceId),
    /// Let a service use its new state.
    Activate(ServiceId),
    /// Let a service forget this sync.
    Abort(ServiceId),
    /// All services are in sync.
    Completed,
}

/// Where a sync is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// None is going on.
    Idle,
    /// Everybody tells which services it has.
    Services,
    /// The service at this place in the list sends.
    Process(usize),
    /// Everybody tells that the service at this place in the list has sent.
    Barrier(usize),
}

/// One node's view of the barrier.
#[derive(Debug)]
pub struct Sync {
    own: Vec<ServiceId>,
    phase: Phase,
    ring: RingId,
    transitional: Vec<NodeId>,
    /// Every member, and whether its message of this phase came.
    members: BTreeMap<NodeId, bool>,
    /// Numbers of all services that any member has.
    services: BTreeSet<i32>,
    actions: VecDeque<Action>,
}

impl Sync {
    /// No sync yet, and none of these services takes part yet.
    pub fn new() -> Sync {
        Sync {
            own: Vec::new(),
            phase: Phase::Idle,
            ring: RingId::default(),
            transitional: Vec::new(),
            members: BTreeMap::new(),
            services: BTreeSet::new(),
            actions: VecDeque::new(),
        }
    }

    /// The local services that take part, ascending.
    pub fn set_services(&mut self, services: Vec<ServiceId>) {
        self.own = services;
    }

    /// A transitional configuration: who moves on with this node.
    pub fn save_transitional(&mut self, members: &[NodeId]) {
        self.transitional = members.to_vec();
    }

    /// A regular configuration: starts a sync on it.
    pub fn start(&mut self, members: &[NodeId], ring: RingId) {
        self.ring = ring;
        self.phase = Phase::Services;
        self.members = members.iter().map(|&member| (member, false)).collect();
        self.services = self.own.iter().map(|&service| i32::from(service as u16)).collect();
        self.transitional.retain(|node| self.members.contains_key(node));
        let services = self.services.iter().copied().collect();
        self.actions.push_back(Action::Multicast(Message::Services(ring, services).encode()));
        for &service in &self.own {
            let (transitional, members) = (self.transitional.clone(), members.to_vec());
            self.actions.push_back(Action::Start { service, transitional, members, ring });
        }
    }

    /// The ring changed: forgets the sync that is going on, and with it whatever of it is still to be done or
    /// to come.
    pub fn abort(&mut self) {
        self.actions.clear();
        if let Phase::Process(index) | Phase::Barrier(index) = self.phase {
            self.actions.extend(self.local(index).map(Action::Abort));
        }
        self.phase = Phase::Idle;
        self.ring = RingId::default();
    }

    /// A message of the `sync` group came, in the ring's order.
    pub fn deliver(&mut self, from: NodeId, message: &[u8], swapped: bool) {
        let Some(message) = Message::decode(message, swapped).filter(|message| message.ring() == self.ring) else {
            return;
        };
        match (message, self.phase) {
            (Message::Services(_, services), Phase::Services) => {
                self.services.extend(services);
                if self.all_sent(from) {
                    self.process(0);
                }
            }
            (Message::Barrier(_), Phase::Process(index) | Phase::Barrier(index)) if self.all_sent(from) => {
                self.actions.extend(self.local(index).map(Action::Activate));
                self.process(index + 1);
            }
            _ => {}
        }
    }

    /// How a service's turn ([`Action::Process`]) went.
    pub fn processed(&mut self, step: SyncStep) {
        if let (Phase::Process(index), SyncStep::Done) = (self.phase, step) {
            self.enter_barrier(index);
        }
    }

    /// The token came by: a service that had more to send may go on.
    pub fn token(&mut self) {
        if let Phase::Process(index) = self.phase {
            self.actions.extend(self.local(index).map(Action::Process));
        }
    }

    /// What is to be done next.
    pub fn next_action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }

    /// Counts a member's message of this phase; whether it was the last one missing.
    fn all_sent(&mut self, from: NodeId) -> bool {
        if let Some(sent) = self.members.get_mut(&from) {
            *sent = true;
        }
        self.members.values().all(|&sent| sent)
    }

    fn process(&mut self, index: usize) {
        self.members.values_mut().for_each(|sent| *sent = false);
        if index == self.services.len() {
            self.phase = Phase::Idle;
            return self.actions.push_back(Action::Completed);
        }
        self.phase = Phase::Process(index);
        match self.local(index) {
            Some(service) => self.actions.push_back(Action::Process(service)),
            None => self.enter_barrier(index),
        }
    }

    fn enter_barrier(&mut self, index: usize) {
        self.phase = Phase::Barrier(index);
        self.actions.push_back(Action::Multicast(Message::Barrier(self.ring).encode()));
    }

    /// The service at that place in the list, if this node has it.
    fn local(&self, index: usize) -> Option<ServiceId> {
        let number = *self.services.iter().nth(index)?;
        self.own.iter().copied().find(|&service| i32::from(service as u16) == number)
    }
}

impl Default for Sync {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
