//! The quorum service: tells clients whether this partition has quorum and who is in it.
//!
//! Counterpart: `exec/vsf_quorum.c`, `ipc_quorum.h` (3.1.7). Whether there is quorum is not decided here but by the
//! provider (`core_votequorum`), through `Host::set_quorum`; without a provider every partition has quorum. The
//! provider `corosync_ykd` is not there.
#![forbid(unsafe_code)]

mod service;
mod view;
pub mod wire;

pub use service::Quorum;
