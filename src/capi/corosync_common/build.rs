//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libcorosync_common.so.4", &[]);
}
