//! What libknet logs: fixed-size records through a pipe.

use crate::ffi;
use core_types::Level;
use nix::errno::Errno;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// One line that libknet logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters.
    pub level: Level,
    /// The part of libknet that says it, e.g. `link`.
    pub subsystem: String,
    /// What it says.
    pub text: String,
}

/// The reading end of libknet's log; never blocks.
#[derive(Debug)]
pub struct LogReader(pub(crate) OwnedFd);

const RECORD: usize = size_of::<ffi::knet_log_msg>();

impl LogReader {
    /// The next line, if there is one. A record is written at once and shorter than a pipe's atomic size, so it is
    /// whole or not there.
    pub fn next(&self) -> io::Result<Option<LogLine>> {
        let mut record = [0u8; RECORD];
        match nix::unistd::read(&self.0, &mut record) {
            Ok(RECORD) => Ok(Some(decode(&record))),
            Ok(_) | Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }
}

impl AsFd for LogReader {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn decode(record: &[u8; RECORD]) -> LogLine {
    let at = std::mem::offset_of!(ffi::knet_log_msg, msg);
    let text = record[at..].split(|&byte| byte == 0).next().unwrap_or_default();
    let level = match u32::from(record[std::mem::offset_of!(ffi::knet_log_msg, msglevel)]) {
        ffi::KNET_LOG_ERR => Level::Error,
        ffi::KNET_LOG_WARN => Level::Warning,
        ffi::KNET_LOG_INFO => Level::Info,
        _ => Level::Debug,
    };
    let subsystem = subsystem_name(record[std::mem::offset_of!(ffi::knet_log_msg, subsystem)]);
    LogLine { level, subsystem, text: String::from_utf8_lossy(text).into_owned() }
}

fn subsystem_name(number: u8) -> String {
    // SAFETY: knet_log_get_subsystem_name(3) takes any number and gives a string that lives for ever
    let name = unsafe { std::ffi::CStr::from_ptr(ffi::knet_log_get_subsystem_name(number)) };
    name.to_string_lossy().into_owned()
}
