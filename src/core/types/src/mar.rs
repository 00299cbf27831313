//! Structures that every client protocol shares: libqb's message headers and `mar_gen.h`'s types, laid out as
//! in memory on x86-64. Fields named `pad` are the C compiler's holes: written as zero, never read.

use crate::{NodeId, RingId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// `struct qb_ipc_request_header`: how every request starts.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct RequestHeader {
    /// The request's number within its service; negative ones are libqb's own.
    pub id: i32,
    /// Unused.
    pub pad0: u32,
    /// Length of the whole request, this header included, in bytes.
    pub size: i32,
    /// Unused.
    pub pad1: u32,
}

/// `struct qb_ipc_response_header`: how every reply and event starts.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ResponseHeader {
    /// The reply's or event's number within its service.
    pub id: i32,
    /// Unused.
    pub pad0: u32,
    /// Length of the whole message, this header included, in bytes.
    pub size: i32,
    /// Unused.
    pub pad1: u32,
    /// A `cs_error_t` (corosync) or negative errno (libqb).
    pub error: i32,
    /// Unused.
    pub pad2: u32,
}

impl RequestHeader {
    /// A header for a request of `size` bytes in all.
    pub fn new(id: i32, size: usize) -> Self {
        RequestHeader { id, size: size as i32, ..Default::default() }
    }
}

impl ResponseHeader {
    /// A header for a reply of `size` bytes in all.
    pub fn new(id: i32, size: usize, error: i32) -> Self {
        ResponseHeader { id, size: size as i32, error, ..Default::default() }
    }
}

/// A request that is a header and a number.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NumberRequest {
    /// Its size and kind.
    pub header: RequestHeader,
    /// Its one argument.
    pub number: u32,
    /// Unused.
    pub pad: u32,
}

/// A reply or an event that is a header and a number.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NumberReply {
    /// Its size and kind, and the error.
    pub header: ResponseHeader,
    /// What it tells.
    pub number: u32,
    /// Unused.
    pub pad: u32,
}

/// What to be told of (`CS_TRACK_*`); a set.
pub mod track {
    /// The state now.
    pub const CURRENT: u32 = 1;
    /// The state now and each change.
    pub const CHANGES: u32 = 2;
    /// Each change.
    pub const CHANGES_ONLY: u32 = 4;
}

/// Longest name, in bytes (`CS_MAX_NAME_LENGTH`).
pub const NAME_MAX: usize = 256;

/// `mar_name_t`: a counted name, such as a cpg group's.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MarName {
    /// Bytes used of `value`; more than [`NAME_MAX`] is a bad message.
    pub length: u16,
    /// Unused.
    pub pad: [u8; 6],
    /// The name; not NUL-terminated by contract.
    pub value: [u8; NAME_MAX],
}

impl MarName {
    /// A name of these bytes; `None` when there are more than [`NAME_MAX`].
    pub fn new(name: &[u8]) -> Option<Self> {
        let mut mar = MarName { length: name.len() as u16, pad: [0; 6], value: [0; NAME_MAX] };
        mar.value.get_mut(..name.len())?.copy_from_slice(name);
        Some(mar)
    }

    /// The name's bytes; `None` when `length` lies.
    pub fn get(&self) -> Option<&[u8]> {
        self.value.get(..usize::from(self.length))
    }
}

/// `mar_quorum_ring_id_t`, `mar_votequorum_ring_id`: a ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MarRingId {
    /// The ring's representative.
    pub nodeid: u32,
    /// Unused.
    pub pad: u32,
    /// Its number.
    pub seq: u64,
}

impl From<RingId> for MarRingId {
    fn from(ring: RingId) -> Self {
        MarRingId { nodeid: ring.representative.0, pad: 0, seq: ring.seq }
    }
}

impl From<MarRingId> for RingId {
    fn from(ring: MarRingId) -> Self {
        RingId { representative: NodeId(ring.nodeid), seq: ring.seq }
    }
}

/// `mar_message_source_t`: who multicast a request, so that its sender knows its own again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct MessageSource {
    /// The sender's node.
    pub nodeid: u32,
    /// Unused.
    pub pad: u32,
    /// Meaningful on `nodeid` only; we put the connection's number here, the reference a pointer.
    pub conn: u64,
}
