//! T1-T9: what extended virtual synchrony promises, judged from what each host sent and was told.

use super::{Broken, Who, broken};
use crate::sim::message::Id;
use crate::sim::tape::Seen;
use core_types::{NodeId, RingId};
use std::collections::{BTreeMap, BTreeSet};

/// A ring, and how many disks its representative had lost when it was formed: only the disk keeps its name unique.
type Ring = (RingId, u32);

#[derive(Debug)]
struct Sent {
    length: usize,
    /// The sender's ring when it was accepted.
    ring: Ring,
    /// What the sender was told last before.
    after: Option<Id>,
}

/// What a host was told while a ring was in force.
#[derive(Debug)]
struct Epoch {
    ring: Ring,
    members: Vec<NodeId>,
    /// Who came into this ring together with the host.
    came_with: Vec<NodeId>,
    regular: Vec<Id>,
    /// After the transitional configuration that ended it.
    transitional: Vec<Id>,
    /// Members of that transitional configuration.
    leaves_with: Option<Vec<NodeId>>,
}

impl Epoch {
    fn all(&self) -> impl Iterator<Item = Id> {
        self.regular.iter().chain(&self.transitional).copied()
    }
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Totem {
    sent: BTreeMap<Id, Sent>,
    /// Refused, and not taken since.
    refused: BTreeSet<Id>,
    history: BTreeMap<Who, Vec<Epoch>>,
    places: BTreeMap<Who, BTreeMap<Id, usize>>,
    last_from: BTreeMap<(Who, Who), u64>,
    last_told: BTreeMap<Who, Id>,
    ring_seq: BTreeMap<NodeId, u64>,
    stored: BTreeMap<NodeId, u64>,
    leaving_with: BTreeMap<Who, Vec<NodeId>>,
    disks_lost: BTreeMap<NodeId, u32>,
}

/// Two hosts in the same ring: who, and which of its epochs that was.
type Side<'a> = (Who, &'a [Epoch], usize);

impl Totem {
    pub(super) fn see(&mut self, who: Who, seen: &Seen) -> Result<(), Broken> {
        match seen {
            Seen::Started { disk: false } => {
                *self.disks_lost.entry(who.0).or_default() += 1;
                self.ring_seq.remove(&who.0);
                self.stored.remove(&who.0);
                Ok(())
            }
            Seen::Stored(ring) => self.stored(who.0, *ring),
            Seen::Configured { ring, members, transitional: true } => {
                if let Some(epoch) = self.history.entry(who).or_default().last_mut() {
                    epoch.leaves_with = Some(members.clone());
                }
                self.leaving_with.insert(who, members.clone());
                let left = members.iter().find(|node| !self.was_with(who, **node));
                left.map_or(Ok(()), |node| Err(broken!("T9", "{who:?} goes to {ring} with {node}, which wasn't there")))
            }
            Seen::Configured { ring, members, transitional: false } => self.configured(who, *ring, members),
            Seen::Refused(id) => {
                self.refused.insert(*id);
                Ok(())
            }
            Seen::Accepted { id, length } => {
                self.refused.remove(id);
                let ring = self.history.get(&who).and_then(|epochs| epochs.last()).map(|epoch| epoch.ring);
                let after = self.last_told.get(&who).copied();
                self.sent.insert(*id, Sent { length: *length, ring: ring.unwrap_or_default(), after });
                Ok(())
            }
            Seen::Delivered { from, message } => self.delivered(who, *from, message),
            _ => Ok(()),
        }
    }

    /// Whether a host was in the ring that `who` leaves (or `who` leaves none).
    fn was_with(&self, who: Who, node: NodeId) -> bool {
        let last = self.history.get(&who).and_then(|epochs| epochs.last());
        last.map_or(node == who.0, |epoch| epoch.members.contains(&node))
    }

    fn stored(&mut self, node: NodeId, ring: RingId) -> Result<(), Broken> {
        let last = self.stored.insert(node, ring.seq).unwrap_or(0);
        if ring.seq <= last {
            return Err(broken!("T7", "{node} stores ring {ring} after seq {last:x}"));
        }
        Ok(())
    }

    fn configured(&mut self, who: Who, ring: RingId, members: &[NodeId]) -> Result<(), Broken> {
        let came_with =
            self.leaving_with.remove(&who).ok_or_else(|| broken!("T9", "{who:?}: no transitional configuration"))?;
        let last = self.ring_seq.insert(who.0, ring.seq).unwrap_or(0);
        if ring.seq <= last {
            return Err(broken!("T7", "{} in ring {ring} after seq {last:x}", who.0));
        }
        if self.stored.get(&who.0) != Some(&ring.seq) {
            return Err(broken!("T7", "{} uses ring {ring} without storing it", who.0));
        }
        if !members.contains(&who.0) {
            return Err(broken!("T7", "{who:?} is not in its own ring {ring}"));
        }
        let generation = self.disks_lost.get(&ring.representative).copied().unwrap_or(0);
        self.history.entry(who).or_default().push(Epoch {
            ring: (ring, generation),
            members: members.to_vec(),
            came_with,
            regular: Vec::new(),
            transitional: Vec::new(),
            leaves_with: None,
        });
        Ok(())
    }

    fn delivered(&mut self, who: Who, from: NodeId, message: &[u8]) -> Result<(), Broken> {
        let id = Id::of(message).ok_or_else(|| broken!("T1", "a message nobody sent"))?;
        if self.refused.contains(&id) {
            return Err(broken!("T13", "{id:?} was refused and yet delivered to {who:?}"));
        }
        let sent = self.sent.get(&id).ok_or_else(|| broken!("T1", "{id:?} was never sent"))?;
        if id.from != from || message != id.message(sent.length) {
            return Err(broken!("T1", "{id:?} arrived from {from} with other bytes at {who:?}"));
        }
        let places = self.places.entry(who).or_default();
        let place = places.len();
        if places.insert(id, place).is_some() {
            return Err(broken!("T2", "{who:?} got {id:?} twice"));
        }
        let last = self.last_from.insert((who, (id.from, id.life)), id.count + 1).unwrap_or(0);
        if id.count < last {
            return Err(broken!("T4", "{who:?} got {id:?} after number {}", last - 1));
        }
        self.last_told.insert(who, id);
        let epoch = self.history.entry(who).or_default().last_mut();
        let epoch = epoch.ok_or_else(|| broken!("T6", "{who:?} got {id:?} before any ring"))?;
        match epoch.leaves_with {
            Some(_) => epoch.transitional.push(id),
            None => epoch.regular.push(id),
        }
        Ok(())
    }

    /// What is broken in the whole history, one of each kind. `alive`: who runs at the end, long undisturbed.
    pub(super) fn finish(&self, alive: &[Who]) -> Vec<Broken> {
        let mut rings: BTreeMap<Ring, Vec<Side<'_>>> = BTreeMap::new();
        for (&who, epochs) in &self.history {
            for (index, epoch) in epochs.iter().enumerate() {
                rings.entry(epoch.ring).or_default().push((who, epochs, index));
            }
        }
        let mut all = Vec::new();
        all.extend(self.one_ring_per_message().err());
        all.extend(self.causes_first().err());
        all.extend(self.undelivered(alive));
        for sides in rings.values() {
            let places: Vec<Places> = sides.iter().map(|(_, epochs, index)| Places::of(&epochs[*index])).collect();
            for (one, p) in sides.iter().enumerate() {
                for (two, q) in sides.iter().enumerate().skip(one + 1) {
                    all.extend(self.compare(*p, &places[one], *q, &places[two]));
                }
            }
        }
        all.sort_by_key(|broken| broken.rule);
        all.dedup_by_key(|broken| broken.rule);
        all
    }

    /// Messages sent, deliveries, and rings entered.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let delivered = self.places.values().map(BTreeMap::len).sum();
        (self.sent.len(), delivered, self.history.values().map(Vec::len).sum())
    }

    /// A message that never came back to its sender, of those who live.
    pub(super) fn undelivered(&self, alive: &[Who]) -> Option<Broken> {
        let lost = |id: &&Id| {
            let who = (id.from, id.life);
            alive.contains(&who) && !self.places.get(&who).is_some_and(|places| places.contains_key(id))
        };
        self.sent.keys().find(lost).map(|id| broken!("T3", "{id:?} never came back to its sender"))
    }

    fn one_ring_per_message(&self) -> Result<(), Broken> {
        let mut rings = BTreeMap::new();
        for (who, epoch) in self.history.iter().flat_map(|(who, epochs)| epochs.iter().map(move |epoch| (who, epoch))) {
            for id in epoch.all() {
                let ring = *rings.entry(id).or_insert(epoch.ring);
                if ring != epoch.ring {
                    let (one, other) = (ring.0, epoch.ring.0);
                    return Err(broken!("T9", "{id:?} is of ring {one}, but of {other} for {who:?}"));
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
                    return Err(broken!("T5", "{who:?} got {id:?} before its cause {cause:?}"));
                }
            }
        }
        Ok(())
    }

    fn compare(&self, p: Side<'_>, of_p: &Places, q: Side<'_>, of_q: &Places) -> Vec<Broken> {
        let (a, b) = (&p.1[p.2], &q.1[q.2]);
        let mut all = Vec::new();
        if a.members != b.members {
            let ring = a.ring.0;
            all.push(broken!("T7", "ring {ring} is {:?} for {:?}, {:?} for {:?}", a.members, p.0, b.members, q.0));
        }
        all.extend(self.same_order(p.0, a, q.0, of_q).err());
        all.extend(self.same_order(q.0, b, p.0, of_p).err());
        let (Some(next), Some(follows)) = (p.1.get(p.2 + 1), q.1.get(q.2 + 1)) else { return all };
        if next.ring == follows.ring {
            all.extend(self.together(p.0, a, of_p, q.0, b, of_q).err());
        }
        for (next, other, follows) in [(next, q.0, follows), (follows, p.0, next)] {
            if next.came_with.contains(&other.0) && follows.ring.0.seq < next.ring.0.seq {
                let (from, to) = (a.ring.0, next.ring.0);
                all.push(broken!("T9", "{other:?} is said to have come along from {from} to {to}"));
            }
        }
        all
    }

    /// What both were told in one ring is in one order, without gaps up to the last that both have.
    fn same_order(&self, p: Who, a: &Epoch, q: Who, of_q: &Places) -> Result<(), Broken> {
        let mut last = None;
        for id in a.all() {
            let Some(&here) = of_q.all.get(&id) else { continue };
            if last.is_some_and(|last| here < last) {
                return Err(broken!("T6", "{p:?} and {q:?} differ in the order of {id:?} in ring {}", a.ring.0));
            }
            last = Some(here);
        }
        // Whatever p has before something that q got in the regular configuration, q has too.
        let Some(common) = a.regular.iter().rposition(|id| of_q.regular.contains(id)) else { return Ok(()) };
        for id in &a.regular[..common] {
            if !of_q.regular.contains(id) && !self.began_without(*id, a.ring, q) {
                let sent = self.sent.get(id);
                return Err(broken!("T6", "{q:?} lacks {id:?} in ring {}, {p:?} has it; {sent:?}", a.ring.0));
            }
        }
        Ok(())
    }

    /// Two hosts go from one ring to the next together.
    fn together(&self, p: Who, a: &Epoch, of_p: &Places, q: Who, b: &Epoch, of_q: &Places) -> Result<(), Broken> {
        let (Some(with_p), Some(with_q)) = (&a.leaves_with, &b.leaves_with) else { return Ok(()) };
        let ring = a.ring.0;
        if with_p != with_q || !with_p.contains(&p.0) || !with_p.contains(&q.0) {
            return Err(broken!("T9", "{p:?} leaves {ring} with {with_p:?}, {q:?} with {with_q:?}"));
        }
        let differ = |one: &Places, other: &Places, lacking: Who| {
            one.all.keys().find(|id| !other.all.contains_key(id) && !self.began_without(**id, a.ring, lacking)).copied()
        };
        match differ(of_p, of_q, q).or_else(|| differ(of_q, of_p, p)) {
            Some(id) => Err(broken!("T8", "{p:?} and {q:?} leave {ring} together, but differ in {id:?}")),
            None => Ok(()),
        }
    }

    /// Whether a message may have begun where a host was not: it was accepted in one ring and delivered in a later
    /// one, and the host did not go all that way together with the sender.
    fn began_without(&self, id: Id, ring: Ring, who: Who) -> bool {
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

/// Where a host had each message of a ring.
struct Places {
    all: BTreeMap<Id, usize>,
    regular: BTreeSet<Id>,
}

impl Places {
    fn of(epoch: &Epoch) -> Places {
        let all = epoch.all().enumerate().map(|(place, id)| (id, place)).collect();
        Places { all, regular: epoch.regular.iter().copied().collect() }
    }
}
