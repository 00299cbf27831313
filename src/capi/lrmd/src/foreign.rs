//! Declarations of what is used of pacemaker's other libraries and of GnuTLS: made from their headers, and by hand where
//! pacemaker installs no header.

#![allow(missing_docs, non_camel_case_types, non_snake_case, non_upper_case_globals, unreachable_pub)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks, dead_code, reason = "made by bindgen")]

include!(concat!(env!("OUT_DIR"), "/pacemaker.rs"));

use crate::types::Event;
use capi_pcmk::OutputObject;
use std::ffi::{c_char, c_int, c_uint, c_void};

/// `pcmk__remote_t` (`crm/common/ipc_internal.h`), which only libcrmcommon looks into.
#[repr(C)]
#[derive(Debug)]
pub struct RemoteSession {
    _opaque: [u8; 0],
}

/// `pcmk__action_result_t` (`crm/common/results_internal.h`).
#[repr(C)]
#[derive(Debug)]
pub struct ActionResult {
    pub exit_status: c_int,
    pub execution_status: c_int,
    pub exit_reason: *mut c_char,
    pub stdout: *mut c_char,
    pub stderr: *mut c_char,
}

/// `pcmk__time_hr_t` (`crm/common/iso8601_internal.h`).
#[repr(C)]
#[derive(Debug)]
pub struct PreciseTime {
    pub years: c_int,
    pub months: c_int,
    pub days: c_int,
    pub seconds: c_int,
    pub offset: c_int,
    pub duration: bool,
    pub useconds: c_int,
}

/// Told of an agent's meta-data, with the caller's data.
pub type MetadataCallback = unsafe extern "C" fn(c_int, *const ActionResult, *mut c_void);

/// Told that a connection was made, or why not.
pub type ConnectCallback = unsafe extern "C" fn(*mut c_void, c_int, c_int);

unsafe extern "C" {
    // libcrmcommon
    pub fn pcmk__remote_send_xml(session: *mut RemoteSession, message: *mut xmlNode) -> c_int;
    pub fn pcmk__connect_remote(
        host: *const c_char,
        port: c_int,
        milliseconds: c_int,
        timer: *mut c_int,
        socket: *mut c_int,
        data: *mut c_void,
        callback: Option<ConnectCallback>,
    ) -> c_int;
    pub fn crm_gnutls_global_init();
    pub fn pcmk__message_name(name: *const c_char) -> *const c_char;
    pub fn pcmk__update_acl_user(request: *mut xmlNode, field: *const c_char, user: *const c_char) -> *const c_char;
    pub fn pcmk__time_hr_now(epoch: *mut libc::time_t) -> *mut PreciseTime;
    pub fn pcmk__time_format_hr(format: *const c_char, time: *const PreciseTime) -> *mut c_char;
    pub fn rsc_op_expected_rc(event: *mut Event) -> c_int;
    pub fn pcmk__output_xml_create_parent(out: *mut OutputObject, name: *const c_char, ...) -> *mut xmlNode;
    pub fn pcmk__output_create_xml_text_node(
        out: *mut OutputObject,
        name: *const c_char,
        content: *const c_char,
    ) -> *mut xmlNode;
    // libcrmservice
    pub fn services__create_resource_action(
        name: *const c_char,
        standard: *const c_char,
        provider: *const c_char,
        agent: *const c_char,
        action: *const c_char,
        interval: c_uint,
        timeout: c_int,
        parameters: *mut GHashTable,
        flags: c_uint,
    ) -> *mut svc_action_t;
    pub fn services__exit_reason(action: *mut svc_action_t) -> *const c_char;
    // libstonithd
    pub fn stonith__metadata_async(
        agent: *const c_char,
        seconds: c_int,
        callback: Option<MetadataCallback>,
        data: *mut c_void,
    ) -> c_int;
    pub fn stonith__watchdog_fencing_enabled_for_node(node: *const c_char) -> gboolean;
    // variable.c
    pub(crate) fn systole_lrmd_register(out: *mut OutputObject, renderers: *const crate::output::Renderers);
    pub fn systole_lrmd_exit_words(code: c_int) -> *const c_char;
    pub fn systole_lrmd_status_words(status: c_int) -> *const c_char;
}
