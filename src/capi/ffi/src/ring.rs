//! A ring's name in C.

use core_types::{NodeId, RingId};

/// `struct quorum_ring_id` and `votequorum_ring_id_t`, which are the same.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct CRingId {
    nodeid: u32,
    seq: u64,
}

impl From<RingId> for CRingId {
    fn from(ring: RingId) -> Self {
        CRingId { nodeid: ring.representative.0, seq: ring.seq }
    }
}

impl From<CRingId> for RingId {
    fn from(ring: CRingId) -> Self {
        RingId { representative: NodeId(ring.nodeid), seq: ring.seq }
    }
}
