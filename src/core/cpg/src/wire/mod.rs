//! What cpg's clients and nodes say to each other, laid out as in memory on x86-64.
//!
//! Counterparts (3.1.7): `ipc_cpg.h` ([`ipc`]) and the exec messages of `exec/cpg.c` ([`exec`]). Fields named `pad`
//! are the C compiler's holes: written as zero, never read.

pub mod exec;
pub mod ipc;

use std::fmt;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The IPC socket's name.
pub const SERVICE: &str = "cpg";

/// Longest group name, in bytes (`CPG_MAX_NAME_LENGTH`).
pub const NAME_MAX: usize = 128;

/// `mar_cpg_name_t`: a group's name.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct GroupName {
    /// Bytes used of `value`; more than [`NAME_MAX`] is a bad message.
    pub length: u32,
    /// Unused.
    pub pad: u32,
    /// The name; what follows the used bytes is carried along, never compared.
    pub value: [u8; NAME_MAX],
}

impl GroupName {
    /// A name of these bytes; `None` when there are more than [`NAME_MAX`].
    pub fn new(name: &[u8]) -> Option<Self> {
        let mut group = GroupName { length: name.len() as u32, pad: 0, value: [0; NAME_MAX] };
        group.value.get_mut(..name.len())?.copy_from_slice(name);
        Some(group)
    }

    /// The name's bytes; `None` when `length` lies.
    pub fn get(&self) -> Option<&[u8]> {
        self.value.get(..self.length as usize)
    }

    /// Whether both are the same valid name (`mar_name_compare`).
    pub fn is(&self, other: &GroupName) -> bool {
        self.get().is_some_and(|name| other.get() == Some(name))
    }
}

impl fmt::Display for GroupName {
    /// Bytes that aren't printable are shown as `\xNN`, as the reference logs them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &byte in self.get().unwrap_or_default() {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02X}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// `mar_cpg_address_t`: a process of a group, and why it is told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Address {
    /// Its node.
    pub nodeid: u32,
    /// Unused.
    pub pad0: u32,
    /// Its process id.
    pub pid: u32,
    /// Unused.
    pub pad1: u32,
    /// A [`reason`]; 0 in lists of members.
    pub reason: u32,
    /// Unused.
    pub pad2: u32,
}

impl Address {
    /// An address.
    pub fn new(nodeid: u32, pid: u32, reason: u32) -> Self {
        Address { nodeid, pid, reason, ..Default::default() }
    }
}

/// Why a process joined or left (`cpg_reason_t`, `lib_cpg_confchg_reason`).
pub mod reason {
    /// It asked to join.
    pub const JOIN: u32 = 1;
    /// It asked to leave.
    pub const LEAVE: u32 = 2;
    /// Its node left the ring.
    pub const NODEDOWN: u32 = 3;
    /// Its node joined the ring.
    pub const NODEUP: u32 = 4;
    /// It ended without leaving.
    pub const PROCDOWN: u32 = 5;
}

/// Which part of a message that is too large for one request (`lib_cpg_partial_types`).
pub mod partial {
    /// The first.
    pub const FIRST: u32 = 1;
    /// Neither the first nor the last.
    pub const CONTINUED: u32 = 2;
    /// The last.
    pub const LAST: u32 = 3;
}
