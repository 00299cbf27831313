//! `libcorosync_common.so.4`: error codes as text, and from other conventions.
//!
//! Counterpart: `common_lib/error_conversion.c` (3.1.7).

use core_types::CsError;
use std::ffi::{CStr, c_char, c_int, c_uint};

/// The text of a `cs_error_t`.
fn text(error: c_int) -> &'static CStr {
    match CsError::check(error) {
        Ok(()) => c"success",
        // a number that isn't any is CS_ERR_LIBRARY to `check`
        Err(CsError::Library) if error != CsError::Library as c_int => c"unknown error",
        Err(known) => named(known),
    }
}

fn named(error: CsError) -> &'static CStr {
    match error {
        CsError::Library => c"CS_ERR_LIBRARY",
        CsError::Version => c"CS_ERR_VERSION",
        CsError::Init => c"CS_ERR_INIT",
        CsError::Timeout => c"CS_ERR_TIMEOUT",
        CsError::TryAgain => c"CS_ERR_TRY_AGAIN",
        CsError::InvalidParam => c"CS_ERR_INVALID_PARAM",
        CsError::NoMemory => c"CS_ERR_NO_MEMORY",
        CsError::BadHandle => c"CS_ERR_BAD_HANDLE",
        CsError::Busy => c"CS_ERR_BUSY",
        CsError::Access => c"CS_ERR_ACCESS",
        CsError::NotExist => c"CS_ERR_NOT_EXIST",
        CsError::NameTooLong => c"CS_ERR_NAME_TOO_LONG",
        CsError::Exist => c"CS_ERR_EXIST",
        CsError::NoSpace => c"CS_ERR_NO_SPACE",
        CsError::Interrupt => c"CS_ERR_INTERRUPT",
        CsError::NameNotFound => c"CS_ERR_NAME_NOT_FOUND",
        CsError::NoResources => c"CS_ERR_NO_RESOURCES",
        CsError::NotSupported => c"CS_ERR_NOT_SUPPORTED",
        CsError::BadOperation => c"CS_ERR_BAD_OPERATION",
        CsError::FailedOperation => c"CS_ERR_FAILED_OPERATION",
        CsError::MessageError => c"CS_ERR_MESSAGE_ERROR",
        CsError::QueueFull => c"CS_ERR_QUEUE_FULL",
        CsError::QueueNotAvailable => c"CS_ERR_QUEUE_NOT_AVAILABLE",
        CsError::BadFlags => c"CS_ERR_BAD_FLAGS",
        CsError::TooBig => c"CS_ERR_TOO_BIG",
        CsError::NoSections => c"CS_ERR_NO_SECTIONS",
        CsError::ContextNotFound => c"CS_ERR_CONTEXT_NOT_FOUND",
        CsError::TooManyGroups => c"CS_ERR_TOO_MANY_GROUPS",
        CsError::Security => c"CS_ERR_SECURITY",
    }
}

/// `cs_strerror(3)`: the name of a `cs_error_t`; never null, not to be freed.
#[unsafe(no_mangle)]
pub extern "C" fn cs_strerror(error: c_uint) -> *const c_char {
    text(error.cast_signed()).as_ptr()
}

capi_ffi::export! {
    /// The `cs_error_t` of what a libqb call gave: a negative errno, or success.
    ///
    /// # Safety
    /// None.
    fn qb_to_cs_error(result: c_int) {
        if result >= 0 { Ok(()) } else { Err(CsError::from_errno(result.wrapping_neg())) }
    }

    /// The `cs_error_t` of what a handle database gave: a negative errno, or 0.
    ///
    /// # Safety
    /// None.
    fn hdb_error_to_cs(result: c_int) {
        Err(match result.wrapping_neg() {
            0 => return Ok(()),
            libc::EBADF => CsError::BadHandle,
            libc::ENOMEM => CsError::NoMemory,
            libc::EMFILE => CsError::NoResources,
            libc::EACCES => CsError::Access,
            _ => CsError::Library,
        })
    }
}
