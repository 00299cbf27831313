//! One connection from another host, as tasks of the event loop see it.

use core_pcmk_ipc::{Incoming, REMOTE_HEADER_SIZE, RemoteError};
use nix::sys::socket::{setsockopt, sockopt};
use std::cell::RefCell;
use std::io::{self, Read, Write};
use sys_tls::{Server, Stream};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Bytes that are read at once: a TLS record.
const PIECE: usize = 16 << 10;

/// Why nothing more can be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// The other end said so.
    #[error("End of remote data encountered")]
    Closed,
    /// The connection is lost.
    #[error("Error receiving remote data: {0}")]
    Lost(#[from] io::Error),
    /// What came is no message.
    #[error("{0}")]
    NoMessage(#[from] RemoteError),
}

/// See the module.
pub(super) struct Link {
    /// A duplicate, which tells when there is something to do.
    ready: TcpStream,
    stream: RefCell<Stream>,
}

impl Link {
    /// Over an accepted stream; with a server, TLS is to be spoken, after a handshake.
    pub(super) fn new(accepted: TcpStream, server: Option<&Server>) -> io::Result<Link> {
        accepted.set_nodelay(true)?;
        // so that who is gone without a word is gone for us, too
        setsockopt(&accepted, sockopt::KeepAlive, &true)?;
        let stream = accepted.into_std()?;
        let ready = TcpStream::from_std(stream.try_clone()?)?;
        let stream = match server {
            None => Stream::Clear(stream),
            Some(server) => Stream::Tls(server.session(stream).map_err(io::Error::other)?),
        };
        Ok(Link { ready, stream: RefCell::new(stream) })
    }

    pub(super) async fn handshake(&self) -> io::Result<()> {
        self.when(Interest::READABLE, Stream::handshake).await
    }

    /// Does what doesn't wait, as soon as it need not.
    async fn when<T>(&self, interest: Interest, mut work: impl FnMut(&mut Stream) -> io::Result<T>) -> io::Result<T> {
        loop {
            match self.ready.async_io(interest, || work(&mut self.stream.borrow_mut())).await {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                outcome => return outcome,
            }
        }
    }

    /// Waits for more.
    async fn read_into(&self, incoming: &mut Incoming) -> Result<(), Ended> {
        let mut piece = [0; PIECE];
        match self.when(Interest::READABLE, |stream| stream.read(&mut piece)).await? {
            0 => Err(Ended::Closed),
            count => {
                incoming.push(&piece[..count]);
                Ok(())
            }
        }
    }

    /// Waits for the next message.
    pub(super) async fn receive(&self, incoming: &mut Incoming) -> Result<String, Ended> {
        loop {
            if let Some(text) = incoming.next_text()? {
                return Ok(text);
            }
            self.read_into(incoming).await?;
        }
    }

    /// Sends a message.
    pub(super) async fn send(&self, message: &[u8]) -> io::Result<()> {
        // A record each: of one with both, the reference's clients read the beginning only.
        let (header, text) = message.split_at(message.len().min(REMOTE_HEADER_SIZE));
        for mut rest in [header, text] {
            while !rest.is_empty() {
                let written = self.when(Interest::WRITABLE, |stream| stream.write(rest)).await?;
                rest = &rest[written..];
            }
        }
        Ok(())
    }
}
