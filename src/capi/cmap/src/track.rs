//! Tracking changes.

use crate::handle::{connection, key};
use core_types::CsError;
use std::ffi::{c_char, c_void};

/// `struct cmap_notify_value`: a value in an event.
#[repr(C)]
pub(crate) struct NotifyValue {
    /// Its type (`cmap_value_types_t`); 0 for none.
    pub(crate) kind: u32,
    /// Its length, in bytes.
    pub(crate) len: usize,
    /// Its bytes, valid during the callback.
    pub(crate) data: *const c_void,
}

/// `cmap_notify_fn_t`: handle, tracker, event, key, new value, old value, the caller's data.
pub(crate) type NotifyFn = unsafe extern "C" fn(u64, u64, i32, *const c_char, NotifyValue, NotifyValue, *mut c_void);

/// A caller's function and what it wants to be given.
#[derive(Clone, Copy)]
pub(crate) struct Callback {
    pub(crate) notify: NotifyFn,
    pub(crate) user_data: *mut c_void,
}

// SAFETY: the pointer is never followed here, only handed back to the caller's function in the thread that the
// caller dispatches in, as cmap_track_add(3) says
unsafe impl Send for Callback {}
// SAFETY: as above; nothing changes through a shared reference
unsafe impl Sync for Callback {}

capi_ffi::export! {
    /// `cmap_track_add(3)`: asks to be told of changes of a key, of all keys with a prefix, or of all.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string; `notify` is null or may be called in later dispatches with
    /// `user_data`; `tracker` is null or valid for a write.
    fn cmap_track_add(
        handle: u64, key_name: *const c_char, track_type: i32, notify: Option<NotifyFn>, user_data: *mut c_void,
        tracker: *mut u64,
    ) {
        let Some(notify) = notify.filter(|_| !tracker.is_null()) else {
            return Err(CsError::InvalidParam);
        };
        let connection = connection(handle)?;
        // SAFETY: a string by this function's contract
        let key = if key_name.is_null() { None } else { Some(unsafe { key(key_name) }?) };
        let new = connection.cmap.track_add(key, track_type, Callback { notify, user_data })?;
        // SAFETY: not null, and valid for a write by this function's contract
        unsafe { capi_ffi::set(tracker, new) };
        Ok(())
    }

    /// `cmap_track_delete(3)`: ends a tracker.
    ///
    /// # Safety
    /// None.
    fn cmap_track_delete(handle: u64, tracker: u64) {
        connection(handle)?.cmap.track_delete(tracker)
    }
}
