//! The configuration map: its store, messages and service
#![forbid(unsafe_code)]
