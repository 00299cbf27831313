//! The check that all nodes run the same configuration.

mod common;

use common::World;
use core_service::{Request, Service, SyncStep};
use core_types::{NodeId, RingId};

const BOTH: [NodeId; 2] = [NodeId(1), NodeId(2)];

fn version(world: &World, node: u32) -> Option<u64> {
    world.host.map.u64(&format!("runtime.members.{node}.config_version"))
}

/// A sync in which node 2 tells that version.
fn sync(world: &mut World, transitional: &[NodeId], theirs: u64) {
    let mut other = World::new();
    other.host.map.set("totem.config_version", theirs).unwrap();
    assert_eq!(other.cmap.sync_process(&mut other.host), SyncStep::Done);
    world.cmap.sync_start(&mut world.host, transitional, &BOTH, RingId::default());
    assert_eq!(world.cmap.sync_process(&mut world.host), SyncStep::Done);
    let mine = world.multicast();
    world.cmap.deliver(&mut world.host, 0, &mine, NodeId(1), false);
    world.cmap.deliver(&mut world.host, 0, &other.multicast(), NodeId(2), false);
    world.cmap.sync_activate(&mut world.host);
}

#[test]
fn a_newcomer_with_an_older_version_leaves() {
    let mut world = World::new();
    world.host.map.set("totem.config_version", 3u64).unwrap();
    sync(&mut world, &[NodeId(1)], 4);
    assert_eq!((version(&world, 1), version(&world, 2)), (Some(3), Some(4)));
    assert_eq!(world.host.requests, [Request::Shutdown]);
    let line = "Received config version (4) is different than my config version (3)! Exiting";
    assert!(world.host.log.iter().any(|logged| logged == line));
}

#[test]
fn equal_older_and_unset_versions_and_later_syncs_are_fine() {
    for (mine, theirs) in [(3, 3), (3, 2), (0, 4)] {
        let mut world = World::new();
        world.host.map.set("totem.config_version", mine as u64).unwrap();
        sync(&mut world, &[NodeId(1)], theirs);
        sync(&mut world, &[NodeId(1)], 9);
        assert_eq!(world.host.requests, [], "{mine} {theirs}");
    }
}

#[test]
fn a_change_is_told_to_the_others() {
    let mut world = World::new();
    world.host.map.set("totem.config_version", 3u64).unwrap();
    world.settle();
    assert_eq!(world.host.sent.len(), 1);
    world.host.full = true;
    world.host.map.delete("totem.config_version").unwrap();
    world.settle();
    assert_eq!(world.host.log, ["Can't inform other nodes about new config version"]);
    assert_eq!(world.cmap.sync_process(&mut world.host), SyncStep::Again);
}

#[test]
fn no_bytes_of_a_multicast_harm() {
    let mut world = World::new();
    world.host.map.set("totem.config_version", 3u64).unwrap();
    world.settle();
    let good = world.multicast();
    assert_eq!(good.len(), 16 + 32 + 280 + 8);
    for cut in 0..good.len() {
        world.cmap.deliver(&mut world.host, 0, &good[..cut], NodeId(7), cut % 2 == 0);
        assert_ne!(version(&world, 7), Some(3));
    }
    let mut unknown = good.clone();
    unknown[16] = 2;
    world.cmap.deliver(&mut world.host, 0, &unknown, NodeId(8), false);
    assert_eq!(version(&world, 8), None);
    world.cmap.deliver(&mut world.host, 0, &good, NodeId(8), false);
    assert_eq!(version(&world, 8), Some(3));
}
