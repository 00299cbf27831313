//! Names the library. Its symbols have no version nodes.
fn main() {
    capi_build::shared_library("libcib.so.27", &[]);
}
