//! Between the nodes' cpg services, multicast over totem (`exec/cpg.c`).
//!
//! The structures are what follows the `RequestHeader` that every multicast starts with. A sender of the other
//! byte order is understood: [`Decode::decode`] swaps.

use super::{GroupName, NAME_MAX};
use core_types::PROCESSOR_COUNT_MAX;
use core_types::mar::{MessageSource, RequestHeader};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Numbers of the messages.
pub mod message {
    /// A process joins: [`super::ProcJoin`].
    pub const PROCJOIN: u16 = 0;
    /// A process leaves or ended: [`super::ProcJoin`].
    pub const PROCLEAVE: u16 = 1;
    /// A node's processes, in sync: [`super::JoinListHead`] and [`super::JoinListEntry`]s.
    pub const JOINLIST: u16 = 2;
    /// A group's message: [`super::Mcast`] and its bytes.
    pub const MCAST: u16 = 3;
    /// What corosync 1 sent for [`DOWNLIST`]; it only shows in the log.
    pub const DOWNLIST_OLD: u16 = 4;
    /// Whom a node lost, in sync: [`super::Downlist`]. Everybody knows by itself; it only shows in the log.
    pub const DOWNLIST: u16 = 5;
    /// Part of a large message: [`super::PartialMcast`] and its bytes.
    pub const PARTIAL_MCAST: u16 = 6;
    /// How many there are.
    pub const COUNT: u16 = 7;
}

/// `req_exec_cpg_procjoin`, for joins and leaves.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct ProcJoin {
    /// The group.
    pub group: GroupName,
    /// The process.
    pub pid: u32,
    /// Unused.
    pub pad0: u32,
    /// A [`super::reason`].
    pub reason: u32,
    /// Unused.
    pub pad1: u32,
}

/// The rest of the response header that a joinlist starts with.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct JoinListHead {
    /// Unused, 0.
    pub error: i32,
    /// Unused.
    pub pad: u32,
}

/// `join_list_entry`: a process of the sender's node.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct JoinListEntry {
    /// The process.
    pub pid: u32,
    /// Unused.
    pub pad: u32,
    /// Its group.
    pub group: GroupName,
}

/// `req_exec_cpg_mcast`; `msglen` bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Mcast {
    /// The group.
    pub group: GroupName,
    /// Bytes that follow.
    pub msglen: u32,
    /// Unused.
    pub pad0: u32,
    /// The sending process.
    pub pid: u32,
    /// Unused.
    pub pad1: u32,
    /// Its connection.
    pub source: MessageSource,
}

/// `req_exec_cpg_partial_mcast`; `fraglen` bytes follow.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct PartialMcast {
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
    /// The sending process.
    pub pid: u32,
    /// Unused.
    pub pad2: u32,
    /// Which part ([`super::partial`]).
    pub part: u32,
    /// Unused.
    pub pad3: u32,
    /// Its connection.
    pub source: MessageSource,
}

/// `req_exec_cpg_downlist`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Downlist {
    /// How many members the sender's ring had before.
    pub old_members: u32,
    /// Unused.
    pub pad0: u32,
    /// Entries used of `nodeids`.
    pub left: u32,
    /// Unused.
    pub pad1: u32,
    /// Whom the sender lost.
    pub nodeids: [u32; PROCESSOR_COUNT_MAX],
}

/// A structure at the start of a multicast's body.
pub trait Decode: FromBytes + Immutable + KnownLayout + Sized {
    /// The same in the other byte order.
    fn swap(&mut self);

    /// Reads it from a whole multicast, its `RequestHeader` included, and gives what follows it; `None` when the
    /// message is too short.
    fn decode(message: &[u8], swapped: bool) -> Option<(Self, &[u8])> {
        let body = message.get(size_of::<RequestHeader>()..)?;
        let (mut value, rest) = Self::read_from_prefix(body).ok()?;
        if swapped {
            value.swap();
        }
        Some((value, rest))
    }
}

fn swap(fields: &mut [&mut u32]) {
    for field in fields {
        **field = field.swap_bytes();
    }
}

impl Decode for ProcJoin {
    fn swap(&mut self) {
        swap(&mut [&mut self.group.length, &mut self.pid, &mut self.reason]);
    }
}

impl Decode for Mcast {
    fn swap(&mut self) {
        swap(&mut [&mut self.group.length, &mut self.msglen, &mut self.pid, &mut self.source.nodeid]);
        self.source.conn = self.source.conn.swap_bytes();
    }
}

impl Decode for PartialMcast {
    fn swap(&mut self) {
        swap(&mut [&mut self.group.length, &mut self.msglen, &mut self.fraglen, &mut self.pid, &mut self.part]);
        swap(&mut [&mut self.source.nodeid]);
        self.source.conn = self.source.conn.swap_bytes();
    }
}

impl Decode for Downlist {
    fn swap(&mut self) {
        swap(&mut [&mut self.old_members, &mut self.left]);
        self.nodeids.iter_mut().for_each(|node| *node = node.swap_bytes());
    }
}

impl Decode for JoinListHead {
    fn swap(&mut self) {
        self.error = self.error.swap_bytes();
    }
}

/// The processes in a joinlist, those with a valid name; `None` when it doesn't end where an entry ends.
pub fn joinlist(message: &[u8], swapped: bool) -> Option<impl DoubleEndedIterator<Item = JoinListEntry>> {
    let (_, entries) = JoinListHead::decode(message, swapped)?;
    let chunks = entries.chunks_exact(size_of::<JoinListEntry>());
    let whole = chunks.remainder().is_empty();
    let read = move |chunk: &[u8]| {
        let mut entry = JoinListEntry::read_from_bytes(chunk).ok()?;
        if swapped {
            swap(&mut [&mut entry.pid, &mut entry.group.length]);
        }
        (entry.group.length as usize <= NAME_MAX).then_some(entry)
    };
    whole.then(|| chunks.filter_map(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::reason;

    fn message(parts: &[&[u8]]) -> Vec<u8> {
        let size = size_of::<RequestHeader>() + parts.iter().map(|part| part.len()).sum::<usize>();
        let mut message = RequestHeader::new(2 << 16, size).as_bytes().to_vec();
        parts.iter().for_each(|part| message.extend_from_slice(part));
        message
    }

    #[test]
    fn layouts_are_the_c_ones() {
        let header = size_of::<RequestHeader>();
        assert_eq!(header + size_of::<ProcJoin>(), 168);
        assert_eq!(header + size_of::<Mcast>(), 184);
        assert_eq!(header + size_of::<PartialMcast>(), 200);
        assert_eq!(header + size_of::<Downlist>(), 1568);
        assert_eq!(header + size_of::<JoinListHead>(), 24);
        assert_eq!(size_of::<JoinListEntry>(), 144);
    }

    #[test]
    fn either_byte_order_is_understood() {
        let group = GroupName::new(b"group").unwrap();
        let mut sent = ProcJoin { group, pid: 77, pad0: 0, reason: reason::LEAVE, pad1: 0 };
        for swapped in [false, true] {
            let bytes = message(&[sent.as_bytes()]);
            let (got, rest) = ProcJoin::decode(&bytes, swapped).unwrap();
            assert_eq!((got.pid, got.reason, got.group.get(), rest.len()), (77, 2, Some(&b"group"[..]), 0));
            sent.swap();
        }
        let mut entry = JoinListEntry { pid: 5, pad: 0, group };
        for swapped in [false, true] {
            let bytes = message(&[JoinListHead::default().as_bytes(), entry.as_bytes(), entry.as_bytes()]);
            let got: Vec<_> = joinlist(&bytes, swapped).unwrap().map(|entry| (entry.pid, entry.group.length)).collect();
            assert_eq!(got, [(5, 5), (5, 5)]);
            swap(&mut [&mut entry.pid, &mut entry.group.length]);
        }
    }

    #[test]
    fn a_torn_joinlist_is_none_and_lying_names_are_left_out() {
        let mut entry = JoinListEntry { pid: 5, pad: 0, group: GroupName::new(b"g").unwrap() };
        let torn = message(&[JoinListHead::default().as_bytes(), &entry.as_bytes()[1..]]);
        assert!(joinlist(&torn, false).is_none());
        entry.group.length = NAME_MAX as u32 + 1;
        let lying = message(&[JoinListHead::default().as_bytes(), entry.as_bytes()]);
        assert_eq!(joinlist(&lying, false).unwrap().count(), 0);
        assert!(joinlist(&[0; 20], false).is_none());
    }
}
