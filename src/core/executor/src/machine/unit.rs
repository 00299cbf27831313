//! Units of systemd's: they have no process here, systemd is asked (`services__execute_systemd()`). It answers when a start
//! or stop has begun: the operation then becomes a look at the unit, again and again until that is done.

use super::operation::{State, unsigned_millis};
use super::run::Output;
use super::{Action, Executor, Now, OperationId};
use core_agents::{Agent, Class, ExecStatus, Outcome, Override, UnitAction, UnitAnswer, UnitCall, UnitStep, ocf};
use core_types::Level;
use std::time::Duration;

/// How much longer than its time an operation may take until it is given up.
const GRACE: Duration = Duration::from_secs(5);

/// What systemd is to be asked. The answer is awaited until [`super::Action::Forget`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitQuestion {
    /// The agent.
    pub unit: String,
    /// What is to be done with the agent's override before.
    pub change: Option<Override>,
    /// The question.
    pub call: UnitCall,
}

impl Executor {
    /// Lets it be found out what an agent of the class "service" is.
    pub(super) fn find_service(&mut self, id: OperationId) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let kind = self.resources.get(&operation.resource).and_then(|resource| resource.kind.clone());
        operation.state = State::Finding;
        operation.unit = kind.clone();
        self.actions.push(Action::Find(id, kind.unwrap_or_default()));
    }

    /// Which class an agent of the class "service" belongs to; `None`: there is no such agent, as far as one can see.
    pub fn found(&mut self, id: OperationId, class: Option<Class>, now: Now) {
        let Some(operation) = self.operations.get_mut(&id).filter(|operation| operation.state == State::Finding) else {
            return;
        };
        let (kind, name) = (operation.unit.take().unwrap_or_default(), operation.resource.clone());
        if operation.cancelled {
            let outcome = Outcome::plain(operation.code, ExecStatus::Cancelled);
            self.finish(id, &outcome, &Output::default(), false, now);
            return self.work(now);
        }
        let class_name = class.unwrap_or(Class::Lsb).name();
        let agent = Agent { resource: &name, class: Some(class_name), provider: None, kind: Some(&kind) };
        let means = agent.means(&operation.action, operation.recurs(), &operation.parameters);
        let (level, text) = match class {
            Some(_) => (Level::Debug, format!("Found {class_name} agent {kind} for {name}")),
            None => (Level::Info, format!("Assuming resource class lsb for agent {kind} for {name}")),
        };
        self.log(level, "expand_resource_class", text);
        match means {
            Err(outcome) => self.cannot_run(id, outcome, now),
            Ok(means) => self.begin_with(id, means, now),
        }
        self.work(now);
    }

    /// A unit's operation has its turn.
    pub(super) fn begin_unit(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get_mut(&id) else { return };
        let Some(unit) = operation.unit.clone() else { return };
        let action = operation.class.action(&operation.action).to_owned();
        let (asked, call) = UnitAction::begin(&unit, &action, false);
        (operation.state, operation.asked) = (State::Asking, Some(asked));
        let due = now.monotonic + unsigned_millis(operation.timeout) + GRACE;
        let name = &operation.resource;
        let text = format!("Performing asynchronous {action} op on systemd unit {unit} for resource {name}");
        self.log(Level::Debug, "services__execute_systemd", text);
        self.arm(id, Some(due));
        self.ask_systemd(id, None, call);
    }

    fn ask_systemd(&mut self, id: OperationId, change: Option<Override>, call: UnitCall) {
        let Some(operation) = self.operations.get(&id) else { return };
        let unit = operation.unit.clone().unwrap_or_default();
        self.actions.push(Action::Ask(id, UnitQuestion { unit, change, call }));
    }

    /// What systemd answered, or why it couldn't be asked.
    pub fn answered(&mut self, id: OperationId, answer: Result<UnitAnswer, &'static str>, now: Now) {
        let Some(operation) = self.operations.get_mut(&id).filter(|operation| operation.state == State::Asking) else {
            return;
        };
        let (Some(asked), Some(unit)) = (&mut operation.asked, &operation.unit) else { return };
        let refused = match &answer {
            Ok(UnitAnswer::Refused(_, words)) => {
                let (action, name) = (operation.class.action(&operation.action), &operation.resource);
                Some(format!("DBus request for {action} of systemd unit {unit} for resource {name} failed: {words}"))
            }
            _ => None,
        };
        let step = match answer {
            Ok(answer) => asked.next(answer),
            Err(reason) => UnitStep::Over(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, reason)),
        };
        if let Some(text) = refused {
            self.log(Level::Info, "set_result_from_method_error", text);
        }
        match step {
            UnitStep::Ask(change, call) => self.ask_systemd(id, change, call),
            UnitStep::Over(outcome) => self.unit_over(id, outcome, now),
        }
        self.work(now);
    }

    /// A unit's operation took its time, and more.
    pub(super) fn unit_late(&mut self, id: OperationId, now: Now) {
        let Some(operation) = self.operations.get(&id) else { return };
        let (action, name) = (operation.class.action(&operation.action).to_owned(), operation.resource.clone());
        let unit = operation.unit.clone().unwrap_or_default();
        let text = format!("{action} action for systemd unit {unit} named '{name}' timed out");
        self.log(Level::Info, "systemd_timeout_callback", text);
        self.actions.push(Action::Forget(id));
        let reason = format!("{action} action for systemd unit {unit} did not complete in time");
        self.unit_over(id, Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Timeout, reason), now);
    }

    /// Ends a unit's recurring operation that was cancelled while systemd was asked.
    pub(super) fn forget_unit(&mut self, id: OperationId, name: &str, now: Now) {
        let key = self.operations.get(&id).map(super::operation::Operation::key).unwrap_or_default();
        let text = format!("Will ignore any result of canceled systemd op {key}");
        self.log(Level::Debug, "services_action_cleanup", text);
        self.actions.push(Action::Forget(id));
        let outcome = Outcome::plain(ocf::UNKNOWN, ExecStatus::Cancelled);
        self.record(id, &outcome, now);
        self.finish(id, &outcome, &Output::default(), false, now);
        self.leave_lane(name, now);
    }

    /// Systemd has said all that it says to an operation.
    fn unit_over(&mut self, id: OperationId, outcome: Outcome, now: Now) {
        self.record(id, &outcome, now);
        if let Some(outcome) = self.follow(id, outcome, now) {
            self.restore_times(id);
            self.complete(id, outcome, &Output::default(), now);
        }
    }

    /// What came of an operation in the end; `None` while that is open, and the unit is going to be looked at.
    fn follow(&mut self, id: OperationId, outcome: Outcome, now: Now) -> Option<Outcome> {
        let operation = self.operations.get_mut(&id)?;
        if operation.recurs() || !self.resources.contains_key(&operation.resource) {
            return Some(outcome);
        }
        let is = |action: &str, other: &str| action.eq_ignore_ascii_case(other);
        let began = outcome.is_well() && (is(&operation.action, "start") || is(&operation.action, "stop"));
        if operation.followed.is_none() {
            if !began {
                return Some(outcome);
            }
            operation.follow();
            operation.action = "monitor".to_owned();
        }
        let followed = operation.followed.as_ref()?;
        let stopping = is(&followed.action, "stop");
        if !began && outcome.status != ExecStatus::Pending && !(outcome.is_well() && stopping) {
            let (elapsed, left) = followed.times(now);
            let name = format!("{} systemd {}", operation.resource, followed.action);
            let text = format!("{name} is now complete (elapsed={elapsed}ms, remaining={left}ms)");
            self.log(Level::Debug, "action_complete", text);
            return Some(ended(outcome, stopping));
        }
        self.try_again(id, &outcome, now)
    }
}

/// What a last look at a unit says of its start or stop: only a look may find it not running.
fn ended(outcome: Outcome, stopping: bool) -> Outcome {
    match (outcome.code, outcome.status) {
        (ocf::NOT_RUNNING, ExecStatus::Done) if stopping => Outcome { code: ocf::OK, ..outcome },
        (ocf::NOT_RUNNING, ExecStatus::Done) => Outcome { code: ocf::UNKNOWN_ERROR, ..outcome },
        _ => outcome,
    }
}
