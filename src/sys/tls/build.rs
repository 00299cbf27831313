//! Makes Rust declarations of the parts of GnuTLS that the wrapper uses.

use std::path::PathBuf;

const FUNCTIONS: &str = "gnutls_(init|deinit|handshake|bye|strerror|priority_set_direct|transport_set_int2|\
    credentials_set|record_(send|recv)|dh_set_prime_bits|anon_(allocate|free)_(client|server)_credentials|\
    anon_set_server_known_dh_params|sec_param_to_pk_bits|\
    psk_(allocate|free|set)_client_credentials)";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let bindings = bindgen::Builder::default()
        .header_contents("wrapper.h", "#include <gnutls/gnutls.h>\n")
        .allowlist_function(FUNCTIONS.replace(char::is_whitespace, ""))
        .allowlist_var("GNUTLS_(CLIENT|SERVER|NONBLOCK|NO_SIGNAL|E_(AGAIN|DH_PRIME_UNACCEPTABLE|INTERRUPTED|LIB_IN_ERROR_STATE|MEMORY_ERROR|SUCCESS))")
        .allowlist_type("gnutls_psk_key_flags")
        .dynamic_library_name("GnuTls")
        .dynamic_link_require_all(true)
        .wrap_unsafe_ops(true)
        .layout_tests(false)
        .generate()
        .expect("gnutls.h can't be read: install it with 'apt-get install libgnutls28-dev libclang-dev'");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    bindings.write_to_file(out.join("gnutls.rs")).expect("OUT_DIR is writable");
}
