//! The configuration service: ring and node status, killing a node, shutdown with everybody's consent, reload of
//! corosync.conf on the whole ring.
//!
//! Counterpart: `exec/cfg.c`, `ipc_cfg.h` (3.1.7). What corosync.conf says and which keys a reload may change is not
//! known here: the daemon reloads, this service says when, on which nodes, and to whom the result goes.
#![forbid(unsafe_code)]

mod crypto;
mod reload;
mod service;
mod shutdown;
mod status;
pub mod wire;

pub use service::Cfg;
