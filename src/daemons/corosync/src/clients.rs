//! The connected clients: their connections, and the events that they are too slow to take.

use crate::backlog::Backlog;
use core_service::Peer;
use core_types::{ConnId, ServiceId};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Rc;
use sys_qb::{Connection, SendError};
use tokio::sync::Notify;

/// Most bytes of events that wait for one client. A client that lets more come together is disconnected: it
/// doesn't read, and the others' memory pays for it.
const BACKLOG_MAX: usize = 64 << 20;

/// Most bytes that wait for all clients together; when there are more, whoever has most of them is disconnected.
const BACKLOGS_MAX: usize = 256 << 20;

/// Above this a client's own requests that cause events wait, so that a sender who listens to itself is slowed
/// down instead of evicted.
const BACKLOG_HIGH: usize = 4 << 20;

/// How much of a connection there still is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Whole,
    /// Its client is gone: no events any more, but what it asked for counts.
    HungUp,
    /// It is to end at once.
    Over,
}

/// One connected client.
pub(crate) struct Client {
    pub(crate) service: ServiceId,
    pub(crate) peer: Peer,
    pub(crate) process: String,
    pub(crate) connection: Connection,
    /// A request that was put off, to be given again first.
    pub(crate) deferred: Option<Vec<u8>>,
    pub(crate) counts: Counts,
    backlog: Backlog,
    /// Events were written that the client wasn't told of.
    untold: bool,
    state: State,
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
            backlog: Backlog::default(),
            untold: false,
            state: State::Whole,
            end: Rc::new(Notify::new()),
        }
    }

    /// How many events wait.
    pub(crate) fn queued(&self) -> usize {
        self.backlog.events()
    }

    /// Whether no more of it is to be served.
    pub(crate) fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// Sends an event now or later, in order.
    fn event(&mut self, parts: &[&[u8]]) {
        if self.state != State::Whole {
            return;
        }
        if self.queued() == 0 {
            match self.connection.event(parts) {
                Ok(()) => return self.count(),
                Err(SendError::Full) => {}
                Err(_) => return self.give_up(State::Over),
            }
        }
        self.backlog.push(parts);
        if self.backlog.bytes() > BACKLOG_MAX {
            self.give_up(State::Over);
        }
    }

    fn count(&mut self) {
        self.counts.sent = self.counts.sent.wrapping_add(1);
        self.untold = true;
    }

    /// Sends what waits, as far as there is room, and tells the client; whether anything is left to do.
    fn flush(&mut self) -> bool {
        let before = self.queued();
        while let Some(event) = self.backlog.first() {
            match self.connection.event(&[event]) {
                Ok(()) => {}
                Err(SendError::Full) => break,
                Err(_) => {
                    self.give_up(State::Over);
                    return false;
                }
            }
            self.count();
            self.backlog.pop();
        }
        if self.untold && self.state == State::Whole {
            match self.connection.flush() {
                Ok(()) => self.untold = false,
                Err(SendError::Full) => {}
                Err(_) => self.give_up(State::HungUp),
            }
        }
        // its requests may wait for it to read: only here is it noticed that it never will
        let stuck = before > 0 && self.queued() == before;
        if stuck && self.connection.is_hung_up() {
            self.give_up(State::HungUp);
        }
        self.untold || self.queued() > 0
    }

    /// Sends no more events.
    fn give_up(&mut self, state: State) {
        self.backlog.give_up();
        self.untold = false;
        if self.state != State::Over {
            self.state = state;
        }
        if state == State::Over {
            self.end.notify_one();
        }
    }
}

/// All of them, by connection.
#[derive(Default)]
pub(crate) struct Clients {
    clients: BTreeMap<ConnId, Client>,
    last: u64,
    /// The bytes that wait for all of them.
    waiting: Rc<Cell<usize>>,
    /// Those that events were written to since they were told.
    untold: Vec<ConnId>,
    behind: bool,
    /// How many have gone.
    pub(crate) closed: u64,
}

impl Clients {
    /// Takes a new client in.
    pub(crate) fn insert(&mut self, mut client: Client) -> ConnId {
        self.last += 1;
        client.backlog = Backlog::counted_in(&self.waiting);
        self.clients.insert(ConnId(self.last), client);
        ConnId(self.last)
    }

    /// Whether so much waits for a client that it should not cause more.
    pub(crate) fn is_behind(&self, conn: ConnId) -> bool {
        self.clients.get(&conn).is_some_and(|client| client.backlog.bytes() > BACKLOG_HIGH)
    }

    pub(crate) fn get(&mut self, conn: ConnId) -> Option<&mut Client> {
        self.clients.get_mut(&conn)
    }

    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (&ConnId, &Client)> {
        self.clients.iter()
    }

    pub(crate) fn remove(&mut self, conn: ConnId) -> Option<Client> {
        let client = self.clients.remove(&conn)?;
        self.closed += 1;
        Some(client)
    }

    pub(crate) fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if client.untold {
            // whoever has the answer is to find the events from before it
            client.flush();
        }
        if client.connection.respond(parts).is_err() {
            client.give_up(State::Over);
        }
    }

    pub(crate) fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        let Some(client) = self.clients.get_mut(&conn) else { return };
        if !client.untold && client.queued() == 0 {
            self.untold.push(conn);
        }
        client.event(parts);
        if self.waiting.get() > BACKLOGS_MAX
            && let Some(most) = self.clients.values_mut().max_by_key(|client| client.backlog.bytes())
        {
            most.give_up(State::Over);
        }
    }

    pub(crate) fn disconnect(&mut self, conn: ConnId) {
        if let Some(client) = self.clients.get_mut(&conn) {
            client.give_up(State::Over);
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
            let before = client.queued();
            self.behind |= client.flush();
            moved |= client.queued() < before;
        }
        moved
    }
}
