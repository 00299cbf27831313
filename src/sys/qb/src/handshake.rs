//! A process that connects: who it is, and whether it may.

use crate::connection::{Connection, Terms, hung_up};
use core_qb::{ConnectionRequest, ConnectionResponse, TransportType};
use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, UnixAddr, UnixCredentials, getsockopt, recvmsg, send, setsockopt, sockopt,
};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use zerocopy::IntoBytes;

/// Who connects and what it wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Its process.
    pub pid: u32,
    /// Its user, as the kernel tells.
    pub uid: u32,
    /// Its group, as the kernel tells.
    pub gid: u32,
    /// Largest message that it wants to send or get, in bytes.
    pub max_message: u32,
}

/// On what terms a process is accepted.
#[derive(Clone, Copy, Debug)]
pub struct Accept {
    /// Smallest size agreed on for messages, in bytes (`qb_ipcs_enforce_buffer_size`).
    pub message_floor: u32,
    /// Largest one; a client that wants more gets this.
    pub message_cap: u32,
    /// Owner of the rings' files instead of the client's user and group, and their mode
    /// (`qb_ipcs_connection_auth_set`).
    pub owner: Option<(u32, u32, u32)>,
}

impl Default for Accept {
    fn default() -> Self {
        Accept { message_floor: 12328, message_cap: 2 << 20, owner: None }
    }
}

/// A connection whose other end has not said who it is.
#[derive(Debug)]
pub struct Handshake {
    service: String,
    transport: TransportType,
    socket: OwnedFd,
    request: [u8; size_of::<ConnectionRequest>()],
    received: usize,
    credentials: Option<UnixCredentials>,
    wants: Option<ConnectionRequest>,
}

impl Handshake {
    pub(crate) fn new(service: &str, transport: TransportType, socket: OwnedFd) -> io::Result<Handshake> {
        setsockopt(&socket, sockopt::PassCred, &true)?;
        Ok(Handshake {
            service: service.to_owned(),
            transport,
            socket,
            request: Default::default(),
            received: 0,
            credentials: None,
            wants: None,
        })
    }

    /// Readable when [`Handshake::progress`] has something to do.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// User and group of the process that dialled, known before it says anything.
    pub fn dialled_by(&self) -> io::Result<(u32, u32)> {
        let who = getsockopt(&self.socket, sockopt::PeerCredentials)?;
        Ok((who.uid(), who.gid()))
    }

    /// Takes what came; `None`: wait for more. An error ends it: the other end left or talks nonsense.
    pub fn progress(&mut self) -> io::Result<Option<Hello>> {
        while self.received < self.request.len() {
            let mut parts = [IoSliceMut::new(&mut self.request[self.received..])];
            let mut space = nix::cmsg_space!(UnixCredentials);
            match recvmsg::<UnixAddr>(self.socket.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()) {
                Ok(message) if message.bytes == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(message) => {
                    for control in message.cmsgs()? {
                        if let ControlMessageOwned::ScmCredentials(credentials) = control {
                            self.credentials.get_or_insert(credentials);
                        }
                    }
                    self.received += message.bytes;
                }
                Err(Errno::EAGAIN) => return Ok(None),
                Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno.into()),
            }
        }
        setsockopt(&self.socket, sockopt::PassCred, &false)?;
        let request = ConnectionRequest::read(&self.request).ok_or(io::ErrorKind::InvalidData)?;
        let who = self.credentials.ok_or(io::ErrorKind::PermissionDenied)?;
        self.wants = Some(request);
        Ok(Some(Hello { pid: who.pid() as u32, uid: who.uid(), gid: who.gid(), max_message: request.max_message }))
    }

    /// Makes what messages travel on and tells the other end where that is. To be called after [`Handshake::progress`] gave a
    /// [`Hello`]; nothing was allocated for the client before. The client is told of a failure.
    pub fn accept(self, options: Accept) -> io::Result<Connection> {
        let (Some(request), Some(who)) = (self.wants, self.credentials) else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        if hung_up(&self.socket) {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let max_message = request.max_message.max(options.message_floor).min(options.message_cap);
        let terms = Terms {
            service: &self.service,
            transport: self.transport,
            pid: who.pid(),
            uid: who.uid(),
            owner: options.owner.unwrap_or((who.uid(), who.gid(), 0o600)),
            max_message,
            client_is_systole: request.is_systole(),
        };
        match Connection::new(&self.socket, &terms) {
            Ok((connection, response)) => {
                answer(&self.socket, &response)?;
                Ok(connection.with_socket(self.socket))
            }
            Err(error) => {
                self.refuse(error.raw_os_error().unwrap_or(libc::EIO));
                Err(error)
            }
        }
    }

    /// Tells the other end no, with a positive errno.
    pub fn refuse(self, errno: i32) {
        let _left_already = answer(&self.socket, &ConnectionResponse::refusal(errno));
    }
}

/// The whole answer at once: it fits a new socket's buffer.
fn answer(socket: &OwnedFd, response: &ConnectionResponse) -> io::Result<()> {
    let bytes = response.as_bytes();
    match send(socket.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL)? {
        sent if sent == bytes.len() => Ok(()),
        _ => Err(io::ErrorKind::WriteZero.into()),
    }
}
