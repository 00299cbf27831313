//! The checker: what extended virtual synchrony promises, judged from what each node sent and was told.
//!
//! Orderings are judged when the run is over, over the whole history; what one event can show is judged at once.

use core_totem::Configuration;
use core_types::{NodeId, RingId};
use std::collections::{BTreeMap, BTreeSet};

/// A message's identity: sender, which of its lives, how many it sent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// Who sent it.
    pub from: NodeId,
    /// In which life.
    pub life: u32,
    /// Its number in that life.
    pub count: u64,
}

/// A node in one of its lives.
type Who = (NodeId, u32);

#[derive(Debug)]
struct Sent {
    length: usize,
    /// The sender's ring when it was accepted.
    ring: RingId,
    /// What the sender was told last before.
    after: Option<Id>,
}

/// What a node was told while a ring was in force.
#[derive(Debug)]
struct Epoch {
    ring: RingId,
    members: Vec<NodeId>,
    /// Who came into this ring together with the node.
    came_with: Vec<NodeId>,
    regular: Vec<Id>,
    /// After the transitional configuration that ended it.
    transitional: Vec<Id>,
    /// Members of that transitional configuration.
    leaves_with: Option<Vec<NodeId>>,
}

/// All that was seen.
#[derive(Debug, Default)]
pub struct Check {
    sent: BTreeMap<Id, Sent>,
    history: BTreeMap<Who, Vec<Epoch>>,
    places: BTreeMap<Who, BTreeMap<Id, usize>>,
    last_from: BTreeMap<(Who, Who), u64>,
    last_told: BTreeMap<Who, Id>,
    ring_seq: BTreeMap<NodeId, u64>,
    stored: BTreeMap<NodeId, u64>,
    leaving_with: BTreeMap<Who, Vec<NodeId>>,
}

/// A promise that was broken.
pub type Broken = String;

impl Check {
    /// The bytes of a message: anybody can tell them from its identity.
    pub fn body(id: Id, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 24);
        bytes.extend_from_slice(&id.from.0.to_ne_bytes());
        bytes.extend_from_slice(&id.life.to_ne_bytes());
        bytes.extend_from_slice(&id.count.to_ne_bytes());
        let seed = id.count.wrapping_mul(31) + u64::from(id.from.0);
        bytes.extend((0..length as u64).map(|at| (at.wrapping_mul(7) + seed) as u8));
        bytes
    }

    fn id(bytes: &[u8]) -> Option<Id> {
        let word = |at: usize| Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
        let count = u64::from_ne_bytes(bytes.get(8..16)?.try_into().ok()?);
        Some(Id { from: NodeId(word(0)?), life: word(4)?, count })
    }

    /// Totem took a message.
    pub fn accepted(&mut self, id: Id, length: usize) {
        let who = (id.from, id.life);
        let ring = self.epoch(who).map(|epoch| epoch.ring).unwrap_or_default();
        let after = self.last_told.get(&who).copied();
        self.sent.insert(id, Sent { length, ring, after });
    }

    /// A node wrote a ring id to its disk.
    pub fn stored(&mut self, node: NodeId, ring: RingId) -> Result<(), Broken> {
        let last = self.stored.insert(node, ring.seq).unwrap_or(0);
        if ring.seq <= last {
            return Err(format!("T7: node {node} stores ring {ring} after seq {last:x}"));
        }
        Ok(())
    }

    /// A node was told of a configuration.
    pub fn configured(&mut self, who: Who, configuration: &Configuration) -> Result<(), Broken> {
        let Configuration { ring, members, transitional, .. } = configuration;
        if *transitional {
            if let Some(epoch) = self.history.entry(who).or_default().last_mut() {
                epoch.leaves_with = Some(members.clone());
            }
            self.leaving_with.insert(who, members.clone());
            return Ok(());
        }
        let came_with = self.leaving_with.remove(&who).ok_or(format!("{who:?}: no transitional configuration"))?;
        let last = self.ring_seq.insert(who.0, ring.seq).unwrap_or(0);
        if ring.seq <= last {
            return Err(format!("T7: node {} in ring {ring} after seq {last:x}", who.0));
        }
        if self.stored.get(&who.0) != Some(&ring.seq) {
            return Err(format!("T7: node {} uses ring {ring} without storing it", who.0));
        }
        if !members.contains(&who.0) {
            return Err(format!("{who:?} is not in its own ring {ring}"));
        }
        self.history.entry(who).or_default().push(Epoch {
            ring: *ring,
            members: members.clone(),
            came_with,
            regular: Vec::new(),
            transitional: Vec::new(),
            leaves_with: None,
        });
        Ok(())
    }

    /// A node was given a message.
    pub fn delivered(&mut self, who: Who, from: NodeId, bytes: &[u8]) -> Result<(), Broken> {
        let id = Self::id(bytes).ok_or("T1: a message nobody sent")?;
        let sent = self.sent.get(&id).ok_or(format!("T1: {id:?} was never sent"))?;
        if id.from != from || bytes != Self::body(id, sent.length) {
            return Err(format!("T1: {id:?} arrived from {from} with other bytes at {who:?}"));
        }
        let last = self.last_from.insert((who, (id.from, id.life)), id.count + 1).unwrap_or(0);
        if id.count < last {
            return Err(format!("T2/T4: {who:?} got {id:?} after number {}", last - 1));
        }
        let places = self.places.entry(who).or_default();
        let place = places.len();
        places.insert(id, place);
        self.last_told.insert(who, id);
        let epoch = self.history.entry(who).or_default().last_mut().ok_or("a message before any ring")?;
        match epoch.leaves_with {
            Some(_) => epoch.transitional.push(id),
            None => epoch.regular.push(id),
        }
        Ok(())
    }

    /// Judges the whole history. `alive`: who runs at the end, all in one ring, long undisturbed.
    pub fn finish(&self, alive: &[Who]) -> Result<(), Broken> {
        self.same_ring_same_members()?;
        self.one_ring_per_message()?;
        self.causes_first()?;
        self.self_delivery(alive)?;
        for (&p, epochs) in &self.history {
            for (&q, others) in self.history.range(p..).skip(1) {
                self.compare(p, epochs, q, others)?;
            }
        }
        Ok(())
    }

    /// How many times a node entered a ring.
    pub fn rings(&self) -> usize {
        self.history.values().map(Vec::len).sum()
    }

    /// How many messages were sent and delivered.
    pub fn counts(&self) -> (usize, usize) {
        (self.sent.len(), self.places.values().map(BTreeMap::len).sum())
    }

    fn epoch(&self, who: Who) -> Option<&Epoch> {
        self.history.get(&who)?.last()
    }

    fn epochs(&self) -> impl Iterator<Item = (Who, &Epoch)> {
        self.history.iter().flat_map(|(&who, epochs)| epochs.iter().map(move |epoch| (who, epoch)))
    }

    fn same_ring_same_members(&self) -> Result<(), Broken> {
        let mut rings = BTreeMap::new();
        for (who, epoch) in self.epochs() {
            let members = rings.entry(epoch.ring).or_insert(&epoch.members);
            if *members != &epoch.members {
                return Err(format!("T7: ring {} is {members:?}, but {:?} for {who:?}", epoch.ring, epoch.members));
            }
        }
        Ok(())
    }

    fn one_ring_per_message(&self) -> Result<(), Broken> {
        let mut rings = BTreeMap::new();
        for (who, epoch) in self.epochs() {
            for id in epoch.regular.iter().chain(&epoch.transitional) {
                let ring = *rings.entry(*id).or_insert(epoch.ring);
                if ring != epoch.ring {
                    return Err(format!("T6/T9: {id:?} is of ring {ring}, but of {} for {who:?}", epoch.ring));
                }
            }
        }
        Ok(())
    }

    fn causes_first(&self) -> Result<(), Broken> {
        for (who, places) in &self.places {
            for (id, place) in places {
                let cause = self.sent.get(id).and_then(|sent| sent.after);
                if let Some(cause) = cause
                    && places.get(&cause).is_some_and(|before| before > place)
                {
                    return Err(format!("T5: {who:?} got {id:?} before its cause {cause:?}"));
                }
            }
        }
        Ok(())
    }

    fn self_delivery(&self, alive: &[Who]) -> Result<(), Broken> {
        let empty = BTreeMap::new();
        for id in self.sent.keys() {
            let who = (id.from, id.life);
            if alive.contains(&who) && !self.places.get(&who).unwrap_or(&empty).contains_key(id) {
                return Err(format!("T3/T12: {id:?} never came back to its sender"));
            }
        }
        Ok(())
    }

    fn compare(&self, p: Who, epochs: &[Epoch], q: Who, others: &[Epoch]) -> Result<(), Broken> {
        for (index, a) in epochs.iter().enumerate() {
            let Some((other, b)) = others.iter().enumerate().find(|(_, b)| b.ring == a.ring) else { continue };
            self.same_order(p, a, q, b)?;
            self.same_order(q, b, p, a)?;
            let (Some(next), Some(follows)) = (epochs.get(index + 1), others.get(other + 1)) else { continue };
            if next.ring == follows.ring {
                self.together(p, a, q, b)?;
            } else if next.came_with.contains(&q.0) && next.members.contains(&q.0) && follows.ring.seq < next.ring.seq {
                return Err(format!("T9: {p:?} says {q:?} came along from {} to {}", a.ring, next.ring));
            }
        }
        Ok(())
    }

    /// What `p` and `q` were told in one ring is in one order, without gaps up to the last that both have.
    fn same_order(&self, p: Who, a: &Epoch, q: Who, b: &Epoch) -> Result<(), Broken> {
        let all: Vec<Id> = b.regular.iter().chain(&b.transitional).copied().collect();
        let place: BTreeMap<Id, usize> = all.iter().enumerate().map(|(place, &id)| (id, place)).collect();
        let mut last = None;
        for id in a.regular.iter().chain(&a.transitional) {
            let Some(&here) = place.get(id) else { continue };
            if last.is_some_and(|last| here < last) {
                return Err(format!("T6: {p:?} and {q:?} differ in the order of {id:?} in ring {}", a.ring));
            }
            last = Some(here);
        }
        // Whatever p has before something that q got in the regular configuration, q has too.
        let regular: BTreeSet<Id> = b.regular.iter().copied().collect();
        let Some(common) = a.regular.iter().rposition(|id| regular.contains(id)) else { return Ok(()) };
        for id in &a.regular[..common] {
            if !regular.contains(id) && !self.began_without(*id, a.ring, q) {
                let sent = self.sent.get(id);
                return Err(format!("T6: {q:?} lacks {id:?} in ring {}, {p:?} has it; {sent:?}", a.ring));
            }
        }
        Ok(())
    }

    /// Two nodes go from one ring to the next together.
    fn together(&self, p: Who, a: &Epoch, q: Who, b: &Epoch) -> Result<(), Broken> {
        let (Some(of_p), Some(of_q)) = (&a.leaves_with, &b.leaves_with) else { return Ok(()) };
        if of_p != of_q || !of_p.contains(&p.0) || !of_p.contains(&q.0) {
            return Err(format!("T9: {p:?} leaves {} with {of_p:?}, {q:?} with {of_q:?}", a.ring));
        }
        let set = |epoch: &Epoch| epoch.regular.iter().chain(&epoch.transitional).copied().collect::<BTreeSet<_>>();
        let (of_a, of_b) = (set(a), set(b));
        for id in of_a.symmetric_difference(&of_b) {
            let lacking = if of_a.contains(id) { q } else { p };
            if !self.began_without(*id, a.ring, lacking) {
                return Err(format!("T8: {p:?} and {q:?} leave {} together, but differ in {id:?}", a.ring));
            }
        }
        Ok(())
    }

    /// Whether a message may have begun where a node was not: it was accepted in one ring and delivered in a later
    /// one, and the node did not go all that way together with the sender.
    fn began_without(&self, id: Id, ring: RingId, who: Who) -> bool {
        let Some(sent) = self.sent.get(&id) else { return false };
        let way = self.history.get(&(id.from, id.life)).into_iter().flatten();
        let way = way.skip_while(|epoch| epoch.ring != sent.ring).map(|epoch| epoch.ring);
        let way: Vec<_> = way.take_while(|&on| on != ring).chain([ring]).collect();
        let own = self.history.get(&who).into_iter().flatten().skip_while(|epoch| epoch.ring != sent.ring);
        let own: Vec<_> = own.take(way.len()).collect();
        let same = own.iter().map(|epoch| epoch.ring).eq(way);
        !same || own.iter().skip(1).any(|epoch| !epoch.came_with.contains(&id.from))
    }
}
