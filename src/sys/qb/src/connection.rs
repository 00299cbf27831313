//! The server's end of a connection.

use crate::ring::{Ownership, ReadError, Ring};
use core_qb::handshake::DISCONNECT;
use core_qb::{ConnectionResponse, TransportType};
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

/// What [`Connection::receive`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// A message.
    Message,
    /// Nothing for now.
    Empty,
    /// The client is gone and all that it sent was taken.
    Closed,
}

/// The client broke the protocol: the connection is to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the client wrote nonsense into its request ring")]
pub struct Violation;

/// Why a message could not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The client is slow: try again later.
    #[error("the client's ring is full")]
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

/// Bytes taken from the socket at once: each tells of a request.
const NOTIFICATIONS: usize = 256;

/// A client's rings and socket. Dropping it ends the connection and removes its files.
#[derive(Debug)]
pub struct Connection {
    socket: Option<OwnedFd>,
    request: Ring,
    response: Ring,
    event: Ring,
    files: Files,
    max_message: usize,
    client_is_systole: bool,
    hung_up: bool,
    /// Events that the client was not told of by a byte on the socket.
    untold: usize,
    stats: Stats,
}

/// The directory of a connection's rings; removed with what is in it.
#[derive(Debug)]
struct Files {
    directory: PathBuf,
    prefixes: [String; 3],
}

impl Files {
    fn create(service: &str, socket: &OwnedFd, pid: i32, owner: Ownership) -> io::Result<Files> {
        let template = format!("/dev/shm/qb-{}-{pid}-{}-XXXXXX", std::process::id(), socket.as_raw_fd());
        let directory = nix::unistd::mkdtemp(template.as_str())?;
        let prefix = |name| format!("{}/qb-{name}-{service}", directory.display());
        let files = Files { prefixes: ["request", "response", "event"].map(prefix), directory };
        std::fs::set_permissions(&files.directory, std::fs::Permissions::from_mode(0o770))?;
        chown(&files.directory, Some(owner.uid), Some(owner.gid))?;
        Ok(files)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.prefixes.iter().for_each(|prefix| Ring::remove_files(prefix));
        let _not_empty = std::fs::remove_dir(&self.directory);
    }
}

impl Connection {
    pub(crate) fn new(
        service: &str,
        socket: &OwnedFd,
        pid: i32,
        (uid, gid, mode): (u32, u32, u32),
        max_message: u32,
        client_is_systole: bool,
    ) -> io::Result<(Connection, Box<ConnectionResponse>)> {
        let owner = Ownership { uid, gid, mode };
        let files = Files::create(service, socket, pid, owner)?;
        let size = max_message as usize;
        let [request, response, event] = &files.prefixes;
        let answer = ConnectionResponse::acceptance(TransportType::Shm, max_message, [request, response, event]);
        let connection = Connection {
            socket: None,
            request: Ring::create(request, size, owner)?,
            response: Ring::create(response, size, owner)?,
            event: Ring::create(event, size, owner)?,
            files,
            max_message: size,
            client_is_systole,
            hung_up: false,
            untold: 0,
            stats: Stats::default(),
        };
        if client_is_systole {
            connection.request.asleep().store(1, Ordering::SeqCst);
        }
        static CONNECTIONS: AtomicU64 = AtomicU64::new(1);
        let mut answer = answer;
        answer.connection = CONNECTIONS.fetch_add(1, Ordering::Relaxed);
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
        self.socket().as_fd()
    }

    /// Where the rings are.
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

    /// Takes the next request out of the ring into `message` (cleared first). After [`Received::Empty`] the
    /// descriptor becomes readable for the next one.
    pub fn receive(&mut self, message: &mut Vec<u8>) -> Result<Received, Violation> {
        match self.take(message)? {
            Received::Empty => {}
            received => return Ok(received),
        }
        self.take_notifications();
        if self.client_is_systole {
            // say so before the last look: a request written after it comes with a byte
            self.request.asleep().store(1, Ordering::SeqCst);
        }
        match self.take(message)? {
            Received::Empty if self.hung_up => Ok(Received::Closed),
            Received::Empty => {
                self.stats.recv_retries += 1;
                Ok(Received::Empty)
            }
            received => Ok(received),
        }
    }

    fn take(&mut self, message: &mut Vec<u8>) -> Result<Received, Violation> {
        match self.request.read(self.max_message, message) {
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

    /// Each request comes with a byte; what matters is the ring, so all that are there are taken.
    fn take_notifications(&mut self) {
        let mut bytes = [0; NOTIFICATIONS];
        loop {
            match recv(self.socket().as_raw_fd(), &mut bytes, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return self.hung_up = true,
                Ok(NOTIFICATIONS) | Err(Errno::EINTR) => {}
                Ok(_) | Err(Errno::EAGAIN) => return,
                Err(_) => return self.hung_up = true,
            }
        }
    }

    /// Sends a reply, one message made of these parts.
    pub fn respond(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        write(&mut self.response, self.max_message, parts, &mut self.stats)?;
        self.stats.responses += 1;
        Ok(())
    }

    /// Queues an event, one message made of these parts; [`Connection::flush`] tells the client.
    pub fn event(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        write(&mut self.event, self.max_message, parts, &mut self.stats)?;
        self.stats.events += 1;
        self.untold += 1;
        Ok(())
    }

    /// Tells the client of queued events: a byte on the socket for each, as libqb's client takes one with each.
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
            self.request.flow_control().store(level as i32, Ordering::Release);
            self.stats.flow_control_state = level;
            self.stats.flow_control_count += 1;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        for ring in [&self.request, &self.response, &self.event] {
            ring.abandon();
        }
    }
}

fn is_disconnect(message: &[u8]) -> bool {
    message.is_empty() || message.get(..4) == Some(&DISCONNECT.to_ne_bytes())
}

fn write(ring: &mut Ring, max: usize, parts: &[&[u8]], stats: &mut Stats) -> Result<(), SendError> {
    if parts.iter().map(|part| part.len()).sum::<usize>() > max {
        return Err(SendError::TooLong);
    }
    let result = ring.write(parts);
    if ring.is_broken() {
        return Err(SendError::Gone);
    }
    result.map_err(|errno| match errno {
        Errno::EAGAIN => {
            stats.send_retries += 1;
            SendError::Full
        }
        _ => SendError::Gone,
    })
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd()
    }
}
