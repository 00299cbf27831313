//! Attributes of nodes and of the cluster: name and value pairs in sets of the CIB.
//!
//! Counterpart: `lib/cib/cib_attrs.c` (2.1.5).

use crate::border::{EINVAL, give_node, give_text, put, text};
use crate::place::{INVALID, Setting, Where, new_attribute, pair};
use crate::requests::cib_internal_op;
use crate::types::Cib;
use capi_pcmk::{Output, OutputObject, functions, results};
use core_cib::CallOptions;
use core_xml::Document;
use glib_sys::{GFALSE, gboolean};
use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};
use sys_xml::node::{self, XmlNode};

/// Standard codes: more than one attribute is meant, and none is there.
const NOT_UNIQUE: c_int = libc::ENOTUNIQ;
const NOT_FOUND: c_int = libc::ENXIO;

/// Has a request carried out; the result is a standard code where it failed.
///
/// # Safety
/// `cib` is null or of this library.
pub(crate) unsafe fn ask(
    cib: *mut Cib,
    operation: &CStr,
    section: &str,
    data: Option<&Document>,
    options: CallOptions,
    user: Option<&CStr>,
) -> Result<*mut XmlNode, c_int> {
    let section = crate::border::c_text(section);
    let user = user.map_or(null(), CStr::as_ptr);
    let data = data.map_or(null_mut(), give_node);
    let mut answer = null_mut();
    let output = if options.contains(CallOptions::XPATH) { &raw mut answer } else { null_mut() };
    let options = options.bits().cast_signed();
    // SAFETY: the caller's contract; texts, a node and a place that outlive the call
    let code =
        unsafe { cib_internal_op(cib, operation.as_ptr(), null(), section.as_ptr(), data, output, options, user) };
    // SAFETY: null or made above
    unsafe { node::free(data) };
    if code < 0 {
        // SAFETY: null or given to us
        unsafe { node::free(answer) };
        return Err(results::standard(code));
    }
    Ok(answer)
}

/// What of a CIB an XPath finds here.
pub(crate) const FIND: CallOptions = CallOptions::SYNC_CALL.union(CallOptions::SCOPE_LOCAL).union(CallOptions::XPATH);

/// # Safety
/// `cib` is null or of this library.
unsafe fn find(cib: *mut Cib, at: &Where) -> Result<*mut XmlNode, c_int> {
    // SAFETY: the caller's contract, passed on
    unsafe { ask(cib, c"cib_query", &at.xpath()?, None, FIND, at.user.as_deref()) }
}

/// Finds the one attribute; of several, all are told to `output`.
///
/// # Safety
/// As [`find`]; an output object is live or null.
unsafe fn find_one(cib: *mut Cib, at: &Where, output: Output) -> Result<Document, c_int> {
    const FUNCTION: &CStr = c"handle_multiples";
    // SAFETY: the caller's contract, passed on; what is found is ours
    let found = unsafe {
        let answer = find(cib, at)?;
        let found = node::read(answer);
        node::free(answer);
        found.ok_or(NOT_FOUND)?
    };
    let root = found.root();
    if found.first_child(root).is_none() {
        return Ok(found);
    }
    let shown = |text: Option<&str>| text.unwrap_or("(null)").to_owned();
    let line = format!("Multiple attributes match name={}", shown(at.name.as_deref()));
    // SAFETY: the caller's contract, passed on
    unsafe { output.info(FUNCTION, &line) };
    for child in found.children(root) {
        let (value, id) = (shown(found.attribute(child, "value")), shown(found.id(child)));
        // SAFETY: the same
        unsafe { output.info(FUNCTION, &format!("  Value: {value} \t(id={id})")) };
    }
    Err(NOT_UNIQUE)
}

/// # Safety
/// As [`find_one`].
pub(crate) unsafe fn update(
    cib: *mut Cib,
    at: &Where,
    value: &str,
    node_type: Option<&str>,
    options: CallOptions,
    output: Output,
) -> Result<(), c_int> {
    if at.name.is_none() && at.id.is_none() {
        return Err(INVALID);
    }
    // SAFETY: the caller's contract, passed on
    let Setting { data, section, set } = match unsafe { find_one(cib, at, output) } {
        Ok(found) => {
            let data = pair(found.id(found.root()), at.name.as_deref(), Some(value));
            Setting { data, section: at.section.clone(), set: at.set.clone() }
        }
        Err(NOT_FOUND) => new_attribute(at, value, node_type)?,
        Err(code) => return Err(code),
    };
    let options = options | CallOptions::QUORUM_OVERRIDE;
    // SAFETY: the caller's contract, passed on
    let done = unsafe { ask(cib, c"cib_modify", &section, Some(&data), options, at.user.as_deref()) };
    done.map(drop).inspect_err(|code| {
        let name = at.name.as_deref().or(at.id.as_deref()).unwrap_or("(null)");
        let set = set.as_deref().unwrap_or("<null>");
        let words = results::words(results::old(*code));
        let line = format!("Error setting {name}={value} (section={section}, set={set}): {words}");
        // SAFETY: the caller's contract, passed on
        unsafe { output.error(c"cib__update_node_attr", &line) };
    })
}

/// # Safety
/// As [`find_one`].
unsafe fn delete(
    cib: *mut Cib,
    at: &Where,
    value: Option<&str>,
    options: CallOptions,
    output: Output,
) -> Result<(), c_int> {
    if at.name.is_none() && at.id.is_none() {
        return Err(INVALID);
    }
    let mut found = None;
    if at.id.is_none() {
        // SAFETY: the caller's contract, passed on
        match unsafe { find_one(cib, at, output) } {
            Ok(one) => found = one.id(one.root()).map(str::to_owned),
            // told, and as good as done, as in the reference
            Err(NOT_UNIQUE) => return Ok(()),
            Err(code) => return Err(code),
        }
    }
    let data = pair(found.as_deref().or(at.id.as_deref()), at.name.as_deref(), value);
    let options = options | CallOptions::QUORUM_OVERRIDE;
    // SAFETY: the caller's contract, passed on
    unsafe { ask(cib, c"cib_delete", &at.section, Some(&data), options, at.user.as_deref())? };
    let what = if at.node.is_some() { "attribute" } else { "option" };
    let named =
        |word: &str, text: &Option<String>| text.as_ref().map_or_else(String::new, |text| format!(" {word}={text}"));
    let id = found.as_deref().unwrap_or("(null)");
    let line = format!("Deleted {} {what}: id={id}{}{}", at.section, named("set", &at.set), named("name", &at.name));
    // SAFETY: the caller's contract, passed on
    unsafe { output.info(c"cib__delete_node_attr", &line) };
    Ok(())
}

fn to(console: gboolean) -> Output {
    if console == GFALSE { Output::Log } else { Output::Console }
}

fn flags(options: c_int) -> CallOptions {
    CallOptions::from_bits_retain(options.cast_unsigned())
}

functions! {
    /// `cib__update_node_attr()`: sets an attribute, which is made where it is missing. A standard code.
    ///
    /// # Safety
    /// `cib` is null or of this library, `out` null or a live object, texts are null or strings.
    export fn cib__update_node_attr(
        out: *mut OutputObject, cib: *mut Cib, options: c_int, section: *const c_char, node: *const c_char,
        set_type: *const c_char, set: *const c_char, id: *const c_char, name: *const c_char, value: *const c_char,
        user: *const c_char, node_type: *const c_char
    ) -> c_int, or INVALID => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let (Some(at), Some(value)) = (Where::read(section, node, [set_type, set, id, name, user]), text(value)) else {
                return INVALID;
            };
            let node_type = text(node_type);
            update(cib, &at, &value, node_type.as_deref(), flags(options), Output::Object(out)).err().unwrap_or(0)
        }
    }

    /// `cib__get_node_attrs()`: finds attributes. A standard code.
    ///
    /// # Safety
    /// As `cib__update_node_attr()`; `result` is a place.
    export fn cib__get_node_attrs(
        _out: *mut OutputObject, cib: *mut Cib, section: *const c_char, node: *const c_char, set_type: *const c_char,
        set: *const c_char, id: *const c_char, name: *const c_char, user: *const c_char, result: *mut *mut XmlNode
    ) -> c_int, or INVALID => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            put(result, null_mut());
            let Some(at) = Where::read(section, node, [set_type, set, id, name, user]) else { return INVALID };
            match find(cib, &at) {
                Ok(found) if result.is_null() => {
                    node::free(found);
                    0
                }
                Ok(found) => {
                    put(result, found);
                    0
                }
                Err(code) => code,
            }
        }
    }

    /// `cib__delete_node_attr()`: deletes an attribute. A standard code.
    ///
    /// # Safety
    /// As `cib__update_node_attr()`.
    export fn cib__delete_node_attr(
        out: *mut OutputObject, cib: *mut Cib, options: c_int, section: *const c_char, node: *const c_char,
        set_type: *const c_char, set: *const c_char, id: *const c_char, name: *const c_char, value: *const c_char,
        user: *const c_char
    ) -> c_int, or INVALID => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let Some(at) = Where::read(section, node, [set_type, set, id, name, user]) else { return INVALID };
            delete(cib, &at, text(value).as_deref(), flags(options), Output::Object(out)).err().unwrap_or(0)
        }
    }

    /// `find_nvpair_attr_delegate()`: a field of an attribute's pair, to be freed by the caller.
    ///
    /// # Safety
    /// As `cib__update_node_attr()`; `value` is null or a place with null or what free(3) takes.
    export fn find_nvpair_attr_delegate(
        cib: *mut Cib, field: *const c_char, section: *const c_char, node: *const c_char, set_type: *const c_char,
        set: *const c_char, id: *const c_char, name: *const c_char, console: gboolean, value: *mut *mut c_char,
        user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let (Some(at), Some(field)) = (Where::read(section, node, [set_type, set, id, name, user]), text(field)) else {
                return EINVAL;
            };
            match find_one(cib, &at, to(console)) {
                Ok(found) => {
                    exchange(value, found.attribute(found.root(), &field));
                    0
                }
                Err(code) => results::old(code),
            }
        }
    }

    /// `update_attr_delegate()`.
    ///
    /// # Safety
    /// As `cib__update_node_attr()`.
    export fn update_attr_delegate(
        cib: *mut Cib, options: c_int, section: *const c_char, node: *const c_char, set_type: *const c_char,
        set: *const c_char, id: *const c_char, name: *const c_char, value: *const c_char, console: gboolean,
        user: *const c_char, node_type: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let (Some(at), Some(value)) = (Where::read(section, node, [set_type, set, id, name, user]), text(value)) else {
                return EINVAL;
            };
            let node_type = text(node_type);
            let done = update(cib, &at, &value, node_type.as_deref(), flags(options), to(console));
            results::old(done.err().unwrap_or(0))
        }
    }

    /// `read_attr_delegate()`: an attribute's value, to be freed by the caller.
    ///
    /// # Safety
    /// As `find_nvpair_attr_delegate()`.
    export fn read_attr_delegate(
        cib: *mut Cib, section: *const c_char, node: *const c_char, set_type: *const c_char, set: *const c_char,
        id: *const c_char, name: *const c_char, value: *mut *mut c_char, _console: gboolean, user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let Some(at) = Where::read(section, node, [set_type, set, id, name, user]) else { return EINVAL };
            let answer = match find(cib, &at) {
                Ok(answer) => answer,
                Err(code) => return results::old(code),
            };
            let found = node::read(answer);
            node::free(answer);
            match found {
                Some(found) if found.first_child(found.root()).is_none() => {
                    exchange(value, found.attribute(found.root(), "value"));
                    0
                }
                _ => results::old(NOT_UNIQUE),
            }
        }
    }

    /// `delete_attr_delegate()`.
    ///
    /// # Safety
    /// As `cib__update_node_attr()`.
    export fn delete_attr_delegate(
        cib: *mut Cib, options: c_int, section: *const c_char, node: *const c_char, set_type: *const c_char,
        set: *const c_char, id: *const c_char, name: *const c_char, value: *const c_char, console: gboolean,
        user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            let Some(at) = Where::read(section, node, [set_type, set, id, name, user]) else { return EINVAL };
            let done = delete(cib, &at, text(value).as_deref(), flags(options), to(console));
            results::old(done.err().unwrap_or(0))
        }
    }
}

/// Puts a text in the place of another one of free(3)'s.
///
/// # Safety
/// `place` is null or holds null or what free(3) takes.
unsafe fn exchange(place: *mut *mut c_char, new: Option<&str>) {
    if place.is_null() {
        return;
    }
    // SAFETY: the caller's contract
    unsafe {
        libc::free((*place).cast());
        place.write(new.map_or(null_mut(), give_text));
    }
}
