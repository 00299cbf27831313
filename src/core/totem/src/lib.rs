//! Totem: who is in the ring, and one order of messages for all of them.
//!
//! Counterparts: `exec/totemsrp.c` (single ring protocol: membership, ordering, recovery, flow control) and
//! `exec/totempg.c` (packing), 3.1.7. Frames are exchangeable with its daemons'. Nothing here sends, sleeps or
//! reads a clock: [`Totem`] takes inputs with the time at which they happen and gives [`Action`]s.
//!
//! How to drive it: feed any number of frames, messages and timeouts, then call [`Totem::next_action`] until it
//! gives nothing more, carrying out each action, and all that follows from it (a sync that it completes is told
//! to [`Totem::synced`]), before asking for the next one. Messages that are queued between
//! two such rounds share frames. Sleep until [`Totem::next_timeout`].
//!
//! What a node sends to itself (in a ring of one: everything, the token included) goes round inside.
#![forbid(unsafe_code)]

mod action;
mod buffer;
mod config;
mod interface;
mod nodes;
mod pg;
mod sort;
mod srp;
mod stats;
mod timers;
mod totem;
pub mod wire;

pub use action::{Action, Configuration, Delivery};
pub use buffer::Bytes;
pub use config::Config;
pub use interface::{Interface, Rebind, Watch};
pub use pg::Group;
pub use srp::State;
pub use stats::{PgStats, SrpStats};
pub use timers::Timer;
pub use totem::{QueueLevel, Refused, Totem};
