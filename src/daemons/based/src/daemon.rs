//! What all tasks share, and how the manager's decisions are carried out.

use crate::SERVICES;
use crate::schemas::ThisHost;
use core_cib::manager::{Action, ClientId, Envelope, Manager, Now, Who};
use core_cib::stored;
use core_pcmk_ipc::{Message, TEXT_MAX, decode};
use core_types::Level;
use core_xml::{Document, Limits};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use sys_cib::Failed;
use sys_pcmk::{Connections, Environment, Logger, Service, USER};
use sys_qb::Hello;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};

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
    host: ThisHost,
    connections: Connections,
    logger: Rc<Logger>,
    disk: Disk,
    pub(crate) environment: Environment,
}

impl Daemon {
    pub(crate) fn new(
        manager: Manager,
        host: ThisHost,
        logger: Rc<Logger>,
        disk: Disk,
        environment: Environment,
    ) -> Daemon {
        Daemon {
            manager: RefCell::new(manager),
            host,
            connections: Connections::new(logger.clone()),
            logger,
            disk,
            environment,
        }
    }

    fn carry_out(&self, action: Action) {
        match action {
            Action::Reply(to, message) => self.connections.respond(to, &message),
            Action::Event(to, message) => self.connections.event(to, message),
            Action::QueueLimit(to, limit) => self.connections.set_queue_limit(to, limit),
            Action::Write(operation) => self.want_write(operation),
            Action::Log(level, function, text) => self.log(level, function, &text),
        }
    }

    /// Ends all connections and takes no new ones.
    pub(crate) fn shut_down(&self) {
        let ended = self.connections.close();
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
                let written = sys_cib::write((root.as_path(), stored::LIVE), &cib, &now, None, &mut lines);
                (written, lines)
            };
            let Ok((written, lines)) = tokio::task::spawn_blocking(write).await else { continue };
            self.logger.log_all(&lines);
            if let Err(failed) = written
                && self.disk.enabled.replace(false)
            {
                let text = format!("Disabling CIB disk writes after failure: exited {}", exit_code(failed));
                self.log(Level::Error, "cib_diskwrite_complete", &text);
            }
        }
    }
}

/// With what the reference's writing process ends.
fn exit_code(failed: Failed) -> u8 {
    match failed {
        Failed::Modified => 104,
        Failed::Backup | Failed::Save => 73,
    }
}

impl Service for Daemon {
    fn connections(&self) -> &Connections {
        &self.connections
    }

    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn log(&self, level: Level, function: &str, text: &str) {
        self.logger.log(level, function, text);
    }

    fn accept_function(&self) -> &'static str {
        "cib_ipc_accept"
    }

    fn connected(self: &Rc<Daemon>, id: ClientId, hello: &Hello, socket: usize) -> bool {
        // the kernel gives it its number
        let Ok(uuid) = sys_os::uuid() else { return false };
        let user = sys_os::user_name(hello.uid).ok().flatten().unwrap_or_else(|| {
            let text = format!("Unable to enforce ACLs for user ID {}, assuming unprivileged", hello.uid);
            self.log(Level::Error, "client_from_connection", &text);
            "#unprivileged".to_owned()
        });
        let text = format!("New IPC client {uuid} for PID {} with uid {} and gid {}", hello.pid, hello.uid, hello.gid);
        self.log(Level::Debug, "pcmk__new_client", &text);
        let trusted = hello.uid == 0 || user == USER;
        let writer = SERVICES.get(socket).is_some_and(|service| service.1);
        self.manager.borrow_mut().connect(id, Who { uuid, pid: hello.pid, user, trusted, writer });
        true
    }

    fn gone(self: &Rc<Daemon>, id: ClientId) {
        self.manager.borrow_mut().disconnect(id);
    }

    fn take(self: &Rc<Daemon>, from: ClientId, bytes: &[u8]) {
        let envelope = |id, flags| Envelope { id, flags };
        let mut manager = self.manager.borrow_mut();
        match decode(bytes, TEXT_MAX) {
            Ok(Message { id, flags, text }) => match Document::parse(&text, Limits::default()) {
                Ok(request) => {
                    let text = sys_os::local_time().text();
                    let now = Now { seconds: self.connections.age().as_secs(), text: &text };
                    manager.receive(from, envelope(id, flags), request, now, &self.host);
                    self.host.log_messages(&self.logger);
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
}
