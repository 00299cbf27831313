//! A connection to one of pacemaker's daemons.
//!
//! Counterpart: `lib/common/ipc_client.c` (2.1.5). Requests are numbered; a reply with another number is one that came
//! too late and is dropped. After a reply that didn't come in time no request is sent until it has come.

use core_pcmk_ipc::{Flags, Message, TEXT_MAX, buffer_size, decode, encode};
use nix::errno::Errno;
use std::cell::RefCell;
use std::ffi::CStr;
use std::os::fd::RawFd;
use std::time::{Duration, Instant};
use sys_qb::Client;

/// The user and the group that daemons run as, besides root.
const DAEMON: (&str, &str) = ("hacluster", "haclient");
/// How long to wait before a server that takes no requests is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(1);
/// A reply is awaited in turns of so many milliseconds.
const TURN: i32 = 1000;
const SEND: &CStr = c"crm_ipc_send";
/// Events that one turn of the main loop takes.
const EVENTS: usize = 10;

/// Takes the events that wait, as many as one turn of the main loop takes, and tells of each as long as somebody is `live`. Whether the
/// connection still is there.
pub fn take_events(ipc: &RefCell<Ipc>, live: &dyn Fn() -> bool, tell: impl Fn(&str)) -> bool {
    for _ in 0..EVENTS {
        // a main loop inside of a call
        let Ok(mut waiting) = ipc.try_borrow_mut() else { return true };
        let event = waiting.event();
        drop(waiting);
        let Ok(Some(text)) = event else { break };
        tell(&text);
        if !live() {
            return false;
        }
    }
    ipc.try_borrow().map_or(true, |ipc| ipc.settle().is_ok() && ipc.is_connected())
}

/// See the module.
#[derive(Debug)]
pub struct Ipc {
    client: Client,
    service: &'static str,
    buffer: Vec<u8>,
    last: i32,
    /// A reply is under way that nobody waits for any more.
    owed: bool,
}

impl Ipc {
    /// Connects to the service of that name; messages may have `least` bytes, or more where `PCMK_ipc_buffer` says so.
    ///
    /// # Errors
    /// Nobody is there, or somebody who isn't a daemon of pacemaker's (`ECONNABORTED`).
    pub fn connect(service: &'static str, least: usize) -> Result<Ipc, Errno> {
        let setting = ["PCMK_ipc_buffer", "HA_ipc_buffer"].into_iter().find_map(|name| std::env::var(name).ok());
        let size = least.max(buffer_size(setting.as_deref()) as usize);
        let client = Client::connect(service, size).inspect_err(|errno| {
            let number = *errno as i32;
            crate::log!(
                Debug,
                c"crm_ipc_connect",
                "Could not establish {service} IPC connection: {} ({number})",
                crate::results::words(number)
            );
        })?;
        verify(&client, service)?;
        let buffer = vec![0; client.max_message()];
        Ok(Ipc { client, service, buffer, last: 0, owed: false })
    }

    /// Readable when events wait.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    /// Whether the connection is not known to be lost.
    pub fn is_connected(&self) -> bool {
        self.client.is_connected()
    }

    /// Sends a request that nobody replies to.
    ///
    /// # Errors
    /// Why it was not sent.
    pub fn send(&mut self, text: &str, timeout: Duration) -> Result<(), Errno> {
        self.request(text, Flags::empty(), Some(timeout)).map(drop).inspect_err(|errno| self.tell(*errno, timeout))
    }

    /// Sends a request and waits for its reply; without a timeout, for ever.
    ///
    /// # Errors
    /// Why there is no reply.
    pub fn call(&mut self, text: &str, timeout: Option<Duration>) -> Result<String, Errno> {
        let limit = timeout.map(|timeout| Instant::now() + timeout + Duration::from_secs(1));
        let reply = self.request(text, Flags::CLIENT_RESPONSE, timeout).and_then(|id| self.reply(id, limit));
        reply.inspect_err(|errno| self.tell(*errno, timeout.unwrap_or_default()))
    }

    fn tell(&self, errno: Errno, timeout: Duration) {
        let (service, id, rc) = (self.service, self.last, -(errno as i32));
        let why = crate::results::words(rc);
        if !self.is_connected() {
            crate::log!(Notice, SEND, "Couldn't send {service} IPC request {id}: Connection closed | rc={rc}");
        } else if errno == Errno::ETIMEDOUT {
            let waited = timeout.as_millis();
            crate::log!(Warning, SEND, "{service} IPC request {id} failed: {why} after {waited}ms | rc={rc}");
        } else {
            crate::log!(Warning, SEND, "{service} IPC request {id} failed: {why} | rc={rc}");
        }
    }

    fn request(&mut self, text: &str, flags: Flags, timeout: Option<Duration>) -> Result<i32, Errno> {
        if !self.is_connected() {
            return Err(Errno::ENOTCONN);
        }
        self.settle_debt(timeout)?;
        self.last = self.last.checked_add(1).unwrap_or(1);
        let bytes = encode(text, self.last, flags, self.client.max_message()).map_err(|error| {
            crate::log!(Error, c"pcmk__ipc_prepare_iov", "{error}");
            Errno::EMSGSIZE
        })?;
        let limit = timeout.map(|timeout| Instant::now() + timeout + Duration::from_secs(1));
        loop {
            match self.client.send(&[&bytes]) {
                Ok(()) => return Ok(self.last),
                Err(Errno::EAGAIN) if self.is_connected() && limit.is_none_or(|limit| Instant::now() < limit) => {
                    std::thread::sleep(ASK_AGAIN);
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    /// Takes the reply that is still under way.
    fn settle_debt(&mut self, timeout: Option<Duration>) -> Result<(), Errno> {
        if !self.owed {
            return Ok(());
        }
        let wait = timeout.map_or(-1, |timeout| i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX));
        let service = self.service;
        match self.client.receive(&mut self.buffer, wait) {
            Ok(_) => {
                crate::log!(Notice, SEND, "Sending {service} IPC re-enabled after pending reply received");
                self.owed = false;
                Ok(())
            }
            Err(_) => {
                crate::log!(Warning, SEND, "Sending {service} IPC disabled until pending reply received");
                Err(Errno::EALREADY)
            }
        }
    }

    fn reply(&mut self, id: i32, limit: Option<Instant>) -> Result<String, Errno> {
        const FUNCTION: &CStr = c"internal_ipc_get_reply";
        loop {
            match self.client.receive(&mut self.buffer, TURN) {
                Ok(length) => match self.message(length) {
                    Ok(message) if message.id == id => return Ok(message.text),
                    Ok(message) => {
                        crate::log!(Error, FUNCTION, "Discarding old reply {} (need {id})", message.id);
                    }
                    Err(errno) => return Err(errno),
                },
                Err(errno) if !self.is_connected() => {
                    let service = self.service;
                    crate::log!(Error, FUNCTION, "{service} IPC provider disconnected while waiting for message {id}");
                    return Err(errno);
                }
                Err(_) => {}
            }
            if limit.is_some_and(|limit| Instant::now() >= limit) {
                self.owed = true;
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    fn message(&self, length: usize) -> Result<Message, Errno> {
        let bytes = self.buffer.get(..length).ok_or(Errno::EBADMSG)?;
        decode(bytes, TEXT_MAX).map_err(|(error, _)| {
            crate::log!(Error, c"crm_ipc_decompress", "{} message: {error}", self.service);
            Errno::EBADMSG
        })
    }

    /// The next event; `None` when none waits.
    ///
    /// # Errors
    /// The connection is lost, or what came is no message.
    pub fn event(&mut self) -> Result<Option<String>, Errno> {
        match self.client.event(&mut self.buffer, 0) {
            Ok(length) => self.message(length).map(|message| Some(message.text)),
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno),
        }
    }

    /// To be called after the last of several events, so that the descriptor is readable only while others wait.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn settle(&self) -> Result<(), Errno> {
        self.client.settle()
    }
}

/// Only root and the daemons' own user or group may serve.
fn verify(client: &Client, service: &str) -> Result<(), Errno> {
    let (user, group) = client.server_user().ok_or(Errno::ENOTCONN)?;
    let expected_user = sys_os::user_id(DAEMON.0)?.ok_or(Errno::EINVAL)?;
    let expected_group = sys_os::group_id(DAEMON.1)?.ok_or(Errno::EINVAL)?;
    if user == 0 || user == expected_user || group == expected_group {
        return Ok(());
    }
    crate::log!(
        Error,
        c"crm_ipc_connect",
        "{service} IPC provider authentication failed: process has uid {user} (expected {expected_user}) and gid {group} \
         (expected {expected_group})"
    );
    Err(Errno::ECONNABORTED)
}
