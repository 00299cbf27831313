//! T11, and T1-T4 and T8 once more as processes in groups see them: changes have one place among messages, views
//! follow from changes, senders are members, nothing is lost or doubled as long as sender and hearer are together.

use super::view::View;
use super::{Broken, Who, broken};
use crate::sim::message::Id;
use crate::sim::tape::{Cpg, Process, Reason, Seen};
use std::collections::{BTreeMap, BTreeSet};

/// `CPG_REASON_JOIN`.
const JOIN: u32 = 1;
/// `CPG_REASON_LEAVE`.
const LEAVE: u32 = 2;

/// Something that has one place in the order of a group's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Item {
    Message(Id),
    Join(Process),
    Leave(Process),
}

/// A process that joined a group, and all that it was told.
#[derive(Debug, Default)]
struct Member {
    life: u32,
    group: u8,
    /// It lives, and didn't ask to leave.
    wants_in: bool,
    /// It lives.
    lives: bool,
    /// Who is in the group, as it was told; `None` before its own join.
    view: Option<BTreeSet<Process>>,
    items: Vec<Item>,
    /// The number of each sender's next message; `None` while any may be the first.
    next: BTreeMap<Process, Option<u64>>,
    parts: BTreeMap<Process, Vec<u8>>,
    sent: u64,
}

/// All groups.
#[derive(Debug, Default)]
pub(super) struct Groups {
    members: BTreeMap<Process, Member>,
    sent: BTreeMap<Id, usize>,
    delivered: usize,
}

impl Groups {
    pub(super) fn see(&mut self, view: &View, who: Who, seen: &Seen) -> Result<(), Broken> {
        let (process, seen) = match seen {
            Seen::Cpg(process, seen) => (*process, seen),
            Seen::Ended => {
                for (_, member) in self.members.iter_mut().filter(|(process, _)| process.node == who.0) {
                    (member.lives, member.wants_in) = (false, false);
                }
                return Ok(());
            }
            _ => return Ok(()),
        };
        if let Cpg::Joining { group } = seen {
            let member = Member { life: who.1, group: *group, wants_in: true, lives: true, ..Member::default() };
            self.members.insert(process, member);
            return Ok(());
        }
        let Some(member) = self.members.get_mut(&process) else { return Ok(()) };
        match seen {
            Cpg::Joining { .. } => Ok(()),
            Cpg::Leaving => {
                member.wants_in = false;
                Ok(())
            }
            Cpg::Gone => {
                (member.lives, member.wants_in) = (false, false);
                Ok(())
            }
            Cpg::Sent { id, length } => {
                member.sent = id.count + 1;
                self.sent.insert(*id, *length);
                Ok(())
            }
            Cpg::Changed { members, joined, left } => {
                let syncing = view.places.get(&who.0).is_some_and(|place| !place.serving && !place.leaving);
                member.changed(process, members, joined, left, syncing)
            }
            Cpg::Delivered { from, message } => {
                self.delivered += 1;
                member.delivered(&self.sent, process, *from, message)
            }
            Cpg::Part { from, first, last, bytes } => {
                let Some(message) = member.part(*from, *first, *last, bytes) else { return Ok(()) };
                self.delivered += 1;
                member.delivered(&self.sent, process, *from, &message)
            }
        }
    }

    /// Messages sent, and deliveries.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.sent.len(), self.delivered)
    }

    /// A process whose own message or join did not come back.
    pub(super) fn undelivered(&self, view: &View) -> Option<Broken> {
        let here = |process: &Process, member: &Member| {
            member.wants_in && view.places.get(&process.node).is_some_and(|place| place.life == member.life)
        };
        let lacks = |process: &Process, member: &Member| match &member.view {
            None => true,
            Some(_) => member.sent > 0 && member.next.get(process) != Some(&Some(member.sent)),
        };
        let found = self.members.iter().find(|(process, member)| here(process, member) && lacks(process, member));
        found.map(|(process, member)| broken!("T3", "{process:?} sent {}, but did not get all of it", member.sent))
    }

    /// What is broken in the whole history, one of each kind.
    pub(super) fn finish(&self, view: &View) -> Vec<Broken> {
        let mut all: Vec<Broken> = self.undelivered(view).into_iter().collect();
        all.extend(self.views(view).err());
        all.extend(self.one_order().err());
        all
    }

    /// At the end everybody knows who is there.
    fn views(&self, view: &View) -> Result<(), Broken> {
        for (process, member) in self.members.iter().filter(|(_, member)| member.wants_in) {
            let Some(place) = view.places.get(&process.node) else { continue };
            let is_there = |(other, there): &(&Process, &Member)| {
                there.wants_in && there.group == member.group && place.members.contains(&other.node)
            };
            let there: BTreeSet<Process> = self.members.iter().filter(is_there).map(|(&other, _)| other).collect();
            if member.view.as_ref() != Some(&there) {
                let told = &member.view;
                return Err(broken!("T11", "{process:?} was told that its group is {told:?}, it is {there:?}"));
            }
        }
        Ok(())
    }

    /// Whatever two processes of a group were both told has one order.
    fn one_order(&self) -> Result<(), Broken> {
        for (process, member) in &self.members {
            let places: BTreeMap<Item, usize> =
                member.items.iter().enumerate().map(|(place, &item)| (item, place)).collect();
            for (other, there) in self.members.range(..process).filter(|(_, there)| there.group == member.group) {
                let mut last = None;
                for item in &there.items {
                    let Some(&place) = places.get(item) else { continue };
                    if last.is_some_and(|last| place < last) {
                        return Err(broken!("T11", "{process:?} and {other:?} differ in the place of {item:?}"));
                    }
                    last = Some(place);
                }
            }
        }
        Ok(())
    }
}

impl Member {
    fn changed(
        &mut self,
        own: Process,
        members: &[Process],
        joined: &[Reason],
        left: &[Reason],
        syncing: bool,
    ) -> Result<(), Broken> {
        let now: BTreeSet<Process> = members.iter().copied().collect();
        match &self.view {
            None if !joined.iter().any(|(process, _)| *process == own) => {
                return Err(broken!("T11", "{own:?} is told of {joined:?} before its own join"));
            }
            None => self.next.extend(members.iter().map(|&process| (process, None))),
            Some(view) => {
                let mut expected: BTreeSet<Process> = view.clone();
                expected.extend(joined.iter().map(|(process, _)| *process));
                left.iter().for_each(|(process, _)| {
                    expected.remove(process);
                });
                if expected != now {
                    return Err(broken!(
                        "T11",
                        "{own:?}: {view:?} and {joined:?} less {left:?} isn't the group that is told, {now:?}"
                    ));
                }
            }
        }
        for &(process, reason) in joined {
            self.next.insert(process, (reason == JOIN).then_some(0));
            if reason == JOIN {
                self.items.push(Item::Join(process));
            }
        }
        for &(process, reason) in left {
            self.next.remove(&process);
            self.parts.remove(&process);
            if reason == LEAVE && !syncing {
                self.items.push(Item::Leave(process));
            }
        }
        self.view = Some(now);
        Ok(())
    }

    fn part(&mut self, from: Process, first: bool, last: bool, bytes: &[u8]) -> Option<Vec<u8>> {
        if first {
            self.parts.insert(from, Vec::new());
        }
        let parts = self.parts.get_mut(&from)?;
        parts.extend_from_slice(bytes);
        if last { self.parts.remove(&from) } else { None }
    }

    fn delivered(
        &mut self,
        sent: &BTreeMap<Id, usize>,
        own: Process,
        from: Process,
        message: &[u8],
    ) -> Result<(), Broken> {
        let id = Id::of(message).ok_or_else(|| broken!("T1", "a group's message nobody sent"))?;
        let length = *sent.get(&id).ok_or_else(|| broken!("T1", "{id:?} was never sent in a group"))?;
        if (id.from, id.life) != (from.node, from.pid) || message != id.message(length) {
            return Err(broken!("T1", "{id:?} arrived from {from:?} with other bytes at {own:?}"));
        }
        if !self.view.as_ref().is_some_and(|view| view.contains(&from)) {
            return Err(broken!("T11", "{own:?} got {id:?}, whose sender isn't a member: {:?}", self.view));
        }
        match self.next.insert(from, Some(id.count + 1)).flatten() {
            Some(next) if id.count < next => Err(broken!("T2", "{own:?} got {id:?} after number {}", next - 1)),
            Some(next) if id.count > next => Err(broken!("T8", "{own:?} got {id:?} instead of number {next}")),
            _ => {
                self.items.push(Item::Message(id));
                Ok(())
            }
        }
    }
}
