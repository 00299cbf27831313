//! Results of actions.

use crate::types::{Action, Op};
use capi_pcmk::{functions, log, text};
use core_agents::{Class, ExecStatus, Outcome, ocf};
use std::ffi::{CString, c_char, c_int, c_void};
use std::ptr::{null, null_mut};

/// Notes a result.
pub(crate) fn set(op: Op, outcome: &Outcome) {
    op.rc.set(outcome.code);
    op.status.set(outcome.status as c_int);
    set_reason(op, outcome.reason.as_ref().map(|reason| CString::new(reason.replace('\0', "")).unwrap_or_default()));
}

/// An equal reason stays where it is: a caller may hold it.
fn set_reason(op: Op, reason: Option<CString>) {
    let mut kept = op.private().exit_reason.borrow_mut();
    if *kept != reason {
        *kept = reason;
    }
}

/// Notes that an action was cancelled; its exit status stays.
pub(crate) fn set_cancelled(op: Op) {
    op.status.set(ExecStatus::Cancelled as c_int);
    set_reason(op, None);
}

/// What it means that a system call for an action failed (`services__handle_exec_error()`).
pub(crate) fn failed(op: Op, errno: i32) -> Outcome {
    let exec = op.private().exec.borrow().as_ref().map(|exec| exec.to_string_lossy().into_owned());
    let name = exec.or_else(|| op.agent.text()).unwrap_or_else(|| op.name());
    let action = op.action.text().unwrap_or_default();
    op.class().unavailable(&action, &name, errno, &capi_pcmk::results::words(errno))
}

functions! {
    /// `services__set_result()`.
    ///
    /// # Safety
    /// `action` is null or of this library; `reason` is null or a string.
    export fn services__set_result(
        action: *mut Action, agent_status: c_int, exec_status: c_int, reason: *const c_char
    ) -> (), or () => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(action) }) else { return };
        op.rc.set(agent_status);
        op.status.set(exec_status);
        // SAFETY: null or a string, by the caller's contract
        set_reason(op, (!reason.is_null()).then(|| unsafe { std::ffi::CStr::from_ptr(reason) }.to_owned()));
    }

    /// `services__exit_reason()`: why it ended so; null where nothing is said.
    ///
    /// # Safety
    /// `action` is null or of this library. The text stays until the next result.
    export fn services__exit_reason(action: *mut Action) -> *const c_char, or null() => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(action) }) else { return null() };
        op.private().exit_reason.borrow().as_ref().map_or(null(), |reason| reason.as_ptr())
    }

    /// `services__grab_stdout()`: gives what an action printed away, to be freed by the caller.
    ///
    /// # Safety
    /// `action` is null or of this library.
    export fn services__grab_stdout(action: *mut Action) -> *mut c_char, or null_mut() => {
        // SAFETY: the caller's contract, passed on
        unsafe { Op::of(action) }.map_or(null_mut(), |op| op.stdout_data.take())
    }

    /// `services__grab_stderr()`: the same for standard error.
    ///
    /// # Safety
    /// `action` is null or of this library.
    export fn services__grab_stderr(action: *mut Action) -> *mut c_char, or null_mut() => {
        // SAFETY: the caller's contract, passed on
        unsafe { Op::of(action) }.map_or(null_mut(), |op| op.stderr_data.take())
    }

    /// `services_result2ocf()`: what an agent's exit status counts as.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn services_result2ocf(
        standard: *const c_char, action: *const c_char, exit_status: c_int
    ) -> c_int, or ocf::UNKNOWN_ERROR => {
        // SAFETY: null or strings, by the caller's contract
        let (standard, action) = unsafe { (text(standard), text(action)) };
        let class = standard.as_deref().map_or(Class::Other, Class::of);
        if !matches!(class, Class::Ocf | Class::Systemd | Class::Nagios | Class::Lsb) {
            let standard = standard.as_deref().unwrap_or("unspecified");
            log!(Warning, c"services_result2ocf", "Treating result from unknown standard '{standard}' as OCF");
        }
        class.to_ocf(action.as_deref().unwrap_or_default(), exit_status)
    }
}

unsafe extern "C" {
    /// In format.c.
    fn systole_services_format_result(action: *mut c_void, agent_status: c_int, exec_status: c_int, ...);
}

/// `services__format_result()`: the same as `services__set_result()`, with a format and its arguments in place of the
/// reason. They are left where the caller put them, for the function in C that takes them.
///
/// # Safety
/// `action` is null or of this library; format and arguments are printf(3)'s.
#[cfg(target_arch = "x86_64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn services__format_result() {
    std::arch::naked_asm!("jmp {}", sym systole_services_format_result)
}

/// The same.
///
/// # Safety
/// The same.
#[cfg(target_arch = "aarch64")]
#[unsafe(no_mangle)]
#[unsafe(naked)]
unsafe extern "C" fn services__format_result() {
    std::arch::naked_asm!("b {}", sym systole_services_format_result)
}
