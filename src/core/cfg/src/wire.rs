//! cfg's messages: client requests, replies and events (`ipc_cfg.h`), and what the daemons multicast (`exec/cfg.c`),
//! laid out as on x86-64.

use core_types::mar::{MarName, MessageSource, RequestHeader, ResponseHeader};
pub use core_types::mar::{NumberReply, NumberRequest};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The socket that clients connect to.
pub const SERVICE: &str = "cfg";

/// A client's requests (`req_lib_cfg_types`).
pub mod request {
    /// The header alone.
    pub const RING_STATUS: i32 = 0;
    /// The header alone; always refused.
    pub const RING_REENABLE: i32 = 1;
    /// [`super::KillRequest`].
    pub const KILL_NODE: i32 = 2;
    /// [`super::NumberRequest`]: how ([`super::shutdown`]).
    pub const TRY_SHUTDOWN: i32 = 3;
    /// [`super::NumberRequest`]: 0 for no.
    pub const REPLY_TO_SHUTDOWN: i32 = 4;
    /// [`super::NumberRequest`]: the node, 0 for the local one.
    pub const NODE_ADDRESSES: i32 = 5;
    /// The header alone.
    pub const LOCAL_GET: i32 = 6;
    /// The header alone.
    pub const RELOAD: i32 = 7;
    /// The header alone.
    pub const REOPEN_LOGS: i32 = 8;
    /// [`super::NodeStatusRequest`].
    pub const NODE_STATUS: i32 = 9;
    /// [`super::TrackRequest`].
    pub const TRACK_START: i32 = 10;
    /// The header alone.
    pub const TRACK_STOP: i32 = 11;
}

/// Replies and events (`res_lib_cfg_types`).
pub mod response {
    /// [`super::RingStatusReply`].
    pub const RING_STATUS: i32 = 0;
    /// The header alone.
    pub const RING_REENABLE: i32 = 1;
    /// The header alone.
    pub const TRACK_START: i32 = 2;
    /// The header alone.
    pub const TRACK_STOP: i32 = 3;
    /// The header alone.
    pub const KILL_NODE: i32 = 8;
    /// The header alone; sent when the shutdown is decided.
    pub const TRY_SHUTDOWN: i32 = 9;
    /// The event [`super::NumberReply`]: somebody asks for a shutdown, and how.
    pub const TEST_SHUTDOWN: i32 = 10;
    /// [`super::AddressesReply`], then the addresses.
    pub const NODE_ADDRESSES: i32 = 11;
    /// [`super::NumberReply`]: the local node.
    pub const LOCAL_GET: i32 = 12;
    /// The header alone.
    pub const REPLY_TO_SHUTDOWN: i32 = 13;
    /// The header alone.
    pub const RELOAD: i32 = 14;
    /// The header alone.
    pub const REOPEN_LOGS: i32 = 15;
    /// [`super::NodeStatusReply`], or without the status when that can't be had.
    pub const NODE_STATUS: i32 = 16;
}

/// How to shut down (`corosync_cfg_shutdown_flags_t`).
pub mod shutdown {
    /// Every tracker must agree.
    pub const REQUEST: u32 = 0;
    /// Trackers are asked, and their answers don't matter.
    pub const REGARDLESS: u32 = 1;
    /// Nobody is asked.
    pub const IMMEDIATE: u32 = 2;
}

/// What the daemons multicast (`cfg_message_req_types`).
pub mod exec {
    /// Nothing is done with it any more.
    pub const RING_REENABLE: u16 = 0;
    /// [`super::KillMessage`].
    pub const KILL_NODE: u16 = 1;
    /// The header alone: the sender shuts down.
    pub const SHUTDOWN: u16 = 2;
    /// [`super::ReloadMessage`].
    pub const RELOAD: u16 = 3;
    /// [`super::CryptoMessage`].
    pub const CRYPTO_RECONFIG: u16 = 4;
    /// How many kinds there are.
    pub const COUNT: u16 = 5;
}

/// Longest name of an interface, NUL included (`CFG_INTERFACE_NAME_MAX_LEN`).
pub const INTERFACE_NAME_MAX: usize = 128;
/// Longest status of an interface, NUL included (`CFG_INTERFACE_STATUS_MAX_LEN`).
pub const INTERFACE_STATUS_MAX: usize = 512;
/// Interfaces that a reply has room for (`CFG_MAX_INTERFACES`).
pub const INTERFACES_MAX: usize = 16;
/// Longest printed address, NUL included (`CFG_MAX_HOST_LEN`).
pub const HOST_MAX: usize = 256;
/// Links that a node's status has room for (`CFG_MAX_LINKS`).
pub const LINKS_MAX: usize = 8;
/// The one version of a node's status (`CFG_NODE_STATUS_V1`).
pub const NODE_STATUS_V1: u32 = 1;
/// Bytes of each address in a reply (`TOTEMIP_ADDRLEN`).
pub const ADDRESS_LEN: usize = 16;

/// Bytes of a [`NumberRequest`] that count: a sender may leave out the padding.
pub const NUMBER_REQUEST_MIN: usize = 20;

/// `cs_name_t`: as [`MarName`], without the room before the bytes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct CsName {
    /// Bytes used of `value`.
    pub length: u16,
    /// The name and its NUL.
    pub value: [u8; 256],
}

/// `req_lib_cfg_killnode`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct KillRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The node to kill.
    pub nodeid: u32,
    /// Unused.
    pub pad0: u32,
    /// Why, for its log; the length includes the NUL.
    pub reason: CsName,
    /// Unused.
    pub pad1: [u8; 6],
}

/// `req_lib_cfg_nodestatusget`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NodeStatusRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// Of which node.
    pub nodeid: u32,
    /// Unused.
    pub pad0: u32,
    /// Which structure is wanted: [`NODE_STATUS_V1`].
    pub version: u32,
    /// Unused.
    pub pad1: u32,
}

/// `req_lib_cfg_trackstart`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct TrackRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// Unused by the daemon.
    pub flags: u8,
    /// Unused.
    pub pad: [u8; 7],
}

/// `res_lib_cfg_ringstatusget`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct RingStatusReply {
    /// Its size and kind, and the error.
    pub header: ResponseHeader,
    /// How many interfaces follow.
    pub count: u32,
    /// Unused.
    pub pad: u32,
    /// Each interface's number and address, NUL-terminated.
    pub names: [[u8; INTERFACE_NAME_MAX]; INTERFACES_MAX],
    /// Each interface's status, NUL-terminated.
    pub statuses: [[u8; INTERFACE_STATUS_MAX]; INTERFACES_MAX],
}

/// `corosync_knet_link_status_v1`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LinkStatusV1 {
    /// Whether it may be used.
    pub enabled: u8,
    /// Whether the other end answers.
    pub connected: u8,
    /// Whether the other end's address was learned.
    pub dynconnected: u8,
    /// Unused.
    pub pad: u8,
    /// Usable payload, in bytes.
    pub mtu: u32,
    /// The local end, printed, NUL-terminated.
    pub source: [u8; HOST_MAX],
    /// The other end, printed, NUL-terminated.
    pub destination: [u8; HOST_MAX],
}

/// `corosync_cfg_node_status_v1`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct NodeStatusV1 {
    /// [`NODE_STATUS_V1`].
    pub version: u32,
    /// The node.
    pub nodeid: u32,
    /// Whether any link reaches it.
    pub reachable: u8,
    /// Whether it is reached through another node.
    pub remote: u8,
    /// Whether it is reached through an external device.
    pub external: u8,
    /// Lowest onwire protocol it speaks.
    pub onwire_min: u8,
    /// Highest onwire protocol it speaks.
    pub onwire_max: u8,
    /// The one in use.
    pub onwire_version: u8,
    /// Unused.
    pub pad: [u8; 2],
    /// Its links, by their numbers.
    pub links: [LinkStatusV1; LINKS_MAX],
}

/// `res_lib_cfg_nodestatusget_v1`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NodeStatusReply {
    /// Its size and kind, and the error.
    pub header: ResponseHeader,
    /// The status.
    pub status: NodeStatusV1,
}

/// `res_lib_cfg_get_node_addrs`; `count` times [`ADDRESS_LEN`] bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct AddressesReply {
    /// Its size and kind, and the error.
    pub header: ResponseHeader,
    /// `AF_INET` or `AF_INET6`: of the first address.
    pub family: u32,
    /// How many.
    pub count: u32,
}

/// What follows the header of [`exec::KILL_NODE`] (`req_exec_cfg_killnode`).
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct KillMessage {
    /// The node to kill.
    pub nodeid: u32,
    /// Unused.
    pub pad: u32,
    /// Why; the length includes the NUL.
    pub reason: MarName,
}

impl KillMessage {
    /// In our byte order, from a sender with the other one.
    pub fn swapped(mut self) -> Self {
        self.nodeid = self.nodeid.swap_bytes();
        self.reason.length = self.reason.length.swap_bytes();
        self
    }
}

/// What follows the header of [`exec::RELOAD`] (`req_exec_cfg_reload_config`); only its sender reads it.
pub type ReloadMessage = MessageSource;

/// What follows the header of [`exec::CRYPTO_RECONFIG`]; only its sender reads it.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct CryptoMessage {
    /// 1: use the new keys; 2: forget the old ones.
    pub phase: u32,
    /// Unused.
    pub pad: u32,
}

/// A text in a fixed field, with its NUL; `None` when it doesn't fit.
pub fn text_field<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut field = [0; N];
    (text.len() < N).then(|| field[..text.len()].copy_from_slice(text.as_bytes()))?;
    Some(field)
}

/// The text of a fixed field, up to its NUL or its end.
pub fn field_text(field: &[u8]) -> &[u8] {
    field.split(|&byte| byte == 0).next().unwrap_or(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::{offset_of, size_of};

    /// Against `sizeof` and `offsetof` of the reference's headers.
    #[test]
    fn layouts_are_the_references() {
        assert_eq!(size_of::<NumberRequest>(), 24);
        assert_eq!(size_of::<NumberReply>(), 32);
        assert_eq!((size_of::<KillRequest>(), offset_of!(KillRequest, reason)), (288, 24));
        assert_eq!(size_of::<NodeStatusRequest>(), 32);
        assert_eq!((size_of::<TrackRequest>(), offset_of!(TrackRequest, flags)), (24, 16));
        assert_eq!((size_of::<RingStatusReply>(), offset_of!(RingStatusReply, statuses)), (10272, 2080));
        assert_eq!((size_of::<LinkStatusV1>(), offset_of!(LinkStatusV1, source)), (520, 8));
        assert_eq!((size_of::<NodeStatusV1>(), offset_of!(NodeStatusV1, links)), (4176, 16));
        assert_eq!(size_of::<NodeStatusReply>(), 4200);
        assert_eq!(size_of::<AddressesReply>(), 32);
        assert_eq!((size_of::<KillMessage>(), offset_of!(KillMessage, reason)), (272, 8));
    }

    #[test]
    fn fields_hold_their_nul_or_nothing() {
        assert_eq!(text_field::<4>("abc"), Some(*b"abc\0"));
        assert_eq!(text_field::<3>("abc"), None);
        assert_eq!(field_text(b"ab\0c"), b"ab");
        assert_eq!(field_text(b"abc"), b"abc");
    }

    #[test]
    fn the_other_byte_order_is_turned() {
        let message = KillMessage { nodeid: 2, pad: 0, reason: MarName::new(b"why\0").unwrap() };
        let mut foreign = message.as_bytes().to_vec();
        foreign[0..4].reverse();
        foreign[8..10].reverse();
        let read = KillMessage::read_from_bytes(&foreign).unwrap().swapped();
        assert_eq!((read.nodeid, read.reason.get()), (2, Some(&b"why\0"[..])));
    }
}
