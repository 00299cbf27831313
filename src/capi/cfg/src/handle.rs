//! Connections: their handles, descriptors and events.

use capi_ffi::{Attached, Handles};
use core_types::CsError;
use std::ffi::c_int;
use std::sync::Arc;
use sys_client::Dispatch;
use sys_client::cfg::Cfg;

/// `corosync_cfg_shutdown_callback_t`: the handle, and how the shutdown was asked for.
type ShutdownCallback = unsafe extern "C" fn(u64, u32);

/// `corosync_cfg_callbacks_t`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Callbacks {
    shutdown: Option<ShutdownCallback>,
}

/// What a `corosync_cfg_handle_t` stands for.
pub(crate) struct Connection {
    pub(crate) cfg: Cfg,
    callbacks: Callbacks,
    pub(crate) attached: Attached,
}

static HANDLES: Handles<Connection> = Handles::new();

/// The connection of a handle.
pub(crate) fn connection(handle: u64) -> Result<Arc<Connection>, CsError> {
    HANDLES.get(handle)
}

capi_ffi::export! {
    version "COROSYNC_CFG_0.82";

    /// Connects to the local corosync. `callbacks` may be null.
    ///
    /// # Safety
    /// `handle` is null or valid for a write, `callbacks` null or valid for a read; the functions in it may be
    /// called by `corosync_cfg_dispatch`.
    fn corosync_cfg_initialize(handle: *mut u64, callbacks: *const Callbacks) {
        if handle.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: null or valid for a read by this function's contract
        let callbacks = unsafe { callbacks.as_ref() }.copied().unwrap_or_default();
        let connection = Connection { cfg: Cfg::connect()?, callbacks, attached: Attached::default() };
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(handle, HANDLES.insert(Arc::new(connection))) };
        Ok(())
    }

    /// The descriptor that is readable when there is something to dispatch.
    ///
    /// # Safety
    /// `fd` is null or valid for a write.
    fn corosync_cfg_fd_get(handle: u64, fd: *mut c_int) {
        let connection = connection(handle)?;
        // SAFETY: null or valid for a write by this function's contract
        unsafe { capi_ffi::give(fd, connection.cfg.fd()) }
    }

    /// Calls the shutdown callback for each question. Flags that aren't any of `cs_dispatch_flags_t` block, as in
    /// the reference.
    ///
    /// # Safety
    /// The callback given to `corosync_cfg_initialize` may be called.
    fn corosync_cfg_dispatch(handle: u64, flags: u32) {
        let connection = connection(handle)?;
        let flags = Dispatch::from_number(flags).unwrap_or(Dispatch::Blocking);
        connection.cfg.dispatch(flags, |how| {
            if let Some(callback) = connection.callbacks.shutdown {
                // SAFETY: the caller said so in corosync_cfg_initialize
                unsafe { callback(handle, how) };
            }
            connection.attached.is_finalized()
        })
    }

    /// Closes a connection. A dispatch that goes on ends after its callback.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_finalize(handle: u64) {
        HANDLES.remove(handle)?.attached.finalize();
        Ok(())
    }

    /// Asks to be told of shutdowns. `flags` mean nothing.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_trackstart(handle: u64, flags: u8) {
        connection(handle)?.cfg.track_start(flags)
    }

    /// Undoes `corosync_cfg_trackstart`.
    ///
    /// # Safety
    /// None.
    fn corosync_cfg_trackstop(handle: u64) {
        connection(handle)?.cfg.track_stop()
    }
}
