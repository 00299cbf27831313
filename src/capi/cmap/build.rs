//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libcmap.so.4", &["COROSYNC_CMAP_1.0"]);
}
