//! Votequorum: decides by votes whether this partition has quorum, with all nodes' agreement.
//!
//! Counterpart: `exec/votequorum.c`, `ipc_votequorum.h` (3.1.7). It is the quorum provider: it tells its host, and
//! through it the quorum service, what it decided. [`votes`] is the arithmetic alone.
//!
//! Invariant: nothing that a client or another node sends can make it remember more than [`nodes`]' bound.
#![forbid(unsafe_code)]

mod config;
mod deliver;
mod nodes;
mod notify;
mod qdevice;
mod recalculate;
mod requests;
mod service;
pub mod votes;
pub mod wire;

pub use nodes::{Node, NodeState, Nodes};
pub use service::Votequorum;
