//! A connection's descriptor in the GLib main loop.

use crate::types::Cib;
use glib_sys::{G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_NVAL, GFALSE, GIOCondition, GTRUE, gboolean, gpointer};
use std::cell::Cell;
use std::ffi::{c_int, c_uint};
use std::os::fd::RawFd;
use std::ptr::null_mut;
use std::rc::Rc;

/// A descriptor that the main loop looks after, until this is dropped.
pub(crate) struct Watch {
    source: c_uint,
    watched: Rc<Watched>,
}

/// What the main loop's source has.
pub(crate) struct Watched {
    /// Null once the connection ended: the `cib_t` may be gone then.
    cib: Cell<*mut Cib>,
    ready: Box<Ready>,
    lost: unsafe fn(*mut Cib),
}

/// Takes what came, if the second argument says that something did; whether the connection still stands.
pub(crate) type Ready = dyn Fn(&Watched, bool) -> bool;

impl Watched {
    /// The connection, which lives; null once it ended.
    pub(crate) fn cib(&self) -> *mut Cib {
        self.cib.get()
    }

    pub(crate) fn is_live(&self) -> bool {
        !self.cib.get().is_null()
    }
}

impl Watch {
    /// Looks after a descriptor for a connection; both must live until this is dropped or `lost` is called: when the
    /// connection ended by itself, with its `cib_t`.
    pub(crate) fn new(cib: *mut Cib, fd: RawFd, ready: Box<Ready>, lost: unsafe fn(*mut Cib)) -> Watch {
        let watched = Rc::new(Watched { cib: Cell::new(cib), ready, lost });
        let data = Box::into_raw(Box::new(Rc::clone(&watched)));
        let conditions = G_IO_IN | G_IO_HUP | G_IO_NVAL | G_IO_ERR;
        let priority = glib_sys::G_PRIORITY_HIGH;
        // SAFETY: g_unix_fd_add_full(): the descriptor and the data live until the source is gone
        let source = unsafe {
            glib_sys::g_unix_fd_add_full(priority, fd, conditions, Some(readable), data.cast(), Some(unwatched))
        };
        Watch { source, watched }
    }
}

impl Watch {
    /// What the source has, for who does its work.
    pub(crate) fn watched(&self) -> Rc<Watched> {
        Rc::clone(&self.watched)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.watched.cib.replace(null_mut()).is_null() {
            // SAFETY: g_source_remove(): a source that was added, and not removed as its connection was there
            unsafe { glib_sys::g_source_remove(self.source) };
        }
    }
}

/// Something came, or the connection is lost.
unsafe extern "C" fn readable(_fd: c_int, condition: GIOCondition, data: gpointer) -> gboolean {
    capi_pcmk::guarded(GFALSE, || {
        // SAFETY: the source's own data, which it has as long as it runs
        let watched = unsafe { &*data.cast::<Rc<Watched>>() };
        let stands = (watched.ready)(watched, condition & G_IO_IN != 0);
        let broken = condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL) != 0;
        if stands && !broken && watched.is_live() { GTRUE } else { GFALSE }
    })
}

/// The source is gone: taken out, or because the connection is lost.
unsafe extern "C" fn unwatched(data: gpointer) {
    capi_pcmk::guarded((), || {
        // SAFETY: made by `Watch::new`; GLib calls this once
        let watched = unsafe { Box::from_raw(data.cast::<Rc<Watched>>()) };
        let cib = watched.cib.replace(null_mut());
        if !cib.is_null() {
            // SAFETY: it lives: whoever frees it drops the watch before
            unsafe { (watched.lost)(cib) };
        }
    });
}
