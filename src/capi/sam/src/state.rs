//! What this process knows of itself, in the parent as in the child.

use crate::health::Health;
use crate::quorum::Quorum;
use crate::talk::Parent;
use core_types::CsError;
use std::ffi::{c_int, c_uint};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A recovery policy (`sam_recovery_policy_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    /// What becomes of a failed child.
    pub(crate) recovery: Recovery,
    /// Whether it runs only with quorum.
    pub(crate) quorum: bool,
    /// Whether its state is shown in the map.
    pub(crate) cmap: bool,
}

/// What becomes of a failed child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// The parent exits.
    Quit,
    /// There is a new one.
    Restart,
}

impl Policy {
    const QUORUM: c_uint = 0x08;
    const CMAP: c_uint = 0x10;

    fn from_number(number: c_uint) -> Result<Policy, CsError> {
        let recovery = match number & !(Policy::QUORUM | Policy::CMAP) {
            1 => Recovery::Quit,
            2 => Recovery::Restart,
            _ => return Err(CsError::InvalidParam),
        };
        Ok(Policy { recovery, quorum: number & Policy::QUORUM != 0, cmap: number & Policy::CMAP != 0 })
    }
}

/// How far this process got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// `sam_initialize` is to come.
    New,
    /// `sam_register` is to come. A parent stays here.
    Initialized,
    /// A child that isn't watched.
    Registered,
    /// A child that is.
    Started,
    /// Over, for good.
    Finalized,
}

/// The state that is read and written in a moment.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) status: Status,
    pub(crate) policy: Policy,
    /// Milliseconds between health checks; 0 for none.
    pub(crate) interval: c_int,
    /// How many children there were.
    pub(crate) instance: c_uint,
    pub(crate) warn_signal: c_int,
    /// A child's pipes to its parent.
    pub(crate) parent: Option<Arc<Parent>>,
    pub(crate) health: Health,
}

static STATE: Mutex<State> = Mutex::new(State {
    status: Status::New,
    policy: Policy { recovery: Recovery::Quit, quorum: false, cmap: false },
    interval: 0,
    instance: 0,
    warn_signal: libc::SIGTERM,
    parent: None,
    health: Health::new(),
});

/// Held over a conversation with the parent, which the data stored is the subject of.
static DATA: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// The connection of a process that runs only with quorum, from `sam_initialize` to `sam_register`.
static QUORUM: Mutex<Option<Quorum>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state; not to be held over anything that waits.
pub(crate) fn state() -> MutexGuard<'static, State> {
    lock(&STATE)
}

/// The stored data whatever the status is; whoever holds it may talk with the parent.
pub(crate) fn conversation() -> MutexGuard<'static, Vec<u8>> {
    lock(&DATA)
}

/// The connection that `sam_initialize` made.
pub(crate) fn take_quorum() -> Option<Quorum> {
    lock(&QUORUM).take()
}

/// `CS_ERR_BAD_HANDLE` before `sam_initialize` and after `sam_finalize`.
pub(crate) fn check_live() -> Result<(), CsError> {
    match state().status {
        Status::Initialized | Status::Registered | Status::Started => Ok(()),
        Status::New | Status::Finalized => Err(CsError::BadHandle),
    }
}

/// The stored data.
pub(crate) fn data() -> Result<MutexGuard<'static, Vec<u8>>, CsError> {
    check_live()?;
    Ok(conversation())
}

/// Sets out. Where quorum matters, connects and waits for the first word on it.
pub(crate) fn initialize(interval: c_int, policy: c_uint) -> Result<(), CsError> {
    if state().status != Status::New {
        return Err(CsError::BadHandle);
    }
    let policy = Policy::from_number(policy)?;
    if policy.quorum {
        *lock(&QUORUM) = Some(Quorum::connect()?);
    }
    let mut state = state();
    state.policy = policy;
    state.interval = interval;
    state.status = Status::Initialized;
    Ok(())
}
