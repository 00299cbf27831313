//! The one place where schemas come in: none are checked yet, and new CIBs say so (`validate-with="none"`).

use core_cib::manager::Host;
use core_cib::{CibError, Schemas, Upgraded};
use core_xml::Document;

/// The schema that an empty CIB names.
pub(crate) const NEWEST: &str = "none";

/// This host: its schemas and its groups.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThisHost;

impl Schemas for ThisHost {
    fn fits(&self, _: &Document) -> bool {
        true
    }

    fn knows_origin(&self, schema: &str) -> bool {
        !matches!(schema, "pacemaker-0.6" | "pacemaker-1.0" | "pacemaker-1.1" | "transitional-0.6")
    }

    fn upgrade(&self, _: &Document, _: Option<&str>) -> Result<Option<Upgraded>, CibError> {
        Ok(None)
    }
}

impl Host for ThisHost {
    fn is_in_group(&self, user: &str, group: &str) -> bool {
        sys_os::is_listed_in_group(user, group)
    }
}
