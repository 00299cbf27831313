//! Operations that get several turns until they are done, as long as their time lasts: a unit is looked at until it is what
//! it was to become, and a plugin of Nagios's until the service that it looks at is well.

use super::operation::{Followed, Operation, State, unsigned_millis};
use super::{Executor, Now, OperationId};
use core_agents::{ExecStatus, Outcome, ocf};
use core_types::Level;
use std::time::Duration;

/// Between two turns: a tenth of the operation's time, and no more than this many milliseconds.
const PAUSE_MAX: i64 = 2000;
const ADVICE: &str = "Investigate reason for timeout, and adjust configured operation timeout if necessary";

impl Operation {
    /// Notes what it is before its first further turn.
    pub(super) fn follow(&mut self) {
        let now =
            || Followed { action: self.action.clone(), timeout: self.timeout, run: self.run, queued: self.queued };
        self.followed = Some(self.followed.take().unwrap_or_else(now));
    }
}

impl Followed {
    /// How long it is since the first turn, and how much is left of its time; in milliseconds.
    pub(super) fn times(&self, now: Now) -> (i64, i64) {
        let elapsed = self.run.map_or(Duration::ZERO, |run| now.monotonic.saturating_sub(run));
        let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        (elapsed, i64::from(self.timeout).saturating_sub(elapsed))
    }
}

impl Executor {
    /// Lets a followed operation have another turn later; what came of it in the end, where its time is over.
    pub(super) fn try_again(&mut self, id: OperationId, outcome: &Outcome, now: Now) -> Option<Outcome> {
        let operation = self.operations.get_mut(&id)?;
        let followed = operation.followed.as_ref()?;
        let (elapsed, left) = followed.times(now);
        let times = format!("elapsed={elapsed}ms, remaining={left}ms");
        let (name, requested) = (&operation.resource, &followed.action);
        let pause = pause(i64::from(followed.timeout), left);
        if pause >= left {
            let text = format!("Giving up on {name} {requested} (rc={}): timeout ({times})", operation.code);
            self.log(Level::Notice, "action_complete", text);
            return Some(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Timeout, ADVICE));
        }
        let (level, state) = match outcome.status {
            _ if outcome.is_well() => (Level::Debug, format!("{name} {requested} may still be in progress")),
            ExecStatus::Pending => (Level::Info, format!("{name} {} is still in progress", operation.action)),
            _ => {
                let failed = format!("failed '{}' ({})", ocf::words(operation.code), operation.code);
                (Level::Notice, format!("{name} {} {failed}", operation.action))
            }
        };
        operation.timeout = i32::try_from(left).unwrap_or(i32::MAX);
        self.log(level, "action_complete", format!("{state}: re-scheduling ({times}, start_delay={pause}ms)"));
        self.wait_for_turn(id, pause, now);
        None
    }

    /// Puts an operation behind all that waits for its resource.
    fn wait_for_turn(&mut self, id: OperationId, pause: i64, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let name = operation.resource.clone();
        (operation.run, operation.run_epoch, operation.queued) = (None, 0, Some(now.monotonic));
        (operation.state, operation.asked, operation.pid) = (State::Pending, None, None);
        operation.start_delay = i32::try_from(pause).unwrap_or(i32::MAX);
        let due = (pause > 0).then(|| now.monotonic + unsigned_millis(operation.start_delay));
        self.arm(id, due);
        if let Some(resource) = self.resources.get_mut(&name) {
            resource.active = None;
            resource.pending.push_back(id);
        }
        self.look_at(&name);
        self.leave_lane(&name, now);
    }

    /// Gives a followed operation the times of its first turn.
    pub(super) fn restore_times(&mut self, id: OperationId) {
        if let Some(operation) = self.operations.get_mut(&id)
            && let Some(followed) = &operation.followed
        {
            (operation.run, operation.queued, operation.timeout) = (followed.run, followed.queued, followed.timeout);
        }
    }

    /// What came of a plugin of Nagios's: one that says its version isn't running for that, and a start is tried again until
    /// all is well or its time is over. `None`: it is going to have another turn.
    pub(super) fn plugin_over(&mut self, id: OperationId, outcome: Outcome, now: Now) -> Option<Outcome> {
        let operation = self.operations.get_mut(&id)?;
        if !self.resources.get(&operation.resource).is_some_and(super::Resource::is_plugin) {
            return Some(outcome);
        }
        if operation.is("monitor", 0) && outcome.is_well() {
            operation.code = ocf::NOT_RUNNING;
        } else if operation.is("start", 0) && !outcome.is_well() {
            operation.follow();
            let given_up = self.try_again(id, &outcome, now)?;
            self.restore_times(id);
            self.operations.get_mut(&id)?.code = given_up.code;
            return Some(given_up);
        }
        Some(outcome)
    }
}

/// How long to wait until the next turn, in milliseconds, for an operation with that time, and what is left of it.
fn pause(timeout: i64, left: i64) -> i64 {
    let pause = timeout / 10;
    let pause = if pause >= left && left > 20 { left / 2 } else { pause };
    pause.min(PAUSE_MAX)
}
