//! The clocks of this process.

use core_types::Nanos;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

fn read(clock: ClockId) -> Nanos {
    let time: Duration = clock_gettime(clock).expect("Linux has this clock").into();
    time.as_nanos() as Nanos
}

/// Nanoseconds that never jump.
pub(crate) fn monotonic() -> Nanos {
    read(ClockId::CLOCK_MONOTONIC)
}

/// A number that changes every few milliseconds, and costs next to nothing to ask for.
pub(crate) fn tick() -> Nanos {
    read(ClockId::CLOCK_MONOTONIC_COARSE)
}

/// Nanoseconds since 1970.
pub(crate) fn wall() -> u64 {
    read(ClockId::CLOCK_REALTIME)
}
