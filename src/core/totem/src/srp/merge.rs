//! Finding other rings, and the held token's release.

use super::gather::GatherFrom;
use super::{Srp, State};
use crate::timers::Timer;
use crate::wire;
use core_types::{Nanos, NodeId, RingId};

impl Srp {
    /// The transport says that nodes outside this ring can be reached now: they needn't wait for it to be idle.
    pub(crate) fn nodes_appeared(&mut self, now: Nanos) {
        self.now = now;
        self.detect_merge();
    }

    /// The ring is idle: its representative tells everyone of it.
    pub(super) fn detect_merge(&mut self) {
        if self.state != State::Operational || !self.is_representative() {
            return;
        }
        self.stats.memb_merge_detect_tx += 1;
        let (me, ring) = (self.me, self.ring);
        let frame = self.pool.filled(|out| wire::put_merge_detect(out, me, ring));
        self.send_everyone(frame);
    }

    pub(super) fn receive_merge_detect(&mut self, from: NodeId, ring: RingId) {
        if ring != self.ring && from != NodeId(0) {
            self.meet_stranger(from, GatherFrom::MergeInOperational, GatherFrom::MergeInGather);
        }
    }

    /// Something is to be sent: an idle ring's token must not be held any longer.
    pub(crate) fn cancel_hold(&mut self, now: Nanos) {
        if !self.token_held {
            return;
        }
        self.now = now;
        self.token_held = false;
        self.stats.token_hold_cancel_tx += 1;
        if self.members.len() > 1 {
            let (me, ring) = (self.me, self.ring);
            let frame = self.pool.filled(|out| wire::put_hold_cancel(out, me, ring));
            self.send_everyone(frame);
        }
        self.stats.token_hold_cancel_rx += 1;
        self.receive_hold_cancel(self.ring);
    }

    pub(super) fn receive_hold_cancel(&mut self, ring: RingId) {
        if ring != self.ring {
            return;
        }
        self.seq_unchanged = 0;
        if self.is_representative() && self.state != State::Gather {
            self.resend_token();
            self.arm(Timer::TokenRetransmit, self.config.token_retransmit);
        }
    }
}
