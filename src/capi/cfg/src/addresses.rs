//! A node's addresses as socket addresses.

use crate::handle::connection;
use core_types::CsError;
use std::ffi::{c_int, c_uint};
use std::net::IpAddr;

/// Bytes of a `corosync_cfg_node_address_t`'s address (`struct sockaddr_in6`).
const ROOM: usize = size_of::<libc::sockaddr_in6>();

/// `corosync_cfg_node_address_t`.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct NodeAddress {
    length: c_int,
    /// A `sockaddr_in` or `sockaddr_in6` of which family and address are meaningful.
    address: [u8; ROOM],
}

impl NodeAddress {
    /// Fills in length, family (0 for an address of zeros) and address, and leaves the rest, as the reference does.
    fn fill(&mut self, address: IpAddr) {
        let (length, family, place) = match address {
            IpAddr::V4(_) => (size_of::<libc::sockaddr_in>(), libc::AF_INET, 4),
            IpAddr::V6(_) => (ROOM, libc::AF_INET6, 8),
        };
        let family = if address.is_unspecified() { 0 } else { family as u16 };
        self.length = length as c_int;
        self.address[..2].copy_from_slice(&family.to_ne_bytes());
        match address {
            IpAddr::V4(v4) => self.address[place..place + 4].copy_from_slice(&v4.octets()),
            IpAddr::V6(v6) => self.address[place..place + 16].copy_from_slice(&v6.octets()),
        }
    }
}

capi_ffi::export! {
    /// A node's addresses, at most `room` of them; `count` tells how many it has. Node 0 is the local one.
    ///
    /// # Safety
    /// `count` is null or valid for a write, `addresses` null or valid for reads and writes of `room` elements.
    fn corosync_cfg_get_node_addrs(
        handle: u64, nodeid: c_uint, room: usize, count: *mut c_int, addresses: *mut NodeAddress,
    ) {
        let connection = connection(handle)?;
        if count.is_null() || (addresses.is_null() && room > 0) {
            return Err(CsError::InvalidParam);
        }
        let found = connection.cfg.node_addresses(nodeid)?;
        for (at, &address) in found.iter().take(room).enumerate() {
            // SAFETY: in the caller's array, which has `room` elements
            let place = unsafe { addresses.add(at).as_mut() };
            if let Some(place) = place {
                place.fill(address);
            }
        }
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(count, found.len() as c_int) };
        Ok(())
    }
}
