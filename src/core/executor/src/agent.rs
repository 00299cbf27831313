//! Classes of agents: what is run for an operation, and with which environment.

use crate::outcome::{ExecStatus, Outcome, REASON_PREFIX, lsb, ocf};
use std::collections::BTreeMap;

/// Where OCF agents are, in a folder for each provider.
pub const OCF_AGENTS: &str = "/usr/lib/ocf/resource.d";
/// Where init scripts are.
pub const INIT_SCRIPTS: &str = "/etc/init.d";
/// What is above the folders of OCF agents.
const OCF_ROOT: &str = "/usr/lib/ocf";

/// A class of agents, without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Ocf,
    /// Init scripts; `service`, too, as there are no units here.
    Lsb,
    Systemd,
    Stonith,
    Other,
}

impl Class {
    pub(crate) fn of(name: &str) -> Class {
        match name.to_ascii_lowercase().as_str() {
            "ocf" => Class::Ocf,
            "lsb" | "service" => Class::Lsb,
            "systemd" => Class::Systemd,
            "stonith" => Class::Stonith,
            _ => Class::Other,
        }
    }

    /// As lines of the log have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Class::Ocf => "ocf",
            Class::Lsb => "lsb",
            Class::Systemd => "systemd",
            Class::Stonith => "stonith",
            Class::Other => "other",
        }
    }

    /// What an agent of this class knows an action as.
    pub(crate) fn action(self, name: &str) -> &str {
        match self {
            Class::Lsb | Class::Systemd if name.eq_ignore_ascii_case("monitor") => "status",
            _ => name,
        }
    }

    /// What an exit code counts as.
    pub(crate) fn to_ocf(self, action: &str, code: i32) -> i32 {
        match self {
            Class::Lsb => lsb::to_ocf(action, code),
            _ => ocf::of_ocf(code),
        }
    }

    fn is_lsb_status(self, action: &str) -> bool {
        self == Class::Lsb && self.action(action).eq_ignore_ascii_case("status")
    }

    /// The code of an error that nothing more is known of.
    pub(crate) fn generic_error(self, action: &str) -> i32 {
        if self.is_lsb_status(action) { lsb::STATUS_UNKNOWN } else { ocf::UNKNOWN_ERROR }
    }

    /// What it means that `name` could not be looked at or run, for an errno.
    pub(crate) fn unavailable(self, action: &str, name: &str, errno: i32, words: &str) -> Outcome {
        let lsb_status = self.is_lsb_status(action);
        let reason = Some(format!("{name}: {words}"));
        match errno {
            NO_ENTRY | NOT_A_DIRECTORY | IS_A_DIRECTORY | INVALID | NOT_EXECUTABLE => {
                let code = if lsb_status { lsb::STATUS_NOT_INSTALLED } else { ocf::NOT_INSTALLED };
                Outcome { code, status: ExecStatus::NotInstalled, reason }
            }
            ACCESS | NOT_PERMITTED => {
                let code = if lsb_status { lsb::STATUS_INSUFFICIENT_PRIVILEGES } else { ocf::INSUFFICIENT_PRIVILEGES };
                Outcome { code, status: ExecStatus::Error, reason }
            }
            _ => {
                Outcome { code: self.generic_error(action), status: ExecStatus::Error, reason: Some(words.to_owned()) }
            }
        }
    }
}

/// Linux's numbers of errors, as far as they decide.
const NOT_PERMITTED: i32 = 1;
pub(crate) const NO_ENTRY: i32 = 2;
const NOT_EXECUTABLE: i32 = 8;
const ACCESS: i32 = 13;
const NOT_A_DIRECTORY: i32 = 20;
const IS_A_DIRECTORY: i32 = 21;
const INVALID: i32 = 22;

/// A process to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The agent's file.
    pub path: String,
    /// Its arguments: the action, where it is a resource's.
    pub arguments: Vec<String>,
    /// What it has in its environment beside the executor's own.
    pub environment: Vec<(String, String)>,
    /// Whether it runs as root; else as the cluster's user.
    pub privileged: bool,
}

/// What an agent is found by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agent<'a> {
    pub(crate) resource: &'a str,
    pub(crate) class: Option<&'a str>,
    pub(crate) provider: Option<&'a str>,
    pub(crate) kind: Option<&'a str>,
}

impl Agent<'_> {
    /// What is to be run, or why nothing can be (`services__create_resource_action()`).
    pub(crate) fn invocation(
        self,
        action: &str,
        parameters: &BTreeMap<String, String>,
    ) -> Result<(Class, Invocation), Outcome> {
        let filled = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        let (Some(class_name), Some(kind)) = (self.class, self.kind) else { return Err(incomplete()) };
        let class = Class::of(class_name);
        let complete = filled(Some(self.resource)) && filled(self.class) && filled(self.kind) && filled(Some(action));
        if !complete || (class == Class::Ocf && !filled(self.provider)) {
            return Err(incomplete());
        }
        let provider = self.provider.unwrap_or_default();
        let path = match class {
            // names are parts of a path that must stay below its folder
            Class::Ocf if !is_name(provider) || !is_name(kind) => return Err(missing(kind)),
            Class::Ocf => format!("{OCF_AGENTS}/{provider}/{kind}"),
            Class::Lsb if kind.starts_with('/') => kind.to_owned(),
            Class::Lsb if !is_name(kind) => return Err(missing(kind)),
            Class::Lsb => format!("{INIT_SCRIPTS}/{kind}"),
            Class::Stonith | Class::Other => return Err(missing(kind)),
            Class::Systemd => return Err(no_units(kind)),
        };
        let environment = match class {
            Class::Ocf => ocf_environment(self.resource, provider, kind, parameters),
            _ => Vec::new(),
        };
        let arguments = vec![class.action(action).to_owned()];
        Ok((class, Invocation { path, arguments, environment, privileged: true }))
    }
}

fn incomplete() -> Outcome {
    Outcome {
        code: ocf::UNKNOWN_ERROR,
        status: ExecStatus::ErrorFatal,
        reason: Some("Required agent or action information missing".to_owned()),
    }
}

/// There is no such agent.
pub(crate) fn missing(name: &str) -> Outcome {
    Class::Other.unavailable("", name, NO_ENTRY, "No such file or directory")
}

fn no_units(kind: &str) -> Outcome {
    let reason = Some(format!("{kind}: systemd units are not supported"));
    Outcome { code: ocf::NOT_INSTALLED, status: ExecStatus::NotInstalled, reason }
}

fn is_name(text: &str) -> bool {
    !text.contains('/') && !matches!(text, "." | "..")
}

/// What OCF's resource agent API has in the environment.
fn ocf_environment(
    resource: &str,
    provider: &str,
    kind: &str,
    parameters: &BTreeMap<String, String>,
) -> Vec<(String, String)> {
    let is_variable = |name: &str| !name.contains(['=', '\0']);
    let given = parameters.iter().filter(|(name, value)| is_variable(name) && !value.contains('\0'));
    let given = given.map(|(name, value)| {
        let name = if name == "OCF_CHECK_LEVEL" { name.clone() } else { format!("OCF_RESKEY_{name}") };
        (name, value.clone())
    });
    let fixed = [
        ("OCF_RA_VERSION_MAJOR", "1"),
        ("OCF_RA_VERSION_MINOR", "1"),
        ("OCF_ROOT", OCF_ROOT),
        ("OCF_EXIT_REASON_PREFIX", REASON_PREFIX),
        ("OCF_RESOURCE_INSTANCE", resource),
        ("OCF_RESOURCE_TYPE", kind),
        ("OCF_RESOURCE_PROVIDER", provider),
    ];
    given.chain(fixed.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent<'a>(class: &'a str, provider: Option<&'a str>, kind: &'a str) -> Agent<'a> {
        Agent { resource: "r", class: Some(class), provider, kind: Some(kind) }
    }

    fn run(agent: Agent<'_>, action: &str) -> Result<(Class, Invocation), Outcome> {
        let parameters = [("ip", "::1"), ("OCF_CHECK_LEVEL", "10"), ("a=b", "no")];
        agent.invocation(action, &parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    #[test]
    fn an_ocf_agent_gets_its_parameters_in_the_environment() {
        let (class, run) = run(agent("OCF", Some("heartbeat"), "IPaddr2"), "monitor").unwrap();
        assert_eq!((class, run.arguments.concat().as_str()), (Class::Ocf, "monitor"));
        assert_eq!(run.path, "/usr/lib/ocf/resource.d/heartbeat/IPaddr2");
        let variables: Vec<String> = run.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            variables,
            [
                "OCF_CHECK_LEVEL=10",
                "OCF_RESKEY_ip=::1",
                "OCF_RA_VERSION_MAJOR=1",
                "OCF_RA_VERSION_MINOR=1",
                "OCF_ROOT=/usr/lib/ocf",
                "OCF_EXIT_REASON_PREFIX=ocf-exit-reason:",
                "OCF_RESOURCE_INSTANCE=r",
                "OCF_RESOURCE_TYPE=IPaddr2",
                "OCF_RESOURCE_PROVIDER=heartbeat",
            ]
        );
    }

    #[test]
    fn an_init_script_is_asked_for_its_status_and_gets_no_parameters() {
        let (class, run) = run(agent("service", None, "ssh"), "monitor").unwrap();
        assert_eq!(
            (class, run.path.as_str(), run.arguments.concat().as_str()),
            (Class::Lsb, "/etc/init.d/ssh", "status")
        );
        assert!(run.environment.is_empty());
        assert_eq!(Class::Lsb.unavailable("monitor", "x", NO_ENTRY, "w").code, 150);
        assert_eq!(Class::Lsb.unavailable("start", "x", NO_ENTRY, "w").code, 5);
        assert_eq!(Class::Lsb.unavailable("status", "x", ACCESS, "w").code, 151);
    }

    #[test]
    fn nothing_outside_of_the_agents_folders_is_run() {
        for (provider, kind) in [("..", "x"), ("a/../..", "x"), ("heartbeat", ".."), ("heartbeat", "../../../x")] {
            assert_eq!(run(agent("ocf", Some(provider), kind), "start").unwrap_err().status, ExecStatus::NotInstalled);
        }
        assert!(run(agent("lsb", None, "../passwd"), "start").is_err());
        assert_eq!(run(agent("lsb", None, "/opt/x"), "start").unwrap().1.path, "/opt/x");
    }

    #[test]
    fn what_is_incomplete_can_work_nowhere() {
        for (class, provider, kind, action) in [
            ("ocf", None, "x", "start"),
            ("ocf", Some(""), "x", "start"),
            ("lsb", None, "", "start"),
            ("lsb", None, "x", ""),
        ] {
            let outcome = run(agent(class, provider, kind), action).unwrap_err();
            assert_eq!((outcome.code, outcome.status), (1, ExecStatus::ErrorFatal), "{class} {kind} {action}");
        }
    }
}
