//! Between a client and the daemon (`ipc_cpg.h`).

use super::{Address, GroupName};
use core_types::mar::{RequestHeader, ResponseHeader};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Longest path of a zero-copy buffer's file with its NUL (`CPG_ZC_PATH_LEN`).
pub const ZC_PATH_MAX: usize = 128;

/// Members that a [`MembershipResponse`] has room for.
pub const MEMBERSHIP_MAX: usize = core_types::PROCESSOR_COUNT_MAX;

/// Numbers of the clients' requests (`req_cpg_types`).
#[allow(missing_docs, reason = "each names its structure")]
pub mod request {
    pub const JOIN: i32 = 0;
    pub const LEAVE: i32 = 1;
    pub const MCAST: i32 = 2;
    pub const MEMBERSHIP: i32 = 3;
    pub const LOCAL_GET: i32 = 4;
    pub const ITERATION_INITIALIZE: i32 = 5;
    pub const ITERATION_NEXT: i32 = 6;
    pub const ITERATION_FINALIZE: i32 = 7;
    pub const FINALIZE: i32 = 8;
    pub const ZC_ALLOC: i32 = 9;
    pub const ZC_FREE: i32 = 10;
    pub const ZC_EXECUTE: i32 = 11;
    pub const PARTIAL_MCAST: i32 = 12;
}

/// Numbers of replies and events (`res_cpg_types`).
#[allow(missing_docs, reason = "each names its structure")]
pub mod response {
    pub const JOIN: i32 = 0;
    pub const LEAVE: i32 = 1;
    pub const MCAST: i32 = 2;
    pub const MEMBERSHIP: i32 = 3;
    pub const CONFCHG: i32 = 4;
    pub const DELIVER: i32 = 5;
    pub const LOCAL_GET: i32 = 7;
    pub const ITERATION_INITIALIZE: i32 = 9;
    pub const ITERATION_NEXT: i32 = 10;
    pub const ITERATION_FINALIZE: i32 = 11;
    pub const FINALIZE: i32 = 12;
    pub const TOTEM_CONFCHG: i32 = 13;
    pub const PARTIAL_DELIVER: i32 = 17;
    pub const PARTIAL_SEND: i32 = 18;
}

/// What an iteration goes over (`cpg_iteration_type_t`).
pub mod iteration {
    /// Each group once.
    pub const NAME_ONLY: u32 = 1;
    /// The members of one group.
    pub const ONE_GROUP: u32 = 2;
    /// The members of all groups.
    pub const ALL: u32 = 3;
}

/// Flag of a [`JoinRequest`]: tell the ring's configuration after the first change of a group
/// (`CPG_MODEL_V1_DELIVER_INITIAL_TOTEM_CONF`).
pub const FLAG_INITIAL_TOTEM_CONF: u32 = 1;

/// `req_lib_cpg_join`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct JoinRequest {
    /// Says [`request::JOIN`].
    pub header: RequestHeader,
    /// The group.
    pub group: GroupName,
    /// The client's process id, as it says.
    pub pid: u32,
    /// Unused.
    pub pad0: u32,
    /// [`FLAG_INITIAL_TOTEM_CONF`] or 0.
    pub flags: u32,
    /// Unused.
    pub pad1: u32,
}

/// `req_lib_cpg_leave`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct LeaveRequest {
    /// Says [`request::LEAVE`].
    pub header: RequestHeader,
    /// The group.
    pub group: GroupName,
    /// The client's process id, as it says.
    pub pid: u32,
    /// Unused.
    pub pad: u32,
}

/// `req_lib_cpg_mcast`; `msglen` bytes follow. Nothing answers it. It starts with a response's header.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct McastRequest {
    /// Says [`request::MCAST`].
    pub header: ResponseHeader,
    /// `cpg_guarantee_t`; not looked at.
    pub guarantee: u32,
    /// Unused.
    pub pad0: u32,
    /// Bytes that follow.
    pub msglen: u32,
    /// Unused.
    pub pad1: u32,
}

/// `req_lib_cpg_partial_mcast`; `fraglen` bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct PartialMcastRequest {
    /// Says [`request::PARTIAL_MCAST`].
    pub header: ResponseHeader,
    /// `cpg_guarantee_t`; not looked at.
    pub guarantee: u32,
    /// Unused.
    pub pad0: u32,
    /// Bytes of the whole message.
    pub msglen: u32,
    /// Unused.
    pub pad1: u32,
    /// Bytes that follow.
    pub fraglen: u32,
    /// Unused.
    pub pad2: u32,
    /// Which part ([`super::partial`]).
    pub part: u32,
    /// Unused.
    pub pad3: u32,
}

/// `req_lib_cpg_membership_get`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MembershipRequest {
    /// Says [`request::MEMBERSHIP`].
    pub header: RequestHeader,
    /// The group.
    pub group: GroupName,
}

/// `res_lib_cpg_membership_get`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MembershipResponse {
    /// Says [`response::MEMBERSHIP`].
    pub header: ResponseHeader,
    /// Entries used of `members`.
    pub count: u32,
    /// Unused.
    pub pad: u32,
    /// The members, by node and pid.
    pub members: [Address; MEMBERSHIP_MAX],
}

/// `res_lib_cpg_local_get`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct LocalGetResponse {
    /// Says [`response::LOCAL_GET`].
    pub header: ResponseHeader,
    /// The local node.
    pub nodeid: u32,
    /// Unused.
    pub pad: u32,
}

/// `req_lib_cpg_iterationinitialize`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct IterationInitializeRequest {
    /// Says [`request::ITERATION_INITIALIZE`].
    pub header: RequestHeader,
    /// The group, for [`iteration::ONE_GROUP`].
    pub group: GroupName,
    /// An [`iteration`] type.
    pub kind: u32,
    /// Unused.
    pub pad: u32,
}

/// `res_lib_cpg_iterationinitialize`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct IterationInitializeResponse {
    /// Says [`response::ITERATION_INITIALIZE`].
    pub header: ResponseHeader,
    /// The daemon's handle.
    pub handle: u64,
}

/// `req_lib_cpg_iterationnext` and `req_lib_cpg_iterationfinalize`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct IterationRequest {
    /// Says [`request::ITERATION_NEXT`] or [`request::ITERATION_FINALIZE`].
    pub header: RequestHeader,
    /// The daemon's handle.
    pub handle: u64,
}

/// `res_lib_cpg_iterationnext`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct IterationNextResponse {
    /// Says [`response::ITERATION_NEXT`].
    pub header: ResponseHeader,
    /// The group.
    pub group: GroupName,
    /// The member's node; 0 for [`iteration::NAME_ONLY`].
    pub nodeid: u32,
    /// The member's process id; 0 for [`iteration::NAME_ONLY`].
    pub pid: u32,
}

/// `mar_req_coroipcc_zc_alloc_t`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ZcAllocRequest {
    /// Says [`request::ZC_ALLOC`].
    pub header: RequestHeader,
    /// Size of the file, in bytes.
    pub map_size: u64,
    /// Its path, NUL-terminated.
    pub path: [u8; ZC_PATH_MAX],
}

/// `mar_req_coroipcc_zc_free_t`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ZcFreeRequest {
    /// Says [`request::ZC_FREE`].
    pub header: RequestHeader,
    /// Size of the file; not looked at.
    pub map_size: u64,
    /// What the daemon wrote into [`ZcHeader::server_address`].
    pub server_address: u64,
}

/// `mar_req_coroipcc_zc_execute_t`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ZcExecuteRequest {
    /// Says [`request::ZC_EXECUTE`].
    pub header: RequestHeader,
    /// What the daemon wrote into [`ZcHeader::server_address`].
    pub server_address: u64,
}

/// `coroipcs_zc_header`: how a zero-copy buffer's file starts; a [`McastRequest`] and the message follow.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ZcHeader {
    /// Size of the file, in bytes; the client's.
    pub map_size: i32,
    /// Unused.
    pub pad: u32,
    /// Which buffer it is; written by the daemon, never 0.
    pub server_address: u64,
}

/// `res_lib_cpg_deliver_callback`; `msglen` bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct DeliverEvent {
    /// Says [`response::DELIVER`].
    pub header: ResponseHeader,
    /// The group.
    pub group: GroupName,
    /// Bytes that follow.
    pub msglen: u32,
    /// Unused.
    pub pad0: u32,
    /// The sender's node.
    pub nodeid: u32,
    /// Unused.
    pub pad1: u32,
    /// The sender's process id.
    pub pid: u32,
    /// Unused.
    pub pad2: u32,
}

/// `res_lib_cpg_partial_deliver_callback`; `fraglen` bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct PartialDeliverEvent {
    /// Says [`response::PARTIAL_DELIVER`].
    pub header: ResponseHeader,
    /// The group.
    pub group: GroupName,
    /// Bytes of the whole message.
    pub msglen: u32,
    /// Unused.
    pub pad0: u32,
    /// Bytes that follow.
    pub fraglen: u32,
    /// Unused.
    pub pad1: u32,
    /// The sender's node.
    pub nodeid: u32,
    /// Unused.
    pub pad2: u32,
    /// The sender's process id.
    pub pid: u32,
    /// Unused.
    pub pad3: u32,
    /// Which part ([`super::partial`]).
    pub part: u32,
    /// Unused.
    pub pad4: u32,
}

/// `res_lib_cpg_confchg_callback`; the members, those who left and those who joined follow, each an [`Address`].
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ConfchgEvent {
    /// Says [`response::CONFCHG`].
    pub header: ResponseHeader,
    /// The group.
    pub group: GroupName,
    /// How many members follow.
    pub members: u32,
    /// Unused.
    pub pad0: u32,
    /// How many joined.
    pub joined: u32,
    /// Unused.
    pub pad1: u32,
    /// How many left.
    pub left: u32,
    /// Unused.
    pub pad2: u32,
}

/// `res_lib_cpg_totem_confchg_callback` up to its list: the members' ids follow at once, each four bytes, and then
/// [`TOTEM_CONFCHG_TAIL`] bytes that mean nothing.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, packed(4))]
pub struct TotemConfchgEvent {
    /// Says [`response::TOTEM_CONFCHG`].
    pub header: [u32; 6],
    /// The ring's representative.
    pub representative: u32,
    /// Unused.
    pub pad: u32,
    /// The ring's sequence number.
    pub seq: u64,
    /// How many members follow.
    pub count: u32,
}

/// Bytes after the list of a [`TotemConfchgEvent`]: the reference counts its structure's own padding twice.
pub const TOTEM_CONFCHG_TAIL: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_the_c_ones() {
        assert_eq!(size_of::<JoinRequest>(), 168);
        assert_eq!(size_of::<LeaveRequest>(), 160);
        assert_eq!(size_of::<McastRequest>(), 40);
        assert_eq!(size_of::<PartialMcastRequest>(), 56);
        assert_eq!(size_of::<MembershipRequest>(), 152);
        assert_eq!(size_of::<MembershipResponse>(), 9248);
        assert_eq!(size_of::<LocalGetResponse>(), 32);
        assert_eq!(size_of::<IterationInitializeRequest>(), 160);
        assert_eq!(size_of::<IterationInitializeResponse>(), 32);
        assert_eq!(size_of::<IterationRequest>(), 24);
        assert_eq!(size_of::<IterationNextResponse>(), 168);
        assert_eq!(size_of::<ZcAllocRequest>(), 152);
        assert_eq!(size_of::<ZcFreeRequest>(), 32);
        assert_eq!(size_of::<ZcExecuteRequest>(), 24);
        assert_eq!(size_of::<ZcHeader>(), 16);
        assert_eq!(size_of::<DeliverEvent>(), 184);
        assert_eq!(size_of::<PartialDeliverEvent>(), 200);
        assert_eq!(size_of::<ConfchgEvent>(), 184);
        assert_eq!(size_of::<TotemConfchgEvent>(), 44);
    }
}
