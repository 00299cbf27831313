//! Trackers of both maps.

mod common;

use common::{A, B, World};
use core_cmap::TRACKERS_MAX;
use core_cmap::wire::{map, track};
use core_icmap::Value;
use core_service::Service;
use core_types::CsError;

const ALL: i32 = track::ADD | track::MODIFY | track::DELETE;

#[test]
fn events_come_before_the_reply_and_once() {
    let mut world = World::new();
    world.track(A, "abc", ALL, 77).unwrap();
    world.set(B, "abc", 2, &[1]).unwrap();
    // here B has its reply: A must find its event
    assert_eq!(world.events(), [(A, 77, track::ADD, "abc".into(), Some(Value::U8(1)), None)]);
    world.set(B, "abc", 2, &[1]).unwrap();
    world.set(B, "abc", 11, b"x").unwrap();
    assert_eq!(world.events(), [(A, 77, track::MODIFY, "abc".into(), Some("x".into()), Some(Value::U8(1)))]);
    world.delete(B, "abc").unwrap();
    assert_eq!(world.events(), [(A, 77, track::DELETE, "abc".into(), None, Some("x".into()))]);
    world.settle();
    assert_eq!(world.events(), []);
    world.host.map.set("abc", 3u8).unwrap();
    world.settle();
    assert_eq!(world.events().len(), 1);
}

#[test]
fn changes_of_the_daemon_before_a_clients_are_told_first() {
    let mut world = World::new();
    world.track(A, "", ALL | track::PREFIX, 1).unwrap();
    world.host.map.set("first", 1u8).unwrap();
    world.set(A, "second", 2, &[1]).unwrap();
    world.host.map.set("third", 1u8).unwrap();
    world.settle();
    let keys: Vec<String> = world.events().into_iter().map(|event| event.3).collect();
    assert_eq!(keys, ["first", "second", "third"]);
}

#[test]
fn trackers_are_told_in_the_tries_order() {
    let mut world = World::new();
    let wanted = [
        ("", 1, ALL | track::PREFIX),
        ("abc", 2, ALL | track::PREFIX),
        ("abc.x", 3, ALL),
        ("abc", 4, ALL | track::PREFIX),
        ("abc.x", 5, ALL),
        ("abc.x", 6, ALL | track::PREFIX),
        ("", 7, ALL | track::PREFIX),
        ("abc", 8, ALL),
        ("", 9, ALL),
        ("abc.x", 10, track::DELETE),
        ("abd", 11, ALL | track::PREFIX),
    ];
    for (key, instance, track_type) in wanted {
        world.track(A, key, track_type, instance).unwrap();
    }
    world.set(A, "abc.x", 2, &[1]).unwrap();
    let told: Vec<u64> = world.events().into_iter().map(|event| event.1).collect();
    assert_eq!(told, [5, 3, 6, 2, 4, 7, 1]);
}

#[test]
fn fast_adjustments_tell_no_old_value() {
    let mut world = World::new();
    world.set(A, "runtime.tx", 8, &[0; 8]).unwrap();
    world.settle();
    world.host.map.fast_adjust("runtime.tx", 1).unwrap();
    let tracker = world.track(A, "runtime.", ALL | track::PREFIX, 4).unwrap();
    world.host.map.fast_adjust("runtime.tx", 1).unwrap();
    world.settle();
    assert_eq!(world.events(), [(A, 4, track::MODIFY, "runtime.tx".into(), Some(Value::U64(2)), None)]);
    assert_eq!(world.untrack(A, tracker), Ok(4));
    world.host.map.fast_adjust("runtime.tx", 1).unwrap();
    assert_eq!(world.host.map.next_change(), None);
}

#[test]
fn trackers_end_with_their_client_and_are_bounded() {
    let mut world = World::new();
    assert_eq!(world.track(A, "abc", 16, 1), Err(CsError::InvalidParam));
    let tracker = world.track(A, "abc", ALL, 1).unwrap();
    assert_eq!(world.untrack(B, tracker), Err(CsError::BadHandle));
    assert_eq!(world.untrack(A, tracker), Ok(1));
    assert_eq!(world.untrack(A, tracker), Err(CsError::BadHandle));
    for _ in 0..TRACKERS_MAX {
        world.track(A, "abc", ALL, 1).unwrap();
    }
    assert_eq!(world.track(A, "abc", ALL, 1), Err(CsError::NoMemory));
    world.cmap.disconnected(&mut world.host, A);
    world.set(B, "abc", 2, &[1]).unwrap();
    assert_eq!(world.events(), []);
}

#[test]
fn statistics_are_tracked_by_looking() {
    let mut world = World::new();
    world.set_map(A, map::STATS).unwrap();
    assert_eq!(world.track(A, "stats.", track::MODIFY | track::PREFIX, 1), Err(CsError::NotSupported));
    assert_eq!(world.track(A, "stats.", track::ADD | track::PREFIX, 1), Err(CsError::NotSupported));
    assert_eq!(world.armed(), None);
    world.host.transport.stats.insert("stats.srp.tx".into(), Value::U64(3));
    world.track(A, "stats.srp.tx", track::MODIFY, 1).unwrap();
    world.track(A, "stats.ipcs.", track::ADD | track::DELETE | track::PREFIX, 2).unwrap();
    assert_eq!(world.armed(), Some(1_500_000_000));
    world.cmap.timer(&mut world.host, 0);
    assert_eq!(world.events(), []);
    world.host.transport.stats.insert("stats.srp.tx".into(), Value::U64(4));
    world.host.transport.stats.insert("stats.ipcs.1".into(), Value::U32(9));
    world.cmap.timer(&mut world.host, 0);
    let (four, nine) = (Some(Value::U64(4)), Some(Value::U32(9)));
    assert_eq!(
        world.events(),
        [
            (A, 1, track::MODIFY, "stats.srp.tx".into(), four.clone(), four),
            (A, 2, track::ADD, "stats.ipcs.1".into(), nine.clone(), nine.clone()),
        ]
    );
    world.host.transport.stats.remove("stats.ipcs.1");
    world.cmap.clients_changed(&mut world.host);
    assert_eq!(world.events(), [(A, 2, track::DELETE, "stats.ipcs.1".into(), nine.clone(), nine)]);
    assert!(world.armed().is_some());
    world.cmap.disconnected(&mut world.host, A);
    world.cmap.timer(&mut world.host, 0);
    assert_eq!(world.armed(), None);
}

#[test]
fn a_clients_keys_are_told_in_the_tables_order() {
    let mut world = World::new();
    world.host.transport.stats.insert("stats.ipcs.global.active".into(), Value::U64(1));
    world.cmap.clients_changed(&mut world.host);
    world.set_map(A, map::STATS).unwrap();
    world.track(A, "stats.ipcs.", track::ADD | track::DELETE | track::PREFIX, 2).unwrap();
    for name in ["sent", "queued", "procname", "queueing"] {
        world.host.transport.stats.insert(format!("stats.ipcs.service2.7.0x1.{name}"), Value::U32(9));
    }
    world.cmap.clients_changed(&mut world.host);
    world.cmap.clients_changed(&mut world.host);
    let events = world.events();
    let names: Vec<&str> = events.iter().map(|event| event.3.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["queueing", "queued", "sent", "procname"]);
}
