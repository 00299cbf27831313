//! The cfg service against a recording host: replies, their order and their errors are the reference's.

use core_cfg::Cfg;
use core_cfg::wire::{self, exec, request, response, shutdown};
use core_service::{Configuration, Guarantee, Link, NodeStatus, Request, Service};
use core_types::{ConnId, CsError, Nanos, NodeId, RingId, ServiceId};
use test_doubles::FakeHost;
use zerocopy::FromBytes;

const OK: i32 = 1;

fn started() -> (Cfg, FakeHost) {
    (Cfg::new(), FakeHost::new(ServiceId::Cfg, &[Guarantee::Safe]))
}

/// The next event: who got it, its error and its number.
fn event_number(host: &mut FakeHost) -> Option<(u64, i32, u32)> {
    let (conn, bytes) = host.events.pop_front()?;
    let event = wire::NumberReply::read_from_bytes(&bytes).unwrap();
    Some((conn.0, event.header.error, event.number))
}

/// The timer that is armed: the service has one at a time.
fn armed(host: &FakeHost) -> Option<(u32, Nanos)> {
    assert!(host.timers.len() <= 1);
    host.timers.first_key_value().map(|(key, at)| (*key, *at))
}

fn link(number: u8, address: &str) -> Link {
    Link {
        number,
        address: address.parse().unwrap(),
        status: "OK".into(),
        enabled: true,
        connected: true,
        dynamic: false,
        mtu: 1397,
        source: address.into(),
        destination: address.into(),
    }
}

fn ask_shutdown(cfg: &mut Cfg, host: &mut FakeHost, conn: u64, flags: u32) {
    host.ask(cfg, conn, request::TRY_SHUTDOWN, &flags.to_ne_bytes());
}

fn answer(cfg: &mut Cfg, host: &mut FakeHost, conn: u64, yes: u32) {
    host.ask(cfg, conn, request::REPLY_TO_SHUTDOWN, &yes.to_ne_bytes());
}

fn track(cfg: &mut Cfg, host: &mut FakeHost, conn: u64) {
    host.ask(cfg, conn, request::TRACK_START, &[0; 8]);
    assert_eq!(host.reply(), Some((conn, response::TRACK_START, OK)));
}

#[test]
fn nobody_listens_so_the_node_goes_down_at_once() {
    let (mut cfg, mut host) = started();
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::REQUEST);
    assert_eq!(host.reply(), Some((1, response::TRY_SHUTDOWN, OK)));
    assert_eq!(host.requests, []);
    host.deliver(&mut cfg, NodeId(1));
    assert_eq!(host.requests, [Request::Shutdown]);
    assert_eq!(host.log, ["Node 1 was shut down by sysadmin"]);
}

#[test]
fn another_nodes_shutdown_is_only_logged() {
    let (mut cfg, mut host) = started();
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::IMMEDIATE);
    host.deliver(&mut cfg, NodeId(2));
    assert_eq!((host.requests.as_slice(), host.log.len()), (&[][..], 1));
}

#[test]
fn trackers_agree_or_refuse() {
    for (yes, error, down) in [(1, OK, true), (0, CsError::Busy as i32, false)] {
        let (mut cfg, mut host) = started();
        track(&mut cfg, &mut host, 2);
        track(&mut cfg, &mut host, 3);
        ask_shutdown(&mut cfg, &mut host, 1, shutdown::REQUEST);
        assert_eq!(armed(&host), Some((0, 5_000_000_000)));
        assert_eq!(event_number(&mut host), Some((2, OK, shutdown::REQUEST)));
        assert_eq!(event_number(&mut host), Some((3, OK, shutdown::REQUEST)));
        ask_shutdown(&mut cfg, &mut host, 4, shutdown::REQUEST);
        assert_eq!(host.reply(), Some((4, response::TRY_SHUTDOWN, CsError::Exist as i32)));
        answer(&mut cfg, &mut host, 2, 1);
        assert_eq!(host.reply(), Some((2, response::REPLY_TO_SHUTDOWN, OK)));
        answer(&mut cfg, &mut host, 3, yes);
        assert_eq!(host.reply(), Some((1, response::TRY_SHUTDOWN, error)));
        assert_eq!(host.reply(), Some((3, response::REPLY_TO_SHUTDOWN, OK)));
        assert_eq!((host.sent.len(), armed(&host)), (usize::from(down), None));
    }
}

#[test]
fn regardless_asks_and_goes_down_anyway() {
    let (mut cfg, mut host) = started();
    track(&mut cfg, &mut host, 2);
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::REGARDLESS);
    assert_eq!(event_number(&mut host), Some((2, OK, shutdown::REGARDLESS)));
    answer(&mut cfg, &mut host, 2, 0);
    assert_eq!(host.reply(), Some((1, response::TRY_SHUTDOWN, OK)));
    assert_eq!(host.sent.len(), 1);
}

#[test]
fn silence_is_a_no_and_only_askers_hear_of_it() {
    let (mut cfg, mut host) = started();
    host.map.set("cfg.shutdown_timeout", 70u32).unwrap();
    track(&mut cfg, &mut host, 2);
    track(&mut cfg, &mut host, 1);
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::REQUEST);
    assert_eq!(armed(&host), Some((0, 70_000_000)));
    assert_eq!(event_number(&mut host), Some((2, OK, 0)));
    cfg.timer(&mut host, 0);
    assert_eq!(host.reply(), Some((1, response::TRY_SHUTDOWN, CsError::Busy as i32)));
    assert_eq!(event_number(&mut host), Some((1, CsError::Timeout as i32, 0)));
    assert_eq!(event_number(&mut host), None);
    answer(&mut cfg, &mut host, 2, 1);
    assert_eq!(host.reply(), Some((2, response::REPLY_TO_SHUTDOWN, CsError::Access as i32)));
}

#[test]
fn a_tracker_that_dies_agrees_and_a_newcomer_is_asked() {
    let (mut cfg, mut host) = started();
    track(&mut cfg, &mut host, 2);
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::REQUEST);
    track(&mut cfg, &mut host, 3);
    assert_eq!(host.events.len(), 2);
    cfg.disconnected(&mut host, ConnId(2));
    assert!(host.replies.is_empty());
    answer(&mut cfg, &mut host, 3, 1);
    assert_eq!(host.reply(), Some((1, response::TRY_SHUTDOWN, OK)));
}

#[test]
fn an_asker_that_dies_takes_its_question_along() {
    let (mut cfg, mut host) = started();
    track(&mut cfg, &mut host, 2);
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::REQUEST);
    cfg.disconnected(&mut host, ConnId(1));
    assert_eq!(armed(&host), None);
    answer(&mut cfg, &mut host, 2, 1);
    assert_eq!(host.reply(), Some((2, response::REPLY_TO_SHUTDOWN, CsError::Access as i32)));
    ask_shutdown(&mut cfg, &mut host, 3, shutdown::REQUEST);
    assert_eq!(host.events.len(), 2);
}

#[test]
fn a_shutdown_that_totem_has_no_room_for_is_sent_later() {
    let (mut cfg, mut host) = started();
    host.full = true;
    ask_shutdown(&mut cfg, &mut host, 1, shutdown::IMMEDIATE);
    assert_eq!((host.sent.len(), armed(&host)), (0, Some((1, 10_000_000))));
    host.full = false;
    cfg.timer(&mut host, 1);
    assert_eq!(host.sent.len(), 1);
}

#[test]
fn kill_checks_the_member_and_the_killed_node_exits() {
    let (mut cfg, mut host) = started();
    let mut kill = vec![0; 272];
    kill[0] = 1;
    kill[8] = 4;
    kill[10..14].copy_from_slice(b"why\0");
    host.ask(&mut cfg, 1, request::KILL_NODE, &kill);
    assert_eq!(host.reply(), Some((1, response::KILL_NODE, CsError::NotExist as i32)));
    host.map.set("runtime.members.1.status", "left").unwrap();
    host.ask(&mut cfg, 1, request::KILL_NODE, &kill);
    assert_eq!(host.reply(), Some((1, response::KILL_NODE, CsError::NotExist as i32)));
    host.map.set("runtime.members.1.status", "joined").unwrap();
    host.ask(&mut cfg, 1, request::KILL_NODE, &kill);
    assert_eq!(host.reply(), Some((1, response::KILL_NODE, OK)));
    assert_eq!(host.sent[0].1.len(), 288);
    host.deliver(&mut cfg, NodeId(2));
    assert_eq!(host.requests, [Request::Exit(15)]);
    assert_eq!(host.log, ["request to kill node 1 (us=1)", "Killed by node 2 : why"]);
    kill[8..10].copy_from_slice(&300u16.to_ne_bytes());
    host.ask(&mut cfg, 1, request::KILL_NODE, &kill);
    assert_eq!(host.reply(), Some((1, response::KILL_NODE, CsError::InvalidParam as i32)));
}

#[test]
fn log_files_that_can_t_be_opened_again_are_said() {
    let (mut cfg, mut host) = started();
    for (reopening, answer) in [(None, OK), (Some(CsError::NotExist), CsError::NotExist as i32)] {
        host.reopening = reopening;
        host.ask(&mut cfg, 1, request::REOPEN_LOGS, &[]);
        assert_eq!(host.reply(), Some((1, response::REOPEN_LOGS, answer)));
    }
}

#[test]
fn a_reload_is_answered_when_the_daemon_is_done() {
    let (mut cfg, mut host) = started();
    host.ask(&mut cfg, 7, request::RELOAD, &[]);
    host.ask(&mut cfg, 8, request::RELOAD, &[]);
    host.deliver(&mut cfg, NodeId(1));
    assert_eq!(host.requests, [Request::Reload]);
    assert!(host.replies.is_empty());
    cfg.disconnected(&mut host, ConnId(7));
    cfg.reloaded(&mut host, Ok(()));
    assert!(host.replies.is_empty());
    assert_eq!(host.requests.len(), 2);
    cfg.reloaded(&mut host, Err(CsError::InvalidParam));
    assert_eq!(host.reply(), Some((8, response::RELOAD, CsError::InvalidParam as i32)));
}

#[test]
fn another_nodes_reload_is_done_and_not_answered() {
    let (mut cfg, mut host) = started();
    host.ask(&mut cfg, 7, request::RELOAD, &[]);
    host.deliver(&mut cfg, NodeId(2));
    assert_eq!(host.requests, [Request::Reload]);
    cfg.reloaded(&mut host, Ok(()));
    assert!(host.replies.is_empty());
}

#[test]
fn waiting_reloads_are_bounded() {
    let (mut cfg, mut host) = started();
    for conn in 0..200 {
        host.ask(&mut cfg, conn, request::RELOAD, &[]);
    }
    host.deliver(&mut cfg, NodeId(1));
    assert_eq!(host.replies.len(), 200 - 65);
    for _ in 0..65 {
        cfg.reloaded(&mut host, Ok(()));
    }
    assert_eq!((host.replies.len(), host.requests.len()), (200, 65));
    for _ in 0..9 {
        host.ask(&mut cfg, 1, request::RELOAD, &[]);
    }
    assert_eq!((host.replies.len(), host.sent.len()), (201, 8));
}

#[test]
fn new_crypto_keys_are_used_then_the_old_ones_forgotten() {
    let (mut cfg, mut host) = started();
    cfg.crypto_loaded(&mut host);
    while !host.sent.is_empty() {
        host.deliver(&mut cfg, NodeId(1));
    }
    assert_eq!(host.requests, [Request::CryptoReconfig, Request::CryptoCleanup]);
    assert_eq!(armed(&host), None);
}

/// A ring of three whose members loaded new keys; the phase messages of this node are dropped.
fn switching() -> (Cfg, FakeHost) {
    let (mut cfg, mut host) = started();
    host.members = [1, 2, 3].map(NodeId).to_vec();
    cfg.deliver(&mut host, exec::RELOAD, &[0; 32], NodeId(2), false);
    host.requests.clear();
    cfg.crypto_loaded(&mut host);
    assert_eq!(host.sent.pop_front().unwrap().0, exec::CRYPTO_RECONFIG);
    (cfg, host)
}

/// A member's message of a phase.
fn phase(cfg: &mut Cfg, host: &mut FakeHost, from: u32, phase: u32) {
    let message = [[0; 16].as_slice(), &phase.to_ne_bytes(), &[0; 4]].concat();
    cfg.deliver(host, exec::CRYPTO_RECONFIG, &message, NodeId(from), false);
}

#[test]
fn keys_wait_for_every_member() {
    let (mut cfg, mut host) = switching();
    phase(&mut cfg, &mut host, 2, 1);
    phase(&mut cfg, &mut host, 1, 1);
    assert_eq!(host.requests, []);
    phase(&mut cfg, &mut host, 3, 1);
    assert_eq!(host.requests, [Request::CryptoReconfig]);
    phase(&mut cfg, &mut host, 3, 2);
    phase(&mut cfg, &mut host, 1, 2);
    assert_eq!(host.requests.len(), 1);
    phase(&mut cfg, &mut host, 2, 2);
    assert_eq!(host.requests, [Request::CryptoReconfig, Request::CryptoCleanup]);
}

#[test]
fn a_member_that_does_not_wait_takes_the_others_along() {
    let (mut cfg, mut host) = switching();
    phase(&mut cfg, &mut host, 2, 2);
    assert_eq!(host.requests, [Request::CryptoReconfig]);
}

#[test]
fn members_without_new_keys_are_waited_for_a_while_only() {
    let (mut cfg, mut host) = switching();
    let (timer, _) = armed(&host).unwrap();
    cfg.timer(&mut host, timer);
    assert_eq!(host.requests, [Request::CryptoReconfig]);
    cfg.timer(&mut host, timer);
    assert_eq!(host.requests, [Request::CryptoReconfig, Request::CryptoCleanup]);
    cfg.timer(&mut host, timer);
    assert_eq!(host.requests.len(), 2);
}

#[test]
fn who_left_is_not_waited_for() {
    let (mut cfg, mut host) = switching();
    phase(&mut cfg, &mut host, 1, 1);
    phase(&mut cfg, &mut host, 2, 1);
    let members = [NodeId(1), NodeId(2)];
    let ring = RingId::default();
    let view = Configuration { ring, members: &members, left: &[NodeId(3)], joined: &[], transitional: false };
    cfg.configured(&mut host, &view);
    assert_eq!(host.requests, [Request::CryptoReconfig]);
}

#[test]
fn links_are_told_as_the_reference_tells_them() {
    let (mut cfg, mut host) = started();
    host.transport.links.insert(NodeId(1), vec![link(0, "10.1.2.3"), link(3, "127.0.0.1")]);
    host.ask(&mut cfg, 1, request::RING_STATUS, &[]);
    let (_, bytes) = host.replies.pop_front().unwrap();
    let ring = wire::RingStatusReply::read_from_bytes(&bytes).unwrap();
    assert_eq!((ring.header.error, ring.count), (OK, 2));
    assert_eq!(wire::field_text(&ring.names[1]), b"3 127.0.0.1");
    assert_eq!(wire::field_text(&ring.statuses[0]), b"OK");
    host.transport.links.get_mut(&NodeId(1)).unwrap()[1].status = "x".repeat(512);
    host.ask(&mut cfg, 1, request::RING_STATUS, &[]);
    assert_eq!(host.reply(), Some((1, response::RING_STATUS, CsError::NameTooLong as i32)));
}

#[test]
fn addresses_of_a_node() {
    let (mut cfg, mut host) = started();
    host.transport.links.insert(NodeId(1), vec![link(0, "10.1.2.3"), link(1, "0.0.0.0"), link(2, "127.0.0.1")]);
    host.ask(&mut cfg, 1, request::NODE_ADDRESSES, &0u32.to_ne_bytes());
    let (_, bytes) = host.replies.pop_front().unwrap();
    let (head, addresses) = wire::AddressesReply::read_from_prefix(&bytes).unwrap();
    assert_eq!((head.family, head.count, head.header.size as usize), (2, 2, bytes.len()));
    assert_eq!((&addresses[..4], &addresses[16..20]), (&[10, 1, 2, 3][..], &[127, 0, 0, 1][..]));
    host.ask(&mut cfg, 1, request::NODE_ADDRESSES, &9u32.to_ne_bytes());
    assert_eq!(host.reply(), Some((1, response::NODE_ADDRESSES, CsError::NotExist as i32)));
}

#[test]
fn a_nodes_status() {
    let (mut cfg, mut host) = started();
    let status = NodeStatus {
        nodeid: NodeId(2),
        reachable: true,
        remote: false,
        external: false,
        onwire: (1, 2, 1),
        links: vec![link(2, "10.1.2.3")],
    };
    host.transport.nodes.insert(status.nodeid, status);
    let wanted = |node: u32, version: u32| [node.to_ne_bytes(), [0; 4], version.to_ne_bytes(), [0; 4]].concat();
    host.ask(&mut cfg, 1, request::NODE_STATUS, &wanted(2, 1));
    let (_, bytes) = host.replies.pop_front().unwrap();
    let reply = wire::NodeStatusReply::read_from_bytes(&bytes).unwrap();
    assert_eq!((reply.status.version, reply.status.nodeid, reply.status.reachable), (1, 2, 1));
    assert_eq!((reply.status.links[2].mtu, reply.status.links[0].enabled), (1397, 0));
    assert_eq!((reply.status.onwire_min, reply.status.onwire_max, reply.status.onwire_version), (1, 2, 1));
    host.ask(&mut cfg, 1, request::NODE_STATUS, &wanted(2, 2));
    assert_eq!(host.reply(), Some((1, response::NODE_STATUS, CsError::NotSupported as i32)));
    host.ask(&mut cfg, 1, request::NODE_STATUS, &wanted(5, 1));
    assert_eq!(host.reply(), Some((1, response::NODE_STATUS, CsError::FailedOperation as i32)));
}

#[test]
fn short_requests_are_refused_and_each_is_answered_once() {
    for id in 0..12 {
        let (mut cfg, mut host) = started();
        host.ask(&mut cfg, 1, id, &[]);
        host.deliver(&mut cfg, NodeId(1));
        cfg.reloaded(&mut host, Ok(()));
        assert_eq!(host.replies.len(), 1, "request {id}");
    }
}

#[test]
fn short_messages_from_the_ring_do_nothing() {
    let (mut cfg, mut host) = started();
    for id in [0, 1, 4, 5, 65535] {
        for length in 0..40 {
            cfg.deliver(&mut host, id, &vec![0; length], NodeId(1), true);
        }
    }
    assert_eq!(host.requests, []);
}
