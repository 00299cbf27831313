//! The raw pointers of C callers, checked for null and turned into references.

use core_types::CsError;
use std::ffi::{CStr, c_char};

/// A structure that the caller passes in; CS_ERR_INVALID_PARAM for null.
///
/// # Safety
/// Unless null, `pointer` is valid for reads of a `T` as long as `'a`.
pub unsafe fn input<'a, T>(pointer: *const T) -> Result<&'a T, CsError> {
    // SAFETY: the caller's contract, passed on
    unsafe { pointer.as_ref() }.ok_or(CsError::InvalidParam)
}

/// A place for a result; CS_ERR_INVALID_PARAM for null.
///
/// # Safety
/// Unless null, `pointer` is valid for reads and writes of an initialised `T` as long as `'a`, and nobody else uses it.
pub unsafe fn output<'a, T>(pointer: *mut T) -> Result<&'a mut T, CsError> {
    // SAFETY: the caller's contract, passed on
    unsafe { pointer.as_mut() }.ok_or(CsError::InvalidParam)
}

/// Writes a result where the caller wants it; does nothing for null.
///
/// # Safety
/// Unless null, `pointer` is valid for a write of a `T`; what is there may be uninitialised.
pub unsafe fn set<T>(pointer: *mut T, value: T) {
    if !pointer.is_null() {
        // SAFETY: not null, and valid for a write by the caller's contract
        unsafe { pointer.write(value) }
    }
}

/// Writes a result that the caller must have a place for; CS_ERR_INVALID_PARAM for null.
///
/// # Safety
/// As for [`set`].
pub unsafe fn give<T>(pointer: *mut T, value: T) -> Result<(), CsError> {
    if pointer.is_null() {
        return Err(CsError::InvalidParam);
    }
    // SAFETY: the caller's contract, passed on
    unsafe { set(pointer, value) };
    Ok(())
}

/// Bytes that the caller passes in; null is CS_ERR_INVALID_PARAM unless there are none.
///
/// # Safety
/// Unless null, `pointer` is valid for reads of `length` bytes as long as `'a`.
pub unsafe fn bytes<'a>(pointer: *const u8, length: usize) -> Result<&'a [u8], CsError> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() || length > isize::MAX as usize {
        return Err(CsError::InvalidParam);
    }
    // SAFETY: not null, of a possible length, and valid by the caller's contract
    Ok(unsafe { std::slice::from_raw_parts(pointer, length) })
}

/// A C string that the caller passes in, without its NUL; CS_ERR_INVALID_PARAM for null.
///
/// # Safety
/// Unless null, `pointer` is a NUL-terminated string, valid for reads as long as `'a`.
pub unsafe fn c_str<'a>(pointer: *const c_char) -> Result<&'a [u8], CsError> {
    if pointer.is_null() {
        return Err(CsError::InvalidParam);
    }
    // SAFETY: not null, and a string by the caller's contract
    Ok(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}
