//! Q1-Q4: who may have quorum. Every host has one vote.

use super::view::View;
use super::{Broken, Who, broken};
use crate::sim::host::{DEVICE_SYNC_TIMEOUT, DEVICE_TIMEOUT, DEVICE_VOTES, LIST, Voting};
use crate::sim::tape::{Device, Seen};
use core_types::{MILLIS, Nanos, NodeId, RingId};
use std::collections::{BTreeMap, BTreeSet};

/// The host tells itself of its silent device through the ring: so long may that take when the ring is lost just then.
const NEWS: Nanos = 4000 * MILLIS;

/// A host as services there were told.
#[derive(Debug, Default)]
struct Host {
    quorate: bool,
    /// Members of the ring for which that was told.
    members: Vec<NodeId>,
    told: Option<RingId>,
    ring: Option<RingId>,
    ring_members: Vec<NodeId>,
    /// The members of the ring before.
    previous: Vec<NodeId>,
    /// Lowest and highest member of each majority that may have been its last one.
    majorities: Vec<(NodeId, NodeId)>,
    /// It may have quorum inside without having told.
    blessed: bool,
    /// The smallest partition that it may have had quorum in last: the last man expects no more for good.
    smallest: usize,
    /// Until when its quorum device's vote may count.
    device_until: Nanos,
}

/// What is known of all.
#[derive(Debug)]
pub(super) struct Quorum {
    hosts: usize,
    voting: Voting,
    state: BTreeMap<NodeId, Host>,
    /// Rings that somebody entered who may have had quorum, or all did.
    blessed: BTreeSet<RingId>,
    /// The smallest partition that somebody who entered a ring may have had quorum in last.
    smallest: BTreeMap<RingId, usize>,
    /// How often services were told.
    pub(super) told: usize,
}

impl Quorum {
    pub(super) fn new(hosts: usize, voting: Voting) -> Quorum {
        Quorum { hosts, voting, state: BTreeMap::new(), blessed: BTreeSet::new(), smallest: BTreeMap::new(), told: 0 }
    }

    /// `view` has seen it already.
    pub(super) fn see(&mut self, view: &View, now: Nanos, who: Who, seen: &Seen) -> Result<(), Broken> {
        if self.voting == Voting::None {
            return Ok(());
        }
        match seen {
            Seen::Started { .. } => {
                self.state.insert(who.0, Host { smallest: usize::MAX, ..Host::default() });
            }
            Seen::Ended => {
                self.state.remove(&who.0);
            }
            Seen::Configured { ring, members, transitional: false } => self.configured(now, who.0, *ring, members),
            Seen::Device(device) => self.device(now, who.0, *device),
            // A cluster of one is quorate before its first ring.
            Seen::Quorum { members, .. } if members.is_empty() => {}
            Seen::Quorum { quorate, members, ring } => {
                self.told += 1;
                self.quorum(who, *quorate, members, *ring)?;
                self.at_most_one(view)?;
            }
            Seen::Serving => self.at_most_one(view)?,
            _ => {}
        }
        Ok(())
    }

    fn configured(&mut self, now: Nanos, node: NodeId, ring: RingId, members: &[NodeId]) {
        let Some(host) = self.state.get_mut(&node) else { return };
        // What it came to in the ring that it leaves it may know without having told.
        if let Some(left) = host.ring.filter(|left| host.told != Some(*left)) {
            host.blessed |= self.blessed.contains(&left);
            let there = self.smallest.get(&left).copied().unwrap_or(usize::MAX);
            host.smallest = host.smallest.min(there).min(host.ring_members.len());
        }
        if host.blessed || members.len() == self.hosts {
            self.blessed.insert(ring);
        }
        let smallest = self.smallest.entry(ring).or_insert(usize::MAX);
        *smallest = (*smallest).min(host.smallest);
        host.previous = std::mem::replace(&mut host.ring_members, members.to_vec());
        host.ring = Some(ring);
        if 2 * members.len() > self.hosts {
            host.majorities.extend(extremes(members));
        }
        if host.device_until > now {
            host.device_until = host.device_until.max(now + Nanos::from(DEVICE_SYNC_TIMEOUT) * MILLIS + NEWS);
        }
    }

    fn device(&mut self, now: Nanos, node: NodeId, seen: Device) {
        let Some(host) = self.state.get_mut(&node) else { return };
        match seen {
            Device::Registered => {}
            Device::Polled { cast: true } => {
                host.device_until = now + Nanos::from(DEVICE_TIMEOUT) * MILLIS + NEWS;
            }
            Device::Polled { cast: false } | Device::Unregistered => {
                host.device_until = host.device_until.min(now + NEWS);
            }
        }
    }

    fn quorum(&mut self, who: Who, quorate: bool, members: &[NodeId], ring: RingId) -> Result<(), Broken> {
        let (hosts, voting) = (self.hosts, self.voting);
        let Some(host) = self.state.get_mut(&who.0) else { return Ok(()) };
        let gained = quorate && !host.quorate;
        (host.quorate, host.members, host.told) = (quorate, members.to_vec(), Some(ring));
        host.blessed = quorate;
        if quorate {
            host.smallest = members.len();
        }
        let (twice, there) = (2 * members.len(), members);
        if voting == Voting::Plain && quorate != (twice > hosts) {
            return Err(broken!("Q1", "{who:?} with {there:?} of {hosts} says {quorate}"));
        }
        if voting == Voting::WaitForAll && quorate && twice <= hosts {
            return Err(broken!("Q1", "{who:?} with {there:?} of {hosts} is quorate"));
        }
        // The last man expects fewer than all.
        if voting != Voting::LastMan && voting.waits_for_all() && gained && !self.blessed.contains(&ring) {
            return Err(broken!("Q2", "{who:?} is quorate with {there:?}, nobody of whom saw all {hosts}"));
        }
        if voting == Voting::LastMan && quorate && twice <= hosts {
            let smallest = self.smallest.get(&ring).copied().unwrap_or(usize::MAX);
            if twice <= smallest {
                return Err(broken!("Q1", "{who:?} is quorate with {there:?}, there were {smallest} before"));
            }
        }
        if matches!(voting, Voting::Lowest | Voting::Highest | Voting::List) {
            self.tie(who, quorate, members)?;
        }
        Ok(())
    }

    /// Exactly half has quorum only with the node that breaks the tie.
    fn tie(&mut self, who: Who, quorate: bool, members: &[NodeId]) -> Result<(), Broken> {
        let (twice, hosts) = (2 * members.len(), self.hosts);
        let Some(host) = self.state.get_mut(&who.0) else { return Ok(()) };
        if twice > hosts {
            host.majorities = extremes(members).into_iter().collect();
            return if quorate {
                Ok(())
            } else {
                Err(broken!("Q3", "{who:?} with {members:?} of {hosts} is not quorate"))
            };
        }
        if !quorate {
            return Ok(());
        }
        let decides = match self.voting {
            Voting::Lowest => host.majorities.iter().any(|(lowest, _)| members.contains(lowest)),
            Voting::Highest => host.majorities.iter().any(|(_, highest)| members.contains(highest)),
            _ => {
                let first = LIST.iter().position(|&node| members.contains(&NodeId(node)));
                first.is_some_and(|first| !LIST[..first].iter().any(|&node| host.previous.contains(&NodeId(node))))
            }
        };
        if twice == hosts && decides {
            return Ok(());
        }
        let before = (&host.previous, &host.majorities);
        Err(broken!("Q3", "{who:?} is quorate with {members:?} of {hosts}, before that {before:?}"))
    }

    /// A host was called and is awake: is the device's vote still good?
    pub(super) fn called(&self, now: Nanos, who: Who) -> Result<(), Broken> {
        let Some(host) = self.state.get(&who.0) else { return Ok(()) };
        if self.voting != Voting::Device || !host.quorate || host.told != host.ring {
            return Ok(());
        }
        let counts = now <= host.device_until;
        let votes = host.members.len() + if counts { DEVICE_VOTES } else { 0 };
        if 2 * votes <= self.hosts + DEVICE_VOTES {
            let Host { members, device_until, .. } = host;
            return Err(broken!(
                "Q4",
                "{who:?} is quorate with {members:?} of {}, its device's vote counted until {device_until}",
                self.hosts
            ));
        }
        Ok(())
    }

    /// No two stable configurations have quorum. (With a device that is the device's promise, not ours.)
    fn at_most_one(&self, view: &View) -> Result<(), Broken> {
        if !matches!(self.voting, Voting::Plain | Voting::WaitForAll) {
            return Ok(());
        }
        let rings = view.stable_rings();
        let quorate = |members: &[NodeId], ring: RingId| {
            members.iter().any(|node| self.state.get(node).is_some_and(|host| host.quorate && host.told == Some(ring)))
        };
        let both: BTreeSet<RingId> =
            rings.into_iter().filter(|(ring, members)| quorate(members, *ring)).map(|(ring, _)| ring).collect();
        if both.len() > 1 { Err(broken!("Q1", "{both:?} are quorate")) } else { Ok(()) }
    }

    /// All are in one ring: all have quorum.
    pub(super) fn finish(&self, view: &View) -> Result<(), Broken> {
        let lacks =
            |node: &&NodeId| self.voting != Voting::None && !self.state.get(node).is_some_and(|host| host.quorate);
        match view.places.keys().find(lacks) {
            Some(node) => Err(broken!("Q1", "{node} is not quorate with all {} hosts", self.hosts)),
            None => Ok(()),
        }
    }
}

fn extremes(members: &[NodeId]) -> Option<(NodeId, NodeId)> {
    members.iter().min().copied().zip(members.iter().max().copied())
}
