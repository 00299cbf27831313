//! What several tests need.

use core_cib::{CibError, Schemas, Upgraded};
use core_xml::Document;

/// CIBs that fit any schema.
pub(crate) struct Anything;

impl Schemas for Anything {
    fn fits(&self, _: &Document) -> bool {
        true
    }

    fn knows_origin(&self, _: &str) -> bool {
        true
    }

    fn upgrade(&self, _: &Document, _: Option<&str>) -> Result<Option<Upgraded>, CibError> {
        Ok(None)
    }
}
