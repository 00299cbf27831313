//! The daemon's exit codes (`e_corosync_done` in `util.h`).

/// The configuration file can't be used.
pub(crate) const CONFIG: i32 = 8;
/// The logging configuration can't be used.
pub(crate) const LOG_CONFIG: i32 = 7;
/// fork(2) failed.
pub(crate) const FORK: i32 = 4;
/// Totem could not be started.
pub(crate) const FATAL: i32 = 15;
/// The state directory isn't there.
pub(crate) const STATE_DIR: i32 = 16;
/// The lock file can't be made.
pub(crate) const LOCK: i32 = 17;
/// Another instance holds the lock.
pub(crate) const ALREADY_RUNNING: i32 = 18;
/// A service did not start.
pub(crate) const SERVICE: i32 = 20;
/// The ring id can't be stored.
pub(crate) const STORE_RING_ID: i32 = 21;
