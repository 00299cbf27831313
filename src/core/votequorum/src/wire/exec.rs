//! What the daemons multicast. Each structure follows the `RequestHeader`.

use super::NameField;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// [`Nodeinfo`].
pub const NODEINFO: u16 = 0;
/// [`Reconfigure`].
pub const RECONFIGURE: u16 = 1;
/// [`QdeviceReg`].
pub const QDEVICE_REG: u16 = 2;
/// [`QdeviceReconfigure`].
pub const QDEVICE_RECONFIGURE: u16 = 3;
/// How many kinds there are.
pub const COUNT: u16 = 4;

/// What a node says of itself ([`Nodeinfo::flags`]; `NODE_FLAGS_*`).
pub mod flags {
    /// Its partition has quorum.
    pub const QUORATE: u32 = 1;
    /// It is shutting down, and votes need not wait for it.
    pub const LEAVING: u32 = 2;
    /// It waits for all nodes.
    pub const WFASTATUS: u32 = 4;
    /// It hasn't been in a ring with others yet.
    pub const FIRST: u32 = 8;
    /// A quorum device is registered with it.
    pub const QDEVICE_REGISTERED: u32 = 16;
    /// That device polls in time.
    pub const QDEVICE_ALIVE: u32 = 32;
    /// That device gives its vote.
    pub const QDEVICE_CAST_VOTE: u32 = 64;
    /// A partition with that device's vote has quorum, whatever its votes.
    pub const QDEVICE_MASTER_WINS: u32 = 128;
}

/// What [`Reconfigure`] changes (`VOTEQUORUM_RECONFIG_PARAM_*`).
pub mod param {
    /// The expected votes of all members.
    pub const EXPECTED_VOTES: u8 = 1;
    /// One node's votes.
    pub const NODE_VOTES: u8 = 2;
    /// Nobody waits for all nodes any more.
    pub const CANCEL_WAIT_FOR_ALL: u8 = 3;
}

/// [`QdeviceReg::operation`]: a device goes.
pub const UNREGISTER: u32 = 0;
/// [`QdeviceReg::operation`]: a device comes.
pub const REGISTER: u32 = 1;

/// `req_exec_quorum_nodeinfo`: a node's votes and state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Nodeinfo {
    /// Which node; 0 is the quorum device.
    pub nodeid: u32,
    /// Its votes.
    pub votes: u32,
    /// What it expects.
    pub expected_votes: u32,
    /// A set of [`flags`].
    pub flags: u32,
}

impl Nodeinfo {
    /// In our byte order, from a sender with the other one.
    pub fn swapped(self) -> Self {
        Nodeinfo {
            nodeid: self.nodeid.swap_bytes(),
            votes: self.votes.swap_bytes(),
            expected_votes: self.expected_votes.swap_bytes(),
            flags: self.flags.swap_bytes(),
        }
    }
}

/// `req_exec_quorum_reconfigure`: a change for everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct Reconfigure {
    /// Which node it is about.
    pub nodeid: u32,
    /// The new value.
    pub value: u32,
    /// One of [`param`].
    pub param: u8,
    /// Unused.
    pub pad: [u8; 7],
}

impl Reconfigure {
    /// In our byte order, from a sender with the other one.
    pub fn swapped(self) -> Self {
        Reconfigure { nodeid: self.nodeid.swap_bytes(), value: self.value.swap_bytes(), ..self }
    }
}

/// `req_exec_quorum_qdevice_reg`: a node's quorum device comes or goes.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct QdeviceReg {
    /// [`REGISTER`] or [`UNREGISTER`].
    pub operation: u32,
    /// The device.
    pub name: NameField,
    /// Unused.
    pub pad: [u8; 5],
}

impl QdeviceReg {
    /// In our byte order, from a sender with the other one.
    pub fn swapped(self) -> Self {
        QdeviceReg { operation: self.operation.swap_bytes(), ..self }
    }
}

/// `req_exec_quorum_qdevice_reconfigure`: the quorum device has another name. The same in either byte order.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct QdeviceReconfigure {
    /// Its name so far.
    pub old: NameField,
    /// Its name from now on.
    pub new: NameField,
    /// Unused.
    pub pad: [u8; 2],
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Less the header's 16 bytes: against `sizeof` of the reference's structures.
    #[test]
    fn layouts_are_the_references() {
        assert_eq!((size_of::<Nodeinfo>(), size_of::<Reconfigure>()), (32 - 16, 32 - 16));
        assert_eq!((size_of::<QdeviceReg>(), size_of::<QdeviceReconfigure>()), (280 - 16, 528 - 16));
        assert_eq!(std::mem::offset_of!(QdeviceReconfigure, new), 255);
    }

    #[test]
    fn the_other_byte_order_is_turned() {
        let info = Nodeinfo { nodeid: 1, votes: 2, expected_votes: 3, flags: 9 };
        let mut foreign = info.as_bytes().to_vec();
        foreign.chunks_mut(4).for_each(<[u8]>::reverse);
        assert_eq!(Nodeinfo::read_from_bytes(&foreign).unwrap().swapped(), info);
        let change = Reconfigure { nodeid: 1, value: 2, param: param::NODE_VOTES, pad: [0; 7] };
        let mut foreign = change.as_bytes().to_vec();
        foreign[..8].chunks_mut(4).for_each(<[u8]>::reverse);
        assert_eq!(Reconfigure::read_from_bytes(&foreign).unwrap().swapped(), change);
    }
}
