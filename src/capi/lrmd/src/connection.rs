//! A connection to an executor: who is told of what comes, and requests with their replies.

use crate::events;
use crate::local::Local;
use crate::remote::Remote;
use crate::requests::{Request, VERSION, hello};
use crate::types::{Event, EventCallback, Lrmd, ProxyCallback, event};
use capi_pcmk::{log, results};
use core_xml::{Document, Form, Limits};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::null_mut;
use std::rc::Rc;
use sys_xml::node;

pub(crate) const EINVAL: c_int = -libc::EINVAL;
pub(crate) const ENOTCONN: c_int = -libc::ENOTCONN;
pub(crate) const ENOMSG: c_int = -libc::ENOMSG;
const EPROTO: c_int = -libc::EPROTO;
const ECOMM: c_int = -libc::ECOMM;

/// How an executor is reached.
pub(crate) enum Way {
    Local(Local),
    Remote(Remote),
}

/// What an `lrmd_t` has of its own. The main loop's sources have it, too, so that it outlives an `lrmd_t` that is deleted in a
/// callback.
pub(crate) struct Connection {
    /// Null once it was deleted.
    handle: Cell<*mut Lrmd>,
    pub(crate) callback: Cell<Option<EventCallback>>,
    pub(crate) proxy: Cell<Option<(ProxyCallback, *mut c_void)>>,
    /// What the executor knows us by.
    token: RefCell<Option<String>>,
    /// The cluster's name of the remote node.
    remote_name: Option<CString>,
    pub(crate) way: Way,
}

/// Reads what an executor sent.
pub(crate) fn parse(text: &str) -> Option<Document> {
    Document::parse(text, Limits::default())
        .inspect_err(|error| log!(Error, c"string2xml", "Parsing failed: {error}"))
        .ok()
}

impl Connection {
    pub(crate) fn new(handle: *mut Lrmd, remote_name: Option<CString>, way: Way) -> Connection {
        Connection {
            handle: Cell::new(handle),
            callback: Cell::default(),
            proxy: Cell::default(),
            token: RefCell::default(),
            remote_name,
            way,
        }
    }

    /// The connection of an `lrmd_t`; `None` for null.
    ///
    /// # Safety
    /// `lrmd` is null or of this library and not deleted.
    pub(crate) unsafe fn of(lrmd: *mut Lrmd) -> Option<Rc<Connection>> {
        // SAFETY: null or of this library, by the caller's contract
        let own = unsafe { lrmd.as_ref() }?.own.cast::<Connection>();
        if own.is_null() {
            return None;
        }
        // SAFETY: made by Rc::into_raw() in `new`, and the `lrmd_t` has its count
        unsafe {
            Rc::increment_strong_count(own);
            Some(Rc::from_raw(own))
        }
    }

    /// The `lrmd_t` is deleted.
    pub(crate) fn orphan(&self) {
        self.handle.set(null_mut());
    }

    pub(crate) fn handle(&self) -> *mut Lrmd {
        self.handle.get()
    }

    pub(crate) fn remote_name(&self) -> Option<&CStr> {
        self.remote_name.as_deref()
    }

    pub(crate) fn is_local(&self) -> bool {
        matches!(self.way, Way::Local(_))
    }

    pub(crate) fn is_connected(&self) -> bool {
        match &self.way {
            Way::Local(local) => local.is_connected(),
            Way::Remote(remote) => remote.is_connected(),
        }
    }

    /// Tells of an event that has nothing but its kind and, of a connection, a result.
    pub(crate) fn tell(&self, kind: u32, code: c_int) {
        if let Some(callback) = self.callback.get() {
            let mut event = Event::new(kind, self.remote_name());
            event.connection_code = code;
            // SAFETY: the caller's function; the event lives until it returns
            unsafe { callback(&raw mut event) };
        }
    }

    /// Tells of what came by itself.
    pub(crate) fn hear(&self, notice: &Document) {
        if notice.attribute(notice.root(), "lrmd_ipc_session").is_some() {
            self.relay(notice);
        } else if let Some(callback) = self.callback.get() {
            // SAFETY: the caller's function
            unsafe { events::tell(callback, self.remote_name(), notice) };
        }
    }

    /// A message of one of a remote node's clients.
    fn relay(&self, notice: &Document) {
        let (Some((callback, data)), false) = (self.proxy.get(), self.handle().is_null()) else { return };
        let Some(made) = node::create(notice) else { return };
        // SAFETY: the caller's function; the node lives until it returns, and nobody has it after that
        unsafe {
            callback(self.handle(), data, made.as_ptr());
            node::free(made.as_ptr());
        }
    }

    /// Sends a message and waits for its reply, as long as the connection's kind and `timeout` in milliseconds say.
    fn exchange(self: &Rc<Self>, message: &Document, timeout: c_int) -> Result<Document, c_int> {
        match &self.way {
            Way::Local(local) => {
                let text = message.text(message.root(), Form::Compact);
                parse(&local.call(&text, timeout)?).ok_or(ENOMSG)
            }
            Way::Remote(_) => Remote::call(self, message, timeout),
        }
    }

    /// Sends a message whose reply nobody waits for.
    pub(crate) fn post(self: &Rc<Self>, message: &Document) -> Result<c_int, c_int> {
        match &self.way {
            Way::Local(local) => local.send(&message.text(message.root(), Form::Compact)),
            Way::Remote(_) => Remote::post(self, message).map(|()| 0),
        }
    }

    /// Asks for something, and gives the reply with its result.
    pub(crate) fn ask(self: &Rc<Self>, request: &Request) -> Result<(c_int, Document), c_int> {
        const FUNCTION: &CStr = c"lrmd_send_command";
        let message = self.prepare(request)?;
        let answer = self.exchange(&message, request.timeout);
        self.note_loss();
        let reply = answer.inspect_err(|code| {
            if *code != ENOMSG {
                let (operation, timeout) = (request.operation(), request.timeout);
                let why = results::words(*code);
                log!(
                    Error,
                    FUNCTION,
                    "Couldn't perform {operation} operation (timeout={timeout}): {code}: {why} ({})",
                    code.unsigned_abs()
                );
            }
        })?;
        let result = reply.integer(reply.root(), "lrmd_rc").ok_or(ENOMSG)?;
        Ok((result, reply))
    }

    /// The result of what is asked for.
    pub(crate) fn result(self: &Rc<Self>, request: &Request) -> c_int {
        self.ask(request).map_or_else(|code| code, |(result, _)| result)
    }

    /// The same, but a remote executor's result isn't waited for.
    pub(crate) fn notify(self: &Rc<Self>, request: &Request) -> c_int {
        if self.is_local() {
            return self.result(request);
        }
        let sent = self.prepare(request).and_then(|message| self.post(&message));
        self.note_loss();
        sent.unwrap_or_else(|code| code)
    }

    fn prepare(&self, request: &Request) -> Result<Document, c_int> {
        if !self.is_connected() {
            return Err(ENOTCONN);
        }
        self.token.borrow().as_deref().map(|token| request.message(token)).ok_or(EINVAL)
    }

    fn note_loss(&self) {
        if !self.is_connected() {
            log!(Error, c"lrmd_send_command", "Executor disconnected");
        }
    }

    /// Tells the executor who we are; it answers with a token. Ends the connection where it doesn't.
    pub(crate) fn sign_on(self: &Rc<Self>, name: Option<&str>) -> Result<(), c_int> {
        const FUNCTION: &CStr = c"lrmd_handshake";
        let hello = hello(name, self.proxy.get().is_some());
        let answered = match self.exchange(&hello, -1) {
            Ok(reply) => accepted(&reply),
            Err(ENOMSG) => {
                log!(Error, FUNCTION, "Did not receive registration reply");
                Err(EPROTO)
            }
            Err(code) => {
                let why = results::words(code);
                log!(Debug, FUNCTION, "Couldn't complete registration with the executor API: {code}: {why}");
                Err(ECOMM)
            }
        };
        match answered {
            Ok(token) => {
                *self.token.borrow_mut() = Some(token);
                Ok(())
            }
            Err(code) => {
                self.disconnect();
                Err(code)
            }
        }
    }

    /// Connects, in the main loop or, with a place for a descriptor, out of it, and signs on.
    ///
    /// # Safety
    /// `fd` is null or a place.
    pub(crate) unsafe fn connect(self: &Rc<Self>, name: Option<&str>, fd: *mut c_int) -> Result<(), c_int> {
        let connected = match &self.way {
            Way::Local(_) => Local::connect(self, fd.is_null()),
            Way::Remote(_) => Remote::connect(self, fd.is_null()),
        };
        // SAFETY: null or a place, by the caller's contract
        unsafe { capi_pcmk::put(fd, connected?) };
        self.sign_on(name)
    }

    /// Connects, and tells of it by an event.
    pub(crate) fn connect_async(self: &Rc<Self>, name: Option<&str>, timeout: c_int) -> Result<(), c_int> {
        match &self.way {
            Way::Local(_) => {
                // SAFETY: no place
                unsafe { self.connect(name, null_mut()) }?;
                self.tell(event::CONNECT, 0);
                Ok(())
            }
            Way::Remote(_) => Remote::connect_async(self, timeout).inspect_err(|code| self.tell(event::CONNECT, *code)),
        }
    }

    pub(crate) fn disconnect(self: &Rc<Self>) {
        let (kind, name) = match &self.way {
            Way::Local(_) => ("IPC", "local".into()),
            Way::Remote(_) => ("TLS", self.remote_name().unwrap_or_default().to_string_lossy()),
        };
        log!(Info, c"lrmd_api_disconnect", "Disconnecting {kind} {name} executor connection");
        match &self.way {
            Way::Local(local) => {
                if local.disconnect() {
                    self.tell(event::DISCONNECT, 0);
                }
            }
            Way::Remote(_) => Remote::disconnect(self),
        }
        self.token.borrow_mut().take();
    }
}

/// The token in the reply to a sign-on.
fn accepted(reply: &Document) -> Result<String, c_int> {
    const FUNCTION: &CStr = c"lrmd_handshake";
    let attribute = |name| reply.attribute(reply.root(), name);
    let bad = || log!(Error, FUNCTION, "Bad reply: {}", reply.text(reply.root(), Form::Compact));
    if reply.integer(reply.root(), "lrmd_rc") == Some(EPROTO) {
        let theirs = attribute("lrmd_protocol_version").unwrap_or("(null)");
        log!(Error, FUNCTION, "Executor protocol version mismatch between client ({VERSION}) and server ({theirs})");
        return Err(EPROTO);
    }
    let kind = attribute("lrmd_op");
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("register")) {
        log!(Error, FUNCTION, "Invalid registration message: {}", kind.unwrap_or("(null)"));
        bad();
        return Err(EPROTO);
    }
    attribute("lrmd_clientid").map(str::to_owned).ok_or_else(|| {
        log!(Error, FUNCTION, "No registration token provided");
        bad();
        EPROTO
    })
}
