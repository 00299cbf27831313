//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libvotequorum.so.8", &["COROSYNC_VOTEQUORUM_1.0"]);
}
