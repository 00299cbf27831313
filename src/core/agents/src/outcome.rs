//! What came of an operation: whether the agent could be run, what it exited with, and why.

use crate::class::Class;
use crate::codes::ocf;
use core_types::Level;

/// Of what an agent prints, so many characters of a line and so many lines are logged.
const LOGGED_LINE_MAX: usize = 600;
const LOGGED_LINES_MAX: usize = 1000;

/// `enum pcmk_exec_status`: what became of the attempt to run an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum ExecStatus {
    /// Nothing is known yet.
    Unknown = -2,
    /// It isn't over.
    Pending = -1,
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
            ExecStatus::Unknown => "UNKNOWN!",
            ExecStatus::Pending => "pending",
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

/// A result, before it is told in terms of OCF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// As the agent's class has it.
    pub code: i32,
    /// What became of the attempt.
    pub status: ExecStatus,
    /// Why, for people.
    pub reason: Option<String>,
}

impl Outcome {
    /// A result that nothing more is to be said of.
    #[must_use]
    pub fn plain(code: i32, status: ExecStatus) -> Outcome {
        Outcome { code, status, reason: None }
    }

    /// A result and why.
    #[must_use]
    pub fn because(code: i32, status: ExecStatus, reason: impl Into<String>) -> Outcome {
        Outcome { code, status, reason: Some(reason.into()) }
    }

    /// Whether all went well (`pcmk__result_ok()`).
    #[must_use]
    pub fn is_well(&self) -> bool {
        (self.code, self.status) == (ocf::OK, ExecStatus::Done)
    }
}

/// A process that ran for an action and ended (`async_action_complete()`).
#[derive(Clone, Copy, Debug)]
pub struct Ended<'a> {
    /// The class of the agent.
    pub class: Class,
    /// What ran, for people: [`Class::agent_words`].
    pub agent: &'a str,
    /// The action's name.
    pub action: &'a str,
    /// What lines of the log name it by.
    pub key: &'a str,
    /// Its number.
    pub pid: u32,
    /// Milliseconds that it had; 0: no limit.
    pub timeout: i32,
    /// Whether it was killed as they were over.
    pub timed_out: bool,
    /// Whether it was killed as nobody wants it any more.
    pub cancelled: bool,
}

impl Ended<'_> {
    /// What came of it, with a line for the log: it exited with `code`, or else ended by a signal with that number and
    /// words.
    #[must_use]
    pub fn outcome(&self, code: Option<i32>, signal: Option<(i32, &str)>, stderr: &str) -> (Outcome, Level, String) {
        let Ended { key, pid, agent, .. } = self;
        let timeout = readable(u64::from(self.timeout.cast_unsigned()));
        if let Some(code) = code {
            let reason = if self.class == Class::Ocf { reason_in(stderr) } else { None };
            let outcome = Outcome { code, status: ExecStatus::Done, reason: reason.map(str::to_owned) };
            return (outcome, Level::Debug, format!("{key}[{pid}] exited with status {code}"));
        }
        if self.timed_out {
            let reason = format!("{agent} did not complete within {timeout}");
            let outcome = Outcome::because(self.class.generic_error(self.action), ExecStatus::Timeout, reason);
            return (outcome, Level::Info, format!("{agent} {key}[{pid}] timed out after {timeout}"));
        }
        let (number, words) = signal.unwrap_or((0, "unknown"));
        let outcome = if self.cancelled {
            Outcome::plain(ocf::OK, ExecStatus::Cancelled)
        } else {
            let reason = format!("{agent} interrupted by {words} signal");
            Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, reason)
        };
        (outcome, Level::Info, format!("{key}[{pid}] terminated with signal {number} ({words})"))
    }
}

/// What an agent printed, as lines for the log.
pub fn output_lines(prefix: &str, text: &str) -> impl Iterator<Item = String> {
    text.lines().take(LOGGED_LINES_MAX).map(move |line| {
        let end = line.char_indices().nth(LOGGED_LINE_MAX).map_or(line.len(), |(end, _)| end);
        format!("{prefix} [ {} ]", &line[..end])
    })
}

/// How an OCF agent says why it fails, in a line of its standard error.
pub const REASON_PREFIX: &str = "ocf-exit-reason:";
/// Bytes of a reason that are kept.
const REASON_MAX: usize = 128;

/// The last reason in what an agent printed; an empty one is none.
#[must_use]
pub fn reason_in(text: &str) -> Option<&str> {
    let (_, rest) = text.rsplit_once(REASON_PREFIX)?;
    let line = rest.split('\n').next().filter(|line| !line.is_empty())?;
    let end = (0..=REASON_MAX.min(line.len())).rev().find(|end| line.is_char_boundary(*end))?;
    Some(&line[..end])
}

/// A time as lines of the log have it (`pcmk__readable_interval()`): a unit is used from above one of it.
#[must_use]
pub fn readable(mut millis: u64) -> String {
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
