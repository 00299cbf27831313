//! The cluster options that the CIB manager follows.

use crate::border::{c_text, text};
use capi_pcmk::{functions, log};
use core_cib::properties;
use glib_sys::{GFALSE, GHashTable, GTRUE, gboolean};
use std::ffi::{CStr, CString, c_char};
use std::ptr::null;
use std::sync::OnceLock;
use sys_xml::node::{self, XmlNode};

/// An option, as its meta-data tells it.
struct Meta {
    name: &'static str,
    kind: &'static str,
    default: &'static CStr,
    short: &'static str,
    long: &'static str,
    is_valid: fn(&str) -> bool,
}

fn is_boolean(value: &str) -> bool {
    let words = ["true", "on", "yes", "y", "1", "false", "off", "no", "n", "0"];
    words.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// `pcmk__valid_positive_number()`
fn is_positive(value: &str) -> bool {
    let number = value.trim_start();
    if ["infinity", "+infinity"].iter().any(|word| number.eq_ignore_ascii_case(word)) {
        return true;
    }
    let number = number.strip_prefix('+').unwrap_or(number);
    number.parse::<i64>().is_ok_and(|number| number > 0)
}

const IPC_LIMIT: &str = "Raise this if log has &quot;Evicting client&quot; messages for cluster daemon PIDs (a good value \
is the number of resources in the cluster multiplied by the number of nodes).";
const ACL: &str = "Enable Access Control Lists (ACLs) for the CIB";

const OPTIONS: [Meta; 2] = [
    Meta { name: "enable-acl", kind: "boolean", default: c"false", short: ACL, long: ACL, is_valid: is_boolean },
    Meta {
        name: "cluster-ipc-limit",
        kind: "integer",
        default: c"500",
        short: "Maximum IPC message backlog before disconnecting a cluster daemon",
        long: IPC_LIMIT,
        is_valid: is_positive,
    },
];

/// The meta-data, in the format of resource agents.
fn metadata() -> String {
    let about = |indent: &str, long: &str, short: &str| {
        format!("{indent}<longdesc lang=\"en\">{long}</longdesc>\n{indent}<shortdesc lang=\"en\">{short}</shortdesc>\n")
    };
    let long = "Cluster options used by Pacemaker's Cluster Information Base manager";
    let mut text = format!(
        "<?xml version=\"1.0\"?>\n<resource-agent name=\"pacemaker-based\" version=\"2.1.5\">\n  <version>1.1</version>\n{}  \
         <parameters>\n",
        about("  ", &long.replace('\'', "&apos;"), "Cluster Information Base manager options")
    );
    for Meta { name, kind, default, short, long, .. } in OPTIONS {
        let default = default.to_string_lossy();
        text += &format!(
            "    <parameter name=\"{name}\">\n{}      <content type=\"{kind}\" default=\"{default}\"/>\n    </parameter>\n",
            about("      ", long, short)
        );
    }
    text + "  </parameters>\n</resource-agent>\n"
}

/// A table's value; null for none.
///
/// # Safety
/// `table` is null or one of strings.
unsafe fn lookup(table: *mut GHashTable, name: &CStr) -> *const c_char {
    if table.is_null() {
        return null();
    }
    // SAFETY: g_hash_table_lookup(): a table of strings, by the caller's contract
    unsafe { glib_sys::g_hash_table_lookup(table, name.as_ptr().cast()).cast_const().cast() }
}

/// Puts copies of free(3)'s into a table.
///
/// # Safety
/// `table` is one of strings that it frees with free(3).
unsafe fn insert(table: *mut GHashTable, name: &str, value: &str) {
    let (name, value): (CString, CString) = (c_text(name), c_text(value));
    // SAFETY: g_hash_table_insert(), strdup(3): the table takes copies that it frees
    unsafe {
        glib_sys::g_hash_table_insert(table, libc::strdup(name.as_ptr()).cast(), libc::strdup(value.as_ptr()).cast());
    }
}

/// An option's value, made valid: what is missing or makes no sense is as by default.
///
/// # Safety
/// As [`lookup`] and, where the table is not null, [`insert`].
unsafe fn preference(table: *mut GHashTable, meta: &Meta) -> *const c_char {
    const FUNCTION: &CStr = c"cluster_option_value";
    let name = c_text(meta.name);
    // SAFETY: the caller's contract, passed on
    let found = unsafe { lookup(table, &name) };
    // SAFETY: null or a string of the table
    if let Some(value) = unsafe { text(found) } {
        if (meta.is_valid)(&value) {
            return found;
        }
        let (name, default) = (meta.name, meta.default.to_string_lossy());
        log!(
            Error,
            FUNCTION,
            "Using default value for cluster option '{name}' because '{value}' is invalid: {default}"
        );
    }
    if table.is_null() {
        return meta.default.as_ptr();
    }
    // SAFETY: the caller's contract, passed on
    unsafe {
        insert(table, meta.name, &meta.default.to_string_lossy());
        lookup(table, &name)
    }
}

functions! {
    /// `cib_metadata()`: prints the options.
    ///
    /// # Safety
    /// Always safe.
    export fn cib_metadata() -> (), or () => {
        static TEXT: OnceLock<CString> = OnceLock::new();
        let text = TEXT.get_or_init(|| c_text(&metadata()));
        // SAFETY: printf(3): C's own buffer, so that what the program prints before and after stays in order
        unsafe { libc::printf(c"%s".as_ptr(), text.as_ptr()) };
    }

    /// `verify_cib_options()`: makes the options in a table valid.
    ///
    /// # Safety
    /// `options` is null or a table of strings of free(3)'s.
    export fn verify_cib_options(options: *mut GHashTable) -> (), or () => {
        for meta in &OPTIONS {
            // SAFETY: the caller's contract, passed on
            unsafe { preference(options, meta) };
        }
    }

    /// `cib_pref()`: an option's value; null for what is no option.
    ///
    /// # Safety
    /// As `verify_cib_options()`; `name` is null or a string.
    export fn cib_pref(options: *mut GHashTable, name: *const c_char) -> *const c_char, or null() => {
        // SAFETY: null or a string, by the caller's contract
        let Some(name) = (unsafe { text(name) }) else { return null() };
        match OPTIONS.iter().find(|meta| meta.name.eq_ignore_ascii_case(&name)) {
            // SAFETY: the caller's contract, passed on
            Some(meta) => unsafe { preference(options, meta) },
            None => null(),
        }
    }

    /// `cib_read_config()`: fills a table with a CIB's cluster options, as they are now.
    ///
    /// # Safety
    /// As `verify_cib_options()`; `cib` is null or a node.
    export fn cib_read_config(options: *mut GHashTable, cib: *mut XmlNode) -> gboolean, or GFALSE => {
        // SAFETY: null or a node, by the caller's contract
        let Some(cib) = (unsafe { node::read(cib) }).filter(|_| !options.is_null()) else { return GFALSE };
        // SAFETY: g_hash_table_remove_all(): a table, by the caller's contract
        unsafe { glib_sys::g_hash_table_remove_all(options) };
        for (name, value) in properties(&cib, &sys_cib::now()) {
            // SAFETY: the caller's contract, passed on
            unsafe { insert(options, &name, &value) };
        }
        // SAFETY: the same
        unsafe { verify_cib_options(options) };
        GTRUE
    }
}
