//! The service itself: who is connected, which handler a request goes to.

use crate::crypto::{PATIENCE, PHASE_ACTIVATE, PHASE_CLEANUP, Step, Switch};
use crate::reload::Reloads;
use crate::shutdown::Shutdown;
use crate::status;
use crate::wire::{self, KillMessage, KillRequest, request, response};
use core_service::{Configuration, FlowControl, Guarantee, Host, Request, Service, log};
use core_types::mar::{MarName, RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, NodeId, ServiceId};
use std::mem::size_of;
use zerocopy::{FromBytes, IntoBytes};

/// The subsystem its lines are logged under.
pub(crate) const LOG: &str = "CFG";

/// Exit status of a node that was killed (`COROSYNC_DONE_FATAL_ERR`).
const EXIT_KILLED: i32 = 15;

/// The timer of a shutdown that is being asked about.
const TIMER_SHUTDOWN: u32 = 0;
/// The timer after which to send again what totem had no room for.
const TIMER_AGAIN: u32 = 1;
/// The timer after which members' keys aren't waited for any longer.
const TIMER_KEYS: u32 = 2;
/// How long to wait for totem's room, in nanoseconds.
const AGAIN_AFTER: u64 = 10 * core_types::MILLIS;

/// The cfg service.
#[derive(Debug, Default)]
pub struct Cfg {
    shutdown: Shutdown,
    reloads: Reloads,
    switch: Switch,
    /// Messages of our own that totem had no room for.
    unsent: Unsent,
}

/// What is owed to the ring. Each is sent at most once at a time, so this needs no queue.
#[derive(Debug, Default)]
struct Unsent {
    shutdown: bool,
    crypto: Option<u32>,
}

impl Cfg {
    /// A service without clients.
    pub fn new() -> Self {
        Self::default()
    }

    fn send_unsent(&mut self, host: &mut dyn Host) {
        if self.unsent.shutdown {
            self.unsent.shutdown = multicast(host, wire::exec::SHUTDOWN, &[]).is_err();
        }
        if let Some(phase) = self.unsent.crypto {
            let message = wire::CryptoMessage { phase, pad: 0 };
            if multicast(host, wire::exec::CRYPTO_RECONFIG, message.as_bytes()).is_ok() {
                self.unsent.crypto = None;
            }
        }
        if self.unsent.shutdown || self.unsent.crypto.is_some() {
            host.arm(ServiceId::Cfg, TIMER_AGAIN, AGAIN_AFTER);
        }
    }

    /// Takes the steps to new keys that are due.
    fn switch_keys(&mut self, host: &mut dyn Host, mut impatient: bool) {
        while let Some(step) = self.switch.next(std::mem::take(&mut impatient)) {
            match step {
                Step::Use => {
                    log!(host, LOG, Debug, "Crypto reconfiguration phase {PHASE_ACTIVATE}");
                    host.request(Request::CryptoReconfig);
                    host.arm(ServiceId::Cfg, TIMER_KEYS, PATIENCE);
                    self.send_phase(host, PHASE_CLEANUP);
                }
                Step::Forget => {
                    log!(host, LOG, Debug, "Crypto reconfiguration phase {PHASE_CLEANUP}");
                    host.request(Request::CryptoCleanup);
                    host.disarm(ServiceId::Cfg, TIMER_KEYS);
                }
            }
        }
    }

    fn send_phase(&mut self, host: &mut dyn Host, phase: u32) {
        self.unsent.crypto = Some(phase);
        self.send_unsent(host);
    }

    /// Tells the ring that this node shuts down; hearing it itself, it does.
    fn send_shutdown(&mut self, host: &mut dyn Host) {
        self.unsent.shutdown = true;
        self.send_unsent(host);
    }

    fn handle(&mut self, host: &mut dyn Host, conn: ConnId, id: i32, message: &[u8]) -> Result<(), CsError> {
        match id {
            request::RING_STATUS => status::ring(host, conn),
            request::RING_REENABLE => return Err(CsError::NotSupported),
            request::KILL_NODE => {
                kill(host, read(message)?)?;
                reply(host, conn, response::KILL_NODE, Ok(()));
            }
            request::TRY_SHUTDOWN => {
                let flags = number(message)?;
                if self.shutdown.try_shutdown(host, conn, flags) {
                    self.send_shutdown(host);
                }
            }
            request::REPLY_TO_SHUTDOWN => {
                let yes = number(message)? != 0;
                let decided = self.shutdown.answer(host, conn, yes)?;
                if decided {
                    self.send_shutdown(host);
                }
                reply(host, conn, response::REPLY_TO_SHUTDOWN, Ok(()));
            }
            request::NODE_ADDRESSES => status::addresses(host, conn, NodeId(number(message)?)),
            request::LOCAL_GET => {
                let header =
                    ResponseHeader::new(response::LOCAL_GET, size_of::<wire::NumberReply>(), CsError::code(Ok(())));
                let answer = wire::NumberReply { header, number: host.nodeid().0, pad: 0 };
                host.respond(conn, &[answer.as_bytes()]);
            }
            request::RELOAD => self.reloads.ask(host, conn)?,
            request::REOPEN_LOGS => {
                log!(host, LOG, Debug, "Reopening logging files");
                let reopened = host.reopen_logs();
                reply(host, conn, response::REOPEN_LOGS, reopened);
            }
            request::NODE_STATUS => status::node(host, conn, &read(message)?),
            request::TRACK_START => {
                self.shutdown.track(host, conn);
                reply(host, conn, response::TRACK_START, Ok(()));
            }
            request::TRACK_STOP => {
                self.leave(host, conn);
                reply(host, conn, response::TRACK_STOP, Ok(()));
            }
            _ => return Err(CsError::InvalidParam),
        }
        Ok(())
    }

    /// A client no longer has a say in shutdowns.
    fn leave(&mut self, host: &mut dyn Host, conn: ConnId) {
        if self.shutdown.leave(host, conn) {
            self.send_shutdown(host);
        }
    }
}

impl Service for Cfg {
    fn id(&self) -> ServiceId {
        ServiceId::Cfg
    }

    fn description(&self) -> &'static str {
        "corosync configuration service"
    }

    fn requests(&self) -> &'static [FlowControl] {
        use FlowControl::{NotRequired, Required};
        &[
            Required,
            Required,
            Required,
            Required,
            Required,
            NotRequired,
            NotRequired,
            Required,
            NotRequired,
            NotRequired,
            Required,
            Required,
        ]
    }

    fn messages(&self) -> u16 {
        wire::exec::COUNT
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        let id = id as i32;
        if let Err(error) = self.handle(host, conn, id, message) {
            reply(host, conn, reply_to(id), Err(error));
        }
    }

    fn disconnected(&mut self, host: &mut dyn Host, conn: ConnId) {
        self.reloads.forget(conn);
        self.leave(host, conn);
        self.shutdown.forget(conn);
    }

    fn deliver(&mut self, host: &mut dyn Host, id: u16, message: &[u8], from: NodeId, swapped: bool) {
        let body = message.get(size_of::<RequestHeader>()..).unwrap_or_default();
        match id {
            wire::exec::KILL_NODE => {
                if let Ok((kill, _)) = KillMessage::read_from_prefix(body) {
                    killed(host, if swapped { kill.swapped() } else { kill }, from);
                }
            }
            wire::exec::SHUTDOWN => {
                log!(host, LOG, Notice, "Node {from} was shut down by sysadmin");
                if from == host.nodeid() {
                    host.request(Request::Shutdown);
                }
            }
            wire::exec::RELOAD => {
                self.switch.reloading();
                self.reloads.deliver(host, body, from);
            }
            wire::exec::CRYPTO_RECONFIG => {
                if let Ok((crypto, _)) = wire::CryptoMessage::read_from_prefix(body) {
                    self.switch.heard(from, if swapped { crypto.phase.swap_bytes() } else { crypto.phase });
                    self.switch_keys(host, false);
                }
            }
            _ => {}
        }
    }

    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        if key == TIMER_SHUTDOWN && self.shutdown.timed_out(host) {
            self.send_shutdown(host);
        } else if key == TIMER_AGAIN {
            self.send_unsent(host);
        } else if key == TIMER_KEYS {
            self.switch_keys(host, true);
        }
    }

    fn reloaded(&mut self, host: &mut dyn Host, result: Result<(), CsError>) {
        self.reloads.done(host, result);
    }

    fn crypto_loaded(&mut self, host: &mut dyn Host) {
        self.switch.loaded(host.members());
        host.arm(ServiceId::Cfg, TIMER_KEYS, PATIENCE);
        self.send_phase(host, PHASE_ACTIVATE);
    }

    fn configured(&mut self, host: &mut dyn Host, configuration: &Configuration<'_>) {
        if !configuration.transitional {
            self.switch.members(configuration.members);
            self.switch_keys(host, false);
        }
    }
}

/// Starts the countdown to the end of a shutdown's question.
pub(crate) fn arm_shutdown(host: &mut dyn Host, after: u64) {
    host.arm(ServiceId::Cfg, TIMER_SHUTDOWN, after);
}

/// Stops it.
pub(crate) fn disarm_shutdown(host: &mut dyn Host) {
    host.disarm(ServiceId::Cfg, TIMER_SHUTDOWN);
}

pub(crate) fn multicast(host: &mut dyn Host, id: u16, body: &[u8]) -> Result<(), CsError> {
    host.multicast(ServiceId::Cfg, id, Guarantee::Safe, &[body])
}

/// A reply that is a header alone.
pub(crate) fn reply(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<(), CsError>) {
    let header = ResponseHeader::new(id, size_of::<ResponseHeader>(), CsError::code(result));
    host.respond(conn, &[header.as_bytes()]);
}

/// The number of the reply to a request: the two were numbered apart.
fn reply_to(id: i32) -> i32 {
    match id {
        request::KILL_NODE => response::KILL_NODE,
        request::TRY_SHUTDOWN => response::TRY_SHUTDOWN,
        request::REPLY_TO_SHUTDOWN => response::REPLY_TO_SHUTDOWN,
        request::NODE_ADDRESSES => response::NODE_ADDRESSES,
        request::LOCAL_GET => response::LOCAL_GET,
        request::RELOAD => response::RELOAD,
        request::REOPEN_LOGS => response::REOPEN_LOGS,
        request::NODE_STATUS => response::NODE_STATUS,
        request::TRACK_START => response::TRACK_START,
        request::TRACK_STOP => response::TRACK_STOP,
        same => same,
    }
}

fn read<T: FromBytes>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(value, _)| value).map_err(|_| CsError::InvalidParam)
}

/// The number after a header.
fn number(message: &[u8]) -> Result<u32, CsError> {
    read(message.get(size_of::<RequestHeader>()..wire::NUMBER_REQUEST_MIN).unwrap_or_default())
}

/// Asks the ring to kill a node. `CS_ERR_NOT_EXIST` unless it is a member now.
fn kill(host: &mut dyn Host, request: KillRequest) -> Result<(), CsError> {
    let key = format!("runtime.members.{}.status", request.nodeid);
    if host.map().get(&key).is_none() {
        return Err(CsError::NotExist);
    }
    match host.map().text(&key) {
        Some("joined") => {}
        Some(_) => return Err(CsError::NotExist),
        None => return Err(CsError::Library),
    }
    let length = usize::from(request.reason.length);
    let reason = request.reason.value.get(..length).and_then(MarName::new).ok_or(CsError::InvalidParam)?;
    let message = KillMessage { nodeid: request.nodeid, pad: 0, reason };
    multicast(host, wire::exec::KILL_NODE, message.as_bytes())
}

fn killed(host: &mut dyn Host, message: KillMessage, from: NodeId) {
    let us = host.nodeid();
    log!(host, LOG, Debug, "request to kill node {} (us={us})", message.nodeid);
    if message.nodeid == us.0 {
        let reason = wire::field_text(message.reason.get().unwrap_or_default());
        log!(host, LOG, Notice, "Killed by node {from} : {}", String::from_utf8_lossy(reason));
        host.request(Request::Exit(EXIT_KILLED));
    }
}
