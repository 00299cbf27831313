//! Counters, under the reference's names: `stats.srp.*` and `stats.pg.*` of the stats map.

use core_types::{MILLIS, Nanos};

/// Token visits remembered for the averages (`TOTEM_TOKEN_STATS_MAX`).
const TOKENS: usize = 100;
/// Gathers in a row after which a firewall is suspected (`MAX_NO_CONT_GATHER`).
const MAX_NO_CONT_GATHER: u32 = 3;

/// One visit of the token; times in milliseconds.
#[derive(Clone, Copy, Debug, Default)]
struct Visit {
    received: u32,
    sent: u32,
    backlog: u32,
}

/// `stats.srp.*`.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "counters of what their names say; `cmap_keys(7)` lists them")]
pub struct SrpStats {
    pub orf_token_tx: u64,
    pub orf_token_rx: u64,
    pub memb_merge_detect_tx: u64,
    pub memb_merge_detect_rx: u64,
    pub memb_join_tx: u64,
    pub memb_join_rx: u64,
    pub mcast_tx: u64,
    pub mcast_retx: u64,
    pub mcast_rx: u64,
    pub memb_commit_token_tx: u64,
    pub memb_commit_token_rx: u64,
    pub token_hold_cancel_tx: u64,
    pub token_hold_cancel_rx: u64,
    pub operational_entered: u64,
    pub operational_token_lost: u64,
    pub gather_entered: u64,
    pub gather_token_lost: u64,
    pub commit_entered: u64,
    pub commit_token_lost: u64,
    pub recovery_entered: u64,
    pub recovery_token_lost: u64,
    pub consensus_timeouts: u64,
    pub rx_msg_dropped: u64,
    pub continuous_gather: u32,
    /// Counted by whoever sends; kept here for the stats map.
    pub continuous_sendmsg_failures: u32,
    pub time_since_token_last_received: u64,
    pub firewall_enabled_or_nic_failure: u8,
    pub mtt_rx_token: u32,
    pub avg_token_workload: u32,
    pub avg_backlog_calc: u32,
    visits: [Visit; TOKENS],
    latest: usize,
    earliest: usize,
}

/// `stats.pg.*`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PgStats {
    /// Frames of room, less a little, when last asked for.
    pub msg_queue_avail: u32,
    /// Frames of room that are promised.
    pub msg_reserved: u32,
}

impl Default for SrpStats {
    fn default() -> Self {
        SrpStats {
            orf_token_tx: 0,
            orf_token_rx: 0,
            memb_merge_detect_tx: 0,
            memb_merge_detect_rx: 0,
            memb_join_tx: 0,
            memb_join_rx: 0,
            mcast_tx: 0,
            mcast_retx: 0,
            mcast_rx: 0,
            memb_commit_token_tx: 0,
            memb_commit_token_rx: 0,
            token_hold_cancel_tx: 0,
            token_hold_cancel_rx: 0,
            operational_entered: 0,
            operational_token_lost: 0,
            gather_entered: 0,
            gather_token_lost: 0,
            commit_entered: 0,
            commit_token_lost: 0,
            recovery_entered: 0,
            recovery_token_lost: 0,
            consensus_timeouts: 0,
            rx_msg_dropped: 0,
            continuous_gather: 0,
            continuous_sendmsg_failures: 0,
            time_since_token_last_received: 0,
            firewall_enabled_or_nic_failure: 0,
            mtt_rx_token: 0,
            avg_token_workload: 0,
            avg_backlog_calc: 0,
            visits: [Visit::default(); TOKENS],
            latest: 0,
            earliest: 0,
        }
    }
}

impl SrpStats {
    /// The token came.
    pub(crate) fn token_received(&mut self, now: Nanos) {
        self.latest = (self.latest + 1) % TOKENS;
        if self.latest == self.earliest {
            self.earliest = (self.earliest + 1) % TOKENS;
        }
        self.visits[self.latest] = Visit { received: (now / MILLIS) as u32, sent: 0, backlog: 0 };
    }

    /// The token went.
    pub(crate) fn token_sent(&mut self, now: Nanos) {
        self.visits[self.latest].sent = (now / MILLIS) as u32;
    }

    /// What waits, as counted at this visit of the token.
    pub(crate) fn backlog(&mut self, frames: u32) {
        self.visits[self.latest].backlog = frames;
    }

    /// Milliseconds since the token came.
    pub(crate) fn since_token(&self, now: Nanos) -> u32 {
        ((now / MILLIS) as u32).wrapping_sub(self.visits[self.latest].received)
    }

    /// Computes the averages; the reference does so every 1.5 seconds. True when no ring can be formed and a
    /// firewall is to be suspected.
    pub fn update(&mut self, now: Nanos) -> bool {
        let (mut rotation, mut workload, mut backlog, mut count) = (0u64, 0u64, 0u64, 0u64);
        let mut at = self.latest;
        loop {
            let previous = (at + TOKENS - 1) % TOKENS;
            if previous == self.earliest {
                break;
            }
            let (visit, before) = (self.visits[at], self.visits[previous]);
            let gap = visit.received.wrapping_sub(before.received);
            if visit.sent != 0 || gap > 0 {
                rotation += u64::from(gap);
                workload += u64::from(visit.sent.saturating_sub(visit.received));
                backlog += u64::from(visit.backlog);
                count += 1;
            }
            at = previous;
        }
        let average = |total: u64| u32::try_from(total / count.max(1)).unwrap_or(u32::MAX);
        if count > 0 {
            self.mtt_rx_token = average(rotation);
            self.avg_token_workload = average(workload);
            self.avg_backlog_calc = average(backlog);
        }
        self.time_since_token_last_received = u64::from(self.since_token(now));
        let suspect = self.continuous_gather > MAX_NO_CONT_GATHER;
        self.firewall_enabled_or_nic_failure = u8::from(suspect);
        suspect
    }
}
