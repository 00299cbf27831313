//! The resource monitor: memory in use and load average, against a limit in the map.

use crate::state::{Event, State};
use core_icmap::{Change, Value};
use core_service::{Host, Service, log};
use core_types::{MILLIS, ServiceId};
use std::ops::RangeInclusive;

const LOG: &str = "MON";

/// Milliseconds between two looks, unless `poll_period` says otherwise.
const PERIOD_DEFAULT: u64 = 3000;
/// What `poll_period` may say.
const PERIODS: RangeInclusive<u64> = 500..=120_000;

/// The mon service.
#[derive(Debug)]
pub struct Mon {
    /// Their places are their timers' keys.
    resources: [Resource; 2],
}

#[derive(Debug)]
struct Resource {
    name: &'static str,
    prefix: &'static str,
    measure: Measure,
    period: u64,
    max: f64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum Measure {
    MemoryUsed,
    Load15Min,
}

impl Measure {
    /// What a limit's text says: the number that it starts with, as `sscanf` finds it.
    fn limit(self, text: &str) -> Option<f64> {
        match self {
            Measure::MemoryUsed => leading_number(text, |part| part.parse::<i32>().ok().map(f64::from)),
            Measure::Load15Min => leading_number(text, |part| part.parse().ok()),
        }
    }
}

impl Default for Mon {
    fn default() -> Self {
        Self::new()
    }
}

impl Mon {
    /// A monitor of memory and load.
    pub fn new() -> Self {
        let resource = |name, prefix, measure| Resource {
            name,
            prefix,
            measure,
            period: PERIOD_DEFAULT,
            max: i32::MAX.into(),
            state: State::Stopped,
        };
        Mon {
            resources: [
                resource("memory_used", "resources.system.memory_used.", Measure::MemoryUsed),
                resource("load_15min", "resources.system.load_15min.", Measure::Load15Min),
            ],
        }
    }
}

/// The longest start of a text, blanks before it aside, that is a number.
pub(crate) fn leading_number<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let longest = text.char_indices().take(40).map(|(at, char)| at + char.len_utf8()).collect::<Vec<_>>();
    longest.into_iter().rev().find_map(|end| parse(&text[..end]))
}

impl Resource {
    fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn put(&self, host: &mut dyn Host, name: &str, value: impl Into<Value>) {
        let set = host.map().set(&self.key(name), value);
        debug_assert!(set.is_ok(), "our own keys are well-formed");
    }

    fn text(&self, host: &mut dyn Host, name: &str) -> Option<String> {
        host.map().text(&self.key(name)).map(str::to_owned)
    }

    fn start(&mut self, host: &mut dyn Host, timer: u32) {
        match self.measure {
            Measure::MemoryUsed => self.put(host, "current", 0i32),
            Measure::Load15Min => self.put(host, "current", 0f64),
        }
        self.put(host, "last_updated", 0u64);
        self.put(host, "state", "stopped");
        let wanted = self.text(host, "poll_period");
        match wanted.and_then(|text| leading_number(&text, |part| part.parse::<u64>().ok())) {
            None => self.put(host, "poll_period", self.period),
            Some(period) if PERIODS.contains(&period) => self.period = period,
            Some(period) => self.refuse_period(host, period),
        }
        self.config_changed(host, timer);
    }

    fn refuse_period(&self, host: &mut dyn Host, period: u64) {
        log!(host, LOG, Warning, "Could NOT use poll_period:{period} ms for resource {}", self.name);
    }

    fn config_changed(&mut self, host: &mut dyn Host, timer: u32) {
        if let Some(text) = self.text(host, "poll_period") {
            self.set_period(host, &text);
        }
        host.disarm(ServiceId::Mon, timer);
        let Some(text) = self.text(host, "max") else { return };
        if let Some(max) = self.measure.limit(&text) {
            self.max = max;
            self.set_state(host, Event::ConfigChanged, State::Running);
            self.look(host, timer);
        } else {
            self.max = i32::MAX.into();
            self.set_state(host, Event::ConfigChanged, State::Stopped);
        }
    }

    fn set_period(&mut self, host: &mut dyn Host, text: &str) {
        match leading_number(text, |part| part.parse::<u64>().ok()) {
            Some(period) if PERIODS.contains(&period) => {
                log!(host, LOG, Debug, "poll_period changing from:{} to {period}.", self.period);
                self.period = period;
            }
            Some(period) => self.refuse_period(host, period),
            None => {
                let name = self.name;
                log!(host, LOG, Warning, "Could NOT use poll_period: {text} (not uint64 type) for resource {name}");
            }
        }
    }

    fn set_state(&mut self, host: &mut dyn Host, event: Event, next: State) {
        if self.state.set(host, LOG, self.name, event, next) {
            self.put(host, "state", next.to_string());
        }
    }

    /// Measures, and looks again after the period.
    fn look(&mut self, host: &mut dyn Host, timer: u32) {
        if let Some((value, current)) = self.measure(host) {
            self.put(host, "current", current);
            let now = host.wall_clock();
            self.put(host, "last_updated", now);
            if value > self.max && self.state == State::Running {
                self.set_state(host, Event::Failure, State::Failed);
            }
        }
        host.arm(ServiceId::Mon, timer, self.period * MILLIS);
    }

    /// The value, and how the map shows it; `None` when it is unknown or 0, which the reference takes for unknown.
    fn measure(&self, host: &mut dyn Host) -> Option<(f64, Value)> {
        match self.measure {
            Measure::MemoryUsed => match host.memory_used() {
                None => log!(host, LOG, Error, "Unable to get memory stats"),
                Some(0) => {}
                Some(percent) => return Some((percent.into(), percent.into())),
            },
            Measure::Load15Min => match host.load_15min() {
                None => log!(host, LOG, Error, "Unable to get load stats"),
                Some(load) if load > 0.0 => return Some((load, load.into())),
                Some(_) => {}
            },
        }
        None
    }
}

impl Service for Mon {
    fn id(&self) -> ServiceId {
        ServiceId::Mon
    }

    fn description(&self) -> &'static str {
        "corosync resource monitoring service"
    }

    fn start(&mut self, host: &mut dyn Host) -> Result<(), String> {
        for (timer, resource) in (0..).zip(&mut self.resources) {
            resource.start(host, timer);
        }
        Ok(())
    }

    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        if let Some(resource) = self.resources.get_mut(key as usize) {
            resource.look(host, key);
        }
    }

    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        for (timer, resource) in (0..).zip(&mut self.resources) {
            let Some(name) = change.key.strip_prefix(resource.prefix) else { continue };
            let name = name.rsplit('.').next().unwrap_or(name);
            if change.new.is_none() {
                log!(host, LOG, Warning, "resource \"{}\" deleted from cmap!", resource.name);
                resource.config_changed(host, timer);
            } else if change.old.is_some() && (name == "max" || name == "poll_period") {
                resource.config_changed(host, timer);
            }
        }
    }
}
