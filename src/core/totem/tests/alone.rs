//! A ring of one, through the real state machine.

use core_totem::{Action, Config, Configuration, Delivery, Group, Refused, State, Totem};
use core_types::{Guarantee, MESSAGE_SIZE_MAX, MILLIS, Nanos, NodeId, RingId};

const ME: NodeId = NodeId(7);

/// Runs until nothing is left to do; no token may leave the machine.
fn drain(totem: &mut Totem, now: Nanos) -> Vec<Action> {
    let mut actions = Vec::new();
    while let Some(action) = totem.next_action(now) {
        assert!(!matches!(action, Action::SendToken { .. }), "a token to oneself left the machine");
        assert!(actions.len() < 100_000, "the token goes round for ever");
        match action {
            Action::Log { .. } => {}
            action => actions.push(action),
        }
    }
    actions
}

fn formed(ring_seq: u64) -> (Totem, Vec<Action>) {
    let mut totem = Totem::new(Config { ring_seq, ..Config::new(ME) }, 0);
    totem.start(0);
    let actions = drain(&mut totem, 0);
    (totem, actions)
}

fn deliveries(actions: Vec<Action>) -> Vec<Delivery> {
    actions
        .into_iter()
        .filter_map(|action| match action {
            Action::Deliver(delivery) => Some(delivery),
            _ => None,
        })
        .collect()
}

#[test]
fn it_forms_at_once_and_its_id_is_stored_before_it_is_used() {
    let (mut totem, actions) = formed(40);
    let ring = RingId { representative: ME, seq: 45 };
    let empty = Configuration { ring, members: vec![], left: vec![], joined: vec![], transitional: true };
    let regular = Configuration { members: vec![ME], joined: vec![ME], transitional: false, ..empty.clone() };
    assert_eq!(
        actions.into_iter().filter(|action| !matches!(action, Action::Multicast { .. })).collect::<Vec<_>>(),
        [Action::StoreRingId(ring), Action::Configuration(empty), Action::Configuration(regular)]
    );
    assert_eq!((totem.state(), totem.ring(), totem.members()), (State::Operational, ring, &[ME][..]));
    assert_eq!(totem.srp_stats().operational_entered, 1);
}

#[test]
fn it_stays_formed_and_sleeps_while_idle() {
    let (mut totem, _) = formed(0);
    let (mut wakes, mut now) = (0, 0);
    while now < 60_000 * MILLIS {
        now = totem.next_timeout().expect("a timer is always armed");
        totem.handle_timeout(now);
        for action in drain(&mut totem, now) {
            assert!(matches!(action, Action::Multicast { .. }), "{action:?}");
        }
        wakes += 1;
    }
    assert_eq!(totem.srp_stats().gather_entered, 1);
    assert!(wakes < 60 * 10, "{wakes} wakes in a minute");
}

#[test]
fn messages_come_back_in_order_and_whole() {
    let (mut totem, _) = formed(0);
    totem.synced(0);
    let sizes = [0, 1, 64, 320, 65_300, 65_450, 70_000, 3, 200_000, MESSAGE_SIZE_MAX - 1, 5, MESSAGE_SIZE_MAX];
    for (index, size) in sizes.into_iter().enumerate() {
        let body: Vec<u8> = (0..size).map(|at| (at * 31 + index) as u8).collect();
        let (head, tail) = body.split_at(size / 3);
        totem.multicast(0, Group::Services, Guarantee::Agreed, &[head, &[], tail]).expect("room");
        if index % 3 == 0 {
            let got = deliveries(drain(&mut totem, 0));
            check(&got, &sizes[index.saturating_sub(2)..=index], index.saturating_sub(2));
        }
    }
    let got = deliveries(drain(&mut totem, 0));
    check(&got, &sizes[10..], 10);
}

fn check(got: &[Delivery], sizes: &[usize], first: usize) {
    assert_eq!(got.iter().map(|delivery| delivery.message.len()).collect::<Vec<_>>(), sizes);
    for (index, delivery) in got.iter().enumerate() {
        assert_eq!((delivery.from, delivery.group, delivery.swapped), (ME, Group::Services, false));
        let wrong = delivery.message.iter().enumerate().find(|&(at, &byte)| byte != (at * 31 + first + index) as u8);
        assert_eq!(wrong, None);
    }
}

#[test]
fn small_messages_share_a_frame() {
    let (mut totem, _) = formed(0);
    totem.synced(0);
    for _ in 0..500 {
        totem.multicast(0, Group::Services, Guarantee::Agreed, &[&[1; 100]]).expect("room");
    }
    let actions = drain(&mut totem, 0);
    let frames = actions.iter().filter(|action| matches!(action, Action::Multicast { .. })).count();
    assert_eq!((frames, deliveries(actions).len()), (1, 500));
}

#[test]
fn a_full_queue_refuses_and_loses_nothing() {
    let (mut totem, _) = formed(0);
    totem.synced(0);
    let message = vec![9; 100_000];
    let mut taken = 0;
    let refused = loop {
        let room = totem.room(message.len());
        match totem.multicast(0, Group::Services, Guarantee::Agreed, &[&message]) {
            Ok(()) => assert!(room),
            Err(refused) => break (room, refused),
        }
        taken += 1;
    };
    assert_eq!(refused, (false, Refused::TryAgain));
    assert!((20..60).contains(&taken), "{taken}");
    assert_eq!(deliveries(drain(&mut totem, 0)).len(), taken);
    assert!(totem.room(message.len()));
    let big = vec![0; MESSAGE_SIZE_MAX + 1];
    assert_eq!(totem.multicast(0, Group::Services, Guarantee::Agreed, &[&big]), Err(Refused::TooBig));
}

#[test]
fn during_sync_only_sync_overtakes() {
    let (mut totem, _) = formed(0);
    totem.synced(0);
    totem.multicast(0, Group::Services, Guarantee::Agreed, &[b"before"]).expect("room");
    totem.force_gather(0);
    let mut seen = Vec::new();
    while let Some(action) = totem.next_action(0) {
        match action {
            Action::Configuration(configuration) if !configuration.transitional => {
                totem.multicast(0, Group::Sync, Guarantee::Agreed, &[b"barrier"]).expect("room");
            }
            Action::Deliver(delivery) => {
                if delivery.group == Group::Sync {
                    totem.synced(0);
                    totem.notify_token(0);
                }
                seen.push(delivery.message.to_vec());
            }
            Action::TokenSent => seen.push(b"token".to_vec()),
            _ => {}
        }
    }
    assert_eq!(seen, [b"barrier".to_vec(), b"before".to_vec(), b"token".to_vec()]);
}
