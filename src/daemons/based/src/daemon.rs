//! What all tasks share, and how the manager's decisions are carried out.

use crate::clients::{Client, Clients, Slow};
use crate::disk;
use crate::environment::Environment;
use crate::logger::Logger;
use crate::schemas::ThisHost;
use core_cib::manager::{Action, ClientId, Envelope, Manager, Now, Who};
use core_pcmk_ipc::{Message, TEXT_MAX, decode};
use core_types::Level;
use core_xml::{Document, Limits};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use sys_qb::{Hello, Received};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};

/// Requests of one client that are served before others have their turn.
const REQUESTS_MAX: usize = 10;

/// What [`Daemon::serve`] leaves.
pub(crate) enum Served {
    /// Nothing.
    All,
    /// Maybe more requests.
    Some,
    /// No client.
    Closed,
}

/// The disk, as far as it may be written.
pub(crate) struct Disk {
    root: PathBuf,
    enabled: Cell<bool>,
    /// There is a CIB that is not on the disk.
    wanted: Cell<bool>,
    wake: Notify,
    ending: Cell<bool>,
    writer: RefCell<Option<JoinHandle<()>>>,
}

impl Disk {
    pub(crate) fn new(root: PathBuf, enabled: bool) -> Disk {
        Disk {
            root,
            enabled: Cell::new(enabled),
            wanted: Cell::new(false),
            wake: Notify::new(),
            ending: Cell::new(false),
            writer: RefCell::new(None),
        }
    }
}

/// See the module.
pub(crate) struct Daemon {
    manager: RefCell<Manager>,
    clients: RefCell<Clients>,
    logger: Rc<Logger>,
    disk: Disk,
    started: Instant,
    shutting_down: Cell<bool>,
    pub(crate) environment: Environment,
    /// Handshakes that are under way.
    pub(crate) handshakes: Cell<usize>,
}

impl Daemon {
    pub(crate) fn new(manager: Manager, logger: Rc<Logger>, disk: Disk, environment: Environment) -> Daemon {
        Daemon {
            manager: RefCell::new(manager),
            clients: RefCell::default(),
            logger,
            disk,
            started: Instant::now(),
            shutting_down: Cell::new(false),
            environment,
            handshakes: Cell::new(0),
        }
    }

    pub(crate) fn log(&self, level: Level, function: &str, text: &str) {
        self.logger.log(level, function, text);
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    pub(crate) fn is_shutting_down(&self) -> bool {
        self.shutting_down.get()
    }

    pub(crate) fn connections_of(&self, uid: u32) -> usize {
        self.clients.borrow().of_user(uid)
    }

    /// Takes a client in; `None` where the kernel gives no random number for it.
    pub(crate) fn connected(&self, client: Client, hello: Hello, writer: bool) -> Option<ClientId> {
        let uuid = sys_os::uuid().ok()?;
        let user = sys_os::user_name(hello.uid).ok().flatten().unwrap_or_else(|| {
            let text = format!("Unable to enforce ACLs for user ID {}, assuming unprivileged", hello.uid);
            self.log(Level::Error, "client_from_connection", &text);
            "#unprivileged".to_owned()
        });
        let text = format!("New IPC client {uuid} for PID {} with uid {} and gid {}", hello.pid, hello.uid, hello.gid);
        self.log(Level::Debug, "pcmk__new_client", &text);
        let trusted = hello.uid == 0 || user == crate::USER;
        let id = self.clients.borrow_mut().insert(client);
        self.manager.borrow_mut().connect(id, Who { uuid, pid: hello.pid, user, trusted, writer });
        Some(id)
    }

    /// Forgets a client.
    pub(crate) fn gone(&self, id: ClientId) {
        self.manager.borrow_mut().disconnect(id);
        drop(self.clients.borrow_mut().remove(id));
    }

    /// How long until a client's events are to be tried again, if so; `None` when its connection is to end.
    pub(crate) fn due(&self, id: ClientId) -> Option<Option<Duration>> {
        let mut clients = self.clients.borrow_mut();
        let client = clients.get(id).filter(|client| !client.over)?;
        Some(client.due.map(|due| due.saturating_sub(self.now())))
    }

    /// Serves some requests of a client.
    pub(crate) fn serve(&self, id: ClientId) -> Served {
        let mut bytes = Vec::new();
        for _ in 0..REQUESTS_MAX {
            let received = match self.clients.borrow_mut().get(id).filter(|client| !client.over) {
                Some(client) => client.connection.receive(&mut bytes),
                None => return Served::Closed,
            };
            match received {
                Ok(Received::Message) => self.take(id, &bytes),
                Ok(Received::Empty) => return Served::All,
                Ok(Received::Again) => return Served::Some,
                Ok(Received::Closed) | Err(_) => return Served::Closed,
            }
        }
        Served::Some
    }

    fn take(&self, from: ClientId, bytes: &[u8]) {
        let envelope = |id, flags| Envelope { id, flags };
        let mut manager = self.manager.borrow_mut();
        match decode(bytes, TEXT_MAX) {
            Ok(Message { id, flags, text }) => match Document::parse(&text, Limits::default()) {
                Ok(request) => {
                    let text = sys_os::local_time().text();
                    let now = Now { seconds: self.now().as_secs(), text: &text };
                    manager.receive(from, envelope(id, flags), request, now, &ThisHost);
                }
                Err(error) => {
                    let text = format!("A message of client {from:?} is no XML: {error}");
                    self.log(Level::Error, "cib_common_callback", &text);
                    manager.refuse(from, Some(envelope(id, flags)));
                }
            },
            Err((error, header)) => {
                self.log(Level::Error, "pcmk__client_data2xml", &error.to_string());
                manager.refuse(from, header.map(|(id, flags)| envelope(id, flags)));
            }
        }
        let actions = manager.take_actions();
        drop(manager);
        actions.into_iter().for_each(|action| self.carry_out(action));
    }

    fn carry_out(&self, action: Action) {
        match action {
            Action::Reply(to, message) => self.respond(to, &message),
            Action::Event(to, message) => {
                if let Some(client) = self.clients.borrow_mut().get(to) {
                    client.queue.push(message);
                }
                self.flush(to);
            }
            Action::QueueLimit(to, limit) => {
                if let Some(client) = self.clients.borrow_mut().get(to) {
                    client.queue.set_limit(limit);
                }
            }
            Action::Write(operation) => self.want_write(operation),
            Action::Log(level, function, text) => self.log(level, function, &text),
        }
    }

    fn respond(&self, to: ClientId, message: &[u8]) {
        let mut clients = self.clients.borrow_mut();
        let Some(client) = clients.get(to) else { return };
        if let Err(error) = client.connection.respond(&[message]) {
            let text = format!("Response to pid {} failed: {error}", client.pid);
            self.log(Level::Notice, "pcmk__ipc_send_iov", &text);
        }
    }

    /// Sends a client what waits for it.
    pub(crate) fn flush(&self, id: ClientId) {
        const FUNCTION: &str = "crm_ipcs_flush_events";
        let mut clients = self.clients.borrow_mut();
        let Some(client) = clients.get(id).filter(|client| !client.over) else { return };
        match client.flush(self.now()) {
            None => {}
            Some(Slow::Warned(waiting)) => {
                let text = format!("Client with process ID {} has a backlog of {waiting} messages", client.pid);
                self.log(Level::Warning, FUNCTION, &text);
            }
            Some(Slow::Evicted(waiting)) => {
                let text =
                    format!("Evicting client with process ID {} due to backlog of {waiting} messages", client.pid);
                self.log(Level::Error, FUNCTION, &text);
            }
        }
    }

    /// Ends all connections and takes no new ones.
    pub(crate) fn shut_down(&self) {
        self.shutting_down.set(true);
        let ended = self.clients.borrow_mut().end_all();
        self.log(Level::Info, "cib_shutdown", &format!("Disconnected {ended} clients"));
        self.log(Level::Info, "cib_shutdown", "All clients disconnected (0)");
        self.log(Level::Info, "terminate_cib", "initiate_exit: Exiting from mainloop...");
    }

    fn want_write(&self, operation: &str) {
        if self.disk.enabled.get() && self.manager.borrow().broken().is_none() {
            self.log(Level::Debug, "activateCibXml", &format!("Triggering CIB write for {operation} op"));
            self.disk.wanted.set(true);
            self.disk.wake.notify_one();
        }
    }

    pub(crate) fn enable_writes(&self) {
        self.disk.enabled.set(true);
    }

    /// Writes from now on, the CIB of the start first.
    pub(crate) fn start_writing(self: &Rc<Daemon>) {
        let writer = spawn_local(self.clone().write_for_ever());
        *self.disk.writer.borrow_mut() = Some(writer);
        self.want_write("start");
    }

    /// Waits until all is on the disk.
    pub(crate) async fn finish_writing(&self) {
        self.disk.ending.set(true);
        self.disk.wake.notify_one();
        let writer = self.disk.writer.borrow_mut().take();
        if let Some(writer) = writer {
            let _ended = writer.await;
        }
    }

    /// Writes the newest CIB whenever one is wanted, beside the loop that serves clients: however many changes come
    /// while the disk is at it, one write follows.
    async fn write_for_ever(self: Rc<Daemon>) {
        loop {
            if !self.disk.wanted.take() {
                if self.disk.ending.get() {
                    return;
                }
                self.disk.wake.notified().await;
                continue;
            }
            let (cib, root) = (self.manager.borrow().cib().clone(), self.disk.root.clone());
            let now = sys_os::local_time().text();
            let write = move || {
                let mut lines = Vec::new();
                let written = disk::write(&root, &cib, &now, &mut lines);
                (written, lines)
            };
            let Ok((written, lines)) = tokio::task::spawn_blocking(write).await else { continue };
            self.logger.log_all(&lines);
            if let Err(failed) = written
                && self.disk.enabled.replace(false)
            {
                let text = format!("Disabling CIB disk writes after failure: exited {}", failed as i32);
                self.log(Level::Error, "cib_diskwrite_complete", &text);
            }
        }
    }
}
