//! kronosnet's libknet behind a safe face: several links to each node, encrypted, compressed, monitored.
//!
//! Counterpart of the reference: `totemknet.c` (3.1.7), which also says where a frame goes: its totem header names
//! a target node or none (see [`Handle::new`]). libknet's own threads do the network's work; a frame is sent
//! to and received from one datagram descriptor.

mod ffi;
mod handle;
mod log;
mod models;
mod statistics;

pub use handle::{Compression, Crypto, Ends, Handle, LinkStatus, Pings, Policy, Protocol};
pub use log::{LogLine, LogReader};
pub use models::{compression_models, crypto_models};

/// Largest frame, in bytes (`KNET_MAX_PACKET_SIZE`).
pub const FRAME_MAX: usize = 65536;
