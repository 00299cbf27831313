//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libcpg.so.4", &["COROSYNC_CPG_1.0"]);
}
