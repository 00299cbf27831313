//! This host's CIB manager, over libqb's IPC.
//!
//! Counterpart: `lib/cib/cib_native.c` (2.1.5). Events and late replies come through the GLib main loop, or where the
//! caller took the descriptor for itself, not at all.

use crate::border::{
    COMM_CODES, DIFF_RESYNC, ECOMM, EINVAL, ENOMSG, ENOTCONN, EPROTO, give_node, number, output_of, parse, put, text,
};
use crate::callbacks::{dispatch, forget_calls, free_notify};
use crate::new;
use crate::requests::{Asked, is_consistent, message};
use crate::types::{Cib, Dnotify, connection, state, variant};
use crate::watch::{Watch, Watched};
use capi_pcmk::{Ipc, functions, log, results, take_events};
use core_cib::CallOptions;
use core_xml::{Document, Form};
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr::null_mut;
use std::rc::Rc;
use std::time::Duration;
use sys_xml::node::XmlNode;

/// How long a request may take, in seconds (`PCMK__IPC_TIMEOUT`).
const TIMEOUT: c_int = 120;
/// What messages of a connection in the main loop may have at least, in bytes.
const MESSAGE: usize = 512 << 10;

/// What a native `cib_t` has of its own.
#[derive(Default)]
struct Native {
    /// Shared with the main loop's source, so that it outlives a sign-off in a callback.
    ipc: RefCell<Option<Rc<RefCell<Ipc>>>>,
    token: RefCell<Option<String>>,
    lost: Cell<Option<Dnotify>>,
    watch: RefCell<Option<Watch>>,
}

/// A native `cib_t`.
pub(crate) fn make() -> *mut Cib {
    let own = Box::into_raw(Box::<Native>::default());
    new::make(variant::NATIVE, own.cast(), |cib, operations| {
        cib.delegate = Some(cib_native_perform_op_delegate);
        operations.signon = Some(cib_native_signon);
        operations.signon_raw = Some(cib_native_signon_raw);
        operations.signoff = Some(cib_native_signoff);
        operations.free = Some(cib_native_free);
        operations.register_notification = Some(cib_native_register_notification);
        operations.set_connection_dnotify = Some(cib_native_set_connection_dnotify);
    })
}

/// What a native `cib_t` has of its own; `None` for null and for other variants.
///
/// # Safety
/// `cib` is null or of this library and lives as long as `'a`.
unsafe fn own<'a>(cib: *mut Cib) -> Option<&'a Native> {
    // SAFETY: null or of this library, by the caller's contract
    let cib = unsafe { cib.as_ref() }.filter(|cib| cib.variant == variant::NATIVE)?;
    // SAFETY: made by `make`
    unsafe { cib.own.cast::<Native>().as_ref() }
}

impl Native {
    fn call(&self, message: &Document, timeout: Option<Duration>) -> Result<Document, c_int> {
        let ipc = self.ipc.borrow().clone().ok_or(ENOTCONN)?;
        let reply = ipc.borrow_mut().call(&message.text(message.root(), Form::Compact), timeout);
        parse(&reply.map_err(|_| ECOMM)?).ok_or(ENOMSG)
    }

    fn send(&self, message: &Document, timeout: Duration) -> Result<(), c_int> {
        let ipc = self.ipc.borrow().clone().ok_or(ENOTCONN)?;
        let sent = ipc.borrow_mut().send(&message.text(message.root(), Form::Compact), timeout);
        sent.map_err(|_| ECOMM)
    }

    fn is_connected(&self) -> bool {
        self.ipc.borrow().as_ref().is_some_and(|ipc| ipc.try_borrow().map_or(true, |ipc| ipc.is_connected()))
    }

    /// Tells the manager who we are; it answers with a token.
    fn register(&self, name: Option<&str>) -> Result<(), c_int> {
        let mut hello = Document::new("cib_command");
        let root = hello.root();
        let sync = CallOptions::SYNC_CALL.bits().to_string();
        for (field, value) in
            [("t", Some("cib")), ("cib_op", Some("register")), ("cib_clientname", name), ("cib_callopt", Some(&sync))]
        {
            if let Some(value) = value {
                hello.set_attribute(root, field, value);
            }
        }
        let reply = self.call(&hello, None).map_err(|code| if code == ENOMSG { EPROTO } else { ECOMM })?;
        let attribute = |name| reply.attribute(reply.root(), name);
        let kind = attribute("cib_op");
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("register")) {
            let kind = kind.unwrap_or("(null)");
            log!(Info, SIGNON, "Reply to CIB registration message has unknown type '{kind}'");
            return Err(EPROTO);
        }
        *self.token.borrow_mut() = Some(attribute("cib_clientid").ok_or(EPROTO)?.to_owned());
        Ok(())
    }

    /// Takes the connection from the main loop; whether it was there.
    fn unwatch(&self) -> bool {
        let watch = self.watch.borrow_mut().take();
        watch.is_some()
    }
}

const SIGNON: &CStr = c"cib_native_signon_raw";

/// Hands events out; whether the connection still stands.
fn events(ipc: &RefCell<Ipc>, watched: &Watched) -> bool {
    take_events(ipc, &|| watched.is_live(), |text| {
        let Some(message) = parse(text) else {
            log!(Warning, c"cib_native_dispatch_internal", "Received a NULL message from the CIB manager");
            return;
        };
        // SAFETY: the `cib_t` lives as long as it is watched
        unsafe { dispatch(watched.cib(), &message, &|| watched.is_live()) };
    })
}

/// The connection ended by itself.
///
/// # Safety
/// `cib` is of this library.
unsafe fn lost(cib: *mut Cib) {
    // SAFETY: the caller's contract, passed on
    let Some(native) = (unsafe { own(cib) }) else { return };
    log!(Error, c"mainloop_gio_callback", "Connection to the CIB manager closed");
    native.unwatch();
    native.ipc.borrow_mut().take();
    // SAFETY: of this library
    unsafe { (*cib).state = state::DISCONNECTED };
    if let Some(notify) = native.lost.get() {
        // SAFETY: the caller's function, which may free the `cib_t`
        unsafe { notify(cib.cast()) };
    }
}

/// Has the main loop look after a connection.
fn watch(cib: *mut Cib, ipc: &Rc<RefCell<Ipc>>) -> Watch {
    let (fd, ipc) = (ipc.borrow().fd(), Rc::clone(ipc));
    Watch::new(cib, fd, Box::new(move |watched| events(&ipc, watched)), lost)
}

/// # Safety
/// `cib` is of this library, native; `event_fd` is null or a place.
unsafe fn sign_on(
    cib: *mut Cib,
    native: &Native,
    name: Option<&str>,
    kind: c_uint,
    event_fd: *mut c_int,
) -> Result<(), c_int> {
    let (now, service) = match kind {
        connection::COMMAND => (state::CONNECTED_COMMAND, "cib_rw"),
        connection::COMMAND_NONBLOCKING => (state::CONNECTED_COMMAND, "cib_shm"),
        connection::QUERY => (state::CONNECTED_QUERY, "cib_ro"),
        _ => return Err(ENOTCONN),
    };
    // SAFETY: of this library, by the caller's contract
    unsafe {
        (*cib).call_timeout = TIMEOUT;
        (*cib).state = now;
    }
    let least = if event_fd.is_null() { MESSAGE } else { 0 };
    let shown = name.unwrap_or("(null)");
    let connected = Ipc::connect(service, least).map(|ipc| Rc::new(RefCell::new(ipc))).map_err(|_| {
        log!(Info, SIGNON, "Could not connect to CIB manager for {shown}");
        ENOTCONN
    });
    let registered = connected.and_then(|ipc| {
        native.unwatch();
        *native.ipc.borrow_mut() = Some(Rc::clone(&ipc));
        if event_fd.is_null() {
            *native.watch.borrow_mut() = Some(watch(cib, &ipc));
        } else {
            // SAFETY: a place, by the caller's contract
            unsafe { put(event_fd, ipc.borrow().fd()) };
        }
        native.register(name)
    });
    match registered {
        Ok(()) => log!(Info, SIGNON, "Successfully connected to CIB manager for {shown}"),
        Err(code) => {
            log!(Info, SIGNON, "Connection to CIB manager for {shown} failed: {}", results::words(code));
            // SAFETY: of this library
            unsafe { cib_native_signoff(cib) };
        }
    }
    registered
}

/// What a synchronous reply says: the result, and the output where it is wanted.
fn read_reply(reply: &Document, call: c_int) -> Result<c_int, c_int> {
    const FUNCTION: &CStr = c"cib_native_perform_op_delegate";
    match number(reply, "cib_callid").unwrap_or(0) {
        id if id == call => Ok(number(reply, "cib_rc").unwrap_or(EPROTO)),
        id if id <= 0 => {
            log!(Error, FUNCTION, "Received bad reply: No id set");
            Err(ENOMSG)
        }
        id => {
            log!(Error, FUNCTION, "Received bad reply: {id} (wanted {call})");
            Err(ENOMSG)
        }
    }
}

/// What callers are told of a result.
fn told(result: c_int, operation: &str) -> c_int {
    const FUNCTION: &CStr = c"cib_native_perform_op_delegate";
    match result {
        DIFF_RESYNC => return 0,
        0 => {}
        result if result == -libc::EPERM => {}
        result if COMM_CODES.contains(&result) => {
            log!(Error, FUNCTION, "Call failed: {}", results::words(result));
        }
        result if operation != "cib_query" => {
            log!(Warning, FUNCTION, "Call failed: {}", results::words(result));
        }
        _ => {}
    }
    result
}

fn perform(cib: &mut Cib, native: &Native, asked: &Asked) -> Result<(c_int, Option<Document>), c_int> {
    let token = native.token.borrow().clone().ok_or(EPROTO)?;
    cib.call_id = cib.call_id.checked_add(1).filter(|call| *call > 0).unwrap_or(1);
    let (call, timeout) = (cib.call_id, cib.call_timeout);
    if !is_consistent(asked.options) {
        return Err(EPROTO);
    }
    let request = message(call, &token, asked);
    // as for libqb, 0 is five seconds and what is below 0 is for ever
    let limit = match timeout {
        0 => Some(Duration::from_secs(5)),
        seconds => u64::try_from(seconds).ok().map(Duration::from_secs),
    };
    let failed = |code: c_int| {
        let words = results::words(code);
        log!(
            Error,
            c"cib_native_perform_op_delegate",
            "Couldn't perform {} operation (timeout={timeout}s): {words} ({code})",
            asked.operation
        );
        ECOMM
    };
    if !asked.options.contains(CallOptions::SYNC_CALL) {
        native.send(&request, limit.unwrap_or(Duration::MAX)).map_err(failed)?;
        return Ok((call, None));
    }
    let reply = native.call(&request, limit).map_err(|code| if code == ENOMSG { code } else { failed(code) })?;
    let result = told(read_reply(&reply, call)?, &asked.operation);
    Ok((result, output_of(&reply)))
}

functions! {
    /// `signon()` of native variants.
    ///
    /// # Safety
    /// `cib` is null or of this library; `name` is null or a string.
    export fn cib_native_signon(cib: *mut Cib, name: *const c_char, kind: c_uint) -> c_int, or ENOTCONN => {
        // SAFETY: the caller's contract, passed on
        unsafe { cib_native_signon_raw(cib, name, kind, null_mut()) }
    }

    /// `signon_raw()`: with a place for a descriptor, the connection is not the main loop's.
    ///
    /// # Safety
    /// As `cib_native_signon()`; `event_fd` is null or a place.
    export fn cib_native_signon_raw(
        cib: *mut Cib, name: *const c_char, kind: c_uint, event_fd: *mut c_int
    ) -> c_int, or ENOTCONN => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let (Some(native), name) = (own(cib), text(name)) else { return EINVAL };
            sign_on(cib, native, name.as_deref(), kind, event_fd).err().unwrap_or(0)
        }
    }

    /// `signoff()` of native variants.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_native_signoff(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let Some(native) = (unsafe { own(cib) }) else { return EINVAL };
        log!(Debug, c"cib_native_signoff", "Disconnecting from the CIB manager");
        // SAFETY: of this library
        unsafe { free_notify(cib) };
        forget_calls();
        let watched = native.unwatch();
        let ipc = native.ipc.borrow_mut().take();
        drop(ipc);
        // SAFETY: of this library
        unsafe {
            (*cib).state = state::DISCONNECTED;
            (*cib).kind = connection::NONE;
        }
        // whoever asked to be told of the connection's end is told of this one, too
        if let Some(notify) = native.lost.get().filter(|_| watched) {
            // SAFETY: the caller's function
            unsafe { notify(cib.cast()) };
        }
        0
    }

    /// `free()` of native variants.
    ///
    /// # Safety
    /// `cib` is null or of this library, and nobody uses it any more.
    export fn cib_native_free(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            if own(cib).is_none() {
                return EINVAL;
            }
            let result = if (*cib).state == state::DISCONNECTED { 0 } else { cib_native_signoff(cib) };
            if let Some(native) = own(cib) {
                native.unwatch();
            }
            drop(Box::from_raw((*cib).own.cast::<Native>()));
            new::unmake(cib);
            result
        }
    }

    /// A request of native variants, for nobody in particular.
    ///
    /// # Safety
    /// As `cib_internal_op()`.
    export fn cib_native_perform_op(
        cib: *mut Cib, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe { cib_native_perform_op_delegate(cib, operation, host, section, data, output, options, std::ptr::null()) }
    }

    /// A request of native variants: its result, or its number where nobody waits for it.
    ///
    /// # Safety
    /// As `cib_internal_op()`.
    export fn cib_native_perform_op_delegate(
        cib: *mut Cib, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int, user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let Some(native) = (unsafe { own(cib) }) else { return EINVAL };
        // SAFETY: of this library
        if unsafe { (*cib).state } == state::DISCONNECTED {
            return ENOTCONN;
        }
        // SAFETY: null or a place, by the caller's contract
        unsafe { put(output, null_mut()) };
        // SAFETY: the caller's contract, passed on
        let Some(asked) = (unsafe { Asked::read(operation, host, section, data, options, user) }) else {
            log!(Error, c"cib_native_perform_op_delegate", "No operation specified");
            return EINVAL;
        };
        // SAFETY: of this library; no callback of the caller's runs meanwhile
        let outcome = perform(unsafe { &mut *cib }, native, &asked);
        if !native.is_connected() {
            log!(Error, c"cib_native_perform_op_delegate", "The CIB manager disconnected");
            // SAFETY: of this library
            unsafe { (*cib).state = state::DISCONNECTED };
        }
        match outcome {
            Ok((result, found)) => {
                let wanted = !output.is_null() && !asked.options.contains(CallOptions::DISCARD_REPLY);
                if let Some(found) = found.filter(|_| wanted) {
                    // SAFETY: a place, by the caller's contract
                    unsafe { put(output, give_node(&found)) };
                }
                result
            }
            Err(code) => code,
        }
    }

    /// `set_connection_dnotify()` of native variants: who is told that the connection is lost.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_native_set_connection_dnotify(cib: *mut Cib, notify: Option<Dnotify>) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        if let Some(native) = unsafe { own(cib) } {
            native.lost.set(notify);
        }
        0
    }

    /// `register_notification()` of native variants: whether events of a name are to be sent.
    ///
    /// # Safety
    /// `cib` is null or of this library; `event` is null or a string.
    export fn cib_native_register_notification(cib: *mut Cib, event: *const c_char, enabled: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        let (Some(native), event) = (unsafe { (own(cib), text(event)) }) else { return EINVAL };
        // SAFETY: of this library
        let (now, timeout) = unsafe { ((*cib).state, (*cib).call_timeout) };
        if now == state::DISCONNECTED {
            return 0;
        }
        let mut message = Document::new("cib-callback");
        let root = message.root();
        message.set_attribute(root, "cib_op", "cib_notify");
        if let Some(event) = event {
            message.set_attribute(root, "cib_notify_type", &event);
        }
        message.set_attribute(root, "cib_notify_activate", &enabled.to_string());
        let limit = u64::try_from(timeout).ok().filter(|limit| *limit > 0).map_or(Duration::from_secs(5), Duration::from_secs);
        match native.acknowledged(&message, limit) {
            Ok(bytes) => bytes,
            Err(_) => ECOMM,
        }
    }
}

impl Native {
    /// Sends what is only acknowledged, and gives the acknowledgement's size as it came.
    fn acknowledged(&self, message: &Document, limit: Duration) -> Result<c_int, c_int> {
        let ipc = self.ipc.borrow().clone().ok_or(ENOTCONN)?;
        let reply =
            ipc.borrow_mut().call(&message.text(message.root(), Form::Compact), Some(limit)).map_err(|_| ECOMM)?;
        let size = capi_pcmk::HEADER_SIZE + reply.len() + 1;
        Ok(c_int::try_from(size).unwrap_or(c_int::MAX))
    }
}
