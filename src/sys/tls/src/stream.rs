//! What a connection between hosts goes over: TCP as it is, or TLS.

use crate::Session;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsRawFd, RawFd};

/// GnuTLS's words for ciphers, unless `PCMK_tls_priorities` has others.
const PRIORITIES: &str = "NORMAL";

/// GnuTLS's words for ciphers, as the environment has them.
#[must_use]
pub fn priorities() -> String {
    std::env::var("PCMK_tls_priorities").unwrap_or_else(|_| PRIORITIES.to_owned())
}

/// The bits that a prime must have at least, as the environment has them (`PCMK_dh_min_bits`); 0 where it says nothing.
#[must_use]
pub fn least_prime() -> u32 {
    std::env::var("PCMK_dh_min_bits").ok().and_then(|bits| bits.parse().ok()).unwrap_or(0)
}

/// See the module.
#[derive(Debug)]
pub enum Stream {
    /// Anybody on the way can read it.
    Clear(TcpStream),
    /// A session whose handshake is done, or to be done first.
    Tls(Session),
}

impl Stream {
    /// Goes on with a session's handshake; there is nothing to do without one.
    ///
    /// # Errors
    /// As [`Session::handshake`].
    pub fn handshake(&mut self) -> io::Result<()> {
        match self {
            Stream::Clear(_) => Ok(()),
            Stream::Tls(session) => session.handshake(),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(stream) => stream.read(piece),
            Stream::Tls(session) => session.read(piece),
        }
    }
}

impl Write for Stream {
    /// As for a [`Session`]: after [`io::ErrorKind::WouldBlock`] the next write must be of the same bytes.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stream::Clear(stream) => stream.write(bytes),
            Stream::Tls(session) => session.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Stream::Clear(stream) => stream.as_raw_fd(),
            Stream::Tls(session) => session.as_raw_fd(),
        }
    }
}
