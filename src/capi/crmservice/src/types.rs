//! `svc_action_t`, as `crm/services.h` lays it out, and what the library keeps for one.

use crate::run::Job;
use capi_pcmk::{Source, give_bytes};
use core_agents::Class;
use glib_sys::GHashTable;
use std::cell::{Cell, RefCell};
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::ops::Deref;
use std::ptr::{NonNull, null_mut};

/// What a caller wants to be called when something happened to an action.
pub(crate) type Callback = unsafe extern "C" fn(*mut Action);

/// `SVC_ACTION_LEAVE_GROUP`: at the end of its time only the process itself is killed, not its group.
pub(crate) const LEAVE_GROUP: c_uint = 1;
/// `SVC_ACTION_NON_BLOCKED`: it doesn't wait for other actions on the same resource.
pub(crate) const NON_BLOCKED: c_uint = 2;

/// `svc_action_t`.
#[repr(C)]
pub(crate) struct Action {
    pub(crate) id: CText,
    pub(crate) rsc: CText,
    pub(crate) action: CText,
    pub(crate) interval_ms: Cell<c_uint>,
    pub(crate) standard: CText,
    pub(crate) provider: CText,
    pub(crate) agent: CText,
    pub(crate) timeout: Cell<c_int>,
    pub(crate) params: Cell<*mut GHashTable>,
    pub(crate) rc: Cell<c_int>,
    pub(crate) pid: Cell<c_int>,
    pub(crate) cancel: Cell<c_int>,
    pub(crate) status: Cell<c_int>,
    pub(crate) sequence: Cell<c_int>,
    pub(crate) expected_rc: Cell<c_int>,
    pub(crate) synchronous: Cell<c_int>,
    pub(crate) flags: Cell<c_uint>,
    pub(crate) stderr_data: CText,
    pub(crate) stdout_data: CText,
    pub(crate) cb_data: Cell<*mut c_void>,
    pub(crate) opaque: Cell<*mut Private>,
}

/// What the library keeps for an action (`svc_action_private_t`, which no header shows).
#[derive(Default)]
pub(crate) struct Private {
    /// The file that is run.
    pub(crate) exec: RefCell<Option<CString>>,
    pub(crate) arguments: RefCell<Vec<CString>>,
    pub(crate) exit_reason: RefCell<Option<CString>>,
    /// The user and the group that it runs as.
    pub(crate) user: Cell<Option<(u32, u32)>>,
    pub(crate) callback: Cell<Option<Callback>>,
    pub(crate) fork_callback: Cell<Option<Callback>>,
    /// Until its next turn.
    pub(crate) repeat: RefCell<Option<Source>>,
    /// What runs for it.
    pub(crate) job: RefCell<Option<Job>>,
    /// Its end is being told.
    pub(crate) finishing: Cell<bool>,
}

/// An action of this library that lives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Op(NonNull<Action>);

// SAFETY: callers use the library from one thread at a time, as with the reference; only tables of the library need this
unsafe impl Send for Op {}

impl Op {
    /// # Safety
    /// `action` is null, which gives `None`, or of this library, and lives as long as the result is used.
    pub(crate) unsafe fn of(action: *mut Action) -> Option<Op> {
        NonNull::new(action).map(Op)
    }

    /// A new one, with nothing in it.
    pub(crate) fn new() -> Op {
        let action = Box::leak(Box::new(Action {
            id: CText::default(),
            rsc: CText::default(),
            action: CText::default(),
            interval_ms: Cell::new(0),
            standard: CText::default(),
            provider: CText::default(),
            agent: CText::default(),
            timeout: Cell::new(0),
            params: Cell::new(null_mut()),
            rc: Cell::new(0),
            pid: Cell::new(0),
            cancel: Cell::new(0),
            status: Cell::new(0),
            sequence: Cell::new(0),
            expected_rc: Cell::new(0),
            synchronous: Cell::new(0),
            flags: Cell::new(0),
            stderr_data: CText::default(),
            stdout_data: CText::default(),
            cb_data: Cell::new(null_mut()),
            opaque: Cell::new(Box::into_raw(Box::default())),
        }));
        Op(NonNull::from(action))
    }

    /// Frees it, with all that it has.
    ///
    /// # Safety
    /// Nobody uses it any more.
    pub(crate) unsafe fn free(self) {
        // SAFETY: made by `new`, and nobody else uses it
        let action = unsafe { Box::from_raw(self.0.as_ptr()) };
        // SAFETY: the same
        drop(unsafe { Box::from_raw(action.opaque.get()) });
        let texts = [&action.id, &action.rsc, &action.action, &action.standard, &action.provider, &action.agent];
        for text in texts.into_iter().chain([&action.stderr_data, &action.stdout_data]) {
            text.clear();
        }
        let parameters = action.params.get();
        if !parameters.is_null() {
            // SAFETY: g_hash_table_destroy(): the action's own table
            unsafe { glib_sys::g_hash_table_destroy(parameters) };
        }
    }

    pub(crate) fn as_ptr(self) -> *mut Action {
        self.0.as_ptr()
    }

    pub(crate) fn private(&self) -> &Private {
        // SAFETY: made by `new` with it, which `free` alone ends
        unsafe { &*self.opaque.get() }
    }

    /// Calls one of the caller's functions.
    pub(crate) fn call(self, callback: Option<Callback>) {
        if let Some(callback) = callback {
            // SAFETY: the caller's function, for an action that lives
            unsafe { callback(self.as_ptr()) };
        }
    }

    /// The class of its agent.
    pub(crate) fn class(self) -> Class {
        self.standard.text().map_or(Class::Program, |name| Class::of(&name))
    }

    pub(crate) fn is_recurring(self) -> bool {
        self.interval_ms.get() != 0
    }

    /// As lines of the log name it.
    pub(crate) fn name(self) -> String {
        self.id.text().unwrap_or_else(|| "(null)".to_owned())
    }

    /// Its parameters; a value may be null.
    pub(crate) fn parameters(self) -> Vec<(CString, Option<CString>)> {
        let table = self.params.get();
        let mut found = Vec::new();
        if table.is_null() {
            return found;
        }
        let (mut key, mut value) = (null_mut::<c_void>(), null_mut::<c_void>());
        // SAFETY: a plain structure that the next call fills
        let mut iter: glib_sys::GHashTableIter = unsafe { std::mem::zeroed() };
        // SAFETY: g_hash_table_iter_init(): a table that lives and nobody changes meanwhile
        unsafe { glib_sys::g_hash_table_iter_init(&mut iter, table) };
        // SAFETY: g_hash_table_iter_next(): the same table, and places for its results
        while unsafe { glib_sys::g_hash_table_iter_next(&mut iter, &mut key, &mut value) } != 0 {
            // SAFETY: null or strings, as `crm/services.h` says of `params`
            if let Some(key) = unsafe { c_string(key.cast()) } {
                // SAFETY: the same
                found.push((key, unsafe { c_string(value.cast()) }));
            }
        }
        found
    }
}

impl Deref for Op {
    type Target = Action;

    fn deref(&self) -> &Action {
        // SAFETY: it lives, by the contract of `of`; all fields are cells
        unsafe { self.0.as_ref() }
    }
}

/// # Safety
/// `text` is null or a string.
unsafe fn c_string(text: *const c_char) -> Option<CString> {
    // SAFETY: a string, by the caller's contract
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_owned())
}

/// A text of an action: null or a string of malloc's, which callers may take and replace.
#[derive(Default)]
#[repr(transparent)]
pub(crate) struct CText(Cell<*mut c_char>);

impl CText {
    /// What it is now.
    pub(crate) fn get(&self) -> Option<CString> {
        // SAFETY: null or a string
        unsafe { c_string(self.0.get()) }
    }

    /// The same as text; what is not UTF-8 is replaced.
    pub(crate) fn text(&self) -> Option<String> {
        self.get().map(|text| text.to_string_lossy().into_owned())
    }

    /// Replaces it; what follows a NUL is cut.
    pub(crate) fn set(&self, text: &[u8]) {
        self.clear();
        self.0.set(give_bytes(text));
    }

    /// Adds an output to what there is, of an action that ran before; nothing stays null.
    pub(crate) fn add_output(&self, output: &[u8]) {
        if !output.is_empty() {
            let before = self.get().unwrap_or_default();
            self.set(&[before.as_bytes(), output].concat());
        }
    }

    /// Frees it.
    pub(crate) fn clear(&self) {
        // SAFETY: free(3): null or of malloc's, and the action's own
        unsafe { libc::free(self.take().cast()) };
    }

    /// Gives it away, to be freed with free(3).
    pub(crate) fn take(&self) -> *mut c_char {
        self.0.replace(null_mut())
    }
}
