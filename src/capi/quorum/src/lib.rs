//! libquorum.so.5 in Rust
