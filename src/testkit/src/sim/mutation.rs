//! Seeded protocol bugs, each put at a border of a core, so that the cores have no switch for them: a service's
//! border (what it is told, what it sends, what it says of quorum), the network's, the disk's.

use super::host::Voting;
use super::message::Id;
use core_cpg::wire::exec::message as cpg;
use core_icmap::{Change, Map};
use core_service::{
    Configuration, FlowControl, Guarantee, Host, Machine, Peer, Request, Service, SyncStep, Transport, Watchdog,
};
use core_totem::wire::Packet;
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use core_votequorum::wire::ipc::{PollRequest, request::QDEVICE_POLL};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use zerocopy::FromBytes;

/// The host that has the bug; all others are as they should be.
const BUGGY: NodeId = NodeId(1);
/// Every so many-th time it shows.
const EVERY: u64 = 40;

/// A bug, and the promise that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// A byte of a message changes on its way to the services (T1).
    Corrupts,
    /// A message is delivered twice (T2).
    Doubles,
    /// A host's own message isn't delivered to itself (T3).
    Forgets,
    /// Two messages of one sender are delivered the other way round (T4).
    Overtakes,
    /// An effect is delivered before its cause, in another's message (T5).
    Foresees,
    /// Two senders' messages are delivered the other way round (T6).
    Reorders,
    /// A message is left out of a regular configuration (T6).
    Skips,
    /// The ring's number isn't kept on disk (T7).
    DiskForgets,
    /// The old ring's last messages are left out (T8).
    Truncates,
    /// A node is said to come along that doesn't (T9).
    Imagines,
    /// A message of the old ring waits until the new one is there (T9, T11).
    Holds,
    /// A change of a group is told one message late (T11).
    Lags,
    /// Joins of others are forgotten (T11).
    Ignores,
    /// The barrier is passed without waiting for a message of it (T11).
    Rushes,
    /// Tokens from the highest host to the lowest get lost (T12).
    Deafens,
    /// CS_ERR_TRY_AGAIN is said of a message that was taken (T13).
    Lies,
    /// A message is said to be taken that isn't (T3, T13).
    Swallows,
    /// What was delivered is kept for ever (T13).
    Hoards,
    /// Whoever has one vote has quorum (Q1).
    Claims,
    /// A restarted host doesn't wait for all (Q2).
    Hurries,
    /// The tie is broken by the wrong node (Q3).
    Cheats,
    /// A quorum device's vote counts also when it isn't cast, or the device is silent (Q4).
    Believes,
}

impl Mutation {
    /// Every bug.
    pub const ALL: [Mutation; 22] = {
        use Mutation::*;
        [
            Corrupts,
            Doubles,
            Forgets,
            Overtakes,
            Foresees,
            Reorders,
            Skips,
            DiskForgets,
            Truncates,
            Imagines,
            Holds,
            Lags,
            Ignores,
            Rushes,
            Deafens,
            Lies,
            Swallows,
            Hoards,
            Claims,
            Hurries,
            Cheats,
            Believes,
        ]
    };

    /// The promises that it breaks: the checkers must name one of them.
    pub fn breaks(self) -> &'static [&'static str] {
        use Mutation::*;
        match self {
            Corrupts => &["T1"],
            Doubles => &["T2"],
            Forgets => &["T3"],
            Overtakes => &["T4"],
            Foresees => &["T5"],
            Reorders | Skips => &["T6"],
            DiskForgets => &["T7"],
            Truncates => &["T8"],
            Imagines => &["T9"],
            Holds => &["T9", "T11"],
            Lags | Ignores | Rushes => &["T11"],
            Deafens => &["T12"],
            Lies | Hoards => &["T13"],
            Swallows => &["T3"],
            Claims => &["Q1"],
            Hurries => &["Q2"],
            Cheats => &["Q3"],
            Believes => &["Q4"],
        }
    }

    /// The votes' configuration that it shows in; `None`: any.
    pub fn voting(self) -> Option<Voting> {
        match self {
            Mutation::Claims => Some(Voting::Plain),
            Mutation::Hurries => Some(Voting::WaitForAll),
            Mutation::Cheats => Some(Voting::Highest),
            Mutation::Believes => Some(Voting::Device),
            _ => None,
        }
    }

    /// What becomes of a frame between two hosts.
    pub(super) fn frame(self, from: usize, to: usize, frame: &Rc<[u8]>) -> Option<Rc<[u8]>> {
        let is_token =
            matches!(core_totem::wire::parse(frame), Ok(parsed) if matches!(parsed.packet, Packet::Token(_)));
        (self != Mutation::Deafens || to != 0 || from == 0 || !is_token).then(|| frame.clone())
    }
}

/// A service with a bug.
pub(super) struct Seeded {
    service: Box<dyn Service>,
    mutation: Mutation,
    count: u64,
    /// Messages that are told later.
    late: VecDeque<Message>,
    hoard: Vec<Vec<u8>>,
    in_transition: bool,
}

/// A message on its way to a service.
struct Message {
    id: u16,
    bytes: Vec<u8>,
    from: NodeId,
}

impl Seeded {
    /// A service with this bug, where it concerns the service and the host; else as it is.
    pub(super) fn around(service: Box<dyn Service>, mutation: Mutation, node: NodeId) -> Box<dyn Service> {
        let of = match mutation {
            Mutation::Lags | Mutation::Ignores => ServiceId::Cpg,
            Mutation::Claims | Mutation::Hurries | Mutation::Cheats | Mutation::Believes => ServiceId::Votequorum,
            Mutation::DiskForgets | Mutation::Deafens => return service,
            _ => super::host::PROBE,
        };
        if service.id() != of || node != BUGGY {
            return service;
        }
        let (late, hoard) = (VecDeque::new(), Vec::new());
        Box::new(Seeded { service, mutation, count: 0, late, hoard, in_transition: false })
    }

    fn is_time(&mut self) -> bool {
        self.count += 1;
        self.count.is_multiple_of(EVERY)
    }

    fn tell(&mut self, host: &mut dyn Host, message: &Message) {
        self.service.deliver(host, message.id, &message.bytes, message.from, false);
    }

    fn tell_late(&mut self, host: &mut dyn Host) {
        while let Some(message) = self.late.pop_front() {
            self.tell(host, &message);
        }
    }

    /// Tells one message after some others, but before the next of its sender.
    fn foresee(&mut self, host: &mut dyn Host, message: Message) {
        let same = self.late.front().is_some_and(|late| late.from == message.from);
        if same || self.count.is_multiple_of(LATE) {
            self.tell_late(host);
        }
        if self.is_time() && self.late.is_empty() {
            self.late.push_back(message);
        } else {
            self.tell(host, &message);
        }
    }

    /// Tells two messages the other way round when the second one is as the bug wants it.
    fn swap(&mut self, host: &mut dyn Host, message: Message) {
        let (first, second) = (self.late.front().and_then(identity), identity(&message));
        let wanted = match (first.zip(second), self.mutation) {
            (Some((first, second)), Mutation::Overtakes) => first.from == second.from,
            (Some((first, second)), _) => first.from != second.from,
            (None, _) => true,
        };
        match (self.late.is_empty(), wanted) {
            (true, _) if self.is_time() => self.late.push_back(message),
            (true, _) => self.tell(host, &message),
            (false, true) => {
                self.tell(host, &message);
                self.tell_late(host);
            }
            (false, false) => {
                self.tell_late(host);
                self.tell(host, &message);
            }
        }
    }
}

/// Who a message of the probe is from; `None` for other messages.
fn identity(message: &Message) -> Option<Id> {
    Id::of(message.bytes.get(size_of::<RequestHeader>()..)?)
}

/// The probe's own message, as opposed to what it says in a sync.
const PROBE_MESSAGE: u16 = 0;
/// The quorum device's timer.
const TIMER_DEVICE: u32 = 0;
/// So many messages later is late.
const LATE: u64 = 20;
/// What is kept of each message, in bytes.
const HOARDED: usize = 64 << 10;

impl Service for Seeded {
    fn id(&self) -> ServiceId {
        self.service.id()
    }
    fn description(&self) -> &'static str {
        self.service.description()
    }
    fn requests(&self) -> &'static [FlowControl] {
        self.service.requests()
    }
    fn messages(&self) -> u16 {
        self.service.messages()
    }
    fn serves_inquorate(&self) -> bool {
        self.service.serves_inquorate()
    }

    fn start(&mut self, host: &mut dyn Host) -> Result<(), String> {
        match self.mutation {
            Mutation::Hurries => drop(host.map().delete("quorum.wait_for_all")),
            Mutation::Cheats => drop(host.map().set("quorum.auto_tie_breaker_node", "lowest")),
            _ => {}
        }
        self.service.start(&mut Bent::of(host, self.mutation, false))
    }
    fn stop(&mut self, host: &mut dyn Host) {
        self.service.stop(host);
    }
    fn connected(&mut self, host: &mut dyn Host, conn: ConnId, peer: Peer) {
        self.service.connected(host, conn, peer);
    }
    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        let now = self.is_time();
        let mut message = message.to_vec();
        if self.mutation == Mutation::Believes
            && id == QDEVICE_POLL
            && let Ok((poll, _)) = PollRequest::mut_from_prefix(&mut message)
        {
            poll.cast_vote = 1;
        }
        self.service.request(&mut Bent::of(host, self.mutation, now), conn, id, &message);
    }
    fn disconnected(&mut self, host: &mut dyn Host, conn: ConnId) {
        self.service.disconnected(host, conn);
    }

    fn deliver(&mut self, host: &mut dyn Host, id: u16, message: &[u8], from: NodeId, _swapped: bool) {
        let mut message = Message { id, bytes: message.to_vec(), from };
        let (own, mutation) = (from == BUGGY, self.mutation);
        match mutation {
            Mutation::Rushes if id != PROBE_MESSAGE && !own && self.is_time() => return,
            Mutation::Lags if id == cpg::PROCJOIN && !own => return self.late.push_back(message),
            Mutation::Lags if id == cpg::MCAST => {
                self.tell(host, &message);
                return self.tell_late(host);
            }
            Mutation::Ignores if id == cpg::PROCJOIN && !own => return,
            _ if self.id() != super::host::PROBE || id != PROBE_MESSAGE => {}
            Mutation::Corrupts if self.is_time() => {
                if let Some(byte) = message.bytes.last_mut() {
                    *byte ^= 1;
                }
            }
            Mutation::Doubles if self.is_time() => self.tell(host, &message),
            Mutation::Forgets if own && self.is_time() => return,
            Mutation::Skips if !own && !self.in_transition && self.is_time() => return,
            Mutation::Truncates if self.in_transition => return,
            Mutation::Holds if self.in_transition => return self.late.push_back(message),
            Mutation::Overtakes | Mutation::Reorders => return self.swap(host, message),
            Mutation::Foresees => return self.foresee(host, message),
            Mutation::Hoards => self.hoard.push(vec![0; HOARDED]),
            _ => {}
        }
        self.service.deliver(&mut Bent::of(host, self.mutation, false), id, &message.bytes, from, false);
    }

    fn configured(&mut self, host: &mut dyn Host, configuration: &Configuration<'_>) {
        let mut members = configuration.members.to_vec();
        if configuration.transitional && self.mutation == Mutation::Imagines {
            members.extend(configuration.left);
            members.sort_unstable();
        }
        if self.mutation != Mutation::Holds {
            self.tell_late(host);
        }
        self.in_transition = configuration.transitional;
        self.service.configured(host, &Configuration { members: &members, ..*configuration });
        if !configuration.transitional {
            self.tell_late(host);
        }
    }
    fn syncs(&self) -> bool {
        self.service.syncs()
    }
    fn sync_start(&mut self, host: &mut dyn Host, transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        self.service.sync_start(host, transitional, members, ring);
    }
    fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        self.service.sync_process(host)
    }
    fn sync_activate(&mut self, host: &mut dyn Host) {
        self.service.sync_activate(&mut Bent::of(host, self.mutation, false));
    }
    fn sync_abort(&mut self, host: &mut dyn Host) {
        self.service.sync_abort(host);
    }
    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        if self.mutation != Mutation::Believes || key != TIMER_DEVICE {
            self.service.timer(&mut Bent::of(host, self.mutation, false), key);
        }
    }
    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        self.service.map_changed(host, change);
    }
    fn quorum_changed(&mut self, host: &mut dyn Host, quorate: bool, members: &[NodeId], ring: RingId) {
        self.service.quorum_changed(host, quorate, members, ring);
    }
}

/// A host as a service with a bug uses it.
struct Bent<'a> {
    host: &'a mut dyn Host,
    mutation: Mutation,
    /// The bug shows now.
    now: bool,
}

impl<'a> Bent<'a> {
    fn of(host: &'a mut dyn Host, mutation: Mutation, now: bool) -> Bent<'a> {
        Bent { host, mutation, now }
    }
}

impl Machine for Bent<'_> {
    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        self.host.watchdog()
    }
}

impl Host for Bent<'_> {
    fn now(&self) -> Nanos {
        self.host.now()
    }
    fn wall_clock(&self) -> u64 {
        self.host.wall_clock()
    }
    fn nodeid(&self) -> NodeId {
        self.host.nodeid()
    }
    fn ring(&self) -> RingId {
        self.host.ring()
    }
    fn members(&self) -> &[NodeId] {
        self.host.members()
    }
    fn is_quorate(&self) -> bool {
        self.host.is_quorate()
    }
    fn set_quorum(&mut self, quorate: bool, members: &[NodeId], ring: RingId) {
        self.host.set_quorum(quorate || self.mutation == Mutation::Claims, members, ring);
    }
    fn map(&mut self) -> &mut Map {
        self.host.map()
    }
    fn transport(&self) -> &dyn Transport {
        self.host.transport()
    }
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.host.respond(conn, parts);
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.host.event(conn, parts);
    }
    fn disconnect(&mut self, conn: ConnId) {
        self.host.disconnect(conn);
    }
    fn multicast(&mut self, service: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        match self.mutation {
            Mutation::Swallows if self.now => Ok(()),
            Mutation::Lies if self.now => {
                self.host.multicast(service, id, guarantee, parts)?;
                Err(CsError::TryAgain)
            }
            _ => self.host.multicast(service, id, guarantee, parts),
        }
    }
    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError> {
        self.host.state_load(name)
    }
    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError> {
        self.host.state_save(name, content)
    }
    fn arm(&mut self, service: ServiceId, key: u32, after: Nanos) {
        self.host.arm(service, key, after);
    }
    fn disarm(&mut self, service: ServiceId, key: u32) {
        self.host.disarm(service, key);
    }
    fn request(&mut self, request: Request) {
        self.host.request(request);
    }
    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>) {
        self.host.log(subsystem, level, line);
    }
}
