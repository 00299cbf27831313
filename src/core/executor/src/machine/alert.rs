//! Alert agents: they run beside all else, once, and nobody waits for them but the daemon's end (`execd_alerts.c`).

use super::{Action, Ending, Executor, Now, OperationId};
use crate::messages::Request;
use core_agents::{ExecStatus, Invocation, readable};
use core_types::Level;
use std::time::Duration;

/// Alert agents that may run at once: more are refused, with "no buffer space".
const ALERTS_MAX: usize = 1000;
const INVALID: i32 = -22;
const NO_ROOM: i32 = -105;
/// Names under which an agent finds the number of its alert: today's and the old one.
const SEQUENCE: [&str; 2] = ["CRM_alert_node_sequence", "CRM_notify_node_sequence"];
/// How much longer than its time an alert agent is waited for at the end.
const GRACE: Duration = Duration::from_secs(5);

/// One that runs.
#[derive(Debug)]
pub(super) struct Alert {
    client: String,
    /// Milliseconds; 0: none.
    timeout: i32,
    pid: u32,
    timed_out: bool,
    timer: Option<Duration>,
}

impl Executor {
    /// Runs an alert agent; 0, or why not.
    pub(super) fn alert(&mut self, client: &str, request: &Request<'_>) -> i32 {
        let Some(alert) = request.alert() else { return INVALID };
        if self.draining {
            return 0;
        }
        if self.alerts.len() >= ALERTS_MAX {
            return NO_ROOM;
        }
        let text = format!("Executing alert {} for {client}", alert.id);
        self.log(Level::Info, "process_lrmd_alert_exec", text);
        self.last_alert = self.last_alert.wrapping_add(1);
        let number = self.last_alert.to_string();
        let is_variable =
            |name: &str, value: &str| !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0');
        let given = alert.parameters.into_iter().filter(|(name, value)| is_variable(name, value));
        let environment = given.chain(SEQUENCE.map(|name| (name.to_owned(), number.clone()))).collect();
        let id = self.new_id();
        let (client, timeout) = (client.to_owned(), alert.timeout);
        self.alerts.insert(id, Alert { client, timeout, pid: 0, timed_out: false, timer: None });
        let invocation =
            Invocation { path: alert.path.to_owned(), arguments: Vec::new(), environment, privileged: false };
        self.actions.push(Action::Start(id, invocation));
        0
    }

    /// How long the daemon's end may have to wait for alert agents; `None` when none runs.
    #[must_use]
    pub fn alerts_to_await(&self) -> Option<Duration> {
        let longest = self.alerts.values().map(|alert| alert.timeout.max(0)).max()?;
        Some(Duration::from_millis(longest.unsigned_abs().into()) + GRACE)
    }

    pub(super) fn alert_started(&mut self, id: OperationId, pid: u32, now: Now) {
        let Some(alert) = self.alerts.get_mut(&id) else { return };
        alert.pid = pid;
        if alert.timeout != 0 {
            let due = now.monotonic + super::operation::unsigned_millis(alert.timeout);
            alert.timer = Some(due);
            self.timers.insert((due, id));
        }
    }

    /// An alert agent's time is over.
    pub(super) fn alert_late(&mut self, id: OperationId) {
        if let Some(alert) = self.alerts.get_mut(&id) {
            (alert.timer, alert.timed_out) = (None, true);
            self.actions.push(Action::Kill(id, true));
        }
    }

    /// There is no process for an alert agent.
    pub(super) fn alert_not_started(&mut self, id: OperationId, words: &str) {
        if let Some(alert) = self.alerts.remove(&id) {
            let text =
                format!("Could not send alert: {} ({words}) | client={}", ExecStatus::Error.name(), alert.client);
            self.log(Level::Notice, "alert_complete", text);
        }
    }

    pub(super) fn alert_ended(&mut self, id: OperationId, ending: &Ending) {
        let Some(alert) = self.alerts.remove(&id) else { return };
        if let Some(timer) = alert.timer {
            self.timers.remove(&(timer, id));
        }
        let Alert { client, pid, timeout, timed_out, .. } = alert;
        let (level, text) = match (ending.code, &ending.signal) {
            (Some(0), _) => (Level::Debug, format!("Alert [{pid}] completed | client={client}")),
            (Some(code), _) => {
                let text = format!("Alert [{pid}] completed but exited with status {code} | client={client}");
                (Level::Notice, text)
            }
            (None, _) if timed_out => {
                let timeout = readable(u64::from(timeout.cast_unsigned()));
                let why = format!("Alert agent did not complete within {timeout}");
                (
                    Level::Notice,
                    format!("Could not send alert: {} ({why}) | client={client}", ExecStatus::Timeout.name()),
                )
            }
            (None, signal) => {
                let words = signal.as_ref().map_or("unknown", |(_, words)| words.as_str());
                let why = format!("Alert agent interrupted by {words} signal");
                (Level::Notice, format!("Could not send alert: {} ({why}) | client={client}", ExecStatus::Error.name()))
            }
        };
        self.log(level, "alert_complete", text);
    }
}
