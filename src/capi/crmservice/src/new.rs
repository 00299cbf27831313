//! Making and freeing of actions.

use crate::agents::service_class;
use crate::types::{Action, Op};
use crate::{results, run, turns};
use capi_pcmk::{functions, log, text};
use core_agents::{Agent, Class, ExecStatus, Outcome, ocf};
use glib_sys::GHashTable;
use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::path::Path;
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, Ordering};

/// The last number of a resource's action.
static SEQUENCE: AtomicI32 = AtomicI32::new(0);
/// Arguments that a program may have, beside its own name.
const ARGUMENTS_MAX: usize = 254;
const CREATE: &CStr = c"services__create_resource_action";

fn new_action() -> Op {
    let op = Op::new();
    results::set(op, &Outcome::plain(ocf::UNKNOWN, ExecStatus::Unknown));
    op
}

/// What a caller says of an action on a resource.
struct Wanted<'a> {
    resource: &'a str,
    standard: Option<&'a str>,
    provider: Option<&'a str>,
    agent: Option<&'a str>,
    action: &'a str,
}

/// Fills in an action on a resource; if it can't be carried out, that is its result.
fn prepare(op: Op, wanted: &Wanted<'_>) {
    let Wanted { resource, standard, provider, agent, action } = *wanted;
    let class = match (Agent { resource, class: standard, provider, kind: agent }).complete(action) {
        Ok(class) => class,
        Err(outcome) => {
            log!(Info, CREATE, "Cannot create operation for '{resource}' without all of its agent and action (bug?)");
            return results::set(op, &outcome);
        }
    };
    let agent = agent.unwrap_or_default();
    op.id.set(format!("{resource}_{action}_{}", op.interval_ms.get()).as_bytes());
    op.rsc.set(resource.as_bytes());
    op.agent.set(agent.as_bytes());
    op.action.set(class.action(action).as_bytes());
    match class {
        Class::Service => op.standard.set(expand(resource, agent).name().as_bytes()),
        _ => op.standard.set(standard.unwrap_or_default().as_bytes()),
    }
    if let Some(provider) = provider.filter(|_| class.has_providers()) {
        op.provider.set(provider.as_bytes());
    }
    if let Err(errno) = find_program(op, agent, provider.unwrap_or_default()) {
        let words = capi_pcmk::results::words(errno);
        log!(Info, CREATE, "Cannot prepare {action} operation for {resource}: {words}");
        results::set(op, &results::failed(op, errno));
    }
}

/// The class that a service has.
fn expand(resource: &str, agent: &str) -> Class {
    let found = service_class(agent);
    match found {
        Some(class) => {
            let name = class.name();
            log!(Debug, c"expand_resource_class", "Found {name} agent {agent} for {resource}");
        }
        None => {
            log!(Info, c"expand_resource_class", "Assuming resource class lsb for agent {agent} for {resource}");
        }
    }
    found.unwrap_or(Class::Lsb)
}

/// Finds out what is to be run. OCF agents must be there by now.
fn find_program(op: Op, agent: &str, provider: &str) -> Result<(), i32> {
    let class = op.class();
    if class == Class::Systemd {
        *op.private().exec.borrow_mut() = Some(c"systemd-dbus".to_owned());
        return Ok(());
    }
    let path = core_agents::path(class, provider, agent).ok_or(libc::ENOENT)?;
    if class == Class::Ocf && !Path::new(&path).exists() {
        return Err(libc::ENOENT);
    }
    let arguments = match class {
        Class::Nagios => plugin_arguments(op)?,
        _ => op.action.get().into_iter().collect(),
    };
    let private = op.private();
    *private.exec.borrow_mut() = CString::new(path).ok();
    *private.arguments.borrow_mut() = arguments;
    Ok(())
}

/// What a plugin of Nagios's is run with.
fn plugin_arguments(op: Op) -> Result<Vec<CString>, i32> {
    let is_probe = op.action.text().is_some_and(|action| action.eq_ignore_ascii_case("monitor")) && !op.is_recurring();
    let given = op.parameters();
    let given =
        given.iter().map(|(name, value)| (name.as_bytes(), value.as_ref().map_or(&[][..], |value| value.as_bytes())));
    let arguments = core_agents::plugin_arguments(is_probe, given).ok_or(libc::E2BIG)?;
    forget_parameters(op);
    Ok(arguments.into_iter().map(|argument| CString::new(argument).unwrap_or_default()).collect())
}

fn forget_parameters(op: Op) {
    destroy(op.params.replace(null_mut()));
}

fn destroy(table: *mut GHashTable) {
    if !table.is_null() {
        // SAFETY: g_hash_table_destroy(): a table that was given to this library
        unsafe { glib_sys::g_hash_table_destroy(table) };
    }
}

functions! {
    /// `services__create_resource_action()`: an action on a resource. If it can't be carried out, its result is set.
    ///
    /// # Safety
    /// The texts are null or strings, `params` is null or a table of strings, which becomes the action's.
    export fn services__create_resource_action(
        name: *const c_char, standard: *const c_char, provider: *const c_char, agent: *const c_char,
        action: *const c_char, interval_ms: c_uint, timeout: c_int, params: *mut GHashTable, flags: c_uint
    ) -> *mut Action, or null_mut() => {
        // SAFETY: null or strings, by the caller's contract
        let [name, standard, provider, agent, action] =
            [name, standard, provider, agent, action].map(|given| unsafe { text(given) });
        let op = new_action();
        op.interval_ms.set(interval_ms);
        op.timeout.set(timeout);
        op.flags.set(flags);
        op.sequence.set(SEQUENCE.fetch_add(1, Ordering::Relaxed).wrapping_add(1));
        op.params.set(params);
        if !standard.as_deref().is_some_and(|standard| Class::of(standard).has_parameters()) {
            forget_parameters(op);
        }
        prepare(op, &Wanted {
            resource: name.as_deref().unwrap_or_default(),
            standard: standard.as_deref(),
            provider: provider.as_deref(),
            agent: agent.as_deref(),
            action: action.as_deref().unwrap_or_default(),
        });
        op.as_ptr()
    }

    /// `resources_action_create()`: the same; null if it can't be carried out.
    ///
    /// # Safety
    /// As `services__create_resource_action()`.
    export fn resources_action_create(
        name: *const c_char, standard: *const c_char, provider: *const c_char, agent: *const c_char,
        action: *const c_char, interval_ms: c_uint, timeout: c_int, params: *mut GHashTable, flags: c_uint
    ) -> *mut Action, or null_mut() => {
        // SAFETY: the caller's contract, passed on; what is made lives
        unsafe {
            let made = services__create_resource_action(
                name, standard, provider, agent, action, interval_ms, timeout, params, flags,
            );
            let Some(op) = Op::of(made) else { return null_mut() };
            if op.rc.get() != ocf::UNKNOWN {
                services_action_free(made);
                return null_mut();
            }
            results::set(op, &Outcome::plain(ocf::OK, ExecStatus::Done));
            made
        }
    }

    /// `services_action_create()`: an action of an init script.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn services_action_create(
        name: *const c_char, action: *const c_char, interval_ms: c_uint, timeout: c_int
    ) -> *mut Action, or null_mut() => {
        // SAFETY: the caller's contract, passed on
        unsafe {
            resources_action_create(
                name, c"lsb".as_ptr(), null(), name, action, interval_ms, timeout, null_mut(), 0,
            )
        }
    }

    /// `services_action_create_generic()`: an action that runs any program.
    ///
    /// # Safety
    /// `exec` is null or a string; `args` is null or an array of strings that ends with null.
    export fn services_action_create_generic(
        exec: *const c_char, args: *const *const c_char
    ) -> *mut Action, or null_mut() => {
        let op = new_action();
        let private = op.private();
        // SAFETY: null or a string, by the caller's contract
        *private.exec.borrow_mut() = (!exec.is_null()).then(|| unsafe { CStr::from_ptr(exec) }.to_owned());
        let mut arguments = private.arguments.borrow_mut();
        let mut at = args;
        // SAFETY: null, or an item of the array up to its null
        while let Some(argument) = unsafe { at.as_ref() }.filter(|argument| !argument.is_null()) {
            if arguments.len() == ARGUMENTS_MAX {
                let reason = "Too many arguments";
                // SAFETY: null or a string
                let exec = unsafe { text(exec) }.unwrap_or_default();
                log!(Info, c"services_action_create_generic", "Cannot prepare action for '{exec}': {reason}");
                results::set(op, &Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::ErrorHard, reason));
                break;
            }
            // SAFETY: a string of the array, which has another item after this one
            unsafe {
                arguments.push(CStr::from_ptr(*argument).to_owned());
                at = at.add(1);
            }
        }
        op.as_ptr()
    }

    /// `services_alert_create()`: an action that runs an alert agent.
    ///
    /// # Safety
    /// The texts are null or strings, `params` is null or a table of strings, which becomes the action's.
    export fn services_alert_create(
        id: *const c_char, exec: *const c_char, timeout: c_int, params: *mut GHashTable, sequence: c_int,
        cb_data: *mut c_void
    ) -> *mut Action, or null_mut() => {
        // SAFETY: the caller's contract, passed on; what is made lives
        let Some(op) = (unsafe { Op::of(services_action_create_generic(exec, null())) }) else { return null_mut() };
        if !id.is_null() {
            // SAFETY: a string, by the caller's contract
            op.id.set(unsafe { CStr::from_ptr(id) }.to_bytes());
        }
        op.standard.set(Class::Alert.name().as_bytes());
        op.timeout.set(timeout);
        op.params.set(params);
        op.sequence.set(sequence);
        op.cb_data.set(cb_data);
        op.as_ptr()
    }

    /// `services_action_user()`: says whom an action runs as, if this process is root's.
    ///
    /// # Safety
    /// `action` is null or of this library; `user` is null or a string.
    export fn services_action_user(action: *mut Action, user: *const c_char) -> c_int, or -libc::EINVAL => {
        // SAFETY: the caller's contract, passed on
        let (Some(op), Some(user)) = (unsafe { (Op::of(action), text(user)) }) else { return -libc::EINVAL };
        let code = match sys_os::user_ids(&user) {
            Ok(Some(ids)) => {
                op.private().user.set(Some(ids));
                return 0;
            }
            Ok(None) => -libc::EINVAL,
            Err(errno) => -(errno as c_int),
        };
        log!(Info, c"crm_user_lookup", "User {user} lookup: {}", capi_pcmk::results::words(code));
        code
    }

    /// `services_action_cleanup()`: stops listening to what an action prints and waiting for answers.
    ///
    /// # Safety
    /// `action` is null or of this library.
    export fn services_action_cleanup(action: *mut Action) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        if let Some(op) = unsafe { Op::of(action) } {
            run::stop_listening(op);
        }
    }

    /// `services_action_free()`. One that runs, waits or recurs stays: it must be cancelled.
    ///
    /// # Safety
    /// `action` is null or of this library, and nobody uses it any more.
    export fn services_action_free(action: *mut Action) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(action) }) else { return };
        if turns::is_known(op) {
            log!(Error, c"services_action_free", "{} is not freed: it runs, waits or recurs", op.name());
            return;
        }
        run::let_go(op);
        // SAFETY: nobody uses it, by the caller's contract and as no table has it
        unsafe { op.free() };
    }
}
