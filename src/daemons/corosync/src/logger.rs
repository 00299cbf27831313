//! Log lines to where `logging.*` sends them.

use crate::configuration::with_code;
use crate::flight::{self, NotStored};
use core_icmap::Map;
use core_log::{Logging, Record, Stamp, Target};
use core_types::{CsError, Level};
use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use sys_os::Syslog;

/// The daemon's log.
pub(crate) struct Logger {
    logging: Logging,
    files: HashMap<String, File>,
    syslog: Syslog,
    host: String,
    line: String,
}

impl Logger {
    /// A log that only takes emergencies until it is configured.
    pub(crate) fn new() -> Logger {
        let logging = Logging::new();
        let syslog = Syslog::open(c"corosync", logging.facility().0);
        let host = sys_os::node_name().unwrap_or_default();
        Logger { logging, files: HashMap::new(), syslog, host, line: String::new() }
    }

    /// Takes `logging.*` over, opens its files and logs what is obsolete in it. After an error all is as before.
    pub(crate) fn configure(&mut self, map: &Map) -> Result<(), String> {
        let mut logging = self.logging.clone();
        let warnings = logging.configure(map).map_err(|error| error.to_string())?;
        let mut opened = HashMap::new();
        for name in logging.files().filter(|&name| !self.files.contains_key(name)) {
            let file = open(name).map_err(|error| {
                let why = with_code(&error);
                format!("parse error in config: Can't open logfile '{name}' for reason: {why}.")
            })?;
            opened.insert(name.to_owned(), file);
        }
        self.files.retain(|known, _| logging.files().any(|name| name == known));
        self.files.extend(opened);
        self.syslog = Syslog::open(c"corosync", logging.facility().0);
        self.logging = logging;
        flight::keep(self.logging.blackbox());
        for warning in warnings {
            self.log("MAIN", Level::Warning, format_args!("{warning}"));
        }
        Ok(())
    }

    /// Opens the files again, for log rotation. What can't be opened is logged and goes on in the old file; the error
    /// is the last one.
    pub(crate) fn reopen(&mut self) -> Result<(), CsError> {
        let mut result = Ok(());
        for name in self.logging.clone().files() {
            match open(name) {
                Ok(new) => {
                    self.files.insert(name.to_owned(), new);
                }
                Err(error) => {
                    let why = with_code(&error);
                    self.log("QB", Level::Warning, format_args!("Unable to reopen log file {name}: {why}"));
                    result = Err(CsError::from_errno(error.raw_os_error().unwrap_or(0)));
                }
            }
        }
        result
    }

    /// Stores the newest lines of every level as a file that `qb-blackbox` prints.
    pub(crate) fn store_flight_data(&mut self) {
        match flight::store() {
            Ok(()) => {}
            Err(NotStored::File(error)) => {
                let why = with_code(&error);
                self.log("MAIN", Level::Error, format_args!("Can't store blackbox file: {why}"));
            }
            Err(NotStored::Link { to, link }) => {
                let line = format_args!("Can't create symlink to '{to}' for corosync blackbox file '{link}'");
                self.log("MAIN", Level::Error, line);
            }
        }
    }

    /// Logs a line.
    pub(crate) fn log(&mut self, subsystem: &str, level: Level, text: fmt::Arguments<'_>) {
        flight::record(subsystem, level, text);
        let route = self.logging.route(subsystem, level);
        if route.is_empty() {
            return;
        }
        let now = sys_os::local_time();
        let at = Stamp {
            month: now.month,
            day: now.day,
            hour: now.hour,
            minute: now.minute,
            second: now.second,
            millis: now.millis,
        };
        let (pid, host, source) = (std::process::id(), &*self.host, ("", 0, ""));
        let record = Record { subsystem, level, text, at, pid, host, source };
        let line = &mut self.line;
        if route.stderr {
            self.logging.line(Target::Stderr, &record, line);
            line.push('\n');
            let _nobody_reads = std::io::stderr().write_all(line.as_bytes());
        }
        if let Some(file) = route.file.and_then(|name| self.files.get_mut(name)) {
            self.logging.line(Target::File, &record, line);
            line.push('\n');
            let _disk_full = file.write_all(line.as_bytes());
        }
        if let Some(level) = route.syslog {
            self.logging.line(Target::Syslog, &record, line);
            self.syslog.write(level as u8, line);
        }
    }
}

fn open(name: &str) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(name)
}
