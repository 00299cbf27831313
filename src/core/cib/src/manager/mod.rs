//! The CIB manager: what becomes of each client's messages, and of those of the cluster's other hosts.
//!
//! Counterparts: `based_callbacks.c`, `based_messages.c`, `based_notify.c`, `based_common.c`, `based_remote.c` (2.1.5).
//! A message goes in, [`Action`]s come out: replies, events, messages to hosts, a CIB to be written, lines for the log.
//! A request that changes the CIB goes to all hosts in one order, and each carries it out, the one that it came from,
//! too. A host that stands alone hears only itself.
//!
//! Left to others: connections and queues, the group of the cluster's managers, the disk, the clock.

mod command;
mod diff_log;
mod messages;
mod options;
mod peers;
pub mod remote;
mod route;

use crate::{Cib, CibError, Schemas};
pub use core_pcmk_ipc::ClientId;
use core_pcmk_ipc::Flags;
use core_rules::DateTime;
use core_types::Level;
use core_xml::Document;
pub use diff_log::lines as patch_lines;
use messages::Notification;
pub use options::{Options, is_true, properties};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::rc::Rc;

/// Who connected.
#[derive(Clone, Debug)]
pub struct Who {
    /// A number of its own in the whole world: clients of other hosts have theirs.
    pub uuid: String,
    /// Its user's name.
    pub user: String,
    /// Whether it connected where one may write.
    pub writer: bool,
    /// How messages reach it.
    pub channel: Channel,
}

/// How a client's messages travel.
#[derive(Clone, Debug)]
pub enum Channel {
    /// Over IPC.
    Local {
        /// Its process.
        pid: u32,
        /// Whether its user is root or the cluster's: its queue of events may grow.
        trusted: bool,
        /// Size of its IPC buffers, in bytes: a longer message to it is packed.
        buffer: usize,
    },
    /// Over a stream, from another host.
    Remote {
        /// What it called itself when it logged in.
        name: Option<String>,
    },
}

/// A message's number and flags, which its reply needs.
#[derive(Clone, Copy, Debug)]
pub struct Envelope {
    /// The number.
    pub id: i32,
    /// The flags.
    pub flags: Flags,
}

/// Now.
#[derive(Clone, Copy, Debug)]
pub struct Now<'a> {
    /// Seconds of any clock.
    pub seconds: u64,
    /// As `cib-last-written` has it: local time, `Mon Nov 23 03:27:16 2026`.
    pub text: &'a str,
    /// As rules have it.
    pub local: DateTime,
}

/// What the manager needs to know of the host.
pub trait Host: Schemas {
    /// Whether a user is in a group.
    fn is_in_group(&self, user: &str, group: &str) -> bool;
}

/// What is to be done.
#[derive(Clone, Debug)]
pub enum Action {
    /// Send a reply.
    Reply(ClientId, Vec<u8>),
    /// Send an event, after those before it.
    Event(ClientId, Rc<[u8]>),
    /// Send a message to a client on another host, after those before it.
    Remote(ClientId, Rc<[u8]>),
    /// Let so many events wait for a client.
    QueueLimit(ClientId, usize),
    /// Send a text to the managers of the host of that name, or of all hosts, this one too.
    Send(Option<String>, String),
    /// Leave the cluster and end.
    Exit(Exit),
    /// Write the CIB to disk, once for many; why: an operation's name.
    Write(&'static str),
    /// Log a line under the name of the reference's function.
    Log(Level, &'static str, String),
}

/// How a manager ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As it was told to.
    Done,
    /// Nobody gave it leave to go.
    Unanswered,
}

/// How a manager is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The host's name.
    pub host: String,
    /// There is no cluster: this host decides, and hears only itself.
    pub alone: bool,
    /// The user that the daemon runs as.
    pub user: String,
}

#[derive(Clone, Debug)]
struct Client {
    who: Who,
    /// Known from its first message on.
    name: Option<String>,
    /// The message that a synchronous request came with; it is answered once.
    request: i32,
    notifications: HashSet<Notification>,
    proxied: bool,
}

/// See the module.
#[derive(Debug)]
pub struct Manager {
    cib: Cib,
    setup: Setup,
    /// Why no request is served; the CIB then is no good.
    broken: Option<CibError>,
    /// Whether this host decides.
    primary: bool,
    clients: BTreeMap<ClientId, Client>,
    /// Length of the longest text that a client was sent, in bytes.
    longest: usize,
    /// Clients by their own numbers, as messages have them.
    by_uuid: BTreeMap<String, ClientId>,
    peers: peers::Peers,
    /// What a host that stands alone sent to all.
    own_messages: VecDeque<Document>,
    options: Options,
    /// From this second on a patch carries a digest again, for the others to check that theirs is the same CIB.
    digest_due: u64,
    /// The number of the last event.
    events: i32,
    /// The number of the last message to clients on other hosts.
    remote_messages: u64,
    actions: Vec<Action>,
}

impl Manager {
    /// A manager of a CIB; where that is `broken`, it says so to everybody who asks.
    #[must_use]
    pub fn new(cib: Cib, broken: Option<CibError>, setup: Setup, now: &DateTime) -> Manager {
        let options = Options::of(cib.document(), now);
        Manager {
            cib,
            broken,
            primary: setup.alone,
            longest: 0,
            setup,
            clients: BTreeMap::new(),
            by_uuid: BTreeMap::new(),
            peers: peers::Peers::default(),
            own_messages: VecDeque::new(),
            options,
            digest_due: 0,
            events: 0,
            remote_messages: 0,
            actions: Vec::new(),
        }
    }

    /// The CIB.
    #[must_use]
    pub fn cib(&self) -> &Cib {
        &self.cib
    }

    /// Why it serves nobody, if so.
    #[must_use]
    pub fn broken(&self) -> Option<CibError> {
        self.broken
    }

    /// How long messages to clients became so far, in bytes: buffers of that size spare the next clients the packing.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Takes a client in.
    pub fn connect(&mut self, id: ClientId, who: Who) {
        let notifications = HashSet::new();
        self.by_uuid.insert(who.uuid.clone(), id);
        let name = match &who.channel {
            Channel::Remote { name } => name.clone(),
            Channel::Local { .. } => None,
        };
        self.clients.insert(id, Client { who, name, request: 0, notifications, proxied: false });
    }

    /// Forgets a client.
    pub fn disconnect(&mut self, id: ClientId) {
        if let Some(client) = self.clients.remove(&id) {
            self.by_uuid.remove(&client.who.uuid);
        }
    }

    /// What a client is called: its name once it told it.
    #[must_use]
    pub fn name_of(&self, id: ClientId) -> Option<&str> {
        let client = self.clients.get(&id)?;
        client.name.as_deref().or(Some(&client.who.uuid))
    }

    /// Takes what is to be done, in order.
    pub fn take_actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.actions)
    }

    /// Takes a message that can't be read; its header could, or there is nobody to tell.
    pub fn refuse(&mut self, from: ClientId, envelope: Option<Envelope>) {
        if let Some(envelope) = envelope {
            self.acknowledge(from, envelope, &messages::NACK);
        }
    }

    /// Takes a message.
    pub fn receive(
        &mut self,
        from: ClientId,
        envelope: Envelope,
        mut request: Document,
        now: Now<'_>,
        host: &dyn Host,
    ) {
        let root = request.root();
        let options = messages::call_options(&request);
        let Some(client) = self.clients.get_mut(&from) else { return };
        let Channel::Local { pid, trusted, .. } = client.who.channel else { return };
        if envelope.flags.contains(Flags::PROXIED) {
            client.proxied = true;
        }
        if options.contains(crate::CallOptions::SYNC_CALL) {
            client.request = envelope.id;
        }
        let name = client.name.get_or_insert_with(|| {
            request.attribute(root, messages::CLIENT_NAME).map_or_else(|| pid.to_string(), str::to_owned)
        });
        if trusted && messages::is_daemon(name) {
            self.actions.push(Action::QueueLimit(from, self.options.ipc_limit));
        }
        request.set_attribute(root, messages::CLIENT_ID, &client.who.uuid);
        request.set_attribute(root, messages::CLIENT_NAME, name);
        messages::set_user(&mut request, &self.setup.user, &client.who.user);
        self.dispatch(from, envelope, request, now, host);
    }

    /// Takes a client's message once it is known whose it is.
    fn dispatch(&mut self, from: ClientId, envelope: Envelope, mut request: Document, now: Now<'_>, host: &dyn Host) {
        let root = request.root();
        match request.attribute(root, messages::OPERATION) {
            Some("register") => self.register(from, envelope),
            Some("cib_notify") => self.subscribe(from, envelope, &request),
            _ => {
                request.set_attribute(root, messages::ORIGIN, &self.setup.host);
                self.process(Some(from), request, now, host);
            }
        }
        while let Some(own) = self.own_messages.pop_front() {
            let own_name = self.setup.host.clone();
            self.hear(&own_name, own, now, host);
        }
    }

    /// Takes a message of the host of that name.
    pub fn hear(&mut self, from: &str, mut message: Document, now: Now<'_>, host: &dyn Host) {
        let root = message.root();
        message.set_attribute(root, messages::ORIGIN, from);
        if message.attribute(root, messages::CLIENT_NAME).is_none() {
            message.set_attribute(root, messages::CLIENT_NAME, from);
        }
        self.process(None, message, now, host);
    }

    fn register(&mut self, from: ClientId, envelope: Envelope) {
        let Some(client) = self.clients.get_mut(&from) else { return };
        if envelope.flags.contains(Flags::CLIENT_RESPONSE) {
            let welcome = messages::welcome(messages::WORKER, &client.who.uuid);
            client.request = 0;
            self.send(from, envelope.id, &welcome, envelope.flags);
        }
    }

    fn subscribe(&mut self, from: ClientId, envelope: Envelope, request: &Document) {
        let root = request.root();
        let Some(client) = self.clients.get_mut(&from) else { return };
        let kind = request.attribute(root, "cib_notify_type");
        let on = request.integer(root, "cib_notify_activate").is_some_and(|number| number != 0);
        let text = format!(
            "Setting {} callbacks {} for client {}",
            kind.unwrap_or("(null)"),
            if on { "on" } else { "off" },
            client.name.as_deref().unwrap_or_default()
        );
        let known = kind.and_then(Notification::named);
        match known {
            Some(kind) if on => drop(client.notifications.insert(kind)),
            Some(kind) => drop(client.notifications.remove(&kind)),
            None => {}
        }
        self.log(Level::Debug, "cib_common_callback_worker", text);
        self.acknowledge(from, envelope, if known.is_some() { &messages::ACK } else { &messages::ACK_INVALID });
    }

    fn acknowledge(&mut self, to: ClientId, envelope: Envelope, ack: &messages::Acknowledgement) {
        if !envelope.flags.contains(Flags::CLIENT_RESPONSE) {
            return;
        }
        if let Some(client) = self.clients.get_mut(&to) {
            client.request = 0;
            self.send(to, envelope.id, &ack.document(), envelope.flags);
        }
    }

    /// Sends a message made for one client: a reply, or with `SERVER_EVENT` an event.
    fn send(&mut self, to: ClientId, id: i32, message: &Document, mut flags: Flags) {
        let Some(client) = self.clients.get(&to) else { return };
        let Channel::Local { pid, buffer, .. } = client.who.channel else {
            return self.send_remote(&[to], &message.text(message.root(), core_xml::Form::Compact));
        };
        if client.proxied && !flags.contains(Flags::SERVER_EVENT) {
            flags |= Flags::SERVER_EVENT | Flags::PROXIED_RELAY_RESPONSE;
        }
        let is_event = flags.contains(Flags::SERVER_EVENT);
        let id = if is_event { self.next_event() } else { id };
        let text = message.text(message.root(), core_xml::Form::Compact);
        self.longest = self.longest.max(text.len());
        match core_pcmk_ipc::encode(&text, id, flags | Flags::SERVER_FREE, buffer) {
            Ok(bytes) if is_event => self.actions.push(Action::Event(to, bytes.into())),
            Ok(bytes) => self.actions.push(Action::Reply(to, bytes)),
            Err(error) => {
                self.log(Level::Error, "pcmk__ipc_prepare_iov", error.to_string());
                let why = format!("IPC message to pid {pid} failed: Message too long | rc=90");
                self.log(Level::Notice, "pcmk__ipc_send_xml", why);
            }
        }
    }

    /// Sends a notification to all who want it.
    fn notify(&mut self, kind: Notification, message: &Document) {
        let (mut to, mut remote, mut buffer) = (Vec::new(), Vec::new(), usize::MAX);
        for (id, client) in self.clients.iter().filter(|(_, client)| client.notifications.contains(&kind)) {
            match client.who.channel {
                Channel::Local { buffer: own, .. } => {
                    to.push(*id);
                    buffer = buffer.min(own);
                }
                Channel::Remote { .. } => remote.push(*id),
            }
        }
        if to.is_empty() && remote.is_empty() {
            return;
        }
        let text = message.text(message.root(), core_xml::Form::Compact);
        self.send_remote(&remote, &text);
        if to.is_empty() {
            return;
        }
        let id = self.next_event();
        match core_pcmk_ipc::encode(&text, id, Flags::SERVER_EVENT, buffer) {
            Ok(bytes) => {
                let bytes: Rc<[u8]> = bytes.into();
                self.actions.extend(to.into_iter().map(|to| Action::Event(to, bytes.clone())));
            }
            Err(error) => {
                self.log(Level::Error, "pcmk__ipc_prepare_iov", error.to_string());
                let why = "Could not notify clients: Message too long | rc=90".to_owned();
                self.log(Level::Notice, "cib_notify_send", why);
            }
        }
    }

    fn next_event(&mut self) -> i32 {
        self.events = self.events.wrapping_add(1);
        self.events
    }

    fn log(&mut self, level: Level, function: &'static str, text: String) {
        self.actions.push(Action::Log(level, function, text));
    }
}
