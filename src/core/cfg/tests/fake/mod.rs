//! A host for one service: records what the service does, and loops its multicasts back when told to.

use core_cfg::Cfg;
use core_icmap::{Map, Value};
use core_service::{Guarantee, Host, Link, NodeStatus, Request, Service, Transport};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::VecDeque;
use std::fmt;
use zerocopy::{FromBytes, IntoBytes};

#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) map: Map,
    pub(crate) links: Vec<Link>,
    pub(crate) sent: VecDeque<(u16, Vec<u8>)>,
    pub(crate) full: bool,
    pub(crate) replies: VecDeque<(u64, Vec<u8>)>,
    pub(crate) events: VecDeque<(u64, Vec<u8>)>,
    pub(crate) armed: Option<(u32, Nanos)>,
    pub(crate) requests: Vec<Request>,
    pub(crate) log: Vec<String>,
    /// The ring's members; empty: this node alone.
    pub(crate) members: Vec<NodeId>,
    /// Why log files can't be opened again.
    pub(crate) reopening: Option<CsError>,
}

impl Fake {
    /// A client's request: its number, and what follows the header.
    pub(crate) fn ask(&mut self, cfg: &mut Cfg, conn: u64, id: i32, body: &[u8]) {
        let mut message = RequestHeader::new(id, 16 + body.len()).as_bytes().to_vec();
        message.extend_from_slice(body);
        cfg.request(self, ConnId(conn), id as u32, &message);
    }

    /// The one reply there is: who got it, its number and its error.
    pub(crate) fn reply(&mut self) -> (u64, i32, i32) {
        let (conn, bytes) = self.replies.pop_front().expect("a reply");
        let (header, _) = ResponseHeader::read_from_prefix(&bytes).unwrap();
        assert_eq!(header.size as usize, bytes.len());
        (conn, header.id, header.error)
    }

    /// The next event: who got it, its error and its number.
    pub(crate) fn event_number(&mut self) -> Option<(u64, i32, u32)> {
        let (conn, bytes) = self.events.pop_front()?;
        let event = core_cfg::wire::NumberReply::read_from_bytes(&bytes).unwrap();
        Some((conn, event.header.error, event.number))
    }

    /// Delivers all that was multicast, as from `from`; what our own node sent when that is 1.
    pub(crate) fn deliver(&mut self, cfg: &mut Cfg, from: u32) {
        while let Some((id, message)) = self.sent.pop_front() {
            cfg.deliver(self, id, &message, NodeId(from), false);
        }
    }
}

impl Host for Fake {
    fn now(&self) -> Nanos {
        0
    }
    fn wall_clock(&self) -> u64 {
        0
    }
    fn nodeid(&self) -> NodeId {
        NodeId(1)
    }
    fn ring(&self) -> RingId {
        RingId::default()
    }
    fn members(&self) -> &[NodeId] {
        if self.members.is_empty() { &[NodeId(1)] } else { &self.members }
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
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.replies.push_back((conn.0, parts.concat()));
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.events.push_back((conn.0, parts.concat()));
    }
    fn disconnect(&mut self, _: ConnId) {}
    fn multicast(&mut self, service: ServiceId, id: u16, guarantee: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        assert_eq!((service, guarantee), (ServiceId::Cfg, Guarantee::Safe));
        if self.full {
            return Err(CsError::TryAgain);
        }
        let body = parts.concat();
        let header = RequestHeader::new(1 << 16 | i32::from(id), 16 + body.len());
        self.sent.push_back((id, [header.as_bytes(), &body].concat()));
        Ok(())
    }
    fn reopen_logs(&mut self) -> Result<(), CsError> {
        self.reopening.map_or(Ok(()), Err)
    }
    fn arm(&mut self, _: ServiceId, key: u32, after: Nanos) {
        self.armed = Some((key, after));
    }
    fn disarm(&mut self, _: ServiceId, key: u32) {
        self.armed = self.armed.filter(|armed| armed.0 != key);
    }
    fn request(&mut self, request: Request) {
        self.requests.push(request);
    }
    fn log(&mut self, _: &'static str, _: Level, line: fmt::Arguments<'_>) {
        self.log.push(line.to_string());
    }
}

impl Transport for Fake {
    fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        (node == NodeId(1)).then(|| self.links.clone())
    }
    fn node_status(&self, nodeid: NodeId) -> Result<NodeStatus, CsError> {
        if nodeid != NodeId(2) {
            return Err(CsError::NotExist);
        }
        let links = self.links.clone();
        Ok(NodeStatus { nodeid, reachable: true, remote: false, external: false, onwire: (1, 2, 1), links })
    }
    fn stats_keys(&self) -> Vec<String> {
        Vec::new()
    }
    fn stats(&self, _: &str) -> Option<Value> {
        None
    }
}
