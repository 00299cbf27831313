//! What one host's services share, and the [`Host`] they see of it.

use crate::members::put;
use crate::shell::Shell;
use crate::timers::Timers;
use core_cmap::stats;
use core_icmap::{Map, Value};
use core_service::{Guarantee, Host, Link, Machine, NodeStatus, Request, Transport, Watchdog};
use core_sync::Sync;
use core_totem::{Group, Totem};
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use zerocopy::IntoBytes;

/// Whose timer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Timer {
    /// A service's, by its own key.
    Service(ServiceId, u32),
    /// Time to look at totem's statistics and to tell those who track them.
    Statistics,
    /// A service that waits for its client before its sync is over is asked again.
    SyncAgain,
}

/// What the quorum provider said last and nobody was told yet.
pub(crate) struct QuorumNews {
    pub(crate) quorate: bool,
    pub(crate) members: Vec<NodeId>,
    pub(crate) ring: RingId,
}

/// How often messages of one kind went by in one direction.
struct Counter {
    key: String,
    count: u32,
    published: u32,
}

impl Counter {
    fn new(service: ServiceId, kind: usize, direction: &str) -> Counter {
        Counter { key: format!("runtime.services.{}.{kind}.{direction}", service.name()), count: 0, published: 0 }
    }

    fn publish(&mut self, map: &mut Map) {
        let step = self.count.wrapping_sub(self.published);
        if step != 0 && map.fast_adjust(&self.key, step as i32).is_ok() {
            self.published = self.count;
        }
    }
}

/// How often each kind of message of each service was sent and received.
#[derive(Default)]
pub(crate) struct Counters([Vec<(Counter, Counter)>; ServiceId::ALL.len()]);

impl Counters {
    /// Starts to count a service's messages, and puts the counters in the map.
    pub(crate) fn start(&mut self, service: ServiceId, kinds: u16, map: &mut Map) {
        let counters = |kind| (Counter::new(service, kind, "tx"), Counter::new(service, kind, "rx"));
        let counters: Vec<_> = (0..usize::from(kinds)).map(counters).collect();
        for (sent, received) in &counters {
            put(map, &sent.key, 0u64);
            put(map, &received.key, 0u64);
        }
        self.0[service as usize] = counters;
    }

    /// Counts a message sent; unknown kinds don't count.
    pub(crate) fn sent(&mut self, service: ServiceId, kind: u16) {
        if let Some((sent, _)) = self.0[service as usize].get_mut(usize::from(kind)) {
            sent.count = sent.count.wrapping_add(1);
        }
    }

    /// Counts a message received; false when the service knows no such kind.
    pub(crate) fn received(&mut self, service: ServiceId, kind: u16) -> bool {
        let Some((_, received)) = self.0[service as usize].get_mut(usize::from(kind)) else { return false };
        received.count = received.count.wrapping_add(1);
        true
    }

    /// Brings the counters in the map up to date. Done before somebody looks, not for each message.
    pub(crate) fn publish(&mut self, map: &mut Map) {
        for (sent, received) in self.0.iter_mut().flatten() {
            sent.publish(map);
            received.publish(map);
        }
    }
}

/// One host, less its services.
pub(crate) struct State {
    pub(crate) now: Nanos,
    pub(crate) nodeid: NodeId,
    pub(crate) ring: RingId,
    pub(crate) members: Vec<NodeId>,
    pub(crate) quorate: bool,
    pub(crate) quorum_news: VecDeque<QuorumNews>,
    pub(crate) map: Map,
    pub(crate) totem: Totem,
    pub(crate) sync: Sync,
    /// The ring id could not be stored: the ring must not be used.
    pub(crate) halted: bool,
    /// Whether clients' multicasts wait until the services agree on the ring.
    pub(crate) syncing: bool,
    /// A service said that its sync is not over yet.
    pub(crate) sync_again: bool,
    pub(crate) timers: Timers<Timer>,
    pub(crate) counters: Counters,
    pub(crate) connections: BTreeMap<ConnId, ServiceId>,
}

/// The [`Host`] of a service that is being called.
pub(crate) struct Local<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) shell: &'a mut dyn Shell,
}

impl Machine for Local<'_> {
    fn memory_used(&self) -> Option<u32> {
        self.shell.memory_used()
    }

    fn load_15min(&self) -> Option<f64> {
        self.shell.load_15min()
    }

    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        self.shell.watchdog()
    }
}

impl Host for Local<'_> {
    fn now(&self) -> Nanos {
        self.state.now
    }

    fn wall_clock(&self) -> u64 {
        self.shell.wall_clock()
    }

    fn nodeid(&self) -> NodeId {
        self.state.nodeid
    }

    fn ring(&self) -> RingId {
        self.state.ring
    }

    fn members(&self) -> &[NodeId] {
        &self.state.members
    }

    fn is_quorate(&self) -> bool {
        self.state.quorate
    }

    fn is_syncing(&self) -> bool {
        self.state.syncing
    }

    fn set_quorum(&mut self, quorate: bool, members: &[NodeId], ring: RingId) {
        self.state.quorate = quorate;
        self.state.quorum_news.push_back(QuorumNews { quorate, members: members.to_vec(), ring });
    }

    fn map(&mut self) -> &mut Map {
        &mut self.state.map
    }

    fn transport(&self) -> &dyn Transport {
        self
    }

    fn buffer_open(&mut self, conn: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError> {
        self.shell.buffers().open(conn, buffer, path, size)
    }

    fn buffer_read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError> {
        self.shell.buffers().read(buffer, offset, into)
    }

    fn buffer_write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError> {
        self.shell.buffers().write(buffer, offset, from)
    }

    fn buffer_close(&mut self, buffer: u64) {
        self.shell.buffers().close(buffer);
    }

    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError> {
        self.shell.state_load(name)
    }

    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError> {
        self.shell.state_save(name, content)
    }

    fn reopen_logs(&mut self) -> Result<(), CsError> {
        self.shell.reopen_logs()
    }

    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.shell.respond(conn, parts);
    }

    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.shell.event(conn, parts);
    }

    fn disconnect(&mut self, conn: ConnId) {
        self.shell.disconnect(conn);
    }

    fn multicast(&mut self, service: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        const PARTS_MAX: usize = 8;
        assert!(parts.len() < PARTS_MAX, "a service sends a message in a few parts");
        let size = size_of::<RequestHeader>() + parts.iter().map(|part| part.len()).sum::<usize>();
        let header = RequestHeader::new(i32::from(service as u16) << 16 | i32::from(id), size);
        let mut message: [&[u8]; PARTS_MAX] = [&[]; PARTS_MAX];
        message[0] = header.as_bytes();
        message[1..=parts.len()].copy_from_slice(parts);
        self.state.counters.sent(service, id);
        let message = &message[..=parts.len()];
        self.state.totem.multicast(self.state.now, Group::Services, guarantee, message).map_err(|_| CsError::TryAgain)
    }

    fn arm(&mut self, service: ServiceId, key: u32, after: Nanos) {
        self.state.timers.arm(Timer::Service(service, key), self.state.now.saturating_add(after));
    }

    fn disarm(&mut self, service: ServiceId, key: u32) {
        self.state.timers.disarm(Timer::Service(service, key));
    }

    fn request(&mut self, request: Request) {
        self.shell.request(request);
    }

    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>) {
        self.shell.log(subsystem, level, line);
    }
}

impl Transport for Local<'_> {
    fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        self.shell.links(node)
    }

    fn node_status(&self, node: NodeId) -> Result<NodeStatus, CsError> {
        self.shell.node_status(node, self.state.totem.reachable(node))
    }

    fn stats_keys(&self) -> Vec<String> {
        stats::keys(self)
    }

    fn stats(&self, key: &str) -> Option<Value> {
        stats::value(self, key)
    }
}
