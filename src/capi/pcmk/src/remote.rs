//! A connection to one of pacemaker's daemons on another host, over TCP or TLS.
//!
//! Counterpart: the client's part of `lib/common/remote.c` (2.1.5).

use core_pcmk_ipc::{Incoming, REMOTE_HEADER_SIZE, encode_remote};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::ffi::{CStr, c_int};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::{Duration, Instant};
use sys_tls::Stream;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);
/// How long a peer may take nothing of what is sent to it.
const SENDING: Duration = Duration::from_secs(60);
/// Bytes that are read at once: a TLS record.
const PIECE: usize = 16 << 10;

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Nobody is there.
    Unreachable,
    /// There is no TLS session with whoever is there.
    NoSession,
}

/// See the module.
#[derive(Debug)]
pub struct Remote {
    stream: Stream,
    incoming: Incoming,
    sent: u64,
}

impl Remote {
    /// Connects to a server's port, with TLS where it is to be encrypted.
    ///
    /// # Errors
    /// Why not; the log says more.
    pub fn connect(server: &str, port: c_int, encrypted: bool) -> Result<Remote, Refused> {
        const FUNCTION: &CStr = c"pcmk__connect_remote";
        crate::log!(Info, FUNCTION, "Attempting remote connection to {server}:{port}");
        let port = u16::try_from(port).map_err(|_| Refused::Unreachable)?;
        let connected = TcpStream::connect((server, port)).and_then(|stream| {
            stream.set_nonblocking(true)?;
            Ok(stream)
        });
        let stream = connected.map_err(|error| {
            crate::log!(Warning, FUNCTION, "Could not connect socket: {error}");
            Refused::Unreachable
        })?;
        let stream = if encrypted { Stream::Tls(anonymous(stream)?) } else { Stream::Clear(stream) };
        Ok(Remote::over(stream))
    }

    /// Makes a TLS session over a connected stream, with a key that the server knows `user` by.
    ///
    /// # Errors
    /// Why not; the log says more.
    pub fn with_key(stream: TcpStream, user: &CStr, key: &[u8]) -> Result<Remote, Refused> {
        stream.set_nonblocking(true).map_err(|_| Refused::Unreachable)?;
        let session =
            session("PSK", |priorities, least| sys_tls::Session::with_key(stream, user, key, priorities, least));
        session.map(Stream::Tls).map(Remote::over)
    }

    fn over(stream: Stream) -> Remote {
        Remote { stream, incoming: Incoming::default(), sent: 0 }
    }

    /// Readable when something came.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.stream.as_raw_fd()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The connection is lost, or the peer takes nothing.
    pub fn send(&mut self, text: &str) -> Result<(), Errno> {
        self.sent += 1;
        let bytes = encode_remote(text, self.sent);
        // A record each: of one with both, the reference's daemons read the beginning only.
        let (header, text) = bytes.split_at(REMOTE_HEADER_SIZE);
        self.write_all(header)?;
        self.write_all(text)
    }

    fn write_all(&mut self, mut rest: &[u8]) -> Result<(), Errno> {
        const FUNCTION: &CStr = c"pcmk__remote_send_xml";
        while !rest.is_empty() {
            match self.stream.write(rest) {
                Ok(written) => rest = &rest[written..],
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    await_fd(self.stream.as_raw_fd(), PollFlags::POLLOUT, SENDING)?;
                }
                Err(error) => {
                    crate::log!(Error, FUNCTION, "Could not send remote message: {error}");
                    return Err(Errno::ENOTCONN);
                }
            }
        }
        Ok(())
    }

    /// The next message of those that came; `None` where none is complete.
    ///
    /// # Errors
    /// The connection ended (`ENOTCONN`), or what came is no message (`EPROTO`).
    pub fn take(&mut self) -> Result<Option<String>, Errno> {
        const FUNCTION: &CStr = c"pcmk__read_remote_message";
        let mut piece = [0; PIECE];
        loop {
            let next = self.incoming.next_text().map_err(|error| {
                crate::log!(Error, FUNCTION, "{error}");
                Errno::EPROTO
            })?;
            if next.is_some() {
                return Ok(next);
            }
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(Errno::ENOTCONN),
                Ok(count) => self.incoming.push(&piece[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => {
                    crate::log!(Debug, FUNCTION, "Error receiving remote data: {error}");
                    return Err(Errno::ENOTCONN);
                }
            }
        }
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// As for [`Remote::take`], or that none came in time (`ETIME`).
    pub fn receive(&mut self, timeout: Duration) -> Result<String, Errno> {
        let limit = Instant::now() + timeout;
        loop {
            if let Some(text) = self.take()? {
                return Ok(text);
            }
            await_fd(self.stream.as_raw_fd(), PollFlags::POLLIN, limit.saturating_duration_since(Instant::now()))?;
        }
    }
}

fn anonymous(stream: TcpStream) -> Result<sys_tls::Session, Refused> {
    session("anonymous", |priorities, least| sys_tls::Session::anonymous(stream, priorities, least))
}

/// Makes a session of that kind, as the environment has it, and shakes hands.
fn session(
    kind: &str,
    make: impl FnOnce(&str, u32) -> Result<sys_tls::Session, sys_tls::TlsError>,
) -> Result<sys_tls::Session, Refused> {
    let priorities = sys_tls::priorities();
    let mut session = make(&priorities, sys_tls::least_prime()).map_err(|error| {
        let rc = error.0;
        let text = format!("Could not initialize {kind} TLS client session: {error} | rc={rc} priority='{priorities}'");
        crate::log!(Error, c"pcmk__new_tls_session", "{text}");
        Refused::NoSession
    })?;
    let limit = Instant::now() + HANDSHAKE;
    loop {
        match session.handshake() {
            Ok(()) => return Ok(session),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let rest = limit.saturating_duration_since(Instant::now());
                await_fd(session.as_raw_fd(), PollFlags::POLLIN, rest).map_err(|_| Refused::NoSession)?;
            }
            Err(error) => {
                crate::log!(Info, c"pcmk__tls_client_handshake", "TLS handshake failed: {error}");
                return Err(Refused::NoSession);
            }
        }
    }
}

/// Waits until a descriptor is ready, or broken.
fn await_fd(fd: RawFd, wanted: PollFlags, timeout: Duration) -> Result<(), Errno> {
    let limit = Instant::now() + timeout;
    loop {
        let rest = limit.saturating_duration_since(Instant::now());
        let turn = PollTimeout::try_from(rest).unwrap_or(PollTimeout::MAX);
        // SAFETY: the caller's stream has the descriptor, and keeps it meanwhile
        let mut fds = [PollFd::new(unsafe { BorrowedFd::borrow_raw(fd) }, wanted)];
        match poll(&mut fds, turn) {
            Ok(0) if Instant::now() >= limit => return Err(Errno::ETIME),
            Ok(0) | Err(Errno::EINTR) => {}
            Ok(_) => return Ok(()),
            Err(errno) => return Err(errno),
        }
    }
}
