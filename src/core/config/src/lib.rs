//! corosync.conf: its language, its checks, and what it sets in the map.
//!
//! Counterparts (3.1.7): `coroparse.c`, `totemconfig.c`, the reload in `cfg.c` and the options read in `main.c`.
//! Same checks, in the same order, in the same words. Nothing here does I/O: the shell hands over the files
//! ([`Files`]) and answers what else must be asked of the machine ([`Outside`]).
//!
//! At start: [`set_read_only_keys`], [`parse`], logging's configuration, [`TotemConfig::read`],
//! [`TotemConfig::validate`], [`ProcessOptions::read`]. Later: [`TotemConfig::map_changed`], [`reload`]; what the
//! transport has to do then is told by [`transport_changes`].
#![forbid(unsafe_code)]

mod error;
mod interface;
mod items;
mod language;
mod logging;
mod number;
mod outside;
mod parse;
mod process;
mod reload;
mod totem;
mod uidgid;

pub use error::{Error, Place};
pub use outside::{IpVersion, KeyError, Outside};
pub use parse::{Files, Sources, parse};
pub use process::{CgroupMove, Priority, ProcessOptions, set_read_only_keys};
pub use reload::{Reload, reload};
pub use totem::{Crypto, KnetProtocol, Link, Member, Timers, TotemConfig, TransportChange, TransportKind, Warning};
pub use totem::{setting_changes, transport_changes};
