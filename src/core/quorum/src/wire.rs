//! quorum's messages: client requests, replies and events (`ipc_quorum.h`), laid out as on x86-64.
//!
//! Events end in a list of node ids which starts within the structure's padding: [`LIST_IN`] bytes before its end.
//! An event is nevertheless as long as the structure and the list together.

use core_types::NodeId;
use core_types::mar::{MarRingId, RequestHeader, ResponseHeader};
pub use core_types::mar::{NumberReply, track};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The socket that clients connect to.
pub const SERVICE: &str = "quorum";

/// How far before an event structure's end its list of nodes starts, in bytes.
pub const LIST_IN: usize = 4;

/// A client's requests (`req_quorum_types`).
pub mod request {
    /// The header alone.
    pub const GET_QUORATE: u32 = 0;
    /// [`super::TrackRequest`].
    pub const TRACK_START: u32 = 1;
    /// The header alone.
    pub const TRACK_STOP: u32 = 2;
    /// The header alone.
    pub const GET_TYPE: u32 = 3;
    /// [`super::ModelRequest`].
    pub const MODEL_GET_TYPE: u32 = 4;
}

/// Replies and events (`res_quorum_types`).
pub mod response {
    /// [`super::NumberReply`]: 1 when this partition has quorum.
    pub const GET_QUORATE: i32 = 0;
    /// The header alone.
    pub const TRACK_START: i32 = 1;
    /// The header alone.
    pub const TRACK_STOP: i32 = 2;
    /// The event [`super::QuorumEvent`], of model v0.
    pub const NOTIFICATION: i32 = 3;
    /// [`super::NumberReply`]: 1 when there is a provider.
    pub const GET_TYPE: i32 = 4;
    /// [`super::NumberReply`], as [`GET_TYPE`].
    pub const MODEL_GET_TYPE: i32 = 5;
    /// The event [`super::QuorumEventV1`].
    pub const QUORUM_V1: i32 = 6;
    /// The event [`super::NodelistEvent`], of model v1.
    pub const NODELIST_V1: i32 = 7;
}

/// Which events a client gets (`lib_quorum_model`).
pub mod model {
    /// [`super::QuorumEvent`] only.
    pub const V0: u32 = 0;
    /// [`super::QuorumEventV1`] and [`super::NodelistEvent`].
    pub const V1: u32 = 1;
}

/// `req_lib_quorum_trackstart`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct TrackRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// A set of [`track`].
    pub flags: u32,
    /// Unused.
    pub pad: u32,
}

/// `req_lib_quorum_model_gettype`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ModelRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// One of [`model`].
    pub model: u32,
    /// Unused.
    pub pad: u32,
}

/// `res_lib_quorum_notification`.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct QuorumEvent {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// 1 when this partition has quorum.
    pub quorate: i32,
    /// Unused.
    pub pad: u32,
    /// The ring's number.
    pub ring_seq: u64,
    /// How many members are listed.
    pub members: u32,
    /// Where the list starts.
    pub list: [u8; LIST_IN],
}

/// `res_lib_quorum_v1_quorum_notification`.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct QuorumEventV1 {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// 1 when this partition has quorum.
    pub quorate: i32,
    /// Unused.
    pub pad: u32,
    /// The ring.
    pub ring: MarRingId,
    /// How many members are listed.
    pub members: u32,
    /// Where the list starts.
    pub list: [u8; LIST_IN],
}

/// `res_lib_quorum_v1_nodelist_notification`: three lists, one after the other.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NodelistEvent {
    /// Its size and kind.
    pub header: ResponseHeader,
    /// The ring.
    pub ring: MarRingId,
    /// How many members are listed.
    pub members: u32,
    /// Unused.
    pub pad0: u32,
    /// How many that joined are listed.
    pub joined: u32,
    /// Unused.
    pub pad1: u32,
    /// How many that left are listed.
    pub left: u32,
    /// Where the lists start.
    pub list: [u8; LIST_IN],
}

/// An event from its structure and the nodes it lists.
pub fn event<T: IntoBytes + Immutable>(head: &T, nodes: &[NodeId]) -> Vec<u8> {
    let head = head.as_bytes();
    let mut bytes = head[..head.len() - LIST_IN].to_vec();
    for node in nodes {
        bytes.extend_from_slice(&node.0.to_ne_bytes());
    }
    bytes.extend_from_slice(&[0; LIST_IN]);
    bytes
}

/// The nodes that an event lists, `counts` in each list; `None` when the event is shorter than that.
pub fn nodes<T>(event: &[u8], counts: &[u32]) -> Option<Vec<Vec<u32>>> {
    let mut rest = event.get(size_of::<T>() - LIST_IN..)?;
    let mut lists = Vec::new();
    for &count in counts {
        let (list, after) = rest.split_at_checked(usize::try_from(count).ok()?.checked_mul(4)?)?;
        lists.push(list.chunks_exact(4).map(|id| u32::from_ne_bytes([id[0], id[1], id[2], id[3]])).collect());
        rest = after;
    }
    Some(lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::offset_of;

    /// Against `sizeof` and `offsetof` of the reference's header.
    #[test]
    fn layouts_are_the_references() {
        assert_eq!((size_of::<TrackRequest>(), size_of::<ModelRequest>()), (24, 24));
        assert_eq!(size_of::<NumberReply>(), 32);
        assert_eq!((size_of::<QuorumEvent>(), offset_of!(QuorumEvent, list)), (48, 44));
        assert_eq!((size_of::<QuorumEventV1>(), offset_of!(QuorumEventV1, list)), (56, 52));
        assert_eq!(offset_of!(QuorumEventV1, ring), 32);
        assert_eq!((size_of::<NodelistEvent>(), offset_of!(NodelistEvent, list)), (64, 60));
        assert_eq!(offset_of!(NodelistEvent, joined), 48);
    }

    #[test]
    fn lists_round_trip_and_lying_counts_are_seen() {
        let head = NodelistEvent { members: 2, left: 1, ..Default::default() };
        let bytes = event(&head, &[NodeId(1), NodeId(2), NodeId(3)]);
        assert_eq!(bytes.len(), 64 + 12);
        let lists = nodes::<NodelistEvent>(&bytes, &[2, 0, 1]).unwrap();
        assert_eq!(lists, [vec![1, 2], vec![], vec![3]]);
        assert_eq!(nodes::<NodelistEvent>(&bytes, &[2, 0, 3]), None);
        assert_eq!(nodes::<NodelistEvent>(&bytes, &[u32::MAX]), None);
        assert_eq!(nodes::<NodelistEvent>(&bytes[..8], &[0]), None);
    }
}
