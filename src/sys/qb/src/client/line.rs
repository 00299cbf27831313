//! The stream socket that a connection began on: it tells whether the server is there.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, Shutdown, recv, send, shutdown};
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// What an errno says of the connection (`qb_ipc_us_sock_error_is_disconnected`).
pub(super) fn is_lost(errno: Errno) -> bool {
    use Errno::{EAGAIN, EINTR, EINVAL, EMSGSIZE, ENOMSG, ETIMEDOUT};
    !matches!(errno, EAGAIN | ETIMEDOUT | EINTR | EMSGSIZE | ENOMSG | EINVAL)
}

/// How long to look for something before going to sleep: about what falling asleep and waking up costs.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// Whether something comes about within [`LOOK_AGAIN`].
pub(super) fn soon(came: impl FnMut() -> bool) -> bool {
    crate::soon::soon(LOOK_AGAIN, came)
}

/// The socket, and whether an error told that the server is lost.
#[derive(Debug)]
pub(super) struct Line {
    socket: OwnedFd,
    lost: AtomicBool,
}

impl Line {
    pub(super) fn new(socket: OwnedFd) -> Line {
        Line { socket, lost: AtomicBool::new(false) }
    }

    pub(super) fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// Ends the connection now: a forked child may have the socket, too, and the server is not to wait for it.
    pub(super) fn shut_down(&self) {
        let _ended_already = shutdown(self.socket.as_raw_fd(), Shutdown::Both);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }

    /// Remembers what an error tells.
    pub(super) fn note(&self, errno: Errno) -> Errno {
        if is_lost(errno) {
            self.lost.store(true, Ordering::Relaxed);
        }
        errno
    }

    /// Waits until the socket is ready (`qb_ipc_us_ready`). `EAGAIN` after the timeout or a signal, `ENOTCONN` when the
    /// server is gone.
    pub(super) fn state(&self, timeout: i32, events: PollFlags) -> Result<(), Errno> {
        self.ready(&mut [PollFd::new(self.socket.as_fd(), events)], timeout)
    }

    /// The same for another socket that may be read; this one still tells of the server's end.
    pub(super) fn state_with(&self, other: &OwnedFd, timeout: i32) -> Result<(), Errno> {
        let polled = [other, &self.socket].map(|fd| PollFd::new(fd.as_fd(), PollFlags::POLLIN));
        self.ready(&mut { polled }, timeout)
    }

    fn ready(&self, polled: &mut [PollFd<'_>], timeout: i32) -> Result<(), Errno> {
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        match poll(polled, timeout) {
            Ok(0) | Err(Errno::EINTR) => return Err(Errno::EAGAIN),
            Ok(_) => {}
            Err(errno) => return Err(errno),
        }
        let gone = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
        let is_gone = |fd: &PollFd<'_>| fd.revents().is_none_or(|revents| revents.intersects(gone));
        if polled.iter().any(is_gone) || polled[0].revents() == Some(PollFlags::empty()) {
            return Err(self.note(Errno::ENOTCONN));
        }
        Ok(())
    }

    /// Sends a byte, which wakes the server.
    pub(super) fn notify(&self) -> Result<(), Errno> {
        loop {
            match send(self.fd(), &[0], MsgFlags::MSG_NOSIGNAL) {
                Ok(_) => return Ok(()),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => {
                    self.state(-1, PollFlags::POLLOUT)?;
                }
                Err(Errno::EPIPE | Errno::ECONNRESET) => return Err(self.note(Errno::ENOTCONN)),
                Err(errno) => return Err(self.note(errno)),
            }
        }
    }

    /// Takes so many bytes, some of which may come soon only; without `wait`, those that are there.
    pub(super) fn take(&self, count: &mut usize, wait: bool) -> Result<(), Errno> {
        let mut bytes = [0; 256];
        while *count > 0 {
            let wanted = bytes.len().min(*count);
            let mut receive = || recv(self.fd(), &mut bytes[..wanted], MsgFlags::empty());
            let mut received = receive();
            // the server writes an event first and its byte soon after
            if wait && received == Err(Errno::EAGAIN) {
                soon(|| {
                    received = receive();
                    received != Err(Errno::EAGAIN)
                });
            }
            match received {
                Ok(0) | Err(Errno::ECONNRESET | Errno::EPIPE) => return Err(self.note(Errno::ENOTCONN)),
                Ok(taken) => *count -= taken,
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) if !wait => return Ok(()),
                Err(Errno::EAGAIN) => match self.state(-1, PollFlags::POLLIN) {
                    Err(errno) if is_lost(errno) => return Err(errno),
                    _ => {}
                },
                Err(errno) => return Err(self.note(errno)),
            }
        }
        Ok(())
    }
}
