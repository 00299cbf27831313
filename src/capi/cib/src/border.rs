//! What crosses the border to C: texts, nodes, errno values.

use capi_pcmk::log;
pub(crate) use capi_pcmk::{c_text, give_text, put, text};
use core_xml::{Document, Limits};
use std::ffi::c_int;
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

/// A document as nodes that the caller frees; null where it nests too deep for libxml2.
pub(crate) fn give_node(document: &Document) -> *mut XmlNode {
    node::create(document).map_or(null_mut(), |node| node.as_ptr())
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
