//! What an `lrmd_t` can be asked for (`lrmd_api_operations_t`).

use crate::connection::{Connection, EINVAL, ENOTCONN};
use crate::foreign;
use crate::lists::{allocate, lrmd_key_value_freeall, pairs};
use crate::requests::Request;
use crate::resources::lrmd_new_rsc_info;
use crate::types::{EventCallback, KeyValue, Lrmd, NOTIFY_ORIGINATOR, OperationInfo, Operations, ResourceInfo};
use crate::{agents, metadata};
use capi_pcmk::{c_text, functions, give_text, log, put, results, text};
use core_xml::{Document, NodeId};
use glib_sys::{GHashTable, GList};
use std::ffi::{c_char, c_int, c_uint};
use std::ptr::null_mut;

/// All of them.
pub(crate) const TABLE: Operations = Operations {
    connect: Some(connect),
    connect_async: Some(connect_async),
    is_connected: Some(is_connected),
    poke_connection: Some(poke_connection),
    disconnect: Some(disconnect),
    register_rsc: Some(register_rsc),
    get_rsc_info: Some(get_rsc_info),
    get_recurring_ops: Some(get_recurring_ops),
    unregister_rsc: Some(unregister_rsc),
    set_callback: Some(set_callback),
    exec: Some(exec),
    cancel: Some(cancel),
    get_metadata: Some(metadata::get_metadata),
    list_agents: Some(agents::list_agents),
    list_ocf_providers: Some(agents::list_ocf_providers),
    list_standards: Some(agents::list_standards),
    exec_alert: Some(exec_alert),
    get_metadata_params: Some(metadata::get_metadata_params),
};

const RESOURCE: &str = "lrmd_rsc";
const ID: &str = "lrmd_rsc_id";
const ACTION: &str = "lrmd_rsc_action";
const INTERVAL: &str = "lrmd_rsc_interval";
const TIMEOUT: &str = "lrmd_timeout";

/// Whether agents of a standard have providers.
pub(crate) fn has_providers(standard: &str) -> bool {
    // SAFETY: pcmk_get_ra_caps(): a string
    let abilities = unsafe { foreign::pcmk_get_ra_caps(c_text(standard).as_ptr()) };
    abilities & foreign::pcmk_ra_caps_pcmk_ra_cap_provider != 0
}

/// What the executor says of a resource, where it's whole.
fn information(id: &str, reply: &Document) -> *mut ResourceInfo {
    let attribute = |name| reply.attribute(reply.root(), name);
    let (standard, provider, kind) = (attribute("lrmd_class"), attribute("lrmd_provider"), attribute("lrmd_type"));
    let (Some(standard), Some(kind)) = (standard, kind) else { return null_mut() };
    if has_providers(standard) && provider.is_none() {
        return null_mut();
    }
    let provider = provider.map(c_text);
    let provider = provider.as_ref().map_or(std::ptr::null(), |provider| provider.as_ptr());
    // SAFETY: null or strings, which are copied
    unsafe { lrmd_new_rsc_info(c_text(id).as_ptr(), c_text(standard).as_ptr(), provider, c_text(kind).as_ptr()) }
}

/// Prepends a resource's recurring operations to a list.
fn recurring(reply: &Document, resource: NodeId, list: *mut GList) -> *mut GList {
    let Some(id) = reply.attribute(resource, ID) else {
        log!(Error, c"lrmd_api_get_recurring_ops", "Could not parse recurring operation information from executor");
        return list;
    };
    let operations = reply.elements(resource).filter(|node| reply.name(*node) == Some("lrmd_rsc_op"));
    operations.fold(list, |list, operation| {
        let given = |name| reply.attribute(operation, name).map_or(null_mut(), give_text);
        let place = allocate::<OperationInfo>();
        // SAFETY: null, or cleared and ours
        let Some(info) = (unsafe { place.as_mut() }) else { return list };
        *info = OperationInfo {
            resource: give_text(id),
            action: given(ACTION),
            interval: given(INTERVAL),
            timeout: given(TIMEOUT),
        };
        // SAFETY: g_list_prepend(): a list of ours
        unsafe { glib_sys::g_list_prepend(list, place.cast()) }
    })
}

functions! {
    /// # Safety
    /// `lrmd` is null or of this library; `name` is null or a string; `fd` is null or a place.
    local fn connect(lrmd: *mut Lrmd, name: *const c_char, fd: *mut c_int) -> c_int, or ENOTCONN => {
        // SAFETY: the caller's contract
        unsafe {
            let (Some(connection), name) = (Connection::of(lrmd), text(name)) else { return EINVAL };
            connection.connect(name.as_deref(), fd).err().unwrap_or(0)
        }
    }

    /// # Safety
    /// `lrmd` is null or of this library; `name` is null or a string.
    local fn connect_async(lrmd: *mut Lrmd, name: *const c_char, timeout: c_int) -> c_int, or ENOTCONN => {
        // SAFETY: the caller's contract
        let (Some(connection), name) = (unsafe { (Connection::of(lrmd), text(name)) }) else { return EINVAL };
        if connection.callback.get().is_none() {
            return EINVAL;
        }
        connection.connect_async(name.as_deref(), timeout).err().unwrap_or(0)
    }

    /// # Safety
    /// `lrmd` is null or of this library.
    local fn is_connected(lrmd: *mut Lrmd) -> c_int, or 0 => {
        // SAFETY: the caller's contract
        unsafe { Connection::of(lrmd) }.is_some_and(|connection| connection.is_connected()).into()
    }

    /// # Safety
    /// `lrmd` is null or of this library.
    local fn poke_connection(lrmd: *mut Lrmd) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return EINVAL };
        let request = Request::new("lrmd_rsc_poke").about(RESOURCE, "lrmd_api_poke_connection");
        connection.notify(&request).min(0)
    }

    /// # Safety
    /// `lrmd` is null or of this library.
    local fn disconnect(lrmd: *mut Lrmd) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return EINVAL };
        connection.disconnect();
        0
    }

    /// # Safety
    /// `lrmd` is null or of this library; the texts are null or strings.
    local fn register_rsc(
        lrmd: *mut Lrmd, id: *const c_char, standard: *const c_char, provider: *const c_char, kind: *const c_char,
        options: c_uint
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let (connection, [id, standard, provider, kind]) =
            unsafe { (Connection::of(lrmd), [text(id), text(standard), text(provider), text(kind)]) };
        let (Some(connection), Some(id), Some(standard), Some(kind)) = (connection, id, standard, kind) else {
            return EINVAL;
        };
        if has_providers(&standard) && provider.is_none() {
            return EINVAL;
        }
        let request = Request::new("lrmd_rsc_register").options(options).about(RESOURCE, "lrmd_api_register_rsc");
        let request = request.with(ID, Some(&id)).with("lrmd_class", Some(&standard));
        connection.result(&request.with("lrmd_provider", provider.as_deref()).with("lrmd_type", Some(&kind)))
    }

    /// # Safety
    /// `lrmd` is null or of this library; `id` is null or a string.
    local fn unregister_rsc(lrmd: *mut Lrmd, id: *const c_char, options: c_uint) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let (Some(connection), id) = (unsafe { (Connection::of(lrmd), text(id)) }) else { return EINVAL };
        let request = Request::new("lrmd_rsc_unregister").options(options).about(RESOURCE, "lrmd_api_unregister_rsc");
        connection.result(&request.with(ID, id.as_deref()))
    }

    /// # Safety
    /// `lrmd` is null or of this library; `id` is null or a string.
    local fn get_rsc_info(lrmd: *mut Lrmd, id: *const c_char, options: c_uint) -> *mut ResourceInfo, or null_mut() => {
        // SAFETY: the caller's contract
        let (Some(connection), id) = (unsafe { (Connection::of(lrmd), text(id)) }) else { return null_mut() };
        let request = Request::new("lrmd_rsc_info").options(options).about(RESOURCE, "lrmd_api_get_rsc_info");
        let Ok((_, reply)) = connection.ask(&request.with(ID, id.as_deref())) else { return null_mut() };
        information(&id.unwrap_or_default(), &reply)
    }

    /// # Safety
    /// `lrmd` is null or of this library; `id` is null, which is all resources, or a string; `output` is null or a place.
    local fn get_recurring_ops(
        lrmd: *mut Lrmd, id: *const c_char, timeout: c_int, options: c_uint, output: *mut *mut GList
    ) -> c_int, or EINVAL => {
        if output.is_null() {
            return EINVAL;
        }
        // SAFETY: a place
        unsafe { put(output, null_mut()) };
        // SAFETY: the caller's contract
        let (Some(connection), id) = (unsafe { (Connection::of(lrmd), text(id)) }) else { return EINVAL };
        let mut request = Request::new("lrmd_get_recurring").options(options).timeout(timeout);
        if id.is_some() {
            request = request.about(RESOURCE, "lrmd_api_get_recurring_ops").with(ID, id.as_deref());
        }
        let reply = match connection.ask(&request) {
            Ok((0, reply)) => reply,
            Ok((code, _)) | Err(code) => return code,
        };
        let resources = reply.elements(reply.root()).filter(|node| reply.name(*node) == Some(RESOURCE));
        let list = resources.fold(null_mut(), |list, resource| recurring(&reply, resource, list));
        // SAFETY: a place
        unsafe { put(output, list) };
        0
    }

    /// # Safety
    /// `lrmd` is null or of this library.
    local fn set_callback(lrmd: *mut Lrmd, callback: Option<EventCallback>) -> (), or () => {
        // SAFETY: the caller's contract
        if let Some(connection) = unsafe { Connection::of(lrmd) } {
            connection.callback.set(callback);
        }
    }

    /// # Safety
    /// `lrmd` is null or of this library; the texts are null or strings; `parameters` is null or a list, which is freed.
    local fn exec(
        lrmd: *mut Lrmd, id: *const c_char, action: *const c_char, user_data: *const c_char, interval: c_uint,
        timeout: c_int, start_delay: c_int, options: c_uint, parameters: *mut KeyValue
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let (connection, [id, action, user_data]) =
            unsafe { (Connection::of(lrmd), [text(id), text(action), text(user_data)]) };
        let request = Request::new("lrmd_rsc_exec").options(options).timeout(timeout).about(RESOURCE, "lrmd_api_exec");
        let request = request.with(ID, id.as_deref()).with(ACTION, action.as_deref());
        let request = request.with("lrmd_rsc_userdata_str", user_data.as_deref()).with_number(INTERVAL, interval);
        let request = request.with_number(TIMEOUT, timeout).with_number("lrmd_rsc_start_delay", start_delay);
        // SAFETY: null or a list, by the caller's contract, which is freed after it was read
        let request = unsafe {
            let request = request.parameters(pairs(parameters));
            lrmd_key_value_freeall(parameters);
            request
        };
        connection.map_or(EINVAL, |connection| connection.result(&request))
    }

    /// # Safety
    /// As for `exec`.
    local fn exec_alert(
        lrmd: *mut Lrmd, id: *const c_char, path: *const c_char, timeout: c_int, parameters: *mut KeyValue
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let (connection, [id, path]) = unsafe { (Connection::of(lrmd), [text(id), text(path)]) };
        let request = Request::new("lrmd_alert_exec").options(NOTIFY_ORIGINATOR).timeout(timeout);
        let request = request.about("lrmd_alert", "lrmd_api_exec_alert").with("lrmd_alert_id", id.as_deref());
        let request = request.with("lrmd_alert_path", path.as_deref()).with_number(TIMEOUT, timeout);
        // SAFETY: null or a list, by the caller's contract, which is freed after it was read
        let request = unsafe {
            let request = request.parameters(pairs(parameters));
            lrmd_key_value_freeall(parameters);
            request
        };
        connection.map_or(EINVAL, |connection| connection.result(&request))
    }

    /// # Safety
    /// `lrmd` is null or of this library; the texts are null or strings.
    local fn cancel(lrmd: *mut Lrmd, id: *const c_char, action: *const c_char, interval: c_uint) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract
        let (Some(connection), [id, action]) = (unsafe { (Connection::of(lrmd), [text(id), text(action)]) }) else {
            return EINVAL;
        };
        let request = Request::new("lrmd_rsc_cancel").about(RESOURCE, "lrmd_api_cancel");
        let request = request.with(ACTION, action.as_deref()).with(ID, id.as_deref());
        connection.result(&request.with_number(INTERVAL, interval))
    }

    /// `lrmd__validate_remote_settings()`: has a remote executor check the cluster's options; a standard result code.
    ///
    /// # Safety
    /// `lrmd` is null or of this library; `options` is null or a table of texts.
    export fn lrmd__validate_remote_settings(lrmd: *mut Lrmd, options: *mut GHashTable) -> c_int, or libc::EINVAL => {
        // SAFETY: the caller's contract
        let Some(connection) = (unsafe { Connection::of(lrmd) }) else { return libc::EINVAL };
        let mut request = Request::new("lrmd_check").about("lrmd_op", "lrmd__validate_remote_settings");
        let name = connection.remote_name().map_or(std::ptr::null(), |name| name.as_ptr());
        // SAFETY: g_hash_table_lookup(): a table of texts; stonith__watchdog_fencing_enabled_for_node(): null or a string
        unsafe {
            let timeout = if options.is_null() {
                null_mut()
            } else {
                glib_sys::g_hash_table_lookup(options, c"stonith-watchdog-timeout".as_ptr().cast())
            };
            let timeout = text(timeout.cast_const().cast());
            if timeout.is_some() && foreign::stonith__watchdog_fencing_enabled_for_node(name) != 0 {
                request = request.with("lrmd_watchdog", timeout.as_deref());
            }
        }
        results::standard(connection.notify(&request).min(0))
    }
}
