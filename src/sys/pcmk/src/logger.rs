//! Log lines as pacemaker's daemons write them: the function's name in the reference, level and text.

use crate::{Environment, GROUP, USER};
use core_log::level_name;
use core_types::Level;
use std::cell::LazyCell;
use std::ffi::CStr;
use std::fs::{File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use sys_os::Syslog;

/// A line for the log, with the name of the reference's function.
pub type Line = (Level, &'static str, String);

/// The daemon's log.
pub struct Logger {
    daemon: &'static str,
    files: Vec<File>,
    syslog: Option<(Syslog, Level)>,
    stderr: bool,
    level: Level,
    host: String,
    process: u32,
}

/// What is read and written in a log file unless `PCMK_logfile_mode` says another.
const MODE: u32 = 0o660;

impl Logger {
    /// Opens it, with files that the command line adds; what fails is said where else there is.
    pub fn open(daemon: &'static CStr, environment: &Environment, more: &[PathBuf], verbose: u8) -> Logger {
        let (mut files, mut failures) = (Vec::new(), Vec::new());
        for path in environment.log_file.iter().chain(more) {
            match open(path, environment.log_mode) {
                Ok(file) => files.push(file),
                Err(error) => failures.push(format!("Logging to '{}' is disabled: {error}", path.display())),
            }
        }
        // the first `-V` asks for standard error, which the environment decides on in the end
        let level = match (environment.debug, verbose) {
            (false, 0 | 1) => Level::Info,
            (false, 2) | (true, 0 | 1) => Level::Debug,
            _ => Level::Trace,
        };
        let syslog = environment.facility.map(|facility| (Syslog::open(daemon, facility.0), environment.priority));
        let host = sys_os::node_name().unwrap_or_default();
        let daemon = daemon.to_str().unwrap_or_default();
        let process = std::process::id();
        let logger = Logger { daemon, files, syslog, stderr: environment.stderr, level, host, process };
        for line in failures.iter().chain(&environment.unknown) {
            logger.log(Level::Warning, "crm_log_init", line);
        }
        logger
    }

    /// Logs a line.
    pub fn log(&self, level: Level, function: &str, text: &str) {
        self.write(std::iter::once((level, function, text)));
    }

    /// Logs lines that were made elsewhere, all at once.
    pub fn log_all(&self, lines: &[Line]) {
        self.write(lines.iter().map(|(level, function, text)| (*level, *function, text.as_str())));
    }

    fn write<'a>(&self, lines: impl Iterator<Item = (Level, &'a str, &'a str)>) {
        let (mut said, mut stamped) = (String::new(), String::new());
        let stamp = LazyCell::new(|| self.stamp());
        for (level, function, text) in lines {
            if let Some((syslog, priority)) = &self.syslog
                && level <= *priority
            {
                // syslog has no level below debug
                syslog.write((level as u8).min(Level::Debug as u8), &format!(" {}: {text}", level_name(level)));
            }
            if level > self.level {
                continue;
            }
            let line = format!("({function}) \t{}: {text}\n", level_name(level));
            if self.stderr {
                said += &line;
            }
            if !self.files.is_empty() {
                stamped += &stamp;
                stamped += &line;
            }
        }
        if !said.is_empty() {
            let _nobody_reads = std::io::stderr().write_all(said.as_bytes());
        }
        for mut file in self.files.iter().filter(|_| !stamped.is_empty()) {
            let _disk_full = file.write_all(stamped.as_bytes());
        }
    }

    /// What a file's lines begin with now.
    fn stamp(&self) -> String {
        let now = sys_os::local_time();
        format!(
            "{} {:02} {:02}:{:02}:{:02}.{:03} {} {:<20}[{}] ",
            now.month_name(),
            now.day,
            now.hour,
            now.minute,
            now.second,
            now.millis,
            self.host,
            self.daemon,
            self.process
        )
    }
}

/// Opens a log file, for all of the cluster's group.
fn open(path: &Path, mode: Option<u32>) -> std::io::Result<File> {
    let file = OpenOptions::new().append(true).create(true).mode(MODE).open(path)?;
    let ids = (sys_os::user_id(USER), sys_os::group_id(GROUP));
    let metadata = file.metadata()?;
    if let (Ok(Some(user)), Ok(Some(group))) = ids
        && (metadata.gid(), metadata.mode() & 0o070) != (group, 0o060)
    {
        let _not_ours = fchown(&file, Some(user), Some(group));
    }
    let _not_ours = file.set_permissions(Permissions::from_mode(mode.unwrap_or(MODE)));
    Ok(file)
}
