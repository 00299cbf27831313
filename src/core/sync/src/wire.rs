//! The barrier's messages (`req_exec_service_build_message`, `req_exec_barrier_message`).

use core_types::mar::RequestHeader;
use core_types::{NodeId, RingId};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Most services that one message can name.
const SERVICES_MAX: usize = 128;
const BARRIER: i32 = 0;
const SERVICES: i32 = 1;

/// Longest message, in bytes.
pub const MESSAGE_MAX: usize = size_of::<Services>();

#[derive(Clone, Copy, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Barrier {
    header: RequestHeader,
    representative: u32,
    seq: [u8; 8],
    pad: u32,
}

#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
struct Services {
    barrier: Barrier,
    count: i32,
    pad: u32,
    services: [i32; SERVICES_MAX],
}

/// A message of the barrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The sender has sent all that the service in turn has to say on this ring.
    Barrier(RingId),
    /// The sender has these services.
    Services(RingId, Vec<i32>),
}

impl Message {
    pub(crate) fn ring(&self) -> RingId {
        let (Message::Barrier(ring) | Message::Services(ring, _)) = self;
        *ring
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Message::Barrier(ring) => barrier(BARRIER, size_of::<Barrier>(), *ring).as_bytes().to_vec(),
            Message::Services(ring, list) => {
                let barrier = barrier(SERVICES, size_of::<Services>(), *ring);
                let mut message = Services { barrier, count: 0, pad: 0, services: [0; SERVICES_MAX] };
                for (place, service) in message.services.iter_mut().zip(list) {
                    *place = *service;
                    message.count += 1;
                }
                message.as_bytes().to_vec()
            }
        }
    }

    /// Reads a message; `None` when it is none of the barrier's.
    pub(crate) fn decode(bytes: &[u8], swapped: bool) -> Option<Message> {
        let int = |value: i32| if swapped { value.swap_bytes() } else { value };
        let (barrier, _) = Barrier::read_from_prefix(bytes).ok()?;
        let (representative, seq) = (barrier.representative, u64::from_ne_bytes(barrier.seq));
        let ring = match swapped {
            true => RingId { representative: NodeId(representative.swap_bytes()), seq: seq.swap_bytes() },
            false => RingId { representative: NodeId(representative), seq },
        };
        match int(barrier.header.id) {
            BARRIER => Some(Message::Barrier(ring)),
            SERVICES => {
                let (message, _) = Services::read_from_prefix(bytes).ok()?;
                let list = message.services.get(..usize::try_from(int(message.count)).ok()?)?;
                Some(Message::Services(ring, list.iter().map(|&service| int(service)).collect()))
            }
            _ => None,
        }
    }
}

fn barrier(id: i32, size: usize, ring: RingId) -> Barrier {
    Barrier {
        header: RequestHeader::new(id, size),
        representative: ring.representative.0,
        seq: ring.seq.to_ne_bytes(),
        pad: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RING: RingId = RingId { representative: NodeId(3), seq: 0x1_0203 };

    #[test]
    fn messages_have_the_reference_s_layout_and_come_back() {
        let messages = [Message::Barrier(RING), Message::Services(RING, vec![0, 2, 5])];
        for (message, size) in messages.iter().zip([32, 552]) {
            let bytes = message.encode();
            assert_eq!(bytes.len(), size);
            assert_eq!(Message::decode(&bytes, false).as_ref(), Some(message));
        }
        let bytes = messages[1].encode();
        assert_eq!((bytes[0], bytes[8], bytes[16], bytes[20], bytes[32], bytes[44]), (1, 0x28, 3, 3, 3, 2));
    }

    #[test]
    fn lies_are_not_believed() {
        let mut bytes = Message::Services(RING, vec![1]).encode();
        bytes[32..36].copy_from_slice(&129i32.to_ne_bytes());
        assert_eq!(Message::decode(&bytes, false), None);
        bytes[32..36].copy_from_slice(&(-1i32).to_ne_bytes());
        assert_eq!(Message::decode(&bytes, false), None);
        assert_eq!(Message::decode(&bytes[..100], false), None);
        assert_eq!(Message::decode(b"", true), None);
        bytes[0] = 9;
        assert_eq!(Message::decode(&bytes, false), None);
    }
}
