//! Totem's transports: sockets below the ring.
#![forbid(unsafe_code)]

mod udpu;

pub use udpu::{DATAGRAM_MAX, Udpu};
