//! The time, as rules in a CIB have it.

use core_rules::DateTime;
use sys_os::LocalTime;

/// Now, in the machine's time zone.
#[must_use]
pub fn now() -> DateTime {
    moment(&sys_os::local_time())
}

/// A moment by the machine's clock.
#[must_use]
pub fn moment(at: &LocalTime) -> DateTime {
    let seconds = (i32::from(at.hour) * 60 + i32::from(at.minute)) * 60 + i32::from(at.second);
    DateTime::new(at.year, at.month, at.day, seconds, at.offset).unwrap_or(DateTime::EPOCH)
}
