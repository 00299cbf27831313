//! The sync barrier: services agree on state before a new configuration is used
#![forbid(unsafe_code)]
