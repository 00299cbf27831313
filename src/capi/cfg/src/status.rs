//! Links of the local node and of others.

use crate::handle::connection;
use core_cfg::wire::{NODE_STATUS_V1, NodeStatusV1};
use core_types::CsError;
use std::ffi::{c_char, c_uint, c_void};

/// Memory of C's allocator, freed unless it is given away.
struct Strings {
    texts: *mut *mut c_char,
    filled: usize,
}

impl Strings {
    /// Copies of texts, each with a NUL, in an array: what the caller frees with `free(3)`.
    fn new<'a>(texts: impl ExactSizeIterator<Item = &'a [u8]>) -> Result<Strings, CsError> {
        // SAFETY: calloc may be called with any numbers; a null result is checked
        let array: *mut *mut c_char = unsafe { libc::calloc(texts.len().max(1), size_of::<*mut c_char>()) }.cast();
        if array.is_null() {
            return Err(CsError::NoMemory);
        }
        let mut strings = Strings { texts: array, filled: 0 };
        for text in texts {
            // SAFETY: strndup reads at most `text.len()` bytes of `text`
            let copy = unsafe { libc::strndup(text.as_ptr().cast(), text.len()) };
            if copy.is_null() {
                return Err(CsError::NoMemory);
            }
            // SAFETY: `filled` is below the number of texts, for which the array has room
            unsafe { array.add(strings.filled).write(copy) };
            strings.filled += 1;
        }
        Ok(strings)
    }

    /// Gives the array to the caller.
    fn give(self) -> *mut *mut c_char {
        std::mem::ManuallyDrop::new(self).texts
    }
}

impl Drop for Strings {
    fn drop(&mut self) {
        for at in 0..self.filled {
            // SAFETY: the first `filled` elements are strings of strndup that nobody else has
            unsafe { libc::free(self.texts.add(at).read().cast()) };
        }
        // SAFETY: the array is calloc's and nobody else has it
        unsafe { libc::free(self.texts.cast()) };
    }
}

capi_ffi::export! {
    version "COROSYNC_CFG_0.82";

    /// The local node's links: for each a name (number and address) and a status. The caller frees the strings and
    /// both arrays.
    ///
    /// # Safety
    /// Each pointer is null or valid for a write.
    fn corosync_cfg_ring_status_get(
        handle: u64, names: *mut *mut *mut c_char, statuses: *mut *mut *mut c_char, count: *mut c_uint,
    ) {
        let connection = connection(handle)?;
        if names.is_null() || statuses.is_null() || count.is_null() {
            return Err(CsError::InvalidParam);
        }
        let interfaces = connection.cfg.ring_status()?;
        let name_texts = Strings::new(interfaces.iter().map(|interface| interface.name.as_slice()))?;
        let status_texts = Strings::new(interfaces.iter().map(|interface| interface.status.as_slice()))?;
        // SAFETY: all three are valid for a write by this function's contract
        unsafe {
            capi_ffi::set(count, interfaces.len() as c_uint);
            capi_ffi::set(names, name_texts.give());
            capi_ffi::set(statuses, status_texts.give());
        }
        Ok(())
    }

    /// A node's links as the local node sees them. `version` is `CFG_NODE_STATUS_V1`.
    ///
    /// # Safety
    /// `status` is null or valid for a write of a `struct corosync_cfg_node_status_v1`.
    fn corosync_cfg_node_status_get(handle: u64, nodeid: c_uint, version: c_uint, status: *mut c_void) {
        if status.is_null() || version != NODE_STATUS_V1 {
            return Err(CsError::InvalidParam);
        }
        let found = connection(handle)?.cfg.node_status(nodeid)?;
        // SAFETY: valid for a write of this structure by this function's contract
        unsafe { capi_ffi::set(status.cast::<NodeStatusV1>(), found) };
        Ok(())
    }
}
