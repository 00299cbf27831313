//! All files of a configuration, into a map.

use crate::error::{Error, Place};
use crate::items::Main;
use crate::language;
use crate::outside::Outside;
use crate::uidgid::Uidgid;
use core_icmap::Map;
use std::collections::BTreeMap;

/// The files that make up a configuration: each with its name, for messages.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// corosync.conf.
    pub main: (String, Vec<u8>),
    /// The regular, readable files of `uidgid.d` beside it, in the directory's order.
    pub uidgid: Vec<(String, Vec<u8>)>,
}

/// Where each key was set.
#[derive(Clone, Debug, Default)]
pub struct Sources(BTreeMap<String, Place>);

impl Sources {
    pub(crate) fn note(&mut self, key: &str, file: &str, line: usize) {
        self.0.insert(key.to_owned(), Place { file: file.to_owned(), line });
    }

    /// Adds to an error where its key is set.
    pub fn locate(&self, mut error: Error) -> Error {
        if let (None, Some(key)) = (&error.place, &error.key) {
            error.place = self.0.get(key).cloned();
        }
        error
    }
}

/// Reads a configuration into a map (`coroparse_configparse`). What was set before an error stays set.
pub fn parse(files: &Files, outside: &dyn Outside, map: &mut Map) -> Result<Sources, Error> {
    let mut sources = Sources::default();
    let (name, contents) = &files.main;
    language::read(name, contents, &mut Main::new(name, map, outside, &mut sources))?;
    for (name, contents) in &files.uidgid {
        language::read(name, contents, &mut Uidgid { map, outside })?;
    }
    Ok(sources)
}
