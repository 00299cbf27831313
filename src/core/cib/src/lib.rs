//! The CIB: a cluster's configuration and status in one document, and what requests do to it.
//!
//! Counterpart: `lib/cib/cib_ops.c` and `cib_perform_op()` of `lib/cib/cib_utils.c` (2.1.5). Where that copies the whole
//! document for each change and compares the copies, a [`Cib`] is changed in place and taken back when a request fails,
//! so that a request costs what it changes. The daemon and the library's file backend use this same code.
//!
//! Left to others: whether access rules apply to somebody, schemas (see [`Schemas`]), who performs a request in a cluster, and the
//! disk.
#![forbid(unsafe_code)]

mod access;
mod change;
mod error;
pub mod manager;
mod merge;
mod operation;
mod query;
mod section;
pub mod stored;
mod value;

pub use access::Access;
pub use change::{Change, Failure, Origin, Request, Schemas, Upgraded, Versioning};
pub use error::CibError;
pub use manager::{Options, is_true, patch_lines, properties};
pub use operation::{CallOptions, Operation};
pub use query::Answer;
pub use section::part_of;
pub use value::score;

use core_xml::{Document, NodeId};

/// The feature set of the CIBs that we write and of the protocol that we speak (`CRM_FEATURE_SET`).
pub const FEATURE_SET: &str = "3.16.1";

/// A CIB.
#[derive(Clone, Debug)]
pub struct Cib {
    document: Document,
    /// The schema that it is known to fit.
    fitted: Option<String>,
}

impl Cib {
    /// A CIB from a document whose root is `<cib>`. Text between elements is dropped.
    ///
    /// # Errors
    /// The root is another element.
    pub fn new(mut document: Document) -> Result<Cib, CibError> {
        if document.name(document.root()) != Some("cib") {
            return Err(CibError::Invalid);
        }
        document.strip_text(document.root());
        Ok(Cib { document, fitted: None })
    }

    /// The same to read only: text stays, so that what names nodes of the document still does.
    ///
    /// # Errors
    /// As [`Cib::new`].
    pub fn unchanged(document: Document) -> Result<Cib, CibError> {
        if document.name(document.root()) == Some("cib") {
            Ok(Cib { document, fitted: None })
        } else {
            Err(CibError::Invalid)
        }
    }

    /// The empty CIB that a cluster starts with (`createEmptyCib()`), for a schema's name.
    #[must_use]
    pub fn empty(schema: &str, epoch: i32) -> Cib {
        let mut document = Document::new("cib");
        let root = document.root();
        document.set_attribute(root, "crm_feature_set", FEATURE_SET);
        document.set_attribute(root, "validate-with", schema);
        document.set_attribute(root, "epoch", &epoch.to_string());
        document.set_attribute(root, "num_updates", "0");
        document.set_attribute(root, "admin_epoch", "0");
        let configuration = document.append_element(root, "configuration");
        document.append_element(root, "status");
        for section in ["crm_config", "nodes", "resources", "constraints"] {
            document.append_element(configuration, section);
        }
        Cib { document, fitted: None }
    }

    /// The element of a section, if it is there; what is no section is the whole CIB.
    #[must_use]
    pub fn section(&self, section: Option<&str>) -> Option<NodeId> {
        section::find(&self.document, section)
    }

    /// Its document, which is then the caller's.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document
    }

    /// Its document.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }
}
