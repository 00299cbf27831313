//! The dispatch loop that all the libraries have in common.

use core_types::CsError;
use core_types::mar::ResponseHeader;
use std::sync::{Mutex, PoisonError};
use sys_qb::Client;
use zerocopy::FromBytes;

/// Largest event, in bytes (`IPC_DISPATCH_SIZE`).
pub(crate) const EVENT_MAX: usize = 8192 * 128;

/// How long to dispatch (`cs_dispatch_flags_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// Wait for one event.
    One,
    /// Take what is there.
    All,
    /// Until the connection ends.
    Blocking,
    /// Take one event if it is there; CS_ERR_TRY_AGAIN when not.
    OneNonblocking,
}

impl Dispatch {
    /// From the C enumeration; CS_ERR_INVALID_PARAM for other numbers.
    pub fn from_number(number: u32) -> Result<Dispatch, CsError> {
        Ok(match number {
            1 => Dispatch::One,
            2 => Dispatch::All,
            3 => Dispatch::Blocking,
            4 => Dispatch::OneNonblocking,
            _ => return Err(CsError::InvalidParam),
        })
    }
}

/// What to do after an event was handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Go on as the flags say.
    Continue,
    /// A callback finalised the handle: end the loop with this, which differs between the libraries.
    Stop(Result<(), CsError>),
}

/// Receives events and hands each (its id and all its bytes, header included) to `handle`, which calls the
/// user's callback. `buffer` belongs to the connection; it is lent out while no lock is held, so that a
/// callback may use its handle in any way.
pub fn dispatch(
    client: &Client,
    buffer: &Mutex<Vec<u8>>,
    flags: Dispatch,
    mut handle: impl FnMut(i32, &[u8]) -> Result<Flow, CsError>,
) -> Result<(), CsError> {
    dispatch_mut(client, buffer, flags, |id, event| handle(id, event))
}

/// The same for a `handle` that may change the event in place.
pub fn dispatch_mut(
    client: &Client,
    buffer: &Mutex<Vec<u8>>,
    flags: Dispatch,
    mut handle: impl FnMut(i32, &mut [u8]) -> Result<Flow, CsError>,
) -> Result<(), CsError> {
    let take = || std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner));
    let mut event = take();
    event.resize(EVENT_MAX, 0);
    let result = run(client, &mut event, flags, &mut handle);
    // a connection that is lost shows at the next call, as it would have
    let _lost = client.settle();
    *buffer.lock().unwrap_or_else(PoisonError::into_inner) = event;
    result
}

/// What handles an event: its id, and all its bytes.
type Handler<'a> = dyn FnMut(i32, &mut [u8]) -> Result<Flow, CsError> + 'a;

fn run(client: &Client, buffer: &mut [u8], flags: Dispatch, handle: &mut Handler<'_>) -> Result<(), CsError> {
    let timeout = match flags {
        Dispatch::All | Dispatch::OneNonblocking => 0,
        Dispatch::One | Dispatch::Blocking => -1,
    };
    loop {
        let event = match client.event(buffer, timeout).map_err(|errno| CsError::from_errno(errno as i32)) {
            Ok(length) => &mut buffer[..length],
            // the reference takes a connection that is gone under a dispatch for the end of it
            Err(CsError::BadHandle) => return Ok(()),
            Err(CsError::TryAgain) => match flags {
                Dispatch::OneNonblocking => return Err(CsError::TryAgain),
                Dispatch::All => return Ok(()),
                Dispatch::One | Dispatch::Blocking => continue,
            },
            Err(error) => return Err(error),
        };
        let (header, _) = ResponseHeader::read_from_prefix(event).map_err(|_| CsError::Library)?;
        if let Flow::Stop(result) = handle(header.id, event)? {
            return result;
        }
        if matches!(flags, Dispatch::One | Dispatch::OneNonblocking) {
            return Ok(());
        }
    }
}
