//! An executor on another host (pacemaker-remoted), over TLS.
//!
//! What comes by itself while a reply is awaited is told of in the next turn of the main loop.

use crate::connection::{Connection, ENOMSG, ENOTCONN, Way, parse};
use crate::foreign;
use crate::key;
use crate::tls::{ID, KIND};
use crate::types::event;
use capi_pcmk::{Refused, Remote as Session, Watch, Watched, guarded, log, results};
use core_xml::{Document, Form};
use glib_sys::{GFALSE, gboolean, gpointer};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ffi::{CStr, CString, c_int, c_uint, c_void};
use std::net::TcpStream;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr::null_mut;
use std::rc::Rc;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// Who we say we are (`DEFAULT_REMOTE_USERNAME`).
const USER: &CStr = c"lrmd";
/// How long a reply is awaited at most, in milliseconds.
const PATIENCE: c_int = 10_000;
/// What may come by itself while a reply is awaited; more is dropped, and said so.
const PENDING_MAX: usize = 10_000;

/// Outlives a disconnection in a callback.
type Shared = Rc<RefCell<Session>>;

/// See the module.
pub(crate) struct Remote {
    server: CString,
    port: c_int,
    session: RefCell<Option<Shared>>,
    watch: RefCell<Option<Watch>>,
    /// libcrmcommon's timer while a connection is being made.
    timer: Cell<c_int>,
    /// Replies that nobody waits for.
    late: Cell<u32>,
    pending: RefCell<VecDeque<Document>>,
    /// The main loop's next turn.
    turn: Cell<c_uint>,
}

struct Listener(Rc<Connection>);

impl Watched for Listener {
    fn readable(&self, live: &Cell<bool>) -> bool {
        Remote::dispatch(&self.0);
        live.get()
    }

    fn ended(&self) {
        if let Way::Remote(remote) = &self.0.way {
            remote.watch.borrow_mut().take();
            remote.give_up(&self.0);
        }
    }
}

/// The number of the last message; all connections count together.
static LAST: AtomicI32 = AtomicI32::new(0);

fn next_id() -> c_int {
    let next = |last: i32| Some(last.checked_add(1).unwrap_or(1));
    LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).map_or(1, |last| last.checked_add(1).unwrap_or(1))
}

fn is_kind(message: &Document, kind: &str) -> bool {
    message.attribute(message.root(), KIND).is_some_and(|own| own.eq_ignore_ascii_case(kind))
}

/// The remote way of a connection that has one.
fn own(connection: &Connection) -> Option<&Remote> {
    match &connection.way {
        Way::Remote(remote) => Some(remote),
        Way::Local(_) => None,
    }
}

fn prepare() {
    static ONCE: Once = Once::new();
    // SAFETY: crm_gnutls_global_init(): once in a process, as libcrmcommon wants it
    ONCE.call_once(|| unsafe { foreign::crm_gnutls_global_init() });
}

/// Tells of what waits, in the main loop's next turn.
unsafe extern "C" fn next_turn(data: gpointer) -> gboolean {
    guarded(GFALSE, || {
        // SAFETY: the source's own data, which it has as long as it runs
        let connection = Rc::clone(unsafe { &*data.cast::<Rc<Connection>>() });
        if let Some(remote) = own(&connection) {
            remote.turn.set(0);
        }
        Remote::dispatch(&connection);
        GFALSE
    })
}

unsafe extern "C" fn forget_turn(data: gpointer) {
    // SAFETY: made by `wake`; the source calls this once
    guarded((), || drop(unsafe { Box::from_raw(data.cast::<Rc<Connection>>()) }));
}

/// libcrmcommon made a connection, or didn't.
unsafe extern "C" fn connected(data: *mut c_void, code: c_int, socket: c_int) {
    guarded((), || {
        // SAFETY: an `lrmd_t` that isn't deleted: a disconnection stops libcrmcommon's timer
        let Some(connection) = (unsafe { Connection::of(data.cast()) }) else { return };
        let Some(remote) = own(&connection) else { return };
        remote.timer.set(0);
        let result = remote.made(&connection, code, socket);
        connection.tell(event::CONNECT, result.err().unwrap_or(0));
    });
}

impl Remote {
    pub(crate) fn new(server: CString, port: c_int) -> Remote {
        Remote {
            server,
            port,
            session: RefCell::default(),
            watch: RefCell::default(),
            timer: Cell::default(),
            late: Cell::default(),
            pending: RefCell::default(),
            turn: Cell::default(),
        }
    }

    fn session(&self) -> Option<Shared> {
        self.session.borrow().clone()
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.session.borrow().is_some()
    }

    fn place(&self) -> String {
        format!("{}:{}", self.server.to_string_lossy(), self.port)
    }

    /// Forgets the session and what came of it; whoever listens is told.
    fn give_up(&self, connection: &Connection) {
        log!(Info, c"lrmd_tls_connection_destroy", "TLS connection destroyed");
        self.forget();
        connection.tell(event::DISCONNECT, 0);
    }

    fn forget(&self) {
        let turn = self.turn.take();
        if turn != 0 {
            // SAFETY: g_source_remove(): a source that has not run yet
            unsafe { glib_sys::g_source_remove(turn) };
        }
        let (session, pending) = (self.session.borrow_mut().take(), self.pending.take());
        drop((session, pending));
    }

    pub(crate) fn disconnect(connection: &Rc<Connection>) {
        let Some(remote) = own(connection) else { return };
        let timer = remote.timer.take();
        if timer > 0 {
            // SAFETY: g_source_remove(): libcrmcommon's timer, which has not ended: it would have told
            unsafe { glib_sys::g_source_remove(timer.cast_unsigned()) };
        }
        let watch = remote.watch.borrow_mut().take();
        if watch.is_some() {
            drop(watch);
            remote.give_up(connection);
        } else {
            remote.forget();
        }
    }

    fn watch(&self, connection: &Rc<Connection>, fd: RawFd) {
        *self.watch.borrow_mut() = Some(Watch::new(fd, Rc::new(Listener(Rc::clone(connection)))));
    }

    /// Connects, in the main loop or out of it; gives the descriptor.
    pub(crate) fn connect(connection: &Rc<Connection>, in_loop: bool) -> Result<RawFd, c_int> {
        const FUNCTION: &CStr = c"lrmd_tls_connect";
        let Some(remote) = own(connection) else { return Err(ENOTCONN) };
        prepare();
        let mut socket = -1;
        // SAFETY: pcmk__connect_remote(): a string, a place; without a callback it waits
        let code = unsafe {
            foreign::pcmk__connect_remote(
                remote.server.as_ptr(),
                remote.port,
                0,
                null_mut(),
                &raw mut socket,
                null_mut(),
                None,
            )
        };
        if code != 0 || socket < 0 {
            remote.say_failed(FUNCTION, code);
            remote.give_up(connection);
            return Err(ENOTCONN);
        }
        let fd = remote.establish(connection, FUNCTION, socket)?;
        if in_loop {
            remote.watch(connection, fd);
        }
        Ok(fd)
    }

    fn say_failed(&self, function: &CStr, code: c_int) {
        let (place, why) = (self.place(), results::words(code));
        log!(Warning, function, "Pacemaker Remote connection to {place} failed: {why} | rc={code}");
    }

    /// Makes a session over a connected socket; gives the descriptor.
    fn establish(&self, connection: &Connection, function: &CStr, socket: c_int) -> Result<RawFd, c_int> {
        // SAFETY: libcrmcommon gave us the socket
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let place = self.place();
        let made = key::find().map_err(|code| -code).and_then(|key| {
            Session::with_key(TcpStream::from(socket), USER, &key).map_err(|refused| match refused {
                Refused::Unreachable => ENOTCONN,
                Refused::NoSession => -libc::EKEYREJECTED,
            })
        });
        let session = made.inspect_err(|code| {
            let why = results::words(*code);
            log!(Error, function, "TLS session with Pacemaker Remote server {place} failed: {why}");
            self.give_up(connection);
        })?;
        log!(Info, function, "TLS connection to Pacemaker Remote server {place} succeeded");
        let fd = session.fd();
        *self.session.borrow_mut() = Some(Rc::new(RefCell::new(session)));
        Ok(fd)
    }

    /// Begins to connect; an event tells of the end.
    pub(crate) fn connect_async(connection: &Rc<Connection>, timeout: c_int) -> Result<(), c_int> {
        let Some(remote) = own(connection) else { return Err(ENOTCONN) };
        prepare();
        let (mut timer, mut socket) = (0, -1);
        // SAFETY: pcmk__connect_remote(): a string, places, the `lrmd_t`, which stops the timer before it is deleted
        let code = unsafe {
            foreign::pcmk__connect_remote(
                remote.server.as_ptr(),
                remote.port,
                timeout,
                &raw mut timer,
                &raw mut socket,
                connection.handle().cast(),
                Some(connected),
            )
        };
        if code != 0 {
            remote.say_failed(c"lrmd_tls_connect_async", code);
            return Err(results::old(code));
        }
        remote.timer.set(timer);
        Ok(())
    }

    /// The second half of an asynchronous connection.
    fn made(&self, connection: &Rc<Connection>, code: c_int, socket: c_int) -> Result<(), c_int> {
        const FUNCTION: &CStr = c"lrmd_tcp_connect_cb";
        if code != 0 {
            let (place, why) = (self.place(), results::words(results::old(code)));
            self.give_up(connection);
            log!(Info, FUNCTION, "Could not connect to Pacemaker Remote at {place}: {why} | rc={code}");
            return Err(results::old(code));
        }
        let fd = self.establish(connection, FUNCTION, socket)?;
        self.watch(connection, fd);
        // the caller's name is long forgotten
        connection.sign_on(Some(&format!("pacemaker-remote-{}", self.place())))
    }

    /// Sends a request and gives its number.
    fn request(connection: &Rc<Connection>, message: &Document) -> Result<(Shared, c_int), c_int> {
        let Some(session) = own(connection).and_then(Remote::session) else { return Err(ENOTCONN) };
        let id = next_id();
        let mut message = message.clone();
        let root = message.root();
        message.set_attribute(root, ID, &id.to_string());
        message.set_attribute(root, KIND, "request");
        let text = message.text(root, Form::Compact);
        let sent = session.borrow_mut().send(&text);
        sent.map_err(|errno| {
            let code = -(errno as c_int);
            let why = results::words(code);
            log!(
                Error,
                c"send_remote_message",
                "Disconnecting because TLS message could not be sent to Pacemaker Remote: {why}"
            );
            Remote::disconnect(connection);
            code
        })?;
        Ok((session, id))
    }

    pub(crate) fn post(connection: &Rc<Connection>, message: &Document) -> Result<(), c_int> {
        Remote::request(connection, message)?;
        if let Some(remote) = own(connection) {
            remote.late.update(|late| late.saturating_add(1));
        }
        Ok(())
    }

    pub(crate) fn call(connection: &Rc<Connection>, message: &Document, timeout: c_int) -> Result<Document, c_int> {
        let (session, id) = Remote::request(connection, message)?;
        let Some(remote) = own(connection) else { return Err(ENOTCONN) };
        let reply = remote.reply(connection, &session, id, timeout).map_err(|code| {
            let why = results::words(results::old(code));
            log!(
                Error,
                c"lrmd_tls_send_recv",
                "Disconnecting remote after request {id} reply not received: {why} | rc={code} timeout={timeout}ms"
            );
            Remote::disconnect(connection);
            results::old(code)
        })?;
        if remote.watch.borrow().is_some() {
            remote.wake(connection);
        }
        Ok(reply)
    }

    /// Waits for the reply to a request; an errno where there is none.
    fn reply(
        &self,
        connection: &Rc<Connection>,
        session: &RefCell<Session>,
        id: c_int,
        timeout: c_int,
    ) -> Result<Document, c_int> {
        let limit = if (1..=PATIENCE).contains(&timeout) { timeout } else { PATIENCE };
        let until = Instant::now() + Duration::from_millis(limit.unsigned_abs().into());
        loop {
            let received = session.borrow_mut().receive(until.saturating_duration_since(Instant::now()));
            let message = parse(&received.map_err(|errno| errno as c_int)?).ok_or(-ENOMSG)?;
            if let Some(reply) = self.sort(connection, message, id) {
                return Ok(reply);
            }
        }
    }

    /// The reply, if that's what the message is.
    fn sort(&self, connection: &Rc<Connection>, message: Document, id: c_int) -> Option<Document> {
        const FUNCTION: &CStr = c"read_remote_reply";
        if is_kind(&message, "notify") {
            let mut pending = self.pending.borrow_mut();
            if pending.len() < PENDING_MAX {
                pending.push_back(message);
            } else {
                log!(Error, FUNCTION, "Dropped a notification: {PENDING_MAX} wait");
            }
            drop(pending);
            self.wake(connection);
        } else if !is_kind(&message, "reply") {
            let kind = message.attribute(message.root(), KIND).unwrap_or("(null)");
            log!(Error, FUNCTION, "Expected a reply, got {kind}");
        } else {
            let own = message.integer(message.root(), ID).unwrap_or(0);
            if own == id {
                return Some(message);
            }
            self.take_late(|| log!(Error, FUNCTION, "Got outdated reply, expected id {id} got id {own}"));
        }
        None
    }

    /// A reply came that nobody waits for.
    fn take_late(&self, unexpected: impl Fn()) {
        match self.late.get().checked_sub(1) {
            Some(late) => self.late.set(late),
            None => unexpected(),
        }
    }

    fn wake(&self, connection: &Rc<Connection>) {
        if self.turn.get() != 0 || self.watch.borrow().is_none() {
            return;
        }
        let data = Box::into_raw(Box::new(Rc::clone(connection)));
        let priority = glib_sys::G_PRIORITY_HIGH;
        // SAFETY: g_idle_add_full(): the data lives until `forget_turn`, which the source calls once
        let turn = unsafe { glib_sys::g_idle_add_full(priority, Some(next_turn), data.cast(), Some(forget_turn)) };
        self.turn.set(turn);
    }

    /// The next message that came; `None` where none is complete.
    ///
    /// # Errors
    /// The connection is lost.
    fn take(session: &RefCell<Session>) -> Result<Option<Document>, nix::errno::Errno> {
        // a main loop inside of a call
        let Ok(mut session) = session.try_borrow_mut() else { return Ok(None) };
        while let Some(text) = session.take()? {
            if let Some(message) = parse(&text) {
                return Ok(Some(message));
            }
        }
        Ok(None)
    }

    /// Whether something waits, where there is no main loop; so does the end of the connection.
    pub(crate) fn poll(&self) -> c_int {
        let Some(session) = self.session() else { return ENOTCONN };
        if !self.pending.borrow().is_empty() {
            return 1;
        }
        match Remote::take(&session) {
            Ok(None) => 0,
            Ok(Some(message)) => {
                self.pending.borrow_mut().push_back(message);
                1
            }
            Err(_) => 1,
        }
    }

    /// Tells of all that waits.
    pub(crate) fn dispatch(connection: &Rc<Connection>) {
        let Some(remote) = own(connection) else { return };
        let Some(session) = remote.session() else { return };
        // a callback may end the connection
        let ended = || remote.session().is_none_or(|now| !Rc::ptr_eq(&now, &session));
        loop {
            let waited = remote.pending.borrow_mut().pop_front();
            let message = match waited.map_or_else(|| Remote::take(&session), |message| Ok(Some(message))) {
                Ok(Some(message)) => message,
                Ok(None) => return,
                Err(_) => break,
            };
            if is_kind(&message, "notify") {
                connection.hear(&message);
                if ended() {
                    return;
                }
            } else if is_kind(&message, "reply") {
                let id = message.integer(message.root(), "lrmd_callid").unwrap_or(0);
                remote.take_late(|| {
                    log!(Error, c"lrmd_tls_dispatch", "Got outdated Pacemaker Remote reply {id}");
                });
            }
        }
        let name = connection.remote_name().unwrap_or(c"local").to_string_lossy();
        log!(Info, c"lrmd_tls_dispatch", "Lost {name} executor connection while reading data");
        Remote::disconnect(connection);
    }
}
