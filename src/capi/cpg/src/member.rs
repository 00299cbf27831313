//! Being in a group: joining, leaving, sending, and who else is in it.

use crate::handle::connection;
use crate::types::{CpgAddress, CpgName, group};
use core_types::CsError;
use std::ffi::{c_int, c_uint};
use sys_client::cpg::PIECES_MAX;

capi_ffi::export! {
    version "COROSYNC_CPG_1.0";

    /// `cpg_join(3)`: joins a group; the change is told when it happened.
    ///
    /// # Safety
    /// `name` is null or a valid `cpg_name`.
    fn cpg_join(handle: u64, name: *const CpgName) {
        // SAFETY: null or valid by this function's contract
        let group = unsafe { group(name) }?;
        connection(handle)?.cpg.join(group)
    }

    /// `cpg_leave(3)`: leaves the group; the change is told when it happened.
    ///
    /// # Safety
    /// `name` is null or a valid `cpg_name`.
    fn cpg_leave(handle: u64, name: *const CpgName) {
        // SAFETY: null or valid by this function's contract
        let group = unsafe { group(name) }?;
        connection(handle)?.cpg.leave(group)
    }

    /// `cpg_mcast_joined(3)`: sends a message to the group that was joined. CS_ERR_TRY_AGAIN: nothing was sent, there
    /// is no room now. At most 63 pieces.
    ///
    /// # Safety
    /// `pieces` is null or valid for reads of `count` entries, each of which tells of bytes valid for reads.
    fn cpg_mcast_joined(handle: u64, guarantee: u32, pieces: *const libc::iovec, count: c_uint) {
        let connection = connection(handle)?;
        let count = count as usize;
        if count > PIECES_MAX || (pieces.is_null() && count > 0) {
            return Err(CsError::InvalidParam);
        }
        let mut slices: [&[u8]; PIECES_MAX] = [&[]; PIECES_MAX];
        for (index, slice) in slices.iter_mut().take(count).enumerate() {
            // SAFETY: not null, and valid for `count` entries by this function's contract
            let piece = unsafe { pieces.add(index).read() };
            // SAFETY: each entry's bytes are valid by this function's contract
            *slice = unsafe { capi_ffi::bytes(piece.iov_base.cast(), piece.iov_len) }?;
        }
        connection.cpg.mcast(guarantee, &slices[..count])
    }

    /// `cpg_membership_get(3)`: who is in a group.
    ///
    /// # Safety
    /// `name` is null or a valid `cpg_name`; `members` is null or has room for as many as there are (the header says
    /// `CPG_MEMBERS_MAX`); `count` is null or valid for a write.
    fn cpg_membership_get(handle: u64, name: *mut CpgName, members: *mut CpgAddress, count: *mut c_int) {
        // SAFETY: null or valid by this function's contract
        let group = unsafe { group(name) }?;
        if members.is_null() || count.is_null() {
            return Err(CsError::InvalidParam);
        }
        let found = connection(handle)?.cpg.membership(group)?;
        for (index, member) in found.iter().enumerate() {
            // SAFETY: there is room for all members by this function's contract
            unsafe { members.add(index).write(member.into()) };
        }
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(count, found.len() as c_int) };
        Ok(())
    }
}

capi_ffi::export! {
    /// `cpg_local_get(3)`: the local node's id.
    ///
    /// # Safety
    /// `nodeid` is null or valid for a write.
    fn cpg_local_get(handle: u64, nodeid: *mut c_uint) {
        let connection = connection(handle)?;
        if nodeid.is_null() {
            return Err(CsError::InvalidParam);
        }
        let local = connection.cpg.local_get()?;
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(nodeid, local) };
        Ok(())
    }
}
