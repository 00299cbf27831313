//! Exit codes of agents, by class.

/// Exit codes of OCF agents (`enum ocf_exitcode`), which results of all classes are given in.
pub mod ocf {
    /// It worked.
    pub const OK: i32 = 0;
    /// It failed.
    pub const UNKNOWN_ERROR: i32 = 1;
    /// A parameter can't be used on this host.
    pub const INVALID_PARAMETER: i32 = 2;
    /// The agent has no such action.
    pub const UNIMPLEMENTED: i32 = 3;
    /// The agent may not do it.
    pub const INSUFFICIENT_PRIVILEGES: i32 = 4;
    /// There is no agent, or not what it needs.
    pub const NOT_INSTALLED: i32 = 5;
    /// Parameters can't be used on any host.
    pub const NOT_CONFIGURED: i32 = 6;
    /// The resource is stopped.
    pub const NOT_RUNNING: i32 = 7;
    /// It is promoted.
    pub const PROMOTED: i32 = 8;
    const FAILED_PROMOTED: i32 = 9;
    /// It runs, and may fail soon.
    pub const DEGRADED: i32 = 190;
    const DEGRADED_PROMOTED: i32 = 191;
    /// Nothing is known yet (pacemaker's own).
    pub const UNKNOWN: i32 = 193;

    /// A code for people (`services_ocf_exitcode_str()`).
    #[must_use]
    pub fn words(code: i32) -> &'static str {
        match code {
            OK => "ok",
            UNKNOWN_ERROR => "error",
            INVALID_PARAMETER => "invalid parameter",
            UNIMPLEMENTED => "unimplemented feature",
            INSUFFICIENT_PRIVILEGES => "insufficient privileges",
            NOT_INSTALLED => "not installed",
            NOT_CONFIGURED => "not configured",
            NOT_RUNNING => "not running",
            PROMOTED => "promoted",
            FAILED_PROMOTED => "promoted (failed)",
            DEGRADED => "OCF_DEGRADED",
            DEGRADED_PROMOTED => "promoted (degraded)",
            _ => "unknown",
        }
    }

    /// What an OCF agent's exit code counts as.
    #[must_use]
    pub fn of_ocf(code: i32) -> i32 {
        match code {
            OK..=FAILED_PROMOTED | DEGRADED | DEGRADED_PROMOTED => code,
            _ => UNKNOWN_ERROR,
        }
    }
}

/// Exit codes of init scripts' `status`, of which some are the executor's own.
pub mod lsb {
    use super::ocf;

    /// Nobody knows.
    pub const STATUS_UNKNOWN: i32 = 4;
    /// What it needs isn't configured.
    pub const NOT_CONFIGURED: i32 = 6;
    /// There is no such script.
    pub const STATUS_NOT_INSTALLED: i32 = 150;
    /// The script may not be run.
    pub const STATUS_INSUFFICIENT_PRIVILEGES: i32 = 151;
    const STATUS_DEAD: std::ops::RangeInclusive<i32> = 1..=3;
    /// The last code that other actions share with OCF agents.
    const LAST_COMMON: i32 = 7;

    /// What an init script's exit code counts as.
    #[must_use]
    pub fn to_ocf(action: &str, code: i32) -> i32 {
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

/// Exit codes of Nagios's plugins.
pub mod nagios {
    use super::ocf;

    const OK: i32 = 0;
    const WARNING: i32 = 1;
    /// Nobody knows.
    pub const UNKNOWN: i32 = 3;
    /// The plugin may not be run (pacemaker's own).
    pub const INSUFFICIENT_PRIVILEGES: i32 = 100;

    /// What a plugin's exit code counts as.
    #[must_use]
    pub fn to_ocf(code: i32) -> i32 {
        match code {
            OK => ocf::OK,
            WARNING => ocf::DEGRADED,
            INSUFFICIENT_PRIVILEGES => ocf::INSUFFICIENT_PRIVILEGES,
            _ => ocf::UNKNOWN_ERROR,
        }
    }
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
        for (code, told) in [(0, 0), (1, 190), (2, 1), (3, 1), (100, 4)] {
            assert_eq!(nagios::to_ocf(code), told, "{code}");
        }
    }
}
