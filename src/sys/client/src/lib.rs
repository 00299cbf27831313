//! Blocking clients of corosync's IPC services, in safe Rust: what the C faces call and what libsam builds on.
//!
//! No runtime, no hidden threads: every call does its system calls on its own descriptor and returns.
#![forbid(unsafe_code)]

pub mod cfg;
pub mod cmap;
pub mod cpg;
mod dispatch;
pub mod quorum;
mod talk;
pub mod votequorum;

pub use dispatch::{Dispatch, Flow, dispatch, dispatch_mut};
