//! Blocking clients of corosync's IPC services, in safe Rust
