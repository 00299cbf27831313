//! Multicasts: taken in any order, delivered in the ring's.

use super::gather::GatherFrom;
use super::{Event, Srp, State};
use crate::nodes::merge;
use crate::sort::{Item, before};
use crate::wire::{FRAME_SIZE_MAX, Mcast};
use core_types::NodeId;

impl Srp {
    pub(super) fn receive_mcast(&mut self, mcast: &Mcast, bytes: &[u8], swapped: bool) {
        if bytes.len() > FRAME_SIZE_MAX || mcast.nodeid == NodeId(0) {
            self.stats.rx_msg_dropped += 1;
            return;
        }
        if mcast.ring != self.ring {
            self.meet_stranger(mcast.from, GatherFrom::ForeignInOperational, GatherFrom::ForeignInGather);
            return;
        }
        // A ring's own messages go round only once it is operational here or elsewhere; until then what is in
        // `regular` is the old ring's.
        let queue = match (mcast.encapsulated, self.state) {
            (true, State::Recovery) => &mut self.recovery,
            (false, _) if self.ring == self.old_ring => &mut self.regular,
            _ => {
                self.stats.rx_msg_dropped += 1;
                return;
            }
        };
        if queue.spans(mcast.seq) && queue.get(mcast.seq).is_none() {
            let frame = self.pool.filled(|out| out.extend_from_slice(bytes));
            queue.add(mcast.seq, Item { frame, from: mcast.nodeid, swapped });
            if before(self.high_received, mcast.seq) {
                self.high_received = mcast.seq;
            }
        }
        self.update_aru();
        if self.state == State::Operational {
            self.deliver(self.high_received, false);
        }
    }

    /// A frame of another ring: its sender is somebody to form a ring with.
    pub(super) fn meet_stranger(&mut self, who: NodeId, operational: GatherFrom, gather: GatherFrom) {
        match self.state {
            State::Operational if self.shuns(who) => self.stats.rx_msg_dropped += 1,
            State::Operational => {
                self.blame(who);
                merge(&mut self.procs, &[who]);
                self.enter_gather(operational);
            }
            State::Gather if !self.procs.contains(&who) => {
                merge(&mut self.procs, &[who]);
                self.enter_gather(gather);
            }
            State::Gather => {}
            State::Commit | State::Recovery => self.stats.rx_msg_dropped += 1,
        }
    }

    /// Moves `aru` up to the first gap.
    pub(super) fn update_aru(&mut self) {
        let queue = if self.state == State::Recovery { &self.recovery } else { &self.regular };
        while before(self.aru, self.high_received) && queue.get(self.aru.wrapping_add(1)).is_some() {
            self.aru = self.aru.wrapping_add(1);
        }
    }

    /// Hands on the regular queue's multicasts up to `end`: up to the first gap, or over gaps, but then only those
    /// of nodes that come along into the new ring.
    pub(super) fn deliver(&mut self, end: u32, over_gaps: bool) {
        while before(self.high_delivered, end) {
            let seq = self.high_delivered.wrapping_add(1);
            match self.regular.get(seq) {
                Some(item) if !over_gaps || self.transitional.contains(&item.from) => {
                    self.events.push_back(Event::Frame(item.clone()));
                }
                None if !over_gaps => break,
                _ => {}
            }
            self.high_delivered = seq;
        }
    }
}
