//! Orders to the daemon.

use crate::handle::connection;
use core_types::CsError;
use core_types::mar::NAME_MAX;
use std::ffi::{c_char, c_uint};

capi_ffi::export! {
    /// Kills a member of the ring; its log tells the reason, which is shorter than 256 bytes.
    ///
    /// # Safety
    /// `reason` is null or a NUL-terminated string.
    fn corosync_cfg_kill_node(handle: u64, nodeid: c_uint, reason: *const c_char) {
        // SAFETY: null or a string by this function's contract
        let reason = unsafe { capi_ffi::c_str(reason) }?;
        if reason.len() >= NAME_MAX {
            return Err(CsError::NameTooLong);
        }
        connection(handle)?.cfg.kill_node(nodeid, reason)
    }

    /// Shuts the local node down, as `flags` (`corosync_cfg_shutdown_flags_t`) say; waits for the decision.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_try_shutdown(handle: u64, flags: c_uint) {
        connection(handle)?.cfg.try_shutdown(flags)
    }

    /// Answers a shutdown's question: 0 for no.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_replyto_shutdown(handle: u64, response: c_uint) {
        connection(handle)?.cfg.reply_to_shutdown(response)
    }

    /// Has every node read corosync.conf again.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_reload_config(handle: u64) {
        connection(handle)?.cfg.reload_config()
    }

    /// Has the daemon open its log files again.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_reopen_log_files(handle: u64) {
        connection(handle)?.cfg.reopen_log_files()
    }

    /// The local node's id.
    ///
    /// # Safety
    /// `nodeid` is null or valid for a write.
    fn corosync_cfg_local_get(handle: u64, nodeid: *mut c_uint) {
        let connection = connection(handle)?;
        if nodeid.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(nodeid, connection.cfg.local_node()?) };
        Ok(())
    }
}
