//! What a C library's build script says to the linker: its SONAME and its version nodes.
#![forbid(unsafe_code)]

use std::path::PathBuf;

/// Gives the `cdylib` that is being built the SONAME `soname` and declares the version `nodes`, which the
/// functions' `.symver` directives (see `capi_ffi::export!`) then use. To be called from `build.rs`.
pub fn shared_library(soname: &str, nodes: &[&str]) {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{soname}");
    if nodes.is_empty() {
        return;
    }
    let script = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("versions.map");
    let text: String = nodes.iter().map(|node| format!("{node} {{ }};\n")).collect();
    std::fs::write(&script, text).expect("OUT_DIR is writable");
    println!("cargo:rustc-cdylib-link-arg=-Wl,--version-script={}", script.display());
}
