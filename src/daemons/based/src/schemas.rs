//! This host, as far as the CIB manager asks: its schemas and its groups.

use core_cib::manager::Host;
use core_cib::{CibError, Upgraded};
use core_schema::{Schemas, Severity};
use core_types::Level;
use core_xml::Document;
use sys_pcmk::Logger;
use sys_xml::{Folder, schema_folder};

/// See the module.
#[derive(Debug)]
pub(crate) struct ThisHost {
    schemas: Schemas<Folder>,
}

impl ThisHost {
    /// With the schemas of the folder that the environment names. Where it can't be read, there are none.
    pub(crate) fn new(logger: &Logger) -> ThisHost {
        let folder = schema_folder();
        let schemas = Folder::open(&folder).unwrap_or_else(|error| {
            let text = format!("scandir({}) failed: {error}", folder.display());
            logger.log(Level::Error, "crm_schema_init", &text);
            Folder::empty(&folder)
        });
        ThisHost { schemas }
    }

    /// The schema that an empty CIB names (`xml_latest_schema()`).
    pub(crate) fn latest(&self) -> &str {
        self.schemas.catalogue().latest_name()
    }

    /// Logs what was said of CIBs since this was called last.
    pub(crate) fn log_messages(&self, logger: &Logger) {
        for message in self.schemas.take_messages() {
            let level = match message.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Info => Level::Info,
                Severity::Debug => Level::Debug,
            };
            logger.log(level, "xml_log", &message.text);
        }
    }
}

impl core_cib::Schemas for ThisHost {
    fn fits(&self, cib: &Document) -> bool {
        self.schemas.fits(cib)
    }

    fn fits_still(&self, cib: &Document) -> bool {
        self.schemas.fits_still(cib)
    }

    fn knows_origin(&self, schema: &str) -> bool {
        self.schemas.catalogue().knows_origin(schema)
    }

    fn upgrade(&self, cib: &Document, newest: Option<&str>) -> Result<Option<Upgraded>, CibError> {
        core_cib::Schemas::upgrade(&self.schemas, cib, newest)
    }
}

impl Host for ThisHost {
    fn is_in_group(&self, user: &str, group: &str) -> bool {
        sys_os::is_listed_in_group(user, group)
    }
}
