//! The service as its clients meet it, with each model.

use core_icmap::{Map, Value};
use core_quorum::Quorum;
use core_quorum::wire::{self, NodelistEvent, QuorumEvent, QuorumEventV1, model, request, response, track};
use core_service::{Guarantee, Host, Link, NodeStatus, Peer, Request, Service, Transport};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::fmt;
use zerocopy::{FromBytes, IntoBytes};

#[derive(Default)]
struct Fake {
    map: Map,
    replies: Vec<Vec<u8>>,
    events: Vec<(u64, Vec<u8>)>,
    log: Vec<String>,
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
        &[]
    }
    fn is_quorate(&self) -> bool {
        false
    }
    fn set_quorum(&mut self, _: bool, _: &[NodeId], _: RingId) {}
    fn map(&mut self) -> &mut Map {
        &mut self.map
    }
    fn transport(&self) -> &dyn Transport {
        self
    }
    fn respond(&mut self, _: ConnId, parts: &[&[u8]]) {
        self.replies.push(parts.concat());
    }
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let event = parts.concat();
        let (header, _) = ResponseHeader::read_from_prefix(&event).unwrap();
        assert_eq!(header.size as usize, event.len());
        self.events.push((conn.0, event));
    }
    fn disconnect(&mut self, _: ConnId) {}
    fn multicast(&mut self, _: ServiceId, _: u16, _: Guarantee, _: &[&[u8]]) -> Result<(), CsError> {
        Err(CsError::NotSupported)
    }
    fn arm(&mut self, _: ServiceId, _: u32, _: Nanos) {}
    fn disarm(&mut self, _: ServiceId, _: u32) {}
    fn request(&mut self, _: Request) {}
    fn log(&mut self, _: &'static str, _: Level, line: fmt::Arguments<'_>) {
        self.log.push(line.to_string());
    }
}

impl Transport for Fake {
    fn links(&self, _: NodeId) -> Option<Vec<Link>> {
        None
    }
    fn node_status(&self, _: NodeId) -> Result<NodeStatus, CsError> {
        Err(CsError::NotExist)
    }
    fn stats_keys(&self) -> Vec<String> {
        Vec::new()
    }
    fn stats(&self, _: &str) -> Option<Value> {
        None
    }
}

const RING: RingId = RingId { representative: NodeId(1), seq: 8 };

/// A started service with a client of model v0 (1) and one of model v1 (2).
fn started(provider: Option<&str>) -> (Fake, Quorum) {
    let (mut host, mut quorum) = (Fake::default(), Quorum::new());
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
fn ask(host: &mut Fake, quorum: &mut Quorum, conn: u64, id: u32, number: Option<u32>) -> (i32, Option<u32>) {
    let body = number.map_or(Vec::new(), |number| [number, 0].as_bytes().to_vec());
    let header = RequestHeader::new(id as i32, 16 + body.len());
    quorum.request(host, ConnId(conn), id, &[header.as_bytes(), &body].concat());
    let reply = host.replies.pop().expect("a reply");
    assert!(host.replies.is_empty());
    let (header, rest) = ResponseHeader::read_from_prefix(&reply).unwrap();
    assert_eq!(header.size as usize, reply.len());
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
    let mut host = Fake::default();
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
    assert_eq!(events.iter().map(|(conn, _)| *conn).collect::<Vec<_>>(), [2, 1, 2]);

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
