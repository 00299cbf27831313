//! What a child (or a process that has none yet) may call.

use crate::state::{Status, check_live, conversation, state};
use crate::talk::{Command, Parent};
use core_types::CsError;
use std::ffi::c_int;
use std::sync::Arc;

/// The parent, for a child of that status; `CS_ERR_BAD_HANDLE` for any other.
fn parent(statuses: &[Status]) -> Result<Arc<Parent>, CsError> {
    let state = state();
    if !statuses.contains(&state.status) {
        return Err(CsError::BadHandle);
    }
    state.parent.clone().ok_or(CsError::BadHandle)
}

/// From now on the parent watches. With a quorum policy this waits for quorum.
pub(crate) fn start() -> Result<(), CsError> {
    let parent = parent(&[Status::Registered])?;
    let policy = state().policy;
    change(&parent, Command::Start, policy.quorum || policy.cmap)?;
    state().status = Status::Started;
    Ok(())
}

/// No longer.
pub(crate) fn stop() -> Result<(), CsError> {
    let parent = parent(&[Status::Started])?;
    let cmap = state().policy.cmap;
    change(&parent, Command::Stop, cmap)?;
    state().status = Status::Registered;
    Ok(())
}

/// Tells the parent, which answers where it has something to do that may fail, and the thread of the health checks.
fn change(parent: &Parent, command: Command, answered: bool) -> Result<(), CsError> {
    if answered {
        let _held = conversation();
        parent.ask(command, &[])?;
    } else {
        parent.tell(command)?;
    }
    let health = state().health.clone();
    health.tell(command)
}

/// A sign of life.
pub(crate) fn health_check() -> Result<(), CsError> {
    parent(&[Status::Started])?.tell(Command::HealthCheck)
}

/// The end. An error of the stop that comes first is nobody's, as in the reference; nothing else is done then.
pub(crate) fn finalize() -> Result<(), CsError> {
    check_live()?;
    let started = state().status == Status::Started;
    if !started || stop().is_ok() {
        state().status = Status::Finalized;
        *conversation() = Vec::new();
    }
    Ok(())
}

/// Has the parent kill this process.
pub(crate) fn mark_failed() -> Result<(), CsError> {
    let parent = parent(&[Status::Registered, Status::Started])?;
    if !state().policy.cmap {
        return Err(CsError::InvalidParam);
    }
    parent.tell(Command::MarkFailed)
}

/// Sets the warning, here and in the parent.
pub(crate) fn set_warn_signal(signal: c_int) -> Result<(), CsError> {
    check_live()?;
    let _held = conversation();
    let parent = state().parent.clone();
    if let Some(parent) = parent {
        parent.ask(Command::WarnSignal, &[&signal.to_ne_bytes()])?;
    }
    state().warn_signal = signal;
    Ok(())
}

/// Keeps data, here and in the parent.
pub(crate) fn store(bytes: Result<&[u8], CsError>) -> Result<(), CsError> {
    check_live()?;
    let bytes = bytes?;
    let mut data = conversation();
    let parent = state().parent.clone();
    if let Some(parent) = parent {
        parent.ask(Command::DataStore, &[&bytes.len().to_ne_bytes(), bytes])?;
    }
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len()).map_err(|_| CsError::NoMemory)?;
    copy.extend_from_slice(bytes);
    *data = copy;
    Ok(())
}
