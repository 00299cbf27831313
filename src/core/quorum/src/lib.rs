//! Quorum service: messages and service
#![forbid(unsafe_code)]
