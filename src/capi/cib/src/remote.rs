//! Another host's CIB manager, over TCP or TLS.
//!
//! Counterpart: `lib/cib/cib_remote.c` (2.1.5). There are two connections: one for requests that are waited for, one for
//! all other requests, late replies and events. Each is logged into with a user's name and password.

use crate::border::{
    DIFF_RESYNC, EINVAL, ENOMSG, ENOTCONN, EPROTO, UNSUPPORTED, give_node, number, output_of, parse, put, text,
};
use crate::callbacks::dispatch;
use crate::new;
use crate::requests::{Asked, message};
use crate::types::{Cib, Dnotify, connection, state, variant};
use crate::watch::{Ready, Watch, Watched};
use capi_pcmk::{Output, OutputObject, Refused, Remote, functions, log, results};
use core_cib::CallOptions;
use core_xml::{Document, Form};
use glib_sys::{GFALSE, gboolean, gpointer};
use nix::errno::Errno;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr::null_mut;
use std::rc::Rc;
use std::time::{Duration, Instant};
use sys_xml::node::XmlNode;

/// How long an answer to a login may take.
const LOGIN: Duration = Duration::from_secs(60);
/// How long a request may take where its caller set nothing, in seconds.
const TIMEOUT: u64 = 60;
/// A reply whose number is so much higher than wanted is one from before the numbers began anew.
const AROUND: c_int = 10_000;

/// Whom to connect to, and as whom.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) server: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) port: c_int,
    pub(crate) encrypted: bool,
}

/// What a remote `cib_t` has of its own.
struct Own {
    address: Address,
    password: RefCell<Option<String>>,
    /// The tool's, null where it has none.
    output: Cell<*mut OutputObject>,
    command: Link,
    events: Link,
}

/// One of the two connections.
#[derive(Default)]
struct Link {
    /// Shared with the main loop's source, so that it outlives a sign-off in a callback.
    remote: RefCell<Option<Rc<RefCell<Remote>>>>,
    token: RefCell<Option<String>>,
    watch: RefCell<Option<Watch>>,
}

impl Link {
    fn close(&self) {
        let watch = self.watch.borrow_mut().take();
        drop(watch);
        self.token.borrow_mut().take();
        let remote = self.remote.borrow_mut().take();
        drop(remote);
    }

    fn remote(&self) -> Result<Rc<RefCell<Remote>>, c_int> {
        self.remote.borrow().clone().ok_or(ENOTCONN)
    }

    fn send(&self, message: &Document) -> Result<(), c_int> {
        let remote = self.remote()?;
        let text = message.text(message.root(), Form::Compact);
        // a request in a callback of the same connection: what it read is out already
        let sent = remote.try_borrow_mut().map_err(|_| ENOTCONN)?.send(&text);
        sent.map_err(|_| ENOTCONN)
    }

    /// Waits for a message.
    fn receive(&self, timeout: Duration) -> Result<Document, c_int> {
        let remote = self.remote()?;
        let received = remote.try_borrow_mut().map_err(|_| ENOTCONN)?.receive(timeout);
        match received {
            Ok(text) => parse(&text).ok_or(ENOMSG),
            Err(Errno::ENOTCONN) => Err(ENOTCONN),
            Err(_) => Err(ENOMSG),
        }
    }
}

/// A remote `cib_t`.
pub(crate) fn make(mut address: Address) -> *mut Cib {
    let password = RefCell::new(address.password.take());
    let own =
        Own { address, password, output: Cell::new(null_mut()), command: Link::default(), events: Link::default() };
    new::make(variant::REMOTE, Box::into_raw(Box::new(own)).cast(), |cib, operations| {
        cib.delegate = Some(cib_remote_perform_op);
        operations.signon = Some(cib_remote_signon);
        operations.signoff = Some(cib_remote_signoff);
        operations.free = Some(cib_remote_free);
        operations.inputfd = Some(inputfd);
        operations.register_notification = Some(register_notification);
        operations.set_connection_dnotify = Some(set_connection_dnotify);
    })
}

/// What a remote `cib_t` has of its own; `None` for null and for other variants.
///
/// # Safety
/// `cib` is null or of this library and lives as long as `'a`.
unsafe fn own<'a>(cib: *mut Cib) -> Option<&'a Own> {
    // SAFETY: null or of this library, by the caller's contract
    let cib = unsafe { cib.as_ref() }.filter(|cib| cib.variant == variant::REMOTE)?;
    // SAFETY: made by `make`
    unsafe { cib.own.cast::<Own>().as_ref() }
}

impl Own {
    fn close(&self) {
        self.command.close();
        self.events.close();
    }

    /// Asks for the password that nobody gave, as the tool asks for things.
    ///
    /// # Safety
    /// The output object is null or lives.
    unsafe fn complete_password(&self) {
        if self.password.borrow().is_some() {
            return;
        }
        let object = self.output.get();
        let output = if object.is_null() { Output::Console } else { Output::Object(object) };
        // SAFETY: the caller's contract, passed on
        let answer = unsafe { output.ask_secret("Password") };
        *self.password.borrow_mut() = answer.map(|answer| answer.to_string_lossy().into_owned());
    }

    /// Connects one of the two and logs in.
    fn log_in(&self, cib: *mut Cib, link: &Link, ready: fn(&RefCell<Remote>, &Watched) -> bool) -> Result<(), c_int> {
        let Address { server, user, port, encrypted, .. } = &self.address;
        let (Some(server), Some(user)) = (server, user) else { return Err(EINVAL) };
        let remote = Remote::connect(server, *port, *encrypted).map_err(|refused| match refused {
            Refused::Unreachable => {
                let words = results::words(ENOTCONN);
                log!(Info, LOG_IN, "Remote connection to {server}:{port} failed: {words}");
                ENOTCONN
            }
            Refused::NoSession => {
                log!(Error, LOG_IN, "Session creation for {server}:{port} failed");
                // as the reference says it
                -1
            }
        })?;
        let fd = remote.fd();
        let remote = Rc::new(RefCell::new(remote));
        *link.remote.borrow_mut() = Some(Rc::clone(&remote));
        let mut login = Document::new("cib_command");
        let root = login.root();
        let password = self.password.borrow();
        let fields = [
            ("op", Some("authenticate")),
            ("user", Some(user.as_str())),
            ("password", password.as_deref()),
            ("hidden", Some("password")),
        ];
        for (name, value) in fields {
            if let Some(value) = value {
                login.set_attribute(root, name, value);
            }
        }
        // whether that failed, the answer tells
        let _sent = link.send(&login);
        let answer = link.receive(LOGIN).map_err(|_| EPROTO)?;
        let attribute = |name| answer.attribute(answer.root(), name);
        let kind = attribute("cib_op");
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("register")) {
            log!(Error, LOG_IN, "Invalid registration message: {}", kind.unwrap_or("(null)"));
            return Err(EPROTO);
        }
        *link.token.borrow_mut() = Some(attribute("cib_clientid").ok_or(EPROTO)?.to_owned());
        let ready: Box<Ready> = Box::new(move |watched| ready(&remote, watched));
        *link.watch.borrow_mut() = Some(Watch::new(cib, fd, ready, lost));
        Ok(())
    }

    /// # Safety
    /// `cib` is this one's, and the output object is null or lives.
    unsafe fn sign_on(&self, cib: *mut Cib, name: Option<&str>) -> Result<(), c_int> {
        // SAFETY: the caller's contract, passed on
        unsafe { self.complete_password() };
        self.close();
        self.log_in(cib, &self.command, discard)?;
        self.log_in(cib, &self.events, deliver)?;
        let token = self.events.token.borrow().clone().ok_or(EPROTO)?;
        let asked = Asked {
            operation: "register".to_owned(),
            host: None,
            section: None,
            data: None,
            options: CallOptions::empty(),
            user: None,
        };
        let mut hello = message(0, &token, &asked);
        if let Some(name) = name {
            let root = hello.root();
            hello.set_attribute(root, "cib_clientname", name);
        }
        // whether that failed, the first request tells
        let _sent = self.command.send(&hello);
        Ok(())
    }

    /// Has a request carried out: its result and what it brings.
    fn perform(&self, cib: &mut Cib, asked: &Asked) -> Result<(c_int, Option<Document>), c_int> {
        cib.call_id = cib.call_id.checked_add(1).filter(|call| *call > 0).unwrap_or(1);
        let call = cib.call_id;
        let token = self.events.token.borrow().clone().unwrap_or_default();
        let request = message(call, &token, asked);
        if !asked.options.contains(CallOptions::SYNC_CALL) {
            // whether that failed, the missing reply tells
            let _sent = self.events.send(&request);
            return Ok((if asked.options.contains(CallOptions::DISCARD_REPLY) { 0 } else { call }, None));
        }
        let _sent = self.command.send(&request);
        if asked.options.contains(CallOptions::DISCARD_REPLY) {
            return Ok((0, None));
        }
        let timeout = u64::try_from(cib.call_timeout).ok().filter(|seconds| *seconds > 0).unwrap_or(TIMEOUT);
        let reply = self.await_reply(call, Duration::from_secs(timeout)).inspect_err(|code| match *code {
            ENOTCONN => log!(Error, PERFORM, "Disconnected while waiting for reply."),
            _ => log!(Error, PERFORM, "No reply message - empty"),
        })?;
        let mut result = number(&reply, "cib_rc").unwrap_or(EPROTO);
        if result == DIFF_RESYNC {
            result = 0;
        }
        if result != 0 && result != -libc::EPERM {
            log!(Error, PERFORM, "Call failed: {}", results::words(result));
        }
        Ok((result, output_of(&reply)))
    }

    fn await_reply(&self, call: c_int, timeout: Duration) -> Result<Document, c_int> {
        let limit = Instant::now() + timeout;
        loop {
            let reply = self.command.receive(limit.saturating_duration_since(Instant::now()))?;
            let id = number(&reply, "cib_callid").unwrap_or(-1);
            if id == call {
                return Ok(reply);
            }
            if id < call || id - AROUND > call {
                log!(Debug, PERFORM, "Received old reply: {id} (wanted {call})");
            } else {
                log!(Error, PERFORM, "Received a __future__ reply: {id} (wanted {call})");
            }
        }
    }
}

const LOG_IN: &CStr = c"cib_tls_signon";
const PERFORM: &CStr = c"cib_remote_perform_op";

/// What comes where nobody waits for it is a reply that is too late; whether the connection stands.
fn discard(remote: &RefCell<Remote>, _watched: &Watched) -> bool {
    let Ok(mut remote) = remote.try_borrow_mut() else { return true };
    loop {
        match remote.take() {
            Ok(Some(_)) => {
                log!(
                    Error,
                    c"cib_remote_command_dispatch",
                    "received late reply for remote cib connection, discarding"
                );
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// Hands late replies and events out; whether the connection stands.
fn deliver(remote: &RefCell<Remote>, watched: &Watched) -> bool {
    loop {
        let taken = match remote.try_borrow_mut() {
            Ok(mut remote) => remote.take(),
            Err(_) => return true,
        };
        match taken {
            Ok(Some(text)) => {
                let Some(message) = parse(&text) else { continue };
                // SAFETY: the `cib_t` lives as long as it is watched
                unsafe { dispatch(watched.cib(), &message, &|| watched.is_live()) };
                if !watched.is_live() {
                    return false;
                }
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

/// One of the connections ended by itself: so does the other.
///
/// # Safety
/// `cib` is of this library.
unsafe fn lost(cib: *mut Cib) {
    log!(Error, c"cib_remote_connection_destroy", "Connection destroyed");
    // SAFETY: the caller's contract, passed on
    if let Some(own) = unsafe { own(cib) } {
        own.close();
    }
}

/// What a source of the main loop does, for who calls it by its name: 0, or -1 where the connection ended.
///
/// # Safety
/// `cib` is of this library.
unsafe fn by_name(cib: *mut Cib, link: impl Fn(&Own) -> &Link, work: fn(&RefCell<Remote>, &Watched) -> bool) -> c_int {
    // SAFETY: the caller's contract, passed on
    let Some(link) = (unsafe { own(cib) }).map(link) else { return -1 };
    let (remote, watched) = (link.remote(), link.watch.borrow().as_ref().map(Watch::watched));
    match (remote, watched) {
        (Ok(remote), Some(watched)) if work(&remote, &watched) => 0,
        _ => -1,
    }
}

functions! {
    /// `cib_remote_new()`: another host's manager. Without a password, the user is asked for it.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn cib_remote_new(
        server: *const c_char, user: *const c_char, password: *const c_char, port: c_int, encrypted: gboolean
    ) -> *mut Cib, or null_mut() => {
        // SAFETY: null or strings, by the caller's contract
        let (server, user, password) = unsafe { (text(server), text(user), text(password)) };
        make(Address { server, user, password, port, encrypted: encrypted != GFALSE })
    }

    /// `signon()` of remote variants: whatever for, it is for commands.
    ///
    /// # Safety
    /// `cib` is null or of this library; `name` is null or a string.
    export fn cib_remote_signon(cib: *mut Cib, name: *const c_char, _kind: c_uint) -> c_int, or ENOTCONN => {
        const FUNCTION: &CStr = c"cib_remote_signon";
        // SAFETY: the caller's contract, passed on
        let (Some(own), name) = (unsafe { (own(cib), text(name)) }) else { return EINVAL };
        // SAFETY: of this library, and the output object is the tool's, which has it as long as it uses the `cib_t`
        let signed_on = unsafe { own.sign_on(cib, name.as_deref()) };
        let (server, port) = (own.address.server.as_deref().unwrap_or("(null)"), own.address.port);
        let name = name.as_deref().unwrap_or("(null)");
        match signed_on {
            Ok(()) => {
                log!(Info, FUNCTION, "Opened connection to {server}:{port} for {name}");
                // SAFETY: of this library
                unsafe {
                    (*cib).state = state::CONNECTED_COMMAND;
                    (*cib).kind = connection::COMMAND;
                }
                0
            }
            Err(code) => {
                own.close();
                log!(Info, FUNCTION, "Connection to {server}:{port} for {name} failed: {}", results::words(code));
                code
            }
        }
    }

    /// `signoff()` of remote variants.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_remote_signoff(cib: *mut Cib) -> c_int, or EINVAL => {
        log!(Debug, c"cib_remote_signoff", "Disconnecting from the CIB manager");
        // SAFETY: the caller's contract, passed on
        let Some(own) = (unsafe { own(cib) }) else { return EINVAL };
        own.close();
        // SAFETY: of this library
        unsafe {
            (*cib).state = state::DISCONNECTED;
            (*cib).kind = connection::NONE;
        }
        0
    }

    /// `free()` of remote variants.
    ///
    /// # Safety
    /// `cib` is null or of this library, and nobody uses it any more.
    export fn cib_remote_free(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let Some(own) = own(cib) else { return EINVAL };
            own.close();
            drop(Box::from_raw((*cib).own.cast::<Own>()));
            new::unmake(cib);
        }
        0
    }

    /// A request of remote variants: its result, or its number where nobody waits for it. Whoever logged in asks,
    /// whatever `user` is.
    ///
    /// # Safety
    /// As `cib_internal_op()`.
    export fn cib_remote_perform_op(
        cib: *mut Cib, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int, _user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let Some(own) = (unsafe { own(cib) }) else { return EINVAL };
        // SAFETY: of this library
        if unsafe { (*cib).state } == state::DISCONNECTED {
            return ENOTCONN;
        }
        // SAFETY: null or a place, by the caller's contract
        unsafe { put(output, null_mut()) };
        // SAFETY: the caller's contract, passed on
        let Some(asked) = (unsafe { Asked::read(operation, host, section, data, options, std::ptr::null()) }) else {
            log!(Error, PERFORM, "No operation specified");
            return EINVAL;
        };
        // SAFETY: of this library; no callback of the caller's runs meanwhile
        match own.perform(unsafe { &mut *cib }, &asked) {
            Ok((result, found)) => {
                if let Some(found) = found.filter(|_| !output.is_null()) {
                    // SAFETY: a place, by the caller's contract
                    unsafe { put(output, give_node(&found)) };
                }
                result
            }
            Err(code) => code,
        }
    }

    /// What the main loop has done where something came over the connection for events: 0, or -1 where it ended.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_remote_callback_dispatch(cib: gpointer) -> c_int, or -1 => {
        // SAFETY: the caller's contract, passed on
        unsafe { by_name(cib.cast(), |own| &own.events, deliver) }
    }

    /// The same for the connection for requests.
    ///
    /// # Safety
    /// As `cib_remote_callback_dispatch()`.
    export fn cib_remote_command_dispatch(cib: gpointer) -> c_int, or -1 => {
        // SAFETY: the caller's contract, passed on
        unsafe { by_name(cib.cast(), |own| &own.command, discard) }
    }

    /// What the main loop has done where a connection is lost.
    ///
    /// # Safety
    /// As `cib_remote_callback_dispatch()`.
    export fn cib_remote_connection_destroy(cib: gpointer) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        unsafe { lost(cib.cast()) };
    }

    local fn inputfd(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let remote = unsafe { own(cib) }.and_then(|own| own.events.remote().ok());
        remote.and_then(|remote| remote.try_borrow().ok().map(|remote| remote.fd())).unwrap_or(0)
    }

    local fn register_notification(cib: *mut Cib, event: *const c_char, enabled: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let (Some(own), event) = (unsafe { (own(cib), text(event)) }) else { return EINVAL };
        let mut message = Document::new("cib_command");
        let root = message.root();
        message.set_attribute(root, "cib_op", "cib_notify");
        if let Some(event) = event {
            message.set_attribute(root, "cib_notify_type", &event);
        }
        message.set_attribute(root, "cib_notify_activate", &enabled.to_string());
        // nobody is told whether that failed, as in the reference
        let _sent = own.events.send(&message);
        0
    }

    local fn set_connection_dnotify(_cib: *mut Cib, _notify: Option<Dnotify>) -> c_int, or UNSUPPORTED => {
        UNSUPPORTED
    }

    /// `cib__set_output()`: through which object a remote connection asks for its password. Others ask for none.
    ///
    /// # Safety
    /// `cib` is null or of this library; the object lives as long as the `cib_t` is signed on.
    export fn cib__set_output(cib: *mut Cib, out: *mut OutputObject) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        if let Some(own) = unsafe { own(cib) } {
            own.output.set(out);
        }
    }
}
