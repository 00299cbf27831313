//! Which line goes where, from `logging.*`.

use crate::format::{self, Format, Record, Target, Timestamp};
use crate::names::{Facility, level};
use core_icmap::Map;
use core_types::Level;
use std::fmt;

/// Most subsystems that are told apart (`LOGSYS_MAX_SUBSYS_COUNT`).
const SUBSYSTEMS_MAX: usize = 32;
/// Longest name of a subsystem, NUL included (`LOGSYS_MAX_SUBSYS_NAMELEN`).
const NAME_SIZE: usize = 64;

/// A change of a key under one of these means: [`Logging::configure`] again, unless `config.reload_in_progress` is 1.
pub const CHANGED_BY: [&str; 2] = ["logging.", "config.reload_in_progress"];

/// What is wrong with `logging.*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The reference's words.
    pub reason: String,
    /// The key.
    pub key: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "parse error in config: {}.", self.reason)
    }
}

impl std::error::Error for Error {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Debugging {
    Off,
    On,
    Trace,
}

/// What holds for all subsystems, or for one.
#[derive(Clone, Debug)]
struct Settings {
    to_file: bool,
    file: Option<String>,
    syslog: Level,
    logfile: Level,
    debug: Debugging,
}

impl Settings {
    /// A level in force: debugging overrides it.
    fn level(&self, configured: Level) -> Level {
        match self.debug {
            Debugging::Off => configured,
            Debugging::On => Level::Debug,
            Debugging::Trace => Level::Trace,
        }
    }
}

/// Where a line goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Route<'a> {
    /// To standard error.
    pub stderr: bool,
    /// To syslog, at that level (never above debug).
    pub syslog: Option<Level>,
    /// To that file.
    pub file: Option<&'a str>,
}

impl Route<'_> {
    /// Whether it goes nowhere.
    pub fn is_empty(&self) -> bool {
        *self == Route::default()
    }
}

/// Logging as it is configured.
#[derive(Clone, Debug)]
pub struct Logging {
    format: Format,
    blackbox: bool,
    to_stderr: bool,
    to_syslog: bool,
    facility: Facility,
    main: Settings,
    subsystems: Vec<(String, Settings)>,
}

impl Default for Logging {
    fn default() -> Self {
        Self::new()
    }
}

impl Logging {
    /// What holds until the configuration is read: standard error and syslog, with emergencies only.
    pub fn new() -> Logging {
        let level = Level::Emergency;
        Logging {
            format: Format { timestamp: Timestamp::Off, fileline: false, function: false },
            blackbox: false,
            to_stderr: true,
            to_syslog: true,
            facility: Facility::DAEMON,
            main: Settings { to_file: false, file: None, syslog: level, logfile: level, debug: Debugging::Off },
            subsystems: Vec::new(),
        }
    }

    /// Reads `logging.*`. What is obsolete gives lines to log at level warning (subsystem MAIN). After an error
    /// nothing has changed.
    pub fn configure(&mut self, map: &Map) -> Result<Vec<String>, Error> {
        let mut new = self.clone();
        let mut warnings = Vec::new();
        new.format = read_format(map)?;
        new.blackbox = on_or_off(map, "blackbox")?.unwrap_or(true);
        new.read_main(map, &mut warnings)?;
        new.subsystems.clear();
        for name in subsystem_names(map) {
            let settings = new.read_subsystem(map, &name, &mut warnings)?;
            if new.subsystems.len() >= SUBSYSTEMS_MAX {
                let reason = "unable to create new logging subsystem".into();
                return Err(Error { reason, key: format!("logging.logger_subsys.{name}.subsys") });
            }
            new.subsystems.push((name, settings));
        }
        *self = new;
        Ok(warnings)
    }

    /// The facility for `openlog(3)`; the ident is `corosync`, with the process id.
    pub fn facility(&self) -> Facility {
        self.facility
    }

    /// Whether a [`Blackbox`](crate::Blackbox) is kept.
    pub fn blackbox(&self) -> bool {
        self.blackbox
    }

    /// Every file that lines may go to, to be opened before any does.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let all = std::iter::once(&self.main).chain(self.subsystems.iter().map(|(_, settings)| settings));
        let mut files: Vec<&str> =
            all.filter(|settings| self.writes_file(settings)).filter_map(|s| s.file.as_deref()).collect();
        files.sort_unstable();
        files.dedup();
        files.into_iter()
    }

    /// Where a subsystem's line of that level goes.
    pub fn route(&self, subsystem: &str, level: Level) -> Route<'_> {
        let found = self.subsystems.iter().find(|(name, _)| name == subsystem);
        let settings = found.map_or(&self.main, |(_, settings)| settings);
        let logged = level <= settings.level(settings.logfile);
        let syslogged = self.to_syslog && level <= settings.level(settings.syslog);
        Route {
            stderr: self.to_stderr && logged,
            syslog: Some(syslog_level(level)).filter(|&at| syslogged && at <= Level::Debug),
            file: settings.file.as_deref().filter(|_| logged && self.writes_file(settings)),
        }
    }

    /// A line as it looks there, without its newline, over what `out` holds.
    pub fn line(&self, target: Target, record: &Record<'_>, out: &mut String) {
        format::write(self.format, target, record, out);
    }

    /// Whether a subsystem's file is written: where it is the main one, only that one's switch counts.
    fn writes_file(&self, settings: &Settings) -> bool {
        let shared = settings.file == self.main.file;
        if shared { self.main.to_file } else { settings.to_file }
    }

    fn read_main(&mut self, map: &Map, warnings: &mut Vec<String>) -> Result<(), Error> {
        const PATH: &str = "logging";
        self.to_stderr = switch(map, PATH, "to_stderr")?.unwrap_or(true);
        self.to_syslog = switch(map, PATH, "to_syslog")?.unwrap_or(true);
        self.facility = facility(map, PATH)?;
        self.main.syslog = syslog_priority(map, PATH, warnings)?.unwrap_or(Level::Info);
        let file = map.text("logging.logfile").map(str::to_owned);
        self.main.file = file.or_else(|| self.main.file.take());
        self.main.to_file = to_file(map, PATH, warnings)?.unwrap_or(false);
        self.main.logfile = priority(map, PATH, "logfile_priority", "logfile priority")?.unwrap_or(Level::Info);
        self.main.debug = debugging(map, PATH)?;
        Ok(())
    }

    fn read_subsystem(&mut self, map: &Map, name: &str, warnings: &mut Vec<String>) -> Result<Settings, Error> {
        let path = format!("logging.logger_subsys.{name}");
        if name.len() >= NAME_SIZE {
            let reason = "unable to create new logging subsystem".into();
            return Err(Error { reason, key: format!("{path}.subsys") });
        }
        let mut settings = self.main.clone();
        // Standard error and syslog are switched for all subsystems together.
        switch(map, &path, "to_stderr")?;
        switch(map, &path, "to_syslog")?;
        self.facility = facility(map, &path)?;
        settings.syslog = syslog_priority(map, &path, warnings)?.unwrap_or(settings.syslog);
        if let Some(file) = map.text(&format!("{path}.logfile")) {
            settings.file = Some(file.to_owned());
        }
        settings.to_file = to_file(map, &path, warnings)?.unwrap_or(settings.to_file);
        settings.logfile = priority(map, &path, "logfile_priority", "logfile priority")?.unwrap_or(settings.logfile);
        settings.debug = debugging(map, &path)?;
        Ok(settings)
    }
}

/// syslog drops debug messages by default: libqb raises what is below info by one.
fn syslog_level(level: Level) -> Level {
    match level {
        Level::Debug => Level::Info,
        Level::Trace => Level::Debug,
        level => level,
    }
}

fn subsystem_names(map: &Map) -> Vec<String> {
    const PREFIX: &str = "logging.logger_subsys.";
    let keys = map.iter(PREFIX).filter_map(|(key, _)| key[PREFIX.len()..].split_once('.'));
    keys.filter(|(_, item)| *item == "subsys").map(|(name, _)| name.to_owned()).collect()
}

fn known(word: &str, words: &[&str], key: &str, why: &str) -> Result<(), Error> {
    if words.contains(&word) { Ok(()) } else { Err(Error { reason: why.into(), key: key.into() }) }
}

fn read_format(map: &Map) -> Result<Format, Error> {
    let on = |name: &str| on_or_off(map, name).map(|on| on.unwrap_or(false));
    let (fileline, function) = (on("fileline")?, on("function_name")?);
    let timestamp = match map.text("logging.timestamp") {
        None | Some("hires") => Timestamp::Millis,
        Some("on") => Timestamp::Seconds,
        Some("off") => Timestamp::Off,
        Some(_) => {
            return Err(Error { reason: "unknown value for timestamp".into(), key: "logging.timestamp".into() });
        }
    };
    Ok(Format { timestamp, fileline, function })
}

fn on_or_off(map: &Map, name: &str) -> Result<Option<bool>, Error> {
    let key = format!("logging.{name}");
    let Some(word) = map.text(&key) else { return Ok(None) };
    known(word, &["on", "off"], &key, &format!("unknown value for {name}"))?;
    Ok(Some(word == "on"))
}

fn switch(map: &Map, path: &str, name: &str) -> Result<Option<bool>, Error> {
    let key = format!("{path}.{name}");
    let Some(word) = map.text(&key) else { return Ok(None) };
    known(word, &["yes", "on", "no", "off"], &key, &format!("unknown value for {name}"))?;
    Ok(Some(matches!(word, "yes" | "on")))
}

fn to_file(map: &Map, path: &str, warnings: &mut Vec<String>) -> Result<Option<bool>, Error> {
    if map.text(&format!("{path}.to_file")).is_some() {
        warnings.push(obsolete("to_file", "to_logfile"));
    }
    // The old key holds where the new one is absent, but not at the top: its default undoes it there.
    let old = switch(map, path, "to_file")?.filter(|_| path != "logging");
    Ok(switch(map, path, "to_logfile")?.or(old))
}

fn obsolete(name: &str, replacement: &str) -> String {
    format!(
        "Warning: the {name} config parameter has been obsoleted. See corosync.conf man page {replacement} directive."
    )
}

fn facility(map: &Map, path: &str) -> Result<Facility, Error> {
    let key = format!("{path}.syslog_facility");
    let Some(name) = map.text(&key) else { return Ok(Facility::DAEMON) };
    Facility::named(name).ok_or_else(|| Error { reason: "unknown syslog facility specified".into(), key })
}

fn priority(map: &Map, path: &str, name: &str, what: &str) -> Result<Option<Level>, Error> {
    let key = format!("{path}.{name}");
    let Some(word) = map.text(&key) else { return Ok(None) };
    level(word).map(Some).ok_or_else(|| Error { reason: format!("unknown {what} specified"), key })
}

fn syslog_priority(map: &Map, path: &str, warnings: &mut Vec<String>) -> Result<Option<Level>, Error> {
    if map.text(&format!("{path}.syslog_level")).is_some() {
        warnings.push(obsolete("syslog_level", "syslog_priority"));
    }
    let old = priority(map, path, "syslog_level", "syslog level")?.filter(|_| path != "logging");
    Ok(priority(map, path, "syslog_priority", "syslog priority")?.or(old))
}

fn debugging(map: &Map, path: &str) -> Result<Debugging, Error> {
    let key = format!("{path}.debug");
    match map.text(&key) {
        None | Some("off") => Ok(Debugging::Off),
        Some("on") => Ok(Debugging::On),
        Some("trace") => Ok(Debugging::Trace),
        Some(_) => Err(Error { reason: "unknown value for debug".into(), key }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Stamp;

    fn configured(keys: &[(&str, &str)]) -> Result<(Logging, Vec<String>), Error> {
        let mut map = Map::new();
        for (key, text) in keys {
            map.set(&format!("logging.{key}"), *text).unwrap();
        }
        let mut logging = Logging::new();
        let warnings = logging.configure(&map)?;
        Ok((logging, warnings))
    }

    fn line(logging: &Logging, target: Target) -> String {
        let at = Stamp { month: 11, day: 2, hour: 23, minute: 36, second: 15, millis: 85 };
        let source = ("votequorum.c", 7, "recalculate");
        let text = format_args!("hello\n");
        let record = Record { subsystem: "VOTEQ", level: Level::Notice, text, at, pid: 9, host: "n1", source };
        let mut out = String::from("old");
        logging.line(target, &record, &mut out);
        out
    }

    #[test]
    fn lines_look_as_the_reference_writes_them() {
        let (logging, _) = configured(&[]).unwrap();
        assert_eq!(line(&logging, Target::Stderr), "Nov 02 23:36:15.085 notice  [VOTEQ ] hello");
        assert_eq!(line(&logging, Target::File), "Nov 02 23:36:15.085 [9] n1 corosync notice  [VOTEQ ] hello");
        assert_eq!(line(&logging, Target::Syslog), "  [VOTEQ ] hello");
        let (logging, _) = configured(&[("timestamp", "on"), ("fileline", "on"), ("function_name", "on")]).unwrap();
        assert_eq!(line(&logging, Target::Stderr), "Nov 02 23:36:15 notice  [VOTEQ ] votequorum.c:recalculate:7 hello");
        let (logging, _) = configured(&[("timestamp", "off"), ("function_name", "on")]).unwrap();
        assert_eq!(line(&logging, Target::Stderr), "notice  [VOTEQ ] recalculate hello");
        assert_eq!(line(&logging, Target::File), "[9] n1 corosyncnotice  [VOTEQ ] recalculate hello");
    }

    #[test]
    fn subsystems_have_levels_and_files_of_their_own() {
        let keys = [
            ("logfile", "/l/main"),
            ("to_logfile", "yes"),
            ("to_syslog", "off"),
            ("logger_subsys.CPG.subsys", "CPG"),
            ("logger_subsys.CPG.debug", "on"),
            ("logger_subsys.TOTEM.subsys", "TOTEM"),
            ("logger_subsys.TOTEM.logfile", "/l/totem"),
            ("logger_subsys.TOTEM.logfile_priority", "Warning"),
        ];
        let (logging, _) = configured(&keys).unwrap();
        let to = |stderr, file| Route { stderr, syslog: None, file };
        assert_eq!(logging.route("MAIN", Level::Info), to(true, Some("/l/main")));
        assert!(logging.route("MAIN", Level::Debug).is_empty());
        assert_eq!(logging.route("CPG", Level::Debug), to(true, Some("/l/main")));
        assert!(logging.route("CPG", Level::Trace).is_empty());
        assert_eq!(logging.route("TOTEM", Level::Warning), to(true, Some("/l/totem")));
        assert!(logging.route("TOTEM", Level::Notice).is_empty());
        assert_eq!(logging.files().collect::<Vec<_>>(), ["/l/main", "/l/totem"]);
    }

    #[test]
    fn syslog_s_levels_are_raised_below_info() {
        let (logging, _) = configured(&[("debug", "trace"), ("to_stderr", "no")]).unwrap();
        assert_eq!(logging.route("MAIN", Level::Debug).syslog, Some(Level::Info));
        assert_eq!(logging.route("MAIN", Level::Trace).syslog, Some(Level::Debug));
        assert_eq!(logging.route("MAIN", Level::Error).syslog, Some(Level::Error));
    }

    #[test]
    fn unknown_words_are_refused_and_old_ones_warned_of() {
        for (key, why) in [
            ("fileline", "unknown value for fileline"),
            ("timestamp", "unknown value for timestamp"),
            ("blackbox", "unknown value for blackbox"),
            ("to_stderr", "unknown value for to_stderr"),
            ("syslog_facility", "unknown syslog facility specified"),
            ("syslog_priority", "unknown syslog priority specified"),
            ("syslog_level", "unknown syslog level specified"),
            ("logfile_priority", "unknown logfile priority specified"),
            ("debug", "unknown value for debug"),
        ] {
            let error = configured(&[(key, "bogus")]).unwrap_err();
            assert_eq!(error.to_string(), format!("parse error in config: {why}."));
        }
        let (_, warnings) = configured(&[("to_file", "yes"), ("syslog_level", "debug")]).unwrap();
        assert_eq!(warnings.len(), 2);
    }
}
