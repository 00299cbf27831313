//! Requests, replies and events of clients.

use super::{NameField, QDEVICE_NAME_MAX};
use core_types::mar::{MarRingId, RequestHeader, ResponseHeader};
pub use core_types::mar::{NumberRequest, track};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// A client's requests (`req_votequorum_types`).
pub mod request {
    /// [`super::NumberRequest`]: the node, 0 for the local one.
    pub const GET_INFO: u32 = 0;
    /// [`super::NumberRequest`]: the votes.
    pub const SET_EXPECTED: u32 = 1;
    /// [`super::SetVotesRequest`].
    pub const SET_VOTES: u32 = 2;
    /// [`super::TrackRequest`].
    pub const TRACK_START: u32 = 3;
    /// The header alone.
    pub const TRACK_STOP: u32 = 4;
    /// [`super::NameRequest`].
    pub const QDEVICE_REGISTER: u32 = 5;
    /// [`super::NameRequest`].
    pub const QDEVICE_UNREGISTER: u32 = 6;
    /// [`super::UpdateRequest`].
    pub const QDEVICE_UPDATE: u32 = 7;
    /// [`super::PollRequest`].
    pub const QDEVICE_POLL: u32 = 8;
    /// [`super::MasterWinsRequest`].
    pub const QDEVICE_MASTER_WINS: u32 = 9;
}

/// Replies and events (`res_votequorum_types`).
pub mod response {
    /// The header alone: the reply to most requests.
    pub const STATUS: i32 = 0;
    /// [`super::InfoReply`].
    pub const GET_INFO: i32 = 1;
    /// The event [`super::QuorumEvent`].
    pub const QUORUM: i32 = 3;
    /// The event [`super::ExpectedVotesEvent`].
    pub const EXPECTED_VOTES: i32 = 4;
    /// The event [`super::NodelistEvent`].
    pub const NODELIST: i32 = 5;
}

/// What [`InfoReply::flags`] tells (`VOTEQUORUM_INFO_*`).
pub mod info {
    /// Two nodes, of which one alone has quorum.
    pub const TWONODE: u32 = 1;
    /// This partition has quorum.
    pub const QUORATE: u32 = 2;
    /// Quorum is first had when all nodes were there.
    pub const WAIT_FOR_ALL: u32 = 4;
    /// Expected votes follow the nodes that are left.
    pub const LAST_MAN_STANDING: u32 = 8;
    /// An exact half may have quorum.
    pub const AUTO_TIE_BREAKER: u32 = 16;
    /// Expected votes shrink with nodes that leave in order.
    pub const ALLOW_DOWNSCALE: u32 = 32;
    /// The node has a quorum device.
    pub const QDEVICE_REGISTERED: u32 = 64;
    /// That device polls in time.
    pub const QDEVICE_ALIVE: u32 = 128;
    /// That device gives its vote.
    pub const QDEVICE_CAST_VOTE: u32 = 256;
    /// A partition with that device's vote has quorum.
    pub const QDEVICE_MASTER_WINS: u32 = 512;
}

/// `req_lib_votequorum_setvotes`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct SetVotesRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The votes.
    pub votes: u32,
    /// Of which node.
    pub nodeid: u32,
}

/// `req_lib_votequorum_trackstart`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct TrackRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The client's own; comes back in each event.
    pub context: u64,
    /// A set of [`track`].
    pub flags: u32,
    /// Unused.
    pub pad: u32,
}

/// `req_lib_votequorum_qdevice_register`, `_unregister`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NameRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The device.
    pub name: NameField,
    /// Unused.
    pub pad: u8,
}

/// `req_lib_votequorum_qdevice_update`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct UpdateRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The device's name so far.
    pub old: NameField,
    /// Its name from now on.
    pub new: NameField,
    /// Unused.
    pub pad: [u8; 2],
}

/// `req_lib_votequorum_qdevice_poll`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct PollRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The device.
    pub name: NameField,
    /// Unused.
    pub pad0: u8,
    /// Whether it gives its vote.
    pub cast_vote: i32,
    /// Unused.
    pub pad1: u32,
    /// The ring it was asked about.
    pub ring: MarRingId,
}

/// `req_lib_votequorum_qdevice_master_wins`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MasterWinsRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// The device.
    pub name: NameField,
    /// Unused.
    pub pad0: u8,
    /// Whether its vote alone makes quorum.
    pub allow: u32,
    /// Unused.
    pub pad1: u32,
}

/// `res_lib_votequorum_getinfo`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct InfoReply {
    /// Its size and kind, and the error.
    pub header: ResponseHeader,
    /// The node.
    pub nodeid: u32,
    /// 1 member, 2 dead, 3 leaving.
    pub state: u32,
    /// Its votes.
    pub votes: u32,
    /// What it expects.
    pub expected_votes: u32,
    /// The most that a member expects.
    pub highest_expected: u32,
    /// The members' votes.
    pub total_votes: u32,
    /// Votes needed.
    pub quorum: u32,
    /// A set of [`info`].
    pub flags: u32,
    /// The quorum device's votes.
    pub qdevice_votes: u32,
    /// The quorum device.
    pub qdevice_name: NameField,
    /// Unused.
    pub pad: [u8; 5],
}

impl Default for InfoReply {
    fn default() -> Self {
        InfoReply {
            header: ResponseHeader::default(),
            nodeid: 0,
            state: 0,
            votes: 0,
            expected_votes: 0,
            highest_expected: 0,
            total_votes: 0,
            quorum: 0,
            flags: 0,
            qdevice_votes: 0,
            qdevice_name: [0; QDEVICE_NAME_MAX],
            pad: [0; 5],
        }
    }
}

/// `votequorum_node`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ListedNode {
    /// The node; 0 is the quorum device.
    pub nodeid: u32,
    /// 1 member, 2 dead, 3 leaving.
    pub state: u32,
}

/// `res_lib_votequorum_quorum_notification`; `count` times [`ListedNode`] follow.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct QuorumEvent {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// 1 when this partition has quorum.
    pub quorate: u32,
    /// Unused.
    pub pad0: u32,
    /// The client's own.
    pub context: u64,
    /// How many nodes follow.
    pub count: u32,
    /// Unused.
    pub pad1: u32,
}

/// `res_lib_votequorum_nodelist_notification`; `count` node ids follow.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NodelistEvent {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// The client's own.
    pub context: u64,
    /// The ring.
    pub ring: MarRingId,
    /// How many nodes follow.
    pub count: u32,
    /// Unused.
    pub pad: u32,
}

/// `res_lib_votequorum_expectedvotes_notification`.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ExpectedVotesEvent {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// The client's own.
    pub context: u64,
    /// The local node's new expected votes.
    pub expected_votes: u32,
    /// Unused.
    pub pad: u32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    /// Against `sizeof` and `offsetof` of the reference's header.
    #[test]
    fn layouts_are_the_references() {
        assert_eq!((size_of::<NumberRequest>(), size_of::<SetVotesRequest>()), (24, 24));
        assert_eq!((size_of::<TrackRequest>(), offset_of!(TrackRequest, flags)), (32, 24));
        assert_eq!((size_of::<NameRequest>(), size_of::<UpdateRequest>()), (272, 528));
        assert_eq!((size_of::<PollRequest>(), offset_of!(PollRequest, cast_vote)), (296, 272));
        assert_eq!(offset_of!(PollRequest, ring), 280);
        assert_eq!((size_of::<MasterWinsRequest>(), offset_of!(MasterWinsRequest, allow)), (280, 272));
        assert_eq!((size_of::<InfoReply>(), offset_of!(InfoReply, qdevice_name)), (320, 60));
        assert_eq!((size_of::<QuorumEvent>(), offset_of!(QuorumEvent, context)), (48, 32));
        assert_eq!((size_of::<NodelistEvent>(), offset_of!(NodelistEvent, ring)), (56, 32));
        assert_eq!((size_of::<ExpectedVotesEvent>(), offset_of!(ExpectedVotesEvent, expected_votes)), (40, 32));
    }
}
