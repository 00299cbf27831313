//! Reading keys.

use crate::handle::{connection, key};
use core_icmap::Type;
use core_types::CsError;
use std::ffi::{c_char, c_void};
use sys_client::cmap::GET_MAX;

/// As much room as the reference gives a number: any other value that fits is of a wrong type, and one that
/// doesn't fit gives the same error.
const NUMBER_ROOM: usize = 16;

/// The bytes of a number of the given type.
///
/// # Safety
/// Unless null, `name` is a NUL-terminated string.
unsafe fn get_number<const N: usize>(handle: u64, name: *const c_char, kind: Type) -> Result<[u8; N], CsError> {
    // SAFETY: the caller's contract, passed on
    let key = unsafe { key(name) }?;
    let got = connection(handle)?.cmap.get(key, NUMBER_ROOM)?;
    if got.kind != kind as u8 {
        return Err(CsError::InvalidParam);
    }
    got.value.try_into().map_err(|_| CsError::Library)
}

/// One function for each type of number.
macro_rules! get_numbers {
    ($($function:ident: $type:ty as $kind:ident),*) => {
        capi_ffi::export! {$(
            /// `cmap_get(3)` of one type of number.
            ///
            /// # Safety
            /// `key_name` is null or a NUL-terminated string; `value` is null or valid for a write.
            fn $function(handle: u64, key_name: *const c_char, value: *mut $type) {
                // SAFETY: a string by this function's contract
                let bytes = unsafe { get_number(handle, key_name, Type::$kind) }?;
                if value.is_null() {
                    return Err(CsError::InvalidParam);
                }
                // SAFETY: not null, and valid for a write by this function's contract
                unsafe { capi_ffi::set(value, <$type>::from_ne_bytes(bytes)) };
                Ok(())
            }
        )*}
    };
}
get_numbers! {
    cmap_get_int8: i8 as I8, cmap_get_uint8: u8 as U8, cmap_get_int16: i16 as I16, cmap_get_uint16: u16 as U16,
    cmap_get_int32: i32 as I32, cmap_get_uint32: u32 as U32, cmap_get_int64: i64 as I64, cmap_get_uint64: u64 as U64,
    cmap_get_float: f32 as Float, cmap_get_double: f64 as Double
}

capi_ffi::export! {
    /// `cmap_get(3)`: a value of any type. Without a buffer, or with one of 0 bytes, only its type and length.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string; `value_len` is null or valid; `value` is null or valid for
    /// writes of `*value_len` bytes; `kind` is null or valid for a write.
    fn cmap_get(
        handle: u64, key_name: *const c_char, value: *mut c_void, value_len: *mut usize, kind: *mut u32,
    ) {
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        let room = match value.is_null() {
            true => 0,
            // SAFETY: null or valid by this function's contract
            false => *unsafe { capi_ffi::input(value_len) }?,
        };
        let got = connection(handle)?.cmap.get(key, room)?;
        // SAFETY: null or valid by this function's contract
        unsafe {
            capi_ffi::set(kind, u32::from(got.kind));
            capi_ffi::set(value_len, got.length);
        }
        if room > 0 {
            // SAFETY: `value` is valid for `room` bytes by this function's contract, and no longer value is given
            unsafe { std::ptr::copy_nonoverlapping(got.value.as_ptr(), value.cast(), got.value.len()) };
        }
        Ok(())
    }

    /// `cmap_get(3)` of a string, which the caller frees.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string; `value` is null or valid for a write.
    fn cmap_get_string(handle: u64, key_name: *const c_char, value: *mut *mut c_char) {
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        let got = connection(handle)?.cmap.get(key, GET_MAX)?;
        if got.kind != Type::String as u8 || value.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: malloc takes any size
        let copy = unsafe { libc::malloc(got.value.len() + 1) }.cast::<u8>();
        if copy.is_null() {
            return Err(CsError::NoMemory);
        }
        // SAFETY: `copy` was just allocated one byte longer than the value, and `value` is not null and valid for a
        // write by this function's contract
        unsafe {
            std::ptr::copy_nonoverlapping(got.value.as_ptr(), copy, got.value.len());
            copy.add(got.value.len()).write(0);
            capi_ffi::set(value, copy.cast());
        }
        Ok(())
    }
}
