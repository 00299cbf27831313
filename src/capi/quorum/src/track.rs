//! What the daemon is asked.

use crate::handle::connection;
use core_types::CsError;
use std::ffi::{c_int, c_uint};

capi_ffi::export! {
    version "COROSYNC_QUORUM_1.0";

    /// `quorum_getquorate(3)`: whether this partition has quorum.
    ///
    /// # Safety
    /// `quorate` is null or valid for a write.
    fn quorum_getquorate(handle: u64, quorate: *mut c_int) {
        let connection = connection(handle)?;
        if quorate.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(quorate, connection.quorum.is_quorate()? as c_int) };
        Ok(())
    }
}

capi_ffi::export! {
    /// `quorum_trackstart(3)`: asks for events (`CS_TRACK_*`).
    ///
    /// # Safety
    /// None.
    fn quorum_trackstart(handle: u64, flags: c_uint) {
        connection(handle)?.quorum.track_start(flags)
    }

    /// `quorum_trackstop(3)`: no more events. Without a start it is no error.
    ///
    /// # Safety
    /// None.
    fn quorum_trackstop(handle: u64) {
        connection(handle)?.quorum.track_stop()
    }
}
