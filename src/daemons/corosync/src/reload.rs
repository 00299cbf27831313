//! A reload of corosync.conf (`corosync-cfgtool -R`).

use crate::configuration::{Machine, read_files};
use crate::network::Lines;
use crate::outside::Outside;
use crate::totem_config::totem_config;
use core_config::{TotemConfig, TransportChange, setting_changes, transport_changes};
use core_engine::Engine;
use core_types::{CsError, Level};
use sys_knet::LogReader;

/// What a reload needs to know of the running configuration.
pub(crate) struct Running {
    pub(crate) machine: Machine,
    pub(crate) totem: TotemConfig,
    /// What libknet logs, until the main loop takes it.
    pub(crate) knet_log: Option<LogReader>,
}

/// Reads the files again and takes over what changed. New keys are only loaded: `cfg` has the ring switch to them.
pub(crate) fn reload(engine: &mut Engine, outside: &mut Outside, running: &mut Running) -> Result<(), CsError> {
    let files = read_files(&running.machine.file).map_err(|why| {
        outside.log("CFG", Level::Error, format_args!("Unable to reload config file: {why}"));
        CsError::InvalidParam
    })?;
    let reload = core_config::reload(&files, &running.machine, engine.map(), &running.totem);
    for (subsystem, level, line) in &reload.lines {
        outside.log(subsystem, *level, format_args!("{line}"));
    }
    let new = reload.result?;
    if let Err(why) = outside.logger.configure(engine.map()) {
        outside.log("MAIN", Level::Error, format_args!("{why}"));
    }
    engine.reconfigure_totem(&totem_config(&new, 0, 0));
    let changes = transport_changes(Some(&running.totem), &new);
    running.totem = new;
    follow(outside, running, &changes);
    if changes.contains(&TransportChange::Crypto) {
        engine.crypto_loaded(outside);
    }
    Ok(())
}

fn follow(outside: &mut Outside, running: &mut Running, changes: &[TransportChange]) {
    let mut lines = Vec::new();
    match outside.counted.network.follow(&running.totem, changes, &mut lines) {
        Ok(log) => running.knet_log = log.or(running.knet_log.take()),
        Err(why) => lines.push((Level::Error, why)),
    }
    log(outside, lines);
}

fn log(outside: &mut Outside, lines: Lines) {
    for (level, line) in lines {
        outside.log("TOTEM", level, format_args!("{line}"));
    }
}

/// The ring switches to keys that were loaded: sends with them, then forgets the old ones.
pub(crate) fn switch_crypto(outside: &mut Outside, running: &Running, forget: bool) {
    let mut lines = Vec::new();
    outside.counted.network.switch_crypto(&running.totem, forget, &mut lines);
    log(outside, lines);
}

/// Takes over the settings that clients changed in the map.
pub(crate) fn take_settings(engine: &mut Engine, outside: &mut Outside, running: &mut Running) {
    let changes = std::mem::take(&mut outside.settings);
    if changes.is_empty() || engine.map().u8("config.reload_in_progress") == Some(1) {
        return;
    }
    if changes.iter().any(|change| !change.key.starts_with("totem."))
        && let Err(why) = outside.logger.configure(engine.map())
    {
        outside.log("MAIN", Level::Error, format_args!("{why}"));
    }
    for change in &changes {
        let old = running.totem.clone();
        let Some(result) = running.totem.map_changed(engine.map(), change) else { continue };
        match result {
            Ok(()) => engine.reconfigure_totem(&totem_config(&running.totem, 0, 0)),
            Err(error) => outside.log("TOTEM", Level::Error, format_args!("{error}")),
        }
        let changes = setting_changes(&old, &running.totem);
        follow(outside, running, &changes);
    }
}
