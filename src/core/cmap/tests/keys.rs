//! Keys and iteration over the service's messages.

mod common;

use common::{A, B, World};
use core_cmap::ITERATORS_MAX;
use core_cmap::wire::{SetRequest, map, request};
use core_icmap::Value;
use core_service::{Request, Service};
use core_types::CsError;
use core_types::mar::RequestHeader;
use zerocopy::IntoBytes;

#[test]
fn a_key_is_set_read_adjusted_and_deleted() {
    let mut world = World::new();
    assert_eq!(world.set(A, "abc.d", 6, &7u32.to_ne_bytes()), Ok(()));
    assert_eq!(world.get(B, "abc.d", 16), Ok((6, 4, 7u32.to_ne_bytes().to_vec())));
    assert_eq!(world.adjust(B, "abc.d", -8), Ok(()));
    assert_eq!(world.host.map.u32("abc.d"), Some(u32::MAX));
    assert_eq!(world.delete(A, "abc.d"), Ok(()));
    assert_eq!(world.delete(A, "abc.d"), Err(CsError::NotExist));
    assert_eq!(world.adjust(A, "abc.d", 1), Err(CsError::NotExist));
    assert_eq!(world.get(A, "abc.d", 0), Err(CsError::NotExist));
}

#[test]
fn a_short_buffer_is_refused_and_none_gives_the_length() {
    let mut world = World::new();
    world.set(A, "abc", 11, b"hello").unwrap();
    assert_eq!(world.get(A, "abc", 0), Ok((11, 6, vec![])));
    assert_eq!(world.get(A, "abc", 5), Err(CsError::InvalidParam));
    assert_eq!(world.get(A, "abc", 6), Ok((11, 6, b"hello\0".to_vec())));
    assert_eq!(world.get(A, "abc", u64::MAX), Ok((11, 6, b"hello\0".to_vec())));
}

#[test]
fn the_order_of_checks_is_access_value_name() {
    let mut world = World::new();
    world.host.map.set_read_only("system.", true, true);
    assert_eq!(world.set(A, "system.x y", 6, b"bad"), Err(CsError::Access));
    assert_eq!(world.delete(A, "system.none"), Err(CsError::Access));
    assert_eq!(world.adjust(A, "system.none", 1), Err(CsError::Access));
    assert_eq!(world.set(A, "x y", 6, b"bad"), Err(CsError::InvalidParam));
    assert_eq!(world.set(A, "x y", 12, b"bad"), Err(CsError::NameTooLong));
    assert_eq!(world.set(A, &"k".repeat(256), 12, b"bad"), Err(CsError::NameTooLong));
}

#[test]
fn lying_and_short_requests_are_refused() {
    let mut world = World::new();
    for value_len in [1, 1 << 31, u64::MAX] {
        let header = RequestHeader::new(request::SET, size_of::<SetRequest>());
        let lie = SetRequest { header, key: common::name("abc"), value_len, kind: 12, pad: [0; 7] };
        let reply = world.raw(A, request::SET, lie.as_bytes());
        assert_eq!(reply[16..20], (CsError::InvalidParam as i32).to_ne_bytes());
    }
    for id in 0..world.cmap.requests().len() as i32 {
        let reply = world.raw(A, id, RequestHeader::new(id, 16).as_bytes());
        assert_eq!(reply[16..20], (CsError::InvalidParam as i32).to_ne_bytes(), "request {id}");
    }
    assert_eq!(world.host.map.iter("").count(), 0);
}

#[test]
fn iteration_outlives_changes_and_stays_at_its_end() {
    let mut world = World::new();
    for key in ["aab.2", "aaa.1", "aab.1", "aac"] {
        world.set(A, key, 11, b"x").unwrap();
    }
    let iterator = world.iterate(A, "aab").unwrap();
    assert_eq!(world.next(A, iterator), Ok(("aab.1".into(), 11, 2)));
    world.delete(A, "aab.1").unwrap();
    world.set(A, "aab.15", 2, &[9]).unwrap();
    assert_eq!(world.next(A, iterator), Ok(("aab.15".into(), 2, 1)));
    assert_eq!(world.next(A, iterator), Ok(("aab.2".into(), 11, 2)));
    assert_eq!(world.next(A, iterator), Err(CsError::NoSections));
    world.set(A, "aab.3", 2, &[9]).unwrap();
    assert_eq!(world.next(A, iterator), Err(CsError::NoSections));
    assert_eq!(world.next(B, iterator), Err(CsError::BadHandle));
    assert_eq!(world.iter_finalize(A, iterator), Ok(()));
    assert_eq!(world.iter_finalize(A, iterator), Err(CsError::BadHandle));
    assert_eq!(world.next(A, iterator), Err(CsError::BadHandle));
    let all = world.iterate(B, "").unwrap();
    assert_eq!(world.next(B, all).unwrap().0, "aaa.1");
}

#[test]
fn iterations_are_bounded() {
    let mut world = World::new();
    for _ in 0..ITERATORS_MAX {
        world.iterate(A, "abc").unwrap();
    }
    assert_eq!(world.iterate(A, "abc"), Err(CsError::NoMemory));
    assert!(world.iterate(B, "abc").is_ok());
    world.cmap.disconnected(&mut world.host, A);
    assert!(world.iterate(A, "abc").is_ok());
}

#[test]
fn the_map_is_changed_only_before_use() {
    let mut world = World::new();
    assert_eq!(world.set_map(A, 7), Err(CsError::NotExist));
    let iterator = world.iterate(A, "").unwrap();
    assert_eq!(world.set_map(A, map::STATS), Err(CsError::Busy));
    world.iter_finalize(A, iterator).unwrap();
    let tracker = world.track(A, "abc", 2, 1).unwrap();
    assert_eq!(world.set_map(A, map::STATS), Err(CsError::Busy));
    world.untrack(A, tracker).unwrap();
    assert_eq!(world.set_map(A, map::STATS), Ok(()));
    assert_eq!(world.set_map(A, map::ICMAP), Ok(()));
}

#[test]
fn statistics_are_read_only_but_for_clearing() {
    let mut world = World::new();
    world.set_map(A, map::STATS).unwrap();
    world.host.transport.stats.insert("stats.srp.mcast_tx".into(), Value::U64(3));
    world.host.transport.stats.insert("stats.ipcs.procname".into(), "sbd".into());
    assert_eq!(world.get(A, "stats.srp.mcast_tx", 8).unwrap().1, 8);
    assert_eq!(world.get(A, "stats.ipcs.procname", 0).unwrap().1, 4);
    assert_eq!(world.get(A, "stats.nil", 8), Err(CsError::NotExist));
    assert_eq!(world.set(A, "stats.srp.mcast_tx", 8, &[0; 8]), Err(CsError::Access));
    assert_eq!(world.delete(A, "stats.srp.mcast_tx"), Err(CsError::Access));
    assert_eq!(world.adjust(A, "stats.srp.mcast_tx", 1), Err(CsError::Access));
    assert_eq!(world.set(A, "stats.clear.nothing", 8, b""), Err(CsError::NotSupported));
    assert_eq!(world.delete(A, "stats.clear.knet"), Err(CsError::NotSupported));
    assert_eq!(world.adjust(A, "stats.clear.knet", 1), Err(CsError::NotSupported));
    assert_eq!(world.set(A, "stats.clear.knet", 8, b"x"), Ok(()));
    assert_eq!(std::mem::take(&mut world.host.requests), [Request::ClearStats("knet")]);
    assert_eq!(world.set(A, "stats.clear.all", 11, b""), Ok(()));
    assert_eq!(world.host.requests.len(), 4);
    let iterator = world.iterate(A, "stats.").unwrap();
    assert_eq!(world.next(A, iterator), Ok(("stats.ipcs.procname".into(), 11, 0)));
    assert_eq!(world.next(A, iterator), Ok(("stats.srp.mcast_tx".into(), 8, 8)));
    assert_eq!(world.next(A, iterator), Err(CsError::NoSections));
}
