//! A ring of totem machines on a perfect network with a virtual clock, and what strangers do to it.

use crate::mutate::edges;
use crate::records::{self, Record};
use core_totem::wire::{self, Kind, MCAST_HEADER};
use core_totem::{Action, Config, Group, State, Totem};
use core_types::{Guarantee, MILLIS, Nanos, NodeId};

/// The steps' numbers.
pub mod step {
    /// `arg` milliseconds pass.
    pub const PASS: u8 = 0;
    /// Frame number `arg` of those seen comes to node `who` again, changed by `[offset u16, edge, width]` each.
    pub const REPLAY: u8 = 1;
    /// The bytes come to node `who` as a frame.
    pub const FRAME: u8 = 2;
    /// Node `who` sends a message of `arg` bytes.
    pub const SEND: u8 = 3;
    /// Node `who` starts anew, with what it stored.
    pub const RESTART: u8 = 4;
    /// Node `who` neither sends nor receives, or does again.
    pub const CUT: u8 = 5;
    /// The packed contents of the next multicast frame of node `who`, in either byte order (`arg` not 0: the other).
    pub const PACKED: u8 = 6;
    /// Node `who` is told that the token is lost.
    pub const GATHER: u8 = 7;
    /// How many kinds there are.
    pub const COUNT: u8 = 8;
}

const NODES: usize = 3;
/// Most actions that one input may cause: a full queue's worth of frames and messages is far below.
const ACTIONS_MAX: usize = 50_000;
/// Frames remembered, to come again.
const SEEN_MAX: usize = 400;
/// Longest wait in a step, and all of them together, in milliseconds.
const PASS_MAX: u64 = 300;
const PASSES_MAX: u64 = 1500;
/// Until then the ring must stand again, in milliseconds.
const RECOVERY_MAX: u64 = 8000;

struct Node {
    totem: Totem,
    ring_seq: u64,
    cut: bool,
    packed: Option<(Vec<u8>, bool)>,
}

struct Ring {
    now: Nanos,
    nodes: Vec<Node>,
    seen: Vec<Vec<u8>>,
}

fn totem(index: usize, ring_seq: u64, now: Nanos) -> Totem {
    let id = NodeId(index as u32 + 1);
    let timers = Config { token: 100, token_retransmit: 23, hold: 8, consensus: 120, merge: 50, ..Config::new(id) };
    // a token that tells of messages which nobody sent is got rid of by this only, as in the reference
    let timers = Config { fail_recv_const: 100, ..timers };
    let mut totem = Totem::new(Config { mtu: 1472, ring_seq, ..timers }, now);
    totem.start(now);
    totem
}

/// Runs a stream of steps against a ring that stands, and sees that it stands again afterwards.
pub fn run(input: &[u8]) {
    let mut ring = Ring::formed();
    let mut passed = 0;
    for record in records::read(input) {
        let millis = ring.step(&record).min(PASSES_MAX - passed);
        passed += millis;
        ring.run(millis);
    }
    ring.nodes.iter_mut().for_each(|node| node.cut = false);
    for _ in 0..RECOVERY_MAX / 100 {
        if ring.stands() {
            return;
        }
        ring.run(100);
    }
    assert!(ring.stands(), "no ring {RECOVERY_MAX} ms after the last nonsense: {}", ring.describe());
}

impl Ring {
    fn formed() -> Ring {
        let node = |index| Node { totem: totem(index, 0, 0), ring_seq: 0, cut: false, packed: None };
        let mut ring = Ring { now: 0, nodes: (0..NODES).map(node).collect(), seen: Vec::new() };
        for _ in 0..400 {
            ring.run(1);
            if ring.stands() {
                break;
            }
        }
        assert!(ring.stands(), "the ring forms");
        ring
    }

    fn stands(&self) -> bool {
        let first = self.nodes[0].totem.ring();
        let stands = |node: &Node| {
            node.totem.state() == State::Operational
                && node.totem.members().len() == NODES
                && node.totem.ring() == first
        };
        self.nodes.iter().all(stands)
    }

    fn describe(&self) -> String {
        let one = |node: &Node| format!("{:?} {:?} {}", node.totem.state(), node.totem.members(), node.totem.ring());
        self.nodes.iter().map(one).collect::<Vec<_>>().join("; ")
    }

    /// Gives how many milliseconds are to pass.
    fn step(&mut self, record: &Record<'_>) -> u64 {
        let (index, now) = (usize::from(record.who) % NODES, self.now);
        let node = &mut self.nodes[index];
        match record.kind % step::COUNT {
            step::PASS => return u64::from(record.arg).min(PASS_MAX),
            step::REPLAY => {
                let Some(at) = usize::from(record.arg).checked_rem(self.seen.len()) else { return 0 };
                let mut frame = self.seen[at].clone();
                edges(&mut frame, record.bytes);
                node.totem.handle_frame(now, &frame);
            }
            step::FRAME => node.totem.handle_frame(now, record.bytes),
            step::SEND => {
                let guarantee = if record.bytes.is_empty() { Guarantee::Agreed } else { Guarantee::Safe };
                let message = vec![index as u8; usize::from(record.arg)];
                let _full = node.totem.multicast(now, Group::Services, guarantee, &[&message]);
            }
            step::RESTART => node.totem = totem(index, node.ring_seq, now),
            step::CUT => node.cut = !node.cut,
            step::PACKED => {
                node.packed = Some((record.bytes.to_vec(), record.arg != 0));
                let _full = node.totem.multicast(now, Group::Services, Guarantee::Agreed, &[b"in its place"]);
            }
            _ => node.totem.force_gather(now),
        }
        self.exchange(1);
        1
    }

    fn run(&mut self, millis: u64) {
        for _ in 0..millis {
            self.now += MILLIS;
            for node in &mut self.nodes {
                node.totem.handle_timeout(self.now);
            }
            self.exchange(3);
        }
    }

    /// Carries out everybody's actions that many times.
    fn exchange(&mut self, rounds: usize) {
        for index in (0..rounds).flat_map(|_| 0..NODES) {
            let mut actions = 0;
            while let Some(action) = self.nodes[index].totem.next_action(self.now) {
                actions += 1;
                assert!(actions < ACTIONS_MAX, "one input causes endless actions");
                match action {
                    Action::SendToken { to, frame } => self.send(index, &frame, |other| other + 1 == to.0 as usize),
                    Action::Multicast { frame } => {
                        let packed = if is_mcast(&frame) { self.nodes[index].packed.take() } else { None };
                        match packed {
                            Some((contents, swapped)) => {
                                self.send(index, &repacked(&frame, &contents, swapped), |_| true);
                            }
                            None => self.send(index, &frame, |_| true),
                        }
                    }
                    Action::Configuration(configuration) if !configuration.transitional => {
                        self.nodes[index].totem.synced(self.now);
                    }
                    Action::StoreRingId(ring) => self.nodes[index].ring_seq = ring.seq,
                    _ => {}
                }
            }
        }
    }

    fn send(&mut self, from: usize, frame: &[u8], to: impl Fn(usize) -> bool) {
        if self.nodes[from].cut {
            return;
        }
        if self.seen.len() < SEEN_MAX {
            self.seen.push(frame.to_vec());
        }
        for index in (0..NODES).filter(|&index| index != from && to(index)) {
            if !self.nodes[index].cut {
                self.nodes[index].totem.handle_frame(self.now, frame);
            }
        }
    }
}

fn is_mcast(frame: &[u8]) -> bool {
    frame.len() >= MCAST_HEADER && frame[3] == Kind::Mcast as u8
}

/// A multicast frame with other contents, of the other byte order if wanted.
fn repacked(frame: &[u8], contents: &[u8], swapped: bool) -> Vec<u8> {
    /// The fields of a multicast's header, in bytes.
    const FIELDS: [usize; 13] = [2, 1, 1, 1, 4, 4, 4, 4, 4, 4, 8, 4, 4];
    let mut head = frame[..MCAST_HEADER].to_vec();
    if swapped {
        let mut at = 0;
        for width in FIELDS {
            head[at..at + width].reverse();
            at += width;
        }
        debug_assert_eq!(at, MCAST_HEADER);
    }
    head.extend_from_slice(contents);
    head
}

/// A single frame: read or refused, and what is read is written again as it was.
pub fn frame(input: &[u8]) {
    let Ok(read) = wire::parse(input) else { return };
    let sender = input.get(5..9).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_ne_bytes);
    let sender = NodeId(if read.swapped { sender.swap_bytes() } else { sender });
    let mut out = Vec::new();
    match &read.packet {
        wire::Packet::Token(token) => wire::put_token(&mut out, sender, NodeId(0), token),
        wire::Packet::Mcast(mcast) => out.extend_from_slice(&wire::mcast_header(mcast)),
        wire::Packet::MergeDetect { from, ring } => wire::put_merge_detect(&mut out, *from, *ring),
        wire::Packet::Join(join) => wire::put_join(&mut out, join),
        wire::Packet::Commit(token) => wire::put_commit(&mut out, sender, NodeId(0), token),
        wire::Packet::HoldCancel { ring } => wire::put_hold_cancel(&mut out, sender, *ring),
    }
    let again = wire::parse(&out).expect("what was read can be written");
    assert_eq!(again.packet, read.packet, "what was read is written as it was");
}

/// The frames of a ring that forms, carries messages, loses a node and gets it back: what corpora start from.
pub fn true_frames() -> Vec<Vec<u8>> {
    let mut ring = Ring::formed();
    let step = |kind, who, arg| Record { kind, who, arg, bytes: b"" };
    for record in [
        step(step::SEND, 0, 100),
        step(step::SEND, 1, 4000),
        step(step::PASS, 0, 20),
        step(step::CUT, 2, 0),
        step(step::SEND, 0, 900),
        step(step::PASS, 0, 300),
        step(step::CUT, 2, 0),
        step(step::SEND, 2, 10),
        step(step::PASS, 0, 300),
    ] {
        let millis = ring.step(&record);
        ring.run(millis);
    }
    ring.seen
}
