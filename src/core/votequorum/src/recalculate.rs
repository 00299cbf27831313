//! From what is known of the nodes to a decision, and telling of it (`recalculate_quorum`, `are_we_quorate`).

use crate::service::{LOG, Votequorum, put};
use crate::votes::{self, Partition, Rules};
use crate::wire::exec::flags;
use core_service::{Host, log};

/// What a recalculation may do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct May {
    /// Need fewer votes than before.
    pub(crate) decrease: bool,
    /// Expect the voters that are there now.
    pub(crate) expect_present: bool,
}

impl Votequorum {
    pub(crate) fn rules(&self, decrease: bool) -> Rules {
        Rules {
            two_node: self.settings.two_node,
            allow_downscale: self.settings.allow_downscale,
            barrier: self.ev_barrier,
            current: self.needed,
            decrease,
        }
    }

    /// Decides anew.
    pub(crate) fn recalculate(&mut self, host: &mut dyn Host, may: May) {
        let device = self.qdevice.node.votes;
        let all_votes = self.nodes.votes().wrapping_add(device);
        let us = self.nodes.us_mut();
        log!(host, LOG, Debug, "total_votes={all_votes}, expected_votes={}", us.expected_votes);
        if all_votes > us.expected_votes {
            us.expected_votes = all_votes;
            self.notify_expected_votes(host);
        }
        let expected = self.nodes.us().expected_votes;
        if self.settings.ev_tracking && expected > self.ev_tracking_barrier {
            self.set_ev_tracking_barrier(host, expected);
        }
        let present = self.nodes.members().count() as u32 + u32::from(device != 0);
        let expect = if may.expect_present { present } else { 0 };
        let tally = votes::tally(&self.nodes, device);
        // The reference keeps it in a byte.
        self.needed = votes::needed(&self.nodes, tally, expect, self.rules(may.decrease)) as u8;
        self.nodes.expect(expect);
        self.decide(host, tally.votes);
    }

    fn decide(&mut self, host: &mut dyn Host, total: u32) {
        if self.settings.wait_for_all && self.waiting {
            let expected = self.nodes.us().expected_votes;
            if total != expected {
                let line = "Waiting for all cluster members. Current votes:";
                log!(host, LOG, Notice, "{line} {total} expected_votes: {expected}");
                return;
            }
            self.set_waiting(host, false);
        }
        let quorate = self.is_quorate(host, total);
        let changed = self.quorate != quorate;
        if changed {
            let line = if quorate { "quorum regained, resuming activity" } else { "quorum lost, blocking activity" };
            log!(host, LOG, Debug, "{line}");
        }
        self.quorate = quorate;
        self.nodes.us_mut().set(flags::QUORATE, quorate);
        if self.settings.wait_for_all {
            self.set_waiting(host, !quorate);
        }
        if changed && !self.syncing {
            self.tell(host);
        }
    }

    fn is_quorate(&mut self, host: &mut dyn Host, total: u32) -> bool {
        if u32::from(self.needed) <= total {
            let (lowest, highest) = (self.nodes.lowest(), self.nodes.highest());
            self.extremes = Some((lowest, highest));
            put(host, "runtime.votequorum.lowest_node_id", lowest.0);
            put(host, "runtime.votequorum.highest_node_id", highest.0);
            return true;
        }
        let partition = self.partition();
        if votes::is_tie(&self.nodes, total, self.needed, partition)
            && votes::breaks_tie(&self.settings.tie_breaker, &self.nodes, partition)
        {
            return true;
        }
        let wins = self.qdevice.master_wins && votes::master_wins(&self.nodes);
        if wins {
            log!(host, LOG, Debug, "node is quorate as part of master_wins partition");
        }
        wins
    }

    pub(crate) fn partition(&self) -> Partition<'_> {
        Partition { members: &self.members, previous: &self.previous, extremes: self.extremes }
    }

    /// Tells the quorum service and our own clients.
    pub(crate) fn tell(&mut self, host: &mut dyn Host) {
        host.set_quorum(self.quorate, &self.members, self.ring);
        self.notify_quorum(host);
    }

    /// Whether to wait for all nodes from here on.
    pub(crate) fn set_waiting(&mut self, host: &mut dyn Host, waiting: bool) {
        self.waiting = waiting;
        self.nodes.us_mut().set(flags::WFASTATUS, waiting);
        put(host, "runtime.votequorum.wait_for_all_status", u8::from(waiting));
    }

    pub(crate) fn set_ev_barrier(&mut self, host: &mut dyn Host, barrier: u32) {
        self.ev_barrier = barrier;
        put(host, "runtime.votequorum.ev_barrier", barrier);
    }
}
