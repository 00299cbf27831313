//! `logging.logger_subsys` and `logging.logging_daemon`: kept until the section ends, as the name may come last.

use crate::items::store;
use crate::language::Item;
use core_icmap::{Map, Value};

/// A section for one subsystem (of corosync or of another daemon) in the making.
#[derive(Default)]
pub(crate) struct Logger {
    subsys: Option<String>,
    daemon: Option<String>,
    items: Vec<(String, Vec<u8>)>,
}

impl Logger {
    /// Takes a key. `name` is special in `logging_daemon` only.
    pub(crate) fn take(&mut self, item: &Item<'_>, of_daemon: bool) {
        let text = || Some(String::from_utf8_lossy(item.value).into_owned());
        match item.key {
            "subsys" => self.subsys = text(),
            "name" if of_daemon => self.daemon = text(),
            key => self.items.push((key.to_owned(), item.value.to_vec())),
        }
    }

    /// Ends a `logger_subsys`.
    pub(crate) fn finish_subsys(&mut self, map: &mut Map) -> Result<(), String> {
        let subsys = self.subsys.take().ok_or("No subsys key in logger_subsys directive")?;
        let prefix = format!("logging.logger_subsys.{subsys}");
        self.store_items(map, &prefix)?;
        store(map, &format!("{prefix}.subsys"), subsys)
    }

    /// Ends a `logging_daemon`; what is there for the daemon corosync goes where it would stand without one.
    pub(crate) fn finish_daemon(&mut self, map: &mut Map) -> Result<(), String> {
        let daemon = self.daemon.take().ok_or("No name key in logging_daemon directive")?;
        match (self.subsys.take(), daemon == "corosync") {
            (None, true) => self.store_items(map, "logging"),
            (None, false) => {
                let prefix = format!("logging.logging_daemon.{daemon}");
                self.store_items(map, &prefix)?;
                store(map, &format!("{prefix}.name"), daemon)
            }
            (Some(subsys), true) => {
                let prefix = format!("logging.logger_subsys.{subsys}");
                self.store_items(map, &prefix)?;
                store(map, &format!("{prefix}.subsys"), subsys)
            }
            (Some(subsys), false) => {
                let prefix = format!("logging.logging_daemon.{daemon}.{subsys}");
                self.store_items(map, &prefix)?;
                store(map, &format!("{prefix}.subsys"), subsys)?;
                store(map, &format!("{prefix}.name"), daemon)
            }
        }
    }

    /// From the last to the first: of a key given twice, the first counts.
    fn store_items(&mut self, map: &mut Map, prefix: &str) -> Result<(), String> {
        for (key, value) in self.items.drain(..).rev() {
            store(map, &format!("{prefix}.{key}"), Value::String(value))?;
        }
        Ok(())
    }
}
