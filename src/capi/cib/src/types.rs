//! The structures of `crm/cib/cib_types.h` and `crm/cib/internal.h` (2.1.5).

use glib_sys::{GList, gboolean, gpointer};
use std::ffi::{c_char, c_int, c_uint, c_void};
use sys_xml::node::XmlNode;

/// `enum cib_variant`.
pub(crate) mod variant {
    pub(crate) const UNDEFINED: u32 = 0;
    pub(crate) const NATIVE: u32 = 1;
    pub(crate) const FILE: u32 = 2;
    pub(crate) const REMOTE: u32 = 3;
}

/// `enum cib_state`.
pub(crate) mod state {
    pub(crate) const CONNECTED_COMMAND: u32 = 0;
    pub(crate) const CONNECTED_QUERY: u32 = 1;
    pub(crate) const DISCONNECTED: u32 = 2;
}

/// `enum cib_conn_type`.
pub(crate) mod connection {
    pub(crate) const COMMAND: u32 = 0;
    pub(crate) const QUERY: u32 = 1;
    pub(crate) const NONE: u32 = 2;
    pub(crate) const COMMAND_NONBLOCKING: u32 = 3;
}

/// Called with each reply to an asynchronous request: message, call, result, output.
pub(crate) type OpCallback = unsafe extern "C" fn(*const XmlNode, c_int, c_int, *mut XmlNode);
/// Called with an event's name and message.
pub(crate) type NotifyCallback = unsafe extern "C" fn(*const c_char, *mut XmlNode);
/// Called with the reply to one request: message, call, result, output, the caller's data.
pub(crate) type CallCallback = unsafe extern "C" fn(*mut XmlNode, c_int, c_int, *mut XmlNode, *mut c_void);
/// Frees a caller's data.
pub(crate) type FreeFunction = unsafe extern "C" fn(*mut c_void);
/// Told that a connection is lost.
pub(crate) type Dnotify = unsafe extern "C" fn(gpointer);

/// What carries requests of a variant out.
pub(crate) type Delegate = unsafe extern "C" fn(
    *mut Cib,
    *const c_char,
    *const c_char,
    *const c_char,
    *mut XmlNode,
    *mut *mut XmlNode,
    c_int,
    *const c_char,
) -> c_int;

/// `cib_op_t`: operation, options, section, request, input, CIB, outcome, answer.
pub(crate) type Process = unsafe extern "C" fn(
    *const c_char,
    c_int,
    *const c_char,
    *mut XmlNode,
    *mut XmlNode,
    *mut XmlNode,
    *mut *mut XmlNode,
    *mut *mut XmlNode,
) -> c_int;

type Plain = Option<unsafe extern "C" fn(*mut Cib) -> c_int>;
type WithOptions = Option<unsafe extern "C" fn(*mut Cib, c_int) -> c_int>;
type WithOutput = Option<unsafe extern "C" fn(*mut Cib, *mut *mut XmlNode, c_int) -> c_int>;
type WithSection = Option<unsafe extern "C" fn(*mut Cib, *const c_char, c_int) -> c_int>;
type WithData = Option<unsafe extern "C" fn(*mut Cib, *const c_char, *mut XmlNode, c_int) -> c_int>;
type Notify = Option<unsafe extern "C" fn(*mut Cib, *const c_char, Option<NotifyCallback>) -> c_int>;

type RegisterFull = Option<
    unsafe extern "C" fn(
        *mut Cib,
        c_int,
        c_int,
        gboolean,
        *mut c_void,
        *const c_char,
        Option<CallCallback>,
        Option<FreeFunction>,
    ) -> gboolean,
>;

/// `cib_api_operations_t`.
#[repr(C)]
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "crm/cib/cib_types.h says what each does")]
pub(crate) struct Operations {
    pub(crate) signon: Option<unsafe extern "C" fn(*mut Cib, *const c_char, c_uint) -> c_int>,
    pub(crate) signon_raw: Option<unsafe extern "C" fn(*mut Cib, *const c_char, c_uint, *mut c_int) -> c_int>,
    pub(crate) signoff: Plain,
    pub(crate) free: Plain,
    pub(crate) set_op_callback: Option<unsafe extern "C" fn(*mut Cib, Option<OpCallback>) -> c_int>,
    pub(crate) add_notify_callback: Notify,
    pub(crate) del_notify_callback: Notify,
    pub(crate) set_connection_dnotify: Option<unsafe extern "C" fn(*mut Cib, Option<Dnotify>) -> c_int>,
    pub(crate) inputfd: Plain,
    pub(crate) noop: WithOptions,
    pub(crate) ping: WithOutput,
    pub(crate) query: Option<unsafe extern "C" fn(*mut Cib, *const c_char, *mut *mut XmlNode, c_int) -> c_int>,
    pub(crate) query_from:
        Option<unsafe extern "C" fn(*mut Cib, *const c_char, *const c_char, *mut *mut XmlNode, c_int) -> c_int>,
    pub(crate) is_master: Plain,
    pub(crate) set_master: WithOptions,
    pub(crate) set_slave: WithOptions,
    pub(crate) set_slave_all: WithOptions,
    pub(crate) sync: WithSection,
    pub(crate) sync_from: Option<unsafe extern "C" fn(*mut Cib, *const c_char, *const c_char, c_int) -> c_int>,
    pub(crate) upgrade: WithOptions,
    pub(crate) bump_epoch: WithOptions,
    pub(crate) create: WithData,
    pub(crate) modify: WithData,
    pub(crate) update: WithData,
    pub(crate) replace: WithData,
    pub(crate) remove: WithData,
    pub(crate) erase: WithOutput,
    pub(crate) delete_absolute: WithData,
    pub(crate) quit: WithOptions,
    pub(crate) register_notification: Option<unsafe extern "C" fn(*mut Cib, *const c_char, c_int) -> c_int>,
    pub(crate) register_callback: Option<
        unsafe extern "C" fn(
            *mut Cib,
            c_int,
            c_int,
            gboolean,
            *mut c_void,
            *const c_char,
            Option<CallCallback>,
        ) -> gboolean,
    >,
    pub(crate) register_callback_full: RegisterFull,
    pub(crate) set_primary: WithOptions,
    pub(crate) set_secondary: WithOptions,
}

/// `cib_t`. Made by `cib_new()` and its like, freed by `cib_delete()`; callers read its fields.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Cib {
    pub(crate) state: u32,
    pub(crate) kind: u32,
    pub(crate) variant: u32,
    pub(crate) call_id: c_int,
    /// Seconds.
    pub(crate) call_timeout: c_int,
    /// A box of the variant's own.
    pub(crate) own: *mut c_void,
    pub(crate) delegate: Option<Delegate>,
    /// Of [`NotifyClient`]s.
    pub(crate) notify_list: *mut GList,
    pub(crate) op_callback: Option<OpCallback>,
    pub(crate) cmds: *mut Operations,
}

/// `cib_notify_client_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct NotifyClient {
    pub(crate) event: *const c_char,
    pub(crate) object_id: *const c_char,
    pub(crate) object_type: *const c_char,
    pub(crate) callback: Option<NotifyCallback>,
}

/// `cib_callback_client_t`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct CallbackClient {
    pub(crate) callback: Option<CallCallback>,
    pub(crate) id: *const c_char,
    pub(crate) user_data: *mut c_void,
    pub(crate) only_success: gboolean,
    pub(crate) timer: *mut Timer,
    pub(crate) free_function: Option<FreeFunction>,
}

/// `struct timer_rec_s`.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Timer {
    pub(crate) call_id: c_int,
    /// Milliseconds.
    pub(crate) timeout: c_int,
    pub(crate) source: c_uint,
    pub(crate) cib: *mut Cib,
}
