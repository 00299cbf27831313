//! The structures of `crm/lrmd.h` (2.1.5).

use glib_sys::{GHashTable, GList};
use std::ffi::{c_char, c_int, c_uint, c_void};
use sys_xml::node::XmlNode;

/// `enum lrmd_callback_event`.
pub(crate) mod event {
    pub(crate) const REGISTER: u32 = 0;
    pub(crate) const UNREGISTER: u32 = 1;
    pub(crate) const EXEC_COMPLETE: u32 = 2;
    pub(crate) const DISCONNECT: u32 = 3;
    pub(crate) const CONNECT: u32 = 4;
    pub(crate) const POKE: u32 = 5;
    pub(crate) const NEW_CLIENT: u32 = 6;
}

/// `lrmd_opt_notify_orig_only`: only who asked is told of the result.
pub(crate) const NOTIFY_ORIGINATOR: u32 = 1 << 1;

/// Told of events.
pub(crate) type EventCallback = unsafe extern "C" fn(*mut Event);
/// Told of messages of a remote node's clients, with the caller's data.
pub(crate) type ProxyCallback = unsafe extern "C" fn(*mut Lrmd, *mut c_void, *mut XmlNode);

/// `lrmd_key_value_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct KeyValue {
    pub(crate) key: *mut c_char,
    pub(crate) value: *mut c_char,
    pub(crate) next: *mut KeyValue,
}

/// `lrmd_list_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) value: *mut c_char,
    pub(crate) next: *mut List,
}

/// `lrmd_event_data_t`. Texts are malloc(3)'s where a caller frees the event.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: u32,
    pub(crate) resource: *mut c_char,
    pub(crate) action: *mut c_char,
    pub(crate) user_data: *mut c_char,
    pub(crate) call_id: c_int,
    /// Milliseconds.
    pub(crate) timeout: c_int,
    /// Milliseconds.
    pub(crate) interval: c_uint,
    /// Milliseconds.
    pub(crate) start_delay: c_int,
    pub(crate) deleted: c_int,
    pub(crate) code: c_int,
    pub(crate) status: c_int,
    pub(crate) output: *mut c_char,
    /// Seconds since 1970.
    pub(crate) run: c_uint,
    /// Seconds since 1970.
    pub(crate) changed: c_uint,
    /// Milliseconds.
    pub(crate) execution: c_uint,
    /// Milliseconds.
    pub(crate) queue: c_uint,
    pub(crate) connection_code: c_int,
    pub(crate) parameters: *mut GHashTable,
    pub(crate) remote_name: *mut c_char,
    pub(crate) exit_reason: *mut c_char,
}

/// `lrmd_rsc_info_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct ResourceInfo {
    pub(crate) id: *mut c_char,
    pub(crate) kind: *mut c_char,
    pub(crate) standard: *mut c_char,
    pub(crate) provider: *mut c_char,
}

/// `lrmd_op_info_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct OperationInfo {
    pub(crate) resource: *mut c_char,
    pub(crate) action: *mut c_char,
    pub(crate) interval: *mut c_char,
    pub(crate) timeout: *mut c_char,
}

type Plain = Option<unsafe extern "C" fn(*mut Lrmd) -> c_int>;
type Metadata =
    unsafe extern "C" fn(*mut Lrmd, *const c_char, *const c_char, *const c_char, *mut *mut c_char, c_uint) -> c_int;
type MetadataWith = unsafe extern "C" fn(
    *mut Lrmd,
    *const c_char,
    *const c_char,
    *const c_char,
    *mut *mut c_char,
    c_uint,
    *mut KeyValue,
) -> c_int;
type Exec = unsafe extern "C" fn(
    *mut Lrmd,
    *const c_char,
    *const c_char,
    *const c_char,
    c_uint,
    c_int,
    c_int,
    c_uint,
    *mut KeyValue,
) -> c_int;
type Register =
    unsafe extern "C" fn(*mut Lrmd, *const c_char, *const c_char, *const c_char, *const c_char, c_uint) -> c_int;

/// `lrmd_api_operations_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Operations {
    pub(crate) connect: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, *mut c_int) -> c_int>,
    pub(crate) connect_async: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, c_int) -> c_int>,
    pub(crate) is_connected: Plain,
    pub(crate) poke_connection: Plain,
    pub(crate) disconnect: Plain,
    pub(crate) register_rsc: Option<Register>,
    pub(crate) get_rsc_info: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, c_uint) -> *mut ResourceInfo>,
    pub(crate) get_recurring_ops:
        Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, c_int, c_uint, *mut *mut GList) -> c_int>,
    pub(crate) unregister_rsc: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, c_uint) -> c_int>,
    pub(crate) set_callback: Option<unsafe extern "C" fn(*mut Lrmd, Option<EventCallback>)>,
    pub(crate) exec: Option<Exec>,
    pub(crate) cancel: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, *const c_char, c_uint) -> c_int>,
    pub(crate) get_metadata: Option<Metadata>,
    pub(crate) list_agents:
        Option<unsafe extern "C" fn(*mut Lrmd, *mut *mut List, *const c_char, *const c_char) -> c_int>,
    pub(crate) list_ocf_providers: Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, *mut *mut List) -> c_int>,
    pub(crate) list_standards: Option<unsafe extern "C" fn(*mut Lrmd, *mut *mut List) -> c_int>,
    pub(crate) exec_alert:
        Option<unsafe extern "C" fn(*mut Lrmd, *const c_char, *const c_char, c_int, *mut KeyValue) -> c_int>,
    pub(crate) get_metadata_params: Option<MetadataWith>,
}

/// `lrmd_t`. Made by `lrmd_api_new()` and its like, freed by `lrmd_api_delete()`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Lrmd {
    pub(crate) operations: *mut Operations,
    /// A counted reference to a `Connection`.
    pub(crate) own: *const c_void,
}
