//! The statistics map's source: totem's counters, and those that the shell keeps.

use crate::state::Local;
use core_cmap::stats::{PgStats, Source, SrpStats, Statistics};

/// A structure made of another one's fields of the same names.
macro_rules! fields {
    ($from:expr => $to:ident { $($field:ident),* $(,)? }) => { $to { $($field: $from.$field),* } };
}

impl Source for Local<'_> {
    fn pg(&self) -> PgStats {
        fields!(self.state.totem.pg_stats() => PgStats { msg_queue_avail, msg_reserved })
    }

    fn srp(&self) -> SrpStats {
        fields!(self.state.totem.srp() => SrpStats {
            orf_token_tx, orf_token_rx, memb_merge_detect_tx, memb_merge_detect_rx, memb_join_tx, memb_join_rx,
            mcast_tx, mcast_retx, mcast_rx, memb_commit_token_tx, memb_commit_token_rx, token_hold_cancel_tx,
            token_hold_cancel_rx, operational_entered, operational_token_lost, gather_entered, gather_token_lost,
            commit_entered, commit_token_lost, recovery_entered, recovery_token_lost, consensus_timeouts,
            rx_msg_dropped, continuous_gather, continuous_sendmsg_failures, time_since_token_last_received,
            firewall_enabled_or_nic_failure, mtt_rx_token, avg_token_workload, avg_backlog_calc,
        })
    }

    fn process(&self) -> &dyn Statistics {
        self.shell.statistics()
    }
}
