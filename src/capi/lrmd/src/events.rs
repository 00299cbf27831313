//! Events: what a notification says, for callbacks; and copies of them, which callers keep.

use crate::lists::{allocate, copy, free};
use crate::types::{Event, EventCallback, event};
use capi_pcmk::{c_text, functions, give_text};
use core_xml::Document;
use glib_sys::{GHashTable, gpointer};
use std::ffi::{CStr, CString, c_char, c_int, c_uint};
use std::ptr::null_mut;

impl Event {
    /// An event that says nothing more, of the connection to a remote node or, without a name, to this one.
    pub(crate) fn new(kind: u32, remote_name: Option<&CStr>) -> Event {
        // SAFETY: a structure of numbers and pointers, for which zero is a value
        let mut event: Event = unsafe { std::mem::zeroed() };
        event.kind = kind;
        event.remote_name = remote_name.map_or(null_mut(), |name| name.as_ptr().cast_mut());
        event
    }
}

/// A table of texts that it frees (`pcmk__strkey_table()`).
pub(crate) fn table() -> *mut GHashTable {
    // SAFETY: g_hash_table_new_full(): functions for strings that end with NUL
    unsafe {
        glib_sys::g_hash_table_new_full(
            Some(glib_sys::g_str_hash),
            Some(glib_sys::g_str_equal),
            Some(libc::free),
            Some(libc::free),
        )
    }
}

/// Puts copies of a key and a value into a table.
///
/// # Safety
/// `table` is one of [`table`]'s; the texts are strings.
pub(crate) unsafe fn insert(table: *mut GHashTable, key: *const c_char, value: *const c_char) {
    // SAFETY: g_hash_table_insert(): the table frees the copies
    unsafe { glib_sys::g_hash_table_insert(table, copy(key).cast(), copy(value).cast()) };
}

/// The parameters in a notification.
fn parameters(notice: &Document) -> *mut GHashTable {
    let table = table();
    let put = |name: &str, value: &str| {
        // SAFETY: a table made above, and strings
        unsafe { insert(table, c_text(name).as_ptr(), c_text(value).as_ptr()) };
    };
    let Some(attributes) = notice.child(notice.root(), Some("attributes")) else { return table };
    for attribute in notice.attributes(attributes) {
        put(attribute.name(), attribute.value());
    }
    for child in notice.elements(attributes).filter(|child| notice.name(*child) == Some("param")) {
        if let (Some(name), Some(value)) = (notice.attribute(child, "name"), notice.attribute(child, "value")) {
            put(name, value);
        }
    }
    table
}

fn kind_of(operation: &str) -> Option<u32> {
    Some(match operation {
        "lrmd_rsc_register" => event::REGISTER,
        "lrmd_rsc_unregister" => event::UNREGISTER,
        "lrmd_rsc_exec" => event::EXEC_COMPLETE,
        "lrmd_rsc_new_client" => event::NEW_CLIENT,
        "lrmd_rsc_poke" => event::POKE,
        _ => return None,
    })
}

/// Tells a callback what a notification says.
///
/// # Safety
/// The callback may be called: it is the caller's own, set for this connection.
pub(crate) unsafe fn tell(callback: EventCallback, remote_name: Option<&CStr>, notice: &Document) {
    let attribute = |name| notice.attribute(notice.root(), name);
    let Some(kind) = attribute("lrmd_op").and_then(kind_of) else { return };
    let number = |name| notice.integer(notice.root(), name).unwrap_or(0);
    let seconds = |name| attribute(name).and_then(|text| text.parse::<i64>().ok()).unwrap_or(0) as c_uint;
    // lives until the callback has returned
    let texts: [Option<CString>; 3] =
        ["lrmd_rsc_id", "lrmd_rsc_action", "lrmd_rsc_userdata_str"].map(|name| attribute(name).map(c_text));
    let [resource, action, user_data] =
        texts.each_ref().map(|text| text.as_ref().map_or(null_mut(), |text| text.as_ptr().cast_mut()));
    let mut event = Event::new(kind, remote_name);
    event.call_id = number("lrmd_callid");
    event.resource = resource;
    if kind == event::EXEC_COMPLETE {
        event.timeout = number("lrmd_timeout");
        event.interval = attribute("lrmd_rsc_interval").and_then(|text| text.parse().ok()).unwrap_or(0);
        event.start_delay = number("lrmd_rsc_start_delay");
        event.code = number("lrmd_exec_rc");
        event.status = number("lrmd_exec_op_status");
        event.deleted = number("lrmd_rsc_deleted");
        event.run = seconds("lrmd_run_time");
        event.changed = seconds("lrmd_rcchange_time");
        event.execution = number("lrmd_exec_time").cast_unsigned();
        event.queue = number("lrmd_queue_time").cast_unsigned();
        event.action = action;
        event.user_data = user_data;
        // the callback may take these
        event.output = attribute("lrmd_rsc_output").map_or(null_mut(), give_text);
        event.exit_reason = attribute("lrmd_rsc_exit_reason").map_or(null_mut(), give_text);
        event.parameters = parameters(notice);
    }
    // SAFETY: the caller's function, by our caller's contract; the event lives until it returns
    unsafe { callback(&raw mut event) };
    // SAFETY: what the callback left of what was made for it
    unsafe {
        lrmd__reset_result(&raw mut event);
        if !event.parameters.is_null() {
            glib_sys::g_hash_table_destroy(event.parameters);
        }
    }
}

unsafe extern "C" fn copy_pair(key: gpointer, value: gpointer, table: gpointer) {
    // SAFETY: g_hash_table_foreach(): strings of the table that is copied, and the copy
    unsafe { insert(table.cast(), key.cast(), value.cast()) };
}

/// Puts a copy of a text in the place of another, which is freed.
///
/// # Safety
/// `place` is of malloc's or null, `text` is null or a string.
unsafe fn replace(place: &mut *mut c_char, text: *const c_char) {
    // SAFETY: the caller's contract; copied before it is freed, as both may be the same
    let old = std::mem::replace(place, unsafe { copy(text) });
    // SAFETY: of malloc's or null
    unsafe { free(old) };
}

functions! {
    /// `lrmd_new_event()`.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn lrmd_new_event(resource: *const c_char, action: *const c_char, interval: c_uint) -> *mut Event, or null_mut() => {
        let event = allocate::<Event>();
        // SAFETY: null, or cleared and ours
        if let Some(event) = unsafe { event.as_mut() } {
            // SAFETY: null or strings, by the caller's contract
            unsafe {
                event.resource = copy(resource);
                event.action = copy(action);
            }
            event.interval = interval;
        }
        event
    }

    /// `lrmd_copy_event()`.
    ///
    /// # Safety
    /// `event` is one of this library's.
    export fn lrmd_copy_event(event: *mut Event) -> *mut Event, or null_mut() => {
        let new = allocate::<Event>();
        // SAFETY: null or an event; null, or cleared and ours
        let (Some(old), false) = (unsafe { event.as_ref() }, new.is_null()) else { return null_mut() };
        // SAFETY: a structure of numbers and of pointers, which are replaced by copies
        unsafe {
            new.copy_from_nonoverlapping(old, 1);
            let new = &mut *new;
            for (to, from) in [
                (&mut new.resource, old.resource),
                (&mut new.action, old.action),
                (&mut new.user_data, old.user_data),
                (&mut new.output, old.output),
                (&mut new.remote_name, old.remote_name),
                (&mut new.exit_reason, old.exit_reason),
            ] {
                *to = copy(from);
            }
            if !old.parameters.is_null() {
                new.parameters = table();
                glib_sys::g_hash_table_foreach(old.parameters, Some(copy_pair), new.parameters.cast());
            }
        }
        new
    }

    /// `lrmd_free_event()`.
    ///
    /// # Safety
    /// `event` is null, or was made by `lrmd_new_event()` or `lrmd_copy_event()`, and nobody uses it any more.
    export fn lrmd_free_event(event: *mut Event) -> (), or () => {
        // SAFETY: null or an event, by the caller's contract
        let Some(own) = (unsafe { event.as_ref() }) else { return };
        // SAFETY: its texts and its table are its own
        unsafe {
            for text in [own.resource, own.action, own.user_data, own.remote_name] {
                free(text);
            }
            let parameters = own.parameters;
            lrmd__reset_result(event);
            if !parameters.is_null() {
                glib_sys::g_hash_table_destroy(parameters);
            }
            libc::free(event.cast());
        }
    }

    /// `lrmd__set_result()`.
    ///
    /// # Safety
    /// `event` is null or an event; `reason` is null or a string.
    export fn lrmd__set_result(event: *mut Event, code: c_int, status: c_int, reason: *const c_char) -> (), or () => {
        // SAFETY: null or an event, by the caller's contract
        let Some(event) = (unsafe { event.as_mut() }) else { return };
        event.code = code;
        event.status = status;
        // SAFETY: its own text, and null or a string
        unsafe { replace(&mut event.exit_reason, reason) };
    }

    /// `lrmd__reset_result()`: forgets what an agent said.
    ///
    /// # Safety
    /// `event` is null or an event.
    export fn lrmd__reset_result(event: *mut Event) -> (), or () => {
        // SAFETY: null or an event, by the caller's contract
        let Some(event) = (unsafe { event.as_mut() }) else { return };
        // SAFETY: its own texts
        unsafe {
            replace(&mut event.exit_reason, std::ptr::null());
            replace(&mut event.output, std::ptr::null());
        }
    }
}
