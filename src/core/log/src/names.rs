//! Names of levels and of syslog's facilities.

use core_types::Level;

/// A syslog facility, as its number shifted for `syslog(3)` (`LOG_DAEMON` is `3 << 3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facility(pub i32);

impl Facility {
    /// `daemon`.
    pub const DAEMON: Facility = Facility(3 << 3);

    /// The facility of that name (`qb_log_facility2int`).
    pub fn named(name: &str) -> Option<Facility> {
        const NAMES: [&str; 12] =
            ["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"];
        let local = |name: &str| match name.strip_prefix("local")?.as_bytes() {
            [digit @ b'0'..=b'7'] => Some(16 + usize::from(digit - b'0')),
            _ => None,
        };
        let number = NAMES.iter().position(|known| *known == name).or_else(|| local(name))?;
        Some(Facility((number as i32) << 3))
    }
}

/// The level of that name in any case (`logsys_priority_id_get`); there is no name for trace.
pub(crate) fn level(name: &str) -> Option<Level> {
    Some(match name.to_ascii_lowercase().as_str() {
        "emerg" => Level::Emergency,
        "alert" => Level::Alert,
        "crit" => Level::Critical,
        "err" | "error" => Level::Error,
        "warning" => Level::Warning,
        "notice" => Level::Notice,
        "info" => Level::Info,
        "debug" => Level::Debug,
        _ => return None,
    })
}

/// What a level is called in a line.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Emergency => "emerg",
        Level::Alert => "alert",
        Level::Critical => "crit",
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => "notice",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facilities_have_syslog_s_numbers() {
        assert_eq!(Facility::named("daemon"), Some(Facility::DAEMON));
        assert_eq!(Facility::named("ftp"), Some(Facility(11 << 3)));
        assert_eq!(Facility::named("local7"), Some(Facility(23 << 3)));
        for bad in ["local8", "local", "Daemon", ""] {
            assert_eq!(Facility::named(bad), None, "{bad}");
        }
    }
}
