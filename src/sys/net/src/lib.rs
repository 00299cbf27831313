//! Totem's transports: sockets below the ring.
#![forbid(unsafe_code)]

mod udp;
mod udpu;

pub use udp::{Group, Udp};
pub use udpu::{DATAGRAM_MAX, Udpu};
