//! What all tasks share, and how the manager's decisions are carried out.

use crate::SERVICES;
use crate::remote::Remotes;
use crate::schemas::ThisHost;
use core_cib::manager::remote::Login;
use core_cib::manager::{Action, Channel, ClientId, Envelope, Exit, Manager, Now, Who};
use core_cib::stored;
use core_pcmk_ipc::{Message, TEXT_MAX, decode};
use core_types::Level;
use core_xml::{Document, Limits};
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{Duration, Instant};
use sys_cib::Failed;
use sys_pcmk::{Cluster, ClusterEvent, Connections, Environment, Logger, Service, USER, exit};
use sys_qb::Hello;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, spawn_local};

/// For so many times as long as a write took, none follows it: a large CIB that changes all the time is written for a
/// fraction of the time.
const REST: u32 = 3;

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
    pub(crate) remotes: Remotes,
    /// The managers of the other hosts, unless this one stands alone.
    cluster: Option<Cluster>,
    /// How the daemon is to end, once that is so.
    exit: Cell<Option<u8>>,
    exiting: Notify,
    /// The manager's deadline may be another one now.
    rescheduled: Notify,
    shutting_down: Cell<bool>,
    logger: Rc<Logger>,
    disk: Disk,
    pub(crate) environment: Environment,
}

impl Daemon {
    pub(crate) fn new(
        manager: Manager,
        host: ThisHost,
        cluster: Option<Cluster>,
        logger: Rc<Logger>,
        disk: Disk,
        environment: Environment,
    ) -> Daemon {
        Daemon {
            manager: RefCell::new(manager),
            host,
            connections: Connections::new(logger.clone()),
            remotes: Remotes::new(logger.clone()),
            cluster,
            exit: Cell::new(None),
            exiting: Notify::new(),
            rescheduled: Notify::new(),
            shutting_down: Cell::new(false),
            logger,
            disk,
            environment,
        }
    }

    /// Who waits for an answer needn't wait for the log.
    fn carry_out(&self, actions: Vec<Action>) {
        let mut lines = Vec::new();
        for action in actions {
            match action {
                Action::Reply(to, message) => self.connections.respond(to, &message),
                Action::Event(to, message) => self.connections.event(to, message),
                Action::Remote(to, message) => self.remotes.send(to, message),
                Action::QueueLimit(to, limit) => self.connections.set_queue_limit(to, limit),
                Action::Write(operation) => self.want_write(operation),
                Action::Send(to, text) => {
                    if let Some(cluster) = &self.cluster {
                        cluster.send(to.as_deref(), &text);
                    }
                }
                Action::Exit(how) => self.end(match how {
                    Exit::Done => exit::OK,
                    Exit::Unanswered => exit::ERROR,
                }),
                Action::Log(level, function, text) => lines.push((level, function, text)),
            }
        }
        self.logger.log_all(&lines);
    }

    /// Lets the manager do something, and does what comes of it.
    fn act(&self, act: impl FnOnce(&mut Manager, Now<'_>)) {
        let local = sys_os::local_time();
        let text = local.text();
        let now = Now { seconds: self.seconds(), text: &text, local: sys_cib::moment(&local) };
        let mut manager = self.manager.borrow_mut();
        act(&mut manager, now);
        let (actions, deadline) = (manager.take_actions(), manager.deadline());
        drop(manager);
        self.host.log_messages(&self.logger);
        self.carry_out(actions);
        if deadline.is_some() {
            self.rescheduled.notify_one();
        }
    }

    fn seconds(&self) -> u64 {
        self.connections.age().as_secs()
    }

    /// Ends all connections, takes no new ones, and leaves the cluster as soon as that may be.
    pub(crate) fn shut_down(&self) {
        if self.shutting_down.replace(true) {
            return;
        }
        let ended = self.connections.close() + self.remotes.close();
        self.log(Level::Info, "cib_shutdown", &format!("Disconnected {ended} clients"));
        self.log(Level::Info, "cib_shutdown", "All clients disconnected (0)");
        let active = self.cluster.as_ref().map_or(1, Cluster::active);
        self.act(|manager, now| manager.shut_down(active, now));
    }

    /// The CIB's attribute of that name.
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        let manager = self.manager.borrow();
        let cib = manager.cib().document();
        cib.attribute(cib.root(), name).map(str::to_owned)
    }

    /// Somebody logged in from another host.
    pub(crate) fn remote_connected(&self, id: ClientId, uuid: String, login: Login) {
        let channel = Channel::Remote { name: login.name };
        self.act(|manager, _| {
            manager.connect(id, Who { uuid, user: login.user, writer: true, channel });
            manager.welcome(id);
        });
    }

    /// Takes a message of a client on another host.
    pub(crate) fn take_remote(&self, from: ClientId, text: &str) {
        match Document::parse(text, Limits::default()) {
            Ok(request) => self.act(|manager, now| manager.receive_remote(from, request, now, &self.host)),
            Err(error) => {
                let text = format!("A message of client {from:?} is no XML: {error}");
                self.log(Level::Error, "pcmk__remote_message_xml", &text);
            }
        }
    }

    /// A client on another host is gone.
    pub(crate) fn remote_gone(&self, id: ClientId) {
        self.manager.borrow_mut().disconnect(id);
    }

    fn end(&self, code: u8) {
        if self.exit.get().is_none() {
            self.exit.set(Some(code));
            self.exiting.notify_one();
        }
    }

    /// Waits until the daemon is to end, and gives its exit code.
    pub(crate) async fn ended(&self) -> u8 {
        loop {
            if let Some(code) = self.exit.get() {
                return code;
            }
            self.exiting.notified().await;
        }
    }

    /// Leaves the cluster, where it is there to be left.
    pub(crate) fn leave(&self, code: u8) {
        if let Some(cluster) = self.cluster.as_ref().filter(|_| code != exit::DISCONNECT) {
            cluster.leave();
        }
    }

    /// Wakes the manager when it wants to be.
    pub(crate) async fn keep_time(self: Rc<Daemon>) {
        loop {
            let deadline = self.manager.borrow().deadline();
            let wait = Duration::from_secs(deadline.unwrap_or(u64::MAX)).saturating_sub(self.connections.age());
            tokio::select! {
                () = tokio::time::sleep(wait), if deadline.is_some() => self.act(Manager::tick),
                () = self.rescheduled.notified() => {}
            }
        }
    }

    /// Hears the other hosts until the cluster is gone, and the daemon with it.
    pub(crate) async fn listen(self: Rc<Daemon>) {
        let Some(cluster) = &self.cluster else { return };
        cluster.listen(|event| self.hear(event)).await;
        if self.shutting_down.get() {
            self.log(Level::Info, "cib_cs_destroy", "Corosync disconnection complete");
            return self.end(exit::OK);
        }
        self.log(Level::Critical, "cib_cs_destroy", "Lost connection to cluster layer, shutting down");
        self.end(exit::DISCONNECT);
    }

    fn hear(&self, event: ClusterEvent) {
        match event {
            ClusterEvent::Members(active) => self.act(|manager, _| manager.count_peers(active)),
            ClusterEvent::Message { from, text } => match Document::parse(&text, Limits::default()) {
                Ok(message) => self.act(|manager, now| manager.hear(&from, message, now, &self.host)),
                Err(error) => {
                    let text = format!("A message of {from} is no XML: {error}");
                    self.log(Level::Error, "cib_cs_dispatch", &text);
                }
            },
        }
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
    /// while the disk is at it, and while it rests, one write follows.
    async fn write_for_ever(self: Rc<Daemon>) {
        let mut seen = None;
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
            let mut known = seen.take();
            let write = move || {
                let mut lines = Vec::new();
                let written = sys_cib::write((root.as_path(), stored::LIVE), &cib, &now, None, &mut known, &mut lines);
                (written, known, lines)
            };
            let began = Instant::now();
            let Ok((written, known, lines)) = tokio::task::spawn_blocking(write).await else { continue };
            seen = known;
            self.logger.log_all(&lines);
            if let Err(failed) = written
                && self.disk.enabled.replace(false)
            {
                let text = format!("Disabling CIB disk writes after failure: exited {}", exit_code(failed));
                self.log(Level::Error, "cib_diskwrite_complete", &text);
            }
            self.rest(began.elapsed() * REST).await;
        }
    }

    /// Waits before the next write, unless that is the last one.
    async fn rest(&self, time: Duration) {
        let rested = tokio::time::sleep(time);
        tokio::pin!(rested);
        while !self.disk.ending.get() {
            tokio::select! {
                () = &mut rested => return,
                () = self.disk.wake.notified() => {}
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

    fn longest_message(&self) -> usize {
        self.manager.borrow().longest()
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
        let buffer = self.connections.max_message(id);
        let channel = Channel::Local { pid: hello.pid, trusted, buffer };
        self.manager.borrow_mut().connect(id, Who { uuid, user, writer, channel });
        true
    }

    fn gone(self: &Rc<Daemon>, id: ClientId) {
        self.manager.borrow_mut().disconnect(id);
    }

    fn take(self: &Rc<Daemon>, from: ClientId, bytes: &[u8]) {
        let envelope = |id, flags| Envelope { id, flags };
        match decode(bytes, TEXT_MAX) {
            Ok(Message { id, flags, text }) => match Document::parse(&text, Limits::default()) {
                Ok(request) => {
                    self.act(|manager, now| manager.receive(from, envelope(id, flags), request, now, &self.host));
                }
                Err(error) => {
                    let text = format!("A message of client {from:?} is no XML: {error}");
                    self.log(Level::Error, "cib_common_callback", &text);
                    self.act(|manager, _| manager.refuse(from, Some(envelope(id, flags))));
                }
            },
            Err((error, header)) => {
                self.log(Level::Error, "pcmk__client_data2xml", &error.to_string());
                self.act(|manager, _| manager.refuse(from, header.map(|(id, flags)| envelope(id, flags))));
            }
        }
    }
}
