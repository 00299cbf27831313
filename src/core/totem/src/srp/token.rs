//! The ordering token: who has it may send. Flow control, requests for what is missing, holding an idle token.

use super::gather::GatherFrom;
use super::{Event, Srp, State};
use crate::action::Action;
use crate::buffer::Bytes;
use crate::config::millis;
use crate::nodes::merge;
use crate::sort::{Item, SPAN, before};
use crate::timers::Timer;
use crate::wire::{self, Mcast, RETRANSMIT_ENTRIES_MAX, Retransmit, Token};
use core_types::{Guarantee, Level, NodeId};

/// Idle rotations before a ring of one holds its token: two are enough to release what was delivered.
const ALONE_UNCHANGED: u32 = 2;
/// So often in a row a node answers requests for the same multicast; then it lets others.
const RESENT_ALWAYS: u32 = 3;

impl Srp {
    pub(super) fn receive_token(&mut self, mut token: Token) {
        let wanted = !self.discard_tokens && matches!(self.state, State::Operational | State::Recovery);
        if !wanted || token.ring != self.ring || !before(self.token_seq, token.token_seq) {
            return;
        }
        if token.seq.wrapping_sub(self.aru) >= SPAN {
            self.stats.rx_msg_dropped += 1;
            return;
        }
        self.note_activity(token.seq);
        if self.state == State::Operational {
            self.free_messages(token.aru);
            self.sender.token_came();
        }
        self.stats.token_received(self.now);
        let mut forward = !(self.token_held && self.is_representative());

        let last_aru = self.last_aru;
        self.last_aru = token.aru;
        let mut allowed = self.transmits_allowed(&token);
        let again = self.serve_retransmits(&mut token, allowed);
        allowed -= again;
        if self.config.cancel_token_hold_on_retransmit && self.token_held && (!token.retransmit.is_empty() || again > 0)
        {
            self.token_held = false;
            forward = true;
        }
        let allowed = self.limit_to_span(&token, allowed);
        let fresh = self.send_waiting(&mut token, allowed);
        self.account(&mut token, again + fresh);
        if self.lower_aru(&mut token, last_aru) {
            self.fail_to_receive();
            return;
        }
        self.token_seq = token.token_seq;
        token.token_seq = token.token_seq.wrapping_add(1);
        if self.state == State::Recovery {
            self.recover(&mut token);
        }
        self.finish_visit(&token, forward);
    }

    /// Passes the token on, then delivers: others needn't wait for that.
    fn finish_visit(&mut self, token: &Token, forward: bool) {
        let (me, target) = (self.me, self.token_target);
        let frame = self.pool.filled(|out| wire::put_token(out, me, target, token));
        self.keep_token(frame);
        if forward {
            self.resend_token();
        }
        if self.state == State::Operational {
            self.deliver(self.high_received, false);
        }
        self.arm_token_loss();
        self.arm(Timer::TokenRetransmit, self.config.token_retransmit);
        if self.is_representative() && self.token_held {
            self.arm(Timer::TokenHold, self.config.hold);
        }
        self.stats.token_sent(self.now);
        if self.notify_token {
            self.notify_token = false;
            self.events.push_back(Event::TokenSent);
        }
        match self.config.heartbeat() {
            Some(timeout) if forward => self.timers.arm(Timer::Heartbeat, self.now + millis(timeout)),
            _ => self.timers.disarm(Timer::Heartbeat),
        }
    }

    /// Whether the ring is idle: then others are looked for, and the token is held.
    fn note_activity(&mut self, seq: u32) {
        if seq == self.last_seq {
            if !self.timers.armed(Timer::MergeDetect) {
                self.arm(Timer::MergeDetect, self.config.merge);
            }
            self.seq_unchanged = self.seq_unchanged.saturating_add(1);
        } else {
            self.timers.disarm(Timer::MergeDetect);
            self.timers.disarm(Timer::TokenHold);
            self.seq_unchanged = 0;
        }
        self.last_seq = seq;
        let limit = self.config.seqno_unchanged_const;
        self.token_held = if self.state == State::Operational && self.members.len() == 1 {
            self.seq_unchanged > ALONE_UNCHANGED.min(limit) && self.sender.is_idle()
        } else if self.is_representative() {
            self.seq_unchanged > limit
        } else {
            self.seq_unchanged >= limit
        };
    }

    /// Drops what everybody has and this node delivered.
    fn free_messages(&mut self, token_aru: u32) {
        let mut to = token_aru;
        for bound in [self.last_aru, self.high_delivered] {
            if before(bound, to) {
                to = bound;
            }
        }
        if before(self.last_released, to) {
            let pool = &mut self.pool;
            self.regular.release(to, |frame| pool.give(frame));
            self.last_released = to;
        }
    }

    /// Frames that wait to be sent in this state.
    fn backlog(&mut self) -> u32 {
        let frames = match self.state {
            State::Operational => self.sender.backlog(),
            State::Recovery => self.retrans.len(),
            State::Gather | State::Commit => 0,
        } as u32;
        self.stats.backlog(frames);
        frames
    }

    /// How many frames may be sent now (`fcc_calculate`): within the window, and in proportion to what this node
    /// has to send of everybody's backlog.
    fn transmits_allowed(&mut self, token: &Token) -> u32 {
        let window = self.config.window_size;
        let allowed = self.config.max_messages.min(window.saturating_sub(token.fcc));
        self.cbl = self.backlog();
        let total = token.backlog.wrapping_add(self.cbl).wrapping_sub(self.pbl);
        match window.saturating_mul(self.pbl).checked_div(total) {
            Some(share) if share > 0 => allowed.min(share),
            _ => allowed,
        }
    }

    /// Sends nothing rather than more than the slowest member's queue can hold (`fcc_rtr_limit`).
    fn limit_to_span(&self, token: &Token, allowed: u32) -> u32 {
        let keep = allowed.saturating_add(self.config.window_size).min(SPAN);
        let last = self.last_released.wrapping_add(SPAN - keep);
        if before(last, token.seq) { 0 } else { allowed }
    }

    fn account(&mut self, token: &mut Token, sent: u32) {
        token.fcc = token.fcc.wrapping_add(sent).wrapping_sub(self.trc);
        token.backlog = token.backlog.wrapping_add(self.cbl).wrapping_sub(self.pbl);
        self.trc = sent;
        self.pbl = self.cbl;
    }

    /// Multicasts again what the token asks for, and asks for what is missing here. How many were sent.
    fn serve_retransmits(&mut self, token: &mut Token, allowed: u32) -> u32 {
        if !token.retransmit.is_empty() {
            let wanted: String = token.retransmit.iter().map(|item| format!("{:x} ", item.seq)).collect();
            self.log(Level::Notice, format!("Retransmit List: {wanted}"));
        }
        let mut sent = 0;
        let others = self.new_members.len() > 2;
        let queue = if self.state == State::Recovery { &mut self.recovery } else { &mut self.regular };
        token.retransmit.retain(|wanted| {
            let item = if sent < allowed && wanted.ring == self.ring { queue.wanted(wanted.seq) } else { None };
            let Some((item, times)) = item else { return true };
            // Asked for again and again: perhaps the way from here is cut. Every other time it is left to others.
            if others && times > RESENT_ALWAYS && times % 2 == 1 {
                return true;
            }
            self.out.push_back(Action::Multicast { frame: item.frame.clone() });
            self.stats.mcast_retx += 1;
            sent += 1;
            false
        });
        let mut seq = self.aru;
        while seq != token.seq && token.retransmit.len() < RETRANSMIT_ENTRIES_MAX {
            seq = seq.wrapping_add(1);
            if !queue.spans(seq) {
                break;
            }
            // Frames may overtake each other and the token: it takes some visits to count as missing.
            if queue.get(seq).is_none()
                && queue.missed(seq) >= self.config.miss_count_const
                && !token.retransmit.iter().any(|item| item.seq == seq)
            {
                token.retransmit.push(Retransmit { ring: self.ring, seq });
            }
        }
        sent
    }

    /// Multicasts what waits, up to `allowed` frames. How many were sent.
    fn send_waiting(&mut self, token: &mut Token, allowed: u32) -> u32 {
        let mut sent = 0;
        while sent < allowed {
            let encapsulated = self.state == State::Recovery;
            let (frame, guarantee) = if encapsulated {
                let Some(frame) = self.retrans.pop_front() else { break };
                (frame, Guarantee::Agreed)
            } else {
                let Some(waiting) = self.sender.pop() else { break };
                (waiting.frame, waiting.guarantee)
            };
            token.seq = token.seq.wrapping_add(1);
            self.send_mcast(frame, guarantee, encapsulated, token.seq);
            sent += 1;
        }
        if sent > 0 {
            self.high_received = token.seq;
        }
        self.update_aru();
        sent
    }

    fn send_mcast(&mut self, mut frame: Bytes, guarantee: Guarantee, encapsulated: bool, seq: u32) {
        let header = wire::mcast_header(&Mcast {
            nodeid: self.me,
            from: self.me,
            encapsulated,
            seq,
            this_seqno: self.this_seqno,
            ring: self.ring,
            guarantee: guarantee as u32,
        });
        self.this_seqno = self.this_seqno.wrapping_add(1);
        if let Some(bytes) = frame.get_mut() {
            bytes[..header.len()].copy_from_slice(&header);
        }
        let queue = if encapsulated { &mut self.recovery } else { &mut self.regular };
        queue.add(seq, Item { frame: frame.clone(), from: self.me, swapped: false });
        self.stats.mcast_tx += u64::from(!encapsulated);
        self.stats.mcast_rx += 1;
        self.out.push_back(Action::Multicast { frame });
    }

    /// Lowers the token's `aru` to this node's, or raises it where this node held it down. True when this node
    /// held it down for so long that it can't be receiving anything.
    fn lower_aru(&mut self, token: &mut Token, last_aru: u32) -> bool {
        if before(self.aru, token.aru) || token.aru_addr == self.me || token.aru_addr == NodeId(0) {
            token.aru = self.aru;
            token.aru_addr = if token.aru == token.seq { NodeId(0) } else { self.me };
        }
        let stuck = token.aru == last_aru && token.aru_addr != NodeId(0);
        self.aru_count = if stuck { self.aru_count + 1 } else { 0 };
        self.aru_count > self.config.fail_recv_const && token.aru_addr == self.me
    }

    fn fail_to_receive(&mut self) {
        self.log(Level::Error, "FAILED TO RECEIVE".to_owned());
        self.failed_to_recv = true;
        merge(&mut self.failed, &[self.me]);
        self.enter_gather(GatherFrom::FailedToReceive);
    }
}
