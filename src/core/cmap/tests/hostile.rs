//! Whatever a client sends, it gets one reply and nothing breaks.

mod common;

use common::{A, B, World};
use core_cmap::wire::map;
use core_service::Service;
use core_types::NodeId;
use core_types::mar::RequestHeader;
use proptest::prelude::*;
use zerocopy::IntoBytes;

proptest! {
    #[test]
    fn any_bytes_of_a_request(requests in prop::collection::vec((0..10i32, prop::collection::vec(any::<u8>(), 0..400)), 1..40)) {
        let mut world = World::new();
        world.set_map(B, map::STATS).unwrap();
        world.host.transport.stats.insert("stats.srp.tx".into(), 1u64.into());
        for (id, body) in requests {
            let message = [RequestHeader::new(id, 16 + body.len()).as_bytes(), &body].concat();
            for conn in [A, B] {
                world.raw(conn, id, &message);
            }
            world.settle();
        }
        world.cmap.timer(&mut world.host, 0);
    }

    #[test]
    fn any_bytes_of_a_multicast(message in prop::collection::vec(any::<u8>(), 0..700), swapped: bool) {
        let mut world = World::new();
        world.cmap.deliver(&mut world.host, 0, &message, NodeId(2), swapped);
    }

    /// Names and numbers that make sense more often, so that requests get further.
    #[test]
    fn any_sequence_of_sensible_requests(steps in prop::collection::vec((0..9u8, 0..4usize, 0..16u64), 1..60)) {
        let mut world = World::new();
        for (what, key, number) in steps {
            let key = ["abc", "abc.x", "", "abd"][key];
            match what {
                0 => drop(world.set(A, key, number as u8, &number.to_ne_bytes())),
                1 => drop(world.delete(A, key)),
                2 => drop(world.adjust(B, key, number as i32 - 8)),
                3 => drop(world.get(B, key, number)),
                4 => drop(world.iterate(A, key)),
                5 => drop(world.next(A, number)),
                6 => drop(world.track(A, key, number as i32, number)),
                7 => drop(world.untrack(A, number)),
                _ => drop(world.iter_finalize(A, number)),
            }
            world.settle();
            for event in world.events() {
                prop_assert!(event.4.is_some() || event.5.is_some());
            }
        }
    }
}
