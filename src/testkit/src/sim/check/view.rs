//! Who lives, in which ring, and whether the sync is over there.

use super::Who;
use crate::sim::tape::Seen;
use core_types::{NodeId, RingId};
use std::collections::BTreeMap;

/// Where a host is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Which life it is in.
    pub life: u32,
    /// The ring, `None` before the first.
    pub ring: Option<RingId>,
    /// Its members.
    pub members: Vec<NodeId>,
    /// A transitional configuration was told since.
    pub leaving: bool,
    /// Clients are served.
    pub serving: bool,
}

/// Where all hosts are.
#[derive(Clone, Debug)]
pub struct View {
    /// How many hosts there are in all.
    pub hosts: usize,
    /// Those that live.
    pub places: BTreeMap<NodeId, Place>,
}

impl View {
    pub(super) fn new(hosts: usize) -> View {
        View { hosts, places: BTreeMap::new() }
    }

    pub(super) fn see(&mut self, (node, life): Who, seen: &Seen) {
        match seen {
            Seen::Started { .. } => {
                self.places.insert(node, Place { life, ..Place::default() });
            }
            Seen::Ended => {
                self.places.remove(&node);
            }
            Seen::Configured { ring, members, transitional } => {
                let Some(place) = self.places.get_mut(&node) else { return };
                place.leaving = *transitional;
                if !transitional {
                    (place.ring, place.members, place.serving) = (Some(*ring), members.clone(), false);
                }
            }
            Seen::Serving => {
                if let Some(place) = self.places.get_mut(&node) {
                    place.serving = true;
                }
            }
            _ => {}
        }
    }

    /// Those who live.
    pub fn alive(&self) -> Vec<Who> {
        self.places.iter().map(|(&node, place)| (node, place.life)).collect()
    }

    /// Rings that all their members are in, with the sync over: nobody is about to leave them unless something
    /// happens.
    pub fn stable_rings(&self) -> Vec<(RingId, &[NodeId])> {
        let mut rings = Vec::new();
        for (&node, place) in &self.places {
            let Some(ring) = place.ring.filter(|_| place.members.first() == Some(&node)) else { continue };
            let there = |member: &NodeId| {
                self.places.get(member).is_some_and(|place| place.ring == Some(ring) && place.serving && !place.leaving)
            };
            if place.members.iter().all(there) {
                rings.push((ring, &place.members[..]));
            }
        }
        rings
    }
}
