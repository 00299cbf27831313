//! How operations run: their turns, processes, timeouts and ends.

use super::operation::{State, unsigned_millis};
use super::{Action, Ending, Executor, Now, OperationId, StartError};
use core_agents::{
    Agent, Class, Ended, ExecStatus, Invocation, Means, NO_SECRETS, Outcome, missing, ocf, output_lines,
};
use core_types::Level;
use std::time::Duration;

/// How long a process that was killed may take before that is told in the log.
const DYING: Duration = Duration::from_secs(5);
/// What is said of a file that the kernel doesn't run.
const NOT_RUN: &str = "Child process was unable to execute file";

/// What an operation that ended leaves, beside its [`Outcome`].
#[derive(Default)]
pub(super) struct Output {
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Executor {
    /// Gives resources that were waiting for it their next operation.
    pub(super) fn work(&mut self, now: Now) {
        while let Some(name) = self.ready.pop_front() {
            let Some(resource) = self.resources.get_mut(&name) else { continue };
            if resource.active.is_some() {
                continue;
            }
            let Some(id) = resource.pending.front().copied() else { continue };
            let Some(operation) = self.operations.get_mut(&id) else { continue };
            // a delay holds up those behind it, too
            if operation.timer.is_some() {
                continue;
            }
            resource.pending.pop_front();
            resource.active = Some(id);
            (operation.run, operation.run_epoch) = (Some(now.monotonic), now.epoch);
            if operation.recurs() {
                resource.recurring.push(id);
            }
            let level = if operation.is_monitor() { Level::Debug } else { Level::Info };
            let text = format!("executing - rsc:{name} action:{} call_id:{}", operation.action, operation.call);
            self.log(level, "log_execute", text);
            self.begin(id, now);
        }
    }

    /// An operation's first turn.
    fn begin(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let Some(resource) = self.resources.get(&operation.resource) else { return };
        if resource.is_fence_device() {
            return self.begin_fence(id, now);
        }
        if resource.is_plugin() && operation.action.eq_ignore_ascii_case("stop") {
            // what it looks at runs elsewhere
            return self.cannot_run(id, Outcome::plain(ocf::OK, ExecStatus::Done), now);
        }
        let agent = Agent {
            resource: &operation.resource,
            class: resource.class.as_deref(),
            provider: resource.provider.as_deref(),
            kind: resource.kind.as_deref(),
        };
        match agent.means(&operation.action, operation.recurs(), &operation.parameters) {
            Err(outcome) => self.cannot_run(id, outcome, now),
            Ok(Means::Service) => self.find_service(id),
            Ok(means) => self.begin_with(id, means, now),
        }
    }

    /// An operation's first turn, once it is known what carries it out.
    pub(super) fn begin_with(&mut self, id: OperationId, means: Means, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        match means {
            Means::Process(class, invocation) => (operation.class, operation.invocation) = (class, Some(invocation)),
            Means::Unit(unit) => (operation.class, operation.unit) = (Class::Systemd, Some(unit)),
            Means::Service => return,
        }
        self.enter_lane(id, now);
    }

    /// Starts an operation, or lets it wait until what runs under its resource's name has ended.
    fn enter_lane(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let lane = self.lanes.entry(operation.resource.clone()).or_default();
        if lane.running.is_some() {
            operation.state = State::Blocked;
            lane.blocked.push_back(id);
        } else {
            lane.running = Some(id);
            self.start(id, now);
        }
    }

    fn start(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        if operation.unit.is_some() {
            return self.begin_unit(id, now);
        }
        operation.state = State::Starting;
        let invocation: Option<Invocation> = operation.invocation.clone();
        self.actions.extend(invocation.map(|invocation| Action::Start(id, invocation)));
    }

    /// A recurring operation's next turn.
    pub(super) fn run_again(&mut self, id: OperationId, now: Now) {
        self.arm(id, None);
        if let Some(operation) = self.operations.get(&id) {
            if operation.class == Class::Stonith {
                return self.requeue(id, now.monotonic);
            }
            let text = format!("Scheduling another invocation of {}", operation.key());
            self.log(Level::Debug, "recurring_action_timer", text);
            self.enter_lane(id, now);
        }
    }

    /// The process of an operation runs.
    pub fn started(&mut self, id: OperationId, pid: u32, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return self.alert_started(id, pid, now) };
        operation.pid = Some(pid);
        operation.state = State::Running { timed_out: false };
        let timeout = operation.timeout;
        if operation.cancelled {
            self.kill(id);
        } else if timeout != 0 {
            self.arm(id, Some(now.monotonic + unsigned_millis(timeout)));
        }
    }

    /// There is no process for an operation.
    pub fn not_started(&mut self, id: OperationId, error: StartError, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return self.alert_not_started(id, error.words()) };
        let (class, action) = (operation.class, operation.action.clone());
        let path = operation.invocation.as_ref().map_or_else(String::new, |invocation| invocation.path.clone());
        let first_turn = operation.run.is_some();
        let mut output = Output::default();
        let outcome = match error {
            StartError::Unseen(..) if class == Class::Ocf && first_turn => {
                let kind = path.rsplit('/').next().unwrap_or_default();
                let text =
                    format!("Cannot prepare {action} operation for {}: No such file or directory", operation.resource);
                let outcome = missing(kind);
                let name = operation.resource.clone();
                self.log(Level::Info, "services__create_resource_action", text);
                self.leave_lane(&name, now);
                self.cannot_run(id, outcome, now);
                return self.work(now);
            }
            StartError::Unseen(errno, words) => {
                let text = format!("Cannot execute '{path}': {words} | stat rc={errno}");
                self.log(Level::Info, "services__execute_file", text);
                class.unavailable(&action, &path, errno, &words)
            }
            StartError::NoProcess(errno, words) => {
                let text = format!("Cannot execute '{path}': {words} | fork rc={errno}");
                self.log(Level::Info, "services__execute_file", text);
                class.unavailable(&action, &path, errno, &words)
            }
            // in the reference the child says so, by its exit code
            StartError::NotRun(errno, words) => {
                let text = format!("Unable to execute {}: {words}", operation.key());
                self.log(Level::Error, "action_launch_child", text);
                let code = class.unavailable(&action, &path, errno, &words).code;
                let (outcome, printed) = class.given_up(code, NOT_RUN);
                output.stderr = printed;
                outcome
            }
            StartError::NoSecrets => {
                let name = &operation.resource;
                let text = format!("Considering {name} unconfigured because unable to load CIB secrets");
                self.log(Level::Error, "action_launch_child", text);
                let (outcome, printed) = class.given_up(class.invalid_parameter(&action), NO_SECRETS);
                output.stderr = printed;
                outcome
            }
        };
        self.complete(id, outcome, &output, now);
        self.work(now);
    }

    /// An operation's process ended.
    pub fn ended(&mut self, id: OperationId, ending: Ending, now: Now) {
        let Some(operation) = self.operations.get(&id) else { return self.alert_ended(id, &ending) };
        let (key, pid) = (operation.key(), operation.pid.unwrap_or(0));
        let Ending { code, signal, stdout, stderr } = ending;
        let ended = Ended {
            class: operation.class,
            agent: operation.class.agent_words(),
            action: &operation.action,
            key: &key,
            pid,
            timeout: operation.timeout,
            timed_out: operation.state == State::Running { timed_out: true },
            cancelled: operation.cancelled,
        };
        let signal = signal.as_ref().map(|(number, words)| (*number, words.as_str()));
        let (outcome, level, text) = ended.outcome(code, signal, &stderr);
        self.log(level, "async_action_complete", text);
        if code.is_some() {
            self.log_output(Level::Info, &format!("{key}[{pid}] error output"), &stderr);
            self.log_output(Level::Debug, &format!("{key}[{pid}] output"), &stdout);
        }
        self.complete(id, outcome, &Output { stdout, stderr }, now);
        self.work(now);
    }

    fn log_output(&mut self, level: Level, prefix: &str, text: &str) {
        if text.is_empty() {
            return self.log(Level::Trace, "log_op_output", format!("{prefix} [ -- empty -- ]"));
        }
        output_lines(prefix, text).for_each(|line| self.log(level, "log_op_output", line));
    }

    /// A process, or the attempt to make one, came to its end.
    pub(super) fn complete(&mut self, id: OperationId, mut outcome: Outcome, output: &Output, now: Now) {
        self.arm(id, None);
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let name = operation.resource.clone();
        if operation.recurs() {
            if operation.cancelled {
                (outcome.status, outcome.reason) = (ExecStatus::Cancelled, None);
            } else {
                operation.state = State::Waiting;
                let pause = Duration::from_millis(operation.interval.into());
                self.arm(id, Some(now.monotonic + pause));
            }
        }
        self.record(id, &outcome, now);
        let Some(outcome) = self.plugin_over(id, outcome, now) else { return };
        self.finish(id, &outcome, output, false, now);
        self.leave_lane(&name, now);
    }

    /// Notes a result in terms of OCF.
    pub(super) fn record(&mut self, id: OperationId, outcome: &Outcome, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        if operation.code != outcome.code {
            operation.changed_epoch = now.epoch;
        }
        operation.code = operation.class.to_ocf(&operation.action, outcome.code);
    }

    /// An operation for which nothing is run at all.
    pub(super) fn cannot_run(&mut self, id: OperationId, outcome: Outcome, now: Now) {
        if let Some(operation) = self.operations.get_mut(&id) {
            operation.state = State::Dormant;
            operation.code = outcome.code;
            self.finish(id, &outcome, &Output::default(), false, now);
        }
    }

    /// Tells of a result, and forgets an operation that is over (`cmd_finalize()`). `gone`: its resource is, too.
    pub(super) fn finish(&mut self, id: OperationId, outcome: &Outcome, output: &Output, gone: bool, now: Now) {
        let Some(operation) = self.operations.get(&id) else { return };
        let (name, recurs) = (operation.resource.clone(), operation.recurs());
        let resource = self.resources.get_mut(&name).filter(|_| !gone);
        let deleted = resource.is_none();
        if let Some(resource) = resource
            && resource.active == Some(id)
        {
            resource.active = None;
            self.look_at(&name);
        }
        self.tell(id, outcome, output, deleted, now);
        let over = !recurs || outcome.status == ExecStatus::Cancelled;
        if !over {
            if let Some(operation) = self.operations.get_mut(&id) {
                (operation.pid, operation.run, operation.queued, operation.run_epoch) = (None, None, None, 0);
            }
            return;
        }
        if let Some(resource) = self.resources.get_mut(&name) {
            resource.pending.retain(|other| *other != id);
            resource.recurring.retain(|other| *other != id);
        }
        self.arm(id, None);
        let afterwards = self.operations.remove(&id).map(|operation| operation.afterwards);
        afterwards.into_iter().flatten().for_each(|notice| self.notify_all(notice));
    }

    /// Lets the next one run that waits under the same resource's name.
    pub(super) fn leave_lane(&mut self, name: &str, now: Now) {
        let Some(lane) = self.lanes.get_mut(name) else { return };
        lane.running = lane.blocked.pop_front();
        match lane.running {
            None => drop(self.lanes.remove(name)),
            Some(next) => self.start(next, now),
        }
    }

    /// Cancels an operation that had no turn yet.
    pub(super) fn cancel_pending(&mut self, id: OperationId, now: Now, gone: bool) {
        let Some(operation) = self.operations.get(&id) else { return };
        let name = operation.resource.clone();
        let outcome = Outcome { code: operation.code, status: ExecStatus::Cancelled, reason: None };
        self.finish(id, &outcome, &Output::default(), gone, now);
        // it may have held up others by its delay
        self.look_at(&name);
    }

    /// Cancels a recurring operation after its first turn began; whether there was something to cancel.
    pub(super) fn cancel_recurring(&mut self, id: OperationId, now: Now) -> bool {
        let Some(operation) = self.operations.get_mut(&id) else { return false };
        if operation.state == State::Dormant || operation.cancelled {
            return false;
        }
        let (key, class) = (operation.key(), operation.class.name());
        let (in_flight, asking) = (operation.is_in_flight(), operation.state == State::Asking);
        let running = operation.pid;
        operation.cancelled = true;
        let (code, name) = (operation.code, operation.resource.clone());
        self.log(Level::Info, "cancel_recurring_action", format!("Cancelling {class} operation {key}"));
        if asking {
            self.forget_unit(id, &name, now);
            return true;
        }
        if in_flight {
            if let Some(pid) = running {
                let text = format!("Terminating in-flight op {key}[{pid}] early because it was cancelled");
                self.log(Level::Info, "services_action_cancel", text);
                self.kill(id);
            }
            return true;
        }
        if let Some(lane) = self.lanes.get_mut(&name) {
            lane.blocked.retain(|other| *other != id);
        }
        let outcome = Outcome { code, status: ExecStatus::Cancelled, reason: None };
        self.finish(id, &outcome, &Output::default(), false, now);
        true
    }

    fn kill(&mut self, id: OperationId) {
        let Some(operation) = self.operations.get(&id) else { return };
        let (group, pid) = (operation.kills_group(), operation.pid.unwrap_or(0));
        let text =
            if group { format!("Kill pid {pid}'s group") } else { format!("Kill pid {pid} only. leave group intact.") };
        self.log(Level::Debug, "child_kill_helper", text);
        self.actions.push(Action::Kill(id, group));
    }

    /// Time passed: to be called when [`Executor::next_timer`] is over.
    pub fn tick(&mut self, now: Now) {
        while let Some((time, id)) = self.timers.first().copied().filter(|(time, _)| *time <= now.monotonic) {
            self.timers.remove(&(time, id));
            let Some(operation) = self.operations.get_mut(&id) else {
                self.alert_late(id);
                continue;
            };
            operation.timer = None;
            let (name, key, pid) = (operation.resource.clone(), operation.key(), operation.pid.unwrap_or(0));
            match operation.state {
                State::Pending => self.look_at(&name),
                State::Waiting => self.run_again(id, now),
                State::Running { timed_out: false } => {
                    operation.state = State::Running { timed_out: true };
                    self.kill(id);
                    self.log(Level::Debug, "child_timeout_callback", format!("{key} process (PID {pid}) timed out"));
                    self.arm(id, Some(now.monotonic.max(time) + DYING));
                }
                State::Running { timed_out: true } => {
                    let text = format!("{key} process (PID {pid}) will not die!");
                    self.log(Level::Warning, "child_timeout_callback", text);
                }
                State::Asking => self.unit_late(id, now),
                State::Blocked | State::Starting | State::Fencing { .. } | State::Finding | State::Dormant => {}
            }
        }
        self.work(now);
    }
}
