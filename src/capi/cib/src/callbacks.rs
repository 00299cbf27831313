//! Who is called when a reply or an event comes.
//!
//! Callbacks of calls are the whole process's, as in the reference: by the call's number, whatever connection it went
//! over. No lock is held while a caller's function runs.

use crate::border::{DIFF_RESYNC, EINVAL, UNSUPPORTED, field, give_node, number, text};
use crate::types::variant;
use crate::types::{CallCallback, CallbackClient, Cib, FreeFunction, NotifyCallback, NotifyClient, OpCallback, Timer};
use capi_pcmk::{functions, log, results};
use core_xml::Document;
use glib_sys::{GFALSE, GTRUE, gboolean, gpointer};
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use sys_xml::node::{self, XmlNode};

/// A [`CallbackClient`] of ours.
struct Waiting(*mut CallbackClient);

// SAFETY: the reference leaves it to its callers to use the library from one thread at a time, and so does this; the
// table's lock only keeps the map itself whole
unsafe impl Send for Waiting {}

static CALLS: Mutex<BTreeMap<c_int, Waiting>> = Mutex::new(BTreeMap::new());

fn calls() -> MutexGuard<'static, BTreeMap<c_int, Waiting>> {
    CALLS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // SAFETY: made by `register`, and the table was its only owner
        let client = unsafe { Box::from_raw(self.0) };
        if !client.timer.is_null() {
            // SAFETY: made by `register` for this client only
            let timer = unsafe { Box::from_raw(client.timer) };
            if timer.source > 0 {
                // SAFETY: g_source_remove(): a source that was added and never removed
                unsafe { glib_sys::g_source_remove(timer.source) };
            }
        }
        if let Some(free) = client.free_function.filter(|_| !client.user_data.is_null()) {
            // SAFETY: the caller gave this function for this data
            unsafe { free(client.user_data) };
        }
    }
}

/// Forgets all calls' callbacks.
pub(crate) fn forget_calls() {
    let forgotten = std::mem::take(&mut *calls());
    drop(forgotten);
}

fn forget_call(call: c_int) {
    let forgotten = calls().remove(&call);
    drop(forgotten);
}

/// Frees a connection's list of who is told of events.
///
/// # Safety
/// `cib` is null or of this library.
pub(crate) unsafe fn free_notify(cib: *mut Cib) {
    // SAFETY: null or of this library, by the caller's contract
    let Some(cib) = (unsafe { cib.as_mut() }) else { return };
    let list = std::mem::replace(&mut cib.notify_list, null_mut());
    let mut at = list;
    // SAFETY: null or an item of the list
    while let Some(item) = unsafe { at.as_ref() } {
        // SAFETY: what `add_notify_callback` put in
        drop(unsafe { Box::from_raw(item.data.cast::<NotifyClient>()) });
        at = item.next;
    }
    // SAFETY: g_list_free(): null or a list that nobody holds any more
    unsafe { glib_sys::g_list_free(list) };
}

/// A connection's items, as they are now.
///
/// # Safety
/// `cib` is of this library.
unsafe fn told(cib: *const Cib) -> Vec<*mut NotifyClient> {
    let mut found = Vec::new();
    // SAFETY: of this library, by the caller's contract
    let mut at = unsafe { (*cib).notify_list };
    // SAFETY: null or an item of the list
    while let Some(item) = unsafe { at.as_ref() } {
        found.push(item.data.cast());
        at = item.next;
    }
    found
}

/// Whether anybody is told of an event.
///
/// # Safety
/// `cib` is of this library, `event` a string.
unsafe fn is_told(cib: *const Cib, event: *const c_char) -> bool {
    // SAFETY: the caller's contract, passed on; an item has an event
    unsafe { told(cib) }.into_iter().any(|client| unsafe { same_text((*client).event, event) })
}

/// # Safety
/// Both are strings.
unsafe fn same_text(one: *const c_char, other: *const c_char) -> bool {
    // SAFETY: strings, by the caller's contract
    unsafe { CStr::from_ptr(one) == CStr::from_ptr(other) }
}

/// Says whether a connection hears of events.
///
/// # Safety
/// `cib` is of this library, `event` a string.
unsafe fn subscribe(cib: *mut Cib, event: *const c_char, enabled: c_int) {
    // SAFETY: a `cib_t` has its operations as long as it lives
    if let Some(register) = unsafe { (*(*cib).cmds).register_notification } {
        // SAFETY: the variant's own function
        unsafe { register(cib, event, enabled) };
    }
}

/// Hands a message that came over a connection out to whom it concerns. A callback may end the connection, or free it:
/// `is_live` tells.
///
/// # Safety
/// `cib` is of this library as long as `is_live`.
pub(crate) unsafe fn dispatch(cib: *mut Cib, message: &Document, is_live: &dyn Fn() -> bool) {
    let node = give_node(message);
    match message.attribute(message.root(), "t") {
        Some(kind) if kind.eq_ignore_ascii_case("cib") => {
            // SAFETY: the caller's contract, passed on
            unsafe { cib_native_callback(cib, node, 0, 0) };
        }
        Some(kind) if kind.eq_ignore_ascii_case("cib_notify") => {
            // SAFETY: the caller's contract, passed on
            for client in unsafe { told(cib) } {
                // A callback may have taken others from the list.
                // SAFETY: of this library, as it is live
                if !is_live() || !unsafe { told(cib) }.contains(&client) {
                    continue;
                }
                // SAFETY: an item of the list, and the message
                unsafe { cib_native_notify(client.cast(), node.cast()) };
            }
        }
        kind => {
            log!(Error, c"cib_native_dispatch_internal", "Unknown message type: {}", kind.unwrap_or("(null)"));
        }
    }
    // SAFETY: null or made above, and callbacks copy what they keep
    unsafe { node::free(node) };
}

/// A call whose reply didn't come in time.
unsafe extern "C" fn timed_out(timer: gpointer) -> gboolean {
    capi_pcmk::guarded(GTRUE, || {
        // SAFETY: the timer of a call that still waits: its end removes the source
        let (cib, call, timeout) = unsafe {
            let timer = &*timer.cast::<Timer>();
            (timer.cib, timer.call_id, timer.timeout)
        };
        log!(Debug, c"cib_async_timeout_handler", "Async call {call} timed out after {timeout}ms");
        // SAFETY: the call's connection
        unsafe { cib_native_callback(cib, null_mut(), call, -libc::ETIME) };
        // the source went with the call
        GTRUE
    })
}

/// What a caller wants to be called with.
struct Wanted {
    timeout: c_int,
    only_success: gboolean,
    user_data: *mut c_void,
    name: *const c_char,
    callback: Option<CallCallback>,
    free_function: Option<FreeFunction>,
}

/// # Safety
/// `cib` is of this library, and the caller's functions are good for its data.
unsafe fn register(cib: *mut Cib, call: c_int, wanted: Wanted) -> gboolean {
    let Wanted { timeout, only_success, user_data, name, callback, free_function } = wanted;
    if call < 0 {
        match callback {
            // SAFETY: the caller's function
            Some(callback) if only_success == GFALSE => unsafe {
                callback(null_mut(), call, call, null_mut(), user_data);
            },
            _ => log!(Warning, c"cib_client_register_callback_full", "CIB call failed: {}", results::words(call)),
        }
        if let Some(free) = free_function.filter(|_| !user_data.is_null()) {
            // SAFETY: the caller gave this function for this data
            unsafe { free(user_data) };
        }
        return GFALSE;
    }
    let mut timer = null_mut();
    if timeout > 0 {
        let milliseconds = timeout.saturating_mul(1000);
        timer = Box::into_raw(Box::new(Timer { call_id: call, timeout: milliseconds, source: 0, cib }));
        // SAFETY: g_timeout_add(): the timer lives until its call's end, which removes the source
        let source = unsafe { glib_sys::g_timeout_add(milliseconds.cast_unsigned(), Some(timed_out), timer.cast()) };
        // SAFETY: made above
        unsafe { (*timer).source = source };
    }
    let client = CallbackClient { callback, id: name, user_data, only_success, timer, free_function };
    let replaced = calls().insert(call, Waiting(Box::into_raw(Box::new(client))));
    drop(replaced);
    GTRUE
}

functions! {
    /// `cib_free_notify()`.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_free_notify(cib: *mut Cib) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        unsafe { free_notify(cib) };
    }

    /// `set_op_callback()` of all variants: who is called with each reply.
    ///
    /// # Safety
    /// `cib` is null or of this library.
    export fn cib_client_set_op_callback(cib: *mut Cib, callback: Option<OpCallback>) -> c_int, or EINVAL => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(cib) = (unsafe { cib.as_mut() }) else { return EINVAL };
        if callback.is_none() {
            log!(Info, c"cib_client_set_op_callback", "Un-Setting operation callback");
        }
        cib.op_callback = callback;
        0
    }

    /// `add_notify_callback()`: who is called with the events of a name, which must stay where it is.
    ///
    /// # Safety
    /// `cib` is null or of this library; `event` is null or a string.
    export fn cib_client_add_notify_callback(
        cib: *mut Cib, event: *const c_char, callback: Option<NotifyCallback>
    ) -> c_int, or EINVAL => {
        if cib.is_null() || event.is_null() {
            return EINVAL;
        }
        // SAFETY: of this library, by the caller's contract
        if !matches!(unsafe { (*cib).variant }, variant::NATIVE | variant::REMOTE) {
            return UNSUPPORTED;
        }
        let client = NotifyClient { event, object_id: null(), object_type: null(), callback };
        // SAFETY: items of the list and one like them
        let known = unsafe { told(cib) }
            .into_iter()
            .any(|other| unsafe { ciblib_GCompareFunc(other.cast(), (&raw const client).cast()) } == 0);
        if known {
            log!(Warning, c"cib_client_add_notify_callback", "Callback already present");
            return EINVAL;
        }
        let client = Box::into_raw(Box::new(client));
        // SAFETY: g_list_append(): null or a list; the `cib_t` owns what is put in
        unsafe { (*cib).notify_list = glib_sys::g_list_append((*cib).notify_list, client.cast()) };
        // SAFETY: the caller's contract, passed on
        unsafe { subscribe(cib, event, 1) };
        0
    }

    /// `del_notify_callback()`.
    ///
    /// # Safety
    /// As `cib_client_add_notify_callback()`.
    export fn cib_client_del_notify_callback(
        cib: *mut Cib, event: *const c_char, callback: Option<NotifyCallback>
    ) -> c_int, or EINVAL => {
        if cib.is_null() || event.is_null() {
            return EINVAL;
        }
        // SAFETY: of this library, by the caller's contract
        if !matches!(unsafe { (*cib).variant }, variant::NATIVE | variant::REMOTE) {
            return UNSUPPORTED;
        }
        // SAFETY: the caller's contract, passed on
        if !unsafe { is_told(cib, event) } {
            return 0;
        }
        let wanted = NotifyClient { event, object_id: null(), object_type: null(), callback };
        // SAFETY: items of the list and one like them
        let found = unsafe { told(cib) }
            .into_iter()
            .find(|client| unsafe { ciblib_GCompareFunc(client.cast(), (&raw const wanted).cast()) } == 0);
        if let Some(client) = found {
            // SAFETY: g_list_remove(): an item of the list, which nobody else holds
            unsafe { (*cib).notify_list = glib_sys::g_list_remove((*cib).notify_list, client.cast()) };
            // SAFETY: what was put in by `cib_client_add_notify_callback`
            drop(unsafe { Box::from_raw(client) });
        }
        // SAFETY: the caller's contract, passed on
        if !unsafe { is_told(cib, event) } {
            // SAFETY: the same
            unsafe { subscribe(cib, event, 0) };
        }
        0
    }

    /// `ciblib_GCompareFunc()`: by event, then by callback.
    ///
    /// # Safety
    /// Both are items of a list of notifications.
    export fn ciblib_GCompareFunc(a: *const c_void, b: *const c_void) -> c_int, or 0 => {
        // SAFETY: items, by the caller's contract
        let (a, b) = unsafe { (&*a.cast::<NotifyClient>(), &*b.cast::<NotifyClient>()) };
        if a.event.is_null() || b.event.is_null() {
            return 0;
        }
        // SAFETY: strcmp(3): strings
        let events = unsafe { libc::strcmp(a.event, b.event) };
        let address = |client: &NotifyClient| client.callback.map_or(0, |callback| callback as usize);
        if events == 0 { address(a).cmp(&address(b)) as c_int } else { events }
    }

    /// `register_callback()`: who is called with the reply to one call, within so many seconds where not 0.
    ///
    /// # Safety
    /// `cib` is of this library, and the callback good for the data.
    export fn cib_client_register_callback(
        cib: *mut Cib, call: c_int, timeout: c_int, only_success: gboolean, user_data: *mut c_void,
        name: *const c_char, callback: Option<CallCallback>
    ) -> gboolean, or GFALSE => {
        // SAFETY: the caller's contract, passed on
        unsafe { register(cib, call, Wanted { timeout, only_success, user_data, name, callback, free_function: None }) }
    }

    /// `register_callback_full()`: the same, and the data is freed afterwards.
    ///
    /// # Safety
    /// As `cib_client_register_callback()`; the data is freed once, by this library.
    export fn cib_client_register_callback_full(
        cib: *mut Cib, call: c_int, timeout: c_int, only_success: gboolean, user_data: *mut c_void,
        name: *const c_char, callback: Option<CallCallback>, free_function: Option<FreeFunction>
    ) -> gboolean, or GFALSE => {
        // SAFETY: the caller's contract, passed on
        unsafe { register(cib, call, Wanted { timeout, only_success, user_data, name, callback, free_function }) }
    }

    /// `remove_cib_op_callback()`: forgets one call's callback, or all.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn remove_cib_op_callback(call: c_int, all: gboolean) -> (), or () => {
        if all == GFALSE {
            forget_call(call);
        } else {
            forget_calls();
        }
    }

    /// `num_cib_op_callbacks()`.
    ///
    /// # Safety
    /// As `remove_cib_op_callback()`.
    export fn num_cib_op_callbacks() -> c_int, or 0 => {
        c_int::try_from(calls().len()).unwrap_or(c_int::MAX)
    }

    /// `cib_dump_pending_callbacks()`: into the log.
    ///
    /// # Safety
    /// As `remove_cib_op_callback()`.
    export fn cib_dump_pending_callbacks() -> (), or () => {
        // SAFETY: the table's items live; a name is null or a string that its caller keeps
        let pending: Vec<(c_int, Option<String>)> =
            calls().iter().map(|(call, waiting)| (*call, unsafe { text((*waiting.0).id) })).collect();
        for (call, name) in pending {
            let name = name.as_deref().unwrap_or("without ID");
            log!(Debug, c"cib_dump_pending_op", "Call {call} ({name}): pending");
        }
    }

    /// `cib__lookup_id()`: a call's callback; null when there is none.
    ///
    /// # Safety
    /// As `remove_cib_op_callback()`.
    export fn cib__lookup_id(call: c_int) -> *mut CallbackClient, or null_mut() => {
        calls().get(&call).map_or(null_mut(), |waiting| waiting.0)
    }

    /// `cib_native_callback()`: a reply came, or with null and a result there is none.
    ///
    /// # Safety
    /// `cib` is null or of this library, `message` null or a node.
    export fn cib_native_callback(cib: *mut Cib, message: *mut XmlNode, call: c_int, result: c_int) -> (), or () => {
        const FUNCTION: &CStr = c"cib_native_callback";
        let (mut call, mut result, mut output) = (call, result, null_mut());
        // SAFETY: null or a node, by the caller's contract
        if let Some(reply) = unsafe { node::attributes_of(message) } {
            result = number(&reply, "cib_rc").unwrap_or(result);
            call = number(&reply, "cib_callid").unwrap_or(call);
            // SAFETY: a node
            output = unsafe { field(message, "cib_calldata") };
        }
        if result == DIFF_RESYNC {
            result = 0;
        }
        // SAFETY: null or of this library, by the caller's contract
        let global = unsafe { cib.as_ref() }.map(|cib| cib.op_callback);
        // SAFETY: as every function of this library
        let client = unsafe { cib__lookup_id(call).as_ref() };
        let wanted = client.map(|client| (client.callback, client.only_success, client.user_data));
        match wanted {
            Some((Some(callback), only_success, user_data)) if result == 0 || only_success == GFALSE => {
                // SAFETY: the caller's function for this data
                unsafe { callback(message, call, result, output, user_data) };
            }
            _ if result != 0 && global == Some(None) => {
                log!(Warning, FUNCTION, "CIB command failed: {}", results::words(result));
            }
            _ => {}
        }
        if wanted.is_some() {
            forget_call(call);
        }
        if let Some(Some(global)) = global {
            // SAFETY: the caller's function
            unsafe { global(message, call, result, output) };
        }
    }

    /// `cib_native_notify()`: calls an item's callback when the event is of its name.
    ///
    /// # Safety
    /// `item` is null or an item of a list of notifications, `message` null or a node.
    export fn cib_native_notify(item: *mut c_void, message: *mut c_void) -> (), or () => {
        const FUNCTION: &CStr = c"cib_native_notify";
        let message: *mut XmlNode = message.cast();
        if message.is_null() {
            log!(Warning, FUNCTION, "Skipping callback - NULL message");
            return;
        }
        // SAFETY: null or an item, by the caller's contract
        let Some(client) = (unsafe { item.cast::<NotifyClient>().as_ref() }) else {
            log!(Warning, FUNCTION, "Skipping callback - NULL callback client");
            return;
        };
        let Some(callback) = client.callback else {
            log!(Warning, FUNCTION, "Skipping callback - NULL callback");
            return;
        };
        // SAFETY: a node, by the caller's contract, and a string that the caller keeps
        let (event, wanted) = unsafe { (node::attribute(message, "subt"), text(client.event)) };
        if let (Some(event), Some(wanted)) = (event, wanted)
            && event.eq_ignore_ascii_case(&wanted)
        {
            let event = crate::border::c_text(&event);
            // SAFETY: the caller's function
            unsafe { callback(event.as_ptr(), message) };
        }
    }
}
