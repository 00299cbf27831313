//! A compiled schema.

use crate::{
    ffi,
    loader::{NoNetwork, c_path},
    messages::{Attention, take_error},
    tree::Tree,
};
use core_schema::Message;
use std::{ffi::c_int, path::Path, ptr::NonNull};

#[derive(Debug)]
pub(crate) struct Schema(NonNull<ffi::xmlRelaxNG>);

impl Schema {
    /// Compiles the schema in a file, with all that it includes.
    ///
    /// # Errors
    /// What the compiler says.
    pub(crate) fn load(path: &Path) -> Result<Schema, Vec<Message>> {
        let path = c_path(path);
        // SAFETY: xmlRelaxNGNewParserCtxt(): a path that ends with NUL, which is copied
        Schema::compile(|| unsafe { ffi::xmlRelaxNGNewParserCtxt(path.as_ptr()) })
    }

    /// Compiles the schema in a text.
    ///
    /// # Errors
    /// What the compiler says.
    pub(crate) fn parse(text: &str) -> Result<Schema, Vec<Message>> {
        let length = c_int::try_from(text.len()).map_err(|_| Vec::new())?;
        // SAFETY: xmlRelaxNGNewMemParserCtxt(): the text outlives the context, which compile() frees
        Schema::compile(|| unsafe { ffi::xmlRelaxNGNewMemParserCtxt(text.as_ptr().cast(), length) })
    }

    fn compile(parser: impl FnOnce() -> ffi::xmlRelaxNGParserCtxtPtr) -> Result<Schema, Vec<Message>> {
        let _guard = NoNetwork::new();
        let mut messages: Vec<Message> = Vec::new();
        let context = &raw mut messages;
        // SAFETY: the messages are read only after it is dropped, below
        let attention = unsafe { Attention::new(context) };
        let parser = parser();
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
