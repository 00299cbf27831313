//! The client's end of a connection (`qb_ipcc_*`).

use crate::address;
use crate::ring::{ReadError, Ring};
use core_qb::{ConnectionRequest, ConnectionResponse, TransportType};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::kill;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr, UnixCredentials, connect, recv,
    recvmsg, send, setsockopt, socket, sockopt,
};
use nix::unistd::Pid;
use std::io::IoSliceMut;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
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
    socket: OwnedFd,
    calls: Mutex<Calls>,
    events: Mutex<Events>,
    prefixes: [String; 3],
    max_message: usize,
    server: Option<Pid>,
    is_systole: bool,
    lost: AtomicBool,
}

#[derive(Debug)]
struct Calls {
    request: Ring,
    response: Ring,
}

#[derive(Debug)]
struct Events {
    ring: Ring,
    /// Events taken whose bytes on the socket were not.
    untold: usize,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an errno says of the connection (`qb_ipc_us_sock_error_is_disconnected`).
fn is_lost(errno: Errno) -> bool {
    use Errno::{EAGAIN, EINTR, EINVAL, EMSGSIZE, ENOMSG, ETIMEDOUT};
    !matches!(errno, EAGAIN | ETIMEDOUT | EINTR | EMSGSIZE | ENOMSG | EINVAL)
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
        let (response, server) = receive_response(&socket)?;
        setsockopt(&socket, sockopt::PassCred, &false)?;
        if response.header.error != 0 {
            return Err(Errno::from_raw(-response.header.error));
        }
        Client::open(socket, &response, server)
    }

    fn open(socket: OwnedFd, response: &ConnectionResponse, server: Option<Pid>) -> Result<Client, Errno> {
        if response.transport != TransportType::Shm as i32 {
            return Err(Errno::ENOTSUP);
        }
        let max_message = response.max_message as usize;
        let prefixes = response.paths().ok_or(Errno::EINVAL)?;
        let ring = |prefix| {
            let ring = Ring::open(prefix, max_message);
            ring.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EINVAL)))
        };
        Ok(Client {
            calls: Mutex::new(Calls { request: ring(prefixes[0])?, response: ring(prefixes[1])? }),
            events: Mutex::new(Events { ring: ring(prefixes[2])?, untold: 0 }),
            prefixes: prefixes.map(str::to_owned),
            max_message,
            server,
            is_systole: response.is_systole(),
            lost: AtomicBool::new(false),
            socket,
        })
    }

    /// Readable when an event waits (`qb_ipcc_fd_get`).
    pub fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }

    /// The size agreed on for messages, in bytes.
    pub fn max_message(&self) -> usize {
        self.max_message
    }

    /// Whether the server is ours.
    pub fn is_systole(&self) -> bool {
        self.is_systole
    }

    /// Sends a request, one message made of these parts. `EAGAIN` when the ring is full or the server holds requests
    /// back.
    pub fn send(&self, parts: &[&[u8]]) -> Result<(), Errno> {
        self.send_with(&mut lock(&self.calls), parts, HELD)
    }

    /// The same for requests that the server would have to store: `EAGAIN` also when it is short of room
    /// (`qb_ipcc_fc_enable_max_set` to 2).
    pub fn send_bulk(&self, parts: &[&[u8]]) -> Result<(), Errno> {
        self.send_with(&mut lock(&self.calls), parts, SHORT_OF_ROOM)
    }

    fn send_with(&self, calls: &mut Calls, parts: &[&[u8]], limit: i32) -> Result<(), Errno> {
        if parts.iter().map(|part| part.len()).sum::<usize>() > self.max_message {
            return Err(Errno::EMSGSIZE);
        }
        if !calls.request.is_connected() {
            return Err(Errno::ENOTCONN);
        }
        if (HELD..=limit).contains(&calls.request.flow_control().load(Ordering::Acquire)) {
            return Err(Errno::EAGAIN);
        }
        calls.request.resume_writing();
        match calls.request.write(parts) {
            Ok(()) => {}
            Err(Errno::EAGAIN) => return Err(self.state(0, PollFlags::POLLIN).err().unwrap_or(Errno::EAGAIN)),
            Err(errno) => return Err(errno),
        }
        if self.is_systole && calls.request.asleep().swap(0, Ordering::SeqCst) == 0 {
            return Ok(());
        }
        self.notify()
    }

    fn notify(&self) -> Result<(), Errno> {
        loop {
            match send(self.socket.as_raw_fd(), &[0], MsgFlags::MSG_NOSIGNAL) {
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

    /// Receives a reply into `reply` and gives its length. `ETIMEDOUT` when none came in so many milliseconds (-1:
    /// wait for ever), `ENOBUFS` when it is longer.
    pub fn receive(&self, reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        self.receive_with(&mut lock(&self.calls), reply, timeout)
    }

    fn receive_with(&self, calls: &mut Calls, reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let mut left = u64::try_from(timeout).ok().map(Duration::from_millis);
        loop {
            let wait = left.map_or(LOOK_INTERVAL, |left| left.min(LOOK_INTERVAL));
            match calls.response.semaphore().wait(wait) {
                Ok(()) => {
                    calls.response.resume_reading();
                    return calls.response.read_counted(reply).map_err(errno_of);
                }
                Err(Errno::ETIMEDOUT) => {}
                Err(errno) => return Err(self.note(errno)),
            }
            match self.state(0, PollFlags::POLLIN) {
                Err(errno) if is_lost(errno) => return Err(errno),
                _ => {}
            }
            left = left.map(|left| left - wait);
            if left == Some(Duration::ZERO) {
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    /// Sends a request and receives its reply; no other thread's call comes between.
    pub fn call(&self, parts: &[&[u8]], reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let mut calls = lock(&self.calls);
        self.send_with(&mut calls, parts, HELD)?;
        self.receive_with(&mut calls, reply, timeout)
    }

    /// The same for a request as [`Client::send_bulk`] takes it.
    pub fn call_bulk(&self, parts: &[&[u8]], reply: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let mut calls = lock(&self.calls);
        self.send_with(&mut calls, parts, SHORT_OF_ROOM)?;
        self.receive_with(&mut calls, reply, timeout)
    }

    /// Receives an event into `event` and gives its length. `EAGAIN` when none came in so many milliseconds (-1: wait
    /// for ever), or a signal did. Call [`Client::settle`] after the last of several.
    pub fn event(&self, event: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let mut events = lock(&self.events);
        if !events.ring.semaphore().try_wait() {
            self.settle_with(&mut events)?;
            drop(events);
            self.state(timeout, PollFlags::POLLIN)?;
            events = lock(&self.events);
            if !events.ring.semaphore().try_wait() {
                return Err(Errno::EAGAIN);
            }
        }
        events.ring.resume_reading();
        let length = events.ring.read_counted(event).map_err(errno_of)?;
        events.untold += 1;
        Ok(length)
    }

    /// Takes the bytes of received events from the socket, so that it is readable only while others wait.
    pub fn settle(&self) -> Result<(), Errno> {
        self.settle_with(&mut lock(&self.events))
    }

    fn settle_with(&self, events: &mut Events) -> Result<(), Errno> {
        let mut bytes = [0; 256];
        while events.untold > 0 {
            let wanted = events.untold.min(bytes.len());
            match recv(self.socket.as_raw_fd(), &mut bytes[..wanted], MsgFlags::empty()) {
                Ok(0) | Err(Errno::ECONNRESET | Errno::EPIPE) => return Err(self.note(Errno::ENOTCONN)),
                Ok(taken) => events.untold -= taken,
                Err(Errno::EINTR) => {}
                // the server writes an event first and its byte soon after
                Err(Errno::EAGAIN) => match self.state(-1, PollFlags::POLLIN) {
                    Err(errno) if is_lost(errno) => return Err(errno),
                    _ => {}
                },
                Err(errno) => return Err(self.note(errno)),
            }
        }
        Ok(())
    }

    /// Waits until the socket is ready (`qb_ipc_us_ready`). `EAGAIN` after the timeout or a signal, `ENOTCONN` when the
    /// server is gone.
    fn state(&self, timeout: i32, events: PollFlags) -> Result<(), Errno> {
        let mut polled = [PollFd::new(self.socket.as_fd(), events)];
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        match poll(&mut polled, timeout) {
            Ok(0) | Err(Errno::EINTR) => return Err(Errno::EAGAIN),
            Ok(_) => {}
            Err(errno) => return Err(errno),
        }
        let gone = PollFlags::POLLERR | PollFlags::POLLHUP | PollFlags::POLLNVAL;
        if polled[0].revents().is_none_or(|revents| revents.intersects(gone)) {
            return Err(self.note(Errno::ENOTCONN));
        }
        Ok(())
    }

    fn note(&self, errno: Errno) -> Errno {
        if is_lost(errno) {
            self.lost.store(true, Ordering::Relaxed);
        }
        errno
    }

    /// Whether the server died: its files are then ours to remove. It may take a moment to be quite dead.
    fn server_died(&self) -> bool {
        let _looked = self.state(0, PollFlags::POLLIN);
        let Some(server) = self.server.filter(|_| self.lost.load(Ordering::Relaxed)) else { return false };
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
        let calls = lock(&self.calls);
        for ring in [&calls.request, &calls.response, &lock(&self.events).ring] {
            ring.abandon();
        }
        if died {
            self.prefixes.iter().for_each(|prefix| Ring::remove_files(prefix));
            if let Some(directory) = Path::new(&self.prefixes[0]).parent() {
                let _not_empty = std::fs::remove_dir(directory);
            }
        }
    }
}

fn errno_of(error: ReadError) -> Errno {
    match error {
        ReadError::TooLong => Errno::ENOBUFS,
        ReadError::Empty => Errno::EAGAIN,
        ReadError::Corrupt => Errno::EBADMSG,
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
fn receive_response(socket: &OwnedFd) -> Result<(Box<ConnectionResponse>, Option<Pid>), Errno> {
    let (mut bytes, mut received, mut server) = (vec![0; size_of::<ConnectionResponse>()], 0, None);
    while received < bytes.len() {
        let mut parts = [IoSliceMut::new(&mut bytes[received..])];
        let mut space = nix::cmsg_space!(UnixCredentials);
        match recvmsg::<UnixAddr>(socket.as_raw_fd(), &mut parts, Some(&mut space), MsgFlags::empty()) {
            Ok(message) if message.bytes == 0 => return Err(Errno::ENOTCONN),
            Ok(message) => {
                for control in message.cmsgs()? {
                    if let ControlMessageOwned::ScmCredentials(credentials) = control {
                        server.get_or_insert(Pid::from_raw(credentials.pid()));
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
    Ok((Box::new(response), server.filter(|pid| pid.as_raw() > 0)))
}
