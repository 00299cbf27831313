//! Exported functions and their panic boundary.

use core_types::CsError;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a C function that gives a `cs_error_t`. A panic becomes CS_ERR_LIBRARY: the process belongs
/// to somebody else, who may be fenced when it aborts.
pub fn guard(body: impl FnOnce() -> Result<(), CsError>) -> u32 {
    CsError::code(catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(CsError::Library))).cast_unsigned()
}

/// Exports C functions that give a `cs_error_t` (an unsigned int to C: no code is negative), written as functions that
/// give `Result<(), CsError>`:
///
/// ```ignore
/// capi_ffi::export! {
///     version "COROSYNC_CPG_1.0";
///     /// `cpg_fd_get(3)`. ... # Safety ...
///     fn cpg_fd_get(handle: u64, fd: *mut c_int) { ... }
/// }
/// ```
///
/// `version "..."` is the version node of all functions of the block; without that line they are unversioned.
/// Each function is `unsafe extern "C"`; its contract is the man page's, or the doc comment's `# Safety`.
#[macro_export]
macro_rules! export {
    (version $node:literal; $($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) $body:block)*) => {
        $crate::export! { $($(#[$meta])* fn $name($($arg: $type),*) $body)* }
        $(::core::arch::global_asm!(
            concat!(".symver ", stringify!($name), ",", stringify!($name), "@@@", $node)
        );)*
    };
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) $body:block)*) => {
        $(
            $(#[$meta])*
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name($($arg: $type),*) -> u32 {
                $crate::guard(move || -> Result<(), ::core_types::CsError> { $body })
            }
        )*
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_become_codes_and_panics_library_errors() {
        assert_eq!(guard(|| Ok(())), 1);
        assert_eq!(guard(|| Err(CsError::BadHandle)), 9);
        assert_eq!(guard(|| panic!("a bug")), 2);
    }
}
