//! A compiled schema.

use crate::{
    ffi,
    loader::{NoNetwork, c_path},
    messages::{Attention, take_error},
    tree::Tree,
};
use core_schema::Message;
use std::{path::Path, ptr::NonNull};

#[derive(Debug)]
pub(crate) struct Schema(NonNull<ffi::xmlRelaxNG>);

impl Schema {
    /// Compiles the schema in a file, with all that it includes.
    ///
    /// # Errors
    /// What the compiler says.
    pub(crate) fn load(path: &Path) -> Result<Schema, Vec<Message>> {
        let _guard = NoNetwork::new();
        let mut messages: Vec<Message> = Vec::new();
        let context = &raw mut messages;
        // SAFETY: the messages are read only after it is dropped, below
        let attention = unsafe { Attention::new(context) };
        let path = c_path(path);
        // SAFETY: xmlRelaxNGNewParserCtxt(): a path that ends with NUL, which is copied
        let parser = unsafe { ffi::xmlRelaxNGNewParserCtxt(path.as_ptr()) };
        // SAFETY: xmlRelaxNGSetParserStructuredErrors(): nothing is done for null; the context outlives the parser
        unsafe { ffi::xmlRelaxNGSetParserStructuredErrors(parser, Some(take_error), context.cast()) };
        // SAFETY: xmlRelaxNGParse(): null for null
        let schema = unsafe { ffi::xmlRelaxNGParse(parser) };
        // SAFETY: xmlRelaxNGFreeParserCtxt(): nothing for null; the schema owns its documents itself
        unsafe { ffi::xmlRelaxNGFreeParserCtxt(parser) };
        drop(attention);
        NonNull::new(schema).map(Schema).ok_or(messages)
    }

    /// Holds a tree against it. `None` for an error in libxml2 itself.
    pub(crate) fn validate(&self, tree: &mut Tree) -> (Option<bool>, Vec<Message>) {
        let mut messages: Vec<Message> = Vec::new();
        let taken = &raw mut messages;
        // SAFETY: the messages are read only after it is dropped, below
        let attention = unsafe { Attention::new(taken) };
        // SAFETY: xmlRelaxNGNewValidCtxt(): a compiled schema, which outlives the context
        let context = unsafe { ffi::xmlRelaxNGNewValidCtxt(self.0.as_ptr()) };
        // SAFETY: xmlRelaxNGSetValidStructuredErrors(): nothing is done for null; the messages outlive the context
        unsafe { ffi::xmlRelaxNGSetValidStructuredErrors(context, Some(take_error), taken.cast()) };
        // SAFETY: xmlRelaxNGValidateDoc(): -1 for null; the tree is ours alone
        let result = unsafe { ffi::xmlRelaxNGValidateDoc(context, tree.as_ptr()) };
        // SAFETY: xmlRelaxNGFreeValidCtxt(): nothing for null
        unsafe { ffi::xmlRelaxNGFreeValidCtxt(context) };
        drop(attention);
        ((result >= 0).then_some(result == 0), messages)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        // SAFETY: xmlRelaxNGFree(): the schema is ours, and no context uses it
        unsafe { ffi::xmlRelaxNGFree(self.0.as_ptr()) };
    }
}

// SAFETY: libxml2's "Thread safety" page: what is not shared may be used from any thread once xmlInitParser() ran, which
// NoNetwork::new() does. A schema isn't shared: it is no `Sync`.
unsafe impl Send for Schema {}
