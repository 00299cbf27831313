//! The service: what it keeps, and which handler each event goes to.

use crate::buffers::Buffers;
use crate::clients::{Client, Clients, Ring};
use crate::iteration::Iterations;
use crate::processes::Processes;
use crate::sync::Sync;
use crate::wire::exec::{ProcJoin, message};
use crate::wire::ipc::request;
use crate::wire::{GroupName, reason};
use core_service::{FlowControl, Guarantee, Host, Peer, Service, SyncStep, log};
use core_types::{ConnId, CsError, MILLIS, Nanos, NodeId, RingId, ServiceId};
use std::collections::VecDeque;
use zerocopy::IntoBytes;

/// The only timer: leaves that had to wait are tried again.
const RETRY_LEAVES: u32 = 0;
const RETRY_AFTER: Nanos = 10 * MILLIS;

const REQUESTS: [FlowControl; 13] = {
    use FlowControl::{NotRequired, Patient, Required};
    let mut requests = [Required; 13];
    requests[request::MCAST as usize] = Patient;
    requests[request::MEMBERSHIP as usize] = NotRequired;
    requests[request::LOCAL_GET as usize] = NotRequired;
    requests[request::ITERATION_INITIALIZE as usize] = NotRequired;
    requests[request::ITERATION_NEXT as usize] = NotRequired;
    requests[request::ITERATION_FINALIZE as usize] = NotRequired;
    requests
};

/// The closed process group service.
#[derive(Default)]
pub struct Cpg {
    pub(crate) clients: Clients,
    pub(crate) processes: Processes,
    pub(crate) iterations: Iterations,
    pub(crate) buffers: Buffers,
    pub(crate) sync: Sync,
    /// Leaves of ended processes that had to wait, oldest first; at most one for each local process.
    unsent_leaves: VecDeque<(u32, GroupName)>,
}

impl Cpg {
    /// The service as a daemon starts with it.
    pub fn new() -> Self {
        Cpg::default()
    }

    /// Tells a group's local members of a change of it.
    pub(crate) fn tell_change(
        &mut self,
        host: &mut dyn Host,
        group: &GroupName,
        joined: &[crate::wire::Address],
        left: &[crate::wire::Address],
    ) {
        let ring = Ring { id: self.sync.ring(), members: self.sync.settled() };
        self.clients.tell_change(host, &self.processes, ring, group, joined, left);
    }

    /// Multicasts a join or a leave of a local process.
    pub(crate) fn announce(
        host: &mut dyn Host,
        id: u16,
        pid: u32,
        group: &GroupName,
        reason: u32,
    ) -> Result<(), CsError> {
        let announced = ProcJoin { group: *group, pid, pad0: 0, reason, pad1: 0 };
        host.multicast(ServiceId::Cpg, id, Guarantee::Agreed, &[announced.as_bytes()])
    }

    /// During a sync a leave would overtake the process's own join and messages from before it.
    fn send_leaves(&mut self, host: &mut dyn Host) {
        while let Some((pid, group)) = self.unsent_leaves.front() {
            if host.is_syncing() || Cpg::announce(host, message::PROCLEAVE, *pid, group, reason::PROCDOWN).is_err() {
                host.arm(ServiceId::Cpg, RETRY_LEAVES, RETRY_AFTER);
                return;
            }
            self.unsent_leaves.pop_front();
        }
    }
}

impl Service for Cpg {
    fn id(&self) -> ServiceId {
        ServiceId::Cpg
    }

    fn description(&self) -> &'static str {
        "corosync cluster closed process group service v1.01"
    }

    fn requests(&self) -> &'static [FlowControl] {
        &REQUESTS
    }

    fn messages(&self) -> u16 {
        message::COUNT
    }

    fn connected(&mut self, _host: &mut dyn Host, conn: ConnId, _peer: Peer) {
        self.clients.by_conn.insert(conn, Client::new());
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        self.handle_request(host, conn, id as i32, message);
    }

    fn disconnected(&mut self, host: &mut dyn Host, conn: ConnId) {
        log!(host, "CPG", Debug, "exit_fn for conn={}", conn.0);
        self.iterations.forget(conn);
        self.buffers.forget(host, conn);
        if let Some(client) = self.clients.by_conn.remove(&conn).filter(Client::is_member) {
            self.unsent_leaves.push_back((client.pid, client.group));
            self.send_leaves(host);
        }
    }

    fn deliver(&mut self, host: &mut dyn Host, id: u16, message: &[u8], from: NodeId, swapped: bool) {
        if self.handle_message(host, id, message, from, swapped).is_none() {
            log!(host, "CPG", Warning, "malformed message {id} of {} bytes from node {from} dropped", message.len());
        }
    }

    fn syncs(&self) -> bool {
        true
    }

    fn sync_start(&mut self, _host: &mut dyn Host, transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        self.sync.start(transitional, members, ring);
    }

    fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        self.sync.process(host, &self.processes)
    }

    fn sync_activate(&mut self, host: &mut dyn Host) {
        self.activate(host);
    }

    fn sync_abort(&mut self, _host: &mut dyn Host) {
        self.sync.abort();
    }

    fn timer(&mut self, host: &mut dyn Host, _key: u32) {
        self.send_leaves(host);
    }
}
