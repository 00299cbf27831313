//! Stylesheets.

use crate::{
    ffi,
    loader::{NoNetwork, read},
    messages::Sink,
    tree::Tree,
};
use core_schema::{Message, Severity};
use core_xml::{Document, Limits};
use std::{
    path::Path,
    ptr::{NonNull, null, null_mut},
};

struct Stylesheet(NonNull<ffi::xsltStylesheet>);

impl Stylesheet {
    /// Compiles a stylesheet. libxslt says on standard error what is wrong with it.
    fn load(path: &Path, guard: &NoNetwork) -> Option<Stylesheet> {
        let tree = read(path, guard)?.into_ptr();
        // SAFETY: xsltParseStylesheetDoc(): a document of ours, which the stylesheet owns from here on
        let stylesheet = unsafe { ffi::xsltParseStylesheetDoc(tree) };
        let stylesheet = NonNull::new(stylesheet).map(Stylesheet);
        if stylesheet.is_none() {
            // Frees the document, which isn't the stylesheet's when there is none.
            drop(Tree::owning(tree));
        }
        stylesheet
    }

    /// What it makes of a tree, as text.
    fn apply(&self, tree: &mut Tree, sink: &mut Sink) -> Option<String> {
        let stylesheet = self.0.as_ptr();
        // SAFETY: xsltNewTransformContext(): both live longer than the context
        let context = NonNull::new(unsafe { ffi::xsltNewTransformContext(stylesheet, tree.as_ptr()) })?.as_ptr();
        let message = Some(ffi::systole_xslt_message as unsafe extern "C" fn(_, _, ...));
        // SAFETY: xsltSetTransformErrorFunc(): the sink lives longer than the context, and is what message.c expects
        unsafe { ffi::xsltSetTransformErrorFunc(context, std::ptr::from_mut(sink).cast(), message) };
        let forbidden = Forbidden::on(context);
        // SAFETY: xsltApplyStylesheetUser(): the context is of this stylesheet and tree; no parameters, no output file
        let result =
            unsafe { ffi::xsltApplyStylesheetUser(stylesheet, tree.as_ptr(), null_mut(), null(), null_mut(), context) };
        // SAFETY: xsltFreeTransformContext(): ours, and not used any more
        unsafe { ffi::xsltFreeTransformContext(context) };
        drop(forbidden);
        self.text(&Tree::owning(result)?)
    }

    fn text(&self, result: &Tree) -> Option<String> {
        let (mut text, mut length) = (null_mut(), 0);
        // SAFETY: xsltSaveResultToString(): the result of this stylesheet, and two places to write to
        let saved =
            unsafe { ffi::xsltSaveResultToString(&raw mut text, &raw mut length, result.as_ptr(), self.0.as_ptr()) };
        let length = usize::try_from(length).unwrap_or(0);
        if saved != 0 || text.is_null() {
            return None;
        }
        // SAFETY: xsltSaveResultToString(): `length` bytes, which are ours
        let copy = String::from_utf8(unsafe { std::slice::from_raw_parts(text, length) }.to_vec()).ok();
        // SAFETY: xmlFree: libxml2's own function for what it allocated, set when the library is loaded
        if let Some(free) = unsafe { ffi::xmlFree } {
            // SAFETY: xsltSaveResultToString(): the caller frees the text, once
            unsafe { free(text.cast()) };
        }
        copy
    }
}

impl Drop for Stylesheet {
    fn drop(&mut self) {
        // SAFETY: xsltFreeStylesheet(): ours, with its document
        unsafe { ffi::xsltFreeStylesheet(self.0.as_ptr()) };
    }
}

/// What stylesheets may not do: write files, reach the network. Those of pacemaker read themselves as data.
struct Forbidden(*mut ffi::xsltSecurityPrefs);

impl Forbidden {
    fn on(context: *mut ffi::xsltTransformContext) -> Forbidden {
        // SAFETY: xsltNewSecurityPrefs(): new preferences, or null
        let preferences = unsafe { ffi::xsltNewSecurityPrefs() };
        for option in [
            ffi::xsltSecurityOption_XSLT_SECPREF_WRITE_FILE,
            ffi::xsltSecurityOption_XSLT_SECPREF_CREATE_DIRECTORY,
            ffi::xsltSecurityOption_XSLT_SECPREF_READ_NETWORK,
            ffi::xsltSecurityOption_XSLT_SECPREF_WRITE_NETWORK,
        ] {
            // SAFETY: xsltSetSecurityPrefs(): -1 for null; the function is libxslt's own
            unsafe { ffi::xsltSetSecurityPrefs(preferences, option, Some(ffi::xsltSecurityForbid)) };
        }
        // SAFETY: xsltSetCtxtSecurityPrefs(): a live context, which the preferences outlive
        unsafe { ffi::xsltSetCtxtSecurityPrefs(preferences, context) };
        Forbidden(preferences)
    }
}

impl Drop for Forbidden {
    fn drop(&mut self) {
        // SAFETY: xsltFreeSecurityPrefs(): nothing for null; the context that had them is gone
        unsafe { ffi::xsltFreeSecurityPrefs(self.0) };
    }
}

/// What the stylesheet in a file makes of a tree; `None` when it fails. Blanks that it puts between elements are left out.
pub(crate) fn transform(path: &Path, mut tree: Tree) -> (Option<Document>, Vec<Message>) {
    let guard = NoNetwork::new();
    let Some(stylesheet) = Stylesheet::load(path, &guard) else {
        let text = format!("Could not find/parse {}", path.display());
        return (None, vec![Message::new(Severity::Error, text)]);
    };
    let mut sink = Sink::new();
    let text = stylesheet.apply(&mut tree, &mut sink);
    let mut messages = sink.into_messages();
    let document = text.and_then(|text| match Document::parse(&text, Limits::default()) {
        Ok(document) => Some(document),
        Err(error) => {
            messages.push(Message::new(Severity::Error, format!("{} makes no XML: {error}", path.display())));
            None
        }
    });
    (document, messages)
}
