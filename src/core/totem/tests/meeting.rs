//! Nodes that meet: as little waiting as the protocol allows.

use core_totem::wire::{Join, put_join};
use core_totem::{Action, Config, State, Totem};
use core_types::{MILLIS, Nanos, NodeId};

/// Everything to be done now.
fn drain(totem: &mut Totem, now: Nanos) -> Vec<Action> {
    std::iter::from_fn(|| totem.next_action(now)).collect()
}

/// A lonely ring.
fn alone() -> Totem {
    let mut totem = Totem::new(Config::new(NodeId(1)), 0);
    totem.start(0);
    drain(&mut totem, 0);
    totem.synced(0);
    assert_eq!(totem.state(), State::Operational);
    totem
}

/// Node 2 says that it knows these.
fn hears_join(totem: &mut Totem, now: Nanos, procs: &[u32]) -> Vec<Action> {
    let procs = procs.iter().copied().map(NodeId).collect();
    let join = Join { nodeid: NodeId(2), from: NodeId(2), procs, failed: Vec::new(), ring_seq: 0 };
    let mut frame = Vec::new();
    put_join(&mut frame, &join);
    totem.handle_frame(now, &frame);
    drain(totem, now)
}

fn tokens(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::SendToken { to: NodeId(2), .. })).count()
}

/// Two who agreed on a ring of two.
fn committed() -> Totem {
    let mut totem = alone();
    hears_join(&mut totem, MILLIS, &[1, 2]);
    let actions = hears_join(&mut totem, MILLIS, &[1, 2]);
    assert_eq!((totem.state(), tokens(&actions)), (State::Commit, 1));
    totem
}

#[test]
fn who_has_heard_of_others_since_is_not_waited_for() {
    let mut totem = committed();
    hears_join(&mut totem, 2 * MILLIS, &[1, 2]);
    assert_eq!(totem.state(), State::Commit, "an old join says nothing new");
    hears_join(&mut totem, 3 * MILLIS, &[1, 2, 3]);
    assert_eq!(totem.state(), State::Gather);
}

#[test]
fn a_commit_token_comes_again_as_often_as_a_join() {
    let mut totem = committed();
    let config = Config::new(NodeId(1));
    assert!(config.join < config.token_retransmit);
    for times in 1..=3 {
        let now = MILLIS + Nanos::from(config.join) * MILLIS * times;
        totem.handle_timeout(now);
        assert_eq!((totem.state(), tokens(&drain(&mut totem, now))), (State::Commit, 1));
    }
}

#[test]
fn a_ring_shows_itself_to_nodes_that_appear() {
    let shows =
        |actions: Vec<Action>| actions.iter().filter(|action| matches!(action, Action::Multicast { .. })).count();
    let mut totem = alone();
    totem.nodes_appeared(MILLIS);
    assert_eq!(shows(drain(&mut totem, MILLIS)), 1);
    hears_join(&mut totem, MILLIS, &[1, 2, 3]);
    assert_eq!(totem.state(), State::Gather);
    totem.nodes_appeared(2 * MILLIS);
    assert_eq!(shows(drain(&mut totem, 2 * MILLIS)), 0, "who gathers says so anyway");
}
