//! Random changes of CIBs, under the schemas that are installed. Skipped, and said so, where there are none.

mod edits;
mod parts;
mod simplified;

use core_schema::Schemas;
use std::path::Path;
use sys_xml::{DEFAULT_FOLDER, Folder};

/// The schemas that are installed.
fn installed() -> Option<Schemas<Folder>> {
    let schemas = Folder::open(Path::new(DEFAULT_FOLDER)).ok().filter(|schemas| schemas.catalogue().latest().is_some());
    if schemas.is_none() {
        println!("skipped: no schemas in {DEFAULT_FOLDER}: apt-get install pacemaker-common");
    }
    schemas
}

/// What was said, sorted: libxml2 names what refers to nothing in no order.
fn said(schemas: &Schemas<Folder>) -> Vec<String> {
    let mut said: Vec<String> = schemas.take_messages().iter().map(ToString::to_string).collect();
    said.sort_unstable();
    said
}
