//! Another host's manager (`CIB_port`): not there. Who asks for it is refused when it signs on, and `cib_remote_new()` is
//! no symbol of this library.

use crate::border::{EINVAL, UNSUPPORTED};
use crate::new;
use crate::types::{Cib, variant};
use capi_pcmk::{OutputObject, functions, log};
use std::ffi::{c_char, c_int, c_uint};
use std::ptr::null_mut;

/// A `cib_t` that nobody gets connected.
pub(crate) fn make() -> *mut Cib {
    new::make(variant::REMOTE, null_mut(), |_, operations| {
        operations.signon = Some(refuse);
        operations.signoff = Some(nothing);
        operations.free = Some(free);
    })
}

functions! {
    local fn refuse(_cib: *mut Cib, _name: *const c_char, _kind: c_uint) -> c_int, or UNSUPPORTED => {
        log!(Error, c"cib_remote_signon", "Remote connections to the CIB manager are not supported");
        UNSUPPORTED
    }

    local fn nothing(_cib: *mut Cib) -> c_int, or EINVAL => {
        0
    }

    local fn free(cib: *mut Cib) -> c_int, or EINVAL => {
        // SAFETY: made by `make`, and nobody uses it any more, by the caller's contract
        unsafe { new::unmake(cib) };
        0
    }

    /// `cib__set_output()`: through which object a remote connection asks for its password. Others ask for none.
    ///
    /// # Safety
    /// Always safe.
    export fn cib__set_output(_cib: *mut Cib, _out: *mut OutputObject) -> (), or () => {}
}
