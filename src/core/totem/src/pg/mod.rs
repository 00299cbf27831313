//! Totem's process group layer: messages into frames and back (`exec/totempg.c`, 3.1.7).
//!
//! A multicast frame carries a header, the lengths of its blocks, then the blocks. A block is a message, or, at
//! either end, a piece of one: `fragmented` of a frame and `continuation` of its sender's next one are equal
//! then. Every message starts with the names of the groups it is for.

mod pack;
mod unpack;

pub use pack::Refused;
pub(crate) use pack::Sender;
pub(crate) use unpack::Assembler;

use zerocopy::byteorder::{ByteOrder, U16};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// `struct totempg_mcast`.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct RawPacked<O: ByteOrder> {
    version: U16<O>,
    kind: U16<O>,
    fragmented: u8,
    continuation: u8,
    count: U16<O>,
}

/// Bytes before the lengths of the blocks.
const HEADER: usize = size_of::<RawPacked<zerocopy::byteorder::NativeEndian>>();

/// Who a message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The services (group `a`).
    Services,
    /// The sync barrier (group `sync`).
    Sync,
}

impl Group {
    fn name(self) -> &'static [u8] {
        match self {
            Group::Services => b"a",
            Group::Sync => b"sync",
        }
    }

    /// What a message for this group starts with: how many groups, the length of each name, the names.
    fn prefix(self) -> ([u8; PREFIX_MAX], usize) {
        let name = self.name();
        let mut prefix = [0; PREFIX_MAX];
        prefix[..2].copy_from_slice(&1u16.to_ne_bytes());
        prefix[2..4].copy_from_slice(&(name.len() as u16).to_ne_bytes());
        prefix[4..4 + name.len()].copy_from_slice(name);
        (prefix, 4 + name.len())
    }

    /// The group that a message is for and where its contents start; `None` when it is for neither or malformed.
    fn read(message: &[u8], swapped: bool) -> Option<(Group, usize)> {
        let short = |at: usize| {
            let value = u16::from_ne_bytes(message.get(at..at + 2)?.try_into().ok()?);
            Some(usize::from(if swapped { value.swap_bytes() } else { value }))
        };
        let count = short(0)?;
        let mut name = 2 * (count + 1);
        let mut group = None;
        for index in 0..count {
            let length = short(2 * (index + 1))?;
            let bytes = message.get(name..name + length)?;
            group = group.or([Group::Services, Group::Sync].into_iter().find(|group| group.name() == bytes));
            name += length;
        }
        Some((group?, name))
    }
}

const PREFIX_MAX: usize = 8;

#[cfg(test)]
mod tests;
