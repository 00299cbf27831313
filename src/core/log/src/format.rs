//! What a line looks like.

use crate::names::level_name;
use core_types::Level;
use std::fmt::{self, Write};

/// Longest line, in bytes, as libqb cuts it (`QB_LOG_MAX_LEN` less its NUL).
const LINE_MAX: usize = 511;
/// The daemon's name in log files.
const NAME: &str = "corosync";

/// `logging.timestamp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timestamp {
    Off,
    Seconds,
    Millis,
}

/// What lines show besides their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) timestamp: Timestamp,
    pub(crate) fileline: bool,
    pub(crate) function: bool,
}

/// Where a line goes: each kind of place has its own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Standard error.
    Stderr,
    /// A log file.
    File,
    /// syslog, which adds time and level itself.
    Syslog,
}

/// A moment in local time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 60.
    pub second: u8,
    /// 0 to 999.
    pub millis: u16,
}

/// One thing to log.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The subsystem: `MAIN`, `TOTEM`, ...
    pub subsystem: &'a str,
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: fmt::Arguments<'a>,
    /// When.
    pub at: Stamp,
    /// The process.
    pub pid: u32,
    /// The machine's name.
    pub host: &'a str,
    /// Where in the source: file, line and function; empty or 0 where that isn't known.
    pub source: (&'a str, u32, &'a str),
}

/// Writes a line, without a newline at its end, over what `out` holds.
pub(crate) fn write(format: Format, target: Target, record: &Record<'_>, out: &mut String) {
    out.clear();
    let done = parts(format, target, record, out);
    debug_assert!(done.is_ok(), "writing to a string can't fail");
    cut(out, LINE_MAX);
    if out.ends_with('\n') {
        out.pop();
    }
}

/// Shortens a text to so many bytes, between two characters.
pub(crate) fn cut(text: &mut String, max: usize) {
    if text.len() > max {
        let end = (0..=max).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
        text.truncate(end);
    }
}

fn parts(format: Format, target: Target, record: &Record<'_>, out: &mut String) -> fmt::Result {
    let stamped = format.timestamp != Timestamp::Off;
    if stamped && target != Target::Syslog {
        stamp(format.timestamp, record.at, out)?;
        out.push(' ');
    }
    if target == Target::File {
        write!(out, "[{}] {} {NAME}", record.pid, record.host)?;
    }
    if stamped && target != Target::Stderr {
        out.push(' ');
    }
    match target {
        Target::Syslog => out.push(' '),
        _ => write!(out, "{:<7.7} ", level_name(record.level))?,
    }
    write!(out, "[{:<6.6}]", record.subsystem)?;
    let (file, line, function) = record.source;
    match (format.fileline, format.function) {
        (true, true) => write!(out, " {file}:{function}:{line}")?,
        (true, false) => write!(out, " {file}:{line}")?,
        (false, true) => write!(out, " {function}")?,
        (false, false) => {}
    }
    write!(out, " {}", record.text)
}

fn stamp(kind: Timestamp, at: Stamp, out: &mut String) -> fmt::Result {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = MONTHS[usize::from(at.month.saturating_sub(1)) % MONTHS.len()];
    write!(out, "{month} {:02} {:02}:{:02}:{:02}", at.day, at.hour, at.minute, at.second)?;
    if kind == Timestamp::Millis {
        write!(out, ".{:03}", at.millis)?;
    }
    Ok(())
}
