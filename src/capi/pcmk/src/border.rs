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
    give_bytes(text.as_bytes())
}

/// The same of bytes; what follows a NUL is cut. Null where there is no memory.
///
/// Not by strndup(3): of a constant without a NUL the compiler makes a strdup(3), which reads on behind it.
#[must_use]
pub fn give_bytes(bytes: &[u8]) -> *mut c_char {
    let length = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    // SAFETY: malloc(3) gives null or as many bytes, which nobody else has; as many are read as there are
    unsafe {
        let text = libc::malloc(length + 1).cast::<u8>();
        if !text.is_null() {
            text.copy_from_nonoverlapping(bytes.as_ptr(), length);
            text.add(length).write(0);
        }
        text.cast()
    }
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
