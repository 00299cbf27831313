//! A reload of corosync.conf: what may change changes, what may not is refused and said.
//!
//! Counterpart: `message_handler_req_exec_cfg_reload_config` in `cfg.c`.

use crate::error::Error;
use crate::outside::Outside;
use crate::parse::{Files, Sources, parse};
use crate::totem::{Member, TotemConfig, TransportKind};
use core_icmap::Map;
use core_types::{CsError, Level};

/// Keys that keep their value until a restart (`remove_ro_entries`).
const FIXED: [&str; 20] = [
    "totem.version",
    "totem.threads",
    "totem.ip_version",
    "totem.rrp_mode",
    "totem.netmtu",
    "totem.interface.ringnumber",
    "totem.interface.bindnetaddr",
    "totem.interface.mcastaddr",
    "totem.interface.broadcast",
    "totem.interface.mcastport",
    "totem.interface.ttl",
    "totem.transport",
    "totem.cluster_name",
    "quorum.provider",
    "system.move_to_root_cgroup",
    "system.allow_knet_handle_fallback",
    "system.sched_rr",
    "system.priority",
    "system.qb_ipc_type",
    "system.state_dir",
];

/// What has come of a reload.
#[derive(Debug)]
pub struct Reload {
    /// Totem's new configuration, for the transport and the ring to take over; the error is for the client.
    pub result: Result<TotemConfig, CsError>,
    /// What to log, in order: subsystem, level, line.
    pub lines: Vec<(&'static str, Level, String)>,
}

/// Reloads the files into the map (`map` is the live one). `running` is totem's configuration in use.
pub fn reload(files: &Files, outside: &dyn Outside, map: &mut Map, running: &TotemConfig) -> Reload {
    let mut lines = Vec::new();
    let _name_is_valid = map.set("config.totemconfig_reload_in_progress", 1u8);
    let mut new = Map::new();
    let sources = match parse(files, outside, &mut new) {
        Ok(sources) => sources,
        Err(error) => {
            // As in the reference, config.totemconfig_reload_in_progress stays set.
            lines.push(("CFG", Level::Error, format!("Unable to reload config file: {error}")));
            return Reload { result: Err(CsError::InvalidParam), lines };
        }
    };
    let _name_is_valid = map.set("config.reload_in_progress", 1u8);
    for prefix in ["logging.", "totem.", "nodelist.", "quorum.", "uidgid.config.", "nozzle."] {
        delete_missing(map, &new, prefix);
    }
    refuse_fixed(map, &mut new, &mut lines);
    let result = apply(outside, map, &mut new, running, &sources, &mut lines);
    let status = result.as_ref().err().map_or(CS_OK, |&error| error as i32);
    let _name_is_valid = map.set("config.reload_status", status);
    let _name_is_valid = map.set("config.totemconfig_reload_in_progress", 0u8);
    let _name_is_valid = map.set("config.reload_in_progress", 0u8);
    Reload { result, lines }
}

/// `CS_OK`, as `config.reload_status` has it.
const CS_OK: i32 = 1;

fn delete_missing(map: &mut Map, new: &Map, prefix: &str) {
    let gone: Vec<String> =
        map.iter(prefix).map(|(key, _)| key).filter(|key| new.get(key).is_none()).map(str::to_owned).collect();
    for key in gone {
        let _was_there = map.delete(&key);
    }
}

fn refuse_fixed(map: &Map, new: &mut Map, lines: &mut Vec<(&'static str, Level, String)>) {
    for key in FIXED {
        if map.get(key) != new.get(key) && new.delete(key).is_ok() {
            let line = format!("Modified entry '{key}' in corosync.conf cannot be changed at run-time");
            lines.push(("CFG", Level::Notice, line));
        }
    }
}

fn apply(
    outside: &dyn Outside,
    map: &mut Map,
    new: &mut Map,
    running: &TotemConfig,
    sources: &Sources,
    lines: &mut Vec<(&'static str, Level, String)>,
) -> Result<TotemConfig, CsError> {
    let mut config = running.clone();
    for (number, link) in config.links.iter_mut().enumerate() {
        let fixed = number == 0 && config.transport != TransportKind::Knet;
        if !fixed {
            *link = Default::default();
        }
    }
    let refuse = |lines: &mut Vec<_>, what: &str, error: Error| {
        lines.push(("CFG", Level::Error, format!("{what}: {}", sources.locate(error))));
        CsError::InvalidParam
    };
    // What the reference does with the warnings of a reload: nothing.
    config.reread_links(new, outside, &mut Vec::new());
    let members = config.read_members(new, outside).and_then(|()| check_unchanged(&config, running, lines));
    members.map_err(|error| refuse(lines, "Cannot configure new interface definitions", error))?;
    config.derive_ping_timers(map);
    lines.push(("TOTEM", Level::Debug, "Configuration reloaded. Dumping actual totem config.".into()));
    lines.extend(config.describe().into_iter().map(|line| ("TOTEM", Level::Debug, line)));
    config.read_timers(new);
    config.crypto = crate::totem::Crypto::read(new, outside)
        .map_err(|error| refuse(lines, "Crypto configuration is not valid", error))?;
    config.validate_timers(new).map_err(|error| refuse(lines, "Configuration is not valid", error))?;
    for (key, value) in new.iter("") {
        let _name_is_valid = map.set(key, value.clone());
    }
    Ok(config)
}

/// That no link that stays has other addresses or another transport (`check_things_have_not_changed`).
fn check_unchanged(
    config: &TotemConfig,
    running: &TotemConfig,
    lines: &mut Vec<(&'static str, Level, String)>,
) -> Result<(), Error> {
    let before = lines.len();
    for (number, (new, old)) in config.links.iter().zip(&running.links).enumerate() {
        if !(new.configured && old.configured) {
            continue;
        }
        if new.protocol != old.protocol {
            let line =
                format!("New config has different knet transport for link {number}. Internal value was NOT changed.");
            lines.push(("TOTEM", Level::Error, line));
        }
        for (from, to) in moved(&old.members, &new.members) {
            let line = format!(
                "new config has different address for link {number} (addr changed from {from} to {to}). \
                 Internal value was NOT changed."
            );
            lines.push(("TOTEM", Level::Error, line));
        }
    }
    if lines.len() == before {
        return Ok(());
    }
    Err(Error::new(
        "To reconfigure an interface it must be deleted and recreated. A working interface needs to be available to \
         corosync at all times",
    ))
}

fn moved<'a>(old: &'a [Member], new: &'a [Member]) -> impl Iterator<Item = (std::net::IpAddr, std::net::IpAddr)> + 'a {
    new.iter().flat_map(move |new| {
        let same = old.iter().filter(move |old| old.nodeid == new.nodeid && old.address != new.address);
        same.map(move |old| (old.address, new.address))
    })
}
