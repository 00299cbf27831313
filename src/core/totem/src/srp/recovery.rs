//! Recovery: on the new ring, members send each other again what some of the same old ring lack.

use super::{Srp, State};
use crate::nodes::subset;
use crate::sort::{Item, SPAN, before};
use crate::timers::Timer;
use crate::wire::{self, CommitToken, MCAST_HEADER, Mcast, Packet, Token};
use core_types::{Level, NodeId};

impl Srp {
    pub(super) fn enter_recovery(&mut self, token: CommitToken) {
        self.log(Level::Debug, "entering RECOVERY state.".to_owned());
        self.discard_tokens = false;
        self.recovery.restart(0);
        self.retrans.clear();
        self.token_seq = u32::MAX;
        self.note_transitional(&token);
        self.queue_old_messages(&token);
        self.aru = 0;
        self.aru_count = 0;
        self.seq_unchanged = 0;
        self.high_received = 0;
        self.last_released = 0;
        self.install_seq = 0;
        self.retrans_flg_count = 0;
        self.rotation_counter = 0;
        self.state = State::Recovery;
        self.arm_token_loss();
        self.pass_commit(token);
        self.stats.recovery_entered += 1;
        self.stats.continuous_gather = 0;
    }

    /// Who comes from the same ring as this node.
    fn note_transitional(&mut self, token: &CommitToken) {
        let together = |node: &NodeId| {
            let index = token.members.iter().position(|member| member == node)?;
            (token.entries[index].ring == self.old_ring).then_some(*node)
        };
        self.transitional = self.members.iter().filter_map(together).collect();
        for (index, (node, entry)) in token.members.iter().zip(&token.entries).enumerate() {
            let lines = [
                format!("position [{index}] member {node}:"),
                format!("previous ringid ({})", entry.ring),
                format!(
                    "aru {:x} high delivered {:x} received flag {}",
                    entry.aru, entry.high_delivered, entry.received as u8
                ),
            ];
            for line in lines {
                self.log(Level::Debug, line);
            }
        }
    }

    /// Queues for sending again everything that somebody of the old ring may lack.
    fn queue_old_messages(&mut self, token: &CommitToken) {
        let old = self.old.unwrap_or_default();
        let together = token.members.iter().zip(&token.entries);
        let together = together.filter(|(node, _)| subset(&[**node], &self.transitional));
        let (mut all_received, mut low) = (true, old.high_received);
        for (_, entry) in together {
            all_received &= entry.received;
            if before(entry.aru, low) {
                low = entry.aru;
            }
        }
        let range = old.high_received.wrapping_sub(low).min(SPAN);
        if all_received || range == 0 {
            self.log(Level::Debug, "Did not need to originate any messages in recovery.".to_owned());
            return;
        }
        let first = old.high_received.wrapping_sub(range).wrapping_add(1);
        let line = format!("copying all old ring messages from {first:x}-{:x}.", old.high_received);
        self.log(Level::Debug, line);
        for offset in 0..range {
            let Some(item) = self.regular.get(first.wrapping_add(offset)) else { continue };
            let frame = self.pool.filled(|out| {
                out.resize(MCAST_HEADER, 0);
                out.extend_from_slice(&item.frame);
            });
            self.retrans.push_back(frame);
        }
        self.log(Level::Debug, format!("Originated {} messages in RECOVERY.", self.retrans.len()));
    }

    /// The new ring did not come about: the old ring's state is in force again.
    pub(super) fn abandon_recovery(&mut self) {
        let old = self.old.unwrap_or_default();
        self.aru = old.aru;
        self.high_received = old.high_received;
        self.stats.recovery_token_lost += 1;
        let line = format!("Restoring my_aru {:x} my high seq received {:x}", self.aru, self.high_received);
        self.log(Level::Debug, line);
    }

    /// The representative sends the new ring's first token.
    pub(super) fn originate_token(&mut self) {
        self.log(Level::Debug, "Sending initial ORF token".to_owned());
        self.stats.orf_token_tx += 1;
        self.set_retrans_flg = !self.retrans.is_empty();
        let token = Token {
            aru: u32::MAX,
            aru_addr: self.me,
            ring: self.ring,
            retrans_flg: self.set_retrans_flg,
            ..Token::default()
        };
        let (me, target) = (self.me, self.token_target);
        let frame = self.pool.filled(|out| wire::put_token(out, me, target, &token));
        self.pass_token(frame);
        self.arm_token_loss();
        self.arm(Timer::TokenRetransmit, self.config.token_retransmit);
    }

    /// What the token says about recovery, and whether it is over: then everybody has everything, and knows it.
    pub(super) fn recover(&mut self, token: &mut Token) {
        if !self.retrans.is_empty() {
            if !token.retrans_flg {
                token.retrans_flg = true;
                self.set_retrans_flg = true;
            }
        } else if token.retrans_flg && self.set_retrans_flg {
            token.retrans_flg = false;
            self.set_retrans_flg = false;
        }
        self.retrans_flg_count = if token.retrans_flg { 0 } else { self.retrans_flg_count + 1 };
        if self.retrans_flg_count == 2 {
            self.install_seq = token.seq;
        }
        if self.retrans_flg_count >= 2 && !before(self.aru, self.install_seq) {
            self.received_flg = true;
        }
        if self.retrans_flg_count >= 3 && !before(token.aru, self.install_seq) {
            self.rotation_counter += 1;
        } else {
            self.rotation_counter = 0;
        }
        if self.rotation_counter == 2 {
            self.enter_operational();
        }
    }

    /// Puts what was sent again in its place among the old ring's messages.
    pub(super) fn take_recovered(&mut self, high_received: &mut u32) {
        let line = format!("recovery to regular 1-{:x}", self.aru);
        self.log(Level::Debug, line);
        for seq in 1..=self.aru.min(SPAN) {
            let Some(item) = self.recovery.get(seq) else { continue };
            let inner = item.frame.part(MCAST_HEADER, item.frame.len());
            let Ok(wire::Frame { swapped, packet: Packet::Mcast(mcast) }) = wire::parse(&inner) else { continue };
            let Mcast { nodeid, ring, seq, .. } = mcast;
            if ring != self.old_ring {
                continue;
            }
            let added = self.regular.add(seq, Item { frame: inner, from: nodeid, swapped });
            if added && before(*high_received, seq) {
                *high_received = seq;
            }
        }
    }
}
