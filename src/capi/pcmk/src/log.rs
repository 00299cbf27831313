//! The process's log, which is libqb's: a program sets it up once, with libcrmcommon or by itself.

use core_types::Level;
use std::ffi::{CStr, CString, c_char};

#[link(name = "qb")]
unsafe extern "C" {
    fn qb_log_from_external_source(
        function: *const c_char,
        filename: *const c_char,
        format: *const c_char,
        priority: u8,
        lineno: u32,
        tags: u32,
        ...
    );
}

/// Logs a line. `function` is the reference's name for what happens, which logs show and filters look for. Where the
/// program has no log, nothing happens.
pub fn line(level: Level, function: &CStr, file: &CStr, number: u32, text: &str) {
    let text = CString::new(text.replace('\0', "")).unwrap_or_default();
    // SAFETY: qb_log_from_external_source(): strings that end with NUL, copied; the format takes one string
    unsafe {
        qb_log_from_external_source(
            function.as_ptr(),
            file.as_ptr(),
            c"%s".as_ptr(),
            level as u8,
            number,
            0,
            text.as_ptr(),
        );
    }
}

/// Logs a line: `log!(Info, c"cib_new", "Defaulting to user: {user}")`.
#[macro_export]
macro_rules! log {
    ($level:ident, $function:expr, $($text:tt)*) => {
        $crate::line(
            ::core_types::Level::$level,
            $function,
            // the last byte is the NUL
            ::std::ffi::CStr::from_bytes_with_nul(concat!(file!(), "\0").as_bytes()).unwrap_or_default(),
            line!(),
            &format!($($text)*),
        )
    };
}
