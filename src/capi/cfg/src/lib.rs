//! libcfg.so.7 in Rust
