//! The quorum device: a process beside the daemon that has votes of its own.

use crate::deliver::{send_qdevice_reg, send_qdevice_rename};
use crate::nodes::{Node, NodeState};
use crate::recalculate::May;
use crate::requests::reply;
use crate::service::{LOG, TIMER_QDEVICE, Votequorum, put};
use crate::wire::exec::{QdeviceReg, REGISTER, UNREGISTER, flags};
use crate::wire::ipc::{MasterWinsRequest, PollRequest, UpdateRequest};
use crate::wire::{NameField, QDEVICE_NODEID, field_name};
use core_service::{Host, log};
use core_types::{ConnId, CsError, MILLIS, Nanos, NodeId, ServiceId};
use std::fmt::Display;

/// All flags that a node has by its device.
const ALL: u32 =
    flags::QDEVICE_REGISTERED | flags::QDEVICE_ALIVE | flags::QDEVICE_CAST_VOTE | flags::QDEVICE_MASTER_WINS;

/// What is known of the device.
#[derive(Debug)]
pub(crate) struct Qdevice {
    /// Its votes; nothing else of the node is used.
    pub(crate) node: Node,
    /// Its name, the same on all nodes; empty when there is none.
    pub(crate) name: Vec<u8>,
    /// Whether the configuration lets it work.
    can_operate: bool,
    pub(crate) master_wins: bool,
    /// Who waits for its registration to come back from the ring.
    registering: Option<ConnId>,
    /// Whether it must poll in time.
    watched: bool,
    /// Whether the sync waits for its poll.
    awaited: bool,
}

impl Default for Qdevice {
    fn default() -> Self {
        Qdevice {
            node: Node::new(NodeId(QDEVICE_NODEID), NodeState::Dead),
            name: Vec::new(),
            can_operate: true,
            master_wins: false,
            registering: None,
            watched: false,
            awaited: false,
        }
    }
}

impl Qdevice {
    /// A client is gone.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.registering = self.registering.filter(|&registering| registering != conn);
    }

    fn is_named(&self, name: &NameField) -> Result<(), CsError> {
        if field_name(name) == Some(&self.name[..]) { Ok(()) } else { Err(CsError::InvalidParam) }
    }
}

fn text(name: &[u8]) -> impl Display + '_ {
    String::from_utf8_lossy(name)
}

// Requests of the local device.
impl Votequorum {
    /// `None`: the answer comes with the ring's message.
    pub(crate) fn qdevice_register(&mut self, host: &mut dyn Host, conn: ConnId, name: &NameField) -> Option<CsError> {
        if !self.qdevice.can_operate {
            let line =
                "Registration of quorum device is disabled by incorrect corosync.conf. See logs for more information";
            log!(host, LOG, Info, "{line}");
            return Some(CsError::Access);
        }
        let Some(name) = field_name(name) else { return Some(CsError::InvalidParam) };
        if self.qdevice.registering.is_some() {
            log!(host, LOG, Warning, "Registration request already in progress");
            return Some(CsError::TryAgain);
        }
        if send_qdevice_reg(host, REGISTER, name).is_err() {
            log!(host, LOG, Warning, "Unable to send qdevice registration request to cluster");
            return Some(CsError::TryAgain);
        }
        self.qdevice.registering = Some(conn);
        None
    }

    /// Registering what is registered already.
    pub(crate) fn qdevice_reregister(&mut self, host: &mut dyn Host, name: &NameField) -> Result<(), CsError> {
        if !self.qdevice.can_operate {
            return Err(CsError::Access);
        }
        self.qdevice.is_named(name).map_err(|_| {
            let new = field_name(name).unwrap_or(name);
            let line = "A new qdevice with different name";
            log!(
                host,
                LOG,
                Warning,
                "{line} (new: {} old: {}) is trying to re-register!",
                text(new),
                text(&self.qdevice.name)
            );
            CsError::Exist
        })
    }

    pub(crate) fn has_qdevice(&self) -> bool {
        self.nodes.us().has(flags::QDEVICE_REGISTERED)
    }

    fn registered(&self, name: &NameField) -> Result<(), CsError> {
        if !self.has_qdevice() {
            return Err(CsError::NotExist);
        }
        self.qdevice.is_named(name)
    }

    pub(crate) fn qdevice_unregister(&mut self, host: &mut dyn Host, name: &NameField) -> Result<(), CsError> {
        self.registered(name)?;
        if self.qdevice.watched {
            host.disarm(ServiceId::Votequorum, TIMER_QDEVICE);
            (self.qdevice.watched, self.qdevice.awaited) = (false, false);
        }
        self.nodes.us_mut().set(ALL, false);
        self.send_us(host);
        let name = self.qdevice.name.clone();
        if send_qdevice_reg(host, UNREGISTER, &name).is_err() {
            log!(host, LOG, Warning, "Unable to send qdevice unregistration to cluster");
        }
        Ok(())
    }

    pub(crate) fn qdevice_update(&mut self, host: &mut dyn Host, request: &UpdateRequest) -> Result<(), CsError> {
        self.registered(&request.old)?;
        let new = field_name(&request.new).ok_or(CsError::InvalidParam)?;
        let old = self.qdevice.name.clone();
        if send_qdevice_rename(host, &old, new).is_err() {
            log!(host, LOG, Warning, "Unable to send qdevice name change to cluster");
        }
        Ok(())
    }

    pub(crate) fn qdevice_poll(&mut self, host: &mut dyn Host, request: &PollRequest) -> Result<(), CsError> {
        if !self.qdevice.can_operate {
            return Err(CsError::Access);
        }
        if !self.has_qdevice() {
            return Err(CsError::NotExist);
        }
        let (node, seq) = (request.ring.nodeid, request.ring.seq);
        if (NodeId(node), seq) != (self.ring.representative, self.ring.seq) {
            let line = "Received poll ring id";
            log!(
                host,
                LOG,
                Debug,
                "{line} ({node:x}.{seq:x}) != last sync ring id ({}). Ignoring poll call.",
                self.ring
            );
            return Err(CsError::MessageError);
        }
        self.qdevice.is_named(&request.name)?;
        let us = self.nodes.us_mut();
        let before = us.flags;
        us.set(flags::QDEVICE_ALIVE, true);
        us.set(flags::QDEVICE_CAST_VOTE, request.cast_vote != 0);
        if us.flags != before {
            self.send_us(host);
        }
        self.watch_qdevice(host, self.settings.qdevice_timeout);
        self.qdevice.awaited = false;
        Ok(())
    }

    pub(crate) fn qdevice_master_wins(
        &mut self,
        host: &mut dyn Host,
        request: &MasterWinsRequest,
    ) -> Result<(), CsError> {
        if !self.qdevice.can_operate {
            return Err(CsError::Access);
        }
        self.registered(&request.name)?;
        let us = self.nodes.us_mut();
        let before = us.flags;
        us.set(flags::QDEVICE_MASTER_WINS, request.allow != 0);
        if us.flags != before {
            self.send_us(host);
        }
        // As the reference, only the lowest byte is kept.
        let allow = request.allow as u8;
        self.qdevice.master_wins = allow != 0;
        put(host, "runtime.votequorum.qdevice_master_wins", allow);
        Ok(())
    }
}

// The device and the ring.
impl Votequorum {
    pub(crate) fn allow_qdevice(&mut self, host: &mut dyn Host, allow: bool) {
        self.qdevice.can_operate = allow;
        put(host, "runtime.votequorum.qdevice_can_operate", u8::from(allow));
    }

    fn watch_qdevice(&mut self, host: &mut dyn Host, timeout: u32) {
        host.arm(ServiceId::Votequorum, TIMER_QDEVICE, Nanos::from(timeout) * MILLIS);
        self.qdevice.watched = true;
    }

    /// A living device must say what it thinks of the new ring before the sync is over.
    pub(crate) fn await_poll(&mut self, host: &mut dyn Host) {
        self.qdevice.awaited = self.nodes.us().has(flags::QDEVICE_REGISTERED | flags::QDEVICE_ALIVE);
        if self.qdevice.awaited {
            let timeout = self.settings.qdevice_sync_timeout;
            self.watch_qdevice(host, timeout);
            let name = text(&self.qdevice.name);
            log!(host, LOG, Info, "waiting for quorum device {name} poll (but maximum for {timeout} ms)");
        }
    }

    pub(crate) fn awaits_poll(&self) -> bool {
        self.has_qdevice() && self.qdevice.awaited
    }

    /// Tells new members of the device.
    pub(crate) fn announce_qdevice(&self, host: &mut dyn Host) -> Result<(), CsError> {
        if self.qdevice.name.is_empty() { Ok(()) } else { send_qdevice_reg(host, REGISTER, &self.qdevice.name) }
    }

    /// It did not poll in time.
    pub(crate) fn qdevice_silent(&mut self, host: &mut dyn Host) {
        if !self.nodes.us().has(flags::QDEVICE_ALIVE) || !self.qdevice.watched {
            return;
        }
        self.nodes.us_mut().set(flags::QDEVICE_ALIVE | flags::QDEVICE_CAST_VOTE, false);
        log!(host, LOG, Info, "lost contact with quorum device {}", text(&self.qdevice.name));
        self.send_us(host);
        (self.qdevice.watched, self.qdevice.awaited) = (false, false);
    }

    /// A node says how many votes the device has: a quorate one is believed, else the highest number.
    pub(crate) fn qdevice_votes(&mut self, host: &mut dyn Host, votes: u32, from: NodeId) {
        let Some(sender) = self.nodes.get(from) else { return };
        let believed = !self.quorate && sender.has(flags::QUORATE);
        let device = &mut self.qdevice.node;
        let before = device.votes;
        device.votes = if believed { votes } else { votes.max(before) };
        if device.votes != before {
            self.recalculate(host, May::default());
        }
    }

    pub(crate) fn qdevice_renamed(&mut self, host: &mut dyn Host, old: &[u8], new: &[u8], from: NodeId) {
        let line = "Received qdevice name change req from node";
        log!(host, LOG, Debug, "{line} {from} [from: {} to: {}]", text(old), text(new));
        if old == self.qdevice.name {
            log!(host, LOG, Debug, "Allowing qdevice rename");
            self.qdevice.name = new.to_vec();
        }
    }

    pub(crate) fn qdevice_reg(&mut self, host: &mut dyn Host, reg: QdeviceReg, from: NodeId) {
        let Some(name) = field_name(&reg.name) else { return };
        let line = "Received qdevice op";
        log!(host, LOG, Debug, "{line} {} req from node {from} [{}]", reg.operation, text(name));
        match reg.operation {
            REGISTER if from == host.nodeid() => self.own_registration(host, name),
            REGISTER if self.qdevice.name.is_empty() => {
                log!(host, LOG, Debug, "Remote qdevice name recorded");
                self.qdevice.name = name.to_vec();
            }
            UNREGISTER if !self.nodes.members().any(|node| node.has(flags::QDEVICE_REGISTERED)) => {
                self.qdevice.name.clear();
            }
            _ => {}
        }
    }

    /// Our own message came back: every node knows the name, or has another one.
    fn own_registration(&mut self, host: &mut dyn Host, name: &[u8]) {
        if self.has_qdevice() {
            return;
        }
        let Some(conn) = self.qdevice.registering.take() else {
            log!(host, LOG, Warning, "Unable to determine origin of the qdevice register call!");
            return;
        };
        if self.qdevice.name.is_empty() {
            self.qdevice.name = name.to_vec();
        }
        let same = self.qdevice.name == name;
        if same {
            self.nodes.us_mut().set(flags::QDEVICE_REGISTERED, true);
            self.send_qdevice(host);
            self.send_us(host);
        } else {
            let line = "A new qdevice with different name";
            log!(
                host,
                LOG,
                Warning,
                "{line} (new: {} old: {}) is trying to register!",
                text(name),
                text(&self.qdevice.name)
            );
        }
        reply(host, conn, if same { Ok(()) } else { Err(CsError::Exist) });
    }
}
