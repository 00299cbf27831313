//! The server's end of datagram sockets.
//!
//! Anybody on the host may send to an abstract socket until it is connected. So it is connected as soon as the client is
//! there, after which the kernel keeps others away. What they sent before is thrown away: a message counts only if it
//! comes from the address that the client binds, and the first one only if its sender is the user that connected.

use super::{Files, SendError};
use crate::address;
use crate::datagram::{self, Control};
use crate::ring::{Ownership, ReadError, create_file};
use core_qb::control::{Channel, EVENT, EVENT_TX, REQUEST, RESPONSE, SIZE};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrLike, UnixAddr, UnixCredentials, bind, connect, recvmsg, setsockopt, sockopt,
};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Most messages of others that are thrown away in one go: more than a socket's queue holds.
const STRANGERS_MAX: usize = 4096;

/// A client's datagram sockets and control file.
#[derive(Debug)]
pub(super) struct Datagrams {
    /// Readable when a request waits or something happened on the connection's own socket.
    ready: Epoll,
    requests: Outlet,
    events: Outlet,
    control: Control,
    /// The client's user.
    uid: u32,
    /// Whether a message of that user came from the client's address.
    is_proven: bool,
}

/// A socket that is connected to its client's end once that is there.
#[derive(Debug)]
struct Outlet {
    socket: OwnedFd,
    client: UnixAddr,
    is_connected: bool,
    /// The last message didn't fit.
    is_full: bool,
}

impl Outlet {
    fn new(base: &str, (ours, theirs): (&str, &str), max_message: usize) -> nix::Result<Outlet> {
        let socket = datagram::new(max_message)?;
        bind(socket.as_raw_fd(), &address::of_datagrams(base, ours)?)?;
        Ok(Outlet { socket, client: address::of_datagrams(base, theirs)?, is_connected: false, is_full: false })
    }

    fn connect(&mut self) -> nix::Result<()> {
        if !self.is_connected {
            connect(self.socket.as_raw_fd(), &self.client)?;
            self.is_connected = true;
        }
        Ok(())
    }

    fn send(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        // a client that is about to bind its end, or about to be noticed as gone
        self.connect().map_err(|_| SendError::Full)?;
        // the kernel copies a message before it looks for room
        if self.is_full && !datagram::has_room(&self.socket) {
            return Err(SendError::Full);
        }
        let sent = datagram::send(&self.socket, parts);
        self.is_full = matches!(sent, Err(Errno::EAGAIN | Errno::ENOBUFS));
        sent.map_err(|errno| match errno {
            Errno::EAGAIN | Errno::ENOBUFS => SendError::Full,
            Errno::EMSGSIZE => SendError::TooLong,
            _ => SendError::Gone,
        })
    }
}

impl Datagrams {
    pub(super) fn create(
        files: &Files,
        connection: &OwnedFd,
        uid: u32,
        max_message: usize,
        owner: Ownership,
    ) -> io::Result<Datagrams> {
        let [control, base, _] = &files.prefixes;
        let control = Control::guarded(&create_file(Path::new(control), SIZE, owner)?)?;
        let requests = Outlet::new(base, (REQUEST, RESPONSE), max_message)?;
        setsockopt(&requests.socket, sockopt::PassCred, &true)?;
        let ready = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        for fd in [connection, &requests.socket] {
            ready.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        }
        let events = Outlet::new(base, (EVENT_TX, EVENT), max_message)?;
        Ok(Datagrams { ready, requests, events, control, uid, is_proven: false })
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.ready.0.as_fd()
    }

    /// Takes the next request into `out`, if there is one; it may have `max` bytes.
    pub(super) fn receive(&mut self, max: usize, out: &mut Vec<u8>) -> Result<(), ReadError> {
        let _not_there_yet = self.requests.connect();
        for _ in 0..STRANGERS_MAX {
            let length = match datagram::next_length(&self.requests.socket) {
                Ok(length) => length,
                Err(Errno::EAGAIN) if !self.control.is_broken() => return Err(ReadError::Empty),
                Err(_) => return Err(ReadError::Corrupt),
            };
            out.resize(length.min(max), 0);
            if !self.take(out)? {
                continue;
            }
            self.control.count_received(Channel::Request);
            return if length > max || self.control.is_broken() { Err(ReadError::Corrupt) } else { Ok(()) };
        }
        Err(ReadError::Empty)
    }

    /// Takes the message that waits; false when it is a stranger's.
    fn take(&mut self, out: &mut [u8]) -> Result<bool, ReadError> {
        let mut space = nix::cmsg_space!(UnixCredentials);
        let mut parts = [IoSliceMut::new(out)];
        let fd = self.requests.socket.as_raw_fd();
        let message = match recvmsg::<UnixAddr>(fd, &mut parts, Some(&mut space), MsgFlags::MSG_DONTWAIT) {
            Ok(message) => message,
            Err(Errno::EINTR) => return Ok(false),
            Err(_) => return Err(ReadError::Corrupt),
        };
        let mut controls = message.cmsgs().map_err(|_| ReadError::Corrupt)?;
        let is_user = |control| matches!(control, ControlMessageOwned::ScmCredentials(who) if who.uid() == self.uid);
        let is_proven = self.is_proven || controls.any(is_user);
        let client = self.requests.client;
        // a sender without a name has an address of no length, which must not be looked into
        let is_named = |address: &UnixAddr| address.len() == client.len();
        let is_client = is_proven && message.address.filter(is_named) == Some(client);
        self.is_proven |= is_client;
        Ok(is_client)
    }

    pub(super) fn respond(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        self.requests.send(parts)?;
        self.count_sent(Channel::Response)
    }

    pub(super) fn event(&mut self, parts: &[&[u8]]) -> Result<(), SendError> {
        self.events.send(parts)?;
        self.count_sent(Channel::Event)
    }

    fn count_sent(&self, channel: Channel) -> Result<(), SendError> {
        self.control.count_sent(channel);
        if self.control.is_broken() { Err(SendError::Gone) } else { Ok(()) }
    }

    pub(super) fn set_flow_control(&self, level: i32) {
        self.control.flow_control().store(level, Ordering::Release);
    }
}
