//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libquorum.so.5", &["COROSYNC_QUORUM_1.0"]);
}
