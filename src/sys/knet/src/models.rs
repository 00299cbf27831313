//! Which crypto and compression libraries this libknet can use.

use crate::ffi;
use std::ffi::{CStr, c_char};

/// More models than libknet has.
const MODELS_MAX: usize = 64;

/// The names in a list of structures that libknet fills.
fn names<T>(fill: unsafe extern "C" fn(*mut T, *mut usize) -> i32, name: impl Fn(&T) -> *const c_char) -> Vec<String> {
    let mut count = 0;
    // SAFETY: knet_get_crypto_list(3), knet_get_compress_list(3): a null list asks for the number
    if unsafe { fill(std::ptr::null_mut(), &mut count) } != 0 || count > MODELS_MAX {
        return Vec::new();
    }
    // SAFETY: plain structures of a pointer and numbers, for which all zero is a value
    let mut list: Vec<T> = (0..count).map(|_| unsafe { std::mem::zeroed() }).collect();
    // SAFETY: likewise, with room for as many
    if unsafe { fill(list.as_mut_ptr(), &mut count) } != 0 {
        return Vec::new();
    }
    // SAFETY: the names are strings of libknet's that live for ever
    list[..count.min(list.len())]
        .iter()
        .map(|item| unsafe { CStr::from_ptr(name(item)) }.to_string_lossy().into())
        .collect()
}

/// Names for `totem.crypto_model`.
pub fn crypto_models() -> Vec<String> {
    names(ffi::knet_get_crypto_list, |info: &ffi::knet_crypto_info| info.name)
}

/// Names for `totem.knet_compression_model`.
pub fn compression_models() -> Vec<String> {
    names(ffi::knet_get_compress_list, |info: &ffi::knet_compress_info| info.name)
}
