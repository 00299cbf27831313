//! libsam.so.4 in Rust
