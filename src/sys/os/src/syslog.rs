//! syslog as a target of logging.

use std::ffi::{CStr, CString};

/// The connection to syslog; the C library has one for the process.
#[derive(Debug)]
pub struct Syslog(());

impl Syslog {
    /// Opens syslog for a daemon's name and a facility (`LOG_DAEMON` and so on, shifted), with the process id in every
    /// line. Opening again changes both.
    pub fn open(name: &'static CStr, facility: i32) -> Syslog {
        // SAFETY: the ident is kept by openlog(3) and is static.
        unsafe { libc::openlog(name.as_ptr(), libc::LOG_PID, facility) };
        Syslog(())
    }

    /// Writes a line at a level from 0 (emergency) to 7 (debug). A NUL ends it.
    pub fn write(&self, level: u8, line: &str) {
        let line = line.split('\0').next().unwrap_or_default();
        let Ok(line) = CString::new(line) else { return };
        // SAFETY: the format takes one string, which is NUL-terminated and outlives the call (syslog(3)).
        unsafe { libc::syslog(i32::from(level.min(7)), c"%s".as_ptr(), line.as_ptr()) };
    }
}

impl Drop for Syslog {
    fn drop(&mut self) {
        // SAFETY: closelog(3) has no preconditions.
        unsafe { libc::closelog() };
    }
}
