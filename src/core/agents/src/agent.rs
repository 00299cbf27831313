//! What is run for an action, and with which environment.

use crate::class::{Class, NO_ENTRY, TOO_MUCH};
use crate::codes::ocf;
use crate::outcome::{ExecStatus, Outcome, REASON_PREFIX};
use crate::plugin::plugin_arguments;
use std::collections::BTreeMap;

/// Where OCF agents are, in a folder for each provider.
pub const OCF_AGENTS: &str = "/usr/lib/ocf/resource.d";
/// Where init scripts are.
pub const INIT_SCRIPTS: &str = "/etc/init.d";
/// Where plugins of Nagios's are.
pub const NAGIOS_PLUGINS: &str = "/usr/lib/nagios/plugins";
/// Where the plugins' meta-data is, which they don't give themselves.
pub const NAGIOS_METADATA: &str = "/usr/share/nagios/plugins-metadata";
/// What is above the folders of OCF agents.
const OCF_ROOT: &str = "/usr/lib/ocf";

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

/// What carries out an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Means {
    /// A process, for an agent of that class.
    Process(Class, Invocation),
    /// Systemd, with the unit of that agent.
    Unit(String),
    /// An init script or a unit, whichever there is: the same agent in that class.
    Service,
}

/// What an agent is found by.
#[derive(Clone, Copy, Debug)]
pub struct Agent<'a> {
    /// The resource's name.
    pub resource: &'a str,
    /// Its class's name.
    pub class: Option<&'a str>,
    /// Who provides it, where its class has that.
    pub provider: Option<&'a str>,
    /// Its own name ("type").
    pub kind: Option<&'a str>,
}

impl Agent<'_> {
    /// Its class, if all is there that an action needs.
    ///
    /// # Errors
    /// The result of an action that can work nowhere.
    pub fn complete(self, action: &str) -> Result<Class, Outcome> {
        let filled = |text: Option<&str>| text.is_some_and(|text| !text.is_empty());
        let class = Class::of(self.class.unwrap_or_default());
        let complete = filled(Some(self.resource)) && filled(self.class) && filled(self.kind) && filled(Some(action));
        if !complete || (class.has_providers() && !filled(self.provider)) { Err(incomplete()) } else { Ok(class) }
    }

    /// What carries out an action, or why nothing can (`services__create_resource_action()`). Of plugins of Nagios's a
    /// monitor that doesn't recur is a probe.
    ///
    /// # Errors
    /// The result of an action that nothing can be done for.
    pub fn means(self, action: &str, recurs: bool, parameters: &BTreeMap<String, String>) -> Result<Means, Outcome> {
        let kind = self.kind.unwrap_or_default();
        let class = match self.complete(action)? {
            Class::Service => return Ok(Means::Service),
            Class::Systemd => return Ok(Means::Unit(kind.to_owned())),
            class => class,
        };
        let provider = self.provider.unwrap_or_default();
        let path = path(class, provider, kind).ok_or_else(|| missing(kind))?;
        let environment = match class {
            Class::Ocf => ocf_environment(self.resource, provider, kind, parameters),
            _ => Vec::new(),
        };
        let arguments = match class {
            Class::Nagios => {
                let given = parameters.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
                let arguments = plugin_arguments(action.eq_ignore_ascii_case("monitor") && !recurs, given);
                let arguments =
                    arguments.ok_or_else(|| class.unavailable(action, kind, TOO_MUCH, "Argument list too long"))?;
                arguments.iter().map(|argument| String::from_utf8_lossy(argument).into_owned()).collect()
            }
            _ => vec![class.action(action).to_owned()],
        };
        Ok(Means::Process(class, Invocation { path, arguments, environment, privileged: true }))
    }
}

/// Where an agent's file is; `None` where the class has no files, or the name leads out of its folder.
#[must_use]
pub fn path(class: Class, provider: &str, kind: &str) -> Option<String> {
    match class {
        Class::Ocf if is_name(provider) && is_name(kind) => Some(format!("{OCF_AGENTS}/{provider}/{kind}")),
        Class::Lsb | Class::Nagios if kind.starts_with('/') => Some(kind.to_owned()),
        Class::Lsb if is_name(kind) => Some(format!("{INIT_SCRIPTS}/{kind}")),
        Class::Nagios if is_name(kind) => Some(format!("{NAGIOS_PLUGINS}/{kind}")),
        _ => None,
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
#[must_use]
pub fn missing(name: &str) -> Outcome {
    Class::Other.unavailable("", name, NO_ENTRY, "No such file or directory")
}

fn is_name(text: &str) -> bool {
    !text.contains('/') && !matches!(text, "." | "..")
}

/// The variable in which an OCF agent finds a parameter.
#[must_use]
pub fn ocf_variable(parameter: &str) -> String {
    if parameter == "OCF_CHECK_LEVEL" { parameter.to_owned() } else { format!("OCF_RESKEY_{parameter}") }
}

/// What every OCF agent has in its environment.
#[must_use]
pub fn ocf_variables<'a>(resource: &'a str, provider: &'a str, kind: &'a str) -> [(&'static str, &'a str); 7] {
    [
        ("OCF_RA_VERSION_MAJOR", "1"),
        ("OCF_RA_VERSION_MINOR", "1"),
        ("OCF_ROOT", OCF_ROOT),
        ("OCF_EXIT_REASON_PREFIX", REASON_PREFIX),
        ("OCF_RESOURCE_INSTANCE", resource),
        ("OCF_RESOURCE_TYPE", kind),
        ("OCF_RESOURCE_PROVIDER", provider),
    ]
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
    let given = given.map(|(name, value)| (ocf_variable(name), value.clone()));
    let fixed = ocf_variables(resource, provider, kind);
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
        match agent.means(action, false, &parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into())? {
            Means::Process(class, invocation) => Ok((class, invocation)),
            means => panic!("{means:?}"),
        }
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
        let (class, run) = run(agent("lsb", None, "ssh"), "monitor").unwrap();
        assert_eq!(
            (class, run.path.as_str(), run.arguments.concat().as_str()),
            (Class::Lsb, "/etc/init.d/ssh", "status")
        );
        assert!(run.environment.is_empty());
        assert_eq!(Class::Lsb.unavailable("monitor", "x", NO_ENTRY, "w").code, 150);
        assert_eq!(Class::Lsb.unavailable("start", "x", NO_ENTRY, "w").code, 5);
        assert_eq!(Class::Lsb.unavailable("status", "x", 13, "w").code, 151);
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
    fn units_have_no_process() {
        let none = BTreeMap::new();
        assert_eq!(agent("systemd", None, "web").means("start", false, &none), Ok(Means::Unit("web".to_owned())));
        assert_eq!(agent("service", None, "web").means("start", false, &none), Ok(Means::Service));
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
