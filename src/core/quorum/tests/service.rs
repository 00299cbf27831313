//! The service as its clients meet it, with each model.

use core_quorum::Quorum;
use core_quorum::wire::{self, NodelistEvent, QuorumEvent, QuorumEventV1, model, request, response, track};
use core_service::{Peer, Service};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, NodeId, RingId, ServiceId};
use test_doubles::FakeHost;
use zerocopy::{FromBytes, IntoBytes};

/// A host for a service that multicasts nothing.
fn host() -> FakeHost {
    FakeHost::new(ServiceId::Quorum, &[])
}

const RING: RingId = RingId { representative: NodeId(1), seq: 8 };

/// A started service with a client of model v0 (1) and one of model v1 (2).
fn started(provider: Option<&str>) -> (FakeHost, Quorum) {
    let (mut host, mut quorum) = (host(), Quorum::new());
    if let Some(provider) = provider {
        host.map.set("quorum.provider", provider).unwrap();
    }
    quorum.start(&mut host).unwrap();
    for conn in [1, 2] {
        quorum.connected(&mut host, ConnId(conn), Peer { pid: 1, uid: 0, gid: 0 });
    }
    assert_eq!(ask(&mut host, &mut quorum, 2, request::MODEL_GET_TYPE, Some(model::V1)).0, 1);
    (host, quorum)
}

/// Asks, and gives the reply's error and its number, if it has one.
fn ask(host: &mut FakeHost, quorum: &mut Quorum, conn: u64, id: u32, number: Option<u32>) -> (i32, Option<u32>) {
    let body = number.map_or(Vec::new(), |number| [number, 0].as_bytes().to_vec());
    host.ask(quorum, conn, id as i32, &body);
    let (to, reply) = host.replies.pop_front().expect("a reply");
    assert_eq!((to, host.replies.len()), (ConnId(conn), 0));
    let (header, rest) = ResponseHeader::read_from_prefix(&reply).unwrap();
    (header.error, u32::read_from_prefix(rest).ok().map(|(number, _)| number))
}

fn nodes<const N: usize>(ids: [u32; N]) -> [NodeId; N] {
    ids.map(NodeId)
}

#[test]
fn without_a_provider_there_is_quorum() {
    let (mut host, mut quorum) = started(None);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::GET_QUORATE, None), (1, Some(1)));
    assert_eq!(ask(&mut host, &mut quorum, 1, request::GET_TYPE, None), (1, Some(0)));
}

#[test]
fn with_a_provider_there_is_what_it_says() {
    let (mut host, mut quorum) = started(Some("corosync_votequorum"));
    assert_eq!(ask(&mut host, &mut quorum, 1, request::GET_QUORATE, None), (1, Some(0)));
    assert_eq!(ask(&mut host, &mut quorum, 2, request::MODEL_GET_TYPE, Some(model::V1)), (1, Some(1)));
    quorum.quorum_changed(&mut host, true, &nodes([1, 2]), RING);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::GET_QUORATE, None), (1, Some(1)));
    let told = "This node is within the primary component and will provide service.";
    assert_eq!(host.log[host.log.len() - 2..], [told, "Members[2]: 1 2"]);
}

#[test]
fn an_unknown_provider_is_an_error() {
    let mut host = host();
    host.map.set("quorum.provider", "corosync_ykd").unwrap();
    assert_eq!(Quorum::new().start(&mut host), Err("Invalid quorum provider".into()));
}

#[test]
fn each_model_has_its_events() {
    let (mut host, mut quorum) = started(Some("corosync_votequorum"));
    for conn in [1, 2] {
        assert_eq!(ask(&mut host, &mut quorum, conn, request::TRACK_START, Some(track::CHANGES_ONLY)).0, 1);
        assert_eq!(ask(&mut host, &mut quorum, conn, request::TRACK_START, Some(track::CHANGES_ONLY)).0, 14);
    }
    assert!(host.events.is_empty());
    quorum.sync_start(&mut host, &nodes([1]), &nodes([1, 2]), RING);
    quorum.sync_activate(&mut host);
    quorum.quorum_changed(&mut host, true, &nodes([1, 2]), RING);
    let events = std::mem::take(&mut host.events);
    assert_eq!(events.iter().map(|(conn, _)| conn.0).collect::<Vec<_>>(), [2, 1, 2]);

    let (nodelist, _) = NodelistEvent::read_from_prefix(&events[0].1).unwrap();
    assert_eq!((nodelist.header.id, nodelist.ring), (response::NODELIST_V1, RING.into()));
    let lists = wire::nodes::<NodelistEvent>(&events[0].1, &[nodelist.members, nodelist.joined, nodelist.left]);
    assert_eq!(lists, Some(vec![vec![1, 2], vec![1, 2], vec![]]));
    let (v0, _) = QuorumEvent::read_from_prefix(&events[1].1).unwrap();
    assert_eq!((v0.header.id, v0.quorate, v0.ring_seq, v0.members), (response::NOTIFICATION, 1, 8, 2));
    let (v1, _) = QuorumEventV1::read_from_prefix(&events[2].1).unwrap();
    assert_eq!((v1.header.id, v1.quorate, v1.ring), (response::QUORUM_V1, 1, RING.into()));
    assert_eq!(wire::nodes::<QuorumEventV1>(&events[2].1, &[v1.members]), Some(vec![vec![1, 2]]));
}

#[test]
fn the_state_now_names_nobody_who_joined() {
    let (mut host, mut quorum) = started(Some("corosync_votequorum"));
    quorum.sync_start(&mut host, &nodes([1]), &nodes([1, 2]), RING);
    quorum.sync_activate(&mut host);
    ask(&mut host, &mut quorum, 2, request::TRACK_START, Some(track::CURRENT));
    let (_, event) = &host.events[0];
    let (nodelist, _) = NodelistEvent::read_from_prefix(event).unwrap();
    assert_eq!((nodelist.members, nodelist.joined, nodelist.left, event.len()), (2, 0, 0, 64 + 8));
    // CURRENT alone tracks nothing.
    quorum.quorum_changed(&mut host, true, &[], RING);
    assert_eq!(host.events.len(), 2);
}

#[test]
fn who_stops_or_goes_hears_nothing() {
    let (mut host, mut quorum) = started(None);
    for conn in [1, 2] {
        ask(&mut host, &mut quorum, conn, request::TRACK_START, Some(track::CHANGES_ONLY));
    }
    assert_eq!(ask(&mut host, &mut quorum, 1, request::TRACK_STOP, None).0, 1);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::TRACK_STOP, None).0, 1, "as in the reference");
    quorum.disconnected(&mut host, ConnId(2));
    quorum.quorum_changed(&mut host, false, &[], RING);
    assert!(host.events.is_empty());
}

#[test]
fn bad_requests_are_refused() {
    let (mut host, mut quorum) = started(None);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::MODEL_GET_TYPE, Some(2)).0, 7);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::MODEL_GET_TYPE, None).0, 7);
    assert_eq!(ask(&mut host, &mut quorum, 1, request::TRACK_START, None).0, 7);
    assert_eq!(ask(&mut host, &mut quorum, 1, 99, None).0, 7);
}
