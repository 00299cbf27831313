//! What both ends of the socket transport need: sockets, their sizes, the control file.

use crate::mapping::Mapping;
use core_qb::control::{Channel, SIZE};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, getsockopt, recv, sendmsg, setsockopt, socket, sockopt,
};
use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// The mapped control file.
#[derive(Debug)]
pub(crate) struct Control(Mapping);

impl Control {
    /// Maps the file, as a client that trusts its server does.
    pub(crate) fn open(file: &File) -> io::Result<Control> {
        Mapping::once(file, SIZE).map(Control)
    }

    /// Maps the file, guarded against the client.
    pub(crate) fn guarded(file: &File) -> io::Result<Control> {
        Mapping::once(file, SIZE)?.guarded().map(Control)
    }

    /// Whether the file was cut off under this end.
    pub(crate) fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    /// A message was sent.
    pub(crate) fn count_sent(&self, channel: Channel) {
        self.0.signed(channel.sent()).fetch_add(1, Ordering::Relaxed);
    }

    /// A message arrived.
    pub(crate) fn count_received(&self, channel: Channel) {
        self.0.signed(channel.sent()).fetch_sub(1, Ordering::Relaxed);
    }

    /// The server's flow control of requests.
    pub(crate) fn flow_control(&self) -> &AtomicI32 {
        self.0.signed(Channel::Request.flow_control())
    }
}

/// A datagram socket whose buffers hold a message of `max_message` bytes, as far as the system allows.
pub(crate) fn new(max_message: usize) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let made = socket(AddressFamily::Unix, SockType::Datagram, flags, None)?;
    if getsockopt(&made, sockopt::SndBuf)? <= max_message {
        setsockopt(&made, sockopt::SndBuf, &max_message)?;
    }
    if getsockopt(&made, sockopt::RcvBuf)? <= max_message {
        setsockopt(&made, sockopt::RcvBuf, &max_message)?;
    }
    Ok(made)
}

/// Sends one message made of these parts.
pub(crate) fn send(socket: &OwnedFd, parts: &[&[u8]]) -> nix::Result<()> {
    let parts: Vec<IoSlice> = parts.iter().map(|part| IoSlice::new(part)).collect();
    loop {
        match sendmsg::<UnixAddr>(socket.as_raw_fd(), &parts, &[], MsgFlags::MSG_NOSIGNAL, None) {
            Err(Errno::EINTR) => {}
            result => return result.map(drop),
        }
    }
}

/// Whether a connected socket's other end takes a message now.
pub(crate) fn has_room(socket: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(socket.as_fd(), PollFlags::POLLOUT)];
    // anything but "not yet" is for the next call to tell
    poll(&mut polled, PollTimeout::ZERO) != Ok(0)
}

/// The length of the message that waits; it stays. `EAGAIN` when there is none.
pub(crate) fn next_length(socket: &OwnedFd) -> nix::Result<usize> {
    let flags = MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC | MsgFlags::MSG_DONTWAIT;
    loop {
        match recv(socket.as_raw_fd(), &mut [], flags) {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
