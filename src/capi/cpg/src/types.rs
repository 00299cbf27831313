//! The structures of `corosync/cpg.h`.

use core_cpg::wire::{Address, GroupName, NAME_MAX};
use core_types::CsError;
use std::ffi::c_void;

/// `struct cpg_name`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CpgName {
    pub(crate) length: u32,
    pub(crate) value: [u8; NAME_MAX],
}

impl From<&GroupName> for CpgName {
    fn from(group: &GroupName) -> Self {
        CpgName { length: group.length, value: group.value }
    }
}

/// A group's name that the caller passes in; CS_ERR_NAME_TOO_LONG when its length is past the end.
///
/// # Safety
/// Unless null, `name` is valid for reads of its `length` and, if that is at most 128, of all of it.
pub(crate) unsafe fn group(name: *const CpgName) -> Result<GroupName, CsError> {
    if name.is_null() {
        return Err(CsError::InvalidParam);
    }
    // SAFETY: not null, and its length is valid by the caller's contract
    let length = unsafe { (&raw const (*name).length).read() };
    if length as usize > NAME_MAX {
        return Err(CsError::NameTooLong);
    }
    // SAFETY: its length is in bounds, so all of it is valid by the caller's contract
    let value = unsafe { (&raw const (*name).value).read() };
    Ok(GroupName { length, pad: 0, value })
}

/// `struct cpg_address`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CpgAddress {
    nodeid: u32,
    pid: u32,
    reason: u32,
}

impl From<&Address> for CpgAddress {
    fn from(address: &Address) -> Self {
        CpgAddress { nodeid: address.nodeid, pid: address.pid, reason: address.reason }
    }
}

/// `struct cpg_iteration_description_t`.
#[repr(C)]
pub(crate) struct CpgIterationDescription {
    pub(crate) group: CpgName,
    pub(crate) nodeid: u32,
    pub(crate) pid: u32,
}

/// `struct cpg_ring_id`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CpgRingId {
    pub(crate) nodeid: u32,
    pub(crate) seq: u64,
}

/// `cpg_deliver_fn_t`.
pub(crate) type DeliverFn = unsafe extern "C" fn(u64, *const CpgName, u32, u32, *mut c_void, usize);
/// `cpg_confchg_fn_t`.
pub(crate) type ConfchgFn = unsafe extern "C" fn(
    u64,
    *const CpgName,
    *const CpgAddress,
    usize,
    *const CpgAddress,
    usize,
    *const CpgAddress,
    usize,
);
/// `cpg_totem_confchg_fn_t`.
pub(crate) type TotemConfchgFn = unsafe extern "C" fn(u64, CpgRingId, u32, *const u32);

/// `cpg_callbacks_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct CpgCallbacks {
    pub(crate) deliver: Option<DeliverFn>,
    pub(crate) confchg: Option<ConfchgFn>,
}

/// `cpg_model_data_t`: what the data of every model begin with.
#[repr(C)]
pub(crate) struct CpgModelData {
    model: u32,
}

/// `cpg_model_v1_data_t`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct CpgModelV1 {
    pub(crate) model: u32,
    pub(crate) deliver: Option<DeliverFn>,
    pub(crate) confchg: Option<ConfchgFn>,
    pub(crate) totem_confchg: Option<TotemConfchgFn>,
    pub(crate) flags: u32,
}

const _: () = {
    assert!(size_of::<CpgName>() == 132);
    assert!(size_of::<CpgAddress>() == 12);
    assert!(size_of::<CpgIterationDescription>() == 140);
    assert!(size_of::<CpgRingId>() == 16);
    assert!(size_of::<CpgModelV1>() == 40);
};
