//! Connections: their handles, descriptors and contexts.

use crate::dispatch::{Callbacks, Functions, ModelData, ModelV0, ModelV1};
use capi_ffi::{Attached, Handles};
use core_types::CsError;
use std::ffi::{c_int, c_void};
use std::sync::Arc;
use sys_client::quorum::{Model, Quorum};

/// What a `quorum_handle_t` stands for.
pub(crate) struct Connection {
    pub(crate) quorum: Quorum,
    pub(crate) functions: Functions,
    pub(crate) attached: Attached,
}

static HANDLES: Handles<Connection> = Handles::new();

/// The connection of a handle.
pub(crate) fn connection(handle: u64) -> Result<Arc<Connection>, CsError> {
    HANDLES.get(handle)
}

/// Connects, and gives the handle and the daemon's kind of quorum.
fn initialize(model: Model, functions: Functions, context: *mut c_void) -> Result<(u64, u32), CsError> {
    let (quorum, kind) = Quorum::connect(model)?;
    let connection = Connection { quorum, functions, attached: Attached::new(context) };
    Ok((HANDLES.insert(Arc::new(connection)), kind))
}

capi_ffi::export! {
    version "COROSYNC_QUORUM_1.0";

    /// `quorum_initialize(3)`: connects to the local corosync, with callbacks of model v0.
    ///
    /// # Safety
    /// `handle` and `quorum_type` are null or valid for a write; `callbacks` is null or valid for a read, and its
    /// function is callable until the handle is finalised.
    fn quorum_initialize(handle: *mut u64, callbacks: *mut Callbacks, quorum_type: *mut u32) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: null or valid for a read by this function's contract
        let notify = unsafe { callbacks.as_ref() }.and_then(|callbacks| callbacks.notify);
        let (new, kind) = initialize(Model::V0, Functions::V0 { notify }, std::ptr::null_mut())?;
        // SAFETY: both are null or valid for a write by this function's contract
        unsafe {
            capi_ffi::set(handle, new);
            capi_ffi::set(quorum_type, kind);
        }
        Ok(())
    }

    /// `quorum_finalize(3)`: closes the connection. A dispatch that goes on ends after its callback.
    ///
    /// # Safety
    /// None.
    fn quorum_finalize(handle: u64) {
        HANDLES.remove(handle)?.attached.finalize();
        Ok(())
    }
}

capi_ffi::export! {
    /// `quorum_model_initialize(3)`: connects to the local corosync, with callbacks of a model.
    ///
    /// # Safety
    /// `handle` and `quorum_type` are null or valid for a write; `model_data` is null or valid for a read of the
    /// structure that belongs to `model`, and its functions are callable until the handle is finalised.
    fn quorum_model_initialize(
        handle: *mut u64, model: u32, model_data: *mut ModelData, quorum_type: *mut u32, context: *mut c_void,
    ) {
        let model = Model::from_number(model)?;
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        let functions = match model {
            Model::V0 => {
                // SAFETY: null or a `quorum_model_v0_data_t` by this function's contract
                let data = unsafe { model_data.cast::<ModelV0>().as_ref() };
                Functions::V0 { notify: data.and_then(|data| data.notify) }
            }
            Model::V1 => {
                // SAFETY: null or a `quorum_model_v1_data_t` by this function's contract
                let data = unsafe { model_data.cast::<ModelV1>().as_ref() };
                let (quorum, nodelist) = (data.and_then(|data| data.quorum), data.and_then(|data| data.nodelist));
                Functions::V1 { quorum, nodelist }
            }
        };
        let (new, kind) = initialize(model, functions, context)?;
        // SAFETY: both are null or valid for a write by this function's contract
        unsafe {
            capi_ffi::set(handle, new);
            capi_ffi::set(quorum_type, kind);
        }
        Ok(())
    }

    /// `quorum_fd_get(3)`: the descriptor that is readable when there is something to dispatch.
    ///
    /// # Safety
    /// `fd` is null or valid for a write.
    fn quorum_fd_get(handle: u64, fd: *mut c_int) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(fd, connection.quorum.fd()) }
    }

    /// `quorum_context_get(3)`: what the caller attached to the handle.
    ///
    /// # Safety
    /// `context` is null or valid for a write.
    fn quorum_context_get(handle: u64, context: *mut *const c_void) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(context, connection.attached.context().cast_const()) }
    }

    /// `quorum_context_set(3)`: attaches something to the handle.
    ///
    /// # Safety
    /// None: `context` is never looked at.
    fn quorum_context_set(handle: u64, context: *const c_void) {
        connection(handle)?.attached.set_context(context.cast_mut());
        Ok(())
    }
}
