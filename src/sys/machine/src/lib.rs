//! The machine: how much of it is in use, its hardware watchdog, and how to restart it.

mod usage;
mod watchdog;

pub use usage::{load_15min, memory_used};
pub use watchdog::Watchdog;

use nix::sys::reboot::{RebootMode, reboot};

/// Restarts the machine at once, without stopping anything. Returns only where that isn't allowed.
pub fn restart() -> nix::errno::Errno {
    match reboot(RebootMode::RB_AUTOBOOT) {
        Err(errno) => errno,
        Ok(never) => match never {},
    }
}

/// Turns the machine off at once, without stopping anything. Returns only where that isn't allowed.
pub fn power_off() -> nix::errno::Errno {
    match reboot(RebootMode::RB_POWER_OFF) {
        Err(errno) => errno,
        Ok(never) => match never {},
    }
}
