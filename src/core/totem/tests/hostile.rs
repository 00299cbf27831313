//! Frames that nobody should send: whatever comes, nothing panics, nothing grows without bound, nothing loops.

use core_totem::{Action, Config, Group, State, Totem};
use core_types::{Guarantee, MILLIS, Nanos, NodeId};
use proptest::prelude::*;

const NODES: u32 = 3;
/// Most actions that one input may cause here: a full queue's worth of frames and messages is far below.
const ACTIONS_MAX: usize = 50_000;

/// Some nodes on a perfect network, and everything they ever sent.
struct Ring {
    now: Nanos,
    nodes: Vec<Totem>,
    seen: Vec<Vec<u8>>,
}

impl Ring {
    fn formed(nodes: u32) -> Self {
        let node = |id| Totem::new(Config { mtu: 1472, token: 100, consensus: 120, ..Config::new(NodeId(id)) }, 0);
        let mut ring = Ring { now: 0, nodes: (1..=nodes).map(node).collect(), seen: Vec::new() };
        for index in 0..ring.nodes.len() {
            ring.nodes[index].start(0);
        }
        ring.run(400);
        assert!(ring.nodes.iter().all(|node| node.members().len() == nodes as usize), "the ring forms");
        ring
    }

    fn run(&mut self, ms: u64) {
        for _ in 0..ms {
            self.now += MILLIS;
            for index in 0..self.nodes.len() {
                self.nodes[index].handle_timeout(self.now);
            }
            self.exchange(4);
        }
    }

    /// Carries out everybody's actions that many times.
    fn exchange(&mut self, rounds: usize) {
        for _ in 0..rounds {
            for index in 0..self.nodes.len() {
                let mut actions = 0;
                while let Some(action) = self.nodes[index].next_action(self.now) {
                    actions += 1;
                    assert!(actions < ACTIONS_MAX, "one input causes endless actions");
                    match action {
                        Action::SendToken { to, frame } => self.send(&frame, |other| other == to.0 as usize - 1),
                        Action::Multicast { frame, .. } => self.send(&frame, |other| other != index),
                        Action::Configuration(configuration) if !configuration.transitional => {
                            self.nodes[index].synced(self.now);
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    fn send(&mut self, frame: &[u8], to: impl Fn(usize) -> bool) {
        if self.seen.len() < 2000 {
            self.seen.push(frame.to_vec());
        }
        for index in (0..self.nodes.len()).filter(|&index| to(index)) {
            self.nodes[index].handle_frame(self.now, frame);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// True frames with some bytes changed, old frames, all at any time.
    #[test]
    fn damaged_and_old_frames(
        damage in prop::collection::vec((any::<prop::sample::Index>(), 0usize..3, any::<[(prop::sample::Index, u8); 3]>(), 0u8..40, any::<bool>()), 1..200),
    ) {
        let mut ring = Ring::formed(NODES);
        for (pick, node, changes, wait, whole) in damage {
            let mut frame = pick.get(&ring.seen).clone();
            if !whole {
                for (at, byte) in changes {
                    // The first four bytes say what it is; frames that lie there are refused at once.
                    let at = 4 + at.index(frame.len() - 4);
                    frame[at] = byte;
                }
            }
            ring.nodes[node].handle_frame(ring.now, &frame);
            let _ = ring.nodes[node].multicast(ring.now, Group::Services, Guarantee::Agreed, &[&[1; 3000]]);
            ring.run(u64::from(wait) / 10);
        }
        ring.run(30);
    }
}

#[test]
fn a_stranger_s_join_cannot_make_the_lists_overflow() {
    let mut ring = Ring::formed(NODES);
    for chunk in 0..10u32 {
        let procs = (0..380).map(|id| NodeId(1000 + chunk * 380 + id)).collect::<Vec<_>>();
        let join =
            core_totem::wire::Join { nodeid: NodeId(9), from: NodeId(9), failed: procs.clone(), procs, ring_seq: 5 };
        let mut frame = Vec::new();
        core_totem::wire::put_join(&mut frame, &join);
        ring.nodes[0].handle_frame(ring.now, &frame);
    }
    let mut joins = 0;
    while let Some(action) = ring.nodes[0].next_action(ring.now) {
        if let Action::Multicast { frame } = action {
            joins += 1;
            assert!(frame.len() <= 33 + 4 * 2 * 384, "{}", frame.len());
        }
    }
    assert!(joins > 0);
}

/// Two nodes that gave up different others would answer each other without end.
#[test]
fn a_join_that_teaches_nothing_is_not_answered() {
    let mut totem = Totem::new(Config::new(NodeId(1)), 0);
    totem.start(0);
    while totem.next_action(0).is_some() {}
    let procs = vec![NodeId(1), NodeId(2), NodeId(3)];
    let join =
        core_totem::wire::Join { nodeid: NodeId(2), from: NodeId(2), procs, failed: vec![NodeId(3)], ring_seq: 8 };
    let mut frame = Vec::new();
    core_totem::wire::put_join(&mut frame, &join);
    let mut answers = Vec::new();
    for _ in 0..5 {
        totem.handle_frame(MILLIS, &frame);
        let actions = std::iter::from_fn(|| totem.next_action(MILLIS));
        answers.push(actions.filter(|action| matches!(action, Action::Multicast { .. })).count());
    }
    assert_eq!(answers, [1, 0, 0, 0, 0]);
}

#[test]
fn an_own_goodbye_that_comes_back_is_not_believed() {
    let mut ring = Ring::formed(NODES);
    let join = core_totem::wire::Join {
        nodeid: NodeId(1),
        from: NodeId(1),
        procs: Vec::new(),
        failed: vec![NodeId(1)],
        ring_seq: ring.nodes[0].ring().seq,
    };
    let mut frame = Vec::new();
    core_totem::wire::put_join(&mut frame, &join);
    ring.nodes[0].force_gather(ring.now);
    ring.nodes[0].handle_frame(ring.now, &frame);
    ring.run(1000);
    assert!(ring.nodes.iter().all(|node| node.state() == State::Operational && node.members().len() == 3));
}

#[test]
fn after_nonsense_stops_the_ring_forms_again() {
    let mut ring = Ring::formed(NODES);
    for seq in [u64::MAX, 1 << 62, 1 << 41, 1 << 40, 1 << 39] {
        let join = core_totem::wire::Join {
            nodeid: NodeId(2),
            from: NodeId(2),
            procs: vec![NodeId(1), NodeId(2)],
            failed: vec![NodeId(3)],
            ring_seq: seq,
        };
        let mut frame = Vec::new();
        core_totem::wire::put_join(&mut frame, &join);
        for node in &mut ring.nodes {
            node.handle_frame(ring.now, &frame);
        }
    }
    ring.run(2000);
    assert!(ring.nodes.iter().all(|node| node.state() == State::Operational && node.members().len() == 3));
}

/// Hands a ring's node a frame and carries out what comes of it, at once; the state it is in then.
fn told(ring: &mut Ring, node: usize, frame: &[u8]) -> State {
    ring.nodes[node].handle_frame(ring.now, frame);
    while ring.nodes[node].next_action(ring.now).is_some() {}
    ring.nodes[node].state()
}

#[test]
fn the_last_but_one_s_goodbye_makes_a_lonely_ring_at_once() {
    let mut ring = Ring::formed(2);
    ring.nodes[1].leave(ring.now);
    let goodbye = std::iter::from_fn(|| ring.nodes[1].next_action(ring.now));
    let mut goodbye =
        goodbye.filter_map(|action| if let Action::Multicast { frame } = action { Some(frame) } else { None });
    let frame = goodbye.next().expect("a goodbye").to_vec();
    drop(goodbye);
    assert_eq!(told(&mut ring, 0, &frame), State::Operational);
    assert_eq!(ring.nodes[0].members(), [NodeId(1)]);
}

/// Two nodes that gave each other up would answer each other with lonely rings without end.
#[test]
fn who_is_given_up_waits_before_it_is_alone() {
    let mut ring = Ring::formed(2);
    ring.nodes[0].force_gather(ring.now);
    let (me, other) = (NodeId(1), NodeId(2));
    let ring_seq = ring.nodes[0].ring().seq;
    let join =
        core_totem::wire::Join { nodeid: other, from: other, procs: vec![me, other], failed: vec![me], ring_seq };
    let mut frame = Vec::new();
    core_totem::wire::put_join(&mut frame, &join);
    assert_eq!(told(&mut ring, 0, &frame), State::Gather);
    ring.now += 50 * MILLIS;
    ring.nodes[0].handle_timeout(ring.now);
    while ring.nodes[0].next_action(ring.now).is_some() {}
    assert_eq!((ring.nodes[0].state(), ring.nodes[0].members()), (State::Operational, &[me][..]));
}
