//! The client's end of a connection (`qb_ipcc_*`).

mod datagrams;
mod line;
mod rings;

use crate::address;
use core_qb::{ConnectionRequest, ConnectionResponse, TransportType};
use datagrams::Datagrams;
use line::Line;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::kill;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, UnixCredentials, connect, recvmsg,
    send, setsockopt, socket, sockopt,
};
use nix::unistd::Pid;
use rings::Rings;
use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use zerocopy::{FromBytes, IntoBytes};

/// How long to wait for a reply before looking whether the server lives (`QB_IPC_MAX_WAIT_MS`).
const LOOK_INTERVAL: Duration = Duration::from_millis(2000);
/// How often, and how long each time, to wait for a server to disappear before giving up cleaning up after it.
const FAREWELLS: (u32, Duration) = (4, Duration::from_millis(10));

/// Flow control's values: the server takes no requests, or none that it would have to store.
const HELD: i32 = 1;
const SHORT_OF_ROOM: i32 = 2;

/// A connection to a service. One thread may call while another receives events; calls of several threads take
/// turns. Errors are those of `qb_ipcc_*`, positive.
#[derive(Debug)]
pub struct Client {
    line: Line,
    transport: Transport,
    max_message: usize,
    server: Option<Pid>,
    user: Option<(u32, u32)>,
    is_systole: bool,
}

#[derive(Debug)]
enum Transport {
    Rings(Box<Rings>),
    Datagrams(Datagrams),
}

impl AsFd for Client {
    /// The same descriptor as [`Client::fd`].
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is the connection's own, which stays open as long as the client lives.
        unsafe { BorrowedFd::borrow_raw(self.fd()) }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Client {
    /// Connects to the service of that name, for messages of up to `max_message` bytes.
    pub fn connect(service: &str, max_message: usize) -> Result<Client, Errno> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        connect(socket.as_raw_fd(), &address::of_service(service)?)?;
        setsockopt(&socket, sockopt::PassCred, &true)?;
        let max_message = u32::try_from(max_message.max(size_of::<ConnectionResponse>())).map_err(|_| Errno::EINVAL)?;
        send_all(&socket, ConnectionRequest::new(max_message).as_bytes())?;
        let (response, credentials) = receive_response(&socket)?;
        setsockopt(&socket, sockopt::PassCred, &false)?;
        if response.header.error != 0 {
            return Err(Errno::from_raw(response.header.error.wrapping_neg()));
        }
        Client::open(socket, &response, credentials)
    }

    fn open(
        socket: OwnedFd,
        response: &ConnectionResponse,
        credentials: Option<UnixCredentials>,
    ) -> Result<Client, Errno> {
        let (max_message, is_systole) = (response.max_message as usize, response.is_systole());
        let paths = response.paths().ok_or(Errno::EINVAL)?;
        let transport = match response.transport {
            kind if kind == TransportType::Shm as i32 => {
                Transport::Rings(Box::new(Rings::open(paths, max_message, is_systole)?))
            }
            kind if kind == TransportType::Socket as i32 => {
                Transport::Datagrams(Datagrams::open(paths[0], paths[1], max_message)?)
            }
            _ => return Err(Errno::ENOTSUP),
        };
        let server = credentials.map(|credentials| Pid::from_raw(credentials.pid())).filter(|pid| pid.as_raw() > 0);
        let user = credentials.map(|credentials| (credentials.uid(), credentials.gid()));
        Ok(Client { line: Line::new(socket), transport, max_message, server, user, is_systole })
    }

    /// Readable when an event waits (`qb_ipcc_fd_get`).
    pub fn fd(&self) -> RawFd {
        match &self.transport {
            Transport::Rings(_) => self.line.fd(),
            Transport::Datagrams(datagrams) => datagrams.fd(),
        }
    }

    /// The size agreed on for messages, in bytes.
    pub fn max_message(&self) -> usize {
        self.max_message
    }

    /// The user and the group that the server runs as, which the kernel vouches for.
    pub fn server_user(&self) -> Option<(u32, u32)> {
        self.user
    }

    /// Whether the connection is not known to be lost (`qb_ipcc_is_connected`).
    pub fn is_connected(&self) -> bool {
        !self.line.is_lost()
    }

    /// Whether the server is ours.
    pub fn is_systole(&self) -> bool {
        self.is_systole
    }

    /// Sends a request, one message made of these parts. `EAGAIN` when there is no room or the server holds requests
    /// back.
    pub fn send(&self, parts: &[&[u8]]) -> Result<(), Errno> {
        self.send_with(parts, HELD)
    }

    /// The same for requests that the server would have to store: `EAGAIN` also when it is short of room
    /// (`qb_ipcc_fc_enable_max_set` to 2).
    pub fn send_bulk(&self, parts: &[&[u8]]) -> Result<(), Errno> {
        self.send_with(parts, SHORT_OF_ROOM)
    }

    fn send_with(&self, parts: &[&[u8]], limit: i32) -> Result<(), Errno> {
        self.fits(parts)?;
        match &self.transport {
            Transport::Rings(rings) => rings.send(&self.line, &mut rings.turn(), parts, limit),
            Transport::Datagrams(datagrams) => {
                let _turn = datagrams.turn();
                datagrams.send(&self.line, parts, limit)
            }
        }
    }

    fn fits(&self, parts: &[&[u8]]) -> Result<(), Errno> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        if length > self.max_message { Err(Errno::EMSGSIZE) } else { Ok(()) }
    }

    /// Receives a reply into `reply` and gives its length. `ETIMEDOUT` when none came in so many milliseconds (-1:
    /// wait for ever), `ENOBUFS` when it is longer.
    pub fn receive(&self, reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        match &self.transport {
            Transport::Rings(rings) => rings.receive(&self.line, &mut rings.turn(), reply, timeout),
            Transport::Datagrams(datagrams) => {
                let _turn = datagrams.turn();
                datagrams.receive(&self.line, reply, timeout)
            }
        }
    }

    /// Sends a request and receives its reply; no other thread's call comes between.
    pub fn call(&self, parts: &[&[u8]], reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        self.call_with(parts, HELD, reply, timeout)
    }

    /// The same for a request as [`Client::send_bulk`] takes it.
    pub fn call_bulk(&self, parts: &[&[u8]], reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        self.call_with(parts, SHORT_OF_ROOM, reply, timeout)
    }

    fn call_with(&self, parts: &[&[u8]], limit: i32, reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        self.fits(parts)?;
        match &self.transport {
            Transport::Rings(rings) => {
                let mut turn = rings.turn();
                rings.send(&self.line, &mut turn, parts, limit)?;
                rings.receive(&self.line, &mut turn, reply, timeout)
            }
            Transport::Datagrams(datagrams) => {
                let _turn = datagrams.turn();
                datagrams.send(&self.line, parts, limit)?;
                datagrams.receive(&self.line, reply, timeout)
            }
        }
    }

    /// Receives an event into `event` and gives its length. `EAGAIN` when none came in so many milliseconds (-1: wait
    /// for ever), or a signal did. Call [`Client::settle`] after the last of several.
    pub fn event(&self, event: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        match &self.transport {
            Transport::Rings(rings) => rings.event(&self.line, event, timeout),
            Transport::Datagrams(datagrams) => datagrams.event(&self.line, event, timeout),
        }
    }

    /// Takes the bytes of received events from the socket, so that it is readable only while others wait.
    pub fn settle(&self) -> Result<(), Errno> {
        match &self.transport {
            Transport::Rings(rings) => rings.settle(&self.line),
            Transport::Datagrams(_) => Ok(()),
        }
    }

    /// Whether the server died: its files are then ours to remove. It may take a moment to be quite dead.
    fn server_died(&self) -> bool {
        let _looked = self.line.state(0, PollFlags::POLLIN);
        let Some(server) = self.server.filter(|_| self.line.is_lost()) else { return false };
        (0..FAREWELLS.0).any(|_| {
            let dead = kill(server, None) == Err(Errno::ESRCH);
            if !dead {
                std::thread::sleep(FAREWELLS.1);
            }
            dead
        })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let died = self.server_died();
        self.line.shut_down();
        match &self.transport {
            Transport::Rings(rings) => rings.close(died),
            Transport::Datagrams(datagrams) => datagrams.close(),
        }
    }
}

fn send_all(socket: &OwnedFd, mut bytes: &[u8]) -> Result<(), Errno> {
    while !bytes.is_empty() {
        match send(socket.as_raw_fd(), bytes, MsgFlags::MSG_NOSIGNAL) {
            Ok(sent) => bytes = &bytes[sent..],
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// The answer to the handshake, and which process gave it.
fn receive_response(socket: &OwnedFd) -> Result<(Box<ConnectionResponse>, Option<UnixCredentials>), Errno> {
    let (mut bytes, mut received, mut server) = (vec![0; size_of::<ConnectionResponse>()], 0, None);
    while received < bytes.len() {
        let mut parts = [IoSliceMut::new(&mut bytes[received..])];
        let mut space = nix::cmsg_space!(UnixCredentials);
        match recvmsg::<UnixAddr>(socket.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()) {
            Ok(message) if message.bytes == 0 => return Err(Errno::ENOTCONN),
            Ok(message) => {
                for control in message.cmsgs()? {
                    if let ControlMessageOwned::ScmCredentials(credentials) = control {
                        server.get_or_insert(credentials);
                    }
                }
                received += message.bytes;
            }
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN) => {
                let mut polled = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
                poll(&mut polled, PollTimeout::NONE)?;
            }
            Err(errno) => return Err(errno),
        }
    }
    let response = ConnectionResponse::read_from_bytes(&bytes).map_err(|_| Errno::EINVAL)?;
    Ok((Box::new(response), server))
}
