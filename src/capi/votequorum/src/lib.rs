//! libvotequorum.so.8 in Rust
