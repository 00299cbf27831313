//! Operational: entering a new ring.

use super::{Event, Srp, State};
use crate::action::Configuration;
use crate::nodes::{list, subtract};
use core_types::Level;
use std::mem;

impl Srp {
    pub(super) fn enter_operational(&mut self) {
        self.originated = false;
        self.consensus.clear();
        let mut old = self.old.take().unwrap_or_default();
        self.log(Level::Debug, "Resetting old ring state".to_owned());
        self.take_recovered(&mut old.high_received);
        self.deliver(old.high_received, false);

        let left = subtract(&self.members, &self.transitional);
        let joined = subtract(&self.new_members, &self.transitional);
        self.members.clone_from(&self.new_members);
        self.set_retrans_flg = false;
        self.events.push_back(Event::Configuration(Configuration {
            ring: self.ring,
            members: self.transitional.clone(),
            left: left.clone(),
            joined: Vec::new(),
            transitional: true,
        }));
        self.events.push_back(Event::SendLane);
        self.deliver(old.high_received, true);
        self.events.push_back(Event::ReceiveLane);
        self.events.push_back(Event::Configuration(Configuration {
            ring: self.ring,
            members: self.members.clone(),
            left: Vec::new(),
            joined: joined.clone(),
            transitional: false,
        }));

        self.switch_queues();
        self.procs.clone_from(&self.members);
        self.failed.clear();
        self.rotation_counter = 0;
        self.retrans_flg_count = 0;
        self.log_membership(&left, &joined);
        self.leaving.clear();
        self.judge_gather();
        self.state = State::Operational;
        self.stats.operational_entered += 1;
        self.stats.continuous_gather = 0;
        self.received_flg = true;
        self.note_running();
        self.old_ring = self.ring;
    }

    /// The new ring's queue takes the old one's place. What it holds so far was only recovery's.
    fn switch_queues(&mut self) {
        self.regular = mem::take(&mut self.recovery);
        self.last_aru = 0;
        self.high_delivered = self.regular.last().unwrap_or(0);
        let pool = &mut self.pool;
        self.regular.release(self.high_delivered, |frame| pool.give(frame));
        self.last_released = self.high_delivered;
        self.aru = self.aru.max(self.high_delivered);
        self.high_received = self.high_received.max(self.high_delivered);
    }

    fn log_membership(&mut self, left: &[core_types::NodeId], joined: &[core_types::NodeId]) {
        let named = |what: &str, nodes: &[_]| match nodes {
            [] => String::new(),
            nodes => format!(" {what}:{}", list(nodes)),
        };
        self.log_behind(Level::Debug, "entering OPERATIONAL state.".to_owned());
        let line = format!(
            "A new membership ({}) was formed. Members{}{}",
            self.ring,
            named("joined", joined),
            named("left", left)
        );
        self.log_behind(Level::Notice, line);
        let failed = subtract(left, &self.leaving);
        if !failed.is_empty() {
            let line = format!("Failed to receive the leave message.{}", named("failed", &failed));
            self.log_behind(Level::Notice, line);
        }
    }

    /// Logs once what was delivered so far is taken: the reference is called back before it goes on.
    fn log_behind(&mut self, level: Level, line: String) {
        self.events.push_back(Event::Log(level, line));
    }
}
