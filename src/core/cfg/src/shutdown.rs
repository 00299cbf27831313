//! A shutdown that somebody asks for and everybody who tracks may refuse.

use crate::service::{LOG, arm_shutdown, disarm_shutdown, reply};
use crate::wire::{NumberReply, response, shutdown};
use core_service::{Host, log};
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError, MILLIS};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::size_of;
use zerocopy::IntoBytes;

/// How long trackers may think, in milliseconds, unless `cfg.shutdown_timeout` says otherwise.
const TIMEOUT_DEFAULT: u32 = 5000;

/// Who tracks, and the question in hand if there is one.
#[derive(Debug, Default)]
pub(crate) struct Shutdown {
    /// The trackers, each with its answer to the question in hand.
    trackers: BTreeMap<ConnId, Option<bool>>,
    /// Who ever asked for a shutdown, and is still connected. The reference tells only them of a time-out.
    askers: BTreeSet<ConnId>,
    /// Who asks now.
    asker: Option<ConnId>,
    flags: u32,
    expected: i64,
    yes: i64,
    no: i64,
}

impl Shutdown {
    /// A client wants this node shut down. True when that is decided at once; otherwise the client is answered
    /// when it is decided (or at once with `CS_ERR_EXIST` when another question is in hand).
    pub(crate) fn try_shutdown(&mut self, host: &mut dyn Host, conn: ConnId, flags: u32) -> bool {
        if flags == shutdown::IMMEDIATE {
            reply(host, conn, response::TRY_SHUTDOWN, Ok(()));
            return true;
        }
        if self.asker.is_some() {
            reply(host, conn, response::TRY_SHUTDOWN, Err(CsError::Exist));
            return false;
        }
        self.askers.insert(conn);
        self.asker = Some(conn);
        (self.flags, self.yes, self.no, self.expected) = (flags, 0, 0, 0);
        for (_, answer) in self.trackers.iter_mut().filter(|(tracker, _)| **tracker != conn) {
            *answer = None;
            self.expected += 1;
        }
        if self.expected == 0 {
            // the asker stays: nobody else can ask while the node goes down
            reply(host, conn, response::TRY_SHUTDOWN, Ok(()));
            return true;
        }
        let timeout = host.map().u32("cfg.shutdown_timeout").unwrap_or(TIMEOUT_DEFAULT);
        arm_shutdown(host, u64::from(timeout) * MILLIS);
        for &tracker in self.trackers.keys().filter(|&&tracker| tracker != conn) {
            self.ask(host, tracker, Ok(()));
        }
        false
    }

    /// A client's answer; whoever it is, it counts. True when the shutdown is decided by it.
    pub(crate) fn answer(&mut self, host: &mut dyn Host, conn: ConnId, yes: bool) -> Result<bool, CsError> {
        if self.asker.is_none() {
            return Err(CsError::Access);
        }
        *(if yes { &mut self.yes } else { &mut self.no }) += 1;
        if let Some(answer) = self.trackers.get_mut(&conn) {
            *answer = Some(yes);
        }
        Ok(self.decide(host))
    }

    /// A client wants to be asked from now on.
    pub(crate) fn track(&mut self, host: &mut dyn Host, conn: ConnId) {
        if self.trackers.contains_key(&conn) {
            return;
        }
        self.trackers.insert(conn, None);
        if self.asker.is_some() {
            self.expected += 1;
            self.ask(host, conn, Ok(()));
        }
    }

    /// A client no longer wants to ask or be asked; a tracker that leaves agrees. True when that decides it.
    pub(crate) fn leave(&mut self, host: &mut dyn Host, conn: ConnId) -> bool {
        if self.asker == Some(conn) {
            self.asker = None;
            disarm_shutdown(host);
        }
        let Some(answer) = self.trackers.remove(&conn) else { return false };
        match answer {
            Some(true) => self.yes -= 1,
            Some(false) => self.no -= 1,
            None => {}
        }
        self.yes += 1;
        self.decide(host)
    }

    /// A client is gone.
    pub(crate) fn forget(&mut self, conn: ConnId) {
        self.askers.remove(&conn);
    }

    /// Time is up: who did not answer said no. True when the node shuts down all the same.
    pub(crate) fn timed_out(&mut self, host: &mut dyn Host) -> bool {
        self.no = self.expected;
        let decided = self.decide(host);
        for &tracker in self.trackers.keys().filter(|tracker| self.askers.contains(tracker)) {
            self.ask(host, tracker, Err(CsError::Timeout));
        }
        decided
    }

    /// When all answers are in, tells the asker what they come to. True for a shutdown.
    fn decide(&mut self, host: &mut dyn Host) -> bool {
        let Some(asker) = self.asker else { return false };
        if self.yes + self.no < self.expected {
            return false;
        }
        disarm_shutdown(host);
        self.asker = None;
        let agreed = self.yes >= self.expected || self.flags == shutdown::REGARDLESS;
        reply(host, asker, response::TRY_SHUTDOWN, if agreed { Ok(()) } else { Err(CsError::Busy) });
        let (yes, no, flags) = (self.yes, self.no, self.flags);
        log!(host, LOG, Debug, "shutdown decision is: (yes count: {yes}, no count: {no}) flags={flags:x}");
        agreed
    }

    fn ask(&self, host: &mut dyn Host, tracker: ConnId, result: Result<(), CsError>) {
        let header = ResponseHeader::new(response::TEST_SHUTDOWN, size_of::<NumberReply>(), CsError::code(result));
        let event = NumberReply { header, number: self.flags, pad: 0 };
        host.event(tracker, &[event.as_bytes()]);
    }
}
