//! Exported functions and their panic boundary.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the body of a C function. A panic gives `fallback`: the process belongs to somebody else.
pub fn guarded<T>(fallback: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(fallback)
}

/// Makes C functions, `unsafe extern "C"` and with a panic boundary. After `or` comes what a panic gives. `export fn` is
/// a symbol of the library; `local fn` is reached through a table of functions.
///
/// ```ignore
/// capi_pcmk::functions! {
///     /// `cib_new()`. # Safety: ...
///     export fn cib_new() -> *mut Cib, or null_mut() => { ... }
/// }
/// ```
#[macro_export]
macro_rules! functions {
    () => {};
    ($(#[$meta:meta])* export fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty, or $fallback:expr => $body:block $($rest:tt)*) => {
        $(#[$meta])*
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name($($arg: $type),*) -> $ret {
            $crate::guarded($fallback, move || -> $ret { $body })
        }
        $crate::functions! { $($rest)* }
    };
    ($(#[$meta:meta])* local fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty, or $fallback:expr => $body:block $($rest:tt)*) => {
        $(#[$meta])*
        pub(crate) unsafe extern "C" fn $name($($arg: $type),*) -> $ret {
            $crate::guarded($fallback, move || -> $ret { $body })
        }
        $crate::functions! { $($rest)* }
    };
}
