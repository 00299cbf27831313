//! What crosses the border to C: texts, nodes, errno values.

use capi_pcmk::log;
use core_xml::{Document, Limits};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::null_mut;
use sys_xml::node::{self, XmlNode};

pub(crate) const EINVAL: c_int = -libc::EINVAL;
pub(crate) const ENOTCONN: c_int = -libc::ENOTCONN;
pub(crate) const EPROTO: c_int = -libc::EPROTO;
pub(crate) const ECOMM: c_int = -libc::ECOMM;
pub(crate) const ENOMSG: c_int = -libc::ENOMSG;
pub(crate) const ENXIO: c_int = -libc::ENXIO;
pub(crate) const UNSUPPORTED: c_int = -libc::EPROTONOSUPPORT;
/// `-pcmk_err_diff_resync`: between daemons; for callers it is success.
pub(crate) const DIFF_RESYNC: c_int = -207;
/// `-pcmk_err_old_data`
pub(crate) const OLD_DATA: c_int = -205;
/// `-pcmk_err_schema_validation`
pub(crate) const SCHEMA: c_int = -203;

/// A caller's text; `None` for null. What is not UTF-8 is replaced.
///
/// # Safety
/// `text` is null or a string that ends with NUL.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a string, by the caller's contract
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// A text for C; what follows a NUL is cut.
pub(crate) fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// A text that the caller frees with free(3).
pub(crate) fn give_text(text: &str) -> *mut c_char {
    // SAFETY: strdup(3): a string that ends with NUL
    unsafe { libc::strdup(c_text(text).as_ptr()) }
}

/// A document as nodes that the caller frees; null where it nests too deep for libxml2.
pub(crate) fn give_node(document: &Document) -> *mut XmlNode {
    node::create(document).map_or(null_mut(), |node| node.as_ptr())
}

/// Writes a result where the caller wants one.
///
/// # Safety
/// `place` is null or valid for a write.
pub(crate) unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: valid for a write, by the caller's contract
        unsafe { place.write(value) };
    }
}

/// An element's attribute as a number (`crm_element_value_int()`).
pub(crate) fn number(document: &Document, name: &str) -> Option<c_int> {
    document.integer(document.root(), name)
}

/// The element in a message's field (`get_message_xml()`).
///
/// # Safety
/// `message` is null or a node of a living tree.
pub(crate) unsafe fn field(message: *const XmlNode, name: &str) -> *mut XmlNode {
    // SAFETY: the caller's contract, passed on
    let field = unsafe { node::child(message, Some(name)) };
    // SAFETY: a node of the same tree
    field.and_then(|field| unsafe { node::child(field.as_ptr(), None) }).map_or(null_mut(), |node| node.as_ptr())
}

/// Results that tell of a fault between us and the manager, not of the request.
pub(crate) const COMM_CODES: [c_int; 2] = [EPROTO, ENOMSG];

/// A message's text as a document; `None` for what is none.
pub(crate) fn parse(text: &str) -> Option<Document> {
    Document::parse(text, Limits::default())
        .inspect_err(|error| log!(Error, c"string2xml", "Parsing failed: {error}"))
        .ok()
}

/// What a reply brings.
pub(crate) fn output_of(reply: &Document) -> Option<Document> {
    let output = reply.child(reply.root(), Some("cib_calldata")).and_then(|field| reply.child(field, None));
    output.map(|output| reply.extract(output))
}
