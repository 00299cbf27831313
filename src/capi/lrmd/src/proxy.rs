//! Clients on a remote node reach the cluster's daemons through us: their messages come over the connection to the remote
//! executor and go on over IPC connections of libcrmcommon's, one for each client.

use crate::connection::Connection;
use crate::foreign::{self, crm_ipc_t, ipc_client_callbacks, mainloop_io_t};
use crate::lists::{allocate, copy, free};
use crate::types::Lrmd;
use capi_pcmk::{functions, log, results, text};
use core_xml::Document;
use glib_sys::{GFALSE, GHashTable, GTRUE, gboolean, gpointer};
use std::borrow::Cow;
use std::ffi::{CStr, c_char, c_int};
use std::ptr::null_mut;
use sys_xml::node::{self, XmlNode};

/// How long a daemon may take for a request, in milliseconds; without an answer, and with one (old remote nodes).
const PATIENCE: c_int = 5000;
const PATIENCE_FOR_REPLY: c_int = 10_000;
/// The controller's name.
const CONTROLLER: &CStr = c"crmd";

/// `remote_proxy_t`. Callers read its fields.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Proxy {
    node: *mut c_char,
    session: *mut c_char,
    /// The caller is the daemon that the client wants: there is no connection.
    is_local: gboolean,
    ipc: *mut crm_ipc_t,
    source: *mut mainloop_io_t,
    last_request: u32,
    lrmd: *mut Lrmd,
}

/// `proxy_table`: connections by their session. The caller makes it, with `remote_proxy_free()` for its values.
#[unsafe(no_mangle)]
pub(crate) static mut proxy_table: *mut GHashTable = null_mut();

/// A message about a session, to the remote executor.
fn message(operation: &str, session: Option<&str>) -> Document {
    let mut message = Document::new("lrmd_ipc_proxy");
    let root = message.root();
    message.set_attribute(root, "lrmd_ipc_op", operation);
    if let Some(session) = session {
        message.set_attribute(root, "lrmd_ipc_session", session);
    }
    message
}

/// Puts what a daemon said into a message.
fn enclose(message: &mut Document, said: &Document) {
    let field = message.append_element(message.root(), "lrmd_ipc_msg");
    message.insert_copy(field, None, said, said.root());
}

/// # Safety
/// `lrmd` is null or of this library.
unsafe fn post(lrmd: *mut Lrmd, message: &mut Document) {
    message.set_attribute(message.root(), "lrmd_op", "ipc_fwd");
    // SAFETY: null or of this library, by the caller's contract
    if let Some(connection) = unsafe { Connection::of(lrmd) } {
        // who lost the connection is told of that
        let _sent = connection.post(message);
    }
}

/// # Safety
/// `lrmd` is null or of this library; `session` is null or a string.
unsafe fn tell_ended(lrmd: *mut Lrmd, session: *const c_char) {
    // SAFETY: the caller's contract, passed on
    unsafe { post(lrmd, &mut message("destroy", text(session).as_deref())) };
}

/// # Safety
/// `proxy` is null or a live one.
unsafe fn end(proxy: *mut Proxy) {
    // SAFETY: null or live, by the caller's contract; the source tells `remote_proxy_disconnected()`
    unsafe {
        if let Some(source) = proxy.as_ref().map(|proxy| proxy.source).filter(|source| !source.is_null()) {
            foreign::mainloop_del_ipc_client(source);
        }
    }
}

/// # Safety
/// `name` is null or a string.
unsafe fn is_controller(name: *const c_char) -> bool {
    // SAFETY: pcmk__message_name(): a string; it gives one
    !name.is_null() && unsafe { CStr::from_ptr(foreign::pcmk__message_name(name)) } == CONTROLLER
}

/// The daemon's name for the log.
///
/// # Safety
/// `proxy` has a connection.
unsafe fn daemon(proxy: &Proxy) -> String {
    // SAFETY: crm_ipc_name(): a connection; null or a string
    unsafe { text(foreign::crm_ipc_name(proxy.ipc)) }.unwrap_or_default()
}

/// Passes a request on to the daemon.
///
/// # Safety
/// `proxy` is a live one with a connection; `request` is a node, which is changed.
unsafe fn pass_on(proxy: *mut Proxy, request: *mut XmlNode, id: c_int, flags: u32) {
    const FUNCTION: &CStr = c"remote_proxy_cb";
    let proxied = flags & foreign::crm_ipc_flags_crm_ipc_proxied != 0;
    // SAFETY: live, by the caller's contract; nobody else changes it meanwhile
    unsafe {
        let mut reply = null_mut();
        let code = if proxied {
            name_node(&*proxy, request);
            foreign::crm_ipc_send((*proxy).ipc, request, flags, PATIENCE, null_mut())
        } else {
            foreign::crm_ipc_send((*proxy).ipc, request, flags, PATIENCE_FOR_REPLY, &raw mut reply)
        };
        if code < 0 {
            let (daemon, node) = (daemon(&*proxy), text((*proxy).node).unwrap_or_default());
            let why = results::words(code);
            log!(Error, FUNCTION, "Could not relay request {id} from {node} to {daemon}: {why} ({code})");
        }
        match (proxied, code < 0) {
            (true, true) => refuse(&*proxy, id, code),
            (true, false) => (*proxy).last_request = id.cast_unsigned(),
            _ => {}
        }
        if let Some(said) = node::read(reply) {
            respond(&*proxy, &said, id);
        }
        node::free(reply);
    }
}

/// An attribute that a client sets without a node's name is its own node's.
///
/// # Safety
/// `request` is a node.
unsafe fn name_node(proxy: &Proxy, request: *mut XmlNode) {
    // SAFETY: a node, by the caller's contract
    unsafe {
        let is = |name, value: &str| {
            node::attribute(request, name).is_some_and(|own: Cow<'_, str>| own.eq_ignore_ascii_case(value))
        };
        let task = node::attribute(request, "task");
        let updates = matches!(task.as_deref(), Some("update" | "update-both" | "update-delay"));
        if is("t", "attrd") && updates && node::attribute(request, "attr_host").is_none() {
            node::set_attribute(request, "attr_host", text(proxy.node).as_deref());
        }
    }
}

/// Tells a client that its request failed, so that it doesn't wait.
///
/// # Safety
/// `proxy` is a live one.
unsafe fn refuse(proxy: &Proxy, id: c_int, code: c_int) {
    let mut refusal = Document::new("nack");
    let root = refusal.root();
    refusal.set_attribute(root, "function", "remote_proxy_cb");
    refusal.set_attribute(root, "line", &line!().to_string());
    refusal.set_attribute(root, "rc", &code.to_string());
    // SAFETY: the caller's contract, passed on
    unsafe { respond(proxy, &refusal, id) };
}

/// # Safety
/// `proxy` is a live one.
unsafe fn respond(proxy: &Proxy, said: &Document, id: c_int) {
    // SAFETY: a string; null or of this library
    unsafe {
        let mut response = message("response", text(proxy.session).as_deref());
        response.set_attribute(response.root(), "lrmd_ipc_msg_id", &id.to_string());
        enclose(&mut response, said);
        post(proxy.lrmd, &mut response);
    }
}

/// A request of a client's.
///
/// # Safety
/// `proxy` is null or a live one; `asked` is a node; `node_name` is a string.
unsafe fn request(
    lrmd: *mut Lrmd,
    proxy: *mut Proxy,
    node_name: *const c_char,
    asked: *mut XmlNode,
    session: *const c_char,
) {
    // SAFETY: the caller's contract
    unsafe {
        let number = |name| node::attribute(asked, name).and_then(|text| text.parse::<c_int>().ok()).unwrap_or(0);
        let field = node::child(asked, Some("lrmd_ipc_msg"));
        let Some(request) = field.and_then(|field| node::child(field.as_ptr(), None)) else {
            log!(Error, c"remote_proxy_cb", "A relayed request holds nothing");
            return;
        };
        let Some(own) = proxy.as_mut() else { return tell_ended(lrmd, session) };
        if own.is_local != GFALSE || own.ipc.is_null() || !foreign::crm_ipc_connected(own.ipc) {
            return end(proxy);
        }
        own.last_request = 0;
        let request = request.as_ptr();
        node::set_attribute(request, "acl_role", Some("pacemaker-remote"));
        foreign::pcmk__update_acl_user(request, c"lrmd_ipc_user".as_ptr(), node_name);
        pass_on(proxy, request, number("lrmd_ipc_msg_id"), number("lrmd_ipc_msg_flags").cast_unsigned());
    }
}

/// # Safety
/// `session` is null or a string.
unsafe fn find(session: *const c_char) -> *mut Proxy {
    // SAFETY: null, or the caller's table of proxies by their session
    unsafe {
        let table = proxy_table;
        if table.is_null() || session.is_null() {
            return null_mut();
        }
        glib_sys::g_hash_table_lookup(table, session.cast()).cast()
    }
}

functions! {
    /// `remote_proxy_ack_shutdown()`: a remote node may shut down.
    ///
    /// # Safety
    /// `lrmd` is null or of this library.
    export fn remote_proxy_ack_shutdown(lrmd: *mut Lrmd) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        unsafe { post(lrmd, &mut message("shutdown_ack", None)) };
    }

    /// `remote_proxy_nack_shutdown()`: nobody will act on a remote node's wish to shut down.
    ///
    /// # Safety
    /// `lrmd` is null or of this library.
    export fn remote_proxy_nack_shutdown(lrmd: *mut Lrmd) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        unsafe { post(lrmd, &mut message("shutdown_nack", None)) };
    }

    /// `remote_proxy_relay_event()`: sends what a daemon said by itself to its client.
    ///
    /// # Safety
    /// `proxy` is null or a live one; `said` is null or a node.
    export fn remote_proxy_relay_event(proxy: *mut Proxy, said: *mut XmlNode) -> (), or () => {
        // SAFETY: null or live, null or a node, by the caller's contract
        unsafe {
            let (Some(proxy), Some(said)) = (proxy.as_ref(), node::read(said)) else { return };
            let mut event = message("event", text(proxy.session).as_deref());
            enclose(&mut event, &said);
            post(proxy.lrmd, &mut event);
        }
    }

    /// `remote_proxy_relay_response()`: sends a daemon's reply to its client.
    ///
    /// # Safety
    /// As `remote_proxy_relay_event()`.
    export fn remote_proxy_relay_response(proxy: *mut Proxy, said: *mut XmlNode, id: c_int) -> (), or () => {
        // SAFETY: null or live, null or a node, by the caller's contract
        unsafe {
            let (Some(proxy), Some(said)) = (proxy.as_ref(), node::read(said)) else { return };
            respond(proxy, &said, id);
        }
    }

    /// `remote_proxy_free()`: frees what a table had.
    ///
    /// # Safety
    /// `proxy` is null, or of `remote_proxy_new()` and nobody's any more.
    export fn remote_proxy_free(proxy: gpointer) -> (), or () => {
        // SAFETY: null or a proxy, by the caller's contract
        unsafe {
            if let Some(own) = proxy.cast::<Proxy>().as_ref() {
                free(own.node);
                free(own.session);
                libc::free(proxy);
            }
        }
    }

    /// `remote_proxy_dispatch()`: a daemon said something.
    ///
    /// # Safety
    /// `buffer` is a string; `proxy` is a live one.
    export fn remote_proxy_dispatch(buffer: *const c_char, _length: isize, proxy: gpointer) -> c_int, or 1 => {
        // SAFETY: the caller's contract
        unsafe {
            let Some(said) = text(buffer).and_then(|text| crate::connection::parse(&text)) else {
                log!(Warning, c"remote_proxy_dispatch", "Received a NULL msg from IPC service.");
                return 1;
            };
            let Some(proxy) = proxy.cast::<Proxy>().as_mut() else { return 1 };
            let flags = foreign::crm_ipc_buffer_flags(proxy.ipc);
            if flags & foreign::crm_ipc_flags_crm_ipc_proxied_relay_response != 0 {
                let id = std::mem::take(&mut proxy.last_request);
                respond(proxy, &said, id.cast_signed());
            } else {
                let mut event = message("event", text(proxy.session).as_deref());
                enclose(&mut event, &said);
                post(proxy.lrmd, &mut event);
            }
        }
        1
    }

    /// `remote_proxy_disconnected()`: the connection to a daemon is gone.
    ///
    /// # Safety
    /// `proxy` is null or a live one, which its table frees.
    export fn remote_proxy_disconnected(proxy: gpointer) -> (), or () => {
        // SAFETY: null or live, by the caller's contract
        unsafe {
            let Some(proxy) = proxy.cast::<Proxy>().as_mut() else { return };
            proxy.source = null_mut();
            proxy.ipc = null_mut();
            let lrmd = std::mem::replace(&mut proxy.lrmd, null_mut());
            if !lrmd.is_null() {
                tell_ended(lrmd, proxy.session);
            }
            let (table, session) = (proxy_table, proxy.session);
            if !table.is_null() {
                glib_sys::g_hash_table_remove(table, session.cast());
            }
        }
    }

    /// `remote_proxy_new()`: connects a remote node's client to a daemon.
    ///
    /// # Safety
    /// `lrmd` is of this library; `callbacks` is a place with the connection's; the texts are null or strings.
    export fn remote_proxy_new(
        lrmd: *mut Lrmd, callbacks: *mut ipc_client_callbacks, node_name: *const c_char, session: *const c_char,
        channel: *const c_char
    ) -> *mut Proxy, or null_mut() => {
        const LOW: c_int = glib_sys::G_PRIORITY_LOW;
        // SAFETY: the caller's contract
        unsafe {
            if channel.is_null() {
                log!(Error, c"remote_proxy_new", "No channel specified to proxy");
                tell_ended(lrmd, session);
                return null_mut();
            }
            let made = allocate::<Proxy>();
            let Some(proxy) = made.as_mut() else { return null_mut() };
            proxy.node = copy(node_name);
            proxy.session = copy(session);
            proxy.lrmd = lrmd;
            if is_controller(foreign::crm_system_name) && is_controller(channel) {
                proxy.is_local = GTRUE;
            } else {
                proxy.source = foreign::mainloop_add_ipc_client(channel, LOW, 0, made.cast(), callbacks);
                proxy.ipc = foreign::mainloop_get_ipc_client(proxy.source);
                if proxy.source.is_null() {
                    remote_proxy_free(made.cast());
                    tell_ended(lrmd, session);
                    return null_mut();
                }
            }
            let table = proxy_table;
            if !table.is_null() {
                glib_sys::g_hash_table_insert(table, proxy.session.cast(), made.cast());
            }
            made
        }
    }

    /// `remote_proxy_cb()`: a message of a remote node's client.
    ///
    /// # Safety
    /// `lrmd` is of this library; `node_name` is a string; `asked` is a node, which is changed.
    export fn remote_proxy_cb(lrmd: *mut Lrmd, node_name: *const c_char, asked: *mut XmlNode) -> (), or () => {
        // SAFETY: the caller's contract
        unsafe {
            let (operation, session) = (node::attribute(asked, "lrmd_ipc_op"), node::attribute(asked, "lrmd_ipc_session"));
            let (Some(operation), Some(session)) = (operation, session) else { return };
            let session = capi_pcmk::c_text(&session);
            let proxy = find(session.as_ptr());
            if operation.eq_ignore_ascii_case("destroy") {
                end(proxy);
            } else if operation.eq_ignore_ascii_case("request") {
                request(lrmd, proxy, node_name, asked, session.as_ptr());
            } else {
                log!(Error, c"remote_proxy_cb", "Unknown proxy operation: {operation}");
            }
        }
    }
}
