//! The operations on nodes that callers have (`cib_process_*()`): the reference's manager uses them.
//!
//! Counterpart: `lib/cib/cib_ops.c` (2.1.5). A CIB is read from the nodes, `core_cib` does the work, and what comes of it
//! is put where the CIB was, so that whoever holds its root still does.

use crate::border::{EINVAL, ENXIO, give_node, number, put, text};
use crate::schemas::Installed;
use capi_pcmk::{functions, log, results};
use core_cib::{CallOptions, Cib, CibError, FEATURE_SET, Failure, Operation, Origin, Request};
use core_xml::{XPath, names_configuration};
use glib_sys::{GFALSE, GTRUE, gboolean};
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use sys_xml::node::{self, XmlNode};

/// The arguments that all operations have.
#[derive(Clone, Copy)]
struct Call {
    options: c_int,
    section: *const c_char,
    request: *const XmlNode,
    input: *mut XmlNode,
    existing: *mut XmlNode,
    result: *mut *mut XmlNode,
    answer: *mut *mut XmlNode,
}

impl Call {
    fn options(&self) -> CallOptions {
        CallOptions::from_bits_retain(self.options.cast_unsigned())
    }
}

/// Runs an operation on the CIB at `result`.
///
/// # Safety
/// The pointers are null or as the operation's own function says.
unsafe fn operate(operation: Operation, call: Call) -> c_int {
    // SAFETY: null or places, nodes and strings, by the caller's contract
    let (root, data, section, about) = unsafe {
        put(call.answer, null_mut());
        let root = call.result.as_ref().map_or(null_mut(), |result| *result);
        (root, node::read(call.input), text(call.section), node::attributes_of(call.request))
    };
    // SAFETY: null or a node, by the caller's contract
    let Some(mut cib) = unsafe { node::read(root) }.and_then(|document| Cib::new(document).ok()) else { return EINVAL };
    let attribute = |name| about.as_ref().and_then(|about| about.attribute(about.root(), name));
    let request = Request {
        operation,
        section: section.as_deref(),
        options: call.options(),
        data: data.as_ref().map(|data| (data, data.root())),
        digest: attribute("digest"),
        origin: Origin::default(),
        access: None,
        newest_schema: attribute("cib_schema_max"),
    };
    match cib.operate(&request, &Installed) {
        // SAFETY: the CIB's root, which nobody else uses during an operation
        Ok(()) if unsafe { node::overwrite(root, cib.document()) } => 0,
        Ok(()) => EINVAL,
        Err(Failure { error, answer, .. }) => {
            if let Some(answer) = answer {
                // SAFETY: null or a place, by the caller's contract
                unsafe { put(call.answer, give_node(&answer)) };
            }
            error.rc()
        }
    }
}

/// Applies a patchset to a copy of the existing CIB, which takes the place of what was at `result`.
///
/// # Safety
/// As [`operate`].
unsafe fn patch(call: Call) -> c_int {
    // SAFETY: null or nodes, by the caller's contract
    let (cib, patchset) = unsafe { (node::read(call.existing), node::read(call.input)) };
    let (Some(mut cib), Some(patchset)) = (cib, patchset) else { return EINVAL };
    let applied = cib.apply(&patchset, true);
    // SAFETY: a place, by the caller's contract, with null or a CIB that this function replaces
    unsafe {
        if let Some(result) = call.result.as_mut() {
            node::free(*result);
            *result = give_node(&cib);
        }
    }
    applied.map_err(CibError::from).err().map_or(0, CibError::rc)
}

/// Finds what a query asks for in the nodes themselves, so that the answer is a part of the CIB where it can be.
///
/// # Safety
/// As [`operate`].
unsafe fn query(call: Call) -> c_int {
    // SAFETY: null or a place, a node and a string, by the caller's contract
    let (read, section) = unsafe {
        put(call.answer, null_mut());
        (node::read_with_nodes(call.existing), text(call.section))
    };
    let Some(read) = read else { return ENXIO };
    let Ok(cib) = Cib::unchanged(read.document) else { return ENXIO };
    let section = section
        .as_deref()
        .filter(|section| call.options().contains(CallOptions::XPATH) || !section.eq_ignore_ascii_case("all"));
    match cib.query(section, call.options()) {
        Ok(core_cib::Answer::Element(element)) => {
            let found = read.nodes.get(&element).copied().unwrap_or(null_mut());
            // SAFETY: null or a place
            unsafe { put(call.answer, found) };
            0
        }
        Ok(core_cib::Answer::Made(made)) => {
            // SAFETY: null or a place
            unsafe { put(call.answer, give_node(&made)) };
            0
        }
        Err(error) => error.rc(),
    }
}

macro_rules! operations {
    ($($(#[$meta:meta])* $name:ident($call:ident) $body:block)*) => {
        functions! {
            $(
                $(#[$meta])*
                ///
                /// # Safety
                /// Texts are null or strings, and nodes null or living nodes that nobody else uses meanwhile. `result`
                /// points to a CIB's root, and `answer` is null or a place.
                export fn $name(
                    _operation: *const c_char, options: c_int, section: *const c_char, request: *mut XmlNode,
                    input: *mut XmlNode, existing: *mut XmlNode, result: *mut *mut XmlNode, answer: *mut *mut XmlNode
                ) -> c_int, or EINVAL => {
                    let $call = Call { options, section, request, input, existing, result, answer };
                    $body
                }
            )*
        }
    };
}

operations! {
    /// `cib_process_query()`: the answer is a part of `existing` or made for the caller.
    cib_process_query(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { query(call) }
    }
    /// `cib_process_erase()`.
    cib_process_erase(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Erase, call) }
    }
    /// `cib_process_bump()`.
    cib_process_bump(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Bump, call) }
    }
    /// `cib_process_replace()`.
    cib_process_replace(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Replace, call) }
    }
    /// `cib_process_create()`: what could not be created is the answer.
    cib_process_create(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Create, call) }
    }
    /// `cib_process_modify()`.
    cib_process_modify(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Modify, call) }
    }
    /// `cib_process_delete()`.
    cib_process_delete(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Delete, call) }
    }
    /// `cib_process_upgrade()`.
    cib_process_upgrade(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { operate(Operation::Upgrade, call) }
    }
    /// `cib_process_diff()`: `result` is replaced.
    cib_process_diff(call) {
        // SAFETY: the caller's contract, passed on
        unsafe { patch(call) }
    }
}

functions! {
    /// `cib_process_xpath()`: an operation on what the XPath `section` finds.
    ///
    /// # Safety
    /// As the other operations; `operation` is null or a string.
    export fn cib_process_xpath(
        operation: *const c_char, options: c_int, section: *const c_char, request: *const XmlNode,
        input: *mut XmlNode, existing: *mut XmlNode, result: *mut *mut XmlNode, answer: *mut *mut XmlNode
    ) -> c_int, or EINVAL => {
        let options = options | CallOptions::XPATH.bits().cast_signed();
        let call = Call { options, section, request, input, existing, result, answer };
        // SAFETY: null or a string, by the caller's contract
        let operation = unsafe { text(operation) }.and_then(|operation| Operation::named(&operation));
        match operation {
            // SAFETY: the caller's contract, passed on
            Some(Operation::Query) => unsafe { query(call) },
            // SAFETY: the same
            Some(Operation::Create) => unsafe { create_at(call) },
            Some(operation @ (Operation::Delete | Operation::Modify | Operation::Replace)) => {
                // SAFETY: the same
                unsafe { operate(operation, call) }
            }
            _ => 0,
        }
    }

    /// `cib_update_counter()`: raises a part of the version, or makes it 1.
    ///
    /// # Safety
    /// `element` is null or an element, `name` null or a string.
    export fn cib_update_counter(element: *mut XmlNode, name: *const c_char, reset: gboolean) -> c_int, or EINVAL => {
        // SAFETY: null or an element and a string, by the caller's contract
        let (Some(about), Some(name)) = (unsafe { (node::attributes_of(element), text(name)) }) else { return EINVAL };
        let old = if reset == GFALSE { number(&about, &name) } else { None };
        let next = old.map_or(1, |old| old.wrapping_add(1)).to_string();
        // SAFETY: an element, by the caller's contract
        unsafe { node::set_attribute(element, &name, Some(&next)) };
        0
    }

    /// `cib_config_changed()`: whether a format 1 patchset is about the configuration. Where none is given it is made, of
    /// what differs between two CIBs.
    ///
    /// # Safety
    /// `last` and `next` are null or nodes, `diff` is null or points to null or a node.
    export fn cib_config_changed(last: *mut XmlNode, next: *mut XmlNode, diff: *mut *mut XmlNode) -> gboolean, or GFALSE => {
        // SAFETY: null or a place with null or a node, by the caller's contract
        let Some(place) = (unsafe { diff.as_mut() }) else { return GFALSE };
        // SAFETY: null or nodes, by the caller's contract
        let (last, next, given) = unsafe { (node::read(last), node::read(next), node::read(*place)) };
        let patchset = given.or_else(|| {
            let made = next?.difference(&last?, FEATURE_SET)?;
            *place = give_node(&made);
            Some(made)
        });
        if patchset.is_some_and(|patchset| names_configuration(&patchset)) { GTRUE } else { GFALSE }
    }

    /// `cib_internal_config_changed()`: whether a patchset is about cluster options.
    ///
    /// # Safety
    /// `diff` is null or a node.
    export fn cib_internal_config_changed(diff: *mut XmlNode) -> gboolean, or GFALSE => {
        // SAFETY: null or a node, by the caller's contract
        let Some(diff) = (unsafe { node::read(diff) }) else { return GFALSE };
        const OPTIONS: &str = "//crm_config | //change[contains(@path,'/crm_config/')]";
        let found = XPath::parse(OPTIONS).and_then(|xpath| xpath.elements(&diff));
        if found.is_ok_and(|found| !found.is_empty()) { GTRUE } else { GFALSE }
    }

    /// `update_results()`: notes in `failed` that something could not be done, and why. Whether it could not.
    ///
    /// # Safety
    /// `failed` is null or an element that nobody else uses, `target` null or a node, `operation` null or a string.
    export fn update_results(
        failed: *mut XmlNode, target: *mut XmlNode, operation: *const c_char, code: c_int
    ) -> gboolean, or GTRUE => {
        if code == 0 {
            return GFALSE;
        }
        // SAFETY: null or nodes and a string, by the caller's contract
        let (whole, target, operation) = unsafe { (node::read(failed), node::read(target), text(operation)) };
        let (words, operation) = (results::words(code), operation.unwrap_or_default());
        if let (Some(mut whole), Some(target)) = (whole, target) {
            let update = whole.append_element(whole.root(), "failed_update");
            whole.insert_copy(update, None, &target, target.root());
            let fields = [
                ("id", target.id(target.root())),
                ("object_type", target.name(target.root())),
                ("operation", Some(operation.as_str())),
                ("reason", Some(words.as_str())),
            ];
            for (name, value) in fields {
                if let Some(value) = value {
                    whole.set_attribute(update, name, value);
                }
            }
            // SAFETY: an element, by the caller's contract
            let _written = unsafe { node::overwrite(failed, &whole) };
        }
        log!(Warning, c"update_results", "Action {operation} failed: {words} (cde={code})");
        GTRUE
    }

    /// `get_object_path()`: an XPath to a section; null for what is none.
    ///
    /// # Safety
    /// `section` is null, which is the whole CIB, or a string.
    export fn get_object_path(section: *const c_char) -> *const c_char, or std::ptr::null() => {
        // SAFETY: null or a string, by the caller's contract
        let section = unsafe { text(section) };
        section_named(section.as_deref()).map_or(std::ptr::null(), |section| section.path.as_ptr())
    }

    /// `get_object_parent()`: the path of what a section is in; null for the whole CIB and for what is no section.
    ///
    /// # Safety
    /// As `get_object_path()`.
    export fn get_object_parent(section: *const c_char) -> *const c_char, or std::ptr::null() => {
        // SAFETY: null or a string, by the caller's contract
        let section = unsafe { text(section) };
        let parent = section_named(section.as_deref()).and_then(|section| section.parent);
        parent.map_or(std::ptr::null(), CStr::as_ptr)
    }

    /// `get_object_root()`: the element of a section; null where it is missing.
    ///
    /// # Safety
    /// As `get_object_path()`; `root` is null or a node.
    export fn get_object_root(section: *const c_char, root: *mut XmlNode) -> *mut XmlNode, or null_mut() => {
        // SAFETY: null or a string and a node, by the caller's contract
        let (read, section) = unsafe { (node::read_with_nodes(root), text(section)) };
        let (Some(read), Some(known)) = (read, section_named(section.as_deref())) else { return root };
        let found = XPath::parse(&known.path.to_string_lossy()).and_then(|xpath| xpath.elements(&read.document));
        let found = found.ok().and_then(|found| found.first().copied());
        found.and_then(|found| read.nodes.get(&found).copied()).unwrap_or(null_mut())
    }
}

/// Puts the input into the first element that an XPath finds.
///
/// # Safety
/// As [`operate`].
unsafe fn create_at(call: Call) -> c_int {
    // SAFETY: null or places, nodes and strings, by the caller's contract
    let (root, data, xpath) = unsafe {
        let root = call.result.as_ref().map_or(null_mut(), |result| *result);
        (root, node::read(call.input), text(call.section).unwrap_or_default())
    };
    // SAFETY: null or a node, by the caller's contract
    let (Some(mut document), Some(data)) = (unsafe { node::read(root) }, data) else { return EINVAL };
    let found = XPath::parse(&xpath).and_then(|xpath| xpath.elements(&document)).ok();
    let Some(parent) = found.and_then(|found| found.first().copied()) else { return ENXIO };
    document.insert_copy(parent, None, &data, data.root());
    // SAFETY: the CIB's root, which nobody else uses during an operation
    if unsafe { node::overwrite(root, &document) } { 0 } else { EINVAL }
}

/// A section, and how it is found.
pub(crate) struct Section {
    name: &'static str,
    parent: Option<&'static CStr>,
    pub(crate) path: &'static CStr,
}

macro_rules! in_configuration {
    ($name:literal, $path:literal) => {
        Section { name: $name, parent: Some(c"/cib/configuration"), path: $path }
    };
}

/// All sections (`lib/common/cib.c`).
static SECTIONS: [Section; 14] = [
    Section { name: "cib", parent: None, path: c"//cib" },
    Section { name: "status", parent: Some(c"/cib"), path: c"//cib/status" },
    Section { name: "configuration", parent: Some(c"/cib"), path: c"//cib/configuration" },
    in_configuration!("crm_config", c"//cib/configuration/crm_config"),
    in_configuration!("nodes", c"//cib/configuration/nodes"),
    in_configuration!("resources", c"//cib/configuration/resources"),
    in_configuration!("constraints", c"//cib/configuration/constraints"),
    in_configuration!("op_defaults", c"//cib/configuration/op_defaults"),
    in_configuration!("rsc_defaults", c"//cib/configuration/rsc_defaults"),
    in_configuration!("acls", c"//cib/configuration/acls"),
    in_configuration!("fencing-topology", c"//cib/configuration/fencing-topology"),
    in_configuration!("tags", c"//cib/configuration/tags"),
    in_configuration!("alerts", c"//cib/configuration/alerts"),
    Section { name: "all", parent: None, path: c"//cib" },
];

/// The section of a name; the whole CIB for none.
pub(crate) fn section_named(name: Option<&str>) -> Option<&'static Section> {
    SECTIONS.iter().find(|section| name.is_none_or(|name| section.name == name))
}

/// An XPath to a section.
pub(crate) fn path_of(section: &str) -> Option<&'static str> {
    section_named(Some(section)).and_then(|section| section.path.to_str().ok())
}
