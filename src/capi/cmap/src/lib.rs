//! libcmap.so.4 in Rust
