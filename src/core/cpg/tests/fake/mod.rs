//! A few nodes' cpg services, joined by a totem that is a queue.

use core_cpg::Cpg;
use core_cpg::wire::ipc::{self, JoinRequest, McastRequest, request};
use core_cpg::wire::{Address, GroupName, partial};
use core_service::{Guarantee, Peer, Service, SyncStep};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, NodeId, RingId, ServiceId};
use test_doubles::FakeHost;
use zerocopy::{FromBytes, IntoBytes};

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
        let guarantees = &[Guarantee::Agreed];
        let host = |node| FakeHost { node: NodeId(node), ..FakeHost::new(ServiceId::Cpg, guarantees) };
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
        let (to, reply) = replies.pop_front()?;
        assert_eq!(to, ConnId(conn));
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
        let events = &mut self.nodes[node].host.events;
        let (his, others) = std::mem::take(events).into_iter().partition(|(to, _)| *to == ConnId(conn));
        *events = others;
        his.iter().map(|(_, event)| words(event)).collect()
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
