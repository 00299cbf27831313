//! libxml2's RELAX NG validation and libxslt's stylesheets behind a safe face: what [`core_schema::Engine`] asks for.
//!
//! Counterpart: `validate_with_relaxng()` and `apply_transformation()` of `lib/common/schemas.c` (2.1.5). A document of
//! ours is built as a tree of libxml2's for each call; what a stylesheet makes comes back as text. Nothing is loaded from
//! the network, documents with a document type don't get here (core/xml refuses them), and stylesheets write no files.
//! Schemas are compiled once.
//!
//! [`node`] is for libraries whose callers have nodes of libxml2.

mod ffi;
mod folder;
mod loader;
mod messages;
pub mod node;
mod schema;
mod stylesheet;
mod tree;

pub use folder::{DEFAULT_FOLDER, Folder, schema_folder};
