//! libxml2's and libxslt's declarations, as bindgen reads them from their headers.
#![allow(non_camel_case_types, non_upper_case_globals, non_snake_case, missing_docs, dead_code, unreachable_pub)]
#![allow(clippy::all, clippy::undocumented_unsafe_blocks)]

include!(concat!(env!("OUT_DIR"), "/libxml.rs"));

unsafe extern "C" {
    /// Gives the text that comes of a format to the sink at `context` (`message.c`).
    pub fn systole_xslt_message(context: *mut std::ffi::c_void, format: *const std::ffi::c_char, ...);
}
