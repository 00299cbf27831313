//! libcorosync_common.so.4 in Rust
