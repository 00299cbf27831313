//! The wire format, held against frames that corosync 3.1.7 sent.

use core_totem::wire::{self, BadFrame, Frame, Join, Mcast, Packet, RETRANSMIT_ENTRIES_MAX, Token};
use core_types::{NodeId, RingId};
use proptest::prelude::*;

/// Where a frame says who it is for; the reference leaves it as it was in memory where nobody reads it.
const TARGET: std::ops::Range<usize> = 9..13;

fn vectors() -> Vec<(&'static str, Vec<u8>)> {
    let lines = include_str!("vectors/frames.txt").lines().filter(|line| !line.starts_with('#'));
    let byte = |hex: &[u8]| u8::from_str_radix(std::str::from_utf8(hex).expect("text"), 16).expect("hex");
    lines
        .map(|line| {
            let (kind, hex) = line.split_once(' ').expect("kind and bytes");
            (kind, hex.as_bytes().chunks(2).map(byte).collect())
        })
        .collect()
}

fn encode(packet: &Packet, sender: NodeId, contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    match packet {
        Packet::Token(token) => wire::put_token(&mut out, sender, NodeId(0), token),
        Packet::Mcast(mcast) => {
            out.extend_from_slice(&wire::mcast_header(mcast));
            out.extend_from_slice(contents);
        }
        Packet::MergeDetect { from, ring } => wire::put_merge_detect(&mut out, *from, *ring),
        Packet::Join(join) => wire::put_join(&mut out, join),
        Packet::Commit(token) => wire::put_commit(&mut out, sender, NodeId(0), token),
        Packet::HoldCancel { ring } => wire::put_hold_cancel(&mut out, sender, *ring),
    }
    out
}

/// The frame as a machine of the other byte order sends it.
fn swap(kind: &str, frame: &[u8]) -> Vec<u8> {
    let (header, ring): (&[usize], &[usize]) = (&[2, 1, 1, 1, 4, 4], &[4, 8]);
    let fixed = match kind {
        "token" => [header, &[4; 4], ring, &[4; 4]].concat(),
        "mcast" => [header, &[4; 3], ring, &[4; 2]].concat(),
        "merge_detect" => [header, &[4], ring].concat(),
        "join" | "leave" => [header, &[4; 3], &[8]].concat(),
        "commit" => [header, &[4], ring, &[4; 3]].concat(),
        _ => [header, ring].concat(),
    };
    let members = if kind == "commit" { u32::from_ne_bytes(frame[37..41].try_into().expect("4")) as usize } else { 0 };
    let repeat: &[usize] = match kind {
        "token" => &[4, 8, 4],
        "join" | "leave" => &[4],
        "commit" => &[4, 8, 4, 4, 4],
        _ => &[1],
    };
    let widths = fixed.iter().chain([4; 400][..members].iter()).chain(repeat.iter().cycle());
    let (mut out, mut at) = (frame.to_vec(), 0);
    for &width in widths {
        if at + width > out.len() {
            break;
        }
        out[at..at + width].reverse();
        at += width;
    }
    out
}

#[test]
fn captured_frames_are_read_and_written_to_the_byte() {
    for (kind, mut frame) in vectors() {
        let read = wire::parse(&frame).expect(kind);
        assert!(!read.swapped);
        let sender = NodeId(u32::from_ne_bytes(frame[5..9].try_into().expect("4 bytes")));
        frame[TARGET].fill(0);
        assert_eq!(encode(&read.packet, sender, frame.get(wire::MCAST_HEADER..).unwrap_or(&[])), frame, "{kind}");
    }
}

#[test]
fn the_other_byte_order_means_the_same() {
    for (kind, frame) in vectors() {
        let read = wire::parse(&frame).expect(kind);
        let swapped = wire::parse(&swap(kind, &frame)).expect(kind);
        assert_eq!(swapped, Frame { swapped: true, ..read }, "{kind}");
    }
}

#[test]
fn captured_frames_mean_what_they_should() {
    let of = |kind: &str, index: usize| {
        let frame = vectors().into_iter().filter(|vector| vector.0 == kind).nth(index).expect(kind).1;
        wire::parse(&frame).expect(kind).packet
    };
    let ring = |representative, seq| RingId { representative: NodeId(representative), seq };
    let first = Token { aru: u32::MAX, aru_addr: NodeId(1), ring: ring(1, 9), ..Token::default() };
    assert_eq!(of("token", 0), Packet::Token(first));
    let Packet::Token(Token { seq: 0x3b, aru: 0x31, fcc: 2, backlog: 2, retransmit, .. }) = of("token", 2) else {
        panic!("another token");
    };
    assert_eq!(retransmit.iter().map(|item| (item.ring, item.seq)).collect::<Vec<_>>(), [(ring(1, 13), 0x32)]);
    let leave =
        Join { nodeid: NodeId(0), from: NodeId(1), procs: vec![NodeId(2)], failed: vec![NodeId(1)], ring_seq: 17 };
    assert_eq!(of("leave", 0), Packet::Join(leave));
    let Packet::Mcast(Mcast {
        seq: 0x01, nodeid: NodeId(2), from: NodeId(2), encapsulated: false, guarantee: 0, ..
    }) = of("mcast", 0)
    else {
        panic!("another multicast");
    };
    let Packet::Commit(commit) = of("commit", 1) else { panic!("no commit token") };
    assert_eq!((commit.members, commit.memb_index), (vec![NodeId(1), NodeId(2), NodeId(3)], 3));
    assert!(commit.entries.iter().all(|entry| entry.received && entry.aru == entry.high_delivered));
}

#[test]
fn every_cut_and_every_lie_is_noticed() {
    for (kind, frame) in vectors() {
        let needed = if kind == "mcast" { wire::MCAST_HEADER } else { frame.len() };
        for end in 0..needed {
            assert!(wire::parse(&frame[..end]).is_err(), "{kind} cut at {end}");
        }
    }
    let count_at = [("token", 53), ("join", 17), ("join", 21), ("commit", 37), ("commit", 33)];
    for (kind, at) in count_at {
        let (_, frame) = vectors().into_iter().find(|vector| vector.0 == kind).expect(kind);
        for lie in [RETRANSMIT_ENTRIES_MAX as u32 + 1, 385, 1 << 31, u32::MAX, u32::MAX - 1] {
            let mut frame = frame.clone();
            frame[at..at + 4].copy_from_slice(&lie.to_ne_bytes());
            assert!(wire::parse(&frame).is_err(), "{kind} with {lie} at {at}");
        }
    }
    let mut frame = vectors().remove(0).1;
    frame[3] = 6;
    assert_eq!(wire::parse(&frame), Err(BadFrame::Type(6)));
    frame[2] = 2;
    assert_eq!(wire::parse(&frame), Err(BadFrame::Version(2)));
    frame[0] = 1;
    assert_eq!(wire::parse(&frame), Err(BadFrame::Magic));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..300), kind in 0u8..7, big: bool) {
        if let Some(header) = bytes.get_mut(..4) {
            header.copy_from_slice(&if big { [0xc0, 0x70, 3, kind] } else { [0x70, 0xc0, 3, kind] });
        }
        let _ = wire::parse(&bytes);
    }
}
