//! Logging: which line goes where, and what it looks like there.
//!
//! Counterparts (3.1.7): `logsys.c`, `logconfig.c` and libqb's `log_format.c`. Nothing here writes: a shell asks
//! [`Logging::route`] and puts [`Logging::line`] where it is told to. Beside them, [`Blackbox`]
//! keeps the newest lines of all levels.
#![forbid(unsafe_code)]

mod blackbox;
mod config;
mod format;
mod names;

pub use blackbox::{Blackbox, HEADER_SIZE};
pub use config::{CHANGED_BY, Error, Logging, Route};
pub use format::{Record, Stamp, Target};
pub use names::{Facility, level_name};
