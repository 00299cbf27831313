//! A last word before the process dies of its own fault.

use std::sync::OnceLock;
use std::{mem, ptr};

static LAST: OnceLock<fn()> = OnceLock::new();

/// Calls `last` when SIGSEGV or SIGABRT is about to end the process, which then dies of that signal. Only the first
/// call counts. `last` runs in a signal handler, in any thread and at any place of the program: it should neither
/// allocate nor wait for a lock. A second fault in it ends the process at once.
pub fn on_crash(last: fn()) {
    if LAST.set(last).is_err() {
        return;
    }
    for signal in [libc::SIGSEGV, libc::SIGABRT] {
        // SAFETY: a plain structure for which all zeros is a value.
        let mut action: libc::sigaction = unsafe { mem::zeroed() };
        action.sa_sigaction = handle as extern "C" fn(libc::c_int) as usize;
        // The stack may be what ran out; and the action is the default again before the handler starts.
        action.sa_flags = libc::SA_ONSTACK | libc::SA_RESETHAND;
        // SAFETY: sigaction(2): a filled structure, an old action that nobody asks for.
        unsafe { libc::sigaction(signal, &action, ptr::null_mut()) };
    }
}

extern "C" fn handle(signal: libc::c_int) {
    if let Some(last) = LAST.get() {
        last();
    }
    // SAFETY: raise(3) is safe in a signal handler. The signal is blocked until the handler returns, then it ends
    // the process.
    unsafe { libc::raise(signal) };
}
