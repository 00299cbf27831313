//! Which actions run, wait and recur: of actions on one resource, one runs at a time.
//!
//! Counterpart: `lib/services/services.c` (2.1.5). No lock is held while a caller's function runs: it may come back here.

use crate::types::{Action, Callback, NON_BLOCKED, Op};
use crate::{metadata, results, run, units};
use capi_pcmk::{Source, functions, log, text};
use core_agents::{Class, ocf};
use glib_sys::{GFALSE, GTRUE, gboolean};
use std::collections::BTreeMap;
use std::ffi::{CString, c_char, c_uint};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Why an action that was to be run isn't over and not under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotDone {
    /// It was waited for, and failed.
    Failed,
    /// It couldn't begin, and will be tried again at its next turn.
    Busy,
}

#[derive(Default)]
struct Turns {
    /// Those that run, of resources.
    in_flight: Vec<Op>,
    /// Those that wait for another of their resource's, in order.
    blocked: Vec<Op>,
    /// By their names.
    recurring: BTreeMap<CString, Op>,
    /// Those that waited are being run.
    handing_out: bool,
}

static TURNS: Mutex<Turns> =
    Mutex::new(Turns { in_flight: Vec::new(), blocked: Vec::new(), recurring: BTreeMap::new(), handing_out: false });

fn turns() -> MutexGuard<'static, Turns> {
    TURNS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Turns {
    fn is_blocked(&self, resource: &str) -> bool {
        let is_same = |other: &Op| other.rsc.text().is_some_and(|other| other.eq_ignore_ascii_case(resource));
        self.in_flight.iter().any(is_same)
    }

    /// The first that waits and need not any more.
    fn next(&mut self) -> Option<Op> {
        let may_run = |op: &Op| !op.rsc.text().is_some_and(|resource| self.is_blocked(&resource));
        let at = self.blocked.iter().position(may_run)?;
        Some(self.blocked.remove(at))
    }
}

/// Whether an action runs on a resource, waits or recurs.
pub(crate) fn is_known(op: Op) -> bool {
    let turns = turns();
    turns.in_flight.contains(&op) || turns.blocked.contains(&op) || turns.recurring.values().any(|other| *other == op)
}

/// An action began.
pub(crate) fn entered(op: Op) {
    if op.rsc.get().is_some() {
        turns().in_flight.push(op);
    }
}

/// What an action that was waited for came to.
pub(crate) fn done(op: Op) -> Result<(), NotDone> {
    if op.rc.get() == ocf::OK { Ok(()) } else { Err(NotDone::Failed) }
}

/// Runs an action.
pub(crate) fn execute(op: Op) -> Result<(), NotDone> {
    match op.class() {
        Class::Systemd => units::execute(op),
        _ => run::execute_file(op),
    }
}

fn is_in_flight(op: Op) -> bool {
    op.private().job.borrow().is_some() || op.private().finishing.get()
}

/// An action ended, or couldn't begin: its caller is told, and it is freed, unless it recurs.
pub(crate) fn finalize(op: Op) -> Result<(), NotDone> {
    if op.is_recurring() {
        if op.cancel.get() != 0 {
            results::set_cancelled(op);
            forget_recurring(op);
        } else {
            let next = Source::after(op.interval_ms.get(), move || run_again(op));
            op.private().repeat.replace(Some(next));
        }
    }
    op.private().finishing.set(true);
    op.call(op.private().callback.get());
    op.private().finishing.set(false);
    op.pid.set(0);
    leave(op);
    hand_out();
    if op.is_recurring() && op.cancel.get() == 0 {
        return Err(NotDone::Busy);
    }
    // SAFETY: of this library, and in no table any more
    unsafe { crate::new::services_action_free(op.as_ptr()) };
    Ok(())
}

/// An action neither runs nor waits any more.
fn leave(op: Op) {
    let mut turns = turns();
    turns.in_flight.retain(|other| *other != op);
    turns.blocked.retain(|other| *other != op);
}

/// Runs those that waited for one that ended.
fn hand_out() {
    if std::mem::replace(&mut turns().handing_out, true) {
        return;
    }
    loop {
        let next = turns().next();
        match next {
            // one that can't begin tells so itself
            Some(op) => drop(execute(op)),
            None => break,
        }
    }
    turns().handing_out = false;
}

fn forget_recurring(op: Op) {
    let (standard, name) = (op.standard.text().unwrap_or_default(), op.name());
    log!(Info, c"cancel_recurring_action", "Cancelling {standard} operation {name}");
    turns().recurring.retain(|_, other| *other != op);
    op.private().repeat.take();
}

/// A recurring action's next turn.
fn run_again(op: Op) {
    log!(Debug, c"recurring_action_timer", "Scheduling another invocation of {}", op.name());
    op.stdout_data.clear();
    op.stderr_data.clear();
    op.private().repeat.take();
    let _told_by_itself = begin(op);
}

/// Begins an action, or lets it wait for its turn.
fn begin(op: Op) -> Result<(), NotDone> {
    if op.is_recurring()
        && let Some(name) = op.id.get()
    {
        let there = turns().recurring.get(&name).copied().filter(|there| *there != op);
        if let Some(there) = there {
            merge(there, op);
            return Ok(());
        }
        turns().recurring.insert(name, op);
    }
    if op.flags.get() & NON_BLOCKED == 0
        && let Some(resource) = op.rsc.text()
    {
        let mut turns = turns();
        if turns.is_blocked(&resource) {
            turns.blocked.push(op);
            return Ok(());
        }
    }
    execute(op)
}

/// Lets a recurring action that is there already stand for another of the same name, which goes.
fn merge(there: Op, other: Op) {
    if let Some(callback) = other.private().callback.get() {
        there.private().callback.set(Some(callback));
        there.cb_data.set(other.cb_data.replace(std::ptr::null_mut()));
    }
    // SAFETY: of this library, and in no table
    unsafe { crate::new::services_action_free(other.as_ptr()) };
}

/// The recurring action of that name.
///
/// # Safety
/// The texts are null or strings.
unsafe fn recurring(name: *const c_char, action: *const c_char, interval: c_uint) -> Option<Op> {
    // SAFETY: the caller's contract, passed on
    let (name, action) = unsafe { (text(name)?, text(action)?) };
    turns().recurring.get(&CString::new(format!("{name}_{action}_{interval}")).ok()?).copied()
}

functions! {
    /// `services_action_async()`: runs an action beside the main loop. False: it couldn't begin, and recurs still.
    ///
    /// # Safety
    /// `op` is null or of this library; the callback takes it.
    export fn services_action_async(op: *mut Action, action_callback: Option<Callback>) -> gboolean, or GTRUE => {
        // SAFETY: the caller's contract, passed on
        unsafe { services_action_async_fork_notify(op, action_callback, None) }
    }

    /// `services_action_async_fork_notify()`: the same; the second callback is called when there is a process.
    ///
    /// # Safety
    /// `op` is null or of this library; the callbacks take it.
    export fn services_action_async_fork_notify(
        op: *mut Action, action_callback: Option<Callback>, action_fork_callback: Option<Callback>
    ) -> gboolean, or GTRUE => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(op) }) else { return GTRUE };
        op.synchronous.set(0);
        let private = op.private();
        private.callback.set(action_callback.or(private.callback.get()));
        private.fork_callback.set(action_fork_callback.or(private.fork_callback.get()));
        if begin(op).is_ok() { GTRUE } else { GFALSE }
    }

    /// `services_alert_async()`: runs an alert agent beside the main loop.
    ///
    /// # Safety
    /// `action` is null or of this library; the callback takes it.
    export fn services_alert_async(action: *mut Action, cb: Option<Callback>) -> gboolean, or GTRUE => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(action) }) else { return GTRUE };
        op.synchronous.set(0);
        op.private().callback.set(cb);
        if run::execute_file(op).is_ok() { GTRUE } else { GFALSE }
    }

    /// `services_action_sync()`: runs an action and waits for its end; whether it went well.
    ///
    /// # Safety
    /// `op` is null or of this library.
    export fn services_action_sync(op: *mut Action) -> gboolean, or GFALSE => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { Op::of(op) }) else { return GFALSE };
        op.synchronous.set(1);
        let is_metadata = op.action.text().is_some_and(|action| action.eq_ignore_ascii_case("meta-data"));
        let went_well = if is_metadata { metadata::execute_metadata(op) } else { execute(op).is_ok() };
        if went_well { GTRUE } else { GFALSE }
    }

    /// `services_action_cancel()`: ends a recurring action. Its caller is told, and it is freed.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn services_action_cancel(
        name: *const c_char, action: *const c_char, interval_ms: c_uint
    ) -> gboolean, or GFALSE => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { recurring(name, action, interval_ms) }) else { return GFALSE };
        op.cancel.set(1);
        forget_recurring(op);
        if op.private().finishing.get() {
            return GTRUE;
        }
        if is_in_flight(op) {
            let (name, pid) = (op.name(), op.pid.get());
            log!(Info, c"services_action_cancel",
                "Terminating in-flight op {name}[{pid}] early because it was cancelled");
            if run::cancel(op) {
                return GTRUE;
            }
        }
        results::set_cancelled(op);
        op.call(op.private().callback.get());
        leave(op);
        // SAFETY: of this library, and in no table any more
        unsafe { crate::new::services_action_free(op.as_ptr()) };
        hand_out();
        GTRUE
    }

    /// `services_action_kick()`: runs a recurring action at once, unless it runs already.
    ///
    /// # Safety
    /// The texts are null or strings.
    export fn services_action_kick(
        name: *const c_char, action: *const c_char, interval_ms: c_uint
    ) -> gboolean, or GFALSE => {
        // SAFETY: the caller's contract, passed on
        let Some(op) = (unsafe { recurring(name, action, interval_ms) }) else { return GFALSE };
        let waits = turns().blocked.contains(&op);
        if !waits && !is_in_flight(op) {
            run_again(op);
        }
        GTRUE
    }
}
