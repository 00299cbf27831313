//! Classes of agents ("standards"), and what their exit codes mean.

use crate::codes::{lsb, nagios, ocf};
use crate::outcome::{ExecStatus, Outcome, REASON_PREFIX};

/// A class of agents, without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Agents of the Open Cluster Framework.
    Ocf,
    /// Init scripts.
    Lsb,
    /// An init script or a unit of systemd's, whichever there is.
    Service,
    /// Units of systemd's.
    Systemd,
    /// Plugins of Nagios's, which only monitor.
    Nagios,
    /// Fence devices.
    Stonith,
    /// Alert agents, which belong to no resource.
    Alert,
    /// No class at all: any program.
    Program,
    /// Whatever isn't known.
    Other,
}

impl Class {
    /// The class of that name.
    #[must_use]
    pub fn of(name: &str) -> Class {
        match name.to_ascii_lowercase().as_str() {
            "ocf" => Class::Ocf,
            "lsb" => Class::Lsb,
            "service" => Class::Service,
            "systemd" => Class::Systemd,
            "nagios" => Class::Nagios,
            "stonith" => Class::Stonith,
            "alert" => Class::Alert,
            _ => Class::Other,
        }
    }

    /// As lines of the log have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Class::Ocf => "ocf",
            Class::Lsb => "lsb",
            Class::Service => "service",
            Class::Systemd => "systemd",
            Class::Nagios => "nagios",
            Class::Stonith => "stonith",
            Class::Alert => "alert",
            Class::Program => "(null)",
            Class::Other => "other",
        }
    }

    /// What runs for it, as exit reasons have it.
    #[must_use]
    pub fn agent_words(self) -> &'static str {
        match self {
            Class::Stonith => "Fence agent",
            Class::Alert => "Alert agent",
            Class::Program => "Process",
            _ => "Resource agent",
        }
    }

    /// What an agent of this class knows an action as.
    #[must_use]
    pub fn action(self, name: &str) -> &str {
        match self {
            Class::Lsb | Class::Service | Class::Systemd if name.eq_ignore_ascii_case("monitor") => "status",
            _ => name,
        }
    }

    /// Whether its agents take parameters.
    #[must_use]
    pub fn has_parameters(self) -> bool {
        matches!(self, Class::Ocf | Class::Stonith | Class::Nagios)
    }

    /// Whether its agents read parameters from standard input.
    #[must_use]
    pub fn reads_input(self) -> bool {
        self == Class::Stonith
    }

    /// Whether its agents come from several providers.
    #[must_use]
    pub fn has_providers(self) -> bool {
        self == Class::Ocf
    }

    /// What an exit code counts as.
    #[must_use]
    pub fn to_ocf(self, action: &str, code: i32) -> i32 {
        match self {
            Class::Lsb => lsb::to_ocf(action, code),
            Class::Nagios => nagios::to_ocf(code),
            Class::Systemd => code,
            _ => ocf::of_ocf(code),
        }
    }

    fn is_lsb_status(self, action: &str) -> bool {
        self == Class::Lsb && self.action(action).eq_ignore_ascii_case("status")
    }

    /// One of three codes: an init script's status has its own, and so has a plugin of Nagios's.
    fn code(self, action: &str, status: i32, nagios: i32, else_ocf: i32) -> i32 {
        match self {
            _ if self.is_lsb_status(action) => status,
            Class::Nagios => nagios,
            Class::Program => ocf::UNKNOWN_ERROR,
            _ => else_ocf,
        }
    }

    /// The code of an error that nothing more is known of.
    #[must_use]
    pub fn generic_error(self, action: &str) -> i32 {
        self.code(action, lsb::STATUS_UNKNOWN, nagios::UNKNOWN, ocf::UNKNOWN_ERROR)
    }

    /// The code of a parameter that can't be used on this host.
    #[must_use]
    pub fn invalid_parameter(self, action: &str) -> i32 {
        self.code(action, lsb::NOT_CONFIGURED, nagios::UNKNOWN, ocf::INVALID_PARAMETER)
    }

    /// What comes of a process that gives up before it becomes the agent: its result, and what it printed. Only OCF has
    /// words for why.
    #[must_use]
    pub fn given_up(self, code: i32, reason: &str) -> (Outcome, String) {
        match self {
            Class::Ocf => (Outcome::because(code, ExecStatus::Done, reason), format!("{REASON_PREFIX}{reason}\n")),
            _ => (Outcome::plain(code, ExecStatus::Done), String::new()),
        }
    }

    /// What it means that `name` could not be looked at or run, for an errno.
    #[must_use]
    pub fn unavailable(self, action: &str, name: &str, errno: i32, words: &str) -> Outcome {
        let reason = Some(format!("{name}: {words}"));
        let (code, status, reason) = match errno {
            NO_ENTRY | NOT_A_DIRECTORY | IS_A_DIRECTORY | INVALID | NOT_EXECUTABLE => {
                let code = self.code(action, lsb::STATUS_NOT_INSTALLED, nagios::UNKNOWN, ocf::NOT_INSTALLED);
                (code, ExecStatus::NotInstalled, reason)
            }
            ACCESS | NOT_PERMITTED => {
                let codes = (lsb::STATUS_INSUFFICIENT_PRIVILEGES, nagios::INSUFFICIENT_PRIVILEGES);
                let code = self.code(action, codes.0, codes.1, ocf::INSUFFICIENT_PRIVILEGES);
                (code, ExecStatus::Error, reason)
            }
            _ => (self.generic_error(action), ExecStatus::Error, Some(words.to_owned())),
        };
        Outcome { code, status, reason }
    }
}

/// Linux's numbers of errors, as far as they decide.
const NOT_PERMITTED: i32 = 1;
pub(crate) const NO_ENTRY: i32 = 2;
pub(crate) const TOO_MUCH: i32 = 7;
const NOT_EXECUTABLE: i32 = 8;
const ACCESS: i32 = 13;
const NOT_A_DIRECTORY: i32 = 20;
const IS_A_DIRECTORY: i32 = 21;
const INVALID: i32 = 22;
