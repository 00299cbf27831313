//! The connected clients: their connections, and events that they are too slow to take.

use core_cib::manager::ClientId;
use core_pcmk_ipc::{EventQueue, Flushed, Sent};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use sys_qb::{Connection, SendError};
use tokio::sync::Notify;

/// One connected client.
pub(crate) struct Client {
    pub(crate) pid: u32,
    pub(crate) uid: u32,
    pub(crate) connection: Connection,
    pub(crate) queue: EventQueue,
    /// Its task is to look at [`Client::due`] or [`Client::over`] again.
    pub(crate) wake: Rc<Notify>,
    /// When its events are to be tried again.
    pub(crate) due: Option<Duration>,
    /// The connection is to end.
    pub(crate) over: bool,
}

/// What is to be said in the log of a client that falls behind.
pub(crate) enum Slow {
    Warned(usize),
    Evicted(usize),
}

impl Client {
    pub(crate) fn new(pid: u32, uid: u32, connection: Connection) -> Client {
        let wake = Rc::new(Notify::new());
        Client { pid, uid, connection, queue: EventQueue::default(), wake, due: None, over: false }
    }

    /// Sends what waits, as far as there is room.
    pub(crate) fn flush(&mut self, now: Duration) -> Option<Slow> {
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
    pub(crate) fn end(&mut self) {
        self.over = true;
        self.wake.notify_one();
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Clients {
    clients: BTreeMap<ClientId, Client>,
    last: u64,
}

impl Clients {
    pub(crate) fn insert(&mut self, client: Client) -> ClientId {
        self.last += 1;
        self.clients.insert(ClientId(self.last), client);
        ClientId(self.last)
    }

    pub(crate) fn get(&mut self, id: ClientId) -> Option<&mut Client> {
        self.clients.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: ClientId) -> Option<Client> {
        self.clients.remove(&id)
    }

    /// How many connections a user has.
    pub(crate) fn of_user(&self, uid: u32) -> usize {
        self.clients.values().filter(|client| client.uid == uid).count()
    }

    /// Ends all; how many there were.
    pub(crate) fn end_all(&mut self) -> usize {
        self.clients.values_mut().for_each(Client::end);
        self.clients.len()
    }
}
