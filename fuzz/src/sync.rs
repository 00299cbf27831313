//! The sync barrier: its messages, and its machine told anything in any order.

use crate::records;
use core_service::SyncStep;
use core_sync::wire::Message;
use core_sync::{Step, Sync};
use core_types::{NodeId, RingId};

/// The steps' numbers.
pub mod step {
    /// Node `who` says these bytes, in the other byte order when `arg` is not 0.
    pub const DELIVER: u8 = 0;
    /// A ring of the nodes in `arg`'s bits; those of `who` came along.
    pub const RING: u8 = 1;
    /// The token was passed on.
    pub const TOKEN: u8 = 2;
    /// Totem takes no message (`who` not 0), or does.
    pub const FULL: u8 = 3;
    /// Sync is broken off.
    pub const ABORT: u8 = 4;
    /// How many kinds there are.
    pub const COUNT: u8 = 5;
}

/// Most steps that one input may cause.
const STEPS_MAX: usize = 10_000;

fn nodes(mask: u16) -> Vec<NodeId> {
    (0..16).filter(|bit| mask >> bit & 1 == 1).map(|bit| NodeId(bit + 1)).collect()
}

/// Runs a stream of steps.
pub fn run(input: &[u8]) {
    let mut sync = Sync::new(&[(0, "cmap"), (2, "cpg"), (5, "votequorum")]);
    let (mut full, mut seq) = (false, 4);
    for record in records::read(input) {
        match record.kind % step::COUNT {
            step::DELIVER => {
                let swapped = record.arg != 0;
                if let Some(message) = Message::decode(record.bytes, swapped) {
                    let again = Message::decode(&message.encode(), false);
                    assert_eq!(again, Some(message), "what was read is written as it was");
                }
                sync.deliver(NodeId(record.who.into()), record.bytes, swapped);
            }
            step::RING => {
                seq += 4;
                let members = nodes(record.arg | 1);
                let ring = RingId { representative: NodeId(1), seq };
                sync.transitional(&nodes(u16::from(record.who) | 1));
                sync.start(&members, ring);
            }
            step::TOKEN => sync.token(),
            step::FULL => full = record.who != 0,
            _ => sync.abort(),
        }
        let mut steps = 0;
        while let Some(step) = sync.next_step() {
            steps += 1;
            assert!(steps < STEPS_MAX, "one input causes endless steps");
            match step {
                Step::Multicast(message) if full => {
                    sync.refused(message);
                    break;
                }
                Step::Multicast(message) => sync.deliver(NodeId(1), &message, false),
                Step::Process(_) => sync.processed(if full { SyncStep::Again } else { SyncStep::Done }),
                _ => {}
            }
        }
    }
}
