//! What can be asked of any CIB: the functions of `cib_api_operations_t`, and the messages that they become.

use crate::border::{EINVAL, UNSUPPORTED, give_node, text};
use crate::callbacks::{
    cib_client_add_notify_callback, cib_client_del_notify_callback, cib_client_register_callback,
    cib_client_register_callback_full, cib_client_set_op_callback,
};
use crate::types::{Cib, Operations};
use capi_pcmk::functions;
use core_cib::CallOptions;
use core_xml::Document;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::{null, null_mut};
use sys_xml::node::{self, XmlNode};

/// What any variant's `cmds` begin with.
pub(crate) fn operations() -> Operations {
    Operations {
        set_op_callback: Some(cib_client_set_op_callback),
        add_notify_callback: Some(cib_client_add_notify_callback),
        del_notify_callback: Some(cib_client_del_notify_callback),
        register_callback: Some(cib_client_register_callback),
        register_callback_full: Some(cib_client_register_callback_full),
        noop: Some(noop),
        ping: Some(ping),
        query: Some(query),
        query_from: Some(query_from),
        sync: Some(sync),
        sync_from: Some(sync_from),
        is_master: Some(is_primary),
        set_primary: Some(set_primary),
        set_master: Some(set_primary),
        set_secondary: Some(set_secondary),
        set_slave: Some(set_secondary),
        set_slave_all: Some(set_all_secondary),
        upgrade: Some(upgrade),
        bump_epoch: Some(bump_epoch),
        create: Some(create),
        modify: Some(modify),
        update: Some(modify),
        replace: Some(replace),
        remove: Some(remove),
        erase: Some(erase),
        delete_absolute: Some(delete_absolute),
        ..Operations::default()
    }
}

/// A request, as [`message`] takes it.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) operation: String,
    pub(crate) host: Option<String>,
    pub(crate) section: Option<String>,
    pub(crate) data: Option<Document>,
    pub(crate) options: CallOptions,
    pub(crate) user: Option<String>,
}

impl Asked {
    /// Reads a C function's arguments; `None` without an operation.
    ///
    /// # Safety
    /// The texts are null or strings, `data` null or a node.
    pub(crate) unsafe fn read(
        operation: *const c_char,
        host: *const c_char,
        section: *const c_char,
        data: *const XmlNode,
        options: c_int,
        user: *const c_char,
    ) -> Option<Asked> {
        // SAFETY: null or strings and a node, by the caller's contract
        unsafe {
            Some(Asked {
                operation: text(operation)?,
                host: text(host),
                section: text(section),
                data: node::read(data),
                options: CallOptions::from_bits_retain(options.cast_unsigned()),
                user: text(user),
            })
        }
    }
}

/// A request as it is sent.
pub(crate) fn message(call: c_int, token: &str, asked: &Asked) -> Document {
    let mut message = Document::new("cib_command");
    let root = message.root();
    let (call, options) = (call.to_string(), asked.options.bits().cast_signed().to_string());
    let fields = [
        ("__name__", Some("cib_command")),
        ("t", Some("cib")),
        ("cib_async_id", Some(token)),
        ("cib_op", Some(&asked.operation)),
        ("cib_host", asked.host.as_deref()),
        ("cib_section", asked.section.as_deref()),
        ("cib_callid", Some(&call)),
        ("cib_user", asked.user.as_deref()),
        ("cib_callopt", Some(&options)),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            message.set_attribute(root, name, value);
        }
    }
    if let Some(data) = &asked.data {
        let field = message.append_element(root, "cib_calldata");
        message.insert_copy(field, None, data, data.root());
    }
    message
}

/// Where requests go that `CIB_user` asks for.
fn user_of_environment() -> Option<std::ffi::CString> {
    std::env::var_os("CIB_user").and_then(|user| std::ffi::CString::new(user.into_encoded_bytes()).ok())
}

/// What a request of `cmds` is about.
#[derive(Clone, Copy)]
struct About {
    host: *const c_char,
    section: *const c_char,
    data: *mut XmlNode,
    output: *mut *mut XmlNode,
}

const NOTHING: About = About { host: null(), section: null(), data: null_mut(), output: null_mut() };

/// # Safety
/// `cib` is null or of this library, and what it is about as the operation's own function says.
unsafe fn ask(cib: *mut Cib, operation: &CStr, about: About, options: c_int) -> c_int {
    let About { host, section, data, output } = about;
    // SAFETY: the caller's contract, passed on
    unsafe { cib_internal_op(cib, operation.as_ptr(), host, section, data, output, options, null()) }
}

fn with(options: c_int, more: CallOptions) -> c_int {
    options | more.bits().cast_signed()
}

functions! {
    /// `cib_internal_op()`: has the variant carry a request out, for the user of `CIB_user` where none is named.
    ///
    /// # Safety
    /// `cib` is null or of this library; the texts are null or strings, `data` null or a node, `output` null or a place.
    export fn cib_internal_op(
        cib: *mut Cib, operation: *const c_char, host: *const c_char, section: *const c_char, data: *mut XmlNode,
        output: *mut *mut XmlNode, options: c_int, user: *const c_char
    ) -> c_int, or EINVAL => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(delegate) = (unsafe { cib.as_ref() }).map(|cib| cib.delegate) else { return EINVAL };
        let Some(delegate) = delegate else { return UNSUPPORTED };
        let named = if user.is_null() { user_of_environment() } else { None };
        let user = named.as_deref().map_or(user, CStr::as_ptr);
        // SAFETY: the variant's own function, and the caller's contract
        unsafe { delegate(cib, operation, host, section, data, output, options, user) }
    }

    /// `cib_create_op()`: a request as it is sent; null without a token, or for what isn't to be told others and yet not
    /// done here.
    ///
    /// # Safety
    /// The texts are null or strings, `data` is null or a node.
    export fn cib_create_op(
        call: c_int, token: *const c_char, operation: *const c_char, host: *const c_char, section: *const c_char,
        data: *mut XmlNode, options: c_int, user: *const c_char
    ) -> *mut XmlNode, or null_mut() => {
        // SAFETY: the caller's contract, passed on
        let (token, asked) = unsafe { (text(token), Asked::read(operation, host, section, data, options, user)) };
        match (token, asked) {
            (Some(token), Some(asked)) if is_consistent(asked.options) => give_node(&message(call, &token, &asked)),
            _ => null_mut(),
        }
    }

    local fn noop(cib: *mut Cib, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"noop", NOTHING, options) }
    }

    local fn ping(cib: *mut Cib, output: *mut *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"ping", About { output, ..NOTHING }, options) }
    }

    local fn query(cib: *mut Cib, section: *const c_char, output: *mut *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_query", About { section, output, ..NOTHING }, options) }
    }

    local fn query_from(
        cib: *mut Cib, host: *const c_char, section: *const c_char, output: *mut *mut XmlNode, options: c_int
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_query", About { host, section, output, ..NOTHING }, options) }
    }

    local fn sync(cib: *mut Cib, section: *const c_char, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_sync", About { section, ..NOTHING }, options) }
    }

    local fn sync_from(cib: *mut Cib, host: *const c_char, section: *const c_char, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_sync", About { host, section, ..NOTHING }, options) }
    }

    local fn is_primary(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_ismaster", NOTHING, with(0, CallOptions::SCOPE_LOCAL | CallOptions::SYNC_CALL)) }
    }

    local fn set_primary(cib: *mut Cib, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_master", NOTHING, with(options, CallOptions::SCOPE_LOCAL)) }
    }

    local fn set_secondary(cib: *mut Cib, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_slave", NOTHING, options) }
    }

    local fn set_all_secondary(_cib: *mut Cib, _options: c_int) -> c_int, or EINVAL => {
        UNSUPPORTED
    }

    local fn upgrade(cib: *mut Cib, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_upgrade", NOTHING, options) }
    }

    local fn bump_epoch(cib: *mut Cib, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_bump", NOTHING, options) }
    }

    local fn create(cib: *mut Cib, section: *const c_char, data: *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_create", About { section, data, ..NOTHING }, options) }
    }

    local fn modify(cib: *mut Cib, section: *const c_char, data: *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_modify", About { section, data, ..NOTHING }, options) }
    }

    local fn replace(cib: *mut Cib, section: *const c_char, data: *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_replace", About { section, data, ..NOTHING }, options) }
    }

    local fn remove(cib: *mut Cib, section: *const c_char, data: *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_delete", About { section, data, ..NOTHING }, options) }
    }

    local fn erase(cib: *mut Cib, output: *mut *mut XmlNode, options: c_int) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_erase", About { output, ..NOTHING }, options) }
    }

    local fn delete_absolute(
        cib: *mut Cib, section: *const c_char, data: *mut XmlNode, options: c_int
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract (crm/cib/cib_types.h), passed on
        unsafe { ask(cib, c"cib_delete_alt", About { section, data, ..NOTHING }, options) }
    }
}

/// Whether options can be meant so: what other hosts aren't told of is for this one.
pub(crate) fn is_consistent(options: CallOptions) -> bool {
    !options.contains(CallOptions::INHIBIT_BROADCAST) || options.contains(CallOptions::SCOPE_LOCAL)
}
