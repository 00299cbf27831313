//! Connections: their handles, descriptors and contexts.

use capi_ffi::{Attached, Handles};
use core_types::CsError;
use core_types::mar::NAME_MAX;
use std::ffi::{c_char, c_int, c_void};
use std::sync::Arc;
use sys_client::cmap::Cmap;

use crate::track::Callback;

/// What a `cmap_handle_t` stands for.
pub(crate) struct Connection {
    pub(crate) cmap: Cmap<Callback>,
    pub(crate) attached: Attached,
}

static HANDLES: Handles<Connection> = Handles::new();

/// The connection of a handle.
pub(crate) fn connection(handle: u64) -> Result<Arc<Connection>, CsError> {
    HANDLES.get(handle)
}

/// A key that the caller passes in: CS_ERR_INVALID_PARAM for null, CS_ERR_NAME_TOO_LONG for 256 bytes or more.
///
/// # Safety
/// Unless null, `pointer` is a NUL-terminated string, valid for reads as long as `'a`.
pub(crate) unsafe fn key<'a>(pointer: *const c_char) -> Result<&'a [u8], CsError> {
    // SAFETY: the caller's contract, passed on
    let key = unsafe { capi_ffi::c_str(pointer) }?;
    if key.len() < NAME_MAX { Ok(key) } else { Err(CsError::NameTooLong) }
}

fn connect() -> Result<(u64, Arc<Connection>), CsError> {
    let connection = Arc::new(Connection { cmap: Cmap::connect()?, attached: Attached::default() });
    Ok((HANDLES.insert(connection.clone()), connection))
}

capi_ffi::export! {
    version "COROSYNC_CMAP_1.0";

    /// `cmap_initialize(3)`: connects to the local corosync.
    ///
    /// # Safety
    /// `handle` is null or valid for a write.
    fn cmap_initialize(handle: *mut u64) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        let (new, _) = connect()?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, new) };
        Ok(())
    }
}

capi_ffi::export! {
    /// `cmap_initialize_map(3)`: connects to one of corosync's maps. As in the reference the handle stays open when
    /// there is no such map.
    ///
    /// # Safety
    /// `handle` is null or valid for a write.
    fn cmap_initialize_map(handle: *mut u64, map: u32) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        let (new, connection) = connect()?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, new) };
        connection.cmap.set_map(map as i32)
    }

    /// `cmap_finalize(3)`: closes a connection. A dispatch that goes on ends after its callback.
    ///
    /// # Safety
    /// None.
    fn cmap_finalize(handle: u64) {
        HANDLES.remove(handle)?.attached.finalize();
        Ok(())
    }

    /// `cmap_fd_get(3)`: the descriptor that is readable when there is something to dispatch.
    ///
    /// # Safety
    /// `fd` is null or valid for a write.
    fn cmap_fd_get(handle: u64, fd: *mut c_int) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(fd, connection.cmap.fd()) }
    }

    /// `cmap_context_get(3)`: what the caller attached to the handle.
    ///
    /// # Safety
    /// `context` is null or valid for a write.
    fn cmap_context_get(handle: u64, context: *mut *const c_void) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(context, connection.attached.context().cast_const()) }
    }

    /// `cmap_context_set(3)`: attaches a pointer to the handle.
    ///
    /// # Safety
    /// None: the pointer is never followed.
    fn cmap_context_set(handle: u64, context: *const c_void) {
        connection(handle)?.attached.set_context(context.cast_mut());
        Ok(())
    }
}
