//! libcpg.so.4 in Rust
