//! What servers tell our client libraries.

use super::{group, key};
use crate::clients::step::{EVENT, REPLY};
use crate::records::Writer;
use core_cfg::wire as cfg;
use core_cmap::wire as cmap;
use core_cpg::wire::{ipc, partial, reason};
use core_quorum::wire as quorum;
use core_types::NodeId;
use core_types::mar::ResponseHeader;
use core_votequorum::wire as votes;
use zerocopy::{FromZeros, Immutable, IntoBytes};

/// What follows a reply's header.
fn reply_body<T: IntoBytes + Immutable>(reply: &T) -> Vec<u8> {
    reply.as_bytes()[size_of::<ResponseHeader>()..].to_vec()
}

/// A stream with one reply a call.
fn replies(list: &[(u8, Vec<u8>)]) -> Writer {
    list.iter().fold(Writer::new(), |stream, (call, body)| stream.and(REPLY, *call, 1, body))
}

pub(crate) fn cpg() -> Vec<Vec<u8>> {
    use ipc::response as id;
    let group = group();
    let mut members = ipc::MembershipResponse::new_zeroed();
    (members.count, members.members[0].nodeid) = (2, 1);
    let next = ipc::IterationNextResponse { header: Default::default(), group, nodeid: 1, pid: 2 };
    let calls = replies(&[(0, vec![]), (1, reply_body(&members)), (2, vec![1; 8]), (3, vec![1; 8])]);
    let calls = calls.and(REPLY, 4, 1, &reply_body(&next)).and(REPLY, 0, 15, b"");
    let address = core_cpg::wire::Address::new(1, 100, reason::JOIN);
    let mut change = ipc::ConfchgEvent::new_zeroed();
    (change.group, change.members, change.joined, change.left) = (group, 2, 1, 1);
    let change = [&reply_body(&change)[..], [address; 4].as_bytes()].concat();
    let mut message = ipc::DeliverEvent::new_zeroed();
    (message.group, message.msglen) = (group, 3);
    let message = [&reply_body(&message)[..], b"abc"].concat();
    let part = |part| {
        let mut event = ipc::PartialDeliverEvent::new_zeroed();
        (event.group, event.msglen, event.fraglen, event.part) = (group, 6, 3, part);
        [&reply_body(&event)[..], b"abc"].concat()
    };
    let mut totem = ipc::TotemConfchgEvent::new_zeroed();
    totem.count = 2;
    let totem = [&reply_body(&totem)[..], &[1; 12]].concat();
    let events = calls
        .clone()
        .and(EVENT, 0, id::CONFCHG as u16, &change)
        .and(EVENT, 0, id::DELIVER as u16, &message)
        .and(EVENT, 0, id::PARTIAL_DELIVER as u16, &part(partial::FIRST))
        .and(EVENT, 0, id::PARTIAL_DELIVER as u16, &part(partial::LAST))
        .and(EVENT, 0, id::TOTEM_CONFCHG as u16, &totem);
    vec![calls.0, events.0]
}

pub(crate) fn cfg() -> Vec<Vec<u8>> {
    let mut ring = cfg::RingStatusReply::new_zeroed();
    (ring.count, ring.names[0][0], ring.statuses[0][0]) = (2, b'0', b'O');
    let mut status = cfg::NodeStatusReply::new_zeroed();
    status.status.version = 1;
    let addresses = |family: u32| [&family.to_ne_bytes()[..], &2u32.to_ne_bytes(), &[127; 32]].concat();
    let calls = replies(&[(0, reply_body(&ring)), (1, reply_body(&status)), (2, addresses(2)), (2, addresses(10))]);
    let calls = calls.and(REPLY, 3, 1, &[1; 8]).and(REPLY, 4, 1, b"");
    vec![calls.and(EVENT, 0, cfg::response::TEST_SHUTDOWN as u16, &[0; 8]).0]
}

pub(crate) fn cmap() -> Vec<Vec<u8>> {
    let got = [&4u64.to_ne_bytes()[..], &[6, 0, 0, 0, 0, 0, 0, 0], &7u32.to_ne_bytes()].concat();
    let next = cmap::IterNextResponse {
        header: Default::default(),
        key: key("totem.version"),
        value_len: 4,
        kind: 6,
        pad: [0; 7],
    };
    let handle = 1u64.to_ne_bytes().to_vec();
    let calls = replies(&[
        (0, got[..16].to_vec()),
        (1, got),
        (2, handle.clone()),
        (3, reply_body(&next)),
        (4, handle.clone()),
        (4, handle.clone()),
        (5, handle),
    ]);
    let mut event = cmap::NotifyEvent::new_zeroed();
    (event.instance, event.key, event.event) = (2, key("totem.version"), 2);
    (event.new_kind, event.old_kind, event.new_len, event.old_len) = (6, 6, 4, 4);
    let event = [&reply_body(&event)[..], &[1; 8]].concat();
    vec![calls.and(EVENT, 0, cmap::response::NOTIFY as u16, &event).0]
}

pub(crate) fn quorum() -> Vec<Vec<u8>> {
    use quorum::response as id;
    let calls = replies(&[(0, vec![1; 8]), (0, vec![1; 8]), (1, vec![]), (2, vec![])]);
    let nodes = [NodeId(1), NodeId(2), NodeId(3)];
    let old = quorum::event(&quorum::QuorumEvent { quorate: 1, members: 3, ..Default::default() }, &nodes);
    let new = quorum::event(&quorum::QuorumEventV1 { quorate: 1, members: 3, ..Default::default() }, &nodes);
    let head = quorum::NodelistEvent { members: 1, joined: 1, left: 1, ..Default::default() };
    let list = quorum::event(&head, &nodes);
    let header = size_of::<ResponseHeader>();
    let events = |stream: Writer, id: i32, event: &[u8]| stream.and(EVENT, 0, id as u16, &event[header..]);
    let first = events(calls.clone(), id::NOTIFICATION, &old);
    vec![first.0, events(events(calls, id::QUORUM_V1, &new), id::NODELIST_V1, &list).0]
}

pub(crate) fn votequorum() -> Vec<Vec<u8>> {
    use votes::ipc::{self, response as id};
    let info = ipc::InfoReply { nodeid: 1, votes: 1, qdevice_name: [b'q'; 255], ..Default::default() };
    let calls = replies(&[(0, reply_body(&info)), (1, vec![]), (2, vec![]), (3, vec![])]);
    let quorum = ipc::QuorumEvent { quorate: 1, context: 7, count: 1, ..Default::default() };
    let mut list = ipc::NodelistEvent::new_zeroed();
    list.count = 2;
    let events = calls
        .and(EVENT, 0, id::QUORUM as u16, &[&reply_body(&quorum)[..], &[1; 8]].concat())
        .and(EVENT, 0, id::NODELIST as u16, &[&reply_body(&list)[..], &[1; 8]].concat())
        .and(EVENT, 0, id::EXPECTED_VOTES as u16, &[1; 16]);
    vec![events.0]
}
