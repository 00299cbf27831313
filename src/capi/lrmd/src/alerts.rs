//! Alerts: agents that the executor runs when something happened.

use crate::foreign;
use crate::lists::Pairs;
use crate::types::{Event, KeyValue, Lrmd};
use capi_pcmk::{c_text, functions, log, results, text};
use glib_sys::{GHashTable, GList, gpointer};
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::null_mut;

/// Kinds of what happened (`enum pcmk__alert_flags`), and what agents are told of them.
type Kind = (u32, &'static str);
const NODE: Kind = (1 << 0, "node");
const FENCING: Kind = (1 << 1, "fencing");
const RESOURCE: Kind = (1 << 2, "resource");
const ATTRIBUTE: Kind = (1 << 3, "attribute");

/// What agents are told of pacemaker's version.
const VERSION: &str = "2.1.5";
/// All alerts failed, or only some.
const ALL_FAILED: c_int = -2;
const SOME_FAILED: c_int = -1;

/// `pcmk__alert_t` (`crm/common/alerts_internal.h`).
#[repr(C)]
struct Alert {
    id: *mut c_char,
    path: *mut c_char,
    time_format: *mut c_char,
    recipient: *mut c_char,
    /// Names of attributes until a null, or null for all.
    attributes: *mut *mut c_char,
    environment: *mut GHashTable,
    /// Milliseconds.
    timeout: c_int,
    /// Kinds that it is for.
    kinds: u32,
}

impl Pairs {
    /// A variable under both names that agents know it by.
    fn tell(&mut self, name: &str, value: &str) {
        for prefix in ["CRM_notify", "CRM_alert"] {
            self.0.push((c_text(&format!("{prefix}_{name}")), c_text(value)));
        }
    }
}

/// When it happened.
struct Moment {
    time: *mut foreign::PreciseTime,
    epoch: libc::time_t,
}

impl Moment {
    fn now() -> Moment {
        let mut epoch = 0;
        // SAFETY: pcmk__time_hr_now(): a place; it gives a structure for free(3), or null
        let time = unsafe { foreign::pcmk__time_hr_now(&raw mut epoch) };
        Moment { time, epoch }
    }

    /// # Safety
    /// `format` is null or a string.
    unsafe fn tell(&self, format: *const c_char, variables: &mut Pairs) {
        // SAFETY: null or libcrmcommon's
        let Some(time) = (unsafe { self.time.as_ref() }) else { return };
        // SAFETY: pcmk__time_format_hr(): a string and a time; it gives a string for free(3), or null
        unsafe {
            let shown = if format.is_null() { null_mut() } else { foreign::pcmk__time_format_hr(format, time) };
            if let Some(stamp) = text(shown) {
                variables.tell("timestamp", &stamp);
            }
            libc::free(shown.cast());
        }
        variables.tell("timestamp_epoch", &self.epoch.to_string());
        variables.tell("timestamp_usec", &format!("{:06}", time.useconds));
    }
}

impl Drop for Moment {
    fn drop(&mut self) {
        // SAFETY: free(3): null or libcrmcommon's malloc
        unsafe { libc::free(self.time.cast()) };
    }
}

unsafe extern "C" fn add_variable(name: gpointer, value: gpointer, variables: gpointer) {
    if name.is_null() || value.is_null() {
        return;
    }
    // SAFETY: g_hash_table_foreach(): strings of the alert's table, and our list
    unsafe {
        let variables = &mut *variables.cast::<Pairs>();
        variables.0.push((CStr::from_ptr(name.cast()).to_owned(), CStr::from_ptr(value.cast()).to_owned()));
    }
}

impl Alert {
    /// # Safety
    /// The alert is whole, as libcrmcommon makes it.
    unsafe fn wants(&self, kind: Kind, attribute: Option<&CStr>) -> bool {
        let named = |attribute: &CStr| {
            // SAFETY: not null: names until a null
            let names = (0..).map(|index| unsafe { *self.attributes.add(index) });
            // SAFETY: strings
            names.take_while(|name| !name.is_null()).any(|name| unsafe { CStr::from_ptr(name) } == attribute)
        };
        self.kinds & kind.0 != 0
            && (kind != ATTRIBUTE || attribute.is_some_and(|attribute| self.attributes.is_null() || named(attribute)))
    }

    /// What its agent is told.
    ///
    /// # Safety
    /// The alert is whole, as libcrmcommon makes it.
    unsafe fn variables(&self, common: &Pairs, moment: &Moment) -> Pairs {
        let mut variables = Pairs(common.0.clone());
        // SAFETY: null or strings; null or a table
        unsafe {
            variables.tell("recipient", &text(self.recipient).unwrap_or_default());
            moment.tell(self.time_format, &mut variables);
            if !self.environment.is_null() {
                glib_sys::g_hash_table_foreach(self.environment, Some(add_variable), (&raw mut variables).cast());
            }
        }
        variables
    }
}

/// Has the executor run the agents that want to know.
///
/// # Safety
/// `lrmd` is of this library; `list` is null or a list of alerts.
unsafe fn send(lrmd: *mut Lrmd, list: *mut GList, kind: Kind, attribute: Option<&CStr>, mut common: Pairs) -> c_int {
    const FUNCTION: &CStr = c"exec_alert_list";
    common.tell("kind", kind.1);
    common.tell("version", VERSION);
    let mut moment = None;
    let (mut sent, mut failed) = (false, false);
    // SAFETY: null or an element of a list, by the caller's contract
    let elements = std::iter::successors(unsafe { list.as_ref() }, |each| unsafe { each.next.as_ref() });
    for element in elements {
        // SAFETY: the list's data are alerts
        let Some(alert) = (unsafe { element.data.cast::<Alert>().as_ref() }) else { continue };
        // SAFETY: a whole alert
        if !unsafe { alert.wants(kind, attribute) } {
            continue;
        }
        // SAFETY: a whole alert
        let (id, to, variables) = unsafe {
            let variables = alert.variables(&common, moment.get_or_insert_with(Moment::now));
            (text(alert.id).unwrap_or_default(), text(alert.recipient).unwrap_or_default(), variables)
        };
        log!(Info, FUNCTION, "Sending {} alert via {id} to {to}", kind.1);
        // SAFETY: of this library, by the caller's contract; the list is the function's to free
        let code = unsafe { exec(lrmd, alert, variables.give()) };
        if code < 0 {
            log!(Error, FUNCTION, "Could not execute alert {id}: {} | rc={code}", results::words(code));
            failed = true;
        } else {
            sent = true;
        }
    }
    match (failed, sent) {
        (false, _) => 0,
        (true, true) => SOME_FAILED,
        (true, false) => ALL_FAILED,
    }
}

/// # Safety
/// `lrmd` is of this library; `variables` is a list, which is freed.
unsafe fn exec(lrmd: *mut Lrmd, alert: &Alert, variables: *mut KeyValue) -> c_int {
    // SAFETY: of this library; who replaced the function is asked
    unsafe {
        let operations = lrmd.as_ref().and_then(|lrmd| lrmd.operations.as_ref());
        let function = operations.and_then(|operations| operations.exec_alert);
        let function = function.unwrap_or(crate::operations::exec_alert);
        function(lrmd, alert.id, alert.path, alert.timeout, variables)
    }
}

/// Variables with a caller's values; null is empty.
///
/// # Safety
/// The values are null or strings.
unsafe fn told<const N: usize>(pairs: [(&str, *const c_char); N]) -> Pairs {
    let mut variables = Pairs(Vec::new());
    for (name, value) in pairs {
        // SAFETY: null or a string, by the caller's contract
        variables.tell(name, &unsafe { text(value) }.unwrap_or_default());
    }
    variables
}

/// What a resource's agents are told of an operation; `None` where nobody wants to know.
///
/// # Safety
/// `event` is an event of this library.
unsafe fn told_of(node: *const c_char, event: *mut Event) -> Option<Pairs> {
    // SAFETY: rsc_op_expected_rc(): an event
    let expected = unsafe { foreign::rsc_op_expected_rc(event) };
    // SAFETY: an event, by the caller's contract
    let event = unsafe { event.as_ref() }?;
    // SAFETY: null or a string
    let is_monitor = unsafe { text(event.action) }.is_some_and(|action| action.eq_ignore_ascii_case("monitor"));
    if event.interval == 0 && expected == event.code && is_monitor {
        // a probe that found what was expected
        return None;
    }
    // SAFETY: null or strings
    let mut variables =
        unsafe { told([("node", node), ("rsc", event.resource.cast_const()), ("task", event.action.cast_const())]) };
    let timed_out = event.status == foreign::pcmk_exec_status_PCMK_EXEC_TIMEOUT;
    // a recurring operation that timed out says nothing of its time
    let execution = if timed_out && event.execution == 0 { event.timeout } else { event.execution.cast_signed() };
    variables.tell("interval", &event.interval.to_string());
    variables.tell("target_rc", &expected.to_string());
    variables.tell("status", &event.status.to_string());
    variables.tell("rc", &event.code.to_string());
    variables.tell("exec_time", &execution.to_string());
    let done = event.status == foreign::pcmk_exec_status_PCMK_EXEC_DONE;
    // SAFETY: strings of pacemaker's headers
    let words = unsafe {
        text(if done {
            foreign::systole_lrmd_exit_words(event.code)
        } else {
            foreign::systole_lrmd_status_words(event.status)
        })
    };
    variables.tell("desc", &words.unwrap_or_default());
    Some(variables)
}

functions! {
    /// `lrmd_send_attribute_alert()`: a node's attribute has changed. 0, or -1 where some alerts failed, -2 where all did.
    ///
    /// # Safety
    /// `lrmd` is null or of this library; `list` is null or a list of alerts; the texts are null or strings.
    export fn lrmd_send_attribute_alert(
        lrmd: *mut Lrmd, list: *mut GList, node: *const c_char, id: u32, name: *const c_char, value: *const c_char
    ) -> c_int, or ALL_FAILED => {
        if lrmd.is_null() {
            return ALL_FAILED;
        }
        // SAFETY: the caller's contract
        unsafe {
            let mut variables = told([("node", node)]);
            variables.tell("nodeid", &id.cast_signed().to_string());
            variables.0.append(&mut told([("attribute_name", name), ("attribute_value", value)]).0);
            let name: Option<CString> = if name.is_null() { None } else { Some(CStr::from_ptr(name).to_owned()) };
            send(lrmd, list, ATTRIBUTE, name.as_deref(), variables)
        }
    }

    /// `lrmd_send_node_alert()`: a node has come or gone. Results as of `lrmd_send_attribute_alert()`.
    ///
    /// # Safety
    /// As `lrmd_send_attribute_alert()`.
    export fn lrmd_send_node_alert(
        lrmd: *mut Lrmd, list: *mut GList, node: *const c_char, id: u32, state: *const c_char
    ) -> c_int, or ALL_FAILED => {
        if lrmd.is_null() {
            return ALL_FAILED;
        }
        // SAFETY: the caller's contract
        unsafe {
            let mut variables = told([("node", node), ("desc", state)]);
            variables.tell("nodeid", &id.cast_signed().to_string());
            send(lrmd, list, NODE, None, variables)
        }
    }

    /// `lrmd_send_fencing_alert()`: a node was fenced, or not. Results as of `lrmd_send_attribute_alert()`.
    ///
    /// # Safety
    /// As `lrmd_send_attribute_alert()`.
    export fn lrmd_send_fencing_alert(
        lrmd: *mut Lrmd, list: *mut GList, target: *const c_char, task: *const c_char, words: *const c_char, code: c_int
    ) -> c_int, or ALL_FAILED => {
        if lrmd.is_null() {
            return ALL_FAILED;
        }
        // SAFETY: the caller's contract
        unsafe {
            let mut variables = told([("node", target), ("task", task), ("desc", words)]);
            variables.tell("rc", &code.to_string());
            send(lrmd, list, FENCING, None, variables)
        }
    }

    /// `lrmd_send_resource_alert()`: an operation has ended. Results as of `lrmd_send_attribute_alert()`.
    ///
    /// # Safety
    /// As `lrmd_send_attribute_alert()`; `event` is an event of this library.
    export fn lrmd_send_resource_alert(
        lrmd: *mut Lrmd, list: *mut GList, node: *const c_char, event: *mut Event
    ) -> c_int, or ALL_FAILED => {
        if lrmd.is_null() || event.is_null() {
            return ALL_FAILED;
        }
        // SAFETY: the caller's contract
        unsafe { told_of(node, event).map_or(0, |variables| send(lrmd, list, RESOURCE, None, variables)) }
    }
}
