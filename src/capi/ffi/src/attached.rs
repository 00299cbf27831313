//! What every connection of a C caller has beside its own.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering};

/// The caller's context pointer, which is never looked at, and whether the caller finalised the handle.
#[derive(Debug, Default)]
pub struct Attached {
    context: AtomicPtr<c_void>,
    finalized: AtomicBool,
}

impl Attached {
    /// Not finalised, with that context.
    pub fn new(context: *mut c_void) -> Self {
        Attached { context: AtomicPtr::new(context), finalized: AtomicBool::new(false) }
    }

    /// The context set last.
    pub fn context(&self) -> *mut c_void {
        self.context.load(Ordering::Acquire)
    }

    /// Sets the context.
    pub fn set_context(&self, context: *mut c_void) {
        self.context.store(context, Ordering::Release);
    }

    /// Notes that the handle was finalised; false when it was before.
    pub fn finalize(&self) -> bool {
        !self.finalized.swap(true, Ordering::AcqRel)
    }

    /// Whether the handle was finalised: a dispatch that goes on ends after its callback.
    pub fn is_finalized(&self) -> bool {
        self.finalized.load(Ordering::Acquire)
    }
}
