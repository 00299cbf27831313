//! libqb's IPC protocol: handshake and ring layout as checked, pure code.
//!
//! Counterparts: `qbipc_common.h`, `ipc_int.h`, `ringbuffer.c`, `ringbuffer_int.h` (libqb 2.0.6). A service listens
//! on a stream socket; a client sends a [`ConnectionRequest`] with its credentials and gets a
//! [`ConnectionResponse`] that names three rings of shared memory: requests and responses with a semaphore each,
//! events with a semaphore and a byte on the socket; or a base for the names of datagram sockets. Both ends may also be ours; see [`Systole`].
#![forbid(unsafe_code)]

pub mod control;
pub mod handshake;
pub mod ring;

pub use handshake::{ConnectionRequest, ConnectionResponse, Systole, TransportType};
pub use ring::Geometry;
