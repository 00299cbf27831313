//! What happens at a host's borders, in order. It is all that the checkers know: nothing of the cores' inside.

use super::message::Id;
use core_types::{NodeId, RingId};
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

/// A process on a host; no two ever have the same number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// Its host.
    pub node: NodeId,
    /// Its number.
    pub pid: u32,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.node, self.pid)
    }
}

/// A process that comes or goes, and the reason that is told (`core_cpg::wire::reason`).
pub type Reason = (Process, u32);

/// One thing that happened on a host.
#[derive(Clone, Debug, PartialEq)]
pub enum Seen {
    /// A new life begins, with what was on disk or without.
    Started {
        /// Whether the disk is the one of its last life.
        disk: bool,
    },
    /// The life is over.
    Ended,
    /// A ring id was written to disk.
    Stored(RingId),
    /// Services were told of a configuration.
    Configured {
        /// The new ring, in a transitional configuration too.
        ring: RingId,
        /// Its members.
        members: Vec<NodeId>,
        /// Which kind.
        transitional: bool,
    },
    /// The barrier was passed, and these hosts' states had come.
    Activated {
        /// Whose state was there.
        heard: Vec<NodeId>,
    },
    /// Clients are served again: the sync is over.
    Serving,
    /// A message was taken.
    Accepted {
        /// Which.
        id: Id,
        /// Its bytes on top of the identity.
        length: usize,
    },
    /// A message was refused with CS_ERR_TRY_AGAIN.
    Refused(Id),
    /// A message was delivered.
    Delivered {
        /// From whom, as totem says.
        from: NodeId,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// Services were told of quorum.
    Quorum {
        /// Whether it is there.
        quorate: bool,
        /// Who makes it up.
        members: Vec<NodeId>,
        /// In which ring.
        ring: RingId,
    },
    /// Something of a process in groups.
    Cpg(Process, Cpg),
    /// Something of the quorum device.
    Device(Device),
    /// The daemon was asked to do something drastic.
    Alarm(String),
}

/// What a process of a group does and is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Cpg {
    /// Its request to join was taken.
    Joining {
        /// The group's number.
        group: u8,
    },
    /// Its request to leave was taken.
    Leaving,
    /// It died, or was thrown out.
    Gone,
    /// Its message was taken.
    Sent {
        /// Which.
        id: Id,
        /// Its bytes on top of the identity.
        length: usize,
    },
    /// It was told of a change.
    Changed {
        /// Who is in the group now.
        members: Vec<Process>,
        /// Who came.
        joined: Vec<Reason>,
        /// Who went.
        left: Vec<Reason>,
    },
    /// It was given a message.
    Delivered {
        /// From whom, as the daemon says.
        from: Process,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// It was given a part of a large message.
    Part {
        /// From whom, as the daemon says.
        from: Process,
        /// A message begins.
        first: bool,
        /// It ends.
        last: bool,
        /// The part's bytes.
        bytes: Vec<u8>,
    },
}

/// What the quorum device of a host gets answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// It is registered from now on.
    Registered,
    /// It isn't any more.
    Unregistered,
    /// Its poll counted, with its vote or without.
    Polled {
        /// Whether it cast its vote.
        cast: bool,
    },
}

/// The events of one host that nobody has looked at yet.
#[derive(Debug, Default)]
pub struct Tape {
    seen: Vec<Seen>,
    /// After how many more things the host dies; `None`: it doesn't.
    pub fuse: Option<u32>,
}

/// A tape that several hold.
pub type SharedTape = Rc<RefCell<Tape>>;

impl Tape {
    /// Whether the host still lives when it does the next thing.
    pub fn step(&mut self) -> bool {
        match &mut self.fuse {
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    /// Whether the host died on its way.
    pub fn is_dead(&self) -> bool {
        self.fuse == Some(0)
    }

    /// Notes something, unless the host is dead. Memory for it isn't the host's.
    pub fn note(&mut self, seen: impl FnOnce() -> Seen) {
        if self.step() {
            allocation_counter::opt_out(|| self.seen.push(seen()));
        }
    }

    /// Takes what was noted.
    pub fn take(&mut self) -> Vec<Seen> {
        std::mem::take(&mut self.seen)
    }
}
