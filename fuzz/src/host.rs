//! A host for one service that does what the real one does with its calls, and nothing outside: multicasts come
//! back to their sender in order, timers run on a virtual clock, answers are checked and forgotten.

use core_service::{Guarantee, Link, NodeStatus, Service};
use core_types::{MILLIS, NodeId, RingId, ServiceId};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use test_doubles::FakeHost;

/// Most multicasts that wait at once, as totem's queue is bounded.
const QUEUE_MAX: usize = 256;
/// Nodes with links: node n has n of them.
const NODES: u32 = 8;

/// The host of a service: its clients are kept account of, and it knows some nodes and statistics.
pub(crate) fn host(service: ServiceId) -> FakeHost {
    let mut host = FakeHost::new(service, &[Guarantee::Agreed, Guarantee::Safe]);
    host.now = 1000 * MILLIS;
    host.ring = RingId { representative: NodeId(1), seq: 4 };
    host.room = QUEUE_MAX;
    host.clients = Some(BTreeSet::new());
    host.shareable_any = Some(Vec::new());
    for nodeid in (1..=NODES).map(NodeId) {
        let links: Vec<Link> = (0..nodeid.0 as u8).map(link).collect();
        host.transport.links.insert(nodeid, links.clone());
        let status = NodeStatus { nodeid, reachable: true, remote: false, external: false, onwire: (0, 1, 1), links };
        host.transport.nodes.insert(nodeid, status);
    }
    count(&mut host);
    host
}

fn link(number: u8) -> Link {
    Link {
        number,
        address: IpAddr::V4(Ipv4Addr::new(127, 0, number, 1)),
        status: "OK".to_owned(),
        enabled: true,
        connected: true,
        dynamic: false,
        mtu: 1397,
        source: "127.0.0.1".to_owned(),
        destination: "127.0.0.2".to_owned(),
    }
}

/// Statistics go up as time passes.
fn count(host: &mut FakeHost) {
    for key in ["stats.pg.msg_reserved", "stats.srp.tx", "stats.srp.version"] {
        host.transport.stats.insert(key.to_owned(), (host.now / MILLIS).into());
    }
}

/// Most rounds until nothing follows any more: more is a loop without end.
const ROUNDS_MAX: usize = 20_000;

/// What was checked when it came needs no more room.
fn forget(host: &mut FakeHost) {
    host.replies.clear();
    host.events.clear();
    host.requests.clear();
    host.log.clear();
}

/// Does all that follows from what the service did: its multicasts delivered to itself, changes and quorum told.
pub(crate) fn settle(host: &mut FakeHost, service: &mut dyn Service) {
    for _ in 0..ROUNDS_MAX {
        forget(host);
        if let Some((quorate, members, ring)) = host.quorum_news.pop_front() {
            service.quorum_changed(host, quorate, &members, ring);
        } else if let Some(change) = host.map.next_change() {
            service.map_changed(host, &change);
        } else if let Some(conn) = host.ended.pop() {
            if host.clients.as_mut().is_some_and(|clients| clients.remove(&conn)) {
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
pub(crate) fn pass(host: &mut FakeHost, service: &mut dyn Service, millis: u64) {
    const EXPIRIES_MAX: usize = 1000;
    let until = host.now + millis * MILLIS;
    for _ in 0..EXPIRIES_MAX {
        count(host);
        if !host.expire_next(service, until) {
            break;
        }
        settle(host, service);
    }
    host.now = until;
    count(host);
}
