//! The server's end of a connection.

mod datagrams;
mod rings;

use crate::ring::{Ownership, ReadError, Ring, unless_forbidden};
use crate::soon::{Hope, soon};
use core_qb::handshake::DISCONNECT;
use core_qb::{ConnectionResponse, TransportType};
use datagrams::Datagrams;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, recv, send};
use rings::Rings;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What [`Connection::receive`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Message,
    /// Nothing for now.
    Empty,
    /// Nothing, though the client tells of more than it wrote: to be called again after others had their turn.
    Again,
    /// The client is gone and all that it sent was taken.
    Closed,
}

/// The client broke the protocol: the connection is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client wrote nonsense where requests come from")]
pub struct Violation;

/// Why a message could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client is slow: try again later.
    #[error("the client has no room")]
    Full,
    /// It is longer than was agreed on.
    #[error("the message is longer than the client asked for")]
    TooLong,
    /// The client is gone or broke its ring.
    #[error("the client is gone")]
    Gone,
}

/// What `qb_ipcs_connection_stats` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are libqb's")]
pub struct Stats {
    pub requests: u64,
    pub responses: u64,
    pub events: u64,
    pub send_retries: u64,
    pub recv_retries: u64,
    pub flow_control_state: u32,
    pub flow_control_count: u64,
}

/// Bytes taken from the socket at once, each of which tells of a request; and how often in one turn.
const NOTIFICATIONS: usize = 256;
const TAKEN_MAX: usize = 64;

/// How long a client that was just answered is looked at for its next request: less than to sleep and be woken costs
/// both. It takes a client of ours about a microsecond, and whether the server was still looking then was a race.
const LOOK_AGAIN: Duration = Duration::from_micros(5);

/// What messages travel on. In the order of being dropped: before the connection's files.
#[derive(Debug)]
enum Transport {
    Rings(Rings),
    Datagrams(Datagrams),
}

/// A connected client. Dropping it ends the connection and removes its files.
#[derive(Debug)]
pub struct Connection {
    socket: Option<OwnedFd>,
    transport: Transport,
    files: Files,
    max_message: usize,
    hung_up: bool,
    /// Events that the client was not told of by a byte on the socket.
    untold: usize,
    /// It was answered since its requests last ran out.
    answered: bool,
    hope: Hope,
    stats: Stats,
}

/// The directory of a connection's files; removed with what is in it.
#[derive(Debug)]
struct Files {
    directory: PathBuf,
    /// The rings' path prefixes; or the control file's path, the base of the sockets' names, and nothing.
    prefixes: [String; 3],
}

impl Files {
    fn create(service: &str, transport: TransportType, socket: &OwnedFd, pid: i32) -> io::Result<Files> {
        let template = format!("/dev/shm/qb-{}-{pid}-{}-XXXXXX", std::process::id(), socket.as_raw_fd());
        let directory = nix::unistd::mkdtemp(template.as_str())?;
        let path = |name| format!("{}/qb-{name}{service}", directory.display());
        let prefixes = match transport {
            TransportType::Shm => ["request-", "response-", "event-"].map(path),
            TransportType::Socket => [path("control-"), path(""), String::new()],
        };
        let files = Files { prefixes, directory };
        std::fs::set_permissions(&files.directory, std::fs::Permissions::from_mode(0o770))?;
        Ok(files)
    }

    /// Gives the directory to the client, once everything is in it: its owner may put another in its place.
    fn hand_over(&self, owner: Ownership) -> io::Result<()> {
        unless_forbidden(chown(&self.directory, Some(owner.uid), Some(owner.gid)))
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if self.prefixes[2].is_empty() {
            let _gone = std::fs::remove_file(&self.prefixes[0]);
        } else {
            self.prefixes.iter().for_each(|prefix| Ring::remove_files(prefix));
        }
        let _not_empty = std::fs::remove_dir(&self.directory);
    }
}

/// Who connects, and on what terms.
pub(crate) struct Terms<'a> {
    pub(crate) service: &'a str,
    pub(crate) transport: TransportType,
    pub(crate) pid: i32,
    /// The client's user.
    pub(crate) uid: u32,
    /// Whose the files are to be: user, group, mode.
    pub(crate) owner: (u32, u32, u32),
    pub(crate) max_message: u32,
    pub(crate) client_is_systole: bool,
}

impl Connection {
    pub(crate) fn new(socket: &OwnedFd, terms: &Terms<'_>) -> io::Result<(Connection, Box<ConnectionResponse>)> {
        let (uid, gid, mode) = terms.owner;
        let owner = Ownership { uid, gid, mode };
        let files = Files::create(terms.service, terms.transport, socket, terms.pid)?;
        let size = terms.max_message as usize;
        let paths = files.prefixes.each_ref().map(String::as_str);
        let mut answer = ConnectionResponse::acceptance(terms.transport, terms.max_message, paths);
        let transport = match terms.transport {
            TransportType::Shm => Transport::Rings(Rings::create(&files, size, owner, terms.client_is_systole)?),
            TransportType::Socket => Transport::Datagrams(Datagrams::create(&files, socket, terms.uid, size, owner)?),
        };
        files.hand_over(owner)?;
        static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
        answer.connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
        let connection = Connection {
            socket: None,
            transport,
            files,
            max_message: size,
            hung_up: false,
            untold: 0,
            answered: false,
            hope: Hope::default(),
            stats: Stats::default(),
        };
        Ok((connection, answer))
    }

    pub(crate) fn with_socket(mut self, socket: OwnedFd) -> Connection {
        self.socket = Some(socket);
        self
    }

    fn socket(&self) -> &OwnedFd {
        self.socket.as_ref().expect("set when the handshake ended")
    }

    /// Readable when [`Connection::receive`] has something to take, or the client is gone.
    pub fn fd(&self) -> BorrowedFd<'_> {
        match &self.transport {
            Transport::Rings(_) => self.socket().as_fd(),
            Transport::Datagrams(datagrams) => datagrams.fd(),
        }
    }

    /// Where the connection's files are.
    pub fn directory(&self) -> &std::path::Path {
        &self.files.directory
    }

    /// The size agreed on for messages, in bytes.
    pub fn max_message(&self) -> usize {
        self.max_message
    }

    /// What was counted.
    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Sets what was counted to zero.
    pub fn clear_stats(&mut self) {
        self.stats = Stats::default();
    }

    /// Takes the next request into `message` (cleared first). After [`Received::Empty`] the
    /// descriptor becomes readable for the next one.
    pub fn receive(&mut self, message: &mut Vec<u8>) -> Result<Received, Violation> {
        match self.take(message)? {
            Received::Empty => {}
            received => return Ok(received),
        }
        match self.take_soon(message)? {
            Received::Empty => {}
            received => return Ok(received),
        }
        let all_taken = self.take_notifications();
        if let Transport::Rings(rings) = &self.transport {
            // say so before the last look: a request written after it comes with a byte
            rings.fall_asleep();
        }
        match self.take(message)? {
            Received::Empty if self.hung_up => Ok(Received::Closed),
            Received::Empty if !all_taken => Ok(Received::Again),
            Received::Empty => {
                self.stats.recv_retries += 1;
                Ok(Received::Empty)
            }
            received => Ok(received),
        }
    }

    /// The same for a request that a client, answered just now, writes in a moment.
    fn take_soon(&mut self, message: &mut Vec<u8>) -> Result<Received, Violation> {
        let asleep_matters = matches!(&self.transport, Transport::Rings(rings) if rings.tells_sleepers_only());
        if !std::mem::take(&mut self.answered) || !asleep_matters || !self.hope.tries() {
            return Ok(Received::Empty);
        }
        let mut taken = Ok(Received::Empty);
        let came = soon(LOOK_AGAIN, || {
            taken = self.take(message);
            taken != Ok(Received::Empty)
        });
        self.hope.learns(came);
        taken
    }

    fn take(&mut self, message: &mut Vec<u8>) -> Result<Received, Violation> {
        let taken = match &mut self.transport {
            Transport::Rings(rings) => rings.receive(self.max_message, message),
            Transport::Datagrams(datagrams) => datagrams.receive(self.max_message, message),
        };
        match taken {
            Ok(()) if is_disconnect(message) => {
                self.hung_up = true;
                Ok(Received::Closed)
            }
            Ok(()) => {
                self.stats.requests += 1;
                Ok(Received::Message)
            }
            Err(ReadError::Empty) => Ok(Received::Empty),
            Err(ReadError::Corrupt | ReadError::TooLong) => Err(Violation),
        }
    }

    /// With rings each request comes with a byte; what matters is the ring, so all that are there are taken. False
    /// where there may be more.
    fn take_notifications(&mut self) -> bool {
        let mut bytes = [0; NOTIFICATIONS];
        for _ in 0..TAKEN_MAX {
            match recv(self.socket().as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
                Ok(NOTIFICATIONS) | Err(Errno::EINTR) => {}
                Ok(1..) | Err(Errno::EAGAIN) => return true,
                Ok(0) | Err(_) => {
                    self.hung_up = true;
                    return true;
                }
            }
        }
        false
    }

    /// Whether the client is gone, though it may have left requests.
    pub fn is_hung_up(&self) -> bool {
        hung_up(self.socket())
    }

    /// Sends a reply, one message made of these parts.
    pub fn respond(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        self.fits(parts)?;
        let sent = match &mut self.transport {
            Transport::Rings(rings) => rings.respond(parts),
            Transport::Datagrams(datagrams) => datagrams.respond(parts),
        };
        self.count_retry(sent)?;
        self.stats.responses += 1;
        self.answered = true;
        Ok(())
    }

    /// Queues an event, one message made of these parts; [`Connection::flush`] tells the client.
    pub fn event(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        self.fits(parts)?;
        let sent = match &mut self.transport {
            Transport::Rings(rings) => rings.event(parts).map(|()| self.untold += 1),
            Transport::Datagrams(datagrams) => datagrams.event(parts),
        };
        self.count_retry(sent)?;
        self.stats.events += 1;
        Ok(())
    }

    fn fits(&self, parts: &[&[u8]]) -> Result<(), SendError> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > self.max_message { Err(SendError::TooLong) } else { Ok(()) }
    }

    fn count_retry(&mut self, sent: Result<(), SendError>) -> Result<(), SendError> {
        self.stats.send_retries += u64::from(sent == Err(SendError::Full));
        sent
    }

    /// Tells the client of events queued in its ring: a byte on the socket for each, as libqb's client takes one with
    /// each.
    /// `Full`: call again later.
    pub fn flush(&mut self) -> Result<(), SendError> {
        const BYTES: [u8; 4096] = [0; 4096];
        while self.untold > 0 {
            let bytes = &BYTES[..self.untold.min(BYTES.len())];
            match send(self.socket().as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT) {
                Ok(sent) => self.untold -= sent,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::ENOBUFS) => return Err(SendError::Full),
                Err(_) => return Err(SendError::Gone),
            }
        }
        Ok(())
    }

    /// Asks the client to hold its requests back (not 0), or not.
    pub fn set_flow_control(&mut self, level: u32) {
        if self.stats.flow_control_state != level {
            match &self.transport {
                Transport::Rings(rings) => rings.set_flow_control(level as i32),
                Transport::Datagrams(datagrams) => datagrams.set_flow_control(level as i32),
            }
            self.stats.flow_control_state = level;
            self.stats.flow_control_count += 1;
        }
    }
}

/// Whether a socket's other end was closed, whatever it sent before.
pub(crate) fn hung_up(socket: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(socket.as_fd(), PollFlags::empty())];
    let _looked = poll(&mut polled, PollTimeout::ZERO);
    polled[0].any().unwrap_or(true)
}

fn is_disconnect(message: &[u8]) -> bool {
    message.is_empty() || message.get(..4) == Some(&DISCONNECT.to_ne_bytes())
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd()
    }
}
