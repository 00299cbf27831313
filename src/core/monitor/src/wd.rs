//! The watchdog service: keeps the hardware watchdog from biting while every resource of the map is well.
//!
//! A resource is `resources.TYPE.NAME.*`: mon's, and those of processes that libsam supervises.

use crate::state::{Event, State};
use core_icmap::Change;
use core_service::{Host, Request, Service, log};
use core_types::{CsError, MILLIS, ServiceId};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const LOG: &str = "WD";

/// The watchdog's time-out in seconds, unless `resources.watchdog_timeout` says otherwise.
const TIMEOUT_DEFAULT: u32 = 6;
/// What that may say.
const TIMEOUTS: RangeInclusive<u32> = 2..=120;
/// Milliseconds between two looks at a resource, unless its `poll_period` says otherwise.
const PERIOD_DEFAULT: u64 = 6000;
/// What that may say.
const PERIODS: RangeInclusive<u64> = 500..=120_000;
/// Most resources looked after; further ones are logged and left alone.
const RESOURCES_MAX: usize = 4096;

const TIMEOUT_KEY: &str = "resources.watchdog_timeout";
/// The timer of the next sign of life; resources' timers have higher keys.
const TIMER_TICKLE: u32 = 0;

/// The wd service.
#[derive(Debug)]
pub struct Wd {
    /// By prefix, with the last dot.
    resources: BTreeMap<String, Resource>,
    last_timer: u32,
    /// Seconds.
    timeout: u32,
    /// Milliseconds.
    tickle: u64,
    /// Whether every resource whose failure is the watchdog's business is well.
    well: bool,
}

#[derive(Debug)]
struct Resource {
    name: String,
    timer: u32,
    period: u64,
    recovery: String,
    state: State,
}

impl Default for Wd {
    fn default() -> Self {
        Self::new()
    }
}

/// The parts of a key of the form `resources.TYPE.NAME.KEY`: the prefix with its last dot, the name, and the key (up to a
/// further dot).
fn parts(key: &str) -> Option<(&str, &str, &str)> {
    let mut parts = key.split('.');
    let (first, kind, name, last) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if first != "resources" || kind.is_empty() || name.is_empty() || last.is_empty() {
        return None;
    }
    let prefix = first.len() + kind.len() + name.len() + 3;
    Some((&key[..prefix], name, last))
}

impl Wd {
    /// A service that knows no resource and no device.
    pub fn new() -> Self {
        Wd {
            resources: BTreeMap::new(),
            last_timer: TIMER_TICKLE,
            timeout: TIMEOUT_DEFAULT,
            tickle: u64::from(TIMEOUT_DEFAULT) * 500,
            well: true,
        }
    }

    fn initial_timeout(&mut self, host: &mut dyn Host) {
        match host.map().u32(TIMEOUT_KEY) {
            Some(seconds) if TIMEOUTS.contains(&seconds) => return self.apply_timeout(host, seconds),
            Some(_) => {
                log!(host, LOG, Warning, "Set watchdog_timeout is out of range (2..120).");
                log!(host, LOG, Info, "use default value {TIMEOUT_DEFAULT} seconds.");
            }
            None => {}
        }
        self.apply_timeout(host, TIMEOUT_DEFAULT);
        self.put_timeout(host);
    }

    fn put_timeout(&self, host: &mut dyn Host) {
        let set = host.map().set(TIMEOUT_KEY, self.timeout);
        debug_assert!(set.is_ok(), "the key is well-formed");
    }

    fn apply_timeout(&mut self, host: &mut dyn Host, seconds: u32) {
        let before = host.watchdog().filter(|dog| dog.is_open()).map_or(0, |dog| dog.timeout());
        if seconds == before {
            return;
        }
        self.timeout = seconds;
        if let Some(dog) = host.watchdog().filter(|dog| dog.is_open()) {
            dog.set_timeout(seconds);
            self.timeout = dog.timeout();
        }
        if self.timeout == seconds {
            self.tickle = u64::from(seconds) * 500;
            host.arm(ServiceId::Wd, TIMER_TICKLE, self.tickle * MILLIS);
            log!(host, LOG, Debug, "The Watchdog timeout is {seconds} seconds");
            log!(host, LOG, Debug, "The tickle timeout is {} ms", self.tickle);
        } else {
            log!(host, LOG, Warning, "Could not change the Watchdog timeout from {before} to {seconds} seconds");
        }
    }

    fn open_device(&mut self, host: &mut dyn Host) {
        let Some(device) = host.map().text("resources.watchdog_device").map(str::to_owned) else {
            return log!(host, LOG, Warning, "Watchdog not enabled by configuration");
        };
        if device.is_empty() || device == "off" {
            return log!(host, LOG, Warning, "Watchdog disabled by configuration");
        }
        let opened = host.watchdog().map_or(Err(CsError::NotExist), |dog| dog.open(&device));
        match opened {
            Ok(identity) => {
                log!(host, LOG, Info, "Watchdog {device} is now being tickled by corosync.");
                log!(host, LOG, Debug, "{identity}");
                self.apply_timeout(host, self.timeout);
                if let Some(dog) = host.watchdog() {
                    dog.enable();
                }
            }
            Err(CsError::NotExist) => log!(host, LOG, Warning, "No watchdog {device}, try modprobe <a watchdog>"),
            Err(_) => log!(host, LOG, Warning, "Watchdog {device} exists but couldn't be opened."),
        }
    }

    /// Takes the resources in that are there already.
    fn scan(&mut self, host: &mut dyn Host) {
        let found: Vec<String> = host
            .map()
            .iter("resources.")
            .filter(|(key, _)| parts(key).is_some_and(|(_, _, last)| last == "state"))
            .map(|(key, _)| key.to_owned())
            .collect();
        let complete = found.iter().filter(|key| self.create(host, key)).count();
        if complete == 0 {
            log!(host, LOG, Info, "no resources configured.");
        }
    }

    /// Takes a resource in that got its state; whether its keys are complete.
    fn create(&mut self, host: &mut dyn Host, key: &str) -> bool {
        let Some((prefix, name, _)) = parts(key) else { return false };
        if self.resources.contains_key(prefix) {
            return false;
        }
        if self.resources.len() >= RESOURCES_MAX {
            log!(host, LOG, Warning, "resource {name} is one too many, and not looked after.");
            return false;
        }
        self.last_timer += 1;
        let timer = self.last_timer;
        let mut resource = Resource {
            name: name.to_owned(),
            timer,
            period: PERIOD_DEFAULT,
            recovery: String::new(),
            state: State::Stopped,
        };
        let complete = resource.start(host, prefix);
        self.resources.insert(prefix.to_owned(), resource);
        complete
    }

    fn check(&mut self, host: &mut dyn Host, timer: u32) {
        let Some((prefix, resource)) = self.resources.iter_mut().find(|(_, resource)| resource.timer == timer) else {
            return;
        };
        if resource.is_well(host, prefix) {
            host.arm(ServiceId::Wd, timer, resource.period * MILLIS);
        } else if resource.state == State::Running {
            host.disarm(ServiceId::Wd, timer);
            self.well &= resource.fail(host);
        }
    }

    fn resource_changed(&mut self, host: &mut dyn Host, change: &Change) {
        let Some((prefix, _, _)) = parts(&change.key) else { return };
        let last = change.key.rsplit('.').next().unwrap_or_default();
        if let Some(resource) = self.resources.get_mut(prefix) {
            if change.new.is_some() {
                if last != "last_updated" && last != "current" {
                    resource.config_changed(host, prefix);
                }
            } else if last == "state" {
                log!(host, LOG, Warning, "resource \"{}\" deleted from cmap!", resource.name);
                host.disarm(ServiceId::Wd, resource.timer);
                self.resources.remove(prefix);
            }
        } else if change.old.is_none() && parts(&change.key).is_some_and(|(_, _, last)| last == "state") {
            let watched = ["resources.process.", "resources.system."];
            if watched.iter().any(|kind| change.key.starts_with(kind)) {
                self.create(host, &change.key);
            }
        }
    }
}

impl Resource {
    /// Reads its keys and puts the first check off, so that its monitor has time to start.
    fn start(&mut self, host: &mut dyn Host, prefix: &str) -> bool {
        match host.map().u64(&format!("{prefix}poll_period")) {
            None => {
                let set = host.map().set(&format!("{prefix}poll_period"), self.period);
                if set.is_err() {
                    log!(host, LOG, Warning, "resource {} has no room for a poll_period.", self.name);
                }
            }
            Some(period) if PERIODS.contains(&period) => self.period = period,
            Some(period) => {
                log!(host, LOG, Warning, "Could NOT use poll_period:{period} ms for resource {}", self.name);
            }
        }
        if self.read_keys(host, prefix).is_none() {
            return false;
        }
        host.arm(ServiceId::Wd, self.timer, (self.period * 2).max(PERIOD_DEFAULT) * MILLIS);
        // the reference takes this first step from its table's first line
        self.state.set(host, LOG, &self.name, Event::ConfigChanged, State::Running);
        true
    }

    /// Reads how to recover, and gives the state's text; says what is missing.
    fn read_keys(&mut self, host: &mut dyn Host, prefix: &str) -> Option<String> {
        let Some(recovery) = host.map().text(&format!("{prefix}recovery")).map(str::to_owned) else {
            log!(host, LOG, Warning, "resource {} missing a recovery key.", self.name);
            return None;
        };
        self.recovery = recovery;
        let state = host.map().text(&format!("{prefix}state")).map(str::to_owned);
        if state.is_none() {
            log!(host, LOG, Warning, "resource {} missing a state key.", self.name);
        }
        state
    }

    /// Some key changed. A new `poll_period` is not among what this heeds, in the reference neither.
    fn config_changed(&mut self, host: &mut dyn Host, prefix: &str) {
        let Some(state) = self.read_keys(host, prefix) else {
            self.state.set(host, LOG, &self.name, Event::ConfigChanged, State::Stopped);
            return;
        };
        host.disarm(ServiceId::Wd, self.timer);
        let next = if state == "stopped" { State::Stopped } else { State::Running };
        if next == State::Running {
            host.arm(ServiceId::Wd, self.timer, self.period * MILLIS);
        }
        self.state.set(host, LOG, &self.name, Event::ConfigChanged, next);
    }

    /// Whether its monitor wrote lately, and nothing bad.
    fn is_well(&self, host: &mut dyn Host, prefix: &str) -> bool {
        let Some(last_updated) = host.map().u64(&format!("{prefix}last_updated")) else { return false };
        let state = host.map().text(&format!("{prefix}state")).map(str::to_owned);
        let Some(state) = state.filter(|state| state != "disabled") else { return false };
        if last_updated == 0 {
            return true;
        }
        // the monitor is another process: the wall clock is what both have
        let now = host.wall_clock();
        let allowed = last_updated.saturating_add(self.period * MILLIS * 3 / 2);
        if allowed < now {
            let late = now / MILLIS - allowed / MILLIS;
            log!(host, LOG, Error, "last_updated {late} ms too late, period:{}.", self.period);
            return false;
        }
        state != "failed"
    }

    /// Does what its recovery says; whether the watchdog may still be kept alive.
    fn fail(&mut self, host: &mut dyn Host) -> bool {
        log!(host, LOG, Critical, "{} resource \"{}\" failed!", self.recovery, self.name);
        let well = !matches!(self.recovery.as_str(), "watchdog" | "quit");
        match self.recovery.as_str() {
            "reboot" => host.request(Request::Reboot),
            "shutdown" => host.request(Request::PowerOff),
            _ => {}
        }
        self.state.set(host, LOG, &self.name, Event::Failure, State::Failed);
        well
    }
}

impl Service for Wd {
    fn id(&self) -> ServiceId {
        ServiceId::Wd
    }

    fn description(&self) -> &'static str {
        "corosync watchdog service"
    }

    fn start(&mut self, host: &mut dyn Host) -> Result<(), String> {
        self.initial_timeout(host);
        self.open_device(host);
        self.scan(host);
        Ok(())
    }

    fn stop(&mut self, host: &mut dyn Host) {
        if host.watchdog().is_some_and(|dog| dog.is_open()) {
            log!(host, LOG, Info, "magically closing the watchdog.");
            let closed = host.watchdog().map_or(Ok(()), |dog| dog.close());
            if closed.is_err() {
                log!(host, LOG, Error, "failed to write V to dog.");
            }
        }
    }

    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        if key != TIMER_TICKLE {
            return self.check(host, key);
        }
        if !self.well {
            return log!(host, LOG, Alert, "NOT tickling the watchdog!");
        }
        if let Some(dog) = host.watchdog().filter(|dog| dog.is_open()) {
            dog.keep_alive();
        }
        host.arm(ServiceId::Wd, TIMER_TICKLE, self.tickle * MILLIS);
    }

    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        if change.key != TIMEOUT_KEY {
            return self.resource_changed(host, change);
        }
        if change.old.is_none() || change.new.is_none() {
            return;
        }
        match host.map().u32(TIMEOUT_KEY) {
            Some(seconds) if TIMEOUTS.contains(&seconds) => self.apply_timeout(host, seconds),
            _ => {
                log!(host, LOG, Warning, "Set watchdog_timeout is out of range (2..120).");
                self.put_timeout(host);
            }
        }
    }
}
