//! Events: the caller's functions are called for each.

use crate::handle::connection;
use capi_ffi::CRingId;
use sys_client::Dispatch;
use sys_client::quorum::Event;

/// `quorum_notification_fn_t`: handle, quorate, ring, members.
type NotifyV0 = unsafe extern "C" fn(u64, u32, u64, u32, *mut u32);
/// `quorum_v1_quorum_notification_fn_t`: handle, quorate, ring, members.
type QuorumV1 = unsafe extern "C" fn(u64, u32, CRingId, u32, *const u32);
/// `quorum_v1_nodelist_notification_fn_t`: handle, ring, members, joined, left.
type NodelistV1 = unsafe extern "C" fn(u64, CRingId, u32, *const u32, u32, *const u32, u32, *const u32);

/// `quorum_callbacks_t`.
#[repr(C)]
pub(crate) struct Callbacks {
    pub(crate) notify: Option<NotifyV0>,
}

/// `quorum_model_data_t`: what the data of every model begin with.
#[repr(C)]
pub(crate) struct ModelData {
    model: u32,
}

/// `quorum_model_v0_data_t`. Its model isn't looked at.
#[repr(C)]
pub(crate) struct ModelV0 {
    model: u32,
    pub(crate) notify: Option<NotifyV0>,
}

/// `quorum_model_v1_data_t`. Its model isn't looked at.
#[repr(C)]
pub(crate) struct ModelV1 {
    model: u32,
    pub(crate) quorum: Option<QuorumV1>,
    pub(crate) nodelist: Option<NodelistV1>,
}

/// The caller's functions, by model.
pub(crate) enum Functions {
    V0 { notify: Option<NotifyV0> },
    V1 { quorum: Option<QuorumV1>, nodelist: Option<NodelistV1> },
}

/// Calls the caller's function for an event, if it gave one.
fn tell(handle: u64, functions: &Functions, event: Event) {
    match (functions, event) {
        (&Functions::V0 { notify: Some(notify) }, Event::Quorum { quorate, ring, mut members }) => {
            // SAFETY: quorum_initialize's contract: callable until the handle is finalised; the list lives until the
            // call returns and is the callee's to change
            unsafe { notify(handle, quorate, ring.seq, members.len() as u32, members.as_mut_ptr()) };
        }
        (&Functions::V1 { quorum: Some(notify), .. }, Event::Quorum { quorate, ring, members }) => {
            // SAFETY: quorum_model_initialize's contract; the list lives until the call returns
            unsafe { notify(handle, quorate, ring.into(), members.len() as u32, members.as_ptr()) };
        }
        (&Functions::V1 { nodelist: Some(notify), .. }, Event::Nodelist { ring, members, joined, left }) => {
            let [members, joined, left] = [&members, &joined, &left].map(|list| (list.len() as u32, list.as_ptr()));
            // SAFETY: quorum_model_initialize's contract; the lists live until the call returns
            unsafe { notify(handle, ring.into(), members.0, members.1, joined.0, joined.1, left.0, left.1) };
        }
        _ => {}
    }
}

capi_ffi::export! {
    version "COROSYNC_QUORUM_1.0";

    /// `quorum_dispatch(3)`: calls the functions given when the handle was made for what came.
    ///
    /// # Safety
    /// Those functions are callable.
    fn quorum_dispatch(handle: u64, dispatch_types: u32) {
        let flags = Dispatch::from_number(dispatch_types)?;
        let connection = connection(handle)?;
        connection.quorum.dispatch(flags, |event| {
            tell(handle, &connection.functions, event);
            connection.attached.is_finalized()
        })
    }
}
