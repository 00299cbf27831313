//! Actions on units of systemd's, over the system bus.
//!
//! Counterpart: `lib/services/systemd.c` (2.1.5). What is asked and what answers mean is `core_agents`'. One connection
//! serves the process; where there is no bus at the first question, there is none from then on.

use crate::results;
use crate::run::Job;
use crate::turns::{self, NotDone};
use crate::types::Op;
use capi_pcmk::{Priority, Source, log};
use core_agents::{
    ExecStatus, Outcome, Override, UnitAction, UnitAnswer, UnitCall, UnitStep, is_unit_there, ocf, unit_agents,
    unit_file, unit_metadata,
};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::time::Duration;
use sys_systemd::{Bus, PATIENCE, no_reply};

/// How much longer than its time an action may take until it is given up.
const GRACE: u32 = 5000;
const EXECUTE: &CStr = c"services__execute_systemd";

/// An action whose answer is awaited.
pub(crate) struct UnitJob {
    unit: UnitAction,
    /// The number of the question that is open.
    number: u32,
    _given_up: Source,
}

/// Who waits for an answer.
#[derive(Clone, Copy)]
enum Waiting {
    Action(Op),
    /// Nobody, but for the log.
    Reload,
}

#[derive(Default)]
struct Systemd {
    tried: bool,
    bus: Option<Rc<Bus>>,
    source: Option<Source>,
    /// Answers that came while another one was waited for are taken soon.
    soon: Option<Source>,
    waiting: BTreeMap<u32, (Waiting, UnitCall)>,
}

thread_local! {
    static SYSTEMD: RefCell<Systemd> = RefCell::default();
}

fn with<T>(body: impl FnOnce(&mut Systemd) -> T) -> T {
    SYSTEMD.with_borrow_mut(body)
}

/// The connection to the bus; `None` where there is none.
fn bus() -> Option<Rc<Bus>> {
    let (lost, tried) = with(|systemd| (systemd.bus.as_ref().is_some_and(|bus| !bus.is_connected()), systemd.tried));
    if lost {
        log!(Warning, c"systemd_init", "Connection to System DBus is closed. Reconnecting...");
        disconnect();
    } else if tried {
        return with(|systemd| systemd.bus.clone());
    }
    let made = Bus::connect().map(Rc::new);
    if let Err(words) = &made {
        log!(Error, c"pcmk_dbus_connect", "Could not connect to DBus: {words}");
    }
    let bus = made.ok();
    let source = bus.as_ref().map(|bus| Source::readable(bus.as_fd(), Priority::Normal, take_answers));
    with(|systemd| {
        (systemd.tried, systemd.bus, systemd.source) = (true, bus.clone(), source);
    });
    bus
}

/// Forgets a connection that is lost. Whoever waits on it hears that there is no answer.
fn disconnect() {
    let (source, bus, waiting) =
        with(|systemd| (systemd.source.take(), systemd.bus.take(), std::mem::take(&mut systemd.waiting)));
    // the source goes before the descriptor that it watches
    drop(source);
    drop(bus);
    for (who, _) in waiting.into_values() {
        answered(who, no_reply());
    }
}

/// Takes what came; whether to listen on.
fn take_answers() -> bool {
    let Some(bus) = with(|systemd| systemd.bus.clone()) else { return false };
    for (number, reply) in bus.take() {
        if let Some((who, call)) = with(|systemd| systemd.waiting.remove(&number)) {
            answered(who, reply.to(&call));
        }
    }
    if bus.is_connected() {
        return true;
    }
    // by the next question it is tried again
    if with(|systemd| systemd.bus.as_ref().is_some_and(|current| Rc::ptr_eq(current, &bus))) {
        let waiting = with(|systemd| std::mem::take(&mut systemd.waiting));
        for (who, _) in waiting.into_values() {
            answered(who, no_reply());
        }
    }
    false
}

fn answered(who: Waiting, answer: UnitAnswer) {
    match (who, answer) {
        (Waiting::Action(op), answer) => proceed(op, answer),
        (Waiting::Reload, UnitAnswer::Refused(_, words)) => {
            log!(Warning, c"systemd_daemon_reload_complete", "Could not issue systemd reload: {words}");
        }
        (Waiting::Reload, _) => {}
    }
}

/// Asks and waits.
fn ask(bus: &Bus, call: &UnitCall, limit: Duration) -> UnitAnswer {
    let answer = bus.ask(call, limit);
    if with(|systemd| !systemd.waiting.is_empty()) {
        let soon = Source::after(0, || {
            take_answers();
        });
        let _replaced = with(|systemd| systemd.soon.replace(soon));
    }
    answer
}

/// How long an answer may take.
fn limit(op: Op) -> Duration {
    u64::try_from(op.timeout.get()).ok().filter(|time| *time > 0).map_or(PATIENCE, Duration::from_millis)
}

fn object(bus: &Bus, name: &str) -> Option<String> {
    match ask(bus, &UnitCall::Load(unit_file(name, true)), PATIENCE) {
        UnitAnswer::Path(object) => Some(object),
        _ => None,
    }
}

fn property(bus: &Bus, object: &str, name: &'static str, limit: Duration) -> Option<String> {
    match ask(bus, &UnitCall::Property(object.to_owned(), name), limit) {
        UnitAnswer::Text(value) => Some(value),
        answer => {
            if let UnitAnswer::Refused(_, words) = answer {
                log!(Error, c"handle_query_result", "DBus query for {object} property '{name}' failed: {words}");
            }
            None
        }
    }
}

/// Units that can be resources.
pub(crate) fn list() -> Vec<String> {
    let Some(bus) = bus() else { return Vec::new() };
    match ask(&bus, &UnitCall::List, PATIENCE) {
        UnitAnswer::Names(files) => unit_agents(&files),
        UnitAnswer::Refused(name, words) => {
            const METHOD: &str = "ListUnitFiles";
            log!(Error, c"systemd_call_simple_method", "Could not send {METHOD} to systemd: {words} ({name})");
            Vec::new()
        }
        _ => {
            let words = "systemd reply has invalid arguments";
            log!(Error, c"systemd_unit_listall", "Could not list systemd unit files: {words}");
            Vec::new()
        }
    }
}

/// Whether there is such a unit.
pub(crate) fn exists(name: &str) -> bool {
    let Some(bus) = bus().filter(|_| !name.is_empty()) else { return false };
    let state = object(&bus, name).and_then(|object| property(&bus, &object, "LoadState", PATIENCE));
    state.is_some_and(|state| is_unit_there(&state))
}

fn metadata(bus: &Bus, name: &str, limit: Duration) -> String {
    let description = object(bus, name).and_then(|object| property(bus, &object, "Description", limit));
    unit_metadata(name, &description.unwrap_or_else(|| format!("Systemd unit file for {name}")))
}

/// Runs an action on a unit: waits for its end, or begins it.
pub(crate) fn execute(op: Op) -> Result<(), NotDone> {
    if let Some(outcome) = attempt(op) {
        results::set(op, &outcome);
        return if op.synchronous.get() != 0 { turns::done(op) } else { turns::finalize(op) };
    }
    Ok(())
}

/// What came of it; `None`: it is under way.
fn attempt(op: Op) -> Option<Outcome> {
    let (Some(action), Some(agent)) = (op.action.text(), op.agent.text()) else {
        return Some(Outcome::because(ocf::NOT_CONFIGURED, ExecStatus::ErrorFatal, "Bug in action caller"));
    };
    let Some(bus) = bus() else {
        return Some(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, "No DBus connection"));
    };
    let awaited = op.synchronous.get() != 0;
    let (kind, resource) = (if awaited { "" } else { "a" }, for_resource(op));
    log!(Debug, EXECUTE, "Performing {kind}synchronous {action} op on systemd unit {agent}{resource}");
    if action.eq_ignore_ascii_case("meta-data") {
        op.stdout_data.set(metadata(&bus, &agent, limit(op)).as_bytes());
        return Some(Outcome::plain(ocf::OK, ExecStatus::Done));
    }
    let (mut unit, mut call) = UnitAction::begin(&agent, &action, awaited);
    if !awaited {
        let given_up = Source::after(op.timeout.get().cast_unsigned().saturating_add(GRACE), move || give_up(op));
        let outcome = begin(op, &bus, unit, call, given_up);
        if outcome.is_none() {
            turns::entered(op);
        }
        return outcome;
    }
    loop {
        let answer = ask(&bus, &call, limit(op));
        tell(op, &answer);
        match unit.next(answer) {
            UnitStep::Over(outcome) => return Some(outcome),
            UnitStep::Ask(change, next) => {
                see_to(op, &bus, change);
                call = next;
            }
        }
    }
}

fn for_resource(op: Op) -> String {
    op.rsc.text().map_or_else(String::new, |resource| format!(" for resource {resource}"))
}

/// Says why systemd refused.
fn tell(op: Op, answer: &UnitAnswer) {
    if let UnitAnswer::Refused(_, words) = answer {
        let (action, agent) = (op.action.text().unwrap_or_default(), op.agent.text().unwrap_or_default());
        let resource = for_resource(op);
        log!(
            Info,
            c"set_result_from_method_error",
            "DBus request for {action} of systemd unit {agent}{resource} failed: {words}"
        );
    }
}

/// Sees to the override.
fn see_to(op: Op, bus: &Bus, change: Option<Override>) {
    let (Some(change), Some(agent)) = (change, op.agent.text()) else { return };
    let changed = match change {
        Override::Write => sys_agents::write_override(&agent).map_err(|(file, error)| {
            let file = file.display();
            log!(Error, c"systemd_create_override", "Cannot open systemd override file {file} for writing: {error}");
        }),
        // a stop of what is stopped finds none
        Override::Remove => sys_agents::remove_override(&agent).map_err(|(file, error)| {
            let file = file.display();
            log!(Debug, c"systemd_remove_override", "Cannot remove systemd override file {file}: {error}");
        }),
    };
    if changed.is_ok()
        && let Some(number) = bus.send(&UnitCall::Reload)
    {
        with(|systemd| systemd.waiting.insert(number, (Waiting::Reload, UnitCall::Reload)));
    }
}

/// Sends a question of an action's; what came of it if that can't be.
fn begin(op: Op, bus: &Bus, unit: UnitAction, call: UnitCall, given_up: Source) -> Option<Outcome> {
    let Some(number) = bus.send(&call) else {
        return Some(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, "Unable to send DBus message"));
    };
    results::set(op, &Outcome::plain(ocf::UNKNOWN, ExecStatus::Pending));
    with(|systemd| systemd.waiting.insert(number, (Waiting::Action(op), call)));
    let job = UnitJob { unit, number, _given_up: given_up };
    op.private().job.replace(Some(Job::Unit(Box::new(job))));
    None
}

/// An answer for an action that is under way.
fn proceed(op: Op, answer: UnitAnswer) {
    let Some(Job::Unit(job)) = op.private().job.take() else { return };
    let UnitJob { mut unit, _given_up: given_up, .. } = *job;
    tell(op, &answer);
    let outcome = match (unit.next(answer), bus()) {
        (UnitStep::Over(outcome), _) => Some(outcome),
        (UnitStep::Ask(..), None) => {
            Some(Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Error, "No DBus connection"))
        }
        (UnitStep::Ask(change, call), Some(bus)) => {
            see_to(op, &bus, change);
            begin(op, &bus, unit, call, given_up)
        }
    };
    if let Some(outcome) = outcome {
        results::set(op, &outcome);
        let _freed_or_recurring = turns::finalize(op);
    }
}

/// An action's time is over, and more.
fn give_up(op: Op) {
    forget(op);
    let (action, agent) = (op.action.text().unwrap_or_default(), op.agent.text().unwrap_or_default());
    let resource = op.rsc.text().unwrap_or_else(|| "(null)".to_owned());
    log!(Info, c"systemd_timeout_callback", "{action} action for systemd unit {agent} named '{resource}' timed out");
    let reason = format!("{action} action for systemd unit {agent} did not complete in time");
    results::set(op, &Outcome::because(ocf::UNKNOWN_ERROR, ExecStatus::Timeout, reason));
    let _freed_or_recurring = turns::finalize(op);
}

/// Waits for no answer any more.
pub(crate) fn forget(op: Op) {
    let job = op.private().job.take();
    if let Some(Job::Unit(job)) = &job {
        log!(Debug, c"services_action_cleanup", "Will ignore any result of canceled systemd op {}", op.name());
        with(|systemd| systemd.waiting.remove(&job.number));
    }
}
