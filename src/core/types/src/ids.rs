//! Identifiers: nodes, rings, services, client connections.

use std::fmt;

/// A node's id from corosync.conf (`nodeid`); 0 is no node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A ring's identity (`memb_ring_id`): its representative and a sequence number that strictly rises at
/// every node. Shown as the reference logs it: both in hexadecimal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RingId {
    /// The node that formed the ring.
    pub representative: NodeId,
    /// Rises by at least 4 with each ring formed.
    pub seq: u64,
}

impl fmt::Display for RingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{:x}", self.representative.0, self.seq)
    }
}

/// One of corosync's services (`corosync_service_types`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum ServiceId {
    /// The configuration map.
    Cmap = 0,
    /// Configuration: reload, shutdown, kill, node and link status.
    Cfg = 1,
    /// Closed process groups.
    Cpg = 2,
    /// Quorum for clients.
    Quorum = 3,
    /// Load generator.
    Pload = 4,
    /// Vote arithmetic.
    Votequorum = 5,
    /// Resource monitoring.
    Mon = 6,
    /// Hardware watchdog.
    Wd = 7,
}

impl ServiceId {
    /// Every service, in the order of their numbers.
    pub const ALL: [ServiceId; 8] = [
        ServiceId::Cmap,
        ServiceId::Cfg,
        ServiceId::Cpg,
        ServiceId::Quorum,
        ServiceId::Pload,
        ServiceId::Votequorum,
        ServiceId::Mon,
        ServiceId::Wd,
    ];

    /// The short name: that of the IPC socket and of cmap's `internal_configuration` and stats keys.
    pub fn name(self) -> &'static str {
        match self {
            ServiceId::Cmap => "cmap",
            ServiceId::Cfg => "cfg",
            ServiceId::Cpg => "cpg",
            ServiceId::Quorum => "quorum",
            ServiceId::Pload => "pload",
            ServiceId::Votequorum => "votequorum",
            ServiceId::Mon => "mon",
            ServiceId::Wd => "wd",
        }
    }
}

/// One client's connection to one service. Never reused within a daemon's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);
