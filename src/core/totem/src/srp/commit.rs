//! Commit: the representative's token goes round twice, first to collect what each has of its old ring.

use super::{OldRing, RING_SEQ_JUMP, Srp, State};
use crate::action::Action;
use crate::nodes::same;
use crate::sort::before;
use crate::timers::Timer;
use crate::wire::{self, CommitEntry, CommitToken};
use core_types::{Level, RingId};

impl Srp {
    pub(super) fn create_commit(&mut self) -> CommitToken {
        self.log(Level::Debug, "Creating commit token because I am the rep.".to_owned());
        let mut members = self.candidates();
        members.sort_unstable();
        CommitToken {
            ring: RingId { representative: self.me, seq: self.ring_seq.saturating_add(4) },
            entries: vec![CommitEntry::default(); members.len()],
            members,
            ..CommitToken::default()
        }
    }

    pub(super) fn enter_commit(&mut self, mut token: CommitToken) {
        if self.old.is_none() {
            self.old = Some(OldRing { aru: self.aru, high_received: self.high_received });
            self.old_ring = self.ring;
            let line = format!("Saving state aru {:x} high seq received {:x}", self.aru, self.high_received);
            self.log(Level::Debug, line);
        }
        self.fill_in(&mut token);
        self.new_members.clone_from(&token.members);
        self.token_target = token.members[token.memb_index % token.members.len()];
        for timer in [Timer::Join, Timer::Consensus, Timer::SendJoin] {
            self.timers.disarm(timer);
        }
        self.ring = token.ring;
        self.ring_seq = self.ring_seq.max(token.ring.seq);
        self.out.push_back(Action::StoreRingId(self.ring));
        self.log(Level::Debug, "entering COMMIT state.".to_owned());
        self.state = State::Commit;
        self.arm_token_loss();
        self.stats.commit_entered += 1;
        self.stats.continuous_gather = 0;
        (self.trc, self.pbl, self.cbl) = (0, 0, 0);
        self.pass_commit(token);
    }

    /// Fills in this node's entry, and marks those of the same old ring that lack what another one has.
    fn fill_in(&mut self, token: &mut CommitToken) {
        let index = token.memb_index;
        let old = self.old.unwrap_or_default();
        self.received_flg = self.aru == self.high_received;
        token.entries[index] = CommitEntry {
            ring: self.old_ring,
            aru: old.aru,
            high_delivered: self.high_delivered,
            received: self.received_flg,
        };
        let of_ring = token.entries[..=index].iter().filter(|entry| entry.ring == self.old_ring);
        let high = of_ring.map(|entry| entry.aru).fold(old.aru, |high, aru| if before(high, aru) { aru } else { high });
        for entry in &mut token.entries[..=index] {
            if entry.ring == self.old_ring && before(entry.aru, high) {
                entry.received = false;
            }
        }
        self.received_flg = token.entries[index].received;
        token.memb_index += 1;
    }

    /// Passes the commit token on, and again until something is heard: as often as a join message, not as the ring's
    /// token, since the next node takes it only once it has heard as much as this one, or can't be reached yet.
    pub(super) fn pass_commit(&mut self, mut token: CommitToken) {
        token.token_seq = token.token_seq.wrapping_add(1);
        self.stats.memb_commit_token_tx += 1;
        let (me, target) = (self.me, self.token_target);
        let frame = self.pool.filled(|out| wire::put_commit(out, me, target, &token));
        self.pass_token(frame);
        self.arm_retransmit();
    }

    /// Until the kept token is sent again.
    pub(super) fn arm_retransmit(&mut self) {
        let usual = self.config.token_retransmit;
        let after = if self.state == State::Commit { usual.min(self.config.join.max(1)) } else { usual };
        self.arm(Timer::TokenRetransmit, after);
    }

    pub(super) fn receive_commit(&mut self, token: CommitToken) {
        self.log(Level::Debug, "got commit token".to_owned());
        let complete = token.memb_index == token.members.len();
        match self.state {
            State::Operational => {}
            State::Gather => {
                let mine = !complete && token.members[token.memb_index] == self.me;
                if mine && self.agrees_with(&token) {
                    self.enter_commit(token);
                }
            }
            State::Commit => {
                if complete && token.ring == self.ring && token.members == self.new_members {
                    self.enter_recovery(token);
                }
            }
            State::Recovery => {
                if complete && token.ring == self.ring && self.is_representative() && !self.originated {
                    self.originated = true;
                    self.originate_token();
                }
            }
        }
    }

    /// Whether a commit token forms the ring that this node wants.
    fn agrees_with(&self, token: &CommitToken) -> bool {
        same(&token.members, &self.candidates())
            && token.members.contains(&token.ring.representative)
            && token.ring.seq > self.ring.seq
            && token.ring.seq.saturating_sub(self.ring_seq) <= RING_SEQ_JUMP
    }
}
