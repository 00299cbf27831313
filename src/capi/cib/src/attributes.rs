//! Attributes of nodes and of the cluster: name and value pairs in sets of the CIB.
//!
//! Counterpart: `lib/cib/cib_attrs.c` (2.1.5).

use crate::border::{EINVAL, ENXIO, give_node, give_text, put, text};
use crate::process::path_of;
use crate::requests::cib_internal_op;
use crate::types::Cib;
use capi_pcmk::{Output, OutputObject, functions, log, results};
use core_cib::CallOptions;
use core_xml::{Document, NodeId};
use glib_sys::{GFALSE, gboolean};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::{null, null_mut};
use sys_xml::node::{self, XmlNode};

/// Standard codes: more than one attribute is meant, and none is there.
const NOT_UNIQUE: c_int = libc::ENOTUNIQ;
const NOT_FOUND: c_int = libc::ENXIO;
const INVALID: c_int = libc::EINVAL;

/// Where an attribute is, and which one.
#[derive(Debug)]
struct Where {
    section: String,
    node: Option<String>,
    set_type: Option<String>,
    set: Option<String>,
    id: Option<String>,
    name: Option<String>,
    user: Option<CString>,
}

impl Where {
    /// `None` without a section.
    ///
    /// # Safety
    /// All are null or strings.
    unsafe fn read(
        section: *const c_char,
        node: *const c_char,
        [set_type, set, id, name, user]: [*const c_char; 5],
    ) -> Option<Where> {
        // SAFETY: null or strings, by the caller's contract
        unsafe {
            Some(Where {
                section: text(section)?,
                node: text(node),
                set_type: text(set_type),
                set: text(set),
                id: text(id),
                name: text(name),
                user: if user.is_null() { None } else { Some(CStr::from_ptr(user).to_owned()) },
            })
        }
    }

    fn is_section(&self, name: &str) -> bool {
        self.section.eq_ignore_ascii_case(name)
    }

    /// The XPath that finds it.
    fn xpath(&self) -> Result<String, c_int> {
        let (mut section, mut above, mut set_type) = (self.section.as_str(), String::new(), self.set_type.as_deref());
        if self.is_section("crm_config") {
            set_type = Some("cluster_property_set");
        } else if self.is_section("op_defaults") || self.is_section("rsc_defaults") {
            set_type = Some("meta_attributes");
        } else if self.is_section("tickets") {
            section = "status";
            above = "//tickets".to_owned();
        } else {
            let node = self.node.as_deref().ok_or(INVALID)?;
            let mut element = "node";
            if self.is_section("status") {
                (element, set_type) = ("node_state", Some("transient_attributes"));
            }
            above = format!("//{element}[@id='{node}']");
        }
        let path = path_of(section).ok_or_else(|| {
            log!(Warning, c"find_attr", "{section} CIB section not known");
            libc::ENOMSG
        })?;
        let set = self.set.as_ref().map_or_else(String::new, |set| format!("[@id='{set}']"));
        let which = match (&self.id, &self.name) {
            (Some(id), Some(name)) => format!("[@id='{id}' and @name='{name}']"),
            (Some(id), None) => format!("[@id='{id}']"),
            (None, Some(name)) => format!("[@name='{name}']"),
            (None, None) => String::new(),
        };
        Ok(format!("{path}{above}//{}{set}//nvpair{which}", set_type.unwrap_or("instance_attributes")))
    }
}

/// Has a request carried out; the result is a standard code where it failed.
///
/// # Safety
/// `cib` is null or of this library.
unsafe fn ask(
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
const FIND: CallOptions = CallOptions::SYNC_CALL.union(CallOptions::SCOPE_LOCAL).union(CallOptions::XPATH);

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

/// A pair as it is sent (`crm_create_nvpair_xml()`).
fn pair(id: Option<&str>, name: Option<&str>, value: Option<&str>) -> Document {
    let mut pair = Document::new("nvpair");
    let root = pair.root();
    let made = match (id, name) {
        (None, Some(name)) => Some(name.to_owned()),
        (id, _) => id.map(str::to_owned),
    };
    for (field, text) in [("id", made.as_deref()), ("name", name), ("value", value)] {
        if let Some(text) = text {
            pair.set_attribute(root, field, text);
        }
    }
    pair
}

/// An attribute that is not there yet, in all that it has to lie in; and its section.
fn new_attribute(at: &Where, value: &str, node_type: Option<&str>) -> Result<(Document, String), c_int> {
    let (mut section, mut node, mut node_type) = (at.section.as_str(), at.node.as_deref(), node_type);
    let mut made: Option<(Document, NodeId)> = None;
    let mut tag = None;
    if at.is_section("tickets") {
        (section, node, node_type) = ("status", None, Some("tickets"));
        let mut document = Document::new("status");
        let tickets = document.append_element(document.root(), "tickets");
        made = Some((document, tickets));
    } else if at.is_section("nodes") {
        let id = node.ok_or(INVALID)?;
        if node_type.is_some_and(|kind| kind.eq_ignore_ascii_case("remote")) {
            let mut document = Document::new("nodes");
            let element = document.append_element(document.root(), "node");
            for (field, text) in [("type", "remote"), ("id", id), ("uname", id)] {
                document.set_attribute(element, field, text);
            }
            made = Some((document, element));
        } else {
            tag = Some("node");
        }
    } else if at.is_section("status") {
        let id = node.ok_or(INVALID)?;
        let mut document = Document::new("node_state");
        let root = document.root();
        document.set_attribute(root, "id", id);
        made = Some((document, root));
        tag = Some("transient_attributes");
    } else {
        (tag, node) = (Some(section), None);
    }
    let for_tickets = node_type.is_some_and(|kind| kind.eq_ignore_ascii_case("tickets"));
    let set_id = at.set.clone().unwrap_or_else(|| match node {
        _ if section.eq_ignore_ascii_case("crm_config") => "cib-bootstrap-options".to_owned(),
        _ if for_tickets => format!("{section}-tickets"),
        Some(node) => match &at.set_type {
            Some(kind) => format!("{section}-{node}-{kind}"),
            None => format!("{section}-{node}"),
        },
        None => format!("{section}-options"),
    });
    let id = at
        .id
        .clone()
        .unwrap_or_else(|| format!("{set_id}-{}", at.name.as_deref().unwrap_or("(null)")).replace([':', '#'], "."));
    let name = at.name.as_deref().unwrap_or(&id);
    let set_tag = if node.is_none() && !for_tickets {
        if section.eq_ignore_ascii_case("crm_config") { "cluster_property_set" } else { "meta_attributes" }
    } else {
        at.set_type.as_deref().unwrap_or("instance_attributes")
    };
    for (name, id) in [(tag, node), (Some(set_tag), Some(set_id.as_str()))] {
        let Some(name) = name else { continue };
        let (mut document, element) = match made.take() {
            Some((mut document, parent)) => {
                let element = document.append_element(parent, name);
                (document, element)
            }
            None => {
                let document = Document::new(name);
                let root = document.root();
                (document, root)
            }
        };
        if let Some(id) = id {
            document.set_attribute(element, "id", id);
        }
        made = Some((document, element));
    }
    let (mut document, set) = made.ok_or(INVALID)?;
    let pair = pair(Some(&id), Some(name), Some(value));
    document.insert_copy(set, None, &pair, pair.root());
    Ok((document, section.to_owned()))
}

/// # Safety
/// As [`find_one`].
unsafe fn update(
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
    let (data, section) = match unsafe { find_one(cib, at, output) } {
        Ok(found) => (pair(found.id(found.root()), at.name.as_deref(), Some(value)), at.section.clone()),
        Err(NOT_FOUND) => new_attribute(at, value, node_type)?,
        Err(code) => return Err(code),
    };
    let options = options | CallOptions::QUORUM_OVERRIDE;
    // SAFETY: the caller's contract, passed on
    let done = unsafe { ask(cib, c"cib_modify", &section, Some(&data), options, at.user.as_deref()) };
    done.map(drop).inspect_err(|code| {
        let name = at.name.as_deref().or(at.id.as_deref()).unwrap_or("(null)");
        let set = at.set.as_deref().unwrap_or("<null>");
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

    /// `query_node_uuid()`: the id of a node by its name, to be freed by the caller, and whether it is a remote one.
    ///
    /// # Safety
    /// `cib` is null or of this library, `name` null or a string; `id` and `is_remote` are null or places.
    export fn query_node_uuid(
        cib: *mut Cib, name: *const c_char, id: *mut *mut c_char, is_remote: *mut c_int
    ) -> c_int, or ENXIO => {
        const FUNCTION: &CStr = c"query_node_uuid";
        // SAFETY: null or places and a string, by the caller's contract
        let name = unsafe {
            put(id, null_mut());
            put(is_remote, 0);
            text(name)
        };
        let Some(name) = name else { return EINVAL };
        // SAFETY: the caller's contract, passed on
        match unsafe { identity(cib, &name) } {
            Some((found, remote)) => {
                log!(Info, FUNCTION, "Mapped node name '{name}' to UUID {found}");
                if !id.is_null() {
                    // SAFETY: a place, by the caller's contract
                    unsafe { put(id, give_text(&found)) };
                }
                // SAFETY: null or a place
                unsafe { put(is_remote, c_int::from(remote)) };
                0
            }
            None => {
                log!(Debug, FUNCTION, "Could not map node name '{name}' to a UUID: {}", results::words(ENXIO));
                ENXIO
            }
        }
    }

    /// `query_node_uname()`: the name of a node by its id, to be freed by the caller.
    ///
    /// # Safety
    /// `cib` is null or of this library, `id` null or a string; `name` is null or a place.
    export fn query_node_uname(cib: *mut Cib, id: *const c_char, name: *mut *mut c_char) -> c_int, or ENXIO => {
        // SAFETY: null or a string, by the caller's contract
        let Some(id) = (unsafe { text(id) }).filter(|_| !name.is_null()) else { return EINVAL };
        let options = (CallOptions::SYNC_CALL | CallOptions::SCOPE_LOCAL).bits().cast_signed();
        let mut answer = null_mut();
        // SAFETY: the caller's contract, and a place
        let code = unsafe {
            cib_internal_op(cib, c"cib_query".as_ptr(), null(), c"nodes".as_ptr(), null_mut(), &mut answer, options, null())
        };
        if code != 0 {
            return code;
        }
        // SAFETY: null or given to us
        let nodes = unsafe {
            put(name, null_mut());
            let nodes = node::read(answer);
            node::free(answer);
            nodes
        };
        let Some(nodes) = nodes.filter(|nodes| nodes.name(nodes.root()) == Some("nodes")) else { return -libc::ENOMSG };
        let is_meant = |node: &NodeId| nodes.id(*node).is_some_and(|known| known.eq_ignore_ascii_case(&id));
        let mut elements = nodes.elements(nodes.root()).filter(|node| nodes.name(*node) == Some("node"));
        let found = elements.find(is_meant).and_then(|node| nodes.attribute(node, "uname"));
        match found {
            Some(found) => {
                // SAFETY: a place, by the caller's contract
                unsafe { put(name, give_text(found)) };
                0
            }
            None => ENXIO,
        }
    }

    /// `set_standby()`: whether a node is to have no resources, until it restarts or for ever.
    ///
    /// # Safety
    /// `cib` is null or of this library, texts are null or strings.
    export fn set_standby(
        cib: *mut Cib, node: *const c_char, scope: *const c_char, value: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: null or strings, by the caller's contract
        let (Some(node), scope, Some(value)) = (unsafe { (text(node), text(scope), text(value)) }) else { return EINVAL };
        let transient = scope.is_some_and(|scope| ["reboot", "status"].iter().any(|word| scope.eq_ignore_ascii_case(word)));
        let (section, prefix) = if transient { ("status", "transient-standby") } else { ("nodes", "standby") };
        let short: String = node.chars().take(256).collect();
        let at = Where {
            section: section.to_owned(),
            id: Some(format!("{prefix}-{short}")),
            node: Some(node),
            set_type: None,
            set: None,
            name: Some("standby".to_owned()),
            user: None,
        };
        // SAFETY: the caller's contract, passed on
        let done = unsafe { update(cib, &at, &value, None, CallOptions::SYNC_CALL, Output::Console) };
        results::old(done.err().unwrap_or(0))
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

/// A node's id by its name in any case, and whether it is a remote or guest node.
///
/// # Safety
/// `cib` is null or of this library.
unsafe fn identity(cib: *mut Cib, name: &str) -> Option<(String, bool)> {
    const FOLD: &str = "'ABCDEFGHIJKLMNOPQRSTUVWXYZ','abcdefghijklmnopqrstuvwxyz'";
    let name = name.to_ascii_lowercase();
    let is = |attribute: &str| format!("[translate(@{attribute},{FOLD}) ='{name}']");
    let configuration = "/cib/configuration";
    let xpath = format!(
        "{configuration}/nodes/node{}\
         |{configuration}/resources/primitive[@class='ocf'][@provider='pacemaker'][@type='remote']{}\
         |{configuration}/resources/primitive/meta_attributes/nvpair[@name='remote-node']{}\
         |/cib/status/node_state[@remote_node='true']{}",
        is("uname"),
        is("id"),
        is("value"),
        is("id")
    );
    // SAFETY: the caller's contract, passed on; what is found is ours
    let found = unsafe {
        let answer = ask(cib, c"cib_query", &xpath, None, FIND, None).ok()?;
        let found = node::read(answer);
        node::free(answer);
        found?
    };
    let root = found.root();
    let element = if found.name(root) == Some("xpath-query") { found.child(root, None)? } else { root };
    let attribute = |name| found.attribute(element, name);
    let (id, remote) = match found.name(element)? {
        "node" if attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("remote")) => {
            (attribute("uname"), true)
        }
        "node" => (found.id(element), false),
        "primitive" => (found.id(element), true),
        "nvpair" => (attribute("value"), true),
        "node_state" => (attribute("uname"), attribute("remote_node").is_some_and(|value| value == "true")),
        _ => (None, false),
    };
    id.map(|id| (id.to_owned(), remote))
}
