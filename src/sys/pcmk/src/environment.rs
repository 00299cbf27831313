//! What `/etc/default/pacemaker` sets: options named `PCMK_*`, or `HA_*` as of old (`pcmk__env_option()`).

use core_log::Facility;
use core_types::Level;
use std::path::PathBuf;
use sys_qb::TransportType;

const LOG_FILE: &str = "/var/log/pacemaker/pacemaker.log";

/// See the module.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The log's file; `None`: none.
    pub log_file: Option<PathBuf>,
    /// The file's mode.
    pub log_mode: Option<u32>,
    /// `None`: no syslog.
    pub facility: Option<Facility>,
    /// What goes to syslog: this and what matters more.
    pub priority: Level,
    /// Whether the log goes to standard error, too.
    pub stderr: bool,
    /// Whether lines of level debug are logged.
    pub debug: bool,
    /// How clients' messages travel.
    pub transport: TransportType,
    /// Size of IPC buffers, in bytes.
    pub buffer: u32,
    /// Which options say what can't be had here.
    pub unknown: Vec<String>,
}

/// An option as it is set; `None` where it isn't.
#[must_use]
pub fn option(name: &str) -> Option<String> {
    ["PCMK_", "HA_"].iter().find_map(|prefix| std::env::var(format!("{prefix}{name}")).ok())
}

impl Environment {
    /// Reads the process's; some options hold only for daemons that they name.
    #[must_use]
    pub fn read(daemon: &str) -> Environment {
        Environment::of(daemon, &option)
    }

    fn of(daemon: &str, variable: &dyn Fn(&str) -> Option<String>) -> Environment {
        let mut unknown = Vec::new();
        let is_none = |text: &String| text.eq_ignore_ascii_case("none");
        let enabled = |name| variable(name).is_some_and(|text| is_true(&text) || text.contains(daemon));
        let log_file = variable("logfile").unwrap_or_else(|| LOG_FILE.to_owned());
        let facility = variable("logfacility").unwrap_or_else(|| "daemon".to_owned());
        let transport = match variable("ipc_type").as_deref() {
            Some("socket") => TransportType::Socket,
            Some(queue @ ("posix" | "sysv")) => {
                unknown.push(format!("PCMK_ipc_type={queue}: there are no message queues, using shared memory"));
                TransportType::Shm
            }
            _ => TransportType::Shm,
        };
        if enabled("blackbox") {
            unknown.push("PCMK_blackbox: there is no blackbox".to_owned());
        }
        Environment {
            log_file: Some(log_file).filter(|name| !is_none(name) && name != "/dev/null").map(PathBuf::from),
            log_mode: variable("logfile_mode").and_then(|text| u32::from_str_radix(&text, 8).ok()),
            facility: if is_none(&facility) { None } else { Facility::named(&facility).or(Some(Facility::DAEMON)) },
            priority: variable("logpriority").map_or(Level::Notice, |text| level(&text)),
            stderr: enabled("stderr"),
            debug: enabled("debug"),
            transport,
            buffer: core_pcmk_ipc::buffer_size(variable("ipc_buffer").as_deref()),
            unknown,
        }
    }
}

fn is_true(text: &str) -> bool {
    ["true", "on", "yes", "y", "1"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// `crm_priority2int()`
fn level(name: &str) -> Level {
    match name {
        "emerg" => Level::Emergency,
        "alert" => Level::Alert,
        "crit" => Level::Critical,
        "error" => Level::Error,
        "warning" => Level::Warning,
        "info" => Level::Info,
        "debug" => Level::Debug,
        "trace" => Level::Trace,
        _ => Level::Notice,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str)]) -> Environment {
        let find = |name: &str| settings.iter().find(|row| row.0 == name).map(|row| row.1.to_owned());
        Environment::of("pacemaker-based", &find)
    }

    #[test]
    fn daemons_log_to_the_common_file_and_to_syslog() {
        let plain = with(&[]);
        assert_eq!((plain.log_file, plain.facility), (Some(LOG_FILE.into()), Some(Facility::DAEMON)));
        assert_eq!((plain.priority, plain.stderr, plain.debug), (Level::Notice, false, false));
        let none = with(&[("logfile", "None"), ("logfacility", "none"), ("logpriority", "debug")]);
        assert_eq!((none.log_file, none.facility, none.priority), (None, None, Level::Debug));
    }

    #[test]
    fn debugging_can_be_for_some_daemons() {
        assert!(with(&[("debug", "yes")]).debug);
        assert!(with(&[("debug", "pacemaker-execd,pacemaker-based")]).debug);
        assert!(!with(&[("debug", "pacemaker-execd")]).debug);
    }

    #[test]
    fn the_transport_is_shared_memory_or_sockets() {
        assert_eq!(with(&[("ipc_type", "socket")]).transport, TransportType::Socket);
        let queue = with(&[("ipc_type", "sysv")]);
        assert_eq!((queue.transport, queue.unknown.len()), (TransportType::Shm, 1));
    }
}
