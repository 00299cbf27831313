//! A reload of corosync.conf, on every node at the same place in the ring's order.

use crate::service::{LOG, multicast, reply};
use crate::wire::{ReloadMessage, exec, response};
use core_service::{Host, Request, log};
use core_types::{ConnId, CsError, NodeId};
use std::collections::{BTreeMap, VecDeque};
use zerocopy::{FromBytes, IntoBytes};

/// Most reloads that may wait for one in hand; more are dropped, as the last one waiting reads the same file.
const WAITING_MAX: usize = 64;
/// Most unanswered reloads of one client.
const OWED_MAX: u32 = 8;

/// Reloads that are asked for.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    /// How many answers each client is owed.
    owed: BTreeMap<ConnId, u32>,
    /// Whether the daemon is reloading, and for which client.
    in_hand: Option<Option<ConnId>>,
    waiting: VecDeque<Option<ConnId>>,
}

impl Reloads {
    /// A client wants every node to reload.
    pub(crate) fn ask(&mut self, host: &mut dyn Host, conn: ConnId) -> Result<(), CsError> {
        let owed = self.owed.get(&conn).copied().unwrap_or(0);
        if owed >= OWED_MAX {
            return Err(CsError::TryAgain);
        }
        let source = ReloadMessage { nodeid: host.nodeid().0, pad: 0, conn: conn.0 };
        multicast(host, exec::RELOAD, source.as_bytes())?;
        self.owed.insert(conn, owed + 1);
        Ok(())
    }

    /// A client is gone: it needs no answers.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.owed.remove(&conn);
    }

    /// Somebody's wish to reload, in the ring's order.
    pub(crate) fn deliver(&mut self, host: &mut dyn Host, body: &[u8], from: NodeId) {
        log!(host, LOG, Notice, "Config reload requested by node {from}");
        let ours = from == host.nodeid();
        let source = ReloadMessage::read_from_prefix(body).ok().filter(|_| ours).map(|(source, _)| ConnId(source.conn));
        if self.in_hand.is_none() {
            self.in_hand = Some(source);
            host.request(Request::Reload);
        } else if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(source);
        } else if let Some(conn) = source {
            self.answer(host, conn, Err(CsError::TryAgain));
        }
    }

    /// The daemon reloaded.
    pub(crate) fn done(&mut self, host: &mut dyn Host, result: Result<(), CsError>) {
        if let Some(Some(conn)) = self.in_hand.take() {
            self.answer(host, conn, result);
        }
        if let Some(next) = self.waiting.pop_front() {
            self.in_hand = Some(next);
            host.request(Request::Reload);
        }
    }

    fn answer(&mut self, host: &mut dyn Host, conn: ConnId, result: Result<(), CsError>) {
        let Some(owed) = self.owed.get_mut(&conn) else { return };
        *owed -= 1;
        if *owed == 0 {
            self.owed.remove(&conn);
        }
        reply(host, conn, response::RELOAD, result);
    }
}
