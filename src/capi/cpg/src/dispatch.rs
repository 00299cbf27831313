//! Events: the caller's functions are called for each.

use crate::handle::{Connection, connection};
use crate::types::{CpgAddress, CpgName, CpgRingId};
use core_cpg::wire::Address;
use sys_client::Dispatch;
use sys_client::cpg::Event;

fn c_addresses(list: &[Address]) -> Vec<CpgAddress> {
    list.iter().map(CpgAddress::from).collect()
}

/// Calls the caller's function for an event, if it gave one.
fn tell(handle: u64, connection: &Connection, event: Event<'_>) {
    let functions = &connection.callbacks;
    match event {
        Event::Message { group, nodeid, pid, bytes } => {
            let Some(deliver) = functions.deliver else { return };
            let name = CpgName::from(&group);
            // SAFETY: cpg_initialize's contract: callable until the handle is finalised; cpg.h: the message may be
            // changed in place, and it is borrowed mutably here
            unsafe { deliver(handle, &raw const name, nodeid, pid, bytes.as_mut_ptr().cast(), bytes.len()) };
        }
        Event::Change { group, members, left, joined } => {
            let Some(confchg) = functions.confchg else { return };
            let name = CpgName::from(&group);
            let (members, left, joined) = (c_addresses(members), c_addresses(left), c_addresses(joined));
            // SAFETY: cpg_initialize's contract; the lists live until the call returns
            unsafe {
                confchg(
                    handle,
                    &raw const name,
                    members.as_ptr(),
                    members.len(),
                    left.as_ptr(),
                    left.len(),
                    joined.as_ptr(),
                    joined.len(),
                );
            };
        }
        Event::Totem { ring, members } => {
            let Some(totem_confchg) = functions.totem_confchg else { return };
            let ring = CpgRingId { nodeid: ring.representative.0, seq: ring.seq };
            // SAFETY: cpg_initialize's contract; the list lives until the call returns
            unsafe { totem_confchg(handle, ring, members.len() as u32, members.as_ptr()) };
        }
    }
}

capi_ffi::export! {
    version "COROSYNC_CPG_1.0";

    /// `cpg_dispatch(3)`: calls the functions given to `cpg_initialize` for what came. Numbers that name no way to
    /// dispatch mean CS_DISPATCH_BLOCKING, as in the reference.
    ///
    /// # Safety
    /// The functions given to `cpg_initialize` are callable.
    fn cpg_dispatch(handle: u64, dispatch_types: u32) {
        let connection = connection(handle)?;
        let flags = Dispatch::from_number(dispatch_types).unwrap_or(Dispatch::Blocking);
        connection.cpg.dispatch(flags, |event| {
            if let Some(event) = event {
                tell(handle, &connection, event);
            }
            connection.attached.is_finalized()
        })
    }
}
