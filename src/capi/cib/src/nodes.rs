//! Nodes of the cluster by name and by id, and whether one is in standby.
//!
//! Counterpart: `lib/cib/cib_attrs.c` (2.1.5).

use crate::attributes::{FIND, ask, update};
use crate::border::{EINVAL, ENXIO, give_text, put, text};
use crate::place::Where;
use crate::requests::cib_internal_op;
use crate::types::Cib;
use capi_pcmk::{Output, functions, log, results};
use core_cib::CallOptions;
use core_xml::NodeId;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};
use sys_xml::node;

functions! {
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
