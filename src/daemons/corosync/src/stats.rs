//! What this process counts for the statistics map.

use crate::clients::{Client, Clients};
use crate::network::Network;
use core_cmap::stats::{
    IpcsConn, IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, PROCNAME_MAX, Schedmiss,
};
use core_engine::Statistics;
use core_types::{ConnId, NodeId};

/// Where the counts are.
pub(crate) struct Counted {
    pub(crate) clients: Clients,
    pub(crate) network: Network,
    pub(crate) schedmiss: Schedmiss,
}

fn named(conn: ConnId, client: &Client) -> IpcsConn {
    IpcsConn { service: client.service as u16, pid: client.peer.pid, id: conn.0 }
}

impl Statistics for Counted {
    fn knet_handle(&self) -> Option<KnetHandleStats> {
        self.network.knet_handle_stats()
    }

    fn knet_links(&self) -> Vec<(NodeId, u8)> {
        self.network.knet_links()
    }

    fn knet_link(&self, node: NodeId, link: u8) -> Option<KnetLinkStats> {
        self.network.knet_link_stats(node, link)
    }

    fn ipcs_global(&self) -> IpcsGlobalStats {
        IpcsGlobalStats { active: self.clients.iter().len() as u64, closed: self.clients.closed }
    }

    fn ipcs_conns(&self) -> Vec<IpcsConn> {
        self.clients.iter().map(|(&conn, client)| named(conn, client)).collect()
    }

    fn ipcs_conn(&self, wanted: IpcsConn) -> Option<IpcsConnStats> {
        let (_, client) = self.clients.iter().find(|&(&conn, client)| named(conn, client) == wanted)?;
        let (rings, queued) = (client.connection.stats(), client.queued());
        Some(IpcsConnStats {
            queueing: i32::from(queued > 0),
            queued: queued as u32,
            invalid_request: client.counts.invalid_request,
            overload: client.counts.overload,
            sent: client.counts.sent,
            procname: client.process.chars().take(PROCNAME_MAX).collect(),
            requests: rings.requests,
            responses: rings.responses,
            dispatched: rings.events,
            send_retries: rings.send_retries,
            recv_retries: rings.recv_retries,
            flow_control: rings.flow_control_state,
            flow_control_count: rings.flow_control_count,
        })
    }

    fn schedmiss(&self) -> &Schedmiss {
        &self.schedmiss
    }
}
