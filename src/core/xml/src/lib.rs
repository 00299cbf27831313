//! XML as pacemaker knows it: the tree behind a CIB, a message between daemons, an agent's meta-data.
//!
//! Counterpart: `lib/common/{xml,nvpair,digest,patchset}.c` (2.1.5), which work on libxml2's nodes. Here a document is
//! an arena of nodes with interned names; changes are tracked as they are made, so that a patch costs what the
//! change costs, and can be taken back as a whole. What the text of a tree looks like, byte for byte, is the
//! reference's: digests on all hosts depend on it.
//!
//! Left to others: files and compression, schemas, access control (core/cib), libxml2's own nodes (capi).
#![forbid(unsafe_code)]

mod change;
mod compare;
mod digest;
mod document;
mod excerpt;
mod parse;
mod patchset;
mod path;
mod places;
mod text;
mod version;
mod walk;
mod xpath;

pub use change::{Deletion, Touched};
pub use compare::AttributeOrder;
pub use digest::{cib_digest, disk_digest, operation_digest, patched_digest};
pub use document::{Attribute, Document, Kind, NodeId};
pub use excerpt::{Excerpt, Take};
pub use parse::{Limits, ParseError};
pub use patchset::{DIFFERENCE_MARKER, PatchError, Patchset, Version, names_configuration, patch_versions};
pub use text::Form;
pub use version::compare_versions;
pub use walk::{Children, Step, Walk};
pub use xpath::{XPath, XPathError};
