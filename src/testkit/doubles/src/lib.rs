//! What stands in for the outside when a core is tested alone: a host for one service, an outside for a whole
//! engine, a machine to read corosync.conf on, schemas for a CIB.
//!
//! It depends on cores only, so that any core's tests may use it. Tests add what is special to them.
#![forbid(unsafe_code)]

#[cfg(feature = "config")]
pub mod conf;
mod host;
#[cfg(feature = "engine")]
pub mod nowhere;
#[cfg(feature = "cib")]
mod schemas;
mod transport;
mod watchdog;

pub use host::FakeHost;
#[cfg(feature = "cib")]
pub use schemas::AnySchema;
pub use transport::FakeTransport;
pub use watchdog::FakeWatchdog;
