use super::*;
use crate::action::Delivery;
use crate::buffer::{Bytes, Pool};
use crate::wire::MCAST_HEADER;
use core_types::{Guarantee, NodeId};
use proptest::prelude::*;
use std::collections::VecDeque;

const MTU: usize = 1382;

fn frames(sender: &mut Sender) -> Vec<Bytes> {
    sender.token_came();
    let pop = || sender.pop().map(|waiting| waiting.frame);
    std::iter::from_fn(pop).map(|frame| frame.part(MCAST_HEADER, frame.len())).collect()
}

fn ready() -> (Sender, Assembler, Pool) {
    let (mut sender, mut assembler) = (Sender::new(MTU, 3000), Assembler::new());
    sender.set_syncing(false);
    assembler.set_syncing(false);
    (sender, assembler, Pool::default())
}

fn unpack(assembler: &mut Assembler, frames: &[Bytes]) -> Vec<Vec<u8>> {
    let mut out = VecDeque::<Delivery>::new();
    for frame in frames {
        assembler.unpack(NodeId(2), frame, false, &mut out).expect("well packed");
    }
    out.iter().map(|delivery| delivery.message.to_vec()).collect()
}

/// Bytes of two messages as corosync 3.1.7 packs them on a little-endian machine.
#[test]
fn the_packing_is_the_reference_s() {
    let (mut sender, _, mut pool) = ready();
    sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[b"xy", b"z"]).expect("room");
    sender.push(&mut pool, Group::Sync, Guarantee::Agreed, &[b"!"]).expect("room");
    let frames = frames(&mut sender);
    let expected = b"\0\0\0\0\0\0\x02\0\x08\0\x09\0\x01\0\x01\0axyz\x01\0\x04\0sync!";
    assert_eq!(frames.iter().map(|frame| frame.to_vec()).collect::<Vec<_>>(), [expected.to_vec()]);
}

#[test]
fn the_other_byte_order_is_read() {
    let (_, mut assembler, mut pool) = ready();
    let frame = pool.filled(|out| out.extend_from_slice(b"\0\0\0\0\0\0\0\x01\0\x07\0\x01\0\x01axy"));
    let mut out = VecDeque::new();
    assembler.unpack(NodeId(2), &frame, true, &mut out).expect("well packed");
    assert_eq!((&*out[0].message, out[0].swapped), (&b"xy"[..], true));
}

#[test]
fn who_comes_late_gets_all_but_the_message_begun_before() {
    let (mut sender, mut assembler, mut pool) = ready();
    for body in [&vec![1; 3000][..], b"two", b"three"] {
        sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[body]).expect("room");
    }
    let frames = frames(&mut sender);
    assert_eq!(frames.len(), 3);
    assert_eq!(unpack(&mut assembler, &frames[1..]), [b"two".to_vec(), b"three".to_vec()]);
}

#[test]
fn a_message_that_lacks_a_piece_is_dropped_alone() {
    let (mut sender, mut assembler, mut pool) = ready();
    for body in [&[1; 6000][..], b"next"] {
        sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[body]).expect("room");
    }
    let mut frames = frames(&mut sender);
    frames.remove(1);
    assert_eq!(unpack(&mut assembler, &frames), [b"next".to_vec()]);
}

#[test]
fn a_node_that_left_and_came_back_starts_anew() {
    let (mut sender, mut assembler, mut pool) = ready();
    sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[&[1; 2000]]).expect("room");
    let first = frames(&mut sender);
    assert_eq!(unpack(&mut assembler, &first[..1]), Vec::<Vec<u8>>::new());
    assembler.forget(NodeId(2));
    sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[b"new"]).expect("room");
    assert_eq!(unpack(&mut assembler, &frames(&mut sender)), [b"new".to_vec()]);
}

#[test]
fn an_endless_message_is_given_up() {
    let (_, mut assembler, mut pool) = ready();
    let mut out = VecDeque::new();
    for number in 0..40u8 {
        let frame = pool.filled(|out| {
            out.extend_from_slice(&[0, 0, 0, 0, number + 1, number, 1, 0]);
            out.extend_from_slice(&60_000u16.to_ne_bytes());
            out.extend_from_slice(&[1; 60_000]);
        });
        assembler.unpack(NodeId(2), &frame, false, &mut out).expect("well packed");
    }
    let last = pool.filled(|out| out.extend_from_slice(&[0, 0, 0, 0, 0, 40, 1, 0, 1, 0, 9]));
    assembler.unpack(NodeId(2), &last, false, &mut out).expect("well packed");
    assert!(out.is_empty());
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(messages in prop::collection::vec((0usize..6000, any::<bool>()), 1..40), cut in 0usize..99) {
        let (mut sender, mut assembler, mut pool) = ready();
        let mut sent = Vec::new();
        for (index, &(size, token)) in messages.iter().enumerate() {
            let body: Vec<u8> = (0..size).map(|at| (at * 7 + index) as u8).collect();
            let (a, b) = body.split_at(cut.min(size));
            sender.push(&mut pool, Group::Services, Guarantee::Agreed, &[a, b]).expect("room");
            if token {
                sender.token_came();
            }
            sent.push(body);
        }
        let frames = frames(&mut sender);
        prop_assert!(frames.iter().all(|frame| frame.len() <= MTU));
        prop_assert_eq!(unpack(&mut assembler, &frames), sent);
    }

    #[test]
    fn garbage_is_refused_or_ignored(frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..64), 1..20), swapped: bool) {
        let (_, mut assembler, mut pool) = ready();
        let mut out = VecDeque::new();
        for frame in frames {
            let frame = pool.filled(|out| out.extend_from_slice(&frame));
            let _ = assembler.unpack(NodeId(2), &frame, swapped, &mut out);
        }
    }
}
