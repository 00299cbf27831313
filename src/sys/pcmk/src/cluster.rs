//! The connection to the same daemon on the other hosts: one of corosync's groups.

use crate::{Logger, option};
use core_cpg::wire::GroupName;
use core_peers::{Change, HEADER_SIZE, Host, Kind, Members, decode, encode};
use core_types::{CsError, Level};
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::rc::Rc;
use std::thread::sleep;
use std::time::Duration;
use sys_client::Dispatch;
use sys_client::cmap::{Cmap, GET_MAX};
use sys_client::cpg::{Cpg, Event};
use sys_poll::Readable;
use tokio::sync::Notify;
use tokio::task::yield_now;

/// How often corosync is asked while it is too busy; after the nth attempt comes a pause of n seconds.
const ATTEMPTS: u32 = 30;
/// The same for a name.
const NAME_ATTEMPTS: u32 = 5;
/// `CPG_TYPE_AGREED`
const AGREED: u32 = 2;
/// Events that are taken before clients have their turn.
const EVENTS_MAX: usize = 32;
/// When to offer corosync again what it had no room for.
const SEND_AGAIN: Duration = Duration::from_millis(20);
/// Most bytes that may wait for corosync; what comes then is lost.
const QUEUE_MAX: usize = 256 << 20;
/// Hosts that corosync's list of nodes can name.
const NODES_MAX: u32 = 1024;

/// What is heard of the other hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterEvent {
    /// A message.
    Message {
        /// The name of the host that sent it.
        from: String,
        /// XML, as far as this layer knows.
        text: String,
    },
    /// The group changed: it has members on so many hosts.
    Members(usize),
}

/// See the module.
pub struct Cluster {
    cpg: Cpg,
    group: GroupName,
    kind: Kind,
    members: RefCell<Members>,
    /// Messages that corosync had no room for yet.
    queue: RefCell<VecDeque<Vec<u8>>>,
    queued: Cell<usize>,
    sent: Cell<u32>,
    wake: Notify,
    logger: Rc<Logger>,
}

/// What reading the connection came to.
enum Read {
    /// There may be more.
    More,
    /// There is nothing more.
    All,
    /// There is no connection any more.
    Lost,
}

impl Cluster {
    /// Joins a group, waiting for corosync where it is busy; `None`, and said why in the log, where that can't be.
    #[must_use]
    pub fn join(group: &str, kind: Kind, logger: Rc<Logger>) -> Option<Cluster> {
        if !is_corosync(&logger) {
            return None;
        }
        const FUNCTION: &str = "cluster_connect_cpg";
        let failed = |error: CsError| {
            logger.log(Level::Error, FUNCTION, &format!("Could not connect to the CPG API: {error}"));
        };
        let cpg = insist(ATTEMPTS, || Cpg::connect(0)).map_err(failed).ok()?;
        if !is_of_root(&cpg) {
            logger.log(Level::Error, FUNCTION, "CPG provider is not authentic");
            return None;
        }
        let Ok(node) = insist(ATTEMPTS, || cpg.local_get()) else {
            logger.log(Level::Error, FUNCTION, "Could not get local node id from the CPG API");
            return None;
        };
        // the name's NUL is part of it
        let joined = GroupName::new(&[group.as_bytes(), b"\0"].concat())?;
        if let Err(error) = insist(ATTEMPTS, || cpg.join(joined)) {
            let text = format!("Could not join the CPG group '{group}': {}", error as i32);
            logger.log(Level::Error, FUNCTION, &text);
            return None;
        }
        logger.log(Level::Info, "pcmk__corosync_connect", "Connection to corosync established");
        let name = node_name(node, &logger).or_else(|| {
            let text = "Defaulting to uname -n for the local corosync node name";
            logger.log(Level::Notice, "get_node_name", text);
            sys_os::node_name()
        })?;
        let members = Members::new(group, Host { node, name }, std::process::id());
        Some(Cluster {
            cpg,
            group: joined,
            kind,
            members: RefCell::new(members),
            queue: RefCell::default(),
            queued: Cell::new(0),
            sent: Cell::new(0),
            wake: Notify::new(),
            logger,
        })
    }

    /// This host's name.
    #[must_use]
    pub fn own_name(&self) -> String {
        self.members.borrow().own().name.clone()
    }

    /// On how many hosts the group has a member.
    #[must_use]
    pub fn active(&self) -> usize {
        self.members.borrow().active()
    }

    /// Sends a message to a host, or to all, this one too. It arrives some time, in one order for all, or the connection
    /// is lost.
    pub fn send(&self, to: Option<&str>, text: &str) {
        self.sent.set(self.sent.get().wrapping_add(1));
        let message = {
            let members = self.members.borrow();
            let to = to.map(|name| members.host(name));
            encode(text, self.sent.get(), self.kind, to.as_ref(), members.own(), std::process::id())
        };
        if self.queued.get() + message.len() > QUEUE_MAX {
            let text = format!("CPG queue has grown to {QUEUE_MAX} bytes, a message is lost");
            return self.logger.log(Level::Error, "crm_cs_flush", &text);
        }
        self.queued.set(self.queued.get() + message.len());
        self.queue.borrow_mut().push_back(message);
        if !self.flush() {
            self.wake.notify_one();
        }
    }

    /// Hands corosync what waits for it, as far as it has room; whether that is all.
    fn flush(&self) -> bool {
        let mut queue = self.queue.borrow_mut();
        while let Some(message) = queue.front() {
            if self.cpg.mcast(AGREED, &[message]).is_err() {
                return false;
            }
            self.queued.set(self.queued.get() - message.len());
            queue.pop_front();
        }
        true
    }

    /// Tells what is heard until the connection is lost, or this process was put out of the group.
    pub async fn listen(&self, mut told: impl FnMut(ClusterEvent)) {
        let Ok(readable) = Readable::of(&self.cpg) else { return };
        loop {
            let sent = self.flush();
            tokio::select! {
                ready = readable.ready() => {
                    let Ok(mut ready) = ready else { return };
                    match self.read(&mut told) {
                        Read::More => yield_now().await,
                        Read::All => ready.clear_ready(),
                        Read::Lost => return,
                    }
                }
                () = self.wake.notified() => {}
                () = tokio::time::sleep(SEND_AGAIN), if !sent => {}
            }
        }
    }

    fn read(&self, told: &mut impl FnMut(ClusterEvent)) -> Read {
        const FUNCTION: &str = "pcmk_cpg_dispatch";
        for _ in 0..EVENTS_MAX {
            // a connection that is lost has nothing to tell, and says so no other way
            let (mut alive, mut evicted) = (false, false);
            let result = self.cpg.dispatch(Dispatch::OneNonblocking, |event| {
                alive = true;
                match event {
                    Some(Event::Message { nodeid, bytes, .. }) => {
                        if let Some(event) = self.message(nodeid, bytes) {
                            told(event);
                        }
                    }
                    Some(Event::Change { members, left, joined, .. }) => {
                        let (active, is_in) = self.change(Change { members, left, joined });
                        evicted = !is_in;
                        told(ClusterEvent::Members(active));
                    }
                    Some(Event::Totem { .. }) | None => {}
                }
                false
            });
            match result {
                Err(CsError::TryAgain) => return Read::All,
                Ok(()) if evicted => {
                    self.logger.log(Level::Error, FUNCTION, "Evicted from CPG membership");
                    return Read::Lost;
                }
                Ok(()) if alive => {}
                Ok(()) => {
                    self.logger.log(Level::Error, FUNCTION, "Connection to the CPG API failed: it is closed");
                    return Read::Lost;
                }
                Err(error) => {
                    self.logger.log(Level::Error, FUNCTION, &format!("Connection to the CPG API failed: {error}"));
                    return Read::Lost;
                }
            }
        }
        Read::More
    }

    /// A message, where it is for this host.
    fn message(&self, node: u32, bytes: &[u8]) -> Option<ClusterEvent> {
        let mut members = self.members.borrow_mut();
        let heard = match decode(bytes, node, members.own()) {
            Ok(heard) => heard?,
            Err(error) => {
                let length = bytes.len();
                let text = format!("Invalid message (from={node}, min={HEADER_SIZE}, total={length}): {error}");
                self.logger.log(Level::Error, "pcmk_message_common_cs", &text);
                return None;
            }
        };
        if let Some(name) = &heard.from {
            members.learn(node, name);
        }
        let Some(from) = heard.from.or_else(|| members.name(node).map(str::to_owned)) else {
            let text = format!("No uname for peer with nodeid={node}");
            self.logger.log(Level::Error, "pcmk_message_common_cs", &text);
            return None;
        };
        Some(ClusterEvent::Message { from, text: heard.text })
    }

    fn change(&self, change: Change<'_>) -> (usize, bool) {
        let mut members = self.members.borrow_mut();
        let (lines, is_in) = members.change(change, &|node| node_name(node, &self.logger));
        self.logger.log_all(&lines);
        (members.active(), is_in)
    }

    /// Leaves the group in order.
    pub fn leave(&self) {
        let text = "Disconnecting from corosync cluster infrastructure";
        self.logger.log(Level::Info, "crm_cluster_disconnect", text);
        let _gone_anyway = self.cpg.leave(self.group).and_then(|()| self.cpg.finalize());
        self.logger.log(Level::Notice, "pcmk__corosync_disconnect", "Disconnected from Corosync");
    }
}

/// Whether corosync is the cluster's base: as the environment says, or as it answers (`get_cluster_type()`).
fn is_corosync(logger: &Logger) -> bool {
    let (known, is_corosync) = match option("cluster_type") {
        Some(name) => {
            let is_corosync = name.eq_ignore_ascii_case("corosync");
            (name, is_corosync)
        }
        None => {
            let answers = matches!(Cmap::<()>::connect(), Ok(_) | Err(CsError::Security));
            (if answers { "corosync" } else { "unknown" }.to_owned(), answers)
        }
    };
    if !is_corosync {
        let text = format!("This installation does not support the '{known}' cluster infrastructure");
        logger.log(Level::Error, "get_cluster_type", &text);
        return false;
    }
    logger.log(Level::Notice, "crm_cluster_connect", "Connecting to corosync cluster infrastructure");
    true
}

/// Calls corosync again while it is too busy.
fn insist<T>(attempts: u32, call: impl Fn() -> Result<T, CsError>) -> Result<T, CsError> {
    let mut attempt = 1;
    loop {
        match call() {
            Err(CsError::TryAgain | CsError::QueueFull) if attempt < attempts => {
                sleep(Duration::from_secs(attempt.into()));
                attempt += 1;
            }
            result => return result,
        }
    }
}

/// Whether root serves a connection: whoever else took corosync's name is not to be believed.
fn is_of_root(connection: &impl AsFd) -> bool {
    getsockopt(&connection.as_fd(), PeerCredentials).is_ok_and(|peer| peer.uid() == 0)
}

/// A node's name: what corosync's list of nodes calls it, or where it is found there unless that is an address
/// (`pcmk__corosync_name()`).
fn node_name(node: u32, logger: &Logger) -> Option<String> {
    const FUNCTION: &str = "pcmk__corosync_name";
    let map = match insist(NAME_ATTEMPTS, Cmap::<()>::connect) {
        Ok(map) => map,
        Err(error) => {
            let text = format!("Could not connect to Cluster Configuration Database API, error {error}");
            logger.log(Level::Warning, FUNCTION, &text);
            return None;
        }
    };
    if !is_of_root(&map) {
        logger.log(Level::Error, FUNCTION, "CMAP provider is not authentic");
        return None;
    }
    let value = |place: u32, what: &str| {
        map.get(format!("nodelist.node.{place}.{what}").as_bytes(), GET_MAX).ok().map(|got| got.value)
    };
    let number = |place| value(place, "nodeid").and_then(|bytes| Some(u32::from_ne_bytes(bytes.try_into().ok()?)));
    let mut numbers = (0..NODES_MAX).map_while(|place| Some((place, number(place)?)));
    let place = numbers.find(|(_, number)| *number == node).map(|(place, _)| place);
    let text = |what| {
        let bytes = value(place?, what)?;
        Some(std::ffi::CStr::from_bytes_until_nul(&bytes).ok()?.to_str().ok()?.to_owned())
    };
    let name = text("name").or_else(|| text("ring0_addr").filter(|name| !is_address(name)));
    if name.is_none() {
        logger.log(Level::Info, FUNCTION, &format!("Unable to get node name for nodeid {node}"));
    }
    name
}

/// Whether a host is given by its address: four numbers at its beginning, or a colon.
fn is_address(name: &str) -> bool {
    let starts_with_number = |part: &str| part.starts_with(|first: char| first.is_ascii_digit());
    name.contains(':') || name.split('.').take(4).filter(|part| starts_with_number(part)).count() == 4
}
