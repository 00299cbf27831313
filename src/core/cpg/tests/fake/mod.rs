//! A few nodes' cpg services, joined by a totem that is a queue.

use core_cpg::Cpg;
use core_cpg::wire::ipc::{self, JoinRequest, McastRequest, request};
use core_cpg::wire::{Address, GroupName, partial};
use core_icmap::{Map, Value};
use core_service::{Guarantee, Host, Link, NodeStatus, Peer, Request, Service, SyncStep, Transport};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use zerocopy::{FromBytes, IntoBytes};

/// No links, no statistics.
struct NoTransport;

impl Transport for NoTransport {
    fn links(&self, _node: NodeId) -> Option<Vec<Link>> {
        None
    }
    fn node_status(&self, _node: NodeId) -> Result<NodeStatus, CsError> {
        Err(CsError::NotSupported)
    }
    fn stats_keys(&self) -> Vec<String> {
        Vec::new()
    }
    fn stats(&self, _key: &str) -> Option<Value> {
        None
    }
}

/// One node's host.
pub(crate) struct FakeHost {
    node: NodeId,
    map: Map,
    /// Multicasts not delivered yet: whole messages.
    pub(crate) sent: Vec<(u16, Vec<u8>)>,
    /// Replies not looked at yet.
    pub(crate) replies: Vec<(ConnId, Vec<u8>)>,
    /// Events not looked at yet.
    pub(crate) events: BTreeMap<ConnId, Vec<Vec<u8>>>,
    /// Whether totem takes nothing.
    pub(crate) full: bool,
    /// Whether a sync goes on.
    pub(crate) syncing: bool,
    /// Whether a timer is armed.
    pub(crate) armed: bool,
    /// Connections that the service ended.
    pub(crate) ended: BTreeSet<ConnId>,
    /// Files that clients could share, by path; and those that are shared, by number.
    pub(crate) files: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) buffers: BTreeMap<u64, Vec<u8>>,
}

fn joined(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

impl Host for FakeHost {
    fn now(&self) -> Nanos {
        0
    }
    fn wall_clock(&self) -> u64 {
        0
    }
    fn nodeid(&self) -> NodeId {
        self.node
    }
    fn ring(&self) -> RingId {
        RingId::default()
    }
    fn members(&self) -> &[NodeId] {
        &[]
    }
    fn is_quorate(&self) -> bool {
        true
    }
    fn is_syncing(&self) -> bool {
        self.syncing
    }
    fn set_quorum(&mut self, _quorate: bool, _members: &[NodeId], _ring: RingId) {}
    fn map(&mut self) -> &mut Map {
        &mut self.map
    }
    fn transport(&self) -> &dyn Transport {
        &NoTransport
    }
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.replies.push((conn, joined(parts)));
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let event = joined(parts);
        let (header, _) = ResponseHeader::read_from_prefix(&event).unwrap();
        assert_eq!(header.size as usize, event.len(), "an event's header says its size");
        self.events.entry(conn).or_default().push(event);
    }
    fn disconnect(&mut self, conn: ConnId) {
        self.ended.insert(conn);
    }
    fn multicast(&mut self, service: ServiceId, id: u16, _: Guarantee, parts: &[&[u8]]) -> Result<(), CsError> {
        assert_eq!(service, ServiceId::Cpg);
        if self.full {
            return Err(CsError::TryAgain);
        }
        let body = joined(parts);
        let header = RequestHeader::new(2 << 16 | i32::from(id), size_of::<RequestHeader>() + body.len());
        self.sent.push((id, joined(&[header.as_bytes(), &body])));
        Ok(())
    }
    fn buffer_open(&mut self, _: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError> {
        let file = self.files.remove(path).filter(|file| file.len() >= size).ok_or(CsError::NotExist)?;
        self.buffers.insert(buffer, file);
        Ok(())
    }
    fn buffer_read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError> {
        let file = self.buffers.get(&buffer).ok_or(CsError::InvalidParam)?;
        into.copy_from_slice(file.get(offset..offset + into.len()).ok_or(CsError::InvalidParam)?);
        Ok(())
    }
    fn buffer_write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError> {
        let file = self.buffers.get_mut(&buffer).ok_or(CsError::InvalidParam)?;
        file.get_mut(offset..offset + from.len()).ok_or(CsError::InvalidParam)?.copy_from_slice(from);
        Ok(())
    }
    fn buffer_close(&mut self, buffer: u64) {
        self.buffers.remove(&buffer);
    }
    fn arm(&mut self, _service: ServiceId, _key: u32, _after: Nanos) {
        self.armed = true;
    }
    fn disarm(&mut self, _service: ServiceId, _key: u32) {
        self.armed = false;
    }
    fn request(&mut self, _request: Request) {}
    fn log(&mut self, _subsystem: &'static str, _level: Level, _line: fmt::Arguments<'_>) {}
}

/// A node.
pub(crate) struct Node {
    pub(crate) cpg: Cpg,
    pub(crate) host: FakeHost,
}

/// The nodes 1, 2, ... and who of them are together.
pub(crate) struct Net {
    pub(crate) nodes: Vec<Node>,
    parts: Vec<Vec<usize>>,
    seq: u64,
}

impl Net {
    /// So many nodes, in one ring.
    pub(crate) fn new(nodes: u32) -> Net {
        let host = |node| FakeHost {
            node: NodeId(node),
            map: Map::new(),
            sent: Vec::new(),
            replies: Vec::new(),
            events: BTreeMap::new(),
            full: false,
            syncing: false,
            armed: false,
            ended: BTreeSet::new(),
            files: BTreeMap::new(),
            buffers: BTreeMap::new(),
        };
        let nodes: Vec<Node> = (1..=nodes).map(|node| Node { cpg: Cpg::new(), host: host(node) }).collect();
        let alone = (0..nodes.len()).map(|node| vec![node]).collect();
        let mut net = Net { nodes, parts: alone, seq: 0 };
        let all = (0..net.nodes.len()).collect();
        net.regroup(vec![all]);
        net
    }

    /// Delivers all that was sent, one node's messages after the other's, to everybody in the sender's ring.
    pub(crate) fn flush(&mut self) {
        for part in self.parts.clone() {
            for &sender in &part {
                for (id, message) in std::mem::take(&mut self.nodes[sender].host.sent) {
                    for &receiver in &part {
                        let Node { cpg, host } = &mut self.nodes[receiver];
                        cpg.deliver(host, id, &message, NodeId(sender as u32 + 1), false);
                    }
                }
            }
        }
    }

    /// New rings, with a sync in each.
    pub(crate) fn regroup(&mut self, parts: Vec<Vec<usize>>) {
        self.flush();
        let before = std::mem::replace(&mut self.parts, parts);
        for part in self.parts.clone() {
            self.seq += 4;
            let ids = |list: &[usize]| list.iter().map(|&node| NodeId(node as u32 + 1)).collect::<Vec<_>>();
            let ring = RingId { representative: ids(&part)[0], seq: self.seq };
            for &node in &part {
                let old = before.iter().find(|old| old.contains(&node)).unwrap();
                let came: Vec<usize> = part.iter().filter(|other| old.contains(other)).copied().collect();
                let Node { cpg, host } = &mut self.nodes[node];
                cpg.sync_start(host, &ids(&came), &ids(&part), ring);
            }
            for &node in &part {
                let Node { cpg, host } = &mut self.nodes[node];
                assert_eq!(cpg.sync_process(host), SyncStep::Done);
            }
            self.flush();
            for &node in &part {
                let Node { cpg, host } = &mut self.nodes[node];
                cpg.sync_activate(host);
            }
        }
    }

    /// A client connects to a node.
    pub(crate) fn connect(&mut self, node: usize, conn: u64) {
        let Node { cpg, host } = &mut self.nodes[node];
        cpg.connected(host, ConnId(conn), Peer { pid: 1, uid: 0, gid: 0 });
    }

    /// A client sends a request; gives the reply, if there is one.
    pub(crate) fn ask(&mut self, node: usize, conn: u64, request: &[u8]) -> Option<Vec<u8>> {
        let (header, _) = RequestHeader::read_from_prefix(request).unwrap();
        let Node { cpg, host } = &mut self.nodes[node];
        cpg.request(host, ConnId(conn), header.id as u32, request);
        let mut replies = std::mem::take(&mut host.replies);
        assert!(replies.len() <= 1, "one request, one reply");
        let (to, reply) = replies.pop()?;
        assert_eq!(to, ConnId(conn));
        let (header, _) = ResponseHeader::read_from_prefix(&reply).unwrap();
        assert_eq!(header.size as usize, reply.len(), "a reply's header says its size");
        Some(reply)
    }

    /// A request with a result only: its code.
    pub(crate) fn code(&mut self, node: usize, conn: u64, request: &[u8]) -> i32 {
        let reply = self.ask(node, conn, request).expect("a reply");
        ResponseHeader::read_from_prefix(&reply).unwrap().0.error
    }

    /// A client connects and joins; everybody hears of it.
    pub(crate) fn join(&mut self, node: usize, conn: u64, pid: u32, group: &[u8]) {
        self.connect(node, conn);
        assert_eq!(self.code(node, conn, &join(pid, group, 0)), 1);
        self.flush();
    }

    /// What a client was told since the last look, in words.
    pub(crate) fn told(&mut self, node: usize, conn: u64) -> Vec<String> {
        let events = self.nodes[node].host.events.remove(&ConnId(conn)).unwrap_or_default();
        events.iter().map(|event| words(event)).collect()
    }

    /// Forgets what all clients were told.
    pub(crate) fn forget(&mut self) {
        self.nodes.iter_mut().for_each(|node| node.host.events.clear());
    }
}

fn list(bytes: &[u8], count: u32) -> (String, &[u8]) {
    let (list, rest) = bytes.split_at(count as usize * size_of::<Address>());
    let one = |chunk: &[u8]| {
        let address = Address::read_from_bytes(chunk).unwrap();
        format!("{}:{}/{}", address.nodeid, address.pid, address.reason)
    };
    (list.chunks(size_of::<Address>()).map(one).collect::<Vec<_>>().join(" "), rest)
}

/// An event in words.
fn words(event: &[u8]) -> String {
    let (header, _) = ResponseHeader::read_from_prefix(event).unwrap();
    match header.id {
        ipc::response::DELIVER => {
            let (head, payload) = ipc::DeliverEvent::read_from_prefix(event).unwrap();
            assert_eq!(head.msglen as usize, payload.len());
            format!("{} {}:{} {}", head.group, head.nodeid, head.pid, String::from_utf8_lossy(payload))
        }
        ipc::response::PARTIAL_DELIVER => {
            let (head, payload) = ipc::PartialDeliverEvent::read_from_prefix(event).unwrap();
            assert_eq!(head.fraglen as usize, payload.len());
            format!("part {} of {} from {}:{}", head.part, head.msglen, head.nodeid, head.pid)
        }
        ipc::response::CONFCHG => {
            let (head, rest) = ipc::ConfchgEvent::read_from_prefix(event).unwrap();
            let (members, rest) = list(rest, head.members);
            let (left, rest) = list(rest, head.left);
            let (joined, rest) = list(rest, head.joined);
            assert!(rest.is_empty());
            format!("{} [{members}] left [{left}] joined [{joined}]", head.group)
        }
        ipc::response::TOTEM_CONFCHG => {
            let (head, rest) = ipc::TotemConfchgEvent::read_from_prefix(event).unwrap();
            let count = head.count as usize;
            assert_eq!(rest.len(), count * 4 + ipc::TOTEM_CONFCHG_TAIL);
            let members: Vec<u32> = rest.chunks(4).take(count).map(|id| u32::read_from_bytes(id).unwrap()).collect();
            format!("ring of {members:?}")
        }
        other => panic!("an event of kind {other}"),
    }
}

/// A join request.
pub(crate) fn join(pid: u32, group: &[u8], flags: u32) -> Vec<u8> {
    let header = RequestHeader::new(request::JOIN, size_of::<JoinRequest>());
    let group = GroupName::new(group).unwrap();
    JoinRequest { header, group, pid, pad0: 0, flags, pad1: 0 }.as_bytes().to_vec()
}

/// A leave request.
pub(crate) fn leave(pid: u32, group: &[u8]) -> Vec<u8> {
    let header = RequestHeader::new(request::LEAVE, size_of::<ipc::LeaveRequest>());
    let group = GroupName::new(group).unwrap();
    ipc::LeaveRequest { header, group, pid, pad: 0 }.as_bytes().to_vec()
}

/// A message.
pub(crate) fn mcast(payload: &[u8]) -> Vec<u8> {
    let header = ResponseHeader::new(request::MCAST, size_of::<McastRequest>() + payload.len(), 0);
    let head = McastRequest { header, guarantee: 2, pad0: 0, msglen: payload.len() as u32, pad1: 0 };
    [head.as_bytes(), payload].concat()
}

/// A part of a message of 3 MB.
pub(crate) fn part(which: u32) -> Vec<u8> {
    let header = ResponseHeader::new(request::PARTIAL_MCAST, size_of::<ipc::PartialMcastRequest>() + 4, 0);
    let head = ipc::PartialMcastRequest {
        header,
        guarantee: 2,
        pad0: 0,
        msglen: 3_000_000,
        pad1: 0,
        fraglen: 4,
        pad2: 0,
        part: which,
        pad3: 0,
    };
    assert!((partial::FIRST..=partial::LAST).contains(&which));
    [head.as_bytes(), b"data"].concat()
}

/// A request that is its header only.
pub(crate) fn bare(id: i32) -> Vec<u8> {
    RequestHeader::new(id, size_of::<RequestHeader>()).as_bytes().to_vec()
}
