//! What the daemons tell each other.

use crate::Node;
use crate::nodes::NodeState;
use crate::recalculate::May;
use crate::service::{LOG, Votequorum, log_flags};
use crate::wire::exec::{self, Nodeinfo, QdeviceReconfigure, QdeviceReg, Reconfigure, flags, param};
use crate::wire::{QDEVICE_NODEID, field_name, name_field};
use core_service::{Guarantee, Host, log};
use core_types::{CsError, NodeId, ServiceId};
use zerocopy::{FromBytes, IntoBytes};

fn multicast(host: &mut dyn Host, id: u16, body: &[u8]) -> Result<(), CsError> {
    host.multicast(ServiceId::Votequorum, id, Guarantee::Agreed, &[body])
}

/// Tells the ring of a node's votes and state.
pub(crate) fn send_nodeinfo(host: &mut dyn Host, node: &Node) -> Result<(), CsError> {
    let Node { id, votes, expected_votes, flags, .. } = *node;
    multicast(host, exec::NODEINFO, Nodeinfo { nodeid: id.0, votes, expected_votes, flags }.as_bytes())
}

/// Tells the ring of a change that all must make.
pub(crate) fn send_reconfigure(host: &mut dyn Host, param: u8, node: NodeId, value: u32) -> Result<(), CsError> {
    multicast(host, exec::RECONFIGURE, Reconfigure { nodeid: node.0, value, param, pad: [0; 7] }.as_bytes())
}

/// Tells the ring of a quorum device that comes or goes.
pub(crate) fn send_qdevice_reg(host: &mut dyn Host, operation: u32, name: &[u8]) -> Result<(), CsError> {
    let name = name_field(name).ok_or(CsError::InvalidParam)?;
    multicast(host, exec::QDEVICE_REG, QdeviceReg { operation, name, pad: [0; 5] }.as_bytes())
}

/// Tells the ring of a quorum device's new name.
pub(crate) fn send_qdevice_rename(host: &mut dyn Host, old: &[u8], new: &[u8]) -> Result<(), CsError> {
    let (old, new) = name_field(old).zip(name_field(new)).ok_or(CsError::InvalidParam)?;
    multicast(host, exec::QDEVICE_RECONFIGURE, QdeviceReconfigure { old, new, pad: [0; 2] }.as_bytes())
}

/// A message's structure; `None` when it is shorter.
fn read<T: FromBytes>(body: &[u8]) -> Option<T> {
    T::read_from_prefix(body).ok().map(|(message, _)| message)
}

impl Votequorum {
    /// A message of the ring, without its header. Those that are too short are dropped.
    pub(crate) fn delivered(&mut self, host: &mut dyn Host, id: u16, body: &[u8], from: NodeId, swapped: bool) {
        match id {
            exec::NODEINFO => {
                if let Some(info) = read::<Nodeinfo>(body) {
                    self.nodeinfo(host, if swapped { info.swapped() } else { info }, from);
                }
            }
            exec::RECONFIGURE => {
                if let Some(change) = read::<Reconfigure>(body) {
                    self.reconfigure(host, if swapped { change.swapped() } else { change }, from);
                }
            }
            exec::QDEVICE_REG => {
                if let Some(reg) = read::<QdeviceReg>(body) {
                    self.qdevice_reg(host, if swapped { reg.swapped() } else { reg }, from);
                }
            }
            exec::QDEVICE_RECONFIGURE => {
                let names = read::<QdeviceReconfigure>(body);
                if let Some((old, new)) = names.as_ref().and_then(|it| field_name(&it.old).zip(field_name(&it.new))) {
                    self.qdevice_renamed(host, old, new, from);
                }
            }
            _ => {}
        }
    }

    fn nodeinfo(&mut self, host: &mut dyn Host, info: Nodeinfo, from: NodeId) {
        let Nodeinfo { nodeid, votes, expected_votes, flags } = info;
        log!(host, LOG, Debug, "got nodeinfo message from cluster node {from}");
        log!(host, LOG, Debug, "nodeinfo message[{nodeid}]: votes: {votes}, expected: {expected_votes} flags: {flags}");
        if nodeid == QDEVICE_NODEID {
            self.qdevice_votes(host, votes, from);
            return;
        }
        log_flags(host, flags);
        let id = NodeId(nodeid);
        let known = self.nodes.get(id).copied();
        if known.is_none() && !self.nodes.add(id) {
            log!(host, LOG, Critical, "Unable to find memory for node {nodeid} data!!");
            return;
        }
        let mut may = May::default();
        let gains = !self.quorate && flags & flags::QUORATE != 0;
        if gains {
            may.decrease = true;
            self.nodes.us_mut().expected_votes = expected_votes;
        }
        let ours = self.nodes.us().expected_votes;
        let trusted = flags & flags::QUORATE != 0 || self.settings.ev_tracking;
        let Some(node) = self.nodes.get_mut(id) else { return };
        (node.votes, node.flags, node.state) = (votes, flags, NodeState::Member);
        if node.has(flags::LEAVING) {
            node.state = NodeState::Leaving;
            may = May { decrease: true, expect_present: true };
        }
        node.expected_votes = if trusted { expected_votes } else { ours };
        let now = *node;
        if self.settings.last_man_standing && votes > 1 {
            self.disable_last_man(host);
        }
        if known != Some(now) || id == host.nodeid() || now.has(flags::FIRST) {
            self.recalculate(host, may);
        }
        let now = self.nodes.get(id).copied().unwrap_or(now);
        if self.settings.wait_for_all && !now.has(flags::WFASTATUS) && now.has(flags::QUORATE) {
            self.set_waiting(host, false);
        }
    }

    fn reconfigure(&mut self, host: &mut dyn Host, change: Reconfigure, from: NodeId) {
        let Reconfigure { nodeid, value, .. } = change;
        log!(host, LOG, Debug, "got reconfigure message from cluster node {from} for {nodeid}");
        let decrease = May { decrease: true, ..May::default() };
        match change.param {
            param::EXPECTED_VOTES => {
                self.nodes.expect(value);
                self.notify_expected_votes(host);
                self.set_ev_barrier(host, value);
                if self.settings.ev_tracking {
                    let us = self.nodes.us_mut();
                    us.expected_votes = us.expected_votes.max(self.ev_tracking_barrier);
                }
                self.recalculate(host, decrease);
            }
            param::NODE_VOTES => {
                let Some(node) = self.node_mut(NodeId(nodeid)) else { return };
                node.votes = value;
                self.recalculate(host, decrease);
            }
            param::CANCEL_WAIT_FOR_ALL => {
                self.set_waiting(host, false);
                log!(host, LOG, Info, "wait_for_all_status reset by user on node {nodeid}.");
                self.recalculate(host, May::default());
            }
            _ => {}
        }
    }

    /// A node, or the quorum device under its number.
    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        if id.0 == QDEVICE_NODEID { Some(&mut self.qdevice.node) } else { self.nodes.get_mut(id) }
    }
}
