//! This host's executor, over libqb's IPC.

use crate::connection::{Connection, ENOTCONN, Way, parse};
use crate::types::event;
use capi_pcmk::{Ipc, Watch, Watched, log, take_events};
use std::cell::{Cell, RefCell};
use std::ffi::c_int;
use std::os::fd::RawFd;
use std::rc::Rc;
use std::time::Duration;

/// The executor's name.
const SERVICE: &str = "lrmd";
/// How long a request without a limit of its own may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Default)]
pub(crate) struct Local {
    /// Shared with the main loop's source, so that it outlives a disconnection in a callback.
    ipc: RefCell<Option<Rc<RefCell<Ipc>>>>,
    /// In the main loop.
    watch: RefCell<Option<Watch>>,
}

/// Whom the main loop tells of events.
struct Listener {
    connection: Rc<Connection>,
    ipc: Rc<RefCell<Ipc>>,
}

impl Watched for Listener {
    fn readable(&self, live: &Cell<bool>) -> bool {
        take_events(&self.ipc, &|| live.get(), |text| hear(&self.connection, text))
    }

    fn ended(&self) {
        log!(Info, c"lrmd_ipc_connection_destroy", "IPC connection destroyed");
        if let Way::Local(local) = &self.connection.way {
            local.watch.borrow_mut().take();
            local.ipc.borrow_mut().take();
        }
        self.connection.tell(event::DISCONNECT, 0);
    }
}

/// Without a callback for events, nothing is listened to.
fn hear(connection: &Connection, text: &str) {
    if connection.callback.get().is_some()
        && let Some(notice) = parse(text)
    {
        connection.hear(&notice);
    }
}

/// A limit in milliseconds: none below zero.
fn limit(milliseconds: c_int) -> Option<Duration> {
    match u64::try_from(milliseconds) {
        Ok(0) => Some(PATIENCE),
        Ok(milliseconds) => Some(Duration::from_millis(milliseconds)),
        Err(_) => None,
    }
}

impl Local {
    fn ipc(&self) -> Option<Rc<RefCell<Ipc>>> {
        self.ipc.borrow().clone()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.ipc().is_some_and(|ipc| ipc.try_borrow().map_or(true, |ipc| ipc.is_connected()))
    }

    pub(crate) fn call(&self, text: &str, timeout: c_int) -> Result<String, c_int> {
        let ipc = self.ipc().ok_or(ENOTCONN)?;
        let reply = ipc.borrow_mut().call(text, limit(timeout));
        reply.map_err(|errno| -(errno as c_int))
    }

    /// Gives the size of what was sent.
    pub(crate) fn send(&self, text: &str) -> Result<c_int, c_int> {
        let ipc = self.ipc().ok_or(ENOTCONN)?;
        let sent = ipc.borrow_mut().send(text, PATIENCE);
        sent.map_err(|errno| -(errno as c_int))?;
        Ok(c_int::try_from(capi_pcmk::HEADER_SIZE + text.len() + 1).unwrap_or(c_int::MAX))
    }

    /// Connects, in the main loop or out of it; gives the descriptor.
    pub(crate) fn connect(connection: &Rc<Connection>, in_loop: bool) -> Result<RawFd, c_int> {
        const FUNCTION: &std::ffi::CStr = c"lrmd_ipc_connect";
        let Way::Local(local) = &connection.way else { return Err(ENOTCONN) };
        log!(Info, FUNCTION, "Connecting to executor");
        let ipc = Ipc::connect(SERVICE, 0).map(|ipc| Rc::new(RefCell::new(ipc))).map_err(|errno| {
            if in_loop {
                log!(Debug, FUNCTION, "Could not connect to the executor API");
            } else {
                log!(Error, FUNCTION, "Connection to executor failed: {} ({})", errno.desc(), errno as c_int);
            }
            ENOTCONN
        })?;
        let fd = ipc.borrow().fd();
        drop(local.watch.borrow_mut().take());
        *local.ipc.borrow_mut() = Some(Rc::clone(&ipc));
        if in_loop {
            let listener = Listener { connection: Rc::clone(connection), ipc };
            *local.watch.borrow_mut() = Some(Watch::new(fd, Rc::new(listener)));
        }
        Ok(fd)
    }

    /// Whether the main loop had it: then whoever listens is told.
    pub(crate) fn disconnect(&self) -> bool {
        let watch = self.watch.borrow_mut().take();
        let ipc = self.ipc.borrow_mut().take();
        drop(ipc);
        watch.is_some()
    }

    /// Whether an event waits, where there is no main loop.
    pub(crate) fn poll(&self) -> c_int {
        let Some(ipc) = self.ipc() else { return ENOTCONN };
        let Ok(ipc) = ipc.try_borrow() else { return 0 };
        if ipc.is_connected() { ready(ipc.fd()) } else { ENOTCONN }
    }

    /// Tells of all events that wait, where there is no main loop.
    pub(crate) fn dispatch(&self, connection: &Connection) {
        let live = Cell::new(true);
        while self.poll() > 0 {
            let Some(ipc) = self.ipc() else { return };
            if !take_events(&ipc, &|| live.get(), |text| hear(connection, text)) {
                return;
            }
        }
    }
}

/// Whether something can be read, as poll(2) gives it or a negative errno.
fn ready(fd: RawFd) -> c_int {
    let mut wanted = libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
    // SAFETY: poll(2): one descriptor, without waiting
    let ready = unsafe { libc::poll(&raw mut wanted, 1, 0) };
    if ready < 0 { -nix::errno::Errno::last_raw() } else { ready }
}
