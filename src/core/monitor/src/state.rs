//! The states that mon's and wd's resources go through, with the lines that the reference logs of them.

use core_service::{Host, log};
use std::fmt;

/// Where a resource is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Not looked after.
    #[default]
    Stopped,
    /// Looked after, and well.
    Running,
    /// Looked after, and not well.
    Failed,
}

/// What moves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A key of the resource changed.
    ConfigChanged,
    /// It was found unwell.
    Failure,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Stopped => "stopped",
            State::Running => "running",
            State::Failed => "failed",
        })
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Event::ConfigChanged => "config_changed",
            Event::Failure => "failure",
        })
    }
}

impl State {
    /// Moves on, and logs it. False when it is there already.
    pub(crate) fn set(
        &mut self,
        host: &mut dyn Host,
        subsystem: &'static str,
        name: &str,
        event: Event,
        next: State,
    ) -> bool {
        if *self == next {
            return false;
        }
        log!(host, subsystem, Info, "Fsm:{name} event \"{event}\", state \"{self}\" --> \"{next}\"");
        *self = next;
        true
    }
}
