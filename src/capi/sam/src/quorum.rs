//! Whether the local node has quorum: the little of the quorum service that a supervisor needs.

use capi_client::{Dispatch, Flow, dispatch};
use core_types::CsError;
use core_types::mar::{RequestHeader, ResponseHeader};
use std::os::fd::BorrowedFd;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// The socket of the quorum service.
const SERVICE: &str = "quorum";
/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
const REQUEST_MAX: usize = 8192 * 128;
/// `MESSAGE_REQ_QUORUM_TRACKSTART`.
const TRACK_START: i32 = 1;
/// `CS_TRACK_CHANGES`.
const CHANGES: u32 = 2;
/// `MESSAGE_RES_QUORUM_NOTIFICATION`.
const NOTIFICATION: i32 = 3;

/// `req_lib_quorum_trackstart`.
#[derive(IntoBytes, Immutable)]
#[repr(C, align(8))]
struct TrackStart {
    header: RequestHeader,
    flags: u32,
    pad: u32,
}

/// How `res_lib_quorum_notification` starts; the ring and its members follow.
#[derive(FromBytes)]
#[repr(C, align(8))]
struct Notification {
    header: ResponseHeader,
    quorate: i32,
    pad: u32,
}

/// A connection to the quorum service that knows the last word.
pub(crate) struct Quorum {
    client: Client,
    buffer: Mutex<Vec<u8>>,
    quorate: AtomicBool,
}

fn cs(errno: sys_qb::Errno) -> CsError {
    CsError::from_errno(errno as i32)
}

impl Quorum {
    /// Connects, and waits for the first word.
    pub(crate) fn connect() -> Result<Quorum, CsError> {
        let client = Client::connect(SERVICE, REQUEST_MAX).map_err(cs)?;
        let header = RequestHeader::new(TRACK_START, size_of::<TrackStart>());
        let mut reply = [0; size_of::<ResponseHeader>()];
        let length =
            client.call(&[TrackStart { header, flags: CHANGES, pad: 0 }.as_bytes()], &mut reply, -1).map_err(cs)?;
        let answer = reply.get(..length).and_then(|reply| ResponseHeader::read_from_bytes(reply).ok());
        CsError::check(answer.ok_or(CsError::Library)?.error)?;
        let quorum = Quorum { client, buffer: Mutex::default(), quorate: AtomicBool::new(false) };
        quorum.take(Dispatch::One)?;
        Ok(quorum)
    }

    /// Readable when there is something to take.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open as long as the client lives, which this borrows
        unsafe { BorrowedFd::borrow_raw(self.client.fd()) }
    }

    /// Takes what there is; an error when the daemon is gone.
    pub(crate) fn take_all(&self) -> Result<(), CsError> {
        self.take(Dispatch::All)
    }

    fn take(&self, flags: Dispatch) -> Result<(), CsError> {
        dispatch(&self.client, &self.buffer, flags, |id, message| {
            if id != NOTIFICATION {
                return Err(CsError::Library);
            }
            let (told, _) = Notification::read_from_prefix(message).map_err(|_| CsError::Library)?;
            self.quorate.store(told.quorate != 0, Ordering::Relaxed);
            Ok(Flow::Continue)
        })
    }

    /// The last word.
    pub(crate) fn is_quorate(&self) -> bool {
        self.quorate.load(Ordering::Relaxed)
    }
}
