//! Sources of the GLib main loop, which the program runs.

use glib_sys::{G_IO_ERR, G_IO_HUP, G_IO_IN, G_SOURCE_CONTINUE, G_SOURCE_REMOVE, GIOCondition, gboolean, gpointer};
use std::cell::Cell;
use std::ffi::{c_int, c_uint};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::rc::Rc;

/// What is called when something happens; gone when this is dropped, or when it wants no more.
#[derive(Debug)]
pub struct Source {
    /// 0 once the source is gone.
    id: Rc<Cell<c_uint>>,
}

/// When a source has its turn: see `G_PRIORITY_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// As most.
    Normal,
    /// When nothing else is to be done.
    Low,
}

impl Priority {
    fn number(self) -> c_int {
        match self {
            Priority::Normal => glib_sys::G_PRIORITY_DEFAULT,
            Priority::Low => glib_sys::G_PRIORITY_LOW,
        }
    }
}

/// What GLib keeps for a source.
struct Callback {
    /// Whether it wants to be called again.
    call: Box<dyn FnMut() -> bool>,
    id: Rc<Cell<c_uint>>,
}

impl Source {
    /// Calls when there is something to read, or the other end is gone, until `call` gives false. Whoever has the
    /// descriptor drops this before closing it.
    pub fn readable(fd: BorrowedFd<'_>, priority: Priority, call: impl FnMut() -> bool + 'static) -> Source {
        let condition = G_IO_IN | G_IO_HUP | G_IO_ERR;
        Source::added(Box::new(call), |data| {
            // SAFETY: g_unix_fd_add_full(): the data is the source's until `forget`
            unsafe {
                glib_sys::g_unix_fd_add_full(
                    priority.number(),
                    fd.as_raw_fd(),
                    condition,
                    Some(on_descriptor),
                    data,
                    Some(forget),
                )
            }
        })
    }

    /// Calls once, after so many milliseconds.
    pub fn after(milliseconds: u32, call: impl FnOnce() + 'static) -> Source {
        let mut call = Some(call);
        let once = move || {
            if let Some(call) = call.take() {
                call();
            }
            false
        };
        Source::added(Box::new(once), |data| {
            // SAFETY: g_timeout_add_full(): the data is the source's until `forget`
            unsafe {
                glib_sys::g_timeout_add_full(Priority::Normal.number(), milliseconds, Some(on_time), data, Some(forget))
            }
        })
    }

    fn added(call: Box<dyn FnMut() -> bool>, add: impl FnOnce(gpointer) -> c_uint) -> Source {
        let id = Rc::new(Cell::new(0));
        let data = Box::into_raw(Box::new(Callback { call, id: id.clone() }));
        id.set(add(data.cast()));
        Source { id }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        let id = self.id.replace(0);
        if id != 0 {
            // SAFETY: g_source_remove(): the source is still there, as nothing set the number to 0
            unsafe { glib_sys::g_source_remove(id) };
        }
    }
}

unsafe extern "C" fn on_time(data: gpointer) -> gboolean {
    crate::guarded(G_SOURCE_REMOVE, || {
        // SAFETY: the data of `added`, which GLib keeps until this returns, and nobody else uses
        let callback = unsafe { &mut *data.cast::<Callback>() };
        if (callback.call)() {
            return G_SOURCE_CONTINUE;
        }
        callback.id.set(0);
        G_SOURCE_REMOVE
    })
}

unsafe extern "C" fn on_descriptor(_fd: c_int, _condition: GIOCondition, data: gpointer) -> gboolean {
    // SAFETY: the same data under the same terms
    unsafe { on_time(data) }
}

unsafe extern "C" fn forget(data: gpointer) {
    // SAFETY: the data of `added`; GLib calls this once, when nobody uses it any more
    let callback = unsafe { Box::from_raw(data.cast::<Callback>()) };
    callback.id.set(0);
}
