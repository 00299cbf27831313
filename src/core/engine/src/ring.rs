//! What totem and the sync barrier say, carried out.

use crate::members;
use crate::state::{Local, State, Timer};
use crate::{Destination, Engine, Shell};
use core_service::{Configuration, Service, SyncStep, log};
use core_sync::Step;
use core_totem::{Action, Delivery, Group};
use core_types::mar::RequestHeader;
use core_types::{Guarantee, Nanos, NodeId, ServiceId};
use zerocopy::FromBytes;

/// Nanoseconds until a service of a lone node is asked again whether its sync is over.
const SYNC_AGAIN: Nanos = 10_000_000;

impl Engine {
    /// Carries out the next thing that totem wants; false when there is none.
    pub(crate) fn ring_action(&mut self, shell: &mut dyn Shell) -> bool {
        let Some(action) = self.state.totem.next_action(self.state.now) else { return false };
        match action {
            Action::SendToken { to, frame } => self.send(shell, Destination::Node(to), &frame),
            Action::Multicast { frame } => self.send(shell, Destination::Everyone, &frame),
            Action::StoreRingId(ring) => self.state.halted = !shell.store_ring_id(ring),
            Action::Deliver(Delivery { from, group: Group::Services, message, swapped }) => {
                self.deliver(shell, from, &message, swapped);
            }
            Action::Deliver(Delivery { from, group: Group::Sync, message, swapped }) => {
                self.state.sync.deliver(from, &message, swapped);
            }
            Action::Configuration(configuration) => self.configured(shell, &configuration),
            Action::TokenSent => self.state.sync.token(),
            Action::CheckInterface => shell.check_interface(),
            Action::DiscardReceived => shell.discard_received(),
            Action::Log { level, line } => shell.log("TOTEM", level, format_args!("{line}")),
        }
        true
    }

    fn send(&mut self, shell: &mut dyn Shell, destination: Destination, frame: &[u8]) {
        let failures = &mut self.state.totem.srp_stats().continuous_sendmsg_failures;
        *failures = if shell.send(destination, frame) { 0 } else { failures.saturating_add(1) };
    }

    fn deliver(&mut self, shell: &mut dyn Shell, from: NodeId, message: &[u8], swapped: bool) {
        let Ok((header, _)) = RequestHeader::read_from_prefix(message) else { return };
        let id = if swapped { header.id.swap_bytes() } else { header.id } as u32;
        let (service, kind) = (id >> 16, id as u16);
        let Some(service) = ServiceId::ALL.into_iter().find(|&known| known as u32 == service) else { return };
        if self.services[service as usize].is_none() {
            return;
        }
        if self.state.counters.received(service, kind) {
            self.with(shell, service, |service, local| service.deliver(local, kind, message, from, swapped));
        } else {
            let number = service as u16;
            log!(shell, "MAIN", Warning, "discarded unknown message {kind} for service {number}");
        }
    }

    fn configured(&mut self, shell: &mut dyn Shell, configuration: &core_totem::Configuration) {
        let was_syncing = std::mem::replace(&mut self.state.syncing, true);
        self.state.timers.disarm(Timer::SyncAgain);
        self.state.ring = configuration.ring;
        self.publish_members(shell, configuration);
        let view = Configuration {
            ring: configuration.ring,
            members: &configuration.members,
            left: &configuration.left,
            joined: &configuration.joined,
            transitional: configuration.transitional,
        };
        if !configuration.transitional {
            self.state.members.clone_from(&configuration.members);
            shell.set_members(&configuration.members);
        }
        self.each(shell, |service, local| service.configured(local, &view));
        if was_syncing {
            self.state.sync.abort();
        }
        if configuration.transitional {
            self.state.sync.transitional(&configuration.members);
        } else {
            self.state.sync.start(&configuration.members, configuration.ring);
        }
    }

    fn publish_members(&mut self, shell: &mut dyn Shell, configuration: &core_totem::Configuration) {
        for &node in &configuration.left {
            members::left(&mut self.state.map, node);
            let addresses = members::print_addresses(&shell.addresses(node));
            log!(shell, "MAIN", Debug, "Member left: {addresses}");
        }
        for &node in &configuration.joined {
            let addresses = shell.addresses(node);
            members::joined(&mut self.state.map, node, &addresses);
            log!(shell, "MAIN", Debug, "Member joined: {}", members::print_addresses(&addresses));
        }
    }

    /// Carries out the next thing that the sync barrier wants; false when there is none.
    pub(crate) fn sync_step(&mut self, shell: &mut dyn Shell) -> bool {
        let Some(step) = self.state.sync.next_step() else { return false };
        match step {
            Step::Multicast(message) => self.state.multicast_sync(message),
            Step::AwaitToken => self.await_token(),
            Step::Start { transitional, members, ring } => self.each(shell, |service, local| {
                if service.syncs() {
                    service.sync_start(local, &transitional, &members, ring);
                }
            }),
            Step::Process(service) => self.sync_process(shell, service),
            Step::Activate(service) => self.with_number(shell, service, |service, local| service.sync_activate(local)),
            Step::Abort(service) => self.with_number(shell, service, |service, local| service.sync_abort(local)),
            Step::Completed => self.synced(shell),
            Step::Log(level, line) => shell.log("SYNC", level, format_args!("{line}")),
        }
        true
    }

    /// Alone, the token comes back at once, within one [`Engine::run`]: a service that waits for its client would be
    /// asked for ever, and the client never heard.
    fn await_token(&mut self) {
        let State { now, members, timers, totem, sync_again, .. } = &mut self.state;
        if std::mem::take(sync_again) && members.len() == 1 {
            timers.arm(Timer::SyncAgain, *now + SYNC_AGAIN);
        } else {
            totem.notify_token(*now);
        }
    }

    fn sync_process(&mut self, shell: &mut dyn Shell, number: u16) {
        let mut step = SyncStep::Done;
        self.with_number(shell, number, |service, local| step = service.sync_process(local));
        self.state.sync_again = matches!(step, SyncStep::Again);
        self.state.sync.processed(step);
    }

    /// Calls a service that takes part in sync; others may have services that this node lacks.
    fn with_number(&mut self, shell: &mut dyn Shell, number: u16, call: impl FnOnce(&mut dyn Service, &mut Local<'_>)) {
        if let Some(id) = ServiceId::ALL.into_iter().find(|&id| id as u16 == number) {
            self.with(shell, id, |service, local| {
                if service.syncs() {
                    call(service, local);
                }
            });
        }
    }

    fn synced(&mut self, shell: &mut dyn Shell) {
        log!(shell, "MAIN", Notice, "Completed service synchronization, ready to provide service.");
        self.state.syncing = false;
        self.state.totem.synced(self.state.now);
        shell.serve_clients(true);
    }
}

impl State {
    fn multicast_sync(&mut self, message: Vec<u8>) {
        if self.totem.multicast(self.now, Group::Sync, Guarantee::Agreed, &[&message]).is_err() {
            self.sync.refused(message);
        }
    }
}
