//! Closed process groups: messages and service
#![forbid(unsafe_code)]
