//! Meta-data actions that are waited for: where a class has none of its own, it is made up of what is known.

use crate::agents::service_class;
use crate::results;
use crate::turns::execute;
use crate::types::Op;
use capi_pcmk::log;
use core_agents::{Class, ExecStatus, Outcome, ocf};
use std::ffi::{CStr, OsStr};

const FUNCTION: &CStr = c"execute_metadata_action";

/// Whether it went well. What is made up here says nothing of an exit status, as in the reference.
pub(crate) fn execute_metadata(op: Op) -> bool {
    let refused = |status, reason: &str, text: String| {
        log!(Info, FUNCTION, "{text}");
        results::set(op, &Outcome::because(ocf::UNKNOWN_ERROR, status, reason));
        false
    };
    let Some(agent) = op.agent.text() else {
        let text = "Meta-data requested without specifying agent".to_owned();
        return refused(ExecStatus::ErrorFatal, "Agent not specified", text);
    };
    let class = match op.class() {
        Class::Program => {
            let text = format!("Meta-data requested for agent {agent} without specifying class");
            return refused(ExecStatus::ErrorFatal, "Agent standard not specified", text);
        }
        Class::Service => match service_class(&agent) {
            Some(class) => class,
            None => {
                let text = format!("Meta-data requested for {agent}, but could not determine class");
                return refused(ExecStatus::ErrorHard, "Agent standard could not be determined", text);
            }
        },
        class => class,
    };
    let made = match class {
        Class::Lsb => sys_agents::script_metadata(&agent).map(String::into_bytes),
        Class::Nagios => sys_agents::nagios_metadata(OsStr::new(&agent)),
        _ => return execute(op).is_ok(),
    };
    made.map(|text| op.stdout_data.set(&text)).is_ok()
}
