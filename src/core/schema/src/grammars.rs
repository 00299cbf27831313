//! The files of a schema.

use core_xml::{Document, Limits};
use std::collections::BTreeMap;

/// The file of a schema's name.
pub(crate) fn file(schema: &str) -> String {
    format!("{schema}.rng")
}

/// A schema's files, by their names.
pub(crate) struct Grammars {
    /// The schema's own.
    pub(crate) first: String,
    pub(crate) files: BTreeMap<String, Document>,
}

impl Grammars {
    /// A file and all that it refers to; `None` where one is missing or lies elsewhere.
    pub(crate) fn load(first: String, source: &dyn Fn(&str) -> Option<String>) -> Option<Grammars> {
        let mut files = BTreeMap::new();
        let mut wanted = vec![first.clone()];
        while let Some(name) = wanted.pop() {
            if files.contains_key(&name) {
                continue;
            }
            let document = Document::parse(&source(&name)?, Limits::default()).ok()?;
            for node in document.walk(document.root()).nodes() {
                if matches!(document.name(node), Some("externalRef" | "include")) {
                    let referred = document.attribute(node, "href")?;
                    if referred.contains('/') {
                        return None;
                    }
                    wanted.push(referred.to_owned());
                }
            }
            files.insert(name, document);
        }
        Some(Grammars { first, files })
    }
}
