//! What the engine asks of the process around it: everything that touches the outside.

use crate::Statistics;
use core_icmap::Change;
use core_service::{Link, Machine, NodeStatus, Request};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::fmt;
use std::net::IpAddr;

/// Where a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// One other node: tokens.
    Node(NodeId),
    /// Every other node that is configured.
    Everyone,
}

/// The outside, as the daemon (or a simulation) provides it. No call blocks and none calls the engine back.
pub trait Shell: Machine {
    /// Monotonic time.
    fn now(&self) -> Nanos;
    /// Nanoseconds since 1970.
    fn wall_clock(&self) -> u64;

    /// Sends a frame to other nodes; false when the transport could not take it.
    fn send(&mut self, destination: Destination, frame: &[u8]) -> bool;
    /// Throws away what was received and not handed in yet.
    fn discard_received(&mut self);
    /// The token was lost: looks whether the network interface is still there. The ring is about to form anew.
    fn check_interface(&mut self) {}
    /// Stores the ring id so that a crash can't make this node use it again; durable on return. False when that
    /// failed: the engine does nothing more, and the process must end.
    fn store_ring_id(&mut self, ring: RingId) -> bool;
    /// Reads a small file of the state directory; see `core_service::Host::state_load`.
    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError>;
    /// Replaces a small file of the state directory; see `core_service::Host::state_save`.
    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError>;
    /// Opens the log files again; see `core_service::Host::reopen_logs`.
    fn reopen_logs(&mut self) -> Result<(), CsError>;
    /// The ring's members, for transports that look after their interface while a node is alone.
    fn set_members(&mut self, members: &[NodeId]);

    /// Answers a client.
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]);
    /// A client's request was refused: with CS_ERR_TRY_AGAIN for want of room, or as invalid.
    fn refused(&mut self, conn: ConnId, error: CsError);
    /// Sends a client an event, now or once it has room.
    fn event(&mut self, conn: ConnId, parts: &[&[u8]]);
    /// Whether so many events wait for a client that it should not cause more.
    fn is_behind(&self, conn: ConnId) -> bool;
    /// Ends a client's connection; the engine is told by `client_gone` later.
    fn disconnect(&mut self, conn: ConnId);
    /// Makes a service's socket; the error is why the service can't be loaded.
    fn listen(&mut self, service: ServiceId) -> Result<(), String>;
    /// A service is about to be unloaded: takes its socket back.
    fn withdraw(&mut self, service: ServiceId);
    /// Opens or shuts the door to new clients (`cs_ipc_allow_connections`).
    fn serve_clients(&mut self, open: bool);

    /// A key of the map changed: logging's and totem's settings are the process's to take over.
    fn map_changed(&mut self, change: &Change);
    /// Does something that services asked of the daemon.
    fn request(&mut self, request: Request);
    /// Logs a line.
    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>);

    /// A node's configured addresses, by link.
    fn addresses(&self, node: NodeId) -> Vec<(u8, IpAddr)>;
    /// A node's links as the transport sees them; `None` for an unknown node.
    fn links(&self, node: NodeId) -> Option<Vec<Link>>;
    /// A node's status as the transport sees it; `heard` is whether totem hears of it.
    fn node_status(&self, node: NodeId, heard: bool) -> Result<NodeStatus, CsError>;
    /// The files that clients share as zero-copy buffers.
    fn buffers(&mut self) -> &mut dyn Buffers;

    /// What the process counts.
    fn statistics(&self) -> &dyn Statistics;
}

/// Files that clients share as zero-copy buffers; see `core_service::Host::buffer_open` for each call's contract.
pub trait Buffers {
    /// Takes a client's file over.
    fn open(&mut self, conn: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError>;
    /// Reads from it.
    fn read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError>;
    /// Writes to it.
    fn write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError>;
    /// Forgets it.
    fn close(&mut self, buffer: u64);
}
