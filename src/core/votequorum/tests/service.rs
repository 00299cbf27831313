//! The service as its clients, its configuration and the other nodes meet it.

#[allow(dead_code, reason = "shared by several tests")]
mod fake;

use core_service::{Service, SyncStep};
use core_types::{ConnId, NodeId};
use core_votequorum::wire::exec::{self, Nodeinfo, flags};
use core_votequorum::wire::ipc::{
    ExpectedVotesEvent, InfoReply, ListedNode, NodelistEvent, QuorumEvent, info, request, response, track,
};
use core_votequorum::wire::name_field;
use fake::{Cluster, Config, Node};
use zerocopy::{FromBytes, IntoBytes};

const OK: Option<i32> = Some(1);
const TRY_AGAIN: Option<i32> = Some(6);
const INVALID_PARAM: Option<i32> = Some(7);
const ACCESS: Option<i32> = Some(11);
const NOT_EXIST: Option<i32> = Some(12);
const EXIST: Option<i32> = Some(14);
const NAME_NOT_FOUND: Option<i32> = Some(17);
const MESSAGE_ERROR: Option<i32> = Some(22);

const TIMER_QDEVICE: u32 = 0;
const TIMER_AGAIN: u32 = 2;

const THREE: &[(u32, u32)] = &[(1, 1), (2, 1), (3, 1)];
const PLAIN: Config = Config { nodes: THREE, quorum: &[] };
const DEVICE: Config = Config { nodes: &[(1, 1), (2, 1)], quorum: &[("device.model", "net"), ("device.votes", "1")] };

fn info_of(node: &mut Node, id: u32) -> InfoReply {
    node.service.request(&mut node.host, ConnId(9), request::GET_INFO, &[&[0; 16], [id, 0].as_bytes()].concat());
    let (_, bytes) = node.host.replies.pop_front().expect("an answer");
    InfoReply::read_from_bytes(&bytes).unwrap()
}

fn name(name: &str) -> Vec<u8> {
    name_field(name.as_bytes()).unwrap().to_vec()
}

/// A request's body that is a name alone.
fn named(device: &str) -> Vec<u8> {
    [name(device), vec![0]].concat()
}

fn poll(device: &str, cast: u32, ring: (u32, u64)) -> Vec<u8> {
    let ring = [ring.0.as_bytes(), &[0; 4], ring.1.as_bytes()].concat();
    [name(device), vec![0], cast.as_bytes().to_vec(), vec![0; 4], ring].concat()
}

/// The event's number and who got it, for all events so far.
fn events(node: &mut Node) -> Vec<(u64, i32)> {
    let numbers = node.host.events.drain(..);
    numbers.map(|(conn, event)| (conn.0, i32::from_ne_bytes(event[..4].try_into().unwrap()))).collect()
}

#[test]
fn info_tells_nodes_votes_and_flags() {
    let mut cluster = Cluster::new(PLAIN, true);
    let info = info_of(cluster.node(1), 2);
    assert_eq!((info.header.error, info.nodeid, info.state, info.votes), (1, 2, 1, 1));
    assert_eq!((info.expected_votes, info.highest_expected, info.total_votes, info.quorum), (3, 3, 3, 2));
    assert_eq!(info.flags, info::QUORATE);
    assert_eq!(info_of(cluster.node(1), 0).nodeid, 1);
    assert_eq!(info_of(cluster.node(1), 7).header.error, 12);
    cluster.down(2);
    assert_eq!(info_of(cluster.node(1), 2).state, 2);
    assert_eq!(info_of(cluster.node(1), 1).total_votes, 2);
}

#[test]
fn expected_votes_change_everywhere_unless_quorum_would_be_lost() {
    let mut cluster = Cluster::new(PLAIN, true);
    assert_eq!(cluster.node(1).ask(1, request::SET_EXPECTED, [2u32, 0].as_bytes()), INVALID_PARAM);
    assert_eq!(cluster.node(1).ask(1, request::SET_EXPECTED, [6u32, 0].as_bytes()), INVALID_PARAM);
    assert_eq!(cluster.node(1).ask(1, request::SET_EXPECTED, [5u32, 0].as_bytes()), OK);
    cluster.deliver(0);
    for id in [1, 2, 3] {
        let info = info_of(cluster.node(id), id);
        assert_eq!((info.expected_votes, info.quorum), (5, 3), "on {id}");
        assert_eq!(cluster.node(id).host.map.u32("runtime.votequorum.ev_barrier"), Some(5));
    }
}

#[test]
fn a_nodes_votes_change_everywhere() {
    let mut cluster = Cluster::new(PLAIN, true);
    assert_eq!(cluster.node(1).ask(1, request::SET_VOTES, [2u32, 9].as_bytes()), NAME_NOT_FOUND);
    assert_eq!(cluster.node(1).ask(1, request::SET_VOTES, [4u32, 2].as_bytes()), OK);
    cluster.deliver(0);
    for id in [1, 2, 3] {
        let info = info_of(cluster.node(id), 2);
        assert_eq!((info.votes, info.total_votes, info.quorum), (4, 6, 4), "on {id}");
    }
    cluster.down(2);
    assert_eq!(cluster.quorate(), [] as [u32; 0]);
}

#[test]
fn trackers_hear_of_rings_quorum_and_expected_votes() {
    let mut cluster = Cluster::new(PLAIN, true);
    let body = [7u64, track::CHANGES.into()];
    assert_eq!(cluster.node(1).ask(4, request::TRACK_STOP, &[]), NOT_EXIST);
    assert_eq!(cluster.node(1).ask(4, request::TRACK_START, body.as_bytes()), OK);
    assert_eq!(events(cluster.node(1)), [(4, response::NODELIST), (4, response::QUORUM)]);
    assert_eq!(cluster.node(1).ask(4, request::TRACK_START, body.as_bytes()), EXIST);
    events(cluster.node(1));
    cluster.down(3);
    let told: Vec<Vec<u8>> = cluster.node(1).host.events.drain(..).map(|(_, event)| event).collect();
    let (nodelist, rest) = NodelistEvent::read_from_prefix(&told[0]).unwrap();
    assert_eq!((nodelist.context, nodelist.count, rest), (7, 2, [1u32, 2].as_bytes()));
    let (quorum, rest) = QuorumEvent::read_from_prefix(&told[1]).unwrap();
    assert_eq!((quorum.context, quorum.quorate, quorum.count), (7, 1, 3));
    // The reference's order: a node higher than all others comes before the last one.
    let nodes = [(2, 1), (3, 2), (1, 1)].map(|(nodeid, state)| ListedNode { nodeid, state });
    assert_eq!(rest, nodes.as_bytes());
    cluster.node(1).ask(5, request::SET_EXPECTED, [2u32, 0].as_bytes());
    cluster.deliver(0);
    let (_, event) = cluster.node(1).host.events.pop_front().expect("an event");
    assert_eq!(ExpectedVotesEvent::read_from_bytes(&event).unwrap().expected_votes, 2);
    assert_eq!(cluster.node(1).ask(4, request::TRACK_STOP, &[]), OK);
    events(cluster.node(1));
    cluster.down(2);
    assert_eq!(events(cluster.node(1)), []);
}

#[test]
fn the_devices_life() {
    let mut cluster = Cluster::new(DEVICE, true);
    let device = named("Q");
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_POLL, &poll("Q", 1, (1, 0))), NOT_EXIST);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_REGISTER, &device), None);
    assert_eq!(cluster.node(1).ask(4, request::QDEVICE_REGISTER, &device), TRY_AGAIN);
    cluster.deliver(0);
    assert_eq!(cluster.node(1).reply(), Some((3, 1)));
    assert_eq!(cluster.node(1).ask(4, request::QDEVICE_REGISTER, &device), OK);
    assert_eq!(cluster.node(1).ask(4, request::QDEVICE_REGISTER, &named("other")), EXIST);
    let ring = ring(cluster.node(1));
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_POLL, &poll("Q", 1, (1, 1))), MESSAGE_ERROR);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_POLL, &poll("other", 1, ring)), INVALID_PARAM);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_POLL, &poll("Q", 1, ring)), OK);
    cluster.deliver(0);
    let info = info_of(cluster.node(1), 1);
    let wanted = info::QUORATE | info::QDEVICE_REGISTERED | info::QDEVICE_ALIVE | info::QDEVICE_CAST_VOTE;
    assert_eq!((info.flags, info.total_votes, info.qdevice_votes), (wanted, 3, 1));
    assert_eq!(info.qdevice_name.to_vec(), name("Q"));

    cluster.node(1).expire(TIMER_QDEVICE);
    cluster.deliver(0);
    assert_eq!(info_of(cluster.node(1), 1).flags, info::QUORATE | info::QDEVICE_REGISTERED);

    let renamed = [name("Q"), name("R"), vec![0; 2]].concat();
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_UPDATE, &renamed), OK);
    cluster.deliver(0);
    for id in [1, 2] {
        assert_eq!(info_of(cluster.node(id), id).qdevice_name.to_vec(), name("R"));
    }
    let wins = |allow: u32| [name("R"), vec![0], [allow, 0].as_bytes().to_vec()].concat();
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_MASTER_WINS, &wins(1)), OK);
    assert_eq!(cluster.node(1).host.map.u8("runtime.votequorum.qdevice_master_wins"), Some(1));
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_UNREGISTER, &device), INVALID_PARAM);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_UNREGISTER, &named("R")), OK);
    cluster.deliver(0);
    assert_eq!(info_of(cluster.node(2), 2).qdevice_name, [0; 255]);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_UNREGISTER, &named("R")), NOT_EXIST);
}

/// The ring that the service is in, as its tracking client hears it.
fn ring(node: &mut Node) -> (u32, u64) {
    node.ask(99, request::TRACK_START, [0u64, track::CURRENT.into()].as_bytes());
    let (_, event) = node.host.events.pop_front().expect("a node list");
    node.host.events.clear();
    let (event, _) = NodelistEvent::read_from_prefix(&event).unwrap();
    (event.ring.nodeid, event.ring.seq)
}

/// A cluster whose node 1 has a device that casts its vote.
fn with_device() -> Cluster {
    let mut cluster = Cluster::new(DEVICE, true);
    cluster.node(1).ask(3, request::QDEVICE_REGISTER, &named("Q"));
    cluster.deliver(0);
    cluster.node(1).reply();
    let ring = ring(cluster.node(1));
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_POLL, &poll("Q", 1, ring)), OK);
    cluster.deliver(0);
    cluster
}

#[test]
fn a_sync_waits_for_the_devices_opinion() {
    let mut cluster = with_device();
    cluster.down(2);
    let node = cluster.node(1);
    assert_eq!(node.service.sync_process(&mut node.host), SyncStep::Again);
    let ring = ring(node);
    assert_eq!(node.ask(3, request::QDEVICE_POLL, &poll("Q", 1, ring)), OK);
    assert_eq!(node.service.sync_process(&mut node.host), SyncStep::Done);
    cluster.deliver(0);
    cluster.activate(0);
    assert_eq!(cluster.quorate(), [1]);
}

#[test]
fn a_sync_ends_without_a_silent_device() {
    let mut cluster = with_device();
    cluster.down(2);
    cluster.node(1).expire(TIMER_QDEVICE);
    let node = cluster.node(1);
    assert_eq!(node.service.sync_process(&mut node.host), SyncStep::Done);
    cluster.deliver(0);
    cluster.activate(0);
    assert_eq!(cluster.quorate(), [] as [u32; 0]);
}

#[test]
fn a_registering_client_that_goes_is_forgotten() {
    let mut cluster = Cluster::new(DEVICE, true);
    assert_eq!(cluster.node(1).ask(3, request::QDEVICE_REGISTER, &named("Q")), None);
    let node = cluster.node(1);
    node.service.disconnected(&mut node.host, ConnId(3));
    cluster.deliver(0);
    assert_eq!(cluster.node(1).reply(), None);
    assert_eq!(info_of(cluster.node(1), 1).flags & info::QDEVICE_REGISTERED, 0);
}

#[test]
fn waiting_for_all_is_cancelled_by_a_key() {
    let config = Config { nodes: THREE, quorum: &[("wait_for_all", "1")] };
    let mut cluster = Cluster::new(config, true);
    assert_eq!(cluster.quorate(), [1, 2, 3]);
    for id in [1, 2, 3] {
        cluster.down(id);
    }
    cluster.up(1, 0);
    cluster.up(2, 0);
    assert_eq!(cluster.quorate(), [] as [u32; 0]);
    let node = cluster.node(1);
    node.host.map.set("quorum.cancel_wait_for_all", 1u8).unwrap();
    node.settle();
    assert_eq!(node.host.map.u8("quorum.cancel_wait_for_all"), Some(0));
    cluster.deliver(0);
    assert_eq!(cluster.quorate(), [1, 2]);
}

#[test]
fn nodes_that_leave_in_order_are_not_missed() {
    let config = Config { nodes: &[(1, 1), (2, 1), (3, 1), (4, 1)], quorum: &[("allow_downscale", "1")] };
    let mut cluster = Cluster::new(config, true);
    for id in [4, 3] {
        let node = cluster.node(id);
        node.service.stop(&mut node.host);
        cluster.deliver(0);
        assert_eq!(info_of(cluster.node(1), id).state, 3);
        cluster.down(id);
    }
    // Not below what was configured.
    let info = info_of(cluster.node(1), 1);
    assert_eq!((info.total_votes, info.quorum), (2, 3));
}

#[test]
fn the_most_votes_ever_seen_outlive_the_daemon() {
    let config = Config { nodes: THREE, quorum: &[("expected_votes_tracking", "1")] };
    let (mut node, result) = config.start(1);
    assert_eq!(result, Ok(()));
    assert_eq!(node.host.files["ev_tracking"], 3u32.to_ne_bytes());
    node.host.files.insert("ev_tracking", 7u32.to_ne_bytes().to_vec());
    node.service = core_votequorum::Votequorum::new();
    node.service.start(&mut node.host).unwrap();
    assert_eq!(info_of(&mut node, 1).expected_votes, 7);
    assert_eq!(node.host.map.u32("runtime.votequorum.ev_tracking_barrier"), Some(7));
}

#[test]
fn a_reload_counts_once_and_whole() {
    let mut cluster = Cluster::new(PLAIN, true);
    let node = cluster.node(1);
    let map = &mut node.host.map;
    map.set("config.totemconfig_reload_in_progress", 1u8).unwrap();
    map.set("nodelist.node.0.quorum_votes", 3u32).unwrap();
    map.set("nodelist.node.3.nodeid", 4u32).unwrap();
    map.set("config.reload_status", 1i32).unwrap();
    map.set("config.totemconfig_reload_in_progress", 0u8).unwrap();
    node.settle();
    let kinds: Vec<u16> = node.host.sent.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [exec::NODEINFO, exec::NODEINFO, exec::RECONFIGURE, exec::RECONFIGURE]);
    cluster.deliver(0);
    assert_eq!(info_of(cluster.node(2), 1).votes, 3);
    assert_eq!(info_of(cluster.node(2), 2).expected_votes, 6);
}

#[test]
fn a_failed_reload_counts_not_at_all() {
    let mut cluster = Cluster::new(PLAIN, true);
    let node = cluster.node(1);
    node.host.map.set("config.totemconfig_reload_in_progress", 1u8).unwrap();
    node.host.map.set("quorum.expected_votes", 9u32).unwrap();
    node.host.map.set("config.reload_status", 7i32).unwrap();
    node.host.map.set("config.totemconfig_reload_in_progress", 0u8).unwrap();
    node.settle();
    assert_eq!(node.host.sent.len(), 0);
}

#[test]
fn contradictions_keep_the_daemon_from_starting() {
    const TWO: &[(u32, u32)] = &[(1, 1), (2, 1)];
    let cases: &[(Config, &str)] = &[
        (
            Config { nodes: TWO, quorum: &[("two_node", "1"), ("device.model", "net")] },
            "configuration error: two_node and quorum device cannot be configured at the same time!",
        ),
        (
            Config { nodes: TWO, quorum: &[("last_man_standing", "1"), ("device.model", "net")] },
            "configuration error: quorum.device is not compatible with last_man_standing",
        ),
        (
            Config { nodes: TWO, quorum: &[("auto_tie_breaker", "1"), ("device.model", "net")] },
            "configuration error: quorum.device is not compatible with auto_tie_breaker",
        ),
        (
            Config { nodes: TWO, quorum: &[("expected_votes", "3"), ("device.model", "net")] },
            "configuration error: quorum.device.votes must be specified when quorum.expected_votes is set",
        ),
        (
            Config { nodes: &[(1, 1), (2, 2)], quorum: &[("device.model", "net")] },
            "configuration error: quorum.device.votes must be specified when not all nodes votes 1",
        ),
        (
            Config { nodes: TWO, quorum: &[("expected_votes", "3"), ("device.model", "net"), ("device.votes", "2")] },
            "configuration error: quorum.device.votes is too high or expected_votes is too low",
        ),
        (
            Config { nodes: THREE, quorum: &[("auto_tie_breaker", "1"), ("last_man_standing", "1")] },
            "configuration error: auto_tie_breaker & last_man_standing not available in odd sized cluster",
        ),
    ];
    for (config, why) in cases {
        assert_eq!(config.start(1).1, Err((*why).to_owned()));
    }
    let lone = Config { nodes: &[(1, 1)], quorum: &[] };
    let (mut node, _) = lone.start(1);
    node.host.map.delete_prefix("nodelist.");
    node.settle();
    assert!(node.host.log.iter().any(|line| line == "will continue with current runtime data"));
}

#[test]
fn at_run_time_the_device_gives_way() {
    let mut cluster = Cluster::new(Config { nodes: &[(1, 1), (2, 1)], quorum: &[("two_node", "1")] }, true);
    let node = cluster.node(1);
    node.host.map.set("quorum.device.model", "net").unwrap();
    node.settle();
    assert_eq!(node.ask(3, request::QDEVICE_REGISTER, &named("Q")), ACCESS);
    assert_eq!(node.ask(3, request::QDEVICE_POLL, &poll("Q", 1, (1, 1))), ACCESS);
}

#[test]
fn what_totem_has_no_room_for_is_sent_later() {
    let mut cluster = Cluster::new(PLAIN, true);
    let node = cluster.node(1);
    node.host.full = true;
    let members = [NodeId(1)];
    node.service.sync_start(&mut node.host, &[], &members, core_types::RingId::default());
    assert_eq!(node.service.sync_process(&mut node.host), SyncStep::Again);
    node.host.full = false;
    assert_eq!(node.service.sync_process(&mut node.host), SyncStep::Done);
    assert_eq!(node.host.sent.len(), 2);
    node.host.full = true;
    node.host.sent.clear();
    node.host.map.set("quorum.two_node", 0u8).unwrap();
    node.settle();
    node.host.full = false;
    node.expire(TIMER_AGAIN);
    assert_eq!(node.host.sent.len(), 2);
}

#[test]
fn short_and_wild_messages_do_no_harm() {
    let mut cluster = Cluster::new(PLAIN, true);
    let node = cluster.node(1);
    for id in 0..=request::QDEVICE_MASTER_WINS {
        for length in [0, 1, 4, 7, 270] {
            let error = node.ask(1, id, &vec![0xff; length]);
            let fits = length >= 4 && id <= request::TRACK_STOP || id == request::TRACK_STOP;
            assert!(error.is_some_and(|error| error != 1 || fits), "request {id} of {length}: {error:?}");
        }
    }
    for kind in 0..=exec::COUNT {
        for length in 0..600 {
            let message = vec![0xff; length];
            node.service.deliver(&mut node.host, kind, &message, NodeId(77), length % 2 == 0);
        }
    }
    // Nodes made up by others are bounded.
    for id in 1..2000 {
        let wild = Nodeinfo { nodeid: id, votes: u32::MAX, expected_votes: u32::MAX, flags: flags::QUORATE };
        let message = [&[0; 16], wild.as_bytes()].concat();
        node.service.deliver(&mut node.host, exec::NODEINFO, &message, NodeId(2), false);
    }
    node.ask(1, request::TRACK_START, [0u64, track::CURRENT.into()].as_bytes());
    let longest = node.host.events.iter().map(|(_, event)| event.len()).max();
    assert!(longest.is_some_and(|longest| longest < 4096));
}

/// Seen on five hosts of the reference; `corosync-vqsim` has both sides quorate.
#[test]
fn a_restarted_node_and_one_that_lost_quorum_are_no_second_side() {
    const LAST_MAN: Config = Config {
        nodes: &[(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)],
        quorum: &[("last_man_standing", "1"), ("last_man_standing_window", "40"), ("wait_for_all", "1")],
    };
    const TIMER_LAST_MAN: u32 = 1;
    let mut cluster = Cluster::new(LAST_MAN, true);
    for gone in [5, 1] {
        cluster.down(gone);
        cluster.expire(TIMER_LAST_MAN);
    }
    cluster.split(1, &[3]);
    cluster.up(1, 1);
    assert_eq!(cluster.quorate(), [2, 4]);
}
