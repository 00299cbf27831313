//! The CIB's schemas: which there are, which one a CIB names and fits, and how it gets from one to the next.
//!
//! Counterpart: `lib/common/schemas.c` (2.1.5). What is decided is here; what validates a document and runs a stylesheet
//! on it is an [`Engine`], and which files there are is said to [`Catalogue::from_files`].
//!
//! Left to others: libxml2 and libxslt (sys/xml), logging (see [`Schemas::take_messages`]).
#![forbid(unsafe_code)]

mod accept;
mod catalogue;
mod grammars;
mod message;
mod parts;
mod schemas;
mod simplified;
mod update;
mod values;

pub use accept::{Acceptance, Refusal};
pub use catalogue::{Catalogue, NONE, Schema, Upgrade};
pub use message::{MESSAGES_MAX, Message, Place, Severity, numbered};
pub use schemas::Schemas;
pub use simplified::simplified;
pub use update::{Update, Way};

use core_xml::Document;

/// What validates and transforms documents: a folder's schemas and stylesheets, compiled.
pub trait Engine {
    /// Holds a document against the schema of a name. What can't be decided, as there is no such schema, is valid, with
    /// a message.
    fn validate(&self, subject: Subject<'_>, schema: &str) -> Verdict;

    /// The text of a schema's file; `None` where there is none.
    fn source(&self, file: &str) -> Option<String>;

    /// What the stylesheet of a name makes of a document; `None` when it fails.
    fn transform(&self, document: &Document, stylesheet: &str) -> (Option<Document>, Vec<Message>);
}

/// What is validated.
#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    /// A tree. Messages can't say lines.
    Tree(&'a Document),
    /// The text of a file, whose name messages give.
    Text {
        /// The file's name.
        name: &'a str,
        /// What is in it.
        text: &'a str,
    },
}

/// What became of a validation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it fits.
    pub valid: bool,
    /// Why not, as the validator says it.
    pub messages: Vec<Message>,
}
