//! A host for one service: a machine whose load and watchdog the test sets, and a record of what the service does.

use core_icmap::{Map, Value};
use core_service::{Guarantee, Host, Link, NodeStatus, Request, Service, Transport, Watchdog};
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::BTreeMap;
use std::fmt;
use zerocopy::IntoBytes;

#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) now: Nanos,
    pub(crate) map: Map,
    pub(crate) memory: Option<u32>,
    pub(crate) load: Option<f64>,
    pub(crate) dog: Option<Dog>,
    pub(crate) timers: BTreeMap<u32, Nanos>,
    pub(crate) room: u32,
    pub(crate) sent: Vec<(u16, Vec<u8>)>,
    pub(crate) requests: Vec<Request>,
    pub(crate) log: Vec<String>,
}

/// A watchdog that can be set to at most `max` seconds.
#[derive(Default)]
pub(crate) struct Dog {
    pub(crate) open: bool,
    pub(crate) seconds: u32,
    pub(crate) max: u32,
    pub(crate) kept: u32,
}

impl Watchdog for Dog {
    fn open(&mut self, device: &str) -> Result<String, CsError> {
        if device != "/dev/watchdog" {
            return Err(CsError::NotExist);
        }
        (self.open, self.seconds) = (true, 60);
        Ok("Dog".into())
    }
    fn is_open(&self) -> bool {
        self.open
    }
    fn timeout(&self) -> u32 {
        self.seconds
    }
    fn set_timeout(&mut self, seconds: u32) {
        self.seconds = seconds.min(self.max);
    }
    fn enable(&mut self) {}
    fn keep_alive(&mut self) {
        self.kept += 1;
    }
    fn close(&mut self) -> Result<(), CsError> {
        self.open = false;
        Ok(())
    }
}

impl Fake {
    /// Tells the service of the map's changes.
    pub(crate) fn tell(&mut self, service: &mut dyn Service) {
        while let Some(change) = self.map.next_change() {
            service.map_changed(self, &change);
        }
    }

    /// Starts the service, as the daemon does: nobody is told of changes from before.
    pub(crate) fn start(&mut self, service: &mut dyn Service) {
        service.start(self).unwrap();
        self.map.discard_changes();
    }

    /// Lets time pass, with all timers, up to `to`.
    pub(crate) fn run(&mut self, service: &mut dyn Service, to: Nanos) {
        while let Some((&key, &at)) = self.timers.iter().min_by_key(|(_, at)| **at).filter(|(_, at)| **at <= to) {
            self.timers.remove(&key);
            self.now = at;
            service.timer(self, key);
            self.tell(service);
        }
        self.now = to;
    }

    /// Delivers what was multicast.
    pub(crate) fn deliver(&mut self, service: &mut dyn Service) {
        for (id, message) in std::mem::take(&mut self.sent) {
            service.deliver(self, id, &message, NodeId(1), false);
        }
    }

    pub(crate) fn set(&mut self, service: &mut dyn Service, key: &str, value: impl Into<Value>) {
        self.map.set(key, value).unwrap();
        self.tell(service);
    }
}

impl Host for Fake {
    fn now(&self) -> Nanos {
        self.now
    }
    fn wall_clock(&self) -> u64 {
        self.now + 1
    }
    fn memory_used(&self) -> Option<u32> {
        self.memory
    }
    fn load_15min(&self) -> Option<f64> {
        self.load
    }
    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        self.dog.as_mut().map(|dog| dog as &mut dyn Watchdog)
    }
    fn nodeid(&self) -> NodeId {
        NodeId(1)
    }
    fn ring(&self) -> RingId {
        RingId::default()
    }
    fn members(&self) -> &[NodeId] {
        &[NodeId(1)]
    }
    fn is_quorate(&self) -> bool {
        true
    }
    fn set_quorum(&mut self, _: bool, _: &[NodeId], _: RingId) {}
    fn map(&mut self) -> &mut Map {
        &mut self.map
    }
    fn transport(&self) -> &dyn Transport {
        self
    }
    fn respond(&mut self, _: ConnId, _: &[&[u8]]) {}
    fn event(&mut self, _: ConnId, _: &[&[u8]]) {}
    fn disconnect(&mut self, _: ConnId) {}
    fn multicast(&mut self, _: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        assert_eq!(guarantee, Guarantee::Agreed);
        self.room = self.room.checked_sub(1).ok_or(CsError::TryAgain)?;
        let body = parts.concat();
        self.sent.push((id, [RequestHeader::new(0, 16 + body.len()).as_bytes(), &body].concat()));
        Ok(())
    }
    fn arm(&mut self, _: ServiceId, key: u32, after: Nanos) {
        self.timers.insert(key, self.now + after);
    }
    fn disarm(&mut self, _: ServiceId, key: u32) {
        self.timers.remove(&key);
    }
    fn request(&mut self, request: Request) {
        self.requests.push(request);
    }
    fn log(&mut self, _: &'static str, _: Level, line: fmt::Arguments<'_>) {
        self.log.push(line.to_string());
    }
}

impl Transport for Fake {
    fn links(&self, _: NodeId) -> Option<Vec<Link>> {
        None
    }
    fn node_status(&self, _: NodeId) -> Result<NodeStatus, CsError> {
        Err(CsError::NotSupported)
    }
    fn stats_keys(&self) -> Vec<String> {
        Vec::new()
    }
    fn stats(&self, _: &str) -> Option<Value> {
        None
    }
}
