//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libsam.so.4", &["COROSYNC_SAM_1.0"]);
}
