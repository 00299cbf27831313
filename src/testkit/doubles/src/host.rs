//! A host for one service.

use crate::{FakeTransport, FakeWatchdog};
use core_icmap::Map;
use core_service::{Guarantee, Host, Machine, Request, Service, Transport, Watchdog};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, MESSAGE_SIZE_MAX, Nanos, NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use zerocopy::{FromBytes, IntoBytes};

/// A host that records what its one service does, and sees that the service keeps to the contract: it speaks for
/// itself only, multicasts with the guarantees that it should, and every message to a client says how long it is
/// and fits a client's ring.
pub struct FakeHost {
    /// The service.
    pub service: ServiceId,
    /// What it may multicast with.
    pub guarantees: &'static [Guarantee],
    /// The virtual clock.
    pub now: Nanos,
    /// The local node; node 1 before a test says otherwise.
    pub node: NodeId,
    /// The ring in force.
    pub ring: RingId,
    /// Its members; node 1 alone before a test says otherwise.
    pub members: Vec<NodeId>,
    /// Whether there is quorum.
    pub quorate: bool,
    /// Whether a sync goes on.
    pub syncing: bool,
    /// The configuration map.
    pub map: Map,
    /// Links and statistics.
    pub transport: FakeTransport,
    /// Memory in use, in percent.
    pub memory: Option<u32>,
    /// The load average.
    pub load: Option<f64>,
    /// The watchdog.
    pub dog: Option<FakeWatchdog>,
    /// So many multicasts may wait until totem takes no more.
    pub room: usize,
    /// Whether totem takes nothing.
    pub full: bool,
    /// Multicasts not delivered yet: their numbers, and whole messages.
    pub sent: VecDeque<(u16, Vec<u8>)>,
    /// The clients that are there, where the test keeps account of them: nobody else may be spoken to.
    pub clients: Option<BTreeSet<ConnId>>,
    /// Replies not looked at yet.
    pub replies: VecDeque<(ConnId, Vec<u8>)>,
    /// Events not looked at yet.
    pub events: VecDeque<(ConnId, Vec<u8>)>,
    /// Connections that the service ended.
    pub ended: Vec<ConnId>,
    /// Armed timers, and when they run out.
    pub timers: BTreeMap<u32, Nanos>,
    /// What the service told of quorum and nobody looked at yet.
    pub quorum_news: VecDeque<(bool, Vec<NodeId>, RingId)>,
    /// Files that clients could share, by path.
    pub shareable: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What is in a file of any other path, if there are any.
    pub shareable_any: Option<Vec<u8>>,
    /// The files that are shared as zero-copy buffers, by number.
    pub buffers: BTreeMap<u64, Vec<u8>>,
    /// The files of the state directory.
    pub files: BTreeMap<&'static str, Vec<u8>>,
    /// Why log files can't be opened again.
    pub reopening: Option<CsError>,
    /// What was asked of the daemon.
    pub requests: Vec<Request>,
    /// The lines that were logged.
    pub log: Vec<String>,
}

impl FakeHost {
    /// The host of node 1, alone and quorate, for a service that multicasts with these guarantees (none: never).
    pub fn new(service: ServiceId, guarantees: &'static [Guarantee]) -> FakeHost {
        FakeHost {
            service,
            guarantees,
            now: 0,
            node: NodeId(1),
            ring: RingId::default(),
            members: vec![NodeId(1)],
            quorate: true,
            syncing: false,
            map: Map::new(),
            transport: FakeTransport::default(),
            memory: None,
            load: None,
            dog: None,
            room: usize::MAX,
            full: false,
            sent: VecDeque::new(),
            clients: None,
            replies: VecDeque::new(),
            events: VecDeque::new(),
            ended: Vec::new(),
            timers: BTreeMap::new(),
            quorum_news: VecDeque::new(),
            shareable: BTreeMap::new(),
            shareable_any: None,
            buffers: BTreeMap::new(),
            files: BTreeMap::new(),
            reopening: None,
            requests: Vec::new(),
            log: Vec::new(),
        }
    }

    /// Tells the service of the map's changes, as the engine does.
    pub fn tell(&mut self, service: &mut dyn Service) {
        while let Some(change) = self.map.next_change() {
            service.map_changed(self, &change);
        }
    }

    /// A client's request: its number, and what follows the header.
    pub fn ask(&mut self, service: &mut dyn Service, conn: u64, id: i32, body: &[u8]) {
        let header = RequestHeader::new(id, size_of::<RequestHeader>() + body.len());
        service.request(self, ConnId(conn), id as u32, &[header.as_bytes(), body].concat());
    }

    /// The oldest reply that nobody looked at: who got it, its number and its error.
    pub fn reply(&mut self) -> Option<(u64, i32, i32)> {
        let (conn, bytes) = self.replies.pop_front()?;
        let (header, _) = ResponseHeader::read_from_prefix(&bytes).expect("checked when it was sent");
        Some((conn.0, header.id, header.error))
    }

    /// Delivers what was multicast until now, as from that node.
    pub fn deliver(&mut self, service: &mut dyn Service, from: NodeId) {
        for (id, message) in std::mem::take(&mut self.sent) {
            service.deliver(self, id, &message, from, false);
        }
    }

    /// Runs out the timer that is due first, when that is by `until`; whether there was one.
    pub fn expire_next(&mut self, service: &mut dyn Service, until: Nanos) -> bool {
        let due = self.timers.iter().min_by_key(|(_, at)| **at).filter(|(_, at)| **at <= until);
        let Some((&key, &at)) = due else { return false };
        self.timers.remove(&key);
        self.now = self.now.max(at);
        service.timer(self, key);
        true
    }

    fn checked(&self, conn: ConnId, parts: &[&[u8]]) -> (ConnId, Vec<u8>) {
        let message = parts.concat();
        let (header, _) = ResponseHeader::read_from_prefix(&message).expect("a message has its header");
        assert_eq!(header.size as usize, message.len(), "message {} says how long it is", header.id);
        assert!(message.len() <= MESSAGE_SIZE_MAX, "message {} of {} bytes fits a ring", header.id, message.len());
        let there = self.clients.as_ref().is_none_or(|clients| clients.contains(&conn));
        assert!(there, "message {} is for a client that is there", header.id);
        (conn, message)
    }
}

impl Machine for FakeHost {
    fn memory_used(&self) -> Option<u32> {
        self.memory
    }
    fn load_15min(&self) -> Option<f64> {
        self.load
    }
    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        self.dog.as_mut().map(|dog| dog as &mut dyn Watchdog)
    }
}

impl Host for FakeHost {
    fn now(&self) -> Nanos {
        self.now
    }
    fn wall_clock(&self) -> u64 {
        self.now + 1
    }
    fn nodeid(&self) -> NodeId {
        self.node
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
    fn is_syncing(&self) -> bool {
        self.syncing
    }
    fn set_quorum(&mut self, quorate: bool, members: &[NodeId], ring: RingId) {
        self.quorate = quorate;
        self.quorum_news.push_back((quorate, members.to_vec(), ring));
    }
    fn map(&mut self) -> &mut Map {
        &mut self.map
    }
    fn transport(&self) -> &dyn Transport {
        &self.transport
    }
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let reply = self.checked(conn, parts);
        self.replies.push_back(reply);
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let event = self.checked(conn, parts);
        self.events.push_back(event);
    }
    fn disconnect(&mut self, conn: ConnId) {
        self.ended.push(conn);
    }
    fn multicast(&mut self, service: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        assert_eq!(service, self.service);
        assert!(self.guarantees.contains(&guarantee), "{service:?} multicasts with {guarantee:?}");
        if self.full || self.sent.len() >= self.room {
            return Err(CsError::TryAgain);
        }
        let body = parts.concat();
        let number = i32::from(service as u16) << 16 | i32::from(id);
        let header = RequestHeader::new(number, size_of::<RequestHeader>() + body.len());
        self.sent.push_back((id, [header.as_bytes(), &body].concat()));
        Ok(())
    }
    fn buffer_open(&mut self, _: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError> {
        let any = || self.shareable_any.clone().filter(|_| !path.is_empty());
        let file = self.shareable.remove(path).or_else(any).filter(|file| file.len() >= size);
        let before = self.buffers.insert(buffer, file.ok_or(CsError::NotExist)?);
        assert_eq!(before, None, "a buffer's number is its own");
        Ok(())
    }
    fn buffer_read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError> {
        let file = self.buffers.get(&buffer).ok_or(CsError::InvalidParam)?;
        let end = offset.checked_add(into.len()).ok_or(CsError::InvalidParam)?;
        into.copy_from_slice(file.get(offset..end).ok_or(CsError::InvalidParam)?);
        Ok(())
    }
    fn buffer_write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError> {
        let file = self.buffers.get_mut(&buffer).ok_or(CsError::InvalidParam)?;
        let end = offset.checked_add(from.len()).ok_or(CsError::InvalidParam)?;
        file.get_mut(offset..end).ok_or(CsError::InvalidParam)?.copy_from_slice(from);
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
    fn reopen_logs(&mut self) -> Result<(), CsError> {
        self.reopening.map_or(Ok(()), Err)
    }
    fn arm(&mut self, service: ServiceId, key: u32, after: Nanos) {
        assert_eq!(service, self.service);
        self.timers.insert(key, self.now.saturating_add(after));
    }
    fn disarm(&mut self, service: ServiceId, key: u32) {
        assert_eq!(service, self.service);
        self.timers.remove(&key);
    }
    fn request(&mut self, request: Request) {
        self.requests.push(request);
    }
    fn log(&mut self, _: &'static str, _: Level, line: fmt::Arguments<'_>) {
        self.log.push(line.to_string());
    }
}
