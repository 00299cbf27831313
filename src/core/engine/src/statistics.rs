//! The statistics map's source: totem's counters, and those that the shell keeps.

use crate::state::Local;
use core_cmap::stats::{
    IpcsConn, IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, PgStats, Schedmiss, Source, SrpStats,
};
use core_types::NodeId;

/// What the shell counts: its clients' connections, the transport's links, and when it was not scheduled.
pub trait Statistics {
    /// knet as a whole; `None` without knet.
    fn knet_handle(&self) -> Option<KnetHandleStats>;
    /// Every link that is counted.
    fn knet_links(&self) -> Vec<(NodeId, u8)>;
    /// One of them.
    fn knet_link(&self, node: NodeId, link: u8) -> Option<KnetLinkStats>;
    /// All connections' sums.
    fn ipcs_global(&self) -> IpcsGlobalStats;
    /// Every connection.
    fn ipcs_conns(&self) -> Vec<IpcsConn>;
    /// One of them.
    fn ipcs_conn(&self, conn: IpcsConn) -> Option<IpcsConnStats>;
    /// The scheduling delays.
    fn schedmiss(&self) -> &Schedmiss;
}

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

    fn knet_handle(&self) -> Option<KnetHandleStats> {
        self.shell.statistics().knet_handle()
    }

    fn knet_links(&self) -> Vec<(NodeId, u8)> {
        self.shell.statistics().knet_links()
    }

    fn knet_link(&self, node: NodeId, link: u8) -> Option<KnetLinkStats> {
        self.shell.statistics().knet_link(node, link)
    }

    fn ipcs_global(&self) -> IpcsGlobalStats {
        self.shell.statistics().ipcs_global()
    }

    fn ipcs_conns(&self) -> Vec<IpcsConn> {
        self.shell.statistics().ipcs_conns()
    }

    fn ipcs_conn(&self, conn: IpcsConn) -> Option<IpcsConnStats> {
        self.shell.statistics().ipcs_conn(conn)
    }

    fn schedmiss(&self) -> &Schedmiss {
        self.shell.statistics().schedmiss()
    }
}
