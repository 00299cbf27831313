//! Iteration over keys.

use crate::handle::{connection, key};
use core_types::CsError;
use std::ffi::c_char;

capi_ffi::export! {
    /// `cmap_iter_init(3)`: starts an iteration over the keys with a prefix, or over all.
    ///
    /// # Safety
    /// `prefix` is null or a NUL-terminated string; `iterator` is null or valid for a write.
    fn cmap_iter_init(handle: u64, prefix: *const c_char, iterator: *mut u64) {
        if iterator.is_null() {
            return Err(CsError::InvalidParam);
        }
        let connection = connection(handle)?;
        // SAFETY: a string by this function's contract
        let prefix = if prefix.is_null() { None } else { Some(unsafe { key(prefix) }?) };
        let new = connection.cmap.iter_init(prefix)?;
        // SAFETY: not null, and valid for a write by this function's contract
        unsafe { capi_ffi::set(iterator, new) };
        Ok(())
    }

    /// `cmap_iter_next(3)`: the next key, its value's length and type. CS_ERR_NO_SECTIONS after the last.
    ///
    /// # Safety
    /// `key_name` is null or valid for writes of 256 bytes; `value_len` and `kind` are null or valid for a write.
    fn cmap_iter_next(handle: u64, iterator: u64, key_name: *mut c_char, value_len: *mut usize, kind: *mut u32) {
        if key_name.is_null() {
            return Err(CsError::InvalidParam);
        }
        let entry = connection(handle)?.cmap.iter_next(iterator)?;
        // SAFETY: the key is shorter than 256 bytes, so that it and its NUL fit by this function's contract; the
        // others are null or valid for a write
        unsafe {
            std::ptr::copy_nonoverlapping(entry.key.as_ptr(), key_name.cast(), entry.key.len());
            key_name.add(entry.key.len()).write(0);
            capi_ffi::set(value_len, entry.length);
            capi_ffi::set(kind, u32::from(entry.kind));
        }
        Ok(())
    }

    /// `cmap_iter_finalize(3)`: ends an iteration.
    ///
    /// # Safety
    /// None.
    fn cmap_iter_finalize(handle: u64, iterator: u64) {
        connection(handle)?.cmap.iter_finalize(iterator)
    }
}
