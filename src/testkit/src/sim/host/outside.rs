//! The outside of a simulated host: what its engine does to disk, network and clients.

use crate::sim::tape::{Process, Seen, SharedTape};
use core_engine::{Buffers, Destination, Shell, Statistics};
use core_icmap::Change;
use core_service::{Link, Machine, NodeStatus, Request};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::IpAddr;
use std::rc::Rc;
use test_doubles::nowhere::{NoBuffers, NoStatistics};

/// Bytes of events that may wait for a client; one that lets more come together is thrown out.
pub(super) const BACKLOG_MAX: usize = 2 << 20;
/// Above this a client's own messages wait.
const BACKLOG_HIGH: usize = 256 << 10;

/// What survives a crash.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    /// The ring's number.
    pub ring_seq: u64,
    /// The services' files.
    pub files: BTreeMap<&'static str, Vec<u8>>,
}

/// Who a connection belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The probe's only client.
    Probe,
    /// A process of a group.
    Process(Process),
    /// The quorum device.
    Device,
}

/// A connection, as the daemon's side has it.
#[derive(Debug)]
pub struct Connection {
    /// Whose it is.
    pub owner: Owner,
    /// Its owner doesn't read its events.
    pub stalled: bool,
    /// Events that wait, in bytes.
    pub backlog: usize,
}

/// A frame to send.
pub(super) type Sent = (Destination, Rc<[u8]>);

/// Everything outside one engine.
pub struct Outside {
    /// The virtual clock.
    pub now: Nanos,
    /// What is noted for the checkers.
    pub tape: SharedTape,
    /// What is on disk.
    pub disk: Disk,
    /// Frames to be sent.
    pub sent: Vec<Sent>,
    /// The members of the ring, as the transport was told.
    pub members: Vec<NodeId>,
    /// The received frames are to be thrown away.
    pub discard: bool,
    /// The clients.
    pub connections: BTreeMap<ConnId, Connection>,
    /// Answers to be looked at.
    pub answers: VecDeque<(ConnId, Vec<u8>)>,
    /// Connections that the daemon ends.
    pub ended: Vec<ConnId>,
    /// Lines that were logged, from `Warning` up; more when somebody watches.
    pub lines: Vec<String>,
    /// Whether somebody watches.
    pub watched: bool,
    buffers: NoBuffers,
    statistics: NoStatistics,
}

impl Outside {
    /// An outside with what is on disk, before the engine starts.
    pub fn new(now: Nanos, tape: SharedTape, disk: Disk, watched: bool) -> Outside {
        Outside {
            now,
            tape,
            disk,
            sent: Vec::new(),
            members: Vec::new(),
            discard: false,
            connections: BTreeMap::new(),
            answers: VecDeque::new(),
            ended: Vec::new(),
            lines: Vec::new(),
            watched,
            buffers: NoBuffers,
            statistics: NoStatistics::default(),
        }
    }

    fn alive(&self) -> bool {
        !self.tape.borrow().is_dead()
    }

    fn note(&self, seen: impl FnOnce() -> Seen) {
        self.tape.borrow_mut().note(seen);
    }
}

impl Machine for Outside {}

impl Shell for Outside {
    fn now(&self) -> Nanos {
        self.now
    }

    fn wall_clock(&self) -> u64 {
        self.now
    }

    fn send(&mut self, destination: Destination, frame: &[u8]) -> bool {
        if self.tape.borrow_mut().step() {
            allocation_counter::opt_out(|| self.sent.push((destination, frame.into())));
        }
        true
    }

    fn discard_received(&mut self) {
        self.discard = true;
    }

    fn store_ring_id(&mut self, ring: RingId) -> bool {
        let stored = self.alive();
        self.note(|| Seen::Stored(ring));
        if stored {
            self.disk.ring_seq = ring.seq;
        }
        stored
    }

    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError> {
        self.disk.files.get(name).cloned().ok_or(CsError::NotExist)
    }

    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError> {
        if self.alive() {
            allocation_counter::opt_out(|| {
                self.disk.files.insert(name, content.to_vec());
            });
        }
        Ok(())
    }

    fn reopen_logs(&mut self) -> Result<(), CsError> {
        Ok(())
    }

    fn set_members(&mut self, members: &[NodeId]) {
        allocation_counter::opt_out(|| self.members = members.to_vec());
    }

    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        if self.tape.borrow_mut().step() {
            allocation_counter::opt_out(|| self.answers.push_back((conn, parts.concat())));
        }
    }

    fn refused(&mut self, _conn: ConnId, _error: CsError) {}

    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        if !self.tape.borrow_mut().step() {
            return;
        }
        let Some(connection) = self.connections.get_mut(&conn) else { return };
        if connection.backlog > BACKLOG_MAX {
            return;
        }
        if connection.stalled {
            connection.backlog += parts.iter().map(|part| part.len()).sum::<usize>();
        }
        allocation_counter::opt_out(|| {
            if connection.backlog > BACKLOG_MAX {
                self.ended.push(conn);
            }
            // What waits for the client is noted now: its place among the host's other events is what counts.
            let bytes = parts.concat();
            if let (Owner::Process(process), Some(told)) = (connection.owner, super::client::told(&bytes)) {
                self.tape.borrow_mut().note(|| Seen::Cpg(process, told));
            }
        });
    }

    fn is_behind(&self, conn: ConnId) -> bool {
        self.connections.get(&conn).is_some_and(|connection| connection.backlog > BACKLOG_HIGH)
    }

    fn disconnect(&mut self, conn: ConnId) {
        allocation_counter::opt_out(|| self.ended.push(conn));
    }

    fn listen(&mut self, _service: ServiceId) -> Result<(), String> {
        Ok(())
    }

    fn withdraw(&mut self, _service: ServiceId) {}

    fn serve_clients(&mut self, open: bool) {
        if open {
            self.note(|| Seen::Serving);
        }
    }

    fn map_changed(&mut self, _change: &Change) {}

    fn request(&mut self, request: Request) {
        self.note(|| Seen::Alarm(format!("{request:?}")));
    }

    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>) {
        if self.watched || level <= Level::Warning {
            allocation_counter::opt_out(|| self.lines.push(format!("[{subsystem}] {line}")));
        }
    }

    fn addresses(&self, _node: NodeId) -> Vec<(u8, IpAddr)> {
        Vec::new()
    }

    fn links(&self, _node: NodeId) -> Option<Vec<Link>> {
        None
    }

    fn node_status(&self, _node: NodeId, _heard: bool) -> Result<NodeStatus, CsError> {
        Err(CsError::NotExist)
    }

    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn statistics(&self) -> &dyn Statistics {
        &self.statistics
    }
}
