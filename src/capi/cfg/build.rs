//! Names the library and its version nodes.
fn main() {
    capi_build::shared_library("libcfg.so.7", &["COROSYNC_CFG_0.82"]);
}
