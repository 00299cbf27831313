//! A connection's descriptor in the GLib main loop.

use crate::types::Cib;
use std::cell::Cell;
use std::os::fd::RawFd;
use std::ptr::null_mut;
use std::rc::Rc;

/// A descriptor that the main loop looks after, until this is dropped.
pub(crate) struct Watch {
    watched: Rc<Watched>,
    _source: capi_pcmk::Watch,
}

/// Who is told what happens on it.
pub(crate) struct Watched {
    /// Null once the connection ended: the `cib_t` may be gone then.
    cib: Cell<*mut Cib>,
    ready: Box<Ready>,
    lost: unsafe fn(*mut Cib),
}

/// Takes what came; whether the connection still stands.
pub(crate) type Ready = dyn Fn(&Watched) -> bool;

impl Watched {
    /// The connection, which lives; null once it ended.
    pub(crate) fn cib(&self) -> *mut Cib {
        self.cib.get()
    }

    pub(crate) fn is_live(&self) -> bool {
        !self.cib.get().is_null()
    }
}

impl capi_pcmk::Watched for Watched {
    fn readable(&self, _live: &Cell<bool>) -> bool {
        (self.ready)(self)
    }

    fn ended(&self) {
        let cib = self.cib.replace(null_mut());
        if !cib.is_null() {
            // SAFETY: it lives: whoever frees it drops the watch before
            unsafe { (self.lost)(cib) };
        }
    }
}

impl Watch {
    /// Looks after a descriptor for a connection; both must live until this is dropped or `lost` is called: when the
    /// connection ended by itself, with its `cib_t`.
    pub(crate) fn new(cib: *mut Cib, fd: RawFd, ready: Box<Ready>, lost: unsafe fn(*mut Cib)) -> Watch {
        let watched = Rc::new(Watched { cib: Cell::new(cib), ready, lost });
        let source = capi_pcmk::Watch::new(fd, Rc::clone(&watched) as Rc<dyn capi_pcmk::Watched>);
        Watch { watched, _source: source }
    }

    /// What the source has, for who does its work.
    pub(crate) fn watched(&self) -> Rc<Watched> {
        Rc::clone(&self.watched)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.watched.cib.set(null_mut());
    }
}
