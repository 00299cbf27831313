//! The simulation's messages: anybody can tell from the bytes who sent one and what all of it must be.

use core_types::NodeId;
use std::fmt;

/// A message's identity: its sender, and how many that one sent before.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id {
    /// Which host sent it.
    pub from: NodeId,
    /// Which of the host's lives, or which process of it.
    pub life: u32,
    /// Its number among that sender's.
    pub count: u64,
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}#{}", self.from, self.life, self.count)
    }
}

impl Id {
    /// The message with this identity and `length` bytes on top of it.
    pub fn message(self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 16);
        bytes.extend_from_slice(&self.from.0.to_ne_bytes());
        bytes.extend_from_slice(&self.life.to_ne_bytes());
        bytes.extend_from_slice(&self.count.to_ne_bytes());
        let seed = self.count.wrapping_mul(31) + u64::from(self.from.0);
        bytes.extend((0..length as u64).map(|at| (at.wrapping_mul(7) + seed) as u8));
        bytes
    }

    /// A message's identity; `None` when it is too short to have one.
    pub fn of(message: &[u8]) -> Option<Id> {
        let word = |at: usize| Some(u32::from_ne_bytes(message.get(at..at + 4)?.try_into().ok()?));
        let count = u64::from_ne_bytes(message.get(8..16)?.try_into().ok()?);
        Some(Id { from: NodeId(word(0)?), life: word(4)?, count })
    }
}
