//! Changing keys.

use crate::handle::{connection, key};
use core_icmap::Type;
use core_types::CsError;
use std::ffi::{c_char, c_void};
use sys_client::cmap::REQUEST_MAX;

/// Sets a key to a value of a type that C knows the size of.
///
/// # Safety
/// Unless null, `name` is a NUL-terminated string.
unsafe fn set_number(handle: u64, name: *const c_char, kind: Type, value: &[u8]) -> Result<(), CsError> {
    // SAFETY: the caller's contract, passed on
    let key = unsafe { key(name) }?;
    connection(handle)?.cmap.set(key, kind as u8, value)
}

/// One function for each type of number.
macro_rules! set_numbers {
    ($($function:ident: $type:ty as $kind:ident),*) => {
        capi_ffi::export! {$(
            /// `cmap_set(3)` of one type of number.
            ///
            /// # Safety
            /// `key_name` is null or a NUL-terminated string.
            fn $function(handle: u64, key_name: *const c_char, value: $type) {
                // SAFETY: a string by this function's contract
                unsafe { set_number(handle, key_name, Type::$kind, &value.to_ne_bytes()) }
            }
        )*}
    };
}
set_numbers! {
    cmap_set_int8: i8 as I8, cmap_set_uint8: u8 as U8, cmap_set_int16: i16 as I16, cmap_set_uint16: u16 as U16,
    cmap_set_int32: i32 as I32, cmap_set_uint32: u32 as U32, cmap_set_int64: i64 as I64, cmap_set_uint64: u64 as U64,
    cmap_set_float: f32 as Float, cmap_set_double: f64 as Double
}

capi_ffi::export! {
    /// `cmap_set(3)`: sets a key to a value of any type. Only the low byte of `kind` counts.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string; `value` is null or valid for reads of `value_len` bytes.
    fn cmap_set(handle: u64, key_name: *const c_char, value: *const c_void, value_len: usize, kind: u32) {
        if value.is_null() {
            return Err(CsError::InvalidParam);
        }
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        let connection = connection(handle)?;
        if value_len > REQUEST_MAX {
            return Err(CsError::TooBig);
        }
        // SAFETY: valid by this function's contract
        let value = unsafe { capi_ffi::bytes(value.cast(), value_len) }?;
        connection.cmap.set(key, kind as u8, value)
    }

    /// `cmap_set(3)` of a string.
    ///
    /// # Safety
    /// `key_name` and `value` are null or NUL-terminated strings.
    fn cmap_set_string(handle: u64, key_name: *const c_char, value: *const c_char) {
        // SAFETY: strings by this function's contract
        let (value, key) = unsafe { (capi_ffi::c_str(value)?, key(key_name)?) };
        connection(handle)?.cmap.set(key, Type::String as u8, value)
    }

    /// `cmap_delete(3)`: deletes a key.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string.
    fn cmap_delete(handle: u64, key_name: *const c_char) {
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        connection(handle)?.cmap.delete(key)
    }

    /// `cmap_inc(3)`: adds 1 to an integer.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string.
    fn cmap_inc(handle: u64, key_name: *const c_char) {
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        connection(handle)?.cmap.adjust(key, 1)
    }

    /// `cmap_dec(3)`: takes 1 from an integer.
    ///
    /// # Safety
    /// `key_name` is null or a NUL-terminated string.
    fn cmap_dec(handle: u64, key_name: *const c_char) {
        // SAFETY: a string by this function's contract
        let key = unsafe { key(key_name) }?;
        connection(handle)?.cmap.adjust(key, -1)
    }
}
