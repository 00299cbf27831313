//! Events: the caller's functions are called for each.

use crate::handle::connection;
use capi_ffi::CRingId;
use core_votequorum::wire::ipc::ListedNode;
use sys_client::Dispatch;
use sys_client::votequorum::Event;

/// `votequorum_quorum_notification_fn_t`: handle, context, quorate, nodes (`votequorum_node_t` is laid out as
/// [`ListedNode`]).
type QuorumNotify = unsafe extern "C" fn(u64, u64, u32, u32, *mut ListedNode);
/// `votequorum_expectedvotes_notification_fn_t`: handle, context, votes.
type ExpectedVotesNotify = unsafe extern "C" fn(u64, u64, u32);
/// `votequorum_nodelist_notification_fn_t`: handle, context, ring, members.
type NodelistNotify = unsafe extern "C" fn(u64, u64, CRingId, u32, *mut u32);

/// `votequorum_callbacks_t`.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Callbacks {
    quorum: Option<QuorumNotify>,
    expected_votes: Option<ExpectedVotesNotify>,
    nodelist: Option<NodelistNotify>,
}

/// Calls the caller's function for an event, if it gave one.
fn tell(handle: u64, callbacks: &Callbacks, event: Event) {
    match event {
        Event::Quorum { context, quorate, mut nodes } => {
            let Some(notify) = callbacks.quorum else { return };
            // SAFETY: votequorum_initialize's contract: callable until the handle is finalised; the list lives until
            // the call returns and is the callee's to change
            unsafe { notify(handle, context, quorate, nodes.len() as u32, nodes.as_mut_ptr()) };
        }
        Event::Nodelist { context, ring, mut members } => {
            let Some(notify) = callbacks.nodelist else { return };
            // SAFETY: as above
            unsafe { notify(handle, context, ring.into(), members.len() as u32, members.as_mut_ptr()) };
        }
        Event::ExpectedVotes { context, votes } => {
            let Some(notify) = callbacks.expected_votes else { return };
            // SAFETY: votequorum_initialize's contract: callable until the handle is finalised
            unsafe { notify(handle, context, votes) };
        }
    }
}

capi_ffi::export! {
    /// `votequorum_dispatch(3)`: calls the functions given to `votequorum_initialize` for what came.
    ///
    /// # Safety
    /// Those functions are callable.
    fn votequorum_dispatch(handle: u64, dispatch_types: u32) {
        let flags = Dispatch::from_number(dispatch_types)?;
        let connection = connection(handle)?;
        connection.votequorum.dispatch(flags, |event| {
            tell(handle, &connection.callbacks, event);
            connection.attached.is_finalized()
        })
    }
}
