//! The face of totem: both layers together.

use crate::action::{Action, Delivery};
use crate::config::Config;
use crate::pg::{Assembler, Group};
use crate::srp::{Event, Srp, State};
use crate::stats::{PgStats, SrpStats};
use core_types::{Guarantee, Level, Nanos, NodeId, RingId};
use std::collections::VecDeque;

pub use crate::pg::Refused;

/// How full the queue of outgoing messages is (`totem_q_level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueueLevel {
    /// Less than 30 %.
    Low,
    /// Around 45 %.
    Good,
    /// Around 65 %.
    High,
    /// 75 % or more.
    Critical,
}

/// One node's totem.
#[derive(Debug)]
pub struct Totem {
    srp: Srp,
    assembler: Assembler,
    ready: VecDeque<Delivery>,
    level: QueueLevel,
    reserved: usize,
}

impl Totem {
    /// A node that isn't in any ring yet.
    pub fn new(config: Config, now: Nanos) -> Self {
        Totem {
            srp: Srp::new(config, now),
            assembler: Assembler::new(),
            ready: VecDeque::new(),
            level: QueueLevel::Good,
            reserved: 1,
        }
    }

    /// Starts to look for others; the interfaces are up.
    pub fn start(&mut self, now: Nanos) {
        self.srp.start(now);
    }

    /// The network interface went down or came up, and frames go another way: forms the ring anew.
    pub fn interface_changed(&mut self, now: Nanos) {
        self.srp.interface_changed(now);
    }

    /// Nodes that are not in this ring can be reached since now: shows itself to them at once.
    pub fn nodes_appeared(&mut self, now: Nanos) {
        self.srp.nodes_appeared(now);
    }

    /// Says goodbye: others needn't wait for the token to get lost. Nothing is to be fed after this.
    pub fn leave(&mut self, now: Nanos) {
        self.srp.leave(now);
    }

    /// Changes the parameters that may change at run time: all but `nodeid`, `ring_seq`, `seed` and `mtu`.
    pub fn reconfigure(&mut self, config: &Config) {
        self.srp.reconfigure(config);
    }

    /// A frame came from the network.
    pub fn handle_frame(&mut self, now: Nanos, frame: &[u8]) {
        self.srp.handle_frame(now, frame);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due, unless something else happens before.
    pub fn next_timeout(&self) -> Option<Nanos> {
        self.srp.timers.next()
    }

    /// Time passed.
    pub fn handle_timeout(&mut self, now: Nanos) {
        self.srp.handle_timeout(now);
    }

    /// Acts as if the token were lost (`totempg_force_gather`).
    pub fn force_gather(&mut self, now: Nanos) {
        self.srp.force_gather(now);
    }

    /// Queues a message for all members, this one included.
    pub fn multicast(
        &mut self,
        now: Nanos,
        group: Group,
        guarantee: Guarantee,
        parts: &[&[u8]],
    ) -> Result<(), Refused> {
        self.srp.cancel_hold(now);
        self.srp.sender.push(&mut self.srp.pool, group, guarantee, parts)
    }

    /// Whether no message waits for the token.
    pub fn is_idle(&self) -> bool {
        self.srp.sender.is_idle()
    }

    /// Whether a message of so many bytes would be taken now.
    pub fn room(&self, bytes: usize) -> bool {
        self.srp.sender.room(bytes + GROUP_NAME)
    }

    /// Promises room for a message of so many bytes, in frames; [`release`](Self::release) takes the promise back.
    /// Reserved room counts for [`queue_level`](Self::queue_level) only, as in the reference.
    pub fn reserve(&mut self, bytes: usize) -> Result<usize, Refused> {
        let bytes = bytes + GROUP_NAME;
        if bytes >= self.size_limit() {
            return Err(Refused::TooBig);
        }
        if !self.srp.sender.room(bytes) {
            return Err(Refused::TryAgain);
        }
        let frames = self.srp.sender.frames(bytes);
        self.reserved += frames;
        Ok(frames)
    }

    /// Takes back a promise of room.
    pub fn release(&mut self, frames: usize) {
        self.reserved = self.reserved.saturating_sub(frames).max(1);
    }

    /// How full the outgoing queue is. Between the levels' ranges the last answer stays.
    pub fn queue_level(&mut self) -> QueueLevel {
        let free = self.srp.sender.available().saturating_sub(self.reserved);
        let used = 100 - free * 100 / self.srp.sender.queue_max();
        self.level = match used {
            75.. => QueueLevel::Critical,
            ..30 => QueueLevel::Low,
            41..50 => QueueLevel::Good,
            61..70 => QueueLevel::High,
            _ => self.level,
        };
        self.level
    }

    /// Asks for one [`Action::TokenSent`] at the next visit of the token.
    pub fn notify_token(&mut self, now: Nanos) {
        self.srp.cancel_hold(now);
        self.srp.notify_token = true;
    }

    /// Sync is over: what waited since before the configuration change may go (`totempg_trans_ack`).
    pub fn synced(&mut self, now: Nanos) {
        self.srp.sender.set_syncing(false);
        self.assembler.set_syncing(false);
        if !self.srp.sender.is_idle() {
            self.srp.cancel_hold(now);
        }
    }

    /// The next thing to do; `None`: wait for input.
    pub fn next_action(&mut self, now: Nanos) -> Option<Action> {
        loop {
            if let Some(action) = self.srp.out.pop_front() {
                return Some(action);
            }
            if let Some(delivery) = self.ready.pop_front() {
                return Some(Action::Deliver(delivery));
            }
            if let Some(event) = self.srp.events.pop_front() {
                if let Some(action) = self.take(event) {
                    return Some(action);
                }
                continue;
            }
            if !self.srp.handle_local(now) {
                return None;
            }
        }
    }

    fn take(&mut self, event: Event) -> Option<Action> {
        match event {
            Event::Frame(item) => {
                let contents = item.frame.part(crate::wire::MCAST_HEADER, item.frame.len());
                let unpacked = self.assembler.unpack(item.from, &contents, item.swapped, &mut self.ready);
                let line =
                    |bad| format!("Message (totempg_mcast) received from node {}: {bad}...  Ignoring.", item.from);
                unpacked.err().map(|bad| Action::Log { level: Level::Warning, line: line(bad) })
            }
            Event::Configuration(configuration) => {
                for &node in &configuration.left {
                    self.assembler.forget(node);
                }
                Some(Action::Configuration(configuration))
            }
            Event::Log(level, line) => Some(Action::Log { level, line }),
            Event::SendLane => {
                self.srp.sender.set_syncing(true);
                None
            }
            Event::ReceiveLane => {
                self.assembler.set_syncing(true);
                None
            }
            Event::TokenSent => Some(Action::TokenSent),
        }
    }

    /// Bytes from which on a message can never be taken (`totempg_size_limit`).
    fn size_limit(&self) -> usize {
        let sender = &self.srp.sender;
        (sender.queue_max() - 3) * sender.frame_estimate()
    }

    /// The ring in force or in the making.
    pub fn ring(&self) -> RingId {
        self.srp.ring
    }

    /// The members of the newest regular configuration, in ring order.
    pub fn members(&self) -> &[NodeId] {
        &self.srp.members
    }

    /// Whether a node is among those heard of (`totemsrp_nodestatus_get`).
    pub fn reachable(&self, node: NodeId) -> bool {
        self.srp.procs.contains(&node)
    }

    /// Which part of the protocol this node is in.
    pub fn state(&self) -> State {
        self.srp.state
    }

    /// The ring protocol's counters.
    pub fn srp_stats(&mut self) -> &mut SrpStats {
        &mut self.srp.stats
    }

    /// The ring protocol's counters, to read.
    pub fn srp(&self) -> &SrpStats {
        &self.srp.stats
    }

    /// The packing layer's counters.
    pub fn pg_stats(&self) -> PgStats {
        PgStats { msg_queue_avail: self.srp.sender.available() as u32, msg_reserved: self.reserved as u32 }
    }

    /// Sets the counters to zero.
    pub fn clear_stats(&mut self) {
        self.srp.stats = SrpStats::default();
    }
}

/// Bytes that the group's name counts for.
const GROUP_NAME: usize = 1;
