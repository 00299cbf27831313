//! The client's end of datagram sockets.

use super::line::Line;
use super::{LOOK_INTERVAL, lock};
use crate::address;
use crate::datagram::{self, Control};
use core_qb::control::{Channel, EVENT, EVENT_TX, REQUEST, RESPONSE};
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, bind, connect, recv};
use std::fs::OpenOptions;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// The sockets and the control file. Calls of several threads take turns.
#[derive(Debug)]
pub(super) struct Datagrams {
    turn: Mutex<()>,
    calls: OwnedFd,
    events: OwnedFd,
    control: Control,
    control_path: PathBuf,
}

impl Datagrams {
    /// Opens what the handshake named: the control file's path and the base of the sockets' names.
    pub(super) fn open(control_path: &str, base: &str, max_message: usize) -> Result<Datagrams, Errno> {
        let errno = |error: std::io::Error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EINVAL));
        let file = OpenOptions::new().read(true).write(true).open(control_path).map_err(errno)?;
        Ok(Datagrams {
            turn: Mutex::new(()),
            calls: dial(base, RESPONSE, REQUEST, max_message)?,
            events: dial(base, EVENT, EVENT_TX, max_message)?,
            control: Control::open(&file).map_err(errno)?,
            control_path: control_path.into(),
        })
    }

    /// Readable when an event waits.
    pub(super) fn fd(&self) -> RawFd {
        self.events.as_raw_fd()
    }

    /// The right to call.
    pub(super) fn turn(&self) -> MutexGuard<'_, ()> {
        lock(&self.turn)
    }

    pub(super) fn send(&self, line: &Line, parts: &[&[u8]], limit: i32) -> Result<(), Errno> {
        if (1..=limit).contains(&self.control.flow_control().load(Ordering::Acquire)) {
            return Err(Errno::EAGAIN);
        }
        datagram::send(&self.calls, parts).map_err(|errno| line.note(errno))?;
        self.control.count_sent(Channel::Request);
        Ok(())
    }

    pub(super) fn receive(&self, line: &Line, reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let until = u64::try_from(timeout).ok().map(|timeout| Instant::now() + Duration::from_millis(timeout));
        loop {
            match self.take(&self.calls, Channel::Response, reply) {
                Err(Errno::EAGAIN) => {}
                result => return result.map_err(|errno| line.note(errno)),
            }
            let left = until.map_or(LOOK_INTERVAL, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                line.state_with(&self.calls, 0)
                    .or_else(|errno| if errno == Errno::EAGAIN { Ok(()) } else { Err(errno) })?;
                return Err(Errno::ETIMEDOUT);
            }
            let wait = left.min(LOOK_INTERVAL).as_millis().max(1) as i32;
            match line.state_with(&self.calls, wait) {
                Ok(()) | Err(Errno::EAGAIN) => {}
                // the server's last words may have come since
                Err(errno) => return self.take(&self.calls, Channel::Response, reply).map_err(|_| errno),
            }
        }
    }

    pub(super) fn event(&self, line: &Line, event: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        line.state_with(&self.events, timeout)?;
        self.take(&self.events, Channel::Event, event).map_err(|errno| line.note(errno))
    }

    /// Takes the message that waits; one that is longer than `out` stays, with `ENOBUFS`.
    fn take(&self, socket: &OwnedFd, channel: Channel, out: &mut [u8]) -> Result<usize, Errno> {
        let length = datagram::next_length(socket)?;
        let room = out.get_mut(..length).ok_or(Errno::ENOBUFS)?;
        let length = recv(socket.as_raw_fd(), room, MsgFlags::MSG_DONTWAIT)?;
        self.control.count_received(channel);
        Ok(length)
    }

    /// Removes the control file, as libqb's clients do whether the server lives or not.
    pub(super) fn close(&self) {
        let _gone = std::fs::remove_file(&self.control_path);
        if let Some(directory) = Path::new(&self.control_path).parent() {
            let _not_empty = std::fs::remove_dir(directory);
        }
    }
}

/// A socket that talks to the server's `theirs` and is itself known as `ours`: in this order, so that nobody else can
/// ever send to it.
fn dial(base: &str, ours: &str, theirs: &str, max_message: usize) -> Result<OwnedFd, Errno> {
    let socket = datagram::new(max_message)?;
    connect(socket.as_raw_fd(), &address::of_datagrams(base, theirs)?)?;
    bind(socket.as_raw_fd(), &address::of_datagrams(base, ours)?)?;
    Ok(socket)
}
