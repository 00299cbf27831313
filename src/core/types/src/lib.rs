//! What every floor shares: corosync's error codes, identifiers, log levels and message headers.
//!
//! Counterparts in the reference (3.1.7): `corotypes.h`, `mar_gen.h`, `ipc_*.h`'s common part and libqb's
//! `qbipc_common.h`. Nothing here knows a particular service.
#![forbid(unsafe_code)]

mod error;
mod guarantee;
mod ids;
mod level;
pub mod mar;
mod number;

pub use error::CsError;
pub use guarantee::Guarantee;
pub use ids::{ConnId, NodeId, RingId, ServiceId};
pub use level::Level;
pub use number::{leading_digits, leading_integer};

/// Nanoseconds on a clock that never jumps; what every state machine calls `now`.
pub type Nanos = u64;

/// One millisecond, in [`Nanos`].
pub const MILLIS: Nanos = 1_000_000;

/// Largest message that totem carries, in bytes (`MESSAGE_SIZE_MAX`).
pub const MESSAGE_SIZE_MAX: usize = 1024 * 1024;

/// Most processors a ring may have (`PROCESSOR_COUNT_MAX`).
pub const PROCESSOR_COUNT_MAX: usize = 384;

/// Most links (interfaces) a node may have (`INTERFACE_MAX`).
pub const INTERFACE_MAX: usize = 8;
