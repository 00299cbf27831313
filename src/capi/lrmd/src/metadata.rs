//! Meta-data of agents, which this library runs itself: the executor isn't asked.

use crate::agents::STONITH;
use crate::connection::EINVAL;
use crate::events::{insert, table};
use crate::foreign::{self, ActionResult, MetadataCallback, svc_action_t};
use crate::lists::{copy, free, lrmd_key_value_freeall, pairs};
use crate::types::{KeyValue, Lrmd, ResourceInfo};
use capi_pcmk::{functions, guarded, log, text};
use glib_sys::GHashTable;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr::null_mut;

const ACTION: &CStr = c"meta-data";
/// How long an agent may take, in milliseconds (`CRMD_METADATA_CALL_TIMEOUT`).
const TIMEOUT: c_int = 30_000;
/// What no agent has ended with: an action that wasn't begun (`PCMK_OCF_UNKNOWN`).
const NOT_BEGUN: c_int = foreign::ocf_exitcode_PCMK_OCF_UNKNOWN as c_int;
const EIO: c_int = -libc::EIO;

/// An action of libcrmservice's, freed when it is dropped.
struct Action(*mut svc_action_t);

impl Action {
    /// # Safety
    /// The texts are null or strings; `parameters` is null or a table, which the action frees.
    unsafe fn new(
        name: *const c_char,
        [standard, provider, kind]: [*const c_char; 3],
        parameters: *mut GHashTable,
    ) -> Option<Action> {
        // SAFETY: services__create_resource_action(): the caller's contract, passed on
        let action = unsafe {
            foreign::services__create_resource_action(
                name,
                standard,
                provider,
                kind,
                ACTION.as_ptr(),
                0,
                TIMEOUT,
                parameters,
                0,
            )
        };
        if action.is_null() { None } else { Some(Action(action)) }
    }

    fn fields(&self) -> &svc_action_t {
        // SAFETY: libcrmservice's, and not freed
        unsafe { &*self.0 }
    }

    fn is_ready(&self) -> bool {
        self.fields().rc == NOT_BEGUN
    }
}

impl Drop for Action {
    fn drop(&mut self) {
        // SAFETY: services_action_free(): nobody uses it any more
        unsafe { foreign::services_action_free(self.0) };
    }
}

/// A fence agent's.
///
/// # Safety
/// The texts are null or strings; `output` is a place.
unsafe fn of_fencing(provider: *const c_char, kind: *const c_char, output: *mut *mut c_char) -> c_int {
    // SAFETY: stonith_api_new(): what it gives is used by its own functions and freed by them; the caller's contract
    unsafe {
        let fencer = foreign::stonith_api_new();
        let Some(functions) = fencer.as_ref().and_then(|fencer| fencer.cmds.as_ref()) else {
            log!(Error, c"stonith_get_metadata", "Could not get fence agent meta-data: API memory allocation failed");
            return -libc::ENOMEM;
        };
        let (metadata, free) = (functions.metadata, functions.free);
        let sync = foreign::stonith_call_options_st_opt_sync_call as c_int;
        let code = metadata.map_or(EINVAL, |metadata| metadata(fencer, sync, kind, provider, output, 0));
        if let Some(free) = free {
            free(fencer);
        }
        if code == 0 && (*output).is_null() { EIO } else { code }
    }
}

/// # Safety
/// `standard` and `kind` are strings, `provider` is null or a string; `parameters` is a table, which is freed; `output` is
/// a place.
unsafe fn of_service(names: [*const c_char; 3], parameters: *mut GHashTable, output: *mut *mut c_char) -> c_int {
    const FUNCTION: &CStr = c"lrmd_api_get_metadata_params";
    let [standard, provider, kind] = names;
    // SAFETY: the caller's contract, passed on
    let Some(action) = (unsafe { Action::new(kind, names, parameters) }) else { return -libc::ENOMEM };
    if !action.is_ready() {
        return EINVAL;
    }
    // SAFETY: services_action_sync(): an action that wasn't begun
    let ran = unsafe { foreign::services_action_sync(action.0) } != 0;
    let said = action.fields().stdout_data;
    if !ran || said.is_null() {
        // SAFETY: null or strings, by the caller's contract
        let names = unsafe { [text(standard), text(provider), text(kind)] };
        let [standard, provider, kind] = names.map(|name| name.unwrap_or_else(|| "(null)".to_owned()));
        let what = if ran { "receive" } else { "retrieve" };
        log!(Error, FUNCTION, "Failed to {what} meta-data for {standard}:{provider}:{kind}");
        return EIO;
    }
    // SAFETY: a string of the action's; a place, by the caller's contract
    unsafe { output.write(copy(said)) };
    0
}

/// Whom to tell, kept with the action.
struct Waiting {
    callback: MetadataCallback,
    data: *mut c_void,
}

impl Waiting {
    /// # Safety
    /// `reason` is null or a string, as is what the agent said.
    unsafe fn tell(&self, code: c_int, status: c_int, reason: *const c_char, [stdout, stderr]: [*mut c_char; 2]) {
        // SAFETY: null or a string
        let reason = unsafe { copy(reason) };
        let result = ActionResult { exit_status: code, execution_status: status, exit_reason: reason, stdout, stderr };
        // SAFETY: the caller's function; the result lives until it returns
        unsafe {
            (self.callback)(0, &raw const result, self.data);
            free(reason);
        }
    }

    /// Tells of a failure of ours.
    fn tell_failure(&self, code: c_uint, status: c_int, reason: &CStr) {
        // SAFETY: a string; the agent said nothing
        unsafe { self.tell(code.cast_signed(), status, reason.as_ptr(), [null_mut(); 2]) };
    }

    /// # Safety
    /// `action` is one of libcrmservice's.
    unsafe fn tell_of(&self, action: *mut svc_action_t) {
        // SAFETY: an action, by the caller's contract
        unsafe {
            let reason = foreign::services__exit_reason(action);
            let fields = &*action;
            self.tell(fields.rc, fields.status, reason, [fields.stdout_data, fields.stderr_data]);
        }
    }
}

/// An agent has ended.
unsafe extern "C" fn completed(action: *mut svc_action_t) {
    guarded((), || {
        // SAFETY: libcrmservice's action, begun with this by `begin`; it calls this once
        unsafe {
            let waiting = Box::from_raw((*action).cb_data.cast::<Waiting>());
            waiting.tell_of(action);
        }
    });
}

/// # Safety
/// `resource` is one with a standard and a kind.
unsafe fn begin(resource: &ResourceInfo, waiting: Waiting) -> c_int {
    let name = if resource.id.is_null() { resource.kind } else { resource.id };
    let names = [resource.standard, resource.provider, resource.kind].map(<*mut c_char>::cast_const);
    // SAFETY: null or strings, by the caller's contract
    let Some(action) = (unsafe { Action::new(name, names, null_mut()) }) else {
        waiting.tell_failure(
            foreign::ocf_exitcode_PCMK_OCF_UNKNOWN_ERROR,
            foreign::pcmk_exec_status_PCMK_EXEC_ERROR,
            c"Out of memory",
        );
        return libc::ENOMEM;
    };
    if !action.is_ready() {
        // SAFETY: an action of ours
        unsafe { waiting.tell_of(action.0) };
        return libc::EINVAL;
    }
    let waiting = Box::into_raw(Box::new(waiting));
    // SAFETY: an action that wasn't begun; once begun it is libcrmservice's
    unsafe {
        (*action.0).cb_data = waiting.cast();
        if foreign::services_action_async(action.0, Some(completed)) == 0 {
            (*action.0).cb_data = null_mut();
            drop(Box::from_raw(waiting));
            return capi_pcmk::results::standard(capi_pcmk::results::ERR_GENERIC);
        }
    }
    std::mem::forget(action);
    0
}

functions! {
    /// # Safety
    /// `lrmd` is of this library; the texts are null or strings; `output` is null or a place.
    local fn get_metadata(
        lrmd: *mut Lrmd, standard: *const c_char, provider: *const c_char, kind: *const c_char,
        output: *mut *mut c_char, options: c_uint
    ) -> c_int, or EINVAL => {
        // SAFETY: the caller's contract, passed on; who replaced the function is asked
        unsafe {
            let other = lrmd.as_ref().and_then(|lrmd| lrmd.operations.as_ref());
            let function = other.and_then(|operations| operations.get_metadata_params).unwrap_or(get_metadata_params);
            function(lrmd, standard, provider, kind, output, options, null_mut())
        }
    }

    /// # Safety
    /// The texts are null or strings; `output` is null or a place; `parameters` is null or a list, which is freed.
    local fn get_metadata_params(
        _lrmd: *mut Lrmd, standard: *const c_char, provider: *const c_char, kind: *const c_char,
        output: *mut *mut c_char, _options: c_uint, parameters: *mut KeyValue
    ) -> c_int, or EINVAL => {
        let named = !standard.is_null() && !kind.is_null() && !output.is_null();
        // SAFETY: a string
        if !named || unsafe { CStr::from_ptr(standard) }.to_bytes().eq_ignore_ascii_case(STONITH.to_bytes()) {
            // SAFETY: the caller's contract, passed on
            return unsafe {
                lrmd_key_value_freeall(parameters);
                if named { of_fencing(provider, kind, output) } else { EINVAL }
            };
        }
        let with = table();
        // SAFETY: the caller's contract, passed on
        unsafe {
            for (key, value) in pairs(parameters) {
                insert(with, key.as_ptr(), value.as_ptr());
            }
            lrmd_key_value_freeall(parameters);
            of_service([standard, provider, kind], with, output)
        }
    }

    /// `lrmd__metadata_async()`: runs an agent for its meta-data and tells a callback, in any case, here or from the main
    /// loop; a standard result code.
    ///
    /// # Safety
    /// `resource` is null or of this library; `data` is the callback's.
    export fn lrmd__metadata_async(
        resource: *mut ResourceInfo, callback: Option<MetadataCallback>, data: *mut c_void
    ) -> c_int, or libc::EINVAL => {
        let Some(callback) = callback else { return libc::EINVAL };
        let waiting = Waiting { callback, data };
        // SAFETY: null or of this library, by the caller's contract
        let resource = unsafe { resource.as_ref() };
        let Some(resource) = resource.filter(|resource| !resource.standard.is_null() && !resource.kind.is_null()) else {
            waiting.tell_failure(
                foreign::ocf_exitcode_PCMK_OCF_NOT_CONFIGURED,
                foreign::pcmk_exec_status_PCMK_EXEC_ERROR_FATAL,
                c"Invalid resource specification",
            );
            return libc::EINVAL;
        };
        // SAFETY: strings; stonith__metadata_async() calls the caller's function
        unsafe {
            if CStr::from_ptr(resource.standard) == STONITH {
                return foreign::stonith__metadata_async(resource.kind, TIMEOUT / 1000, Some(callback), data);
            }
            begin(resource, waiting)
        }
    }
}
