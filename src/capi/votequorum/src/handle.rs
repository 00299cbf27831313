//! Connections: their handles, descriptors and contexts.

use crate::dispatch::Callbacks;
use capi_ffi::{Attached, Handles};
use core_types::CsError;
use std::ffi::{c_int, c_void};
use std::sync::Arc;
use sys_client::votequorum::Votequorum;

/// What a `votequorum_handle_t` stands for.
pub(crate) struct Connection {
    pub(crate) votequorum: Votequorum,
    pub(crate) callbacks: Callbacks,
    pub(crate) attached: Attached,
}

static HANDLES: Handles<Connection> = Handles::new();

/// The connection of a handle.
pub(crate) fn connection(handle: u64) -> Result<Arc<Connection>, CsError> {
    HANDLES.get(handle)
}

capi_ffi::export! {
    version "COROSYNC_VOTEQUORUM_1.0";

    /// `votequorum_initialize(3)`: connects to the local corosync. `callbacks` may be null.
    ///
    /// # Safety
    /// `handle` is null or valid for a write; `callbacks` is null or valid for a read, and its functions are callable
    /// until the handle is finalised.
    fn votequorum_initialize(handle: *mut u64, callbacks: *mut Callbacks) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: null or valid for a read by this function's contract
        let callbacks = unsafe { callbacks.as_ref() }.copied().unwrap_or_default();
        let connection = Connection {
            votequorum: Votequorum::connect()?,
            callbacks,
        attached: Attached::default(),
        };
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, HANDLES.insert(Arc::new(connection))) };
        Ok(())
    }

    /// `votequorum_finalize(3)`: closes the connection. A dispatch that goes on ends after its callback.
    ///
    /// # Safety
    /// None.
    fn votequorum_finalize(handle: u64) {
        HANDLES.remove(handle)?.attached.finalize();
        Ok(())
    }

    /// `votequorum_context_get(3)`: what the caller attached to the handle.
    ///
    /// # Safety
    /// `context` is null or valid for a write.
    fn votequorum_context_get(handle: u64, context: *mut *mut c_void) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(context, connection.attached.context()) }
    }

    /// `votequorum_context_set(3)`: attaches something to the handle.
    ///
    /// # Safety
    /// None: `context` is never looked at.
    fn votequorum_context_set(handle: u64, context: *mut c_void) {
        connection(handle)?.attached.set_context(context);
        Ok(())
    }
}

capi_ffi::export! {
    /// `votequorum_fd_get(3)`: the descriptor that is readable when there is something to dispatch.
    ///
    /// # Safety
    /// `fd` is null or valid for a write.
    fn votequorum_fd_get(handle: u64, fd: *mut c_int) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(fd, connection.votequorum.fd()) }
    }
}
