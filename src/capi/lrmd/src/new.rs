//! `lrmd_t`: made, polled, deleted.

use crate::connection::{Connection, EINVAL, ENOTCONN, Way};
use crate::foreign;
use crate::lists::allocate;
use crate::local::Local;
use crate::operations;
use crate::remote::Remote;
use crate::types::{Lrmd, ProxyCallback};
use capi_pcmk::{functions, log};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;
use std::rc::Rc;
use sys_xml::node::XmlNode;

/// A connection to this host's executor, or to the one at a place.
fn make(place: Option<(CString, CString, c_int)>) -> *mut Lrmd {
    let lrmd = allocate::<Lrmd>();
    let (remote_name, way) = match place {
        None => (None, Way::Local(Local::default())),
        Some((name, server, port)) => (Some(name), Way::Remote(Remote::new(server, port))),
    };
    // SAFETY: null, or cleared and ours
    if let Some(made) = unsafe { lrmd.as_mut() } {
        made.operations = Box::into_raw(Box::new(operations::TABLE));
        made.own = Rc::into_raw(Rc::new(Connection::new(lrmd, remote_name, way))).cast();
    }
    lrmd
}

/// # Safety
/// The names are null or strings.
unsafe fn make_at(name: *const c_char, server: *const c_char, port: c_int) -> *mut Lrmd {
    if name.is_null() && server.is_null() {
        return make(None);
    }
    // SAFETY: strings, by the caller's contract; one stands for both where the other is null
    let (name, server) = unsafe {
        let either = |one: *const c_char, other: *const c_char| CStr::from_ptr(if one.is_null() { other } else { one });
        (either(name, server).to_owned(), either(server, name).to_owned())
    };
    // SAFETY: crm_default_remote_port(): always safe
    let port = if port == 0 { unsafe { foreign::crm_default_remote_port() } } else { port };
    make(Some((name, server, port)))
}

functions! {
    /// `lrmd__new()`: a connection to an executor; a standard result code.
    ///
    /// # Safety
    /// `api` is null or a place; the names are null or strings.
    export fn lrmd__new(
        api: *mut *mut Lrmd, name: *const c_char, server: *const c_char, port: c_int
    ) -> c_int, or libc::ENOMEM => {
        if api.is_null() {
            return libc::EINVAL;
        }
        // SAFETY: a place, and null or strings, by the caller's contract
        unsafe {
            *api = make_at(name, server, port);
            if (*api).is_null() { libc::ENOMEM } else { 0 }
        }
    }

    /// `lrmd_api_new()`: a connection to this host's executor.
    ///
    /// # Safety
    /// As every function of this library: of one thread at a time.
    export fn lrmd_api_new() -> *mut Lrmd, or null_mut() => {
        make(None)
    }

    /// `lrmd_remote_api_new()`: a connection to a remote node's executor.
    ///
    /// # Safety
    /// The names are null or strings.
    export fn lrmd_remote_api_new(name: *const c_char, server: *const c_char, port: c_int) -> *mut Lrmd, or null_mut() => {
        // SAFETY: the caller's contract, passed on
        unsafe { make_at(name, server, port) }
    }

    /// `lrmd_api_delete()`: disconnects, which is told of, and frees.
    ///
    /// # Safety
    /// `lrmd` is null or of this library, and nobody uses it any more.
    export fn lrmd_api_delete(lrmd: *mut Lrmd) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return };
        connection.disconnect();
        connection.orphan();
        // SAFETY: made by `make`, and nobody's any more
        unsafe {
            drop(Box::from_raw((*lrmd).operations));
            drop(Rc::from_raw((*lrmd).own.cast::<Connection>()));
            libc::free(lrmd.cast());
        }
    }

    /// `lrmd_poll()`: whether an event waits, where there is no main loop.
    ///
    /// # Safety
    /// `lrmd` is null or of this library.
    export fn lrmd_poll(lrmd: *mut Lrmd, _timeout: c_int) -> c_int, or ENOTCONN => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return ENOTCONN };
        match &connection.way {
            Way::Local(local) => local.poll(),
            Way::Remote(remote) => remote.poll(),
        }
    }

    /// `lrmd_dispatch()`: tells of events that wait, where there is no main loop. Whether the connection still is there.
    ///
    /// # Safety
    /// `lrmd` is null or of this library.
    export fn lrmd_dispatch(lrmd: *mut Lrmd) -> bool, or false => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return false };
        match &connection.way {
            Way::Local(local) => local.dispatch(&connection),
            Way::Remote(_) => Remote::dispatch(&connection),
        }
        let connected = connection.is_connected();
        if !connected {
            log!(Error, c"lrmd_dispatch", "Connection closed");
        }
        connected
    }

    /// `lrmd_internal_set_proxy_callback()`: who is told of messages of a remote node's clients.
    ///
    /// # Safety
    /// `lrmd` is null or of this library.
    export fn lrmd_internal_set_proxy_callback(
        lrmd: *mut Lrmd, data: *mut c_void, callback: Option<ProxyCallback>
    ) -> (), or () => {
        // SAFETY: null or of this library, by the caller's contract
        if let Some(connection) = unsafe { Connection::of(lrmd) } {
            connection.proxy.set(callback.map(|callback| (callback, data)));
        }
    }

    /// `lrmd_internal_proxy_send()`: sends a message to a remote node's client.
    ///
    /// # Safety
    /// `lrmd` is null or of this library; `message` is null or a node, which gets an attribute.
    export fn lrmd_internal_proxy_send(lrmd: *mut Lrmd, message: *mut XmlNode) -> c_int, or EINVAL => {
        // SAFETY: null or of this library, by the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return ENOTCONN };
        if message.is_null() {
            return EINVAL;
        }
        // SAFETY: a node, by the caller's contract
        let document = unsafe {
            sys_xml::node::set_attribute(message, "lrmd_op", Some("ipc_fwd"));
            sys_xml::node::read(message)
        };
        document.map_or(EINVAL, |document| connection.post(&document).unwrap_or_else(|code| code))
    }
}
