//! Connections: their handles, descriptors and contexts.

use crate::buffers::Buffer;
use crate::types::{CpgCallbacks, CpgModelData, CpgModelV1};
use capi_ffi::{Attached, Handles};
use core_cpg::wire::ipc::FLAG_INITIAL_TOTEM_CONF;
use core_types::CsError;
use std::collections::BTreeMap;
use std::ffi::{c_int, c_void};
use std::sync::{Arc, Mutex, PoisonError};
use sys_client::cpg::{ATOMIC_MAX, Cpg};

/// `CPG_MODEL_V1`, the only model.
const MODEL_V1: u32 = 1;
/// `CPG_FLOW_CONTROL_DISABLED`, the only answer.
const FLOW_CONTROL_DISABLED: u32 = 0;

/// What a `cpg_handle_t` stands for.
pub(crate) struct Connection {
    pub(crate) cpg: Cpg,
    pub(crate) callbacks: CpgModelV1,
    pub(crate) attached: Attached,
    /// Handles of its iterations, which end with it.
    pub(crate) iterations: Mutex<Vec<u64>>,
    /// Its zero-copy buffers, by where the caller sees them.
    pub(crate) buffers: Mutex<BTreeMap<usize, Buffer>>,
}

static HANDLES: Handles<Connection> = Handles::new();

/// The connection of a handle.
pub(crate) fn connection(handle: u64) -> Result<Arc<Connection>, CsError> {
    HANDLES.get(handle)
}

fn initialize(callbacks: CpgModelV1, context: *mut c_void) -> Result<u64, CsError> {
    let connection = Connection {
        cpg: Cpg::connect(callbacks.flags)?,
        callbacks,
        attached: Attached::new(context),
        iterations: Mutex::default(),
        buffers: Mutex::default(),
    };
    if callbacks.flags & !FLAG_INITIAL_TOTEM_CONF != 0 {
        return Err(CsError::InvalidParam);
    }
    Ok(HANDLES.insert(Arc::new(connection)))
}

capi_ffi::export! {
    version "COROSYNC_CPG_1.0";

    /// `cpg_initialize(3)`: connects to the local corosync.
    ///
    /// # Safety
    /// `handle` is null or valid for a write; `callbacks` is null or valid, and its functions are callable until the
    /// handle is finalised.
    fn cpg_initialize(handle: *mut u64, callbacks: *mut CpgCallbacks) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: null or valid by this function's contract
        let functions = unsafe { callbacks.as_ref() };
        let mut model = CpgModelV1 { model: MODEL_V1, ..CpgModelV1::default() };
        if let Some(functions) = functions {
            (model.deliver, model.confchg) = (functions.deliver, functions.confchg);
        }
        let new = initialize(model, std::ptr::null_mut())?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, new) };
        Ok(())
    }

    /// `cpg_finalize(3)`: leaves the group and closes the connection. A dispatch that goes on ends after its callback.
    ///
    /// # Safety
    /// None.
    fn cpg_finalize(handle: u64) {
        let connection = connection(handle)?;
        if !connection.attached.finalize() {
            return Err(CsError::BadHandle);
        }
        let told = connection.cpg.finalize();
        crate::iterate::forget(&connection.iterations.lock().unwrap_or_else(PoisonError::into_inner));
        HANDLES.remove(handle)?;
        told
    }

    /// `cpg_fd_get(3)`: the descriptor that is readable when there is something to dispatch.
    ///
    /// # Safety
    /// `fd` is null or valid for a write.
    fn cpg_fd_get(handle: u64, fd: *mut c_int) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(fd, connection.cpg.fd()) }
    }

    /// `cpg_context_get(3)`: what the caller attached to the handle.
    ///
    /// # Safety
    /// `context` is null or valid for a write.
    fn cpg_context_get(handle: u64, context: *mut *mut c_void) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(context, connection.attached.context()) }
    }

    /// `cpg_context_set(3)`: attaches something to the handle.
    ///
    /// # Safety
    /// None: `context` is never looked at.
    fn cpg_context_set(handle: u64, context: *mut c_void) {
        connection(handle)?.attached.set_context(context);
        Ok(())
    }
}

capi_ffi::export! {
    /// `cpg_model_initialize(3)`: connects to the local corosync, with callbacks of a model.
    ///
    /// # Safety
    /// `handle` is null or valid for a write; `model_data` is null or a valid `cpg_model_v1_data_t`, and its functions
    /// are callable until the handle is finalised.
    fn cpg_model_initialize(handle: *mut u64, model: u32, model_data: *mut CpgModelData, context: *mut c_void) {
        if model != MODEL_V1 || handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: null or valid by this function's contract
        let data = unsafe { model_data.cast::<CpgModelV1>().as_ref() };
        let new = initialize(data.copied().unwrap_or_default(), context)?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, new) };
        Ok(())
    }

    /// `cpg_max_atomic_msgsize_get(3)`: the largest message that goes as one; larger ones go in parts.
    ///
    /// # Safety
    /// `size` is null or valid for a write.
    fn cpg_max_atomic_msgsize_get(handle: u64, size: *mut u32) {
        connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(size, ATOMIC_MAX as u32) }
    }

    /// `cpg_flow_control_state_get(3)`: always says that flow control is off, as the reference does.
    ///
    /// # Safety
    /// `state` is null or valid for a write.
    fn cpg_flow_control_state_get(handle: u64, state: *mut u32) {
        connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(state, FLOW_CONTROL_DISABLED) }
    }
}
