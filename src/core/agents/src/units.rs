//! Units of systemd's as agents: what is asked of systemd for an action, and what its answers mean.
//!
//! Counterpart: `lib/services/systemd.c` (2.1.5). A unit is loaded, which gives its object; then it is started, stopped,
//! or asked how it is. While the cluster runs a unit, a file of ours changes it (an override).

use crate::codes::ocf;
use crate::outcome::{ExecStatus, Outcome};

/// Kinds of units that can be resources.
const KINDS: [&str; 5] = [".service", ".socket", ".mount", ".timer", ".path"];
const SERVICE: &str = ".service";
/// The instance of a template that stands for any.
const INSTANCE: &str = "pacemaker";
/// Errors that say that there is no such unit.
const NO_UNIT: [&str; 3] = ["InvalidName", "LoadFailed", "NoSuchUnit"];
const PREFIX: &str = "org.freedesktop.systemd1.";

/// A question to systemd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitCall {
    /// Load the unit of that name: the answer is its object's path.
    Load(String),
    /// A property of the unit with that object: a text.
    Property(String, &'static str),
    /// Start, stop or restart the unit of that name: a job's path.
    Start(String),
    /// See [`UnitCall::Start`].
    Stop(String),
    /// See [`UnitCall::Start`].
    Restart(String),
    /// Read the files of units again.
    Reload,
    /// Files of units: their names.
    List,
}

/// What systemd said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitAnswer {
    /// The path of an object.
    Path(String),
    /// A property's value.
    Text(String),
    /// Names.
    Names(Vec<String>),
    /// Something else.
    Unexpected,
    /// It was done, and nothing said.
    Nothing,
    /// It refused, or there is no answer: the name of an error of D-Bus's, and words.
    Refused(String, String),
}

/// What is to be done with the override before a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Override {
    /// Write it.
    Write,
    /// Remove it.
    Remove,
}

/// What is next for an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnitStep {
    /// This question, after the override is seen to; then [`UnitAction::next`].
    Ask(Option<Override>, UnitCall),
    /// It is over.
    Over(Outcome),
}

/// Which answer is awaited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Load,
    State,
    Job,
}

/// One action on a unit.
#[derive(Clone, Debug)]
pub struct UnitAction {
    unit: String,
    action: String,
    /// Whether somebody waits for its end, who gets more precise results.
    awaited: bool,
    stage: Stage,
}

impl UnitAction {
    /// The action, and the first question.
    #[must_use]
    pub fn begin(unit: &str, action: &str, awaited: bool) -> (UnitAction, UnitCall) {
        let begun = UnitAction { unit: unit.to_owned(), action: action.to_owned(), awaited, stage: Stage::Load };
        (begun, UnitCall::Load(unit_file(unit, false)))
    }

    /// Takes an answer.
    pub fn next(&mut self, answer: UnitAnswer) -> UnitStep {
        match (self.stage, answer) {
            (Stage::Load, UnitAnswer::Path(object)) => self.loaded(object),
            (Stage::Load, _) if !self.awaited => {
                let reason = format!("No DBus object found for systemd unit {}", self.unit);
                UnitStep::Over(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, reason))
            }
            (Stage::Load | Stage::Job, UnitAnswer::Refused(name, _)) => UnitStep::Over(self.refused(&name)),
            (Stage::Load, _) => {
                let reason = "systemd DBus method had unexpected reply";
                UnitStep::Over(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, reason))
            }
            (Stage::State, UnitAnswer::Text(state)) => UnitStep::Over(state_outcome(&state)),
            (Stage::State, _) => {
                let reason = format!("Could not get state for unit {} from DBus", self.unit);
                UnitStep::Over(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, reason))
            }
            (Stage::Job, UnitAnswer::Path(_)) => UnitStep::Over(Outcome::plain(ocf::OK, ExecStatus::Done)),
            (Stage::Job, _) => {
                let reason = "systemd DBus method had unexpected reply";
                UnitStep::Over(Outcome::because(ocf::OK, ExecStatus::Done, reason))
            }
        }
    }

    fn loaded(&mut self, object: String) -> UnitStep {
        let file = unit_file(&self.unit, false);
        self.stage = Stage::Job;
        match self.action.as_str() {
            "monitor" | "status" => {
                self.stage = Stage::State;
                UnitStep::Ask(None, UnitCall::Property(object, "ActiveState"))
            }
            "start" => UnitStep::Ask(Some(Override::Write), UnitCall::Start(file)),
            "stop" => UnitStep::Ask(Some(Override::Remove), UnitCall::Stop(file)),
            "restart" => UnitStep::Ask(None, UnitCall::Restart(file)),
            action => {
                let reason = format!("Action {action} not implemented for systemd resources");
                UnitStep::Over(Outcome::because(ocf::UNIMPLEMENTED, ExecStatus::Error, reason))
            }
        }
    }

    /// What the error of that name means: a unit that there is not is stopped.
    fn refused(&self, name: &str) -> Outcome {
        let is_missing = NO_UNIT.iter().any(|error| name.contains(&format!("{PREFIX}{error}")));
        match self.action.as_str() {
            _ if !is_missing => {
                Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, "Unable to invoke systemd DBus method")
            }
            action if action.eq_ignore_ascii_case("stop") => Outcome::plain(ocf::OK, ExecStatus::Done),
            _ => {
                let reason = format!("systemd unit {} not found", self.unit);
                Outcome::because(ocf::NOT_INSTALLED, ExecStatus::NotInstalled, reason)
            }
        }
    }
}

/// What a unit's state means for a monitor.
fn state_outcome(state: &str) -> Outcome {
    match state {
        "active" | "reloading" => Outcome::plain(ocf::OK, ExecStatus::Done),
        "activating" | "deactivating" => Outcome::plain(ocf::UNKNOWN, ExecStatus::Pending),
        state => Outcome::because(ocf::NOT_RUNNING, ExecStatus::Done, state),
    }
}

/// Whether a unit with that load state is there.
#[must_use]
pub fn is_unit_there(load_state: &str) -> bool {
    matches!(load_state, "loaded" | "masked")
}

/// Where a file's kind begins, if it is one of a unit that can be a resource.
fn kind_at(name: &str) -> Option<usize> {
    let at = name.rfind('.')?;
    KINDS.contains(&&name[at..]).then_some(at)
}

/// The name that systemd knows an agent by. A template gets an instance where `any_instance`, or where its kind is told.
#[must_use]
pub fn unit_file(name: &str, any_instance: bool) -> String {
    match kind_at(name) {
        Some(at) if name[..at].ends_with('@') => format!("{}{INSTANCE}{}", &name[..at], &name[at..]),
        Some(_) => name.to_owned(),
        None if any_instance && name.ends_with('@') => format!("{name}{INSTANCE}{SERVICE}"),
        None => format!("{name}{SERVICE}"),
    }
}

/// Agents in a list of units' files, sorted without regard to case.
#[must_use]
pub fn unit_agents(files: &[String]) -> Vec<String> {
    let names = files.iter().rev().filter_map(|file| {
        let name = file.rsplit('/').next().unwrap_or(file);
        kind_at(name).map(|_| name.strip_suffix(SERVICE).unwrap_or(name).to_owned())
    });
    let mut names: Vec<String> = names.collect();
    names.sort_by_cached_key(|name| name.to_ascii_lowercase());
    names
}

/// An agent's override: what the folder of its unit's is called, the file in it, and what that says. The unit is ordered
/// before pacemaker, so that it is stopped after it, and systemd doesn't restart it. `None` for a name that is no unit's.
#[must_use]
pub fn unit_override(agent: &str) -> Option<(String, &'static str, String)> {
    let is_name = !agent.is_empty() && !agent.contains('/') && !agent.contains('\n');
    let text = format!(
        "[Unit]\nDescription=Cluster Controlled {agent}\nBefore=pacemaker.service pacemaker_remote.service\n\n\
         [Service]\nRestart=no\n\n"
    );
    is_name.then(|| (format!("{agent}.service.d"), "50-pacemaker.conf", text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(action: &str, awaited: bool) -> UnitAction {
        let (mut unit, call) = UnitAction::begin("web", action, awaited);
        assert_eq!(call, UnitCall::Load("web.service".to_owned()));
        let loaded = unit.next(UnitAnswer::Path("/u/web".to_owned()));
        let asked = match action {
            "start" => UnitStep::Ask(Some(Override::Write), UnitCall::Start("web.service".to_owned())),
            "stop" => UnitStep::Ask(Some(Override::Remove), UnitCall::Stop("web.service".to_owned())),
            "restart" => UnitStep::Ask(None, UnitCall::Restart("web.service".to_owned())),
            _ => UnitStep::Ask(None, UnitCall::Property("/u/web".to_owned(), "ActiveState")),
        };
        assert_eq!(loaded, asked);
        unit
    }

    fn code(step: UnitStep) -> (i32, ExecStatus) {
        match step {
            UnitStep::Over(outcome) => (outcome.code, outcome.status),
            step => panic!("{step:?}"),
        }
    }

    fn error(name: &str) -> UnitAnswer {
        UnitAnswer::Refused(format!("{PREFIX}{name}"), String::new())
    }

    #[test]
    fn a_unit_is_loaded_then_asked() {
        for (state, told) in [
            ("active", (0, ExecStatus::Done)),
            ("reloading", (0, ExecStatus::Done)),
            ("activating", (193, ExecStatus::Pending)),
            ("inactive", (7, ExecStatus::Done)),
            ("failed", (7, ExecStatus::Done)),
        ] {
            assert_eq!(code(begun("status", false).next(UnitAnswer::Text(state.to_owned()))), told, "{state}");
        }
        assert_eq!(code(begun("start", false).next(UnitAnswer::Path("/job/1".to_owned()))), (0, ExecStatus::Done));
        assert_eq!(code(begun("start", true).next(error("NoSuchUnit"))), (5, ExecStatus::NotInstalled));
        assert_eq!(code(begun("stop", true).next(error("NoSuchUnit"))), (0, ExecStatus::Done));
        assert_eq!(code(begun("stop", true).next(error("Other"))), (1, ExecStatus::Error));
        assert_eq!(code(begun("monitor", true).next(error("Other"))), (1, ExecStatus::Error));
        let (mut unit, _) = UnitAction::begin("web", "promote", true);
        assert_eq!(code(unit.next(UnitAnswer::Path("/u".to_owned()))), (3, ExecStatus::Error));
        let (mut unit, _) = UnitAction::begin("web", "start", true);
        assert_eq!(code(unit.next(error("LoadFailed"))), (5, ExecStatus::NotInstalled));
        let (mut unit, _) = UnitAction::begin("web", "start", false);
        assert_eq!(code(unit.next(error("LoadFailed"))), (1, ExecStatus::Error));
    }

    #[test]
    fn names_of_units() {
        for (name, any, file) in [
            ("web", false, "web.service"),
            ("web.socket", false, "web.socket"),
            ("web.x", false, "web.x.service"),
            ("web@", false, "web@.service"),
            ("web@", true, "web@pacemaker.service"),
            ("web@.timer", false, "web@pacemaker.timer"),
            ("web@one", true, "web@one.service"),
        ] {
            assert_eq!(unit_file(name, any), file);
        }
        let files = ["/lib/systemd/system/b.service", "/x/A.timer", "/x/c.target", "plain", "/x/a.service"];
        assert_eq!(unit_agents(&files.map(str::to_owned)), ["a", "A.timer", "b"]);
        assert!(unit_override("../x").is_none());
        assert_eq!(unit_override("web").map(|(folder, ..)| folder).as_deref(), Some("web.service.d"));
    }
}
