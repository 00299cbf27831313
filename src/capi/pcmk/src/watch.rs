//! A descriptor that GLib's main loop looks after.

use crate::guarded;
use glib_sys::{G_IO_ERR, G_IO_HUP, G_IO_IN, G_IO_NVAL, GFALSE, GIOCondition, GTRUE, gboolean, gpointer};
use std::{
    cell::Cell,
    ffi::{c_int, c_uint},
    os::fd::RawFd,
    rc::Rc,
};

/// Who is told what happens on a descriptor.
pub trait Watched {
    /// Something can be read; `live` is false once the watch was dropped. Gives whether to go on.
    fn readable(&self, live: &Cell<bool>) -> bool;
    /// The watch ended by itself: the other side is gone, or [`Watched::readable`] wanted no more.
    fn ended(&self);
}

/// Until it is dropped, somebody is told what happens on a descriptor, while the caller runs a main loop.
#[derive(Debug)]
pub struct Watch {
    source: c_uint,
    live: Rc<Cell<bool>>,
}

struct Source {
    watched: Rc<dyn Watched>,
    live: Rc<Cell<bool>>,
}

impl Watch {
    /// Watches a descriptor, which stays open as long as the watch.
    #[must_use]
    pub fn new(fd: RawFd, watched: Rc<dyn Watched>) -> Watch {
        let live = Rc::new(Cell::new(true));
        let data = Box::into_raw(Box::new(Source { watched, live: Rc::clone(&live) }));
        let conditions = G_IO_IN | G_IO_HUP | G_IO_NVAL | G_IO_ERR;
        let priority = glib_sys::G_PRIORITY_HIGH;
        // SAFETY: g_unix_fd_add_full(): the data lives until `gone`, which the source calls once
        let source =
            unsafe { glib_sys::g_unix_fd_add_full(priority, fd, conditions, Some(happens), data.cast(), Some(gone)) };
        Watch { source, live }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.live.replace(false) {
            // SAFETY: g_source_remove(): a source that was added and, as it is live, not removed
            unsafe { glib_sys::g_source_remove(self.source) };
        }
    }
}

unsafe extern "C" fn happens(_fd: c_int, condition: GIOCondition, data: gpointer) -> gboolean {
    guarded(GFALSE, || {
        // SAFETY: the source's own data, which it has as long as it runs
        let source = unsafe { &*data.cast::<Source>() };
        let (watched, live) = (Rc::clone(&source.watched), Rc::clone(&source.live));
        let more = condition & G_IO_IN == 0 || watched.readable(&live);
        if live.get() && more && condition & (G_IO_HUP | G_IO_ERR | G_IO_NVAL) == 0 { GTRUE } else { GFALSE }
    })
}

unsafe extern "C" fn gone(data: gpointer) {
    guarded((), || {
        // SAFETY: made by `Watch::new`; the source calls this once
        let source = unsafe { Box::from_raw(data.cast::<Source>()) };
        if source.live.replace(false) {
            source.watched.ended();
        }
    });
}
