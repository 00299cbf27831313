//! The judge: what extended virtual synchrony, process groups and quorum promise, told from what all witnesses
//! wrote down, and from nothing else.
//!
//! Letters are those of the promises: T1 delivered is what was sent; T2 once; T3 also to its sender; T4 in its
//! sender's order and without gaps; T5 after what its sender knew; T6 in one order everywhere; T7 a ring's id says
//! its members, and rises; T8 who goes from ring to ring together was told the same in between; T11 a group's changes
//! are messages among messages, and a sender is a member; Q1 only a majority is quorate, and each one is.

use super::log::{Body, Change, Event, Process, Ring};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// Why a process left: its node did (`CPG_REASON_NODEDOWN`).
const NODE_DOWN: u32 = 3;

/// A message: its sender and its number, counted over all the sender's connections.
type Message = (Process, u64);

/// One witness, alive or not, and all it wrote.
#[derive(Debug, Clone)]
pub struct Witness<'a> {
    /// Its host's node id.
    pub node: u32,
    /// Whether it lives and everything it sent had the time to arrive.
    pub settled: bool,
    /// Its daemon tells a group of every member that was away. The reference's forgets to when a sync was interrupted.
    pub tells_leaves: bool,
    /// Its log.
    pub events: &'a [Event],
}

/// What a member was told, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    Message(Message),
    Group(Change),
}

/// What one connection was told within one ring.
#[derive(Debug)]
struct Epoch {
    ring: Ring,
    /// The ring before it, on this connection.
    previous: Option<Ring>,
    told: Vec<Told>,
    /// The ring after it; the ring itself when it was settled in it, and nothing when the connection ended.
    next: Option<Ring>,
    /// It joined or left while the ring was in force: it knows only a part.
    part: bool,
}

/// Finds broken promises. `votes` is how many nodes the cluster has, a vote each.
#[must_use]
pub fn broken(witnesses: &[Witness], votes: usize) -> Vec<String> {
    let mut judge = Judge::default();
    witnesses.iter().for_each(|witness| judge.collect(witness));
    witnesses.iter().for_each(|witness| judge.follow(witness, votes));
    judge.one_order();
    judge.causal_order();
    judge.same_between_rings();
    judge.broken
}

#[derive(Debug, Default)]
struct Judge {
    broken: Vec<String>,
    /// What was about to be sent, and whether it was accepted.
    sent: BTreeMap<Process, BTreeMap<u64, (Body, bool)>>,
    /// What a message's sender was told last before it began to send.
    after: BTreeMap<Message, Message>,
    /// The ring in which its sender began to send a message.
    sent_in: BTreeMap<Message, Ring>,
    /// A sender, who it was told joined, and its first message that it was not told itself by then.
    joined: BTreeSet<(Process, Process, u64)>,
    /// The least number that a sender can be heard of in a ring: all before it was delivered to itself in earlier ones.
    heard_from: BTreeMap<(Process, Ring), u64>,
    rings: BTreeMap<Ring, Vec<u32>>,
    /// All that was delivered to a process, in order.
    delivered: BTreeMap<Process, Vec<Message>>,
    epochs: Vec<(Process, Epoch)>,
    /// The last ring each node was told.
    last_ring: BTreeMap<u32, Ring>,
}

/// One witness's state while its log is read.
#[derive(Debug, Default)]
struct State {
    me: Option<Process>,
    tells_leaves: bool,
    members: Vec<Process>,
    /// The last number from each sender, and whether it stayed a member since.
    last: BTreeMap<Process, (u64, bool)>,
    epoch: Option<Epoch>,
    /// Accepted on this connection and not delivered here yet.
    own: BTreeSet<u64>,
    leaving: bool,
}

impl Judge {
    fn say(&mut self, words: String) {
        self.broken.push(words);
    }

    /// What a witness sent, and which rings it saw.
    fn collect(&mut self, witness: &Witness) {
        let mut me = None;
        // The first number that was not delivered to its sender yet.
        let mut waiting = 1;
        for event in witness.events {
            match (event, me) {
                (Event::Joining(process), _) => me = Some(*process),
                (Event::About(number, body), Some(me)) => {
                    self.sent.entry(me).or_default().insert(*number, (*body, false));
                }
                (Event::Delivered(from, tag, body), Some(me)) if *from == me => {
                    waiting = self.number(me, waiting, *tag, *body).map_or(waiting, |number| number + 1);
                }
                (Event::Accepted(number), Some(me)) => {
                    if let Some(sent) = self.sent.entry(me).or_default().get_mut(number) {
                        sent.1 = true;
                    }
                }
                (Event::Ring(ring, nodes), me) => {
                    self.ring(witness.node, *ring, nodes);
                    if let Some(me) = me {
                        self.heard_from.entry((me, *ring)).or_insert(waiting);
                    }
                }
                (Event::Group(change), Some(me)) => {
                    self.joined.extend(change.joined.iter().map(|(who, _)| (me, *who, waiting)));
                }
                (Event::Quorum(quorum), _) => self.ring(witness.node, quorum.ring, &quorum.nodes),
                _ => {}
            }
        }
    }

    /// T7: the same id, the same members.
    fn ring(&mut self, node: u32, ring: Ring, nodes: &[u32]) {
        let known = self.rings.entry(ring).or_insert_with(|| nodes.to_vec()).clone();
        if known != nodes {
            self.say(format!("T7: ring {ring} is {nodes:?} for node {node} and {known:?} for another"));
        }
        if !nodes.contains(&node) {
            self.say(format!("T7: node {node} is not in its own ring {ring} {nodes:?}"));
        }
    }

    /// Follows one log from its beginning to its end.
    fn follow(&mut self, witness: &Witness, votes: usize) {
        let mut state = State { tells_leaves: witness.tells_leaves, ..State::default() };
        let mut last_told = None;
        for event in witness.events {
            match event {
                Event::Joining(process) => {
                    state.me = Some(*process);
                    state.leaving = false;
                }
                Event::Lost => self.connection_ends(&mut state, false),
                Event::About(number, _) => {
                    if let (Some(me), Some(told)) = (state.me, last_told) {
                        self.after.insert((me, *number), told);
                    }
                    if let (Some(me), Some(epoch)) = (state.me, &state.epoch) {
                        self.sent_in.insert((me, *number), epoch.ring);
                    }
                }
                Event::Accepted(number) => {
                    state.own.insert(*number);
                }
                Event::Delivered(from, tag, body) => {
                    if let Some(message) = self.deliver(&mut state, *from, *tag, *body) {
                        last_told = Some(message);
                    }
                }
                Event::Leaving => state.leaving = true,
                Event::Group(change) => self.group(&mut state, change),
                Event::Ring(ring, _) => self.enter(&mut state, witness.node, *ring),
                Event::Quorum(quorum) if quorum.quorate != (quorum.nodes.len() * 2 > votes) => {
                    let State { me, .. } = &state;
                    self.say(format!("Q1: {me:?} was told quorate {} in {:?}", quorum.quorate, quorum.nodes));
                }
                Event::Refused(_) | Event::Quorum(_) | Event::Votes(..) => {}
            }
        }
        self.connection_ends(&mut state, witness.settled);
    }

    /// A message is delivered: T1, T2, T4, T11.
    fn deliver(&mut self, state: &mut State, from: Process, tag: u64, body: Body) -> Option<Message> {
        let me = state.me?;
        let (last, stayed) = state.last.get(&from).copied().unwrap_or((0, false));
        let ring = state.epoch.as_ref().map(|epoch| epoch.ring);
        let least = ring.and_then(|ring| self.heard_from.get(&(from, ring))).map_or(0, |number| *number);
        let Some(number) = self.number(from, least.max(last + 1), tag, body) else {
            let known = self.number(from, 1, tag, body);
            self.say(match known {
                Some(number) => format!("T2: {me} got {from} {number} again or late, after {last}"),
                None => format!("T1: {me} got {tag} ({body:?}) from {from}, which sent no such thing"),
            });
            return None;
        };
        let accepted = |sent: &BTreeMap<u64, (Body, bool)>| {
            let between = sent.range(last + 1..number).filter(|(_, (_, accepted))| *accepted);
            between.map(|(number, _)| *number).find(|missed| !self.away(state, from, *missed, number))
        };
        if let Some(missed) = self.sent.get(&from).and_then(accepted).filter(|_| stayed) {
            self.say(format!("T4: {me} got {from} {number} after {last} and never {missed}"));
        }
        if state.leaving && !state.members.contains(&me) {
            // Between its last change and the end of cpg_leave() a process is still told messages: not as a member.
            return None;
        }
        if !state.members.contains(&from) {
            self.say(format!("T11: {me} got {from} {number}, which is no member: {:?}", state.members));
        }
        if from == me {
            state.own.remove(&number);
        }
        state.last.insert(from, (number, true));
        self.delivered.entry(me).or_default().push((from, number));
        state.tell(Told::Message((from, number)));
        Some((from, number))
    }

    /// Whether this witness, whose daemon need not say so, was away when the sender's message came out: by the next one it
    /// had joined, for the sender.
    fn away(&self, state: &State, from: Process, missed: u64, next: u64) -> bool {
        let Some(me) = state.me.filter(|_| !state.tells_leaves) else { return false };
        self.joined.range((from, me, missed + 1)..=(from, me, next)).next().is_some()
    }

    /// The number of a delivered message, `least` or above: a short one shows only low bytes of it.
    fn number(&self, from: Process, least: u64, tag: u64, body: Body) -> Option<u64> {
        let mask = if body.length < 8 { (1 << (body.length * 8)) - 1 } else { u64::MAX };
        let mut later = self.sent.get(&from)?.range(least..);
        later.find(|(number, (sent, _))| *number & mask == tag && *sent == body).map(|(number, _)| *number)
    }

    /// The group changed: T11.
    fn group(&mut self, state: &mut State, change: &Change) {
        let Some(me) = state.me else { return };
        let mut expected: BTreeSet<Process> = state.members.iter().copied().collect();
        for (process, _) in &change.left {
            if !expected.remove(process) && !state.members.is_empty() {
                self.say(format!("T11: {me} was told that {process} left, which was no member"));
            }
            if let Some((_, stayed)) = state.last.get_mut(process) {
                *stayed = false;
            }
        }
        expected.extend(change.joined.iter().map(|(process, _)| *process));
        // The first change that a member sees brings the others with it.
        let first = state.members.is_empty();
        if !first && !change.members.iter().eq(expected.iter()) {
            self.say(format!("T11: {me}: {:?} and {change:?} do not fit", state.members));
        }
        state.members.clone_from(&change.members);
        state.tell(Told::Group(change.clone()));
        let gone = change.left.iter().any(|(process, _)| *process == me);
        if gone || first {
            state.know_part();
        }
        if gone {
            state.members.clear();
            // It is told nothing until it joins again.
            state.last.values_mut().for_each(|(_, stayed)| *stayed = false);
        }
    }

    /// A ring: T7. The first of a connection is the one that it joined in.
    fn enter(&mut self, state: &mut State, node: u32, ring: Ring) {
        let Some(me) = state.me else { return };
        let joining = state.members.is_empty();
        if state.epoch.as_ref().is_some_and(|epoch| (epoch.part || joining) && epoch.ring == ring) {
            // Who joins while the ring forms is told of it twice: when everybody is, and because it joins.
            return;
        }
        let last = self.last_ring.insert(node, ring);
        let first = state.epoch.is_none();
        if last.is_some_and(|last| if first { ring < last } else { ring.seq <= last.seq }) {
            self.say(format!("T7: node {node} is told of ring {ring} after {last:?}"));
        }
        let previous = state.epoch.as_ref().map(|epoch| epoch.ring);
        if let Some(mut epoch) =
            state.epoch.replace(Epoch { ring, previous, told: Vec::new(), next: None, part: first })
        {
            epoch.next = Some(ring);
            self.epochs.push((me, epoch));
        }
    }

    /// The connection or the log ends: T3.
    fn connection_ends(&mut self, state: &mut State, settled: bool) {
        let Some(me) = state.me else { return };
        if settled && !state.leaving && !state.own.is_empty() {
            self.say(format!("T3: {me} never got its own {:?}", state.own));
        }
        if let Some(mut epoch) = state.epoch.take() {
            epoch.next = settled.then_some(epoch.ring);
            self.epochs.push((me, epoch));
        }
        state.own.clear();
        state.members.clear();
        state.last.values_mut().for_each(|(_, stayed)| *stayed = false);
    }

    /// T6: what two processes both got, they got in one order.
    fn one_order(&mut self) {
        let mut found = Vec::new();
        for (one, mine) in &self.delivered {
            let places: BTreeMap<Message, usize> =
                mine.iter().enumerate().map(|(at, message)| (*message, at)).collect();
            for (other, theirs) in self.delivered.range(*one..).skip(1) {
                let common: Vec<(usize, Message)> =
                    theirs.iter().filter_map(|message| Some((*places.get(message)?, *message))).collect();
                if let Some(pair) = common.windows(2).find(|pair| pair[0].0 > pair[1].0) {
                    let (a, b) = (pair[0].1, pair[1].1);
                    found.push(format!("T6: {other} got {} {} before {} {}, {one} after it", a.0, a.1, b.0, b.1));
                }
            }
        }
        self.broken.append(&mut found);
    }

    /// T5: a message comes after the last one that its sender was told.
    fn causal_order(&mut self) {
        let mut found = Vec::new();
        for (process, got) in &self.delivered {
            let places: BTreeMap<Message, usize> = got.iter().enumerate().map(|(at, message)| (*message, at)).collect();
            for (at, message) in got.iter().enumerate() {
                let late = self.after.get(message).and_then(|cause| places.get(cause)).is_some_and(|cause| *cause > at);
                if late {
                    found.push(format!("T5: {process} got {} {} before its cause", message.0, message.1));
                }
            }
        }
        self.broken.append(&mut found);
    }

    /// T8, T11: the same messages and changes, in the same order. A message of which a part was sent in the ring
    /// before goes only to those who were there (totempg, in the reference as in ours).
    fn same_between_rings(&mut self) {
        let mut whole: BTreeMap<(Ring, Ring), Vec<&(Process, Epoch)>> = BTreeMap::new();
        let mut found = Vec::new();
        let mut order: Vec<&(Process, Epoch)> = self.epochs.iter().collect();
        order.sort_by_key(|(_, epoch)| (epoch.part, Reverse(epoch.told.len())));
        for mine in order {
            let Some(next) = mine.1.next else { continue };
            let others = whole.entry((mine.1.ring, next)).or_default();
            let Some(theirs) = others.iter().find(|theirs| !parted(mine, theirs)) else {
                others.push(mine);
                continue;
            };
            let together = mine.1.previous == theirs.1.previous;
            let begun = |told: &&Told| match told {
                Told::Message(message) => together || self.sent_in.get(message) == Some(&mine.1.ring),
                Told::Group(_) => true,
            };
            let told = |epoch: &'_ Epoch| epoch.told.iter().filter(begun).cloned().collect::<Vec<Told>>();
            let (got, expected) = (told(&mine.1), told(&theirs.1));
            if !(got == expected || mine.1.part && within(&got, &expected)) {
                found.push(differing((mine.0, &got), (theirs.0, &expected), mine.1.ring, next));
            }
        }
        self.broken.append(&mut found);
    }
}

impl State {
    fn tell(&mut self, told: Told) {
        // What comes before the first ring of a connection belongs to the way there.
        if let Some(epoch) = &mut self.epoch {
            epoch.told.push(told);
        }
    }

    /// In this ring it saw what was before or after its membership, or not at all.
    fn know_part(&mut self) {
        if let Some(epoch) = &mut self.epoch {
            epoch.part = true;
        }
    }
}

/// Whether one of them was told in this ring that the other's node was lost: there was a ring between for one of them, of
/// which it needn't have been told, and they didn't go on together.
fn parted((me, mine): &(Process, Epoch), (other, theirs): &(Process, Epoch)) -> bool {
    let lost = |told: &[Told], who: Process| {
        let lost = |change: &Change| change.left.iter().any(|(process, why)| *process == who && *why == NODE_DOWN);
        told.iter().any(|told| matches!(told, Told::Group(change) if lost(change)))
    };
    lost(&mine.told, *other) || lost(&theirs.told, *me)
}

/// Whether these are some of those, in the same order.
fn within(some: &[Told], all: &[Told]) -> bool {
    let mut rest = all.iter();
    some.iter().all(|told| rest.any(|other| other == told))
}

fn differing((me, mine): (Process, &[Told]), (other, theirs): (Process, &[Told]), ring: Ring, next: Ring) -> String {
    let at = mine.iter().zip(theirs).take_while(|(a, b)| a == b).count();
    format!(
        "T8: from ring {ring} to {next} {me} was told {} things, {other} {}; at {at}: {:?} and {:?}",
        mine.len(),
        theirs.len(),
        mine.get(at),
        theirs.get(at)
    )
}

#[cfg(test)]
mod tests;
