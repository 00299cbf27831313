//! The bytes that corosync 3.1.7 sends for the same requests.

mod common;

use common::{A, World, name};
use core_cmap::wire::{GetRequest, HandleRequest, KeyRequest, SetRequest, TrackRequest, request};
use core_types::mar::RequestHeader;
use zerocopy::IntoBytes;

/// A message of that length, zero but for these places.
fn message(length: usize, places: &[(usize, &[u8])]) -> Vec<u8> {
    let mut message = vec![0; length];
    for (at, bytes) in places {
        message[*at..at + bytes.len()].copy_from_slice(bytes);
    }
    message
}

fn header(id: i32, size: usize) -> RequestHeader {
    RequestHeader::new(id, size)
}

fn set(world: &mut World, value: &[u8]) -> Vec<u8> {
    let header = header(request::SET, size_of::<SetRequest>() + value.len());
    let head = SetRequest { header, key: name("test.vec"), value_len: value.len() as u64, kind: 11, pad: [0; 7] };
    world.raw(A, request::SET, &[head.as_bytes(), value].concat())
}

#[test]
fn sets_and_their_events() {
    let mut world = World::new();
    let header = header(request::TRACK_ADD, size_of::<TrackRequest>());
    let instance = 0x1122_3344_5566_7788;
    let track = TrackRequest { header, key: name("test.vec"), track_type: 7, pad: 0, instance };
    let reply = world.raw(A, request::TRACK_ADD, track.as_bytes());
    assert_eq!(reply[..24], message(24, &[(0, &[7]), (8, &[32]), (16, &[1])]));
    assert_eq!(reply.len(), 32);

    assert_eq!(set(&mut world, b"abc"), message(24, &[(8, &[24]), (16, &[1])]));
    assert_eq!(set(&mut world, b"xy"), message(24, &[(8, &[24]), (16, &[1])]));
    let common = [(0, &[9][..]), (16, &[1]), (24, &[0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 8])];
    let mut added = message(340, &common);
    let mut modified = message(343, &common);
    for (at, bytes) in [(8, &[0x54, 1][..]), (40, b"test.vec"), (296, &[4]), (304, &[11]), (320, &[4]), (336, b"abc")] {
        added[at..at + bytes.len()].copy_from_slice(bytes);
    }
    for (at, bytes) in [(8, &[0x57, 1][..]), (40, b"test.vec"), (296, &[2]), (304, &[11]), (312, &[11]), (320, &[3])] {
        modified[at..at + bytes.len()].copy_from_slice(bytes);
    }
    modified[328] = 4;
    modified[336..342].copy_from_slice(b"xy\0abc");
    let events: Vec<Vec<u8>> = world.host.events.into_iter().map(|(_, event)| event).collect();
    assert_eq!(events, [added, modified]);
}

#[test]
fn a_get_and_an_iteration() {
    let mut world = World::new();
    set(&mut world, b"xy");
    let get = GetRequest { header: header(request::GET, 288), key: name("test.vec"), value_len: 9 };
    // the reference adds as many zeros as the client has room for, and says so in the size
    let reply = world.raw(A, request::GET, get.as_bytes());
    assert_eq!(reply, message(43, &[(0, &[2]), (8, &[43]), (16, &[1]), (24, &[3]), (32, &[11]), (40, b"xy")]));

    let init = KeyRequest { header: header(request::ITER_INIT, 280), key: name("test.v") };
    let reply = world.raw(A, request::ITER_INIT, init.as_bytes());
    assert_eq!(reply[..24], message(24, &[(0, &[4]), (8, &[32]), (16, &[1])]));
    let handle = u64::from_ne_bytes(reply[24..].try_into().unwrap());
    let next = HandleRequest { header: header(request::ITER_NEXT, 24), handle };
    let places: [(usize, &[u8]); 7] =
        [(0, &[5]), (8, &[0x30, 1]), (16, &[1]), (24, &[8]), (32, b"test.vec"), (288, &[3]), (296, &[11])];
    assert_eq!(world.raw(A, request::ITER_NEXT, next.as_bytes()), message(304, &places));
    let end = message(304, &[(0, &[5]), (8, &[0x30, 1]), (16, &[27])]);
    assert_eq!(world.raw(A, request::ITER_NEXT, next.as_bytes()), end);
}
