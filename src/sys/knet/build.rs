//! Makes Rust declarations of the parts of libknet.h that the wrapper uses.

use std::path::PathBuf;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-lib=knet");
    let bindings = bindgen::Builder::default()
        .header_contents("wrapper.h", "#include <libknet.h>\n")
        .allowlist_function("knet_(handle|host|link|log_get|get)_.*")
        .allowlist_type("knet_(handle_stats|link_status|host_status|log_msg|handle_crypto_cfg|handle_compress_cfg)")
        .allowlist_var("KNET_.*")
        .blocklist_type("sockaddr_storage")
        .raw_line("use libc::sockaddr_storage;")
        .layout_tests(false)
        .generate()
        .expect("libknet.h can't be read: install it with 'apt-get install libknet-dev libclang-dev'");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    bindings.write_to_file(out.join("libknet.rs")).expect("OUT_DIR is writable");
}
