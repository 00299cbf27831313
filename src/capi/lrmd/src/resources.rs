//! What a resource was registered as, and a recurring operation: structures that callers keep.

use crate::lists::{allocate, copy, free};
use crate::types::{OperationInfo, ResourceInfo};
use capi_pcmk::functions;
use std::ffi::c_char;
use std::ptr::null_mut;

functions! {
    /// `lrmd_new_rsc_info()`.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn lrmd_new_rsc_info(
        id: *const c_char, standard: *const c_char, provider: *const c_char, kind: *const c_char
    ) -> *mut ResourceInfo, or null_mut() => {
        let info = allocate::<ResourceInfo>();
        // SAFETY: null, or cleared and ours
        if let Some(info) = unsafe { info.as_mut() } {
            // SAFETY: null or strings, by the caller's contract
            unsafe {
                *info = ResourceInfo { id: copy(id), kind: copy(kind), standard: copy(standard), provider: copy(provider) };
            }
        }
        info
    }

    /// `lrmd_copy_rsc_info()`.
    ///
    /// # Safety
    /// `info` is one of this library's.
    export fn lrmd_copy_rsc_info(info: *mut ResourceInfo) -> *mut ResourceInfo, or null_mut() => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(info) = (unsafe { info.as_ref() }) else { return null_mut() };
        // SAFETY: its texts are null or strings
        unsafe { lrmd_new_rsc_info(info.id, info.standard, info.provider, info.kind) }
    }

    /// `lrmd_free_rsc_info()`.
    ///
    /// # Safety
    /// `info` is null or of this library, and nobody uses it any more.
    export fn lrmd_free_rsc_info(info: *mut ResourceInfo) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(own) = (unsafe { info.as_ref() }) else { return };
        // SAFETY: its own texts
        unsafe {
            for text in [own.id, own.kind, own.standard, own.provider] {
                free(text);
            }
            libc::free(info.cast());
        }
    }

    /// `lrmd_free_op_info()`.
    ///
    /// # Safety
    /// As `lrmd_free_rsc_info()`.
    export fn lrmd_free_op_info(info: *mut OperationInfo) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(own) = (unsafe { info.as_ref() }) else { return };
        // SAFETY: its own texts
        unsafe {
            for text in [own.resource, own.action, own.interval, own.timeout] {
                free(text);
            }
            libc::free(info.cast());
        }
    }
}
