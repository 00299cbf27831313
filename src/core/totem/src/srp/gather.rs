//! Gather: nodes tell each other whom they know and whom they gave up, until all say the same.

use super::{RING_SEQ_JUMP, Srp, State};
use crate::nodes::{merge, same, subset, subtract};
use crate::timers::Timer;
use crate::wire::{self, Join};
use core_types::{Level, MILLIS, Nanos, NodeId, PROCESSOR_COUNT_MAX};

/// Why a node starts to gather (`enum gather_state_from`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GatherFrom {
    ConsensusTimeout = 0,
    LostInOperational = 2,
    ConsensusExpired = 3,
    LostInCommit = 4,
    LostInRecovery = 5,
    FailedToReceive = 6,
    ForeignInOperational = 7,
    ForeignInGather = 8,
    MergeInOperational = 9,
    MergeInGather = 10,
    MergeInJoin = 11,
    JoinInOperational = 12,
    JoinInCommit = 13,
    JoinInRecovery = 14,
    InterfaceChange = 15,
}

impl GatherFrom {
    fn text(self) -> &'static str {
        match self {
            GatherFrom::ConsensusTimeout => "consensus timeout",
            GatherFrom::LostInOperational => "The token was lost in the OPERATIONAL state.",
            GatherFrom::ConsensusExpired => "The consensus timeout expired.",
            GatherFrom::LostInCommit => "The token was lost in the COMMIT state.",
            GatherFrom::LostInRecovery => "The token was lost in the RECOVERY state.",
            GatherFrom::FailedToReceive => "failed to receive",
            GatherFrom::ForeignInOperational => "foreign message in operational state",
            GatherFrom::ForeignInGather => "foreign message in gather state",
            GatherFrom::MergeInOperational => "merge during operational state",
            GatherFrom::MergeInGather => "merge during gather state",
            GatherFrom::MergeInJoin => "merge during join",
            GatherFrom::JoinInOperational => "join during operational state",
            GatherFrom::JoinInCommit => "join during commit state",
            GatherFrom::JoinInRecovery => "join during recovery",
            GatherFrom::InterfaceChange => "interface change",
        }
    }
}

impl Srp {
    pub(super) fn enter_gather(&mut self, from: GatherFrom) {
        self.discard_tokens = true;
        self.originated = false;
        merge(&mut self.procs, &[self.me]);
        self.send_join();
        self.arm(Timer::Join, self.config.join);
        self.arm(Timer::Consensus, self.config.consensus);
        self.disarm_token_loss();
        for timer in [Timer::TokenRetransmit, Timer::TokenHold, Timer::MergeDetect, Timer::Heartbeat] {
            self.timers.disarm(timer);
        }
        self.consensus.clear();
        self.consensus.push(self.me);
        let told = from == GatherFrom::MergeInJoin;
        self.alone_from = if told { self.now + Nanos::from(self.config.join) * MILLIS } else { self.now };
        self.log(Level::Debug, format!("entering GATHER state from {}({}).", from as u32, from.text()));
        self.state = State::Gather;
        self.stats.gather_entered += 1;
        if from == GatherFrom::ConsensusExpired {
            self.stats.continuous_gather += 1;
        }
    }

    /// Those who would make up the ring.
    pub(super) fn candidates(&self) -> Vec<NodeId> {
        subtract(&self.procs, &self.failed)
    }

    fn agreed(&self) -> bool {
        let candidates = self.candidates();
        subset(&candidates, &self.consensus) && (self.failed_to_recv || !candidates.is_empty())
    }

    /// Not everybody agreed in time: give up those who did not.
    pub(super) fn consensus_expired(&mut self) {
        self.stats.consensus_timeouts += 1;
        if self.agreed() {
            self.consensus.clear();
            self.consensus.push(self.me);
            self.arm_token_loss();
        } else {
            let silent = subtract(&self.procs, &self.consensus);
            merge(&mut self.failed, &silent);
            self.enter_gather(GatherFrom::ConsensusTimeout);
        }
    }

    fn send_join(&mut self) {
        if self.config.send_join == 0 {
            self.transmit_join();
        } else if !self.timers.armed(Timer::SendJoin) {
            let delay = self.draw() % (Nanos::from(self.config.send_join) * MILLIS);
            self.timers.arm(Timer::SendJoin, self.now + delay);
        }
    }

    pub(super) fn send_delayed_join(&mut self) {
        if matches!(self.state, State::Gather | State::Commit) {
            self.transmit_join();
        }
    }

    pub(super) fn repeat_join(&mut self) {
        if matches!(self.state, State::Gather | State::Commit) {
            self.send_join();
            self.arm(Timer::Join, self.config.join);
        }
    }

    /// The next of a sequence of numbers that looks random (splitmix64).
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn transmit_join(&mut self) {
        let join = Join {
            nodeid: self.me,
            from: self.me,
            procs: self.procs.clone(),
            failed: self.failed.clone(),
            ring_seq: self.ring.seq,
        };
        self.stats.memb_join_tx += 1;
        let frame = self.pool.filled(|out| wire::put_join(out, &join));
        self.local.push_back(frame.clone());
        self.send_everyone(frame);
    }

    /// Says goodbye: the same as a join message, but with this node failed.
    pub(crate) fn leave(&mut self, now: Nanos) {
        self.now = now;
        self.log(Level::Debug, "sending join/leave message".to_owned());
        merge(&mut self.failed, &[self.me]);
        let mut failed = subtract(&self.failed, &[self.me]);
        // Readers take the last one for who leaves.
        failed.push(self.me);
        let join = Join {
            nodeid: NodeId(0),
            from: self.me,
            procs: subtract(&self.procs, &[self.me]),
            failed,
            ring_seq: self.ring.seq,
        };
        self.stats.memb_join_tx += 1;
        let frame = self.pool.filled(|out| wire::put_join(out, &join));
        self.send_everyone(frame);
    }

    pub(super) fn receive_join(&mut self, join: &Join) {
        // an own goodbye that comes back: who gives itself up gathers for ever
        let own_leave = join.from == self.me && join.failed.contains(&self.me);
        if join.from == NodeId(0) || own_leave || join.ring_seq.saturating_sub(self.ring_seq) > RING_SEQ_JUMP {
            self.stats.rx_msg_dropped += 1;
            return;
        }
        if join.from != self.me && self.slept() {
            return;
        }
        self.ring_seq = self.ring_seq.max(join.ring_seq);
        let of_new_ring = self.new_members.contains(&join.from) && join.ring_seq >= self.ring.seq;
        let moved_on = self.state == State::Commit && self.has_moved_on(join);
        match self.state {
            State::Operational if self.ignores(join) => {}
            State::Operational | State::Gather => {
                if !self.members.contains(&join.from) {
                    self.blame(join.from);
                }
                self.process_join(join);
            }
            State::Commit if of_new_ring || moved_on => {
                self.enter_gather(GatherFrom::JoinInCommit);
                self.process_join(join);
            }
            State::Recovery if of_new_ring => {
                self.abandon_recovery();
                self.enter_gather(GatherFrom::JoinInRecovery);
                self.process_join(join);
            }
            State::Commit | State::Recovery => {}
        }
    }

    /// Whether a node of the ring in the making has heard of others since it agreed: it won't take the commit token, for
    /// which everybody else would wait as long as for a lost one (as the reference does).
    fn has_moved_on(&self, join: &Join) -> bool {
        let known = |node| self.new_members.contains(node) || self.procs.contains(node);
        self.new_members.contains(&join.from) && !join.failed.contains(&self.me) && !join.procs.iter().all(known)
    }

    /// Whether a working ring does better not to hear a join message: it is an old one, or of a node that gave up
    /// members of this ring (once that node has formed a ring without them, it will come again).
    fn ignores(&self, join: &Join) -> bool {
        if join.failed.contains(&self.me) {
            return true;
        }
        if self.members.contains(&join.from) {
            return join.ring_seq < self.ring.seq;
        }
        let knows_me = join.procs.contains(&self.me);
        join.failed.iter().any(|node| self.members.contains(node)) || (!knows_me && self.shuns(join.from))
    }

    fn process_join(&mut self, join: &Join) {
        let leaves = join.nodeid == NodeId(0);
        if leaves {
            self.note_leave(join);
        }
        if same(&join.procs, &self.procs) && same(&join.failed, &self.failed) {
            if !leaves && !self.consensus.contains(&join.from) && self.consensus.len() < PROCESSOR_COUNT_MAX {
                self.consensus.push(join.from);
            }
            if self.agreed() && self.form_ring() {
                return;
            }
        } else if subset(&join.procs, &self.procs) && subset(&join.failed, &self.failed)
            || self.failed.contains(&join.from)
        {
            // It knows less than this node, or was given up: its next message may say more.
        } else if self.learn(join) {
            self.enter_gather(GatherFrom::MergeInJoin);
            if leaves {
                // It will not answer.
                self.alone_from = self.now;
            }
            return;
        }
        if self.state == State::Operational {
            self.enter_gather(GatherFrom::JoinInOperational);
        }
    }

    /// Takes over what a join message says; whether any of it was new. Where nothing was, answering (as the
    /// reference does) would make both sides answer each other as fast as they can and never time out.
    fn learn(&mut self, join: &Join) -> bool {
        let before = (self.procs.len(), self.failed.len());
        merge(&mut self.procs, &join.procs);
        if join.failed.contains(&self.me) {
            merge(&mut self.failed, &[join.from]);
        } else if self.members.contains(&join.from) {
            merge(&mut self.failed, &join.failed);
        }
        before != (self.procs.len(), self.failed.len())
    }

    fn note_leave(&mut self, join: &Join) {
        let who = join.failed.last().copied().unwrap_or_default();
        self.log(Level::Debug, format!("Received LEAVE message from {who}"));
        if who != NodeId(0) && !self.leaving.contains(&who) {
            if self.leaving.len() < PROCESSOR_COUNT_MAX {
                self.leaving.push(who);
            } else {
                self.log(Level::Warning, format!("Cannot set LEAVE nodeid={who}"));
            }
        }
    }

    /// All agree. Forms the ring if that is this node's part, as the lowest of the candidates; if they agree that
    /// this node is the one that receives nothing, it goes on alone.
    ///
    /// Who is alone because of what another one's join said waits until it repeats its own, unless that was a goodbye.
    /// At once (as the reference does it), two nodes that gave each other up would answer each other's old messages with
    /// lonely rings for ever.
    fn form_ring(&mut self) -> bool {
        if self.failed_to_recv {
            self.failed_to_recv = false;
            self.procs = vec![self.me];
            self.failed.clear();
        } else if self.candidates().iter().min() != Some(&self.me)
            || (self.candidates().len() == 1 && self.now < self.alone_from)
        {
            return false;
        }
        let token = self.create_commit();
        self.enter_commit(token);
        true
    }
}
