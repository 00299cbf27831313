//! A host for one service that does what the real one does with its calls, and nothing outside: multicasts come
//! back to their sender in order, timers run on a virtual clock, answers are checked and forgotten.

use core_icmap::{Map, Value};
use core_service::{Guarantee, Host, Link, NodeStatus, Request, Service, Transport};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, MILLIS, Nanos, NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use zerocopy::{FromBytes, IntoBytes};

/// Longest reply or event: clients ask for no larger ones.
const REPLY_MAX: usize = core_types::MESSAGE_SIZE_MAX;
/// Most multicasts that wait at once, as totem's queue is bounded.
const QUEUE_MAX: usize = 256;

/// The host.
pub(crate) struct Fake {
    pub(crate) now: Nanos,
    pub(crate) map: Map,
    pub(crate) ring: RingId,
    pub(crate) members: Vec<NodeId>,
    pub(crate) quorate: bool,
    /// Whether totem takes nothing.
    pub(crate) full: bool,
    pub(crate) sent: VecDeque<(u16, Vec<u8>)>,
    pub(crate) timers: BTreeMap<u32, Nanos>,
    pub(crate) connected: BTreeSet<ConnId>,
    pub(crate) disconnects: Vec<ConnId>,
    pub(crate) quorum_news: VecDeque<(bool, Vec<NodeId>, RingId)>,
    pub(crate) files: BTreeMap<&'static str, Vec<u8>>,
    /// What a zero-copy buffer holds, whatever its path.
    pub(crate) buffer: Vec<u8>,
    buffers: BTreeSet<u64>,
}

impl Fake {
    pub(crate) fn new() -> Fake {
        Fake {
            now: 1000 * MILLIS,
            map: Map::new(),
            ring: RingId { representative: NodeId(1), seq: 4 },
            members: vec![NodeId(1)],
            quorate: true,
            full: false,
            sent: VecDeque::new(),
            timers: BTreeMap::new(),
            connected: BTreeSet::new(),
            disconnects: Vec::new(),
            quorum_news: VecDeque::new(),
            files: BTreeMap::new(),
            buffer: Vec::new(),
            buffers: BTreeSet::new(),
        }
    }

    /// What a client gets says how long it is, and is for a client that is there.
    fn checked(&self, conn: ConnId, parts: &[&[u8]]) {
        let message = parts.concat();
        let (header, _) = ResponseHeader::read_from_prefix(&message).expect("a message has its header");
        assert_eq!(header.size as usize, message.len(), "message {} says how long it is", header.id);
        assert!(message.len() <= REPLY_MAX, "message {} of {} bytes fits a client's ring", header.id, message.len());
        assert!(self.connected.contains(&conn), "message {} is for a client that is there", header.id);
    }

    /// Zero-copy buffers that the service did not end.
    pub(crate) fn buffers(&self) -> usize {
        self.buffers.len()
    }
}

impl Host for Fake {
    fn now(&self) -> Nanos {
        self.now
    }
    fn wall_clock(&self) -> u64 {
        self.now
    }
    fn nodeid(&self) -> NodeId {
        NodeId(1)
    }
    fn ring(&self) -> RingId {
        self.ring
    }
    fn members(&self) -> &[NodeId] {
        &self.members
    }
    fn is_quorate(&self) -> bool {
        self.quorate
    }
    fn set_quorum(&mut self, quorate: bool, members: &[NodeId], ring: RingId) {
        self.quorate = quorate;
        self.quorum_news.push_back((quorate, members.to_vec(), ring));
    }
    fn map(&mut self) -> &mut Map {
        &mut self.map
    }
    fn transport(&self) -> &dyn Transport {
        self
    }
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.checked(conn, parts);
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.checked(conn, parts);
    }
    fn disconnect(&mut self, conn: ConnId) {
        self.disconnects.push(conn);
    }
    fn multicast(&mut self, service: ServiceId, id: u16, _: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        if self.full || self.sent.len() >= QUEUE_MAX {
            return Err(CsError::TryAgain);
        }
        let body = parts.concat();
        let header = RequestHeader::new(i32::from(service as u16) << 16 | i32::from(id), 16 + body.len());
        self.sent.push_back((id, [header.as_bytes(), &body].concat()));
        Ok(())
    }
    fn buffer_open(&mut self, _: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError> {
        if path.is_empty() || size > self.buffer.len() {
            return Err(CsError::Access);
        }
        assert!(self.buffers.insert(buffer), "a buffer's number is its own");
        Ok(())
    }
    fn buffer_read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError> {
        let end = offset.checked_add(into.len()).ok_or(CsError::InvalidParam)?;
        let bytes = self.buffer.get(offset..end).filter(|_| self.buffers.contains(&buffer));
        into.copy_from_slice(bytes.ok_or(CsError::InvalidParam)?);
        Ok(())
    }
    fn buffer_write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError> {
        let end = offset.checked_add(from.len()).ok_or(CsError::InvalidParam)?;
        let known = self.buffers.contains(&buffer);
        let bytes = self.buffer.get_mut(offset..end).filter(|_| known).ok_or(CsError::InvalidParam)?;
        bytes.copy_from_slice(from);
        Ok(())
    }
    fn buffer_close(&mut self, buffer: u64) {
        self.buffers.remove(&buffer);
    }
    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError> {
        self.files.get(name).cloned().ok_or(CsError::NotExist)
    }
    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError> {
        self.files.insert(name, content.to_vec());
        Ok(())
    }
    fn arm(&mut self, _: ServiceId, key: u32, after: Nanos) {
        self.timers.insert(key, self.now.saturating_add(after));
    }
    fn disarm(&mut self, _: ServiceId, key: u32) {
        self.timers.remove(&key);
    }
    fn request(&mut self, _: Request) {}
    fn log(&mut self, _: &'static str, _: Level, line: fmt::Arguments<'_>) {
        let _formats = line.to_string();
    }
}

impl Transport for Fake {
    fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        let link = |number| Link {
            number,
            address: IpAddr::V4(Ipv4Addr::new(127, 0, number, 1)),
            status: "OK".to_owned(),
            enabled: true,
            connected: true,
            dynamic: false,
            mtu: 1397,
            source: "127.0.0.1".to_owned(),
            destination: "127.0.0.2".to_owned(),
        };
        (1..=8).contains(&node.0).then(|| (0..node.0 as u8).map(link).collect())
    }
    fn node_status(&self, node: NodeId) -> Result<NodeStatus, CsError> {
        let links = self.links(node).ok_or(CsError::NotExist)?;
        Ok(NodeStatus { nodeid: node, reachable: true, remote: false, external: false, onwire: (0, 1, 1), links })
    }
    fn stats_keys(&self) -> Vec<String> {
        ["stats.pg.msg_reserved", "stats.srp.tx", "stats.srp.version"].map(str::to_owned).to_vec()
    }
    fn stats(&self, key: &str) -> Option<Value> {
        self.stats_keys().contains(&key.to_owned()).then_some(Value::U64(self.now / MILLIS))
    }
}

/// Most rounds until nothing follows any more: more is a loop without end.
const ROUNDS_MAX: usize = 20_000;

/// Does all that follows from what the service did: its multicasts delivered to itself, changes and quorum told.
pub(crate) fn settle(host: &mut Fake, service: &mut dyn Service) {
    for _ in 0..ROUNDS_MAX {
        if let Some((quorate, members, ring)) = host.quorum_news.pop_front() {
            service.quorum_changed(host, quorate, &members, ring);
        } else if let Some(change) = host.map.next_change() {
            service.map_changed(host, &change);
        } else if let Some(conn) = host.disconnects.pop() {
            if host.connected.remove(&conn) {
                service.disconnected(host, conn);
            }
        } else if let Some((id, message)) = host.sent.pop_front() {
            service.deliver(host, id, &message, NodeId(1), false);
        } else {
            return;
        }
    }
    panic!("what the service does has no end");
}

/// Lets time pass, timer by timer.
pub(crate) fn pass(host: &mut Fake, service: &mut dyn Service, millis: u64) {
    const EXPIRIES_MAX: usize = 1000;
    let until = host.now + millis * MILLIS;
    for _ in 0..EXPIRIES_MAX {
        let due = host.timers.iter().filter(|(_, at)| **at <= until).min_by_key(|(_, at)| **at);
        let Some((&key, &at)) = due else { break };
        host.timers.remove(&key);
        host.now = host.now.max(at);
        service.timer(host, key);
        settle(host, service);
    }
    host.now = until;
}
