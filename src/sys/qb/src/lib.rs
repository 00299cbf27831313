//! libqb IPC on real sockets and shared memory: server and client, each exchangeable with libqb's.
//!
//! Counterparts: `ipc_setup.c`, `ipc_shm.c`, `ipc_socket.c`, `ringbuffer.c`, `ipcs.c`, `ipcc.c` (libqb 2.0.6). The server side is
//! driven by polling and never blocks; the client side blocks in its callers' threads.
//!
//! Who trusts whom: a client trusts the server that it connects to. The server trusts no client: it keeps its own
//! positions and sizes, copies a message out before it looks at it, and survives that a client cuts off the files
//! under its mappings (see [`mapping`]).

mod address;
mod client;
mod connection;
mod datagram;
mod handshake;
mod mapping;
mod ring;
mod semaphore;
mod server;
mod sigbus;
mod soon;

pub use client::Client;
pub use connection::{Connection, Received, SendError, Stats, Violation};
pub use core_qb::TransportType;
pub use handshake::{Accept, Handshake, Hello};
pub use nix::errno::Errno;
pub use server::Server;
