//! The cmap service: clients' access to the configuration map and to the statistics map, and the check that all
//! nodes run the same `totem.config_version`.
//!
//! Counterparts: `exec/cmap.c`, `exec/stats.c`, `ipc_cmap.h` (3.1.7). The configuration map itself is
//! `core-icmap`; where statistics come from is the host's [`Transport`](core_service::Transport) to say, which
//! [`stats`] helps with names and types.
#![forbid(unsafe_code)]

mod config_version;
mod connection;
mod service;
pub mod stats;
mod stats_map;
mod track;
pub mod wire;

pub use connection::{ITERATORS_MAX, TRACKERS_MAX};
pub use service::Cmap;
