//! A reload of corosync.conf (`corosync-cfgtool -R`).

use crate::configuration::{Machine, read_files};
use crate::outside::Outside;
use crate::totem_config::totem_config;
use core_config::TotemConfig;
use core_engine::Engine;
use core_types::{CsError, Level};

/// What a reload needs to know of the running configuration.
pub(crate) struct Running {
    pub(crate) machine: Machine,
    pub(crate) totem: TotemConfig,
}

/// Reads the files again and takes over what may change while the daemon runs.
pub(crate) fn reload(engine: &mut Engine, outside: &mut Outside, running: &mut Running) -> Result<(), CsError> {
    let files = read_files(&running.machine.file).map_err(|why| {
        outside.log("CFG", Level::Error, format_args!("Unable to reload config file: {why}"));
        CsError::InvalidParam
    })?;
    let trial = core_config::reload(&files, &running.machine, &mut engine.map().clone(), &running.totem);
    if let Ok(new) = &trial.result {
        needs_no_restart(new, &running.totem, trial.crypto_changed).map_err(|what| {
            let line = format_args!("{what} changed in corosync.conf: that needs a restart yet. Nothing was changed.");
            outside.log("CFG", Level::Error, line);
            CsError::NotSupported
        })?;
    }
    let reload = core_config::reload(&files, &running.machine, engine.map(), &running.totem);
    for (subsystem, level, line) in &reload.lines {
        outside.log(subsystem, *level, format_args!("{line}"));
    }
    let new = reload.result?;
    if let Err(why) = outside.logger.configure(engine.map()) {
        outside.log("MAIN", Level::Error, format_args!("{why}"));
    }
    engine.reconfigure_totem(&totem_config(&new, 0, 0));
    running.totem = new;
    Ok(())
}

/// Whether everything that changed can change while the ring stands; the error says what can't yet.
fn needs_no_restart(new: &TotemConfig, running: &TotemConfig, crypto_changed: bool) -> Result<(), &'static str> {
    let ports = |config: &TotemConfig| config.links.each_ref().map(|link| (link.configured, link.port));
    if crypto_changed {
        return Err("The crypto settings or the key");
    }
    if !new.nodes().eq(running.nodes()) || ports(new) != ports(running) {
        return Err("The nodes or their links");
    }
    Ok(())
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
        match running.totem.map_changed(engine.map(), change) {
            None => {}
            Some(Ok(())) => engine.reconfigure_totem(&totem_config(&running.totem, 0, 0)),
            Some(Err(error)) => outside.log("TOTEM", Level::Error, format_args!("{error}")),
        }
    }
}
