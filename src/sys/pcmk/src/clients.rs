//! The connected clients: their connections, and events that they are too slow to take.

use crate::Logger;
use core_pcmk_ipc::{ClientId, EventQueue, Flushed, Sent};
use core_types::Level;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};
use sys_qb::{Connection, Received, SendError};
use tokio::sync::Notify;

/// One connected client.
struct Client {
    pid: u32,
    uid: u32,
    connection: Connection,
    queue: EventQueue,
    /// Its task is to look at [`Client::due`] or [`Client::over`] again.
    wake: Rc<Notify>,
    /// When its events are to be tried again.
    due: Option<Duration>,
    /// The connection is to end.
    over: bool,
}

/// What is to be said in the log of a client that falls behind.
enum Slow {
    Warned(usize),
    Evicted(usize),
}

impl Client {
    /// Sends what waits, as far as there is room.
    fn flush(&mut self, now: Duration) -> Option<Slow> {
        let connection = &mut self.connection;
        let flushed = self.queue.flush(now, |event| match connection.event(&[event]) {
            Ok(()) => Sent::Yes,
            Err(SendError::Full) => Sent::Full,
            Err(SendError::TooLong | SendError::Gone) => Sent::Never,
        });
        let told = connection.flush();
        let (due, slow) = match flushed {
            Flushed::Done => (None, None),
            Flushed::At(next) => (Some(next), None),
            Flushed::Behind(waiting, next) => (Some(next), Some(Slow::Warned(waiting))),
            Flushed::Evict(waiting) => {
                self.end();
                (None, Some(Slow::Evicted(waiting)))
            }
        };
        // events that are in its ring without its being told
        self.due = due.or_else(|| (told == Err(SendError::Full)).then(|| now + Duration::from_secs(1)));
        if self.due.is_some() {
            self.wake.notify_one();
        }
        slow
    }

    /// Ends the connection.
    fn end(&mut self) {
        self.over = true;
        self.wake.notify_one();
    }
}

/// All of them.
pub struct Connections {
    clients: RefCell<BTreeMap<ClientId, Client>>,
    last: Cell<u64>,
    /// Handshakes that are under way.
    pub(crate) handshakes: Cell<usize>,
    started: Instant,
    closed: Cell<bool>,
    logger: Rc<Logger>,
}

impl Connections {
    /// None yet. Clients that are too slow are told of in the log.
    #[must_use]
    pub fn new(logger: Rc<Logger>) -> Connections {
        Connections {
            clients: RefCell::default(),
            last: Cell::new(0),
            handshakes: Cell::new(0),
            started: Instant::now(),
            closed: Cell::new(false),
            logger,
        }
    }

    /// How long it has been there.
    #[must_use]
    pub fn age(&self) -> Duration {
        self.started.elapsed()
    }

    /// Whether no new ones are taken.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// Ends all and takes no new ones; how many there were.
    pub fn close(&self) -> usize {
        self.closed.set(true);
        let mut clients = self.clients.borrow_mut();
        clients.values_mut().for_each(Client::end);
        clients.len()
    }

    /// A number for a client, also for one that isn't among these.
    pub fn next_id(&self) -> ClientId {
        self.last.set(self.last.get() + 1);
        ClientId(self.last.get())
    }

    pub(crate) fn insert(&self, pid: u32, uid: u32, connection: Connection) -> (ClientId, Rc<Notify>) {
        let id = self.next_id();
        let wake = Rc::new(Notify::new());
        let queue = EventQueue::default();
        let client = Client { pid, uid, connection, queue, wake: wake.clone(), due: None, over: false };
        self.clients.borrow_mut().insert(id, client);
        (id, wake)
    }

    pub(crate) fn remove(&self, id: ClientId) {
        drop(self.clients.borrow_mut().remove(&id));
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.clients.borrow().len()
    }

    /// How many connections a user has.
    pub(crate) fn of_user(&self, uid: u32) -> usize {
        self.clients.borrow().values().filter(|client| client.uid == uid).count()
    }

    fn with<T>(&self, id: ClientId, act: impl FnOnce(&mut Client) -> T) -> Option<T> {
        self.clients.borrow_mut().get_mut(&id).filter(|client| !client.over).map(act)
    }

    /// Takes a client's next request; `None` where there is no client any more.
    pub(crate) fn receive(&self, id: ClientId, bytes: &mut Vec<u8>) -> Option<Received> {
        self.with(id, |client| client.connection.receive(bytes).ok()).flatten()
    }

    /// How long until a client's events are to be tried again, if so; `None` when its connection is to end.
    pub(crate) fn due(&self, id: ClientId) -> Option<Option<Duration>> {
        self.with(id, |client| client.due.map(|due| due.saturating_sub(self.age())))
    }

    /// Sends a client the reply that it waits for.
    pub fn respond(&self, to: ClientId, message: &[u8]) {
        let mut clients = self.clients.borrow_mut();
        let Some(client) = clients.get_mut(&to) else { return };
        if let Err(error) = client.connection.respond(&[message]) {
            let text = format!("Response to pid {} failed: {error}", client.pid);
            self.logger.log(Level::Notice, "pcmk__ipc_send_iov", &text);
        }
    }

    /// Sends a client an event, now or once it takes it.
    pub fn event(&self, to: ClientId, message: Rc<[u8]>) {
        if let Some(client) = self.clients.borrow_mut().get_mut(&to) {
            client.queue.push(message);
        }
        self.flush(to);
    }

    /// The most bytes that a message to a client may have.
    #[must_use]
    pub fn max_message(&self, id: ClientId) -> usize {
        self.clients.borrow().get(&id).map_or(0, |client| client.connection.max_message())
    }

    /// Lets more events wait for a client.
    pub fn set_queue_limit(&self, id: ClientId, limit: usize) {
        if let Some(client) = self.clients.borrow_mut().get_mut(&id) {
            client.queue.set_limit(limit);
        }
    }

    /// Sends a client what waits for it.
    pub(crate) fn flush(&self, id: ClientId) {
        const FUNCTION: &str = "crm_ipcs_flush_events";
        let Some((pid, Some(slow))) = self.with(id, |client| (client.pid, client.flush(self.age()))) else { return };
        match slow {
            Slow::Warned(waiting) => {
                let text = format!("Client with process ID {pid} has a backlog of {waiting} messages");
                self.logger.log(Level::Warning, FUNCTION, &text);
            }
            Slow::Evicted(waiting) => {
                let text = format!("Evicting client with process ID {pid} due to backlog of {waiting} messages");
                self.logger.log(Level::Error, FUNCTION, &text);
            }
        }
    }
}
