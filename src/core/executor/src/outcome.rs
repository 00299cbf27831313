//! What came of an operation: whether the agent could be run, what it exited with, and why.

/// `enum pcmk_exec_status`: what became of the attempt to run an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ExecStatus {
    /// It ran; what it exited with is known.
    Done = 0,
    /// It was cancelled.
    Cancelled = 1,
    /// It didn't end in its time.
    Timeout = 2,
    /// The agent has no such action.
    NotSupported = 3,
    /// It failed; trying again may help.
    Error = 4,
    /// It can't work on this host.
    ErrorHard = 5,
    /// It can't work on any host.
    ErrorFatal = 6,
    /// There is no such agent here.
    NotInstalled = 7,
    /// Values that are kept apart from the configuration can't be had.
    NoSecrets = 11,
}

impl ExecStatus {
    /// As the log has it (`pcmk_exec_status_str()`).
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ExecStatus::Done => "complete",
            ExecStatus::Cancelled => "Cancelled",
            ExecStatus::Timeout => "Timed Out",
            ExecStatus::NotSupported => "NOT SUPPORTED",
            ExecStatus::Error => "Error",
            ExecStatus::ErrorHard => "Hard error",
            ExecStatus::ErrorFatal => "Fatal error",
            ExecStatus::NotInstalled => "Not installed",
            ExecStatus::NoSecrets => "CIB secrets unavailable",
        }
    }

    /// The status of a number; what isn't one here is an error.
    #[must_use]
    pub fn of(number: i32) -> ExecStatus {
        match number {
            0 => ExecStatus::Done,
            1 => ExecStatus::Cancelled,
            2 => ExecStatus::Timeout,
            3 => ExecStatus::NotSupported,
            5 => ExecStatus::ErrorHard,
            6 => ExecStatus::ErrorFatal,
            7 => ExecStatus::NotInstalled,
            11 => ExecStatus::NoSecrets,
            _ => ExecStatus::Error,
        }
    }
}

/// Exit codes of OCF agents (`enum ocf_exitcode`), which results of all classes are given in.
pub(crate) mod ocf {
    pub(crate) const OK: i32 = 0;
    pub(crate) const UNKNOWN_ERROR: i32 = 1;
    pub(crate) const UNIMPLEMENTED: i32 = 3;
    pub(crate) const INSUFFICIENT_PRIVILEGES: i32 = 4;
    pub(crate) const NOT_INSTALLED: i32 = 5;
    pub(crate) const NOT_RUNNING: i32 = 7;
    const FAILED_PROMOTED: i32 = 9;
    const DEGRADED: i32 = 190;
    const DEGRADED_PROMOTED: i32 = 191;

    /// What an OCF agent's exit code counts as.
    pub(crate) fn of_ocf(code: i32) -> i32 {
        match code {
            OK..=FAILED_PROMOTED | DEGRADED | DEGRADED_PROMOTED => code,
            _ => UNKNOWN_ERROR,
        }
    }
}

/// Exit codes of init scripts' `status`, of which some are the executor's own.
pub(crate) mod lsb {
    use super::ocf;

    pub(crate) const STATUS_UNKNOWN: i32 = 4;
    pub(crate) const STATUS_NOT_INSTALLED: i32 = 150;
    pub(crate) const STATUS_INSUFFICIENT_PRIVILEGES: i32 = 151;
    const STATUS_DEAD: std::ops::RangeInclusive<i32> = 1..=3;
    /// The last code that other actions share with OCF agents.
    const LAST_COMMON: i32 = 7;

    /// What an init script's exit code counts as.
    pub(crate) fn to_ocf(action: &str, code: i32) -> i32 {
        match code {
            _ if !matches!(action, "status" | "monitor") => match code {
                ocf::OK..=LAST_COMMON => code,
                _ => ocf::UNKNOWN_ERROR,
            },
            ocf::OK => ocf::OK,
            STATUS_NOT_INSTALLED => ocf::NOT_INSTALLED,
            STATUS_INSUFFICIENT_PRIVILEGES => ocf::INSUFFICIENT_PRIVILEGES,
            code if STATUS_DEAD.contains(&code) => ocf::NOT_RUNNING,
            _ => ocf::UNKNOWN_ERROR,
        }
    }
}

/// A result, before it is told in terms of OCF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// As the agent's class has it.
    pub(crate) code: i32,
    pub(crate) status: ExecStatus,
    pub(crate) reason: Option<String>,
}

/// How an OCF agent says why it fails, in a line of its standard error.
pub(crate) const REASON_PREFIX: &str = "ocf-exit-reason:";
/// Bytes of a reason that are kept.
const REASON_MAX: usize = 128;

/// The last reason in what an agent printed; an empty one is none.
pub(crate) fn reason_in(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once(REASON_PREFIX)?;
    let line = rest.split('\n').next().filter(|line| !line.is_empty())?;
    let end = (0..=REASON_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end))?;
    Some(&line[..end])
}

/// A time as lines of the log have it (`pcmk__readable_interval()`): a unit is used from above one of it.
pub(crate) fn readable(mut millis: u64) -> String {
    let mut text = String::new();
    for (unit, length) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000)] {
        if millis > length {
            text += &format!("{}{unit}", millis / length);
            millis %= length;
        }
    }
    match millis {
        1001.. => {
            text += &(millis / 1000).to_string();
            if !millis.is_multiple_of(1000) {
                text += &format!(".{:03}", millis % 1000);
            }
            text.push('s');
        }
        1.. => text += &format!("{millis}ms"),
        0 if text.is_empty() => text.push_str("0s"),
        0 => {}
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_agents_are_told_as_ocf_knows_them() {
        for (code, told) in [(-1, 1), (0, 0), (8, 8), (9, 9), (10, 1), (189, 1), (190, 190), (191, 191), (192, 1)] {
            assert_eq!(ocf::of_ocf(code), told, "{code}");
        }
        for (action, code, told) in [
            ("start", 0, 0),
            ("start", 7, 7),
            ("start", 8, 1),
            ("stop", -1, 1),
            ("monitor", 0, 0),
            ("monitor", 1, 7),
            ("status", 3, 7),
            ("status", 4, 1),
            ("monitor", 150, 5),
            ("monitor", 151, 4),
        ] {
            assert_eq!(lsb::to_ocf(action, code), told, "{action} {code}");
        }
    }

    #[test]
    fn the_last_reason_counts() {
        assert_eq!(reason_in("no reason"), None);
        assert_eq!(reason_in("ocf-exit-reason:a\nx\nocf-exit-reason:b c\nmore"), Some("b c"));
        assert_eq!(reason_in("ocf-exit-reason:a\nocf-exit-reason:\n"), None);
        assert_eq!(reason_in("said: ocf-exit-reason:late"), Some("late"));
        let long = format!("ocf-exit-reason:{}é", "x".repeat(REASON_MAX - 1));
        assert_eq!(reason_in(&long).map(str::len), Some(REASON_MAX - 1), "no character is cut in two");
    }

    #[test]
    fn times_read_as_the_reference_writes_them() {
        for (millis, text) in [
            (0, "0s"),
            (1, "1ms"),
            (1000, "1000ms"),
            (1001, "1.001s"),
            (20_000, "20s"),
            (60_000, "60s"),
            (61_000, "1m1000ms"),
            (120_000, "2m"),
            (90_061_500, "1d1h1m1.500s"),
        ] {
            assert_eq!(readable(millis), text);
        }
    }
}
