//! The service itself: its state, the sync, and who a message goes to.

use crate::config::{READ_ONLY, Settings};
use crate::deliver;
use crate::nodes::Nodes;
use crate::qdevice::Qdevice;
use crate::recalculate::May;
use crate::votes::{self, TieBreaker};
use crate::wire::exec::{self, flags, param};
use core_icmap::{Change, Value};
use core_service::{FlowControl, Host, Service, SyncStep, log};
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, MILLIS, Nanos, NodeId, RingId, ServiceId};
use std::collections::BTreeMap;

/// The subsystem its lines are logged under.
pub(crate) const LOG: &str = "VOTEQ";

/// The quorum device must have polled.
pub(crate) const TIMER_QDEVICE: u32 = 0;
/// The ring stayed as it is for the last man standing's window.
const TIMER_LAST_MAN: u32 = 1;
/// Totem may have room again for what is owed.
const TIMER_AGAIN: u32 = 2;
/// How long to wait for totem's room.
const AGAIN_AFTER: Nanos = 10 * MILLIS;

const RELOADING: &str = "config.totemconfig_reload_in_progress";
const CANCEL: &str = "quorum.cancel_wait_for_all";

/// What every member must hear of and totem had no room for.
#[derive(Debug, Default)]
pub(crate) struct Owed {
    us: bool,
    qdevice: bool,
}

/// The votequorum service.
#[derive(Debug)]
pub struct Votequorum {
    pub(crate) settings: Settings,
    pub(crate) nodes: Nodes,
    pub(crate) qdevice: Qdevice,
    /// Votes needed.
    pub(crate) needed: u8,
    pub(crate) quorate: bool,
    /// Whether quorum must wait for all nodes (`wait_for_all_status`).
    pub(crate) waiting: bool,
    pub(crate) ev_barrier: u32,
    pub(crate) ev_tracking_barrier: u32,
    /// Lowest and highest member when there last was a majority.
    pub(crate) extremes: Option<(NodeId, NodeId)>,
    pub(crate) members: Vec<NodeId>,
    pub(crate) previous: Vec<NodeId>,
    pub(crate) ring: RingId,
    pub(crate) syncing: bool,
    sync_sent: bool,
    reloading: bool,
    owed: Owed,
    /// Who tracks, each with its own context.
    pub(crate) trackers: BTreeMap<ConnId, u64>,
}

impl Default for Votequorum {
    fn default() -> Self {
        Self::new()
    }
}

impl Votequorum {
    /// A service that knows nobody yet.
    pub fn new() -> Self {
        Votequorum {
            settings: Settings::default(),
            nodes: Nodes::new(NodeId(0)),
            qdevice: Qdevice::default(),
            needed: 0,
            quorate: false,
            waiting: false,
            ev_barrier: 0,
            ev_tracking_barrier: 0,
            extremes: None,
            members: Vec::new(),
            previous: Vec::new(),
            ring: RingId::default(),
            syncing: false,
            sync_sent: false,
            reloading: false,
            owed: Owed::default(),
            trackers: BTreeMap::new(),
        }
    }

    fn begin(&mut self, host: &mut dyn Host) -> Result<(), String> {
        self.nodes = Nodes::new(host.nodeid());
        put(host, "runtime.votequorum.this_node_id", self.nodes.us().id.0);
        let us = self.nodes.us_mut();
        us.votes = 1;
        us.flags = flags::FIRST;
        self.read_config(host, false)?;
        self.recalculate(host, May::default());
        for key in READ_ONLY {
            host.map().set_read_only(key, false, true);
        }
        self.send_us(host);
        Ok(())
    }

    /// Tells the others of this node; later, when totem has no room now.
    pub(crate) fn send_us(&mut self, host: &mut dyn Host) {
        self.owed.us = true;
        self.send_owed(host);
    }

    /// Tells the others of the quorum device.
    pub(crate) fn send_qdevice(&mut self, host: &mut dyn Host) {
        self.owed.qdevice = true;
        self.send_owed(host);
    }

    fn send_owed(&mut self, host: &mut dyn Host) {
        if self.owed.us {
            log_flags(host, self.nodes.us().flags);
            self.owed.us = deliver::send_nodeinfo(host, self.nodes.us()).is_err();
        }
        if self.owed.qdevice {
            self.owed.qdevice = deliver::send_nodeinfo(host, &self.qdevice.node).is_err();
        }
        if self.owed.us || self.owed.qdevice {
            host.arm(ServiceId::Votequorum, TIMER_AGAIN, AGAIN_AFTER);
        }
    }

    /// Nodes that left are dead. Whether any did.
    fn bury(&mut self, members: &[NodeId]) -> bool {
        let gone: Vec<NodeId> = self.members.iter().copied().filter(|node| !members.contains(node)).collect();
        for &id in &gone {
            if let Some(node) = self.nodes.get_mut(id) {
                node.state = crate::NodeState::Dead;
            }
        }
        !gone.is_empty()
    }

    /// Starts the last man standing's window when nodes left and quorum is still there, or may be by the tie breaker.
    fn watch_last_man(&mut self, host: &mut dyn Host, members: usize, some_left: bool) {
        let needed = usize::from(self.needed);
        let breaks = || {
            self.settings.tie_breaker != TieBreaker::None
                && votes::breaks_tie(&TieBreaker::Lowest, &self.nodes, self.partition())
        };
        if (members >= needed && some_left) || (members <= needed && breaks()) {
            self.arm_last_man(host);
        }
    }

    fn arm_last_man(&self, host: &mut dyn Host) {
        let window = Nanos::from(self.settings.last_man_standing_window) * MILLIS;
        host.arm(ServiceId::Votequorum, TIMER_LAST_MAN, window);
    }

    /// Only nodes with one vote each can be last men.
    pub(crate) fn disable_last_man(&mut self, host: &mut dyn Host) {
        let line =
            "Last Man Standing feature is supported only when allcluster nodes votes are set to 1. Disabling LMS.";
        log!(host, LOG, Warning, "{line}");
        self.settings.last_man_standing = false;
        host.disarm(ServiceId::Votequorum, TIMER_LAST_MAN);
    }

    /// Reads the configuration again and tells the others what changed for them.
    fn refresh(&mut self, host: &mut dyn Host) {
        let us = *self.nodes.us();
        // At run time contradictions are logged; one that would keep the daemon from starting gives an error too.
        let _logged = self.read_config(host, true);
        self.send_us(host);
        self.send_qdevice(host);
        let now = *self.nodes.us();
        if now.votes != us.votes && deliver::send_reconfigure(host, param::NODE_VOTES, us.id, now.votes).is_err() {
            log!(host, LOG, Error, "Failed to send new votes message to other nodes");
        }
        if now.expected_votes != us.expected_votes
            && deliver::send_reconfigure(host, param::EXPECTED_VOTES, us.id, now.expected_votes).is_err()
        {
            log!(host, LOG, Error, "Failed to send expected votes message to other nodes");
        }
    }

    /// The reference tells of a deleted key while it is still there: it counts until the next change.
    fn refresh_before_deletion(&mut self, host: &mut dyn Host, change: &Change) {
        if change.new.is_some() {
            return self.refresh(host);
        }
        let now = host.map().replace_quietly(&change.key, change.old.clone());
        self.refresh(host);
        host.map().replace_quietly(&change.key, now);
    }

    fn cancel_wait_for_all(&mut self, host: &mut dyn Host) {
        put(host, CANCEL, 0u8);
        if deliver::send_reconfigure(host, param::CANCEL_WAIT_FOR_ALL, self.nodes.us().id, 0).is_err() {
            log!(host, LOG, Error, "Failed to send Cancel WFA message to other nodes");
        }
    }
}

impl Service for Votequorum {
    fn id(&self) -> ServiceId {
        ServiceId::Votequorum
    }

    fn description(&self) -> &'static str {
        "corosync vote quorum service v1.0"
    }

    fn requests(&self) -> &'static [FlowControl] {
        &[FlowControl::NotRequired; 10]
    }

    fn messages(&self) -> u16 {
        exec::COUNT
    }

    fn start(&mut self, host: &mut dyn Host) -> Result<(), String> {
        self.begin(host).inspect_err(|_| {
            log!(host, "QUORUM", Critical, "Quorum provider: corosync_votequorum failed to initialize.")
        })
    }

    fn stop(&mut self, host: &mut dyn Host) {
        if self.settings.allow_downscale {
            self.nodes.us_mut().set(flags::LEAVING, true);
            self.send_us(host);
        }
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        self.handle(host, conn, id, message);
    }

    fn disconnected(&mut self, _host: &mut dyn Host, conn: ConnId) {
        self.trackers.remove(&conn);
        self.qdevice.forget(conn);
    }

    fn deliver(&mut self, host: &mut dyn Host, id: u16, message: &[u8], from: NodeId, swapped: bool) {
        let body = message.get(size_of::<RequestHeader>()..).unwrap_or_default();
        self.delivered(host, id, body, from, swapped);
    }

    fn syncs(&self) -> bool {
        true
    }

    fn sync_start(&mut self, host: &mut dyn Host, _transitional: &[NodeId], members: &[NodeId], ring: RingId) {
        self.syncing = true;
        self.sync_sent = false;
        if members.len() > 1 {
            self.nodes.us_mut().set(flags::FIRST, false);
        }
        let some_left = self.bury(members);
        if self.settings.last_man_standing {
            self.watch_last_man(host, members.len(), some_left);
        }
        self.previous = std::mem::replace(&mut self.members, members.to_vec());
        self.ring = ring;
        self.await_poll(host);
    }

    fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        if !self.sync_sent {
            self.owed = Owed { us: true, qdevice: true };
            self.send_owed(host);
            if self.owed.us || self.owed.qdevice || self.announce_qdevice(host).is_err() {
                return SyncStep::Again;
            }
            self.notify_nodelist(host);
            self.sync_sent = true;
        }
        if self.awaits_poll() { SyncStep::Again } else { SyncStep::Done }
    }

    fn sync_activate(&mut self, host: &mut dyn Host) {
        self.recalculate(host, May::default());
        self.tell(host);
        self.syncing = false;
    }

    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        match key {
            TIMER_QDEVICE => self.qdevice_silent(host),
            // Who is here isn't known before the sync is over: those who are silent yet must not count as gone.
            TIMER_LAST_MAN if self.syncing => self.arm_last_man(host),
            TIMER_LAST_MAN if self.quorate => self.recalculate(host, May { decrease: true, expect_present: true }),
            TIMER_AGAIN => self.send_owed(host),
            _ => {}
        }
    }

    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        let key = change.key.as_str();
        let is_on = |value: &Option<Value>| matches!(value, Some(Value::U8(number)) if *number != 0);
        if key == RELOADING {
            // A deleted key is not told of, and a reload that failed changes nothing.
            self.reloading = is_on(&change.new);
            let failed = matches!(host.map().get("config.reload_status"), Some(Value::I32(status)) if *status != 1);
            if !self.reloading && change.new.is_some() && !failed {
                self.refresh(host);
            }
        } else if self.reloading {
        } else if key == CANCEL && is_on(&change.new) {
            self.cancel_wait_for_all(host);
        } else if key.starts_with("nodelist.") || key.starts_with("quorum.") {
            self.refresh_before_deletion(host, change);
        }
    }
}

/// Logs a node's flags.
pub(crate) fn log_flags(host: &mut dyn Host, flags: u32) {
    let says = |flag| if flags & flag != 0 { "Yes" } else { "No" };
    log!(
        host,
        LOG,
        Debug,
        "flags: quorate: {} Leaving: {} WFA Status: {} First: {} Qdevice: {} QdeviceAlive: {} QdeviceCastVote: {} \
         QdeviceMasterWins: {}",
        says(flags::QUORATE),
        says(flags::LEAVING),
        says(flags::WFASTATUS),
        says(flags::FIRST),
        says(flags::QDEVICE_REGISTERED),
        says(flags::QDEVICE_ALIVE),
        says(flags::QDEVICE_CAST_VOTE),
        says(flags::QDEVICE_MASTER_WINS)
    );
}

/// Sets one of our own keys.
pub(crate) fn put(host: &mut dyn Host, key: &str, value: impl Into<Value>) {
    let set: Result<(), CsError> = host.map().set(key, value);
    debug_assert!(set.is_ok(), "{key} is a valid name");
}
