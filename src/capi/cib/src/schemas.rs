//! The schemas that CIBs are held against, compiled once a thread.

use capi_pcmk::log;
use core_cib::CibError;
use core_schema::{Message, NONE, Schemas, Severity};
use core_xml::Document;
use std::ffi::CStr;
use std::path::Path;
use sys_xml::Folder;

thread_local! {
    static SCHEMAS: Schemas<Folder> = {
        let folder = sys_xml::schema_folder();
        Folder::open(&folder).unwrap_or_else(|error| {
            log!(Error, c"crm_schema_init", "Could not load schemas from {}: {error}", folder.display());
            Folder::empty(&folder)
        })
    };
}

/// Does something with the schemas, and logs what they say.
pub(crate) fn with<T>(work: impl FnOnce(&Schemas<Folder>) -> T) -> T {
    SCHEMAS.with(|schemas| {
        let outcome = work(schemas);
        schemas.take_messages().iter().for_each(tell);
        outcome
    })
}

fn tell(message: &Message) {
    const FUNCTION: &CStr = c"xml_log";
    let text = &message.text;
    match message.severity {
        Severity::Error => log!(Error, FUNCTION, "{text}"),
        Severity::Warning => log!(Warning, FUNCTION, "{text}"),
        Severity::Info => log!(Info, FUNCTION, "{text}"),
        Severity::Debug => log!(Debug, FUNCTION, "{text}"),
    }
}

/// The newest schema's name.
pub(crate) fn newest() -> String {
    with(|schemas| schemas.catalogue().latest_name().to_owned())
}

/// Whether a CIB fits the schema that it names. One that names none is given one, as by `validate_xml()`.
pub(crate) fn fits(document: &mut Document) -> bool {
    let root = document.root();
    if document.attribute(root, "validate-with").is_none() {
        document.set_attribute(root, "validate-with", NONE);
        return true;
    }
    with(|schemas| schemas.fits(document))
}

/// The schemas as changes of a CIB ask for them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Installed;

impl core_cib::Schemas for Installed {
    fn fits(&self, cib: &Document) -> bool {
        with(|schemas| schemas.fits(cib))
    }

    fn knows_origin(&self, schema: &str) -> bool {
        with(|schemas| core_cib::Schemas::knows_origin(schemas, schema))
    }

    fn upgrade(&self, cib: &Document, newest: Option<&str>) -> Result<Option<core_cib::Upgraded>, CibError> {
        with(|schemas| core_cib::Schemas::upgrade(schemas, cib, newest))
    }
}

/// Whether a path's file is standard input.
pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}
