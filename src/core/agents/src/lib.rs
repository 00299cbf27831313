//! Agents: their classes, what is run for an action on a resource, and what came of it.
//!
//! Counterparts (2.1.5): of `lib/services` what decides about one action (`services_ocf.c`, `services_lsb.c`,
//! `services_nagios.c`, `systemd.c`, results in `services_linux.c`). The executor (`core_executor`) and `libcrmservice` share it; which
//! action has its turn when, and who is told, is theirs.
#![forbid(unsafe_code)]

mod agent;
mod class;
mod codes;
mod metadata;
mod outcome;
mod plugin;
mod secret;
mod units;

pub use agent::{
    Agent, INIT_SCRIPTS, Invocation, Means, NAGIOS_METADATA, NAGIOS_PLUGINS, OCF_AGENTS, missing, ocf_variable,
    ocf_variables, path,
};
pub use class::Class;
pub use codes::{lsb, nagios, ocf};
pub use metadata::{script_metadata, unit_metadata};
pub use outcome::{Ended, ExecStatus, Outcome, REASON_PREFIX, output_lines, readable, reason_in};
pub use plugin::plugin_arguments;
pub use secret::{NO_SECRETS, SECRET, is_signed, secret_line};
pub use units::{
    Override, UnitAction, UnitAnswer, UnitCall, UnitStep, is_unit_there, unit_agents, unit_file, unit_override,
};
