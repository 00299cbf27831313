//! `libsam.so.4`: a process that forks itself and is watched, warned, killed and started anew by its parent.
//!
//! Counterpart: `lib/sam.c` (3.1.7), man page `sam_overview(3)`. As there, a process has one SAM: its state is the
//! library's. Who calls `sam_register` becomes the parent and stays in that call for good; the child returns from it.

mod child;
mod health;
mod keys;
mod quorum;
mod state;
mod supervisor;
mod talk;

use core_types::CsError;
use health::HealthCallback;
use std::ffi::{c_int, c_uint, c_void};

capi_ffi::export! {
    version "COROSYNC_SAM_1.0";

    /// `sam_finalize(3)`: stops the supervision and forgets the stored data.
    ///
    /// # Safety
    /// None.
    fn sam_finalize() {
        child::finalize()
    }

    /// `sam_start(3)`: from now on the parent expects health checks, and recovers.
    ///
    /// # Safety
    /// None.
    fn sam_start() {
        child::start()
    }

    /// `sam_stop(3)`: undoes `sam_start`.
    ///
    /// # Safety
    /// None.
    fn sam_stop() {
        child::stop()
    }

    /// `sam_hc_send(3)`: tells the parent that all is well.
    ///
    /// # Safety
    /// None.
    fn sam_hc_send() {
        child::health_check()
    }

    /// `sam_hc_callback_register(3)`: has a thread ask `callback` whether all is well and tell the parent.
    ///
    /// # Safety
    /// `callback` is null or a function that any thread may call.
    fn sam_hc_callback_register(callback: Option<HealthCallback>) {
        health::register(callback)
    }

    /// `sam_register(3)`: forks. The child returns, now and after each recovery; `instance` (may be null) tells it
    /// how many there were. The parent returns only with an error.
    ///
    /// # Safety
    /// `instance` is null or valid for a write. The process may fork here.
    fn sam_register(instance: *mut c_uint) {
        let number = supervisor::register()?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::set(instance, number) };
        Ok(())
    }
}

capi_ffi::export! {
    /// `sam_initialize(3)`: `interval` is in milliseconds, 0 for no health checks.
    ///
    /// # Safety
    /// None.
    fn sam_initialize(interval: c_int, policy: c_uint) {
        state::initialize(interval, policy)
    }

    /// `sam_warn_signal_set(3)`: what the parent sends before it kills; SIGTERM unless set.
    ///
    /// # Safety
    /// None.
    fn sam_warn_signal_set(signal: c_int) {
        child::set_warn_signal(signal)
    }

    /// `sam_mark_failed(3)`: has the parent kill this process and mark it failed in the map.
    ///
    /// # Safety
    /// None.
    fn sam_mark_failed() {
        child::mark_failed()
    }

    /// `sam_data_getsize(3)`: how many bytes are stored.
    ///
    /// # Safety
    /// `size` is null or valid for a write.
    fn sam_data_getsize(size: *mut usize) {
        if size.is_null() {
            return Err(CsError::InvalidParam);
        }
        let stored = state::data()?.len();
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(size, stored) };
        Ok(())
    }

    /// `sam_data_restore(3)`: what is stored; CS_ERR_INVALID_PARAM when `size` bytes are too few for it.
    ///
    /// # Safety
    /// `data` is null or valid for writes of `size` bytes.
    fn sam_data_restore(data: *mut c_void, size: usize) {
        if data.is_null() {
            return Err(CsError::InvalidParam);
        }
        let stored = state::data()?;
        if size < stored.len() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: `data` has room for `size` bytes by this function's contract, which is enough, and what is stored is ours
        unsafe { data.cast::<u8>().copy_from_nonoverlapping(stored.as_ptr(), stored.len()) };
        Ok(())
    }

    /// `sam_data_store(3)`: keeps bytes over recoveries; null forgets them.
    ///
    /// # Safety
    /// `data` is null or valid for reads of `size` bytes.
    fn sam_data_store(data: *const c_void, size: usize) {
        let size = if data.is_null() { 0 } else { size };
        // SAFETY: no bytes or as many as `data` is valid for
        let bytes = unsafe { capi_ffi::bytes(data.cast(), size) };
        child::store(bytes)
    }
}
