//! Iterations over groups and their members.

use crate::handle::{Connection, connection};
use crate::types::{CpgIterationDescription, CpgName, group};
use capi_ffi::Handles;
use core_cpg::wire::ipc::iteration;
use core_types::CsError;
use std::sync::{Arc, PoisonError};

/// What a `cpg_iteration_handle_t` stands for.
struct Iteration {
    connection: Arc<Connection>,
    /// The daemon's handle.
    handle: u64,
}

static HANDLES: Handles<Iteration> = Handles::new();

/// Ends iterations whose connection ends.
pub(crate) fn forget(handles: &[u64]) {
    for &handle in handles {
        // it may have been finalised by another thread meanwhile
        let _ = HANDLES.remove(handle);
    }
}

capi_ffi::export! {
    /// `cpg_iteration_initialize(3)`: starts an iteration over what is there now.
    ///
    /// # Safety
    /// `name` is null or a valid `cpg_name`; `iteration` is null or valid for a write.
    fn cpg_iteration_initialize(handle: u64, kind: u32, name: *const CpgName, iteration: *mut u64) {
        // SAFETY: null or valid by this function's contract
        let group = if name.is_null() { None } else { Some(unsafe { group(name) }?) };
        let one_group = kind == iteration::ONE_GROUP;
        if iteration.is_null() || one_group != group.is_some() {
            return Err(CsError::InvalidParam);
        }
        if !matches!(kind, iteration::NAME_ONLY | iteration::ONE_GROUP | iteration::ALL) {
            return Err(CsError::InvalidParam);
        }
        let connection = connection(handle)?;
        let daemons = connection.cpg.iteration_initialize(kind, group)?;
        let new = HANDLES.insert(Arc::new(Iteration { connection: connection.clone(), handle: daemons }));
        connection.iterations.lock().unwrap_or_else(PoisonError::into_inner).push(new);
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(iteration, new) };
        Ok(())
    }

    /// `cpg_iteration_next(3)`: the next group or member; CS_ERR_NO_SECTIONS after the last.
    ///
    /// # Safety
    /// `description` is null or valid for a write.
    fn cpg_iteration_next(handle: u64, description: *mut CpgIterationDescription) {
        if description.is_null() {
            return Err(CsError::InvalidParam);
        }
        let iteration = HANDLES.get(handle)?;
        let (group, nodeid, pid) = iteration.connection.cpg.iteration_next(iteration.handle)?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(description, CpgIterationDescription { group: (&group).into(), nodeid, pid }) };
        Ok(())
    }

    /// `cpg_iteration_finalize(3)`: ends an iteration.
    ///
    /// # Safety
    /// None.
    fn cpg_iteration_finalize(handle: u64) {
        let iteration = HANDLES.get(handle)?;
        iteration.connection.cpg.iteration_finalize(iteration.handle)?;
        HANDLES.remove(handle)?;
        iteration.connection.iterations.lock().unwrap_or_else(PoisonError::into_inner).retain(|&other| other != handle);
        Ok(())
    }
}
