//! Multicasts of the nodes' cpg services, in the ring's order.

use crate::processes::Process;
use crate::service::Cpg;
use crate::wire::exec::{Decode, Downlist, Mcast, PartialMcast, ProcJoin, joinlist, message};
use crate::wire::ipc::{DeliverEvent, PartialDeliverEvent, response};
use crate::wire::{Address, GroupName, reason};
use core_service::{Host, log};
use core_types::NodeId;
use core_types::mar::ResponseHeader;
use zerocopy::IntoBytes;

use crate::clients::OK;

impl Cpg {
    /// Handles a multicast; `None` when it is malformed.
    pub(crate) fn handle_message(
        &mut self,
        host: &mut dyn Host,
        id: u16,
        bytes: &[u8],
        from: NodeId,
        swapped: bool,
    ) -> Option<()> {
        match id {
            message::PROCJOIN => {
                let (join, _) = ProcJoin::decode(bytes, swapped)?;
                join.group.get()?;
                log!(host, "CPG", Debug, "got procjoin message from cluster node {from} for pid {}", join.pid);
                self.process_joined(host, Process { node: from, pid: join.pid, group: join.group });
            }
            message::PROCLEAVE => {
                let (leave, _) = ProcJoin::decode(bytes, swapped)?;
                leave.group.get()?;
                log!(host, "CPG", Debug, "got procleave message from cluster node {from} for pid {}", leave.pid);
                self.process_left(host, from, leave.pid, &leave.group, leave.reason);
            }
            message::JOINLIST => {
                log!(host, "CPG", Debug, "got joinlist message from node {from}");
                self.sync.heard(from, joinlist(bytes, swapped)?);
            }
            message::MCAST => self.deliver_mcast(host, bytes, from, swapped)?,
            message::PARTIAL_MCAST => self.deliver_partial(host, bytes, from, swapped)?,
            message::DOWNLIST => {
                let (downlist, _) = Downlist::decode(bytes, swapped)?;
                log!(host, "CPG", Debug, "downlist left_list: {} received", downlist.left);
            }
            message::DOWNLIST_OLD => log!(host, "CPG", Debug, "downlist OLD from node {from}"),
            _ => return None,
        }
        Some(())
    }

    fn process_joined(&mut self, host: &mut dyn Host, process: Process) {
        if self.processes.add(process) {
            self.tell_change(host, &process.group, &[process.address(reason::JOIN)], &[]);
        }
    }

    /// A process is gone from a group; told also when it wasn't known, as the reference does.
    pub(crate) fn process_left(&mut self, host: &mut dyn Host, node: NodeId, pid: u32, group: &GroupName, why: u32) {
        self.processes.remove(node, pid, group);
        self.tell_change(host, group, &[], &[Address::new(node.0, pid, why)]);
    }

    fn deliver_mcast(&mut self, host: &mut dyn Host, bytes: &[u8], from: NodeId, swapped: bool) -> Option<()> {
        let (mcast, rest) = Mcast::decode(bytes, swapped)?;
        mcast.group.get()?;
        let payload = rest.get(..mcast.msglen as usize)?;
        let size = size_of::<DeliverEvent>() + payload.len();
        let event = DeliverEvent {
            header: ResponseHeader::new(response::DELIVER, size, OK),
            group: mcast.group,
            msglen: mcast.msglen,
            pad0: 0,
            nodeid: from.0,
            pad1: 0,
            pid: mcast.pid,
            pad2: 0,
        };
        self.fan_out(host, &mcast.group, from, &[event.as_bytes(), payload]);
        Some(())
    }

    fn deliver_partial(&mut self, host: &mut dyn Host, bytes: &[u8], from: NodeId, swapped: bool) -> Option<()> {
        let (mcast, rest) = PartialMcast::decode(bytes, swapped)?;
        mcast.group.get()?;
        let payload = rest.get(..mcast.fraglen as usize)?;
        let size = size_of::<PartialDeliverEvent>() + payload.len();
        let event = PartialDeliverEvent {
            header: ResponseHeader::new(response::PARTIAL_DELIVER, size, OK),
            group: mcast.group,
            msglen: mcast.msglen,
            pad0: 0,
            fraglen: mcast.fraglen,
            pad1: 0,
            nodeid: from.0,
            pad2: 0,
            pid: mcast.pid,
            pad3: 0,
            part: mcast.part,
            pad4: 0,
        };
        self.fan_out(host, &mcast.group, from, &[event.as_bytes(), payload]);
        Some(())
    }

    /// Gives a message to the group's local members, unless its sender's node has nobody in the group: then it
    /// was sent before a configuration in which this node learnt who is.
    fn fan_out(&self, host: &mut dyn Host, group: &GroupName, from: NodeId, event: &[&[u8]]) {
        let mut hearers = self.clients.by_conn.iter().filter(|(_, client)| client.hears(group)).peekable();
        if hearers.peek().is_some() && !self.processes.has_node(from, group) {
            log!(host, "CPG", Warning, "Unknown node -> we will not deliver message");
            return;
        }
        for (&conn, _) in hearers {
            host.event(conn, event);
        }
    }
}
