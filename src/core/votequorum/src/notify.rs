//! What clients are told unasked.

use crate::service::{LOG, Votequorum};
use crate::wire::QDEVICE_NODEID;
use crate::wire::exec::flags;
use crate::wire::ipc::{ExpectedVotesEvent, ListedNode, NodelistEvent, QuorumEvent, response};
use core_service::{Host, log};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError};
use zerocopy::IntoBytes;

fn header(id: i32, size: usize) -> ResponseHeader {
    ResponseHeader::new(id, size, CsError::code(Ok(())))
}

impl Votequorum {
    /// Tells every tracker of quorum and of all nodes' states.
    pub(crate) fn notify_quorum(&self, host: &mut dyn Host) {
        for (&conn, &context) in &self.trackers {
            self.send_quorum(host, conn, context);
        }
    }

    /// Tells every tracker who is in the ring.
    pub(crate) fn notify_nodelist(&self, host: &mut dyn Host) {
        for (&conn, &context) in &self.trackers {
            self.send_nodelist(host, conn, context);
        }
    }

    /// Tells every tracker how many votes are expected.
    pub(crate) fn notify_expected_votes(&self, host: &mut dyn Host) {
        log!(host, LOG, Debug, "Sending expected votes callback");
        let header = header(response::EXPECTED_VOTES, size_of::<ExpectedVotesEvent>());
        for (&conn, &context) in &self.trackers {
            let expected_votes = self.nodes.us().expected_votes;
            host.event(conn, &[ExpectedVotesEvent { header, context, expected_votes, pad: 0 }.as_bytes()]);
        }
    }

    pub(crate) fn send_quorum(&self, host: &mut dyn Host, conn: ConnId, context: u64) {
        log!(host, LOG, Debug, "Sending quorum callback, quorate = {}", u8::from(self.quorate));
        let mut nodes = self.nodes.listed();
        if self.nodes.us().has(flags::QDEVICE_REGISTERED) {
            // The reference never gives the device a state.
            nodes.push(ListedNode { nodeid: QDEVICE_NODEID, state: 0 });
        }
        let event = QuorumEvent {
            header: header(response::QUORUM, size_of::<QuorumEvent>() + size_of_val(&nodes[..])),
            quorate: self.quorate.into(),
            context,
            count: nodes.len() as u32,
            ..Default::default()
        };
        host.event(conn, &[event.as_bytes(), nodes.as_bytes()]);
    }

    pub(crate) fn send_nodelist(&self, host: &mut dyn Host, conn: ConnId, context: u64) {
        log!(host, LOG, Debug, "Sending nodelist callback. ring_id = {}", self.ring);
        let nodes: Vec<u32> = self.members.iter().map(|node| node.0).collect();
        let event = NodelistEvent {
            header: header(response::NODELIST, size_of::<NodelistEvent>() + size_of_val(&nodes[..])),
            context,
            ring: self.ring.into(),
            count: nodes.len() as u32,
            pad: 0,
        };
        host.event(conn, &[event.as_bytes(), nodes.as_bytes()]);
    }
}
