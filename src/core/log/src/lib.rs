//! Logging: which line goes where, and what it looks like there.
//!
//! Counterparts (3.1.7): `logsys.c`, `logconfig.c` and libqb's `log_format.c`. Nothing here writes: a shell asks
//! [`Logging::route`] and puts [`Logging::line`] where it is told to. The flight recorder (blackbox) is left out:
//! `logging.blackbox` is checked and otherwise ignored.
#![forbid(unsafe_code)]

mod config;
mod format;
mod names;

pub use config::{CHANGED_BY, Error, Logging, Route};
pub use format::{Record, Stamp, Target};
pub use names::{Facility, level_name};
