//! What the daemon process itself reads from the configuration (`main.c`).

use crate::error::Error;
use core_icmap::Map;

/// Keys and prefixes that clients may only read (`set_icmap_ro_keys_flag`).
pub fn set_read_only_keys(map: &mut Map) {
    const PREFIXES: [&str; 7] = [
        "internal_configuration.",
        "runtime.services.",
        "runtime.config.",
        "runtime.totem.",
        "uidgid.config.",
        "system.",
        "nodelist.",
    ];
    const KEYS: [&str; 17] = [
        "totem.crypto_cipher",
        "totem.crypto_hash",
        "totem.crypto_model",
        "totem.keyfile",
        "totem.key",
        "totem.secauth",
        "totem.ip_version",
        "totem.rrp_mode",
        "totem.transport",
        "totem.cluster_name",
        "totem.netmtu",
        "totem.threads",
        "totem.version",
        "totem.nodeid",
        "totem.clear_node_high_bit",
        "config.reload_in_progress",
        "config.totemconfig_reload_in_progress",
    ];
    PREFIXES.iter().for_each(|prefix| map.set_read_only(prefix, true, true));
    KEYS.iter().for_each(|key| map.set_read_only(key, false, true));
}

/// Whether to leave the process's cgroup for the root one, where real-time scheduling is always allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CgroupMove {
    /// Never.
    No,
    /// Before real-time scheduling is asked for.
    Yes,
    /// When real-time scheduling was refused.
    Auto,
}

/// The priority for `setpriority(2)` (of the process group).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// The highest there is (`max`).
    Max,
    /// The lowest there is (`min`).
    Min,
    /// That nice value; 0 leaves it as it is.
    Nice(i32),
}

/// `system.*` as the process reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessOptions {
    /// `system.move_to_root_cgroup`.
    pub move_to_root_cgroup: CgroupMove,
    /// `system.sched_rr`: round robin at the highest real-time priority. When that fails the priority is
    /// [`Priority::Max`], otherwise `priority` isn't used.
    pub sched_rr: bool,
    /// `system.priority`.
    pub priority: Priority,
    /// `system.state_dir`, where it is set.
    pub state_dir: Option<String>,
    /// `system.qb_ipc_type` is `socket`.
    pub socket_ipc: bool,
    /// `system.allow_knet_handle_fallback`.
    pub allow_knet_handle_fallback: bool,
}

impl ProcessOptions {
    /// Reads the options; the error goes with the exit code of a bad configuration.
    pub fn read(map: &Map) -> Result<ProcessOptions, Error> {
        Ok(ProcessOptions {
            move_to_root_cgroup: match map.text("system.move_to_root_cgroup") {
                Some("yes") => CgroupMove::Yes,
                Some("no") => CgroupMove::No,
                _ => CgroupMove::Auto,
            },
            sched_rr: map.text("system.sched_rr").is_none_or(|text| text == "yes"),
            priority: map.text("system.priority").map_or(Ok(Priority::Nice(0)), priority)?,
            state_dir: map.text("system.state_dir").map(str::to_owned),
            socket_ipc: map.text("system.qb_ipc_type") == Some("socket"),
            allow_knet_handle_fallback: map.text("system.allow_knet_handle_fallback") == Some("yes"),
        })
    }
}

fn priority(text: &str) -> Result<Priority, Error> {
    match text {
        "max" => Ok(Priority::Max),
        "min" => Ok(Priority::Min),
        // strtol reads nothing at all as 0.
        "" => Ok(Priority::Nice(0)),
        _ => crate::number::signed(text.as_bytes())
            .and_then(|number| i32::try_from(number).ok())
            .map(Priority::Nice)
            .ok_or_else(|| Error::at_key("system.priority", format!("Priority value {text} is invalid"))),
    }
}
