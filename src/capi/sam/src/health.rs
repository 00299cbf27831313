//! The thread that sends health checks for a process which can say whether it is well.

use crate::child;
use crate::state::{Status, state};
use crate::talk::{Command, write};
use core_types::CsError;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::ffi::c_int;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::sync::Arc;

/// `sam_hc_callback_t`: 0 when all is well.
pub(crate) type HealthCallback = unsafe extern "C" fn() -> c_int;

/// Stack of the thread, in bytes: the reference's 32 KiB and our own frames.
const STACK: usize = 128 * 1024;

/// Health checks sent for each time that the callback is asked.
const CHECKS_PER_CALLBACK: u32 = 4;

/// The thread, as others see it.
#[derive(Clone)]
pub(crate) struct Health {
    callback: Option<HealthCallback>,
    /// To the thread, once there is one.
    orders: Option<Arc<File>>,
}

impl Health {
    pub(crate) const fn new() -> Self {
        Health { callback: None, orders: None }
    }

    /// Tells the thread of a start or stop.
    pub(crate) fn tell(&self, command: Command) -> Result<(), CsError> {
        match (&self.callback, &self.orders) {
            (Some(_), Some(orders)) => write(orders, &[command as u8]),
            _ => Ok(()),
        }
    }
}

/// Registers a callback; the first one starts the thread.
pub(crate) fn register(callback: Option<HealthCallback>) -> Result<(), CsError> {
    let mut state = state();
    if state.status != Status::Registered {
        return Err(CsError::BadHandle);
    }
    if state.interval == 0 {
        return Err(CsError::InvalidParam);
    }
    if state.health.orders.is_none() {
        if callback.is_none() {
            return Err(CsError::InvalidParam);
        }
        let (read, write) = nix::unistd::pipe().map_err(|_| CsError::Library)?;
        let (orders, pause) = (File::from(read), state.interval >> 2);
        let thread = std::thread::Builder::new().stack_size(STACK);
        thread.spawn(move || run(&orders, pause)).map_err(|_| CsError::Library)?;
        state.health.orders = Some(Arc::new(write.into()));
    }
    state.health.callback = callback;
    Ok(())
}

/// Sends a check each `pause` milliseconds while started, until the callback says that something is wrong: from
/// then on nothing is sent, and the parent does its work.
fn run(mut orders: &File, pause: c_int) {
    let (mut started, mut ill, mut sent) = (false, false, 0);
    loop {
        let pause = if started { PollTimeout::try_from(pause).unwrap_or(PollTimeout::NONE) } else { PollTimeout::NONE };
        match poll(&mut [PollFd::new(orders.as_fd(), PollFlags::POLLIN)], pause) {
            Ok(0) => {
                sent += u32::from(child::health_check().is_ok());
                if sent >= CHECKS_PER_CALLBACK {
                    sent = 0;
                    ill = !well();
                    started = !ill;
                }
            }
            Ok(_) => {
                let mut order = [0];
                match orders.read(&mut order) {
                    Ok(0) => return,
                    Ok(_) if ill => {}
                    Ok(_) => started = Command::from_byte(order[0]) == Some(Command::Start),
                    Err(_) => {}
                }
            }
            Err(_) => {}
        }
    }
}

fn well() -> bool {
    let callback = state().health.callback;
    // SAFETY: who registered it said that any thread may call it
    callback.is_none_or(|callback| unsafe { callback() } == 0)
}
