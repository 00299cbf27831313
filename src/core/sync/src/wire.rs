//! Sync's two messages. Both byte orders are read; the reference reads its own only.

use core_types::mar::RequestHeader;
use core_types::{NodeId, RingId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most services in a message (`service_list`'s length).
pub const SERVICES_MAX: usize = 128;

const BARRIER: i32 = 0;
const SERVICES: i32 = 1;

/// `struct memb_ring_id`, packed, and its padding to 8 bytes.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct RawRing {
    representative: u32,
    seq: [u32; 2],
    pad: u32,
}

/// `struct req_exec_barrier_message`.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct RawBarrier {
    header: RequestHeader,
    ring: RawRing,
}

/// `struct req_exec_service_build_message`.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct RawServices {
    header: RequestHeader,
    ring: RawRing,
    entries: i32,
    pad: u32,
    services: [i32; SERVICES_MAX],
}

/// What a member says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// It is done with the service in hand.
    Barrier {
        /// The ring that is being synced.
        ring: RingId,
    },
    /// It has these services.
    Services {
        /// The ring that is being synced.
        ring: RingId,
        /// Their numbers, ascending.
        services: Vec<u16>,
    },
}

impl RawRing {
    fn new(ring: RingId) -> Self {
        let seq = ring.seq.to_ne_bytes();
        let half = |at: usize| u32::from_ne_bytes([seq[at], seq[at + 1], seq[at + 2], seq[at + 3]]);
        RawRing { representative: ring.representative.0, seq: [half(0), half(4)], pad: 0 }
    }

    fn get(&self, swapped: bool) -> RingId {
        let [first, second] = self.seq.map(u32::to_ne_bytes);
        let mut seq = [0; 8];
        seq[..4].copy_from_slice(&first);
        seq[4..].copy_from_slice(&second);
        let seq = u64::from_ne_bytes(seq);
        RingId {
            representative: NodeId(if swapped { self.representative.swap_bytes() } else { self.representative }),
            seq: if swapped { seq.swap_bytes() } else { seq },
        }
    }
}

impl Message {
    /// The message's bytes. Services beyond [`SERVICES_MAX`] are left out.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Message::Barrier { ring } => {
                let header = RequestHeader::new(BARRIER, size_of::<RawBarrier>());
                RawBarrier { header, ring: RawRing::new(*ring) }.as_bytes().to_vec()
            }
            Message::Services { ring, services } => {
                let header = RequestHeader::new(SERVICES, size_of::<RawServices>());
                let entries = services.len().min(SERVICES_MAX) as i32;
                let mut list = [0; SERVICES_MAX];
                for (slot, &service) in list.iter_mut().zip(services) {
                    *slot = i32::from(service);
                }
                RawServices { header, ring: RawRing::new(*ring), entries, pad: 0, services: list }.as_bytes().to_vec()
            }
        }
    }

    /// Reads a message; `None` when it isn't one.
    pub fn decode(bytes: &[u8], swapped: bool) -> Option<Message> {
        let native = |value: i32| if swapped { value.swap_bytes() } else { value };
        let (header, _) = RequestHeader::read_from_prefix(bytes).ok()?;
        match native(header.id) {
            BARRIER => {
                let (raw, _) = RawBarrier::read_from_prefix(bytes).ok()?;
                Some(Message::Barrier { ring: raw.ring.get(swapped) })
            }
            SERVICES => {
                let (raw, _) = RawServices::read_from_prefix(bytes).ok()?;
                let entries = usize::try_from(native(raw.entries)).ok()?;
                let services = raw.services.get(..entries)?;
                let services: Result<Vec<u16>, _> = services.iter().map(|&id| u16::try_from(native(id))).collect();
                Some(Message::Services { ring: raw.ring.get(swapped), services: services.ok()? })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: RingId = RingId { representative: NodeId(0x0102_0304), seq: 0x1112_1314_1516_1718 };

    #[test]
    fn the_layout_is_the_reference_s() {
        let barrier = Message::Barrier { ring: RING }.encode();
        let services = Message::Services { ring: RING, services: vec![2, 5] }.encode();
        assert_eq!((barrier.len(), services.len()), (32, 552));
        assert_eq!(services[..4], 1i32.to_ne_bytes());
        assert_eq!(services[8..12], 552i32.to_ne_bytes());
        assert_eq!(services[16..20], RING.representative.0.to_ne_bytes());
        assert_eq!(services[20..28], RING.seq.to_ne_bytes());
        assert_eq!(services[32..36], 2i32.to_ne_bytes());
        assert_eq!(services[40..48], [2i32.to_ne_bytes(), 5i32.to_ne_bytes()].concat());
    }

    #[test]
    fn messages_survive_the_way_in_both_byte_orders() {
        for message in [Message::Barrier { ring: RING }, Message::Services { ring: RING, services: vec![0, 1, 5] }] {
            let bytes = message.encode();
            assert_eq!(Message::decode(&bytes, false), Some(message.clone()));
            assert_eq!(Message::decode(&swap(&bytes), true), Some(message));
            assert_eq!(Message::decode(&bytes[..bytes.len() - 1], false), None);
        }
    }

    /// The same message as a machine of the other byte order writes it.
    fn swap(bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[20..28].reverse();
        let words = bytes.len() / 4;
        for word in (0..words).filter(|word| !(5..7).contains(word)) {
            bytes[4 * word..4 * word + 4].reverse();
        }
        bytes
    }

    #[test]
    fn lies_are_no_messages() {
        let mut bytes = Message::Services { ring: RING, services: vec![1] }.encode();
        for entries in [129i32, -1, i32::MAX, i32::MIN] {
            bytes[32..36].copy_from_slice(&entries.to_ne_bytes());
            assert_eq!(Message::decode(&bytes, false), None, "{entries}");
        }
        bytes[..4].copy_from_slice(&2i32.to_ne_bytes());
        assert_eq!(Message::decode(&bytes, false), None);
        assert_eq!(Message::decode(&[], false), None);
    }
}
