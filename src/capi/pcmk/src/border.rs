//! What crosses the border to C: texts and results.

use std::ffi::{CStr, CString, c_char};

/// A caller's text; `None` for null. What is not UTF-8 is replaced.
///
/// # Safety
/// `text` is null or a string that ends with NUL.
#[must_use]
pub unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a string, by the caller's contract
    Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// A text for C; what follows a NUL is cut.
#[must_use]
pub fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

/// A text that the caller frees with free(3).
#[must_use]
pub fn give_text(text: &str) -> *mut c_char {
    // SAFETY: strdup(3): a string that ends with NUL
    unsafe { libc::strdup(c_text(text).as_ptr()) }
}

/// Writes a result where the caller wants one.
///
/// # Safety
/// `place` is null or valid for a write.
pub unsafe fn put<T>(place: *mut T, value: T) {
    if !place.is_null() {
        // SAFETY: valid for a write, by the caller's contract
        unsafe { place.write(value) };
    }
}
