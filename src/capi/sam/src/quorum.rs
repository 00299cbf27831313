//! Whether the local node has quorum: the little of the quorum service that a supervisor needs.

use core_quorum::wire::track;
use core_types::CsError;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use sys_client::{
    Dispatch,
    quorum::{Event, Model, Quorum as Service},
};

/// A connection to the quorum service that knows the last word.
pub(crate) struct Quorum {
    service: Service,
    quorate: AtomicBool,
}

impl Quorum {
    /// Connects, and waits for the first word.
    pub(crate) fn connect() -> Result<Quorum, CsError> {
        let (service, _) = Service::connect(Model::V0)?;
        service.track_start(track::CHANGES)?;
        let quorum = Quorum { service, quorate: AtomicBool::new(false) };
        quorum.take(Dispatch::One)?;
        Ok(quorum)
    }

    /// Readable when there is something to take.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the descriptor is open as long as the connection lives, which this borrows
        unsafe { BorrowedFd::borrow_raw(self.service.fd()) }
    }

    /// Takes what there is; an error when the daemon is gone.
    pub(crate) fn take_all(&self) -> Result<(), CsError> {
        self.take(Dispatch::All)
    }

    fn take(&self, flags: Dispatch) -> Result<(), CsError> {
        self.service.dispatch(flags, |event| {
            if let Event::Quorum { quorate, .. } = event {
                self.quorate.store(quorate != 0, Ordering::Relaxed);
            }
            false
        })
    }

    /// The last word.
    pub(crate) fn is_quorate(&self) -> bool {
        self.quorate.load(Ordering::Relaxed)
    }
}
