//! The other hosts: what is sent to them, whether they have the same CIB, and the way out (`based_messages.c`).

use super::{Action, Exit, Manager, Now, messages};
use crate::{CibError, Operation};
use core_types::Level;
use core_xml::{Document, Form, cib_digest};

/// Seconds after the last change when the host that decides asks the others for their digests.
const DIGESTS_AFTER: u64 = 5;
/// Seconds that a host waits for the others' leave to go.
const LEAVE_WITHIN: u64 = 10;
/// Patches that are passed over while a whole CIB is on its way: the request for it may be lost.
const PATCHES_MISSED_MAX: u32 = 5;

/// What is known of the other hosts' CIBs, and what is asked of them.
#[derive(Debug, Default)]
pub(super) struct Peers {
    /// 1 from a request for the whole CIB on, and one more with each patch that was passed over; 0 once it came.
    syncing: u32,
    /// When the others are to be asked for their digests.
    digests_due: Option<u64>,
    /// The number of the last ping.
    ping: u64,
    /// Our digest at the last ping, once it was needed.
    digest: Option<String>,
    /// Whether the CIB changed since the last ping, so that answers to it say nothing.
    changed: bool,
    /// This host is about to go, and does so by then whatever the others say.
    leave_by: Option<u64>,
}

impl Manager {
    /// Whether the manager waits for leave to go.
    pub(super) fn is_leaving(&self) -> bool {
        self.peers.leave_by.is_some()
    }

    /// Sends a message to a host, or to all: to this one, too, which hears it in its turn.
    pub(super) fn send_to_peers(&mut self, to: Option<&str>, message: Document) {
        if self.setup.alone {
            self.own_messages.push_back(message);
        } else {
            let text = message.text(message.root(), Form::Compact);
            self.actions.push(Action::Send(to.map(str::to_owned), text));
        }
    }

    /// Sends a client's request on, to be carried out by the host that it names, or by all.
    pub(super) fn forward(&mut self, mut request: Document) {
        let root = request.root();
        let own = self.setup.host.clone();
        // a client's request is nobody's reply
        for name in [messages::REPLY_TO, messages::UPGRADE_RC] {
            request.remove_attribute(root, name);
        }
        request.set_attribute(root, messages::DELEGATED, &own);
        let host = request.attribute(root, messages::HOST).filter(|host| !host.is_empty()).map(str::to_owned);
        self.send_to_peers(host.as_deref(), request);
    }

    /// Sends our CIB to whoever sent a message, or to all, to be put in place of theirs.
    pub(super) fn send_cib(&mut self, request: &Document, to_all: bool) -> Result<(), CibError> {
        if self.setup.alone {
            return Err(CibError::NotConnected);
        }
        let origin = request.attribute(request.root(), messages::ORIGIN).ok_or(CibError::Invalid)?;
        let text = format!("Syncing CIB to {}", if to_all { "all peers" } else { origin });
        self.log(Level::Debug, "sync_our_cib", text);
        let replace = messages::whole_cib(&self.cib, request, origin, to_all);
        self.send_to_peers((!to_all).then_some(origin), replace);
        Ok(())
    }

    /// Asks all for their CIB; the newest counts.
    pub(super) fn request_cib(&mut self) {
        self.log(Level::Info, "send_sync_request", "Requesting re-sync from all peers".to_owned());
        self.peers.syncing = 1;
        let mut request = messages::to_peers("sync-me", Operation::SyncToOne);
        let root = request.root();
        request.set_attribute(root, messages::DELEGATED, &self.setup.host);
        self.send_to_peers(None, request);
    }

    /// Whether a patch is passed over, as the whole CIB is on its way.
    pub(super) fn passes_over_patch(&mut self) -> bool {
        if self.peers.syncing > PATCHES_MISSED_MAX {
            self.peers.syncing = 0;
        }
        let passes = self.peers.syncing > 0 && !self.primary;
        self.peers.syncing += u32::from(passes);
        passes
    }

    /// A patch starts from a CIB that is newer than ours: we missed something. Whoever decides misses nothing.
    pub(super) fn lost_track(&mut self) -> CibError {
        if self.primary {
            return CibError::DiffFailed;
        }
        self.request_cib();
        CibError::DiffResync
    }

    /// A whole CIB came in the place of one of version `before`.
    pub(super) fn caught_up(&mut self, request: &Document, before: &str) {
        const FUNCTION: &str = "cib_process_replace";
        self.peers.syncing = 0;
        let of_request = |name| request.attribute(request.root(), name);
        let origin = of_request(messages::ORIGIN).unwrap_or("local peer");
        if let Some(digest) = of_request(messages::DIGEST) {
            self.log(Level::Info, FUNCTION, format!("Digest matched on replace from {origin}: {digest}"));
        }
        self.log(Level::Info, FUNCTION, format!("Replaced {before} with {} from {origin}", self.version()));
    }

    /// A request to change the CIB is carried out.
    pub(super) fn note_attempt(&mut self) {
        self.peers.changed = true;
    }

    /// The CIB changed.
    pub(super) fn note_change(&mut self, now: Now<'_>) {
        self.peers.digests_due = Some(now.seconds + DIGESTS_AFTER);
    }

    /// When [`Manager::tick`] is due, in seconds of the clock that the manager is told.
    #[must_use]
    pub fn deadline(&self) -> Option<u64> {
        [self.peers.digests_due, self.peers.leave_by].into_iter().flatten().min()
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Now<'_>) {
        let is_due = |due: Option<u64>| due.is_some_and(|due| due <= now.seconds);
        if is_due(self.peers.digests_due) {
            self.peers.digests_due = None;
            if self.primary && !self.setup.alone {
                self.ping();
            }
        }
        if is_due(self.peers.leave_by) {
            self.log(Level::Notice, "cib_force_exit", "Forcing exit!".to_owned());
            self.exit("cib_force_exit", Exit::Unanswered);
        }
    }

    /// Asks all for the digests of their CIBs.
    fn ping(&mut self) {
        let peers = &mut self.peers;
        peers.ping = peers.ping.wrapping_add(1);
        (peers.digest, peers.changed) = (None, false);
        let ping = messages::ping(peers.ping);
        self.send_to_peers(None, ping);
    }

    /// Takes a host's answer to a ping: where its CIB is another one it gets ours.
    pub(super) fn compare(&mut self, reply: &Document) {
        let Some(pong) = messages::call_data(reply) else { return };
        let sequence = reply.attribute(pong, messages::PING_ID).and_then(|text| text.trim().parse::<u64>().ok());
        let Some(theirs) = reply.attribute(pong, messages::DIGEST) else { return };
        if sequence != Some(self.peers.ping) || self.peers.changed {
            return;
        }
        let cib = self.cib.document();
        let ours = self.peers.digest.get_or_insert_with(|| cib_digest(cib, cib.root())).clone();
        if ours.eq_ignore_ascii_case(theirs) {
            return;
        }
        let host = reply.attribute(reply.root(), messages::ORIGIN).unwrap_or("(null)");
        let told = reply.child(pong, Some(messages::CALL_DATA)).and_then(|holder| reply.first_child(holder));
        let part = |name| told.and_then(|cib| reply.attribute(cib, name)).unwrap_or("_");
        let their_version = format!("{}.{}.{}", part("admin_epoch"), part("epoch"), part("num_updates"));
        let text = format!("Local CIB {}.{ours} differs from {host}: {their_version}.{theirs}", self.version());
        self.log(Level::Notice, "process_ping_reply", text);
        // there is an origin, and a cluster
        let _sent = self.send_cib(reply, false);
    }

    /// This host wants to go: alone it does so, of others it takes its leave. `active`: hosts in the group.
    pub fn shut_down(&mut self, active: usize, now: Now<'_>) {
        if self.setup.alone || active < 2 {
            return self.exit("initiate_exit", Exit::Done);
        }
        let text = format!("Sending disconnect notification to {active} peers...");
        self.log(Level::Info, "initiate_exit", text);
        self.peers.leave_by = Some(now.seconds + LEAVE_WITHIN);
        let leaving = messages::to_peers("exit-notification", Operation::Shutdown);
        self.send_to_peers(None, leaving);
    }

    /// So many hosts are in the group now.
    pub fn count_peers(&mut self, active: usize) {
        if self.is_leaving() && active < 2 {
            self.log(Level::Info, "cib_peer_update_callback", "No more peers".to_owned());
            self.exit("cib_peer_update_callback", Exit::Done);
        }
    }

    /// A host wants to go, or lets us.
    pub(super) fn take_leave(&mut self, host: &str, is_reply: bool) -> Result<(), CibError> {
        const FUNCTION: &str = "cib_process_shutdown_req";
        if !is_reply {
            self.log(Level::Info, FUNCTION, format!("Peer {host} is requesting to shut down"));
        } else if self.is_leaving() {
            self.log(Level::Info, FUNCTION, format!("Peer {host} has acknowledged our shutdown request"));
            self.exit(FUNCTION, Exit::Done);
        } else {
            let text = format!("Peer {host} mistakenly thinks we wanted to shut down");
            self.log(Level::Error, FUNCTION, text);
            return Err(CibError::Invalid);
        }
        Ok(())
    }

    fn exit(&mut self, caller: &str, how: Exit) {
        self.peers.leave_by = None;
        let way = if how == Exit::Done { " from mainloop" } else { " fast" };
        self.log(Level::Info, "terminate_cib", format!("{caller}: Exiting{way}..."));
        self.actions.push(Action::Exit(how));
    }
}
