//! What totem asks of the host around it, and tells the services in it.

use crate::buffer::Bytes;
use crate::pg::Group;
use core_types::{Level, NodeId, RingId};

/// A message in its place in the order.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Who sent it.
    pub from: NodeId,
    /// Who it is for.
    pub group: Group,
    /// Its bytes, at no particular alignment.
    pub message: Bytes,
    /// Whether its sender has the other byte order.
    pub swapped: bool,
}

/// A configuration. Between a transitional one and the regular one that follows come the last messages of the
/// old ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The new ring, in both kinds.
    pub ring: RingId,
    /// Its members; in a transitional configuration those that come from the old ring together.
    pub members: Vec<NodeId>,
    /// Transitional: those of the old ring that don't come along.
    pub left: Vec<NodeId>,
    /// Regular: those that are new.
    pub joined: Vec<NodeId>,
    /// Which kind.
    pub transitional: bool,
}

/// Something to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send a token to another node.
    SendToken {
        /// That node.
        to: NodeId,
        /// The frame.
        frame: Bytes,
    },
    /// Send a frame to all other nodes that are configured, in the ring or not. Never to the sender itself: it has it.
    Multicast {
        /// The frame.
        frame: Bytes,
    },
    /// Write the ring's sequence number to disk, synced, before anything else is done: no ring may ever have the
    /// same one again. If that fails, stop.
    StoreRingId(RingId),
    /// A message for the services or sync.
    Deliver(Delivery),
    /// The ring changed.
    Configuration(Configuration),
    /// The token was passed on; [`Totem::notify_token`](crate::Totem::notify_token) asked for this.
    TokenSent,
    /// The token was lost: look whether the network interface is still there (see [`Watch`](crate::Watch)).
    CheckInterface,
    /// Throw away all frames that wait to be read: they are old, the process slept.
    DiscardReceived,
    /// Log a line under `TOTEM`.
    Log {
        /// How much it matters.
        level: Level,
        /// The line.
        line: String,
    },
}
