//! The engine and its outside, shared by the tasks of the one thread.

use crate::clients::Client;
use crate::entrance::{Entrance, User};
use crate::outside::Outside;
use crate::{clock, ipc};
use core_engine::{Admission, Engine};
use core_service::{Peer, Request};
use core_types::{ConnId, Level, Nanos};
use nix::errno::Errno;
use std::cell::{Cell, RefCell};
use sys_qb::{Handshake, Received};
use tokio::sync::Notify;

/// Most requests taken from one client before others have their turn; they share frames and a token visit. A client
/// whose requests take long has its turn until the clock ticks.
const BATCH_MAX: usize = 256;
/// And most bytes of them.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// How far a client's ring was emptied.
pub(crate) enum Served {
    /// It is empty.
    All,
    /// There may be more.
    Some,
    /// Its next request waits for totem's room.
    Deferred,
    /// The connection is over.
    Closed,
}

/// The daemon's state.
pub(crate) struct Daemon {
    inner: RefCell<Inner>,
    /// Deferred requests may be tried again.
    pub(crate) room: Notify,
    /// The moment to wake at, or the work to do, changed.
    pub(crate) changed: Notify,
    /// Events wait for slow clients.
    pub(crate) behind: Notify,
    /// Where clients come in.
    pub(crate) entrance: Entrance,
    deferred: Cell<bool>,
}

struct Inner {
    engine: Engine,
    outside: Outside,
    buffer: Vec<u8>,
}

impl Daemon {
    pub(crate) fn new(engine: Engine, outside: Outside) -> Daemon {
        Daemon {
            inner: RefCell::new(Inner { engine, outside, buffer: Vec::new() }),
            room: Notify::new(),
            changed: Notify::new(),
            behind: Notify::new(),
            entrance: Entrance::default(),
            deferred: Cell::new(false),
        }
    }

    /// Calls the engine, then does what follows.
    pub(crate) fn with<R>(&self, call: impl FnOnce(&mut Engine, &mut Outside) -> R) -> R {
        let inner = &mut *self.inner.borrow_mut();
        let wake_before = inner.engine.next_deadline();
        let result = call(&mut inner.engine, &mut inner.outside);
        inner.outside.counted.clients.tell();
        if inner.outside.counted.clients.are_behind() {
            self.behind.notify_one();
        }
        if inner.engine.next_deadline() < wake_before || inner.outside.has_work() {
            self.changed.notify_one();
        }
        if self.deferred.get() && inner.engine.has_room() {
            self.deferred.set(false);
            self.room.notify_waiters();
        }
        result
    }

    /// Whether that process may be a client now; the error is what the handshake is refused with.
    pub(crate) fn authorise(&self, peer: Peer, handshake: &Handshake) -> Result<(), Errno> {
        self.with(|engine, outside| {
            if !outside.serving {
                outside.log("MAIN", Level::Debug, format_args!("Denied connection, corosync is not ready"));
                return Err(Errno::EAGAIN);
            }
            if ipc::is_allowed(engine.map(), peer) {
                let has_room = User::of(peer.uid, true).may_keep(&handshake.fd());
                return if has_room { Ok(()) } else { Err(Errno::EMFILE) };
            }
            let denied = format_args!("Denied connection attempt from {}:{}", peer.uid, peer.gid);
            outside.log("MAIN", Level::Error, denied);
            Err(Errno::EACCES)
        })
    }

    /// Whether that process may be a client by who it is.
    pub(crate) fn is_allowed(&self, peer: Peer) -> bool {
        ipc::is_allowed(self.inner.borrow_mut().engine.map(), peer)
    }

    /// A client passed its handshake.
    pub(crate) fn connected(&self, client: Client) -> ConnId {
        self.with(|engine, outside| {
            let (service, peer) = (client.service, client.peer);
            let conn = outside.counted.clients.insert(client);
            outside.buffers.owners.insert(conn, peer.uid);
            engine.client_connected(outside, conn, service, peer);
            engine.run(outside);
            conn
        })
    }

    /// A client's connection is over; what is left of it is to be dropped.
    pub(crate) fn gone(&self, conn: ConnId) -> Option<Client> {
        self.with(|engine, outside| {
            let client = outside.counted.clients.remove(conn);
            engine.client_gone(outside, conn);
            outside.buffers.owners.remove(&conn);
            engine.run(outside);
            client
        })
    }

    /// Takes a batch of a client's requests.
    pub(crate) fn serve(&self, conn: ConnId) -> Served {
        let mut buffer = std::mem::take(&mut self.inner.borrow_mut().buffer);
        let served = self.with(|engine, outside| {
            let served = batch(engine, outside, conn, &mut buffer);
            engine.run(outside);
            match served {
                // the run made room
                Served::Deferred if engine.has_room() && !outside.counted.clients.is_behind(conn) => Served::Some,
                served => served,
            }
        });
        self.inner.borrow_mut().buffer = buffer;
        if matches!(served, Served::Deferred) {
            self.deferred.set(true);
        }
        served
    }

    /// What services asked of the daemon and is not done yet.
    pub(crate) fn next_request(&self) -> Option<Request> {
        self.inner.borrow_mut().outside.requests.pop_front()
    }

    /// When the engine must run even if nothing happens.
    pub(crate) fn next_deadline(&self) -> Option<Nanos> {
        self.inner.borrow().engine.next_deadline()
    }

    /// Whether events wait for slow clients.
    pub(crate) fn clients_are_behind(&self) -> bool {
        self.inner.borrow().outside.counted.clients.are_behind()
    }
}

fn batch(engine: &mut Engine, outside: &mut Outside, conn: ConnId, buffer: &mut Vec<u8>) -> Served {
    let (mut bytes, start) = (0, clock::tick());
    for _ in 0..BATCH_MAX {
        let client = outside.counted.clients.get(conn).filter(|client| !client.is_over());
        let Some(client) = client else { return Served::Closed };
        match client.deferred.take() {
            Some(message) => *buffer = message,
            None => match client.connection.receive(buffer) {
                Ok(Received::Message) => {}
                Ok(Received::Empty) => return Served::All,
                Ok(Received::Again) => return Served::Some,
                Ok(Received::Closed) | Err(_) => return Served::Closed,
            },
        }
        bytes += buffer.len();
        if engine.client_request(outside, conn, buffer) == Admission::Later {
            if let Some(client) = outside.counted.clients.get(conn) {
                client.deferred = Some(std::mem::take(buffer));
            }
            return Served::Deferred;
        }
        if bytes >= BATCH_BYTES_MAX || clock::tick() != start {
            break;
        }
    }
    Served::Some
}
