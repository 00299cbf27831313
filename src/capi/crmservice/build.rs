//! Names the library, whose symbols have no version nodes, and compiles the one function that takes variable arguments.
fn main() {
    println!("cargo:rerun-if-changed=src/format.c");
    cc::Build::new().file("src/format.c").compile("systole_services_format");
    capi_build::shared_library("libcrmservice.so.28", &[]);
}
