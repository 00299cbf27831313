//! What pacemaker's daemons on the hosts of a cluster say to each other, and who of them is there.
//!
//! Counterparts: `lib/cluster/cpg.c`, `membership.c` (2.1.5). All daemons of a kind are in one of corosync's groups, where
//! every message goes to all, in one order; a message that is for one host names it, and the others pass over it.
//!
//! Left to others: the connection to corosync (sys/pcmk), what messages say (core/cib).
#![forbid(unsafe_code)]

mod members;
mod message;

pub use members::{Change, Members};
pub use message::{DecodeError, HEADER_SIZE, Heard, Host, Kind, decode, encode};
