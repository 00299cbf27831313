//! The connected clients: their connections, and the events that they are too slow to take.

use core_service::Peer;
use core_types::{ConnId, ServiceId};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use sys_qb::{Connection, SendError};
use tokio::sync::Notify;

/// Most bytes of events that wait for one client. A client that lets more come together is disconnected: it
/// doesn't read, and the others' memory pays for it.
const BACKLOG_MAX: usize = 64 << 20;

/// Above this a client's own requests that cause events wait, so that a sender who listens to itself is slowed
/// down instead of evicted.
const BACKLOG_HIGH: usize = 4 << 20;

/// One connected client.
pub(crate) struct Client {
    pub(crate) service: ServiceId,
    pub(crate) peer: Peer,
    pub(crate) process: String,
    pub(crate) connection: Connection,
    /// A request that was put off, to be given again first.
    pub(crate) deferred: Option<Vec<u8>>,
    pub(crate) counts: Counts,
    backlog: VecDeque<Box<[u8]>>,
    backlog_bytes: usize,
    /// Events were written that the client wasn't told of.
    untold: bool,
    /// Tells the client's task that the connection is to end.
    pub(crate) end: Rc<Notify>,
}

/// What the stats map tells of a connection beside what its rings count.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) invalid_request: u64,
    pub(crate) overload: u64,
    pub(crate) sent: u32,
}

impl Client {
    pub(crate) fn new(service: ServiceId, peer: Peer, process: String, connection: Connection) -> Client {
        Client {
            service,
            peer,
            process,
            connection,
            deferred: None,
            counts: Counts::default(),
            backlog: VecDeque::new(),
            backlog_bytes: 0,
            untold: false,
            end: Rc::new(Notify::new()),
        }
    }

    /// How many events wait.
    pub(crate) fn queued(&self) -> usize {
        self.backlog.len()
    }

    /// Sends an event now or later, in order.
    fn event(&mut self, parts: &[&[u8]]) {
        if self.backlog.is_empty() {
            match self.connection.event(parts) {
                Ok(()) => return self.count(),
                Err(SendError::Full) => {}
                Err(_) => return self.end.notify_one(),
            }
        }
        let event = parts.concat().into_boxed_slice();
        self.backlog_bytes += event.len();
        self.backlog.push_back(event);
        if self.backlog_bytes > BACKLOG_MAX {
            self.give_up();
        }
    }

    fn count(&mut self) {
        self.counts.sent = self.counts.sent.wrapping_add(1);
        self.untold = true;
    }

    /// Sends what waits, as far as there is room, and tells the client; whether anything is left to do.
    fn flush(&mut self) -> bool {
        while let Some(event) = self.backlog.front() {
            match self.connection.event(&[event]) {
                Ok(()) => {}
                Err(SendError::Full) => break,
                Err(_) => return self.give_up(),
            }
            self.count();
            self.backlog_bytes -= self.backlog.pop_front().map_or(0, |event| event.len());
        }
        if self.untold {
            match self.connection.flush() {
                Ok(()) => self.untold = false,
                Err(SendError::Full) => return true,
                Err(_) => return self.give_up(),
            }
        }
        !self.backlog.is_empty()
    }

    fn give_up(&mut self) -> bool {
        self.backlog.clear();
        self.untold = false;
        self.end.notify_one();
        false
    }
}

/// All of them, by connection.
#[derive(Default)]
pub(crate) struct Clients {
    clients: BTreeMap<ConnId, Client>,
    last: u64,
    /// Those that events were written to since they were told.
    untold: Vec<ConnId>,
    behind: bool,
    /// How many have gone.
    pub(crate) closed: u64,
}

impl Clients {
    /// Takes a new client in.
    pub(crate) fn insert(&mut self, client: Client) -> ConnId {
        self.last += 1;
        self.clients.insert(ConnId(self.last), client);
        ConnId(self.last)
    }

    /// Whether so much waits for a client that it should not cause more.
    pub(crate) fn is_behind(&self, conn: ConnId) -> bool {
        self.clients.get(&conn).is_some_and(|client| client.backlog_bytes > BACKLOG_HIGH)
    }

    pub(crate) fn get(&mut self, conn: ConnId) -> Option<&mut Client> {
        self.clients.get_mut(&conn)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&ConnId, &Client)> {
        self.clients.iter()
    }

    pub(crate) fn remove(&mut self, conn: ConnId) {
        if self.clients.remove(&conn).is_some() {
            self.closed += 1;
        }
    }

    pub(crate) fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.untold {
            // whoever has the answer is to find the events from before it
            client.flush();
        }
        if client.connection.respond(parts).is_err() {
            client.end.notify_one();
        }
    }

    pub(crate) fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if !client.untold && client.backlog.is_empty() {
            self.untold.push(conn);
        }
        client.event(parts);
    }

    pub(crate) fn disconnect(&mut self, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.end.notify_one();
        }
    }

    /// Sets all that is counted to zero.
    pub(crate) fn clear_statistics(&mut self) {
        self.closed = 0;
        for client in self.clients.values_mut() {
            client.counts = Counts::default();
            client.connection.clear_stats();
        }
    }

    /// Whether events wait for anybody.
    pub(crate) fn are_behind(&self) -> bool {
        self.behind
    }

    /// Tells the clients of the events written since the last time: once for many.
    pub(crate) fn tell(&mut self) {
        while let Some(conn) = self.untold.pop() {
            if let Some(client) = self.clients.get_mut(&conn) {
                self.behind |= client.flush();
            }
        }
    }

    /// Sends what waits for anybody, as far as there is room; whether any of it went.
    pub(crate) fn flush(&mut self) -> bool {
        self.behind = false;
        let mut moved = false;
        for client in self.clients.values_mut() {
            let before = client.backlog_bytes;
            self.behind |= client.flush();
            moved |= client.backlog_bytes < before;
        }
        moved
    }
}
