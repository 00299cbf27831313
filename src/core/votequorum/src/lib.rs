//! Votequorum: messages, service and vote arithmetic
#![forbid(unsafe_code)]
