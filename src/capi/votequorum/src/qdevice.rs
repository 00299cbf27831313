//! What a quorum device says. The name is checked before the handle, as in the reference.

use crate::handle::connection;
use capi_ffi::CRingId;
use core_types::CsError;
use core_votequorum::wire::NameField;
use std::ffi::{c_char, c_uint};
use sys_client::votequorum::device_name;

/// A device's name that the caller passes in; CS_ERR_INVALID_PARAM when it is null, empty or too long.
///
/// # Safety
/// Unless null, `name` is a NUL-terminated string.
unsafe fn name_of(name: *const c_char) -> Result<NameField, CsError> {
    // SAFETY: the caller's contract, passed on
    device_name(unsafe { capi_ffi::c_str(name) }?)
}

capi_ffi::export! {
    version "COROSYNC_VOTEQUORUM_1.0";

    /// `votequorum_qdevice_register(3)`: registers a quorum device with the local node.
    ///
    /// # Safety
    /// `name` is null or a NUL-terminated string.
    fn votequorum_qdevice_register(handle: u64, name: *const c_char) {
        // SAFETY: null or a string by this function's contract
        let name = unsafe { name_of(name) }?;
        connection(handle)?.votequorum.qdevice_register(name)
    }

    /// `votequorum_qdevice_unregister(3)`: takes it back.
    ///
    /// # Safety
    /// `name` is null or a NUL-terminated string.
    fn votequorum_qdevice_unregister(handle: u64, name: *const c_char) {
        // SAFETY: null or a string by this function's contract
        let name = unsafe { name_of(name) }?;
        connection(handle)?.votequorum.qdevice_unregister(name)
    }

    /// `votequorum_qdevice_poll(3)`: the device is alive; it gives its vote in that ring when `cast_vote` isn't 0.
    ///
    /// # Safety
    /// `name` is null or a NUL-terminated string.
    fn votequorum_qdevice_poll(handle: u64, name: *const c_char, cast_vote: c_uint, ring: CRingId) {
        // SAFETY: null or a string by this function's contract
        let name = unsafe { name_of(name) }?;
        connection(handle)?.votequorum.qdevice_poll(name, cast_vote, ring.into())
    }
}

capi_ffi::export! {
    /// `votequorum_qdevice_update(3)`: gives the registered device another name.
    ///
    /// # Safety
    /// Each name is null or a NUL-terminated string.
    fn votequorum_qdevice_update(handle: u64, oldname: *const c_char, newname: *const c_char) {
        // SAFETY: null or strings by this function's contract
        let (old, new) = unsafe { (name_of(oldname)?, name_of(newname)?) };
        connection(handle)?.votequorum.qdevice_update(old, new)
    }

    /// `votequorum_qdevice_master_wins(3)`: whether the partition with the device's vote has quorum in any case.
    ///
    /// # Safety
    /// `name` is null or a NUL-terminated string.
    fn votequorum_qdevice_master_wins(handle: u64, name: *const c_char, allow: c_uint) {
        // SAFETY: null or a string by this function's contract
        let name = unsafe { name_of(name) }?;
        connection(handle)?.votequorum.qdevice_master_wins(name, allow)
    }
}
