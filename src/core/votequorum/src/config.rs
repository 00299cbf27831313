//! What corosync.conf says about votes, checked against itself (`votequorum_readconfig`).
//!
//! At start a contradiction is an error and the daemon does not start; at run time it is logged, and the quorum
//! device is what gives way.

use crate::service::{LOG, Votequorum, put};
use crate::votes::TieBreaker;
use crate::wire::exec::flags;
use core_icmap::Map;
use core_service::{Host, log};
use core_types::{NodeId, PROCESSOR_COUNT_MAX};

/// How often a quorum device polls at least, in milliseconds (`VOTEQUORUM_QDEVICE_DEFAULT_TIMEOUT`).
const QDEVICE_TIMEOUT: u32 = 10_000;
/// The same during a sync (`VOTEQUORUM_QDEVICE_DEFAULT_SYNC_TIMEOUT`).
const QDEVICE_SYNC_TIMEOUT: u32 = 30_000;
/// How long the ring must be as it is before the last man's votes are enough, in milliseconds.
const LAST_MAN_STANDING_WINDOW: u32 = 10_000;

const BARRIER_FILE: &str = "ev_tracking";

/// Keys that clients may not change while the daemon runs.
pub(crate) const READ_ONLY: [&str; 7] = [
    "quorum.allow_downscale",
    "quorum.wait_for_all",
    "quorum.last_man_standing",
    "quorum.last_man_standing_window",
    "quorum.expected_votes_tracking",
    "quorum.auto_tie_breaker",
    "quorum.auto_tie_breaker_node",
];

/// The settings in force.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) two_node: bool,
    pub(crate) wait_for_all: bool,
    /// `wait_for_all` isn't configured and follows `two_node`.
    wait_for_all_follows: bool,
    pub(crate) tie_breaker: TieBreaker,
    configured_tie_breaker: TieBreaker,
    pub(crate) last_man_standing: bool,
    pub(crate) last_man_standing_window: u32,
    pub(crate) allow_downscale: bool,
    pub(crate) ev_tracking: bool,
    pub(crate) qdevice_timeout: u32,
    pub(crate) qdevice_sync_timeout: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            two_node: false,
            wait_for_all: false,
            wait_for_all_follows: false,
            tie_breaker: TieBreaker::None,
            configured_tie_breaker: TieBreaker::None,
            last_man_standing: false,
            last_man_standing_window: LAST_MAN_STANDING_WINDOW,
            allow_downscale: false,
            ev_tracking: false,
            qdevice_timeout: QDEVICE_TIMEOUT,
            qdevice_sync_timeout: QDEVICE_SYNC_TIMEOUT,
        }
    }
}

/// What the nodelist says of votes; `None` of everything without one that this node is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Nodelist {
    ours: u32,
    nodes: u32,
    expected: u32,
}

/// `quorum.device`, where there is one.
#[derive(Clone, Copy, Debug)]
struct Device {
    /// Its votes, if configured.
    votes: Option<u32>,
}

fn read_nodelist(map: &Map) -> Option<Nodelist> {
    let our_position = map.u32("nodelist.local_node_pos")?;
    let mut nodelist = Nodelist::default();
    let mut last = None;
    for (key, _) in map.iter("nodelist.node.") {
        let rest = key.strip_prefix("nodelist.node.").and_then(|rest| rest.split_once('.'));
        let Some((position, _)) = rest.filter(|(_, name)| !name.is_empty()) else { continue };
        let Ok(position) = position.parse::<u32>() else { continue };
        if last.replace(position) == Some(position) {
            continue;
        }
        let votes = map.u32(&format!("nodelist.node.{position}.quorum_votes")).unwrap_or(1);
        nodelist.nodes += 1;
        nodelist.expected = nodelist.expected.wrapping_add(votes);
        if position == our_position {
            nodelist.ours = votes;
        }
    }
    Some(nodelist)
}

/// Node ids up to the first thing that is none, as `strtol` reads them.
fn node_ids(text: &str) -> Vec<NodeId> {
    let mut ids = Vec::new();
    let mut rest = text.as_bytes();
    while ids.len() < PROCESSOR_COUNT_MAX {
        rest = rest.trim_ascii_start();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = str::from_utf8(&rest[..digits]).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0);
        if number == 0 {
            break;
        }
        ids.push(NodeId(number));
        rest = &rest[digits..];
    }
    ids
}

fn parse_tie_breaker(text: &str) -> TieBreaker {
    match (text, node_ids(text)) {
        ("lowest", _) => TieBreaker::Lowest,
        ("highest", _) => TieBreaker::Highest,
        (_, ids) if ids.is_empty() => TieBreaker::None,
        (_, ids) => TieBreaker::List(ids),
    }
}

fn is_set(map: &Map, key: &str) -> bool {
    map.u8(key).is_some_and(|value| value != 0)
}

impl Votequorum {
    /// Reads the configuration. An error only comes when not at run time.
    pub(crate) fn read_config(&mut self, host: &mut dyn Host, runtime: bool) -> Result<(), String> {
        log!(host, LOG, Debug, "Reading configuration (runtime: {})", u8::from(runtime));
        if runtime {
            self.settings.tie_breaker = self.settings.configured_tie_breaker.clone();
            self.publish_tie_breaker(host);
        }
        let expected = host.map().u32("quorum.expected_votes").unwrap_or(0);
        let mut nodelist = read_nodelist(host.map());
        let device = self.read_device(host);
        self.settings.two_node = is_set(host.map(), "quorum.two_node");

        if nodelist.is_none() && expected == 0 {
            let why = "configuration error: nodelist or quorum.expected_votes must be configured!";
            if !runtime {
                return Err(why.into());
            }
            log!(host, LOG, Critical, "{why}");
            log!(host, LOG, Critical, "will continue with current runtime data");
            return Ok(());
        }
        if device.is_some() && self.settings.two_node {
            self.two_node_or_device(host, runtime)?;
        }
        if !runtime {
            self.read_features(host);
        }
        if self.settings.wait_for_all_follows {
            self.settings.wait_for_all = self.settings.two_node;
        }
        self.check_tie_breaker(host, nodelist.map_or(0, |nodelist| nodelist.expected))?;
        let device_votes = match device {
            Some(device) => self.check_device(host, runtime, device, &mut nodelist, expected)?,
            None => Some(0),
        };
        self.take_votes(host, nodelist, expected, device_votes);
        self.publish_config(host, runtime);
        Ok(())
    }

    fn read_device(&mut self, host: &mut dyn Host) -> Option<Device> {
        let map = host.map();
        map.text("quorum.device.model").filter(|model| !model.is_empty())?;
        self.settings.qdevice_timeout = map.u32("quorum.device.timeout").unwrap_or(QDEVICE_TIMEOUT);
        self.settings.qdevice_sync_timeout = map.u32("quorum.device.sync_timeout").unwrap_or(QDEVICE_SYNC_TIMEOUT);
        let votes = map.u32("quorum.device.votes").filter(|&votes| votes != u32::MAX);
        self.allow_qdevice(host, true);
        Some(Device { votes })
    }

    fn two_node_or_device(&mut self, host: &mut dyn Host, runtime: bool) -> Result<(), String> {
        let why = "configuration error: two_node and quorum device cannot be configured at the same time!";
        if !runtime {
            return Err(why.into());
        }
        log!(host, LOG, Critical, "{why}");
        if self.nodes.us().has(flags::QDEVICE_REGISTERED) {
            log!(host, LOG, Critical, "quorum device is registered, disabling two_node");
            self.settings.two_node = false;
        } else {
            log!(host, LOG, Critical, "quorum device is not registered, allowing two_node");
            self.allow_qdevice(host, false);
        }
        Ok(())
    }

    /// What can't be changed while the daemon runs.
    fn read_features(&mut self, host: &mut dyn Host) {
        let map = host.map();
        self.settings.allow_downscale = is_set(map, "quorum.allow_downscale");
        self.settings.wait_for_all = is_set(map, "quorum.wait_for_all");
        self.settings.wait_for_all_follows = map.u8("quorum.wait_for_all").is_none();
        self.settings.last_man_standing = is_set(map, "quorum.last_man_standing");
        self.settings.last_man_standing_window =
            map.u32("quorum.last_man_standing_window").unwrap_or(LAST_MAN_STANDING_WINDOW);
        self.settings.ev_tracking = is_set(map, "quorum.expected_votes_tracking") || self.settings.allow_downscale;
        let enabled = is_set(map, "quorum.auto_tie_breaker");
        let text = map.text("quorum.auto_tie_breaker_node").map(str::to_owned);
        self.read_tie_breaker(host, enabled, text.as_deref());
        if self.settings.ev_tracking {
            self.load_barrier(host);
        }
    }

    fn read_tie_breaker(&mut self, host: &mut dyn Host, enabled: bool, text: Option<&str>) {
        self.settings.tie_breaker = match (enabled, text) {
            (true, None) => TieBreaker::Lowest,
            (true, Some(text)) => parse_tie_breaker(text),
            (false, Some(_)) => {
                let line = "auto_tie_breaker_node: is meaningless if auto_tie_breaker is set to 0";
                log!(host, LOG, Warning, "{line}");
                TieBreaker::None
            }
            (false, None) => TieBreaker::None,
        };
        if enabled {
            self.publish_tie_breaker(host);
            log!(host, LOG, Debug, "ATB type = {}", self.settings.tie_breaker.number());
            if self.settings.tie_breaker == TieBreaker::None {
                let line = "auto_tie_breaker_nodes is not valid. It must be 'lowest', 'highest' or a space-separated \
                            list of node IDs. auto_tie_breaker is disabled";
                log!(host, LOG, Warning, "{line}");
            }
        }
        self.settings.configured_tie_breaker = self.settings.tie_breaker.clone();
    }

    fn load_barrier(&mut self, host: &mut dyn Host) {
        let stored = host.state_load(BARRIER_FILE).ok();
        let barrier = stored.and_then(|bytes| Some(u32::from_ne_bytes(*bytes.first_chunk()?))).unwrap_or(0);
        self.set_ev_tracking_barrier(host, barrier);
    }

    /// Remembers the most votes ever expected, also across restarts.
    pub(crate) fn set_ev_tracking_barrier(&mut self, host: &mut dyn Host, barrier: u32) {
        self.ev_tracking_barrier = barrier;
        put(host, "runtime.votequorum.ev_tracking_barrier", barrier);
        if host.state_save(BARRIER_FILE, &barrier.to_ne_bytes()).is_err() {
            log!(host, LOG, Warning, "Unable to update ev_tracking_barrier on disk data!!!");
        }
    }

    /// A tie breaker excludes two_node; with an odd number of nodes it needs wait_for_all, or half+1 without the tie
    /// breaking node would have quorum when it starts again.
    fn check_tie_breaker(&mut self, host: &mut dyn Host, nodelist_votes: u32) -> Result<(), String> {
        if self.settings.tie_breaker == TieBreaker::None {
            return Ok(());
        }
        if self.settings.two_node {
            let lines = [
                "two_node and auto_tie_breaker are both specified but are not compatible.",
                "two_node has been disabled, please fix your corosync.conf",
            ];
            critical(host, &lines);
            self.settings.two_node = false;
        }
        if nodelist_votes.is_multiple_of(2) || self.settings.wait_for_all {
            return Ok(());
        }
        if self.settings.last_man_standing {
            let lines = [
                "auto_tie_breaker is set, the cluster has an odd number of nodes",
                "and last_man_standing is also set. With this situation a better",
                "solution would be to disable LMS, leave ATB enabled, and also",
                "enable wait_for_all (mandatory for ATB in odd-numbered clusters).",
                "Due to this ambiguity, corosync will fail to start. Please fix your corosync.conf",
            ];
            critical(host, &lines);
            let why = "configuration error: auto_tie_breaker & last_man_standing not available in odd sized cluster";
            return Err(why.into());
        }
        let lines = [
            "auto_tie_breaker is set and the cluster has an odd number of nodes.",
            "wait_for_all needs to be set for this configuration but it is missing",
            "Therefore auto_tie_breaker has been disabled. Please fix your corosync.conf",
        ];
        critical(host, &lines);
        self.settings.tie_breaker = TieBreaker::None;
        self.publish_tie_breaker(host);
        Ok(())
    }

    /// Whether the quorum device goes with everything else, and its votes. `None`: they can't be told.
    fn check_device(
        &mut self,
        host: &mut dyn Host,
        runtime: bool,
        device: Device,
        nodelist: &mut Option<Nodelist>,
        expected: u32,
    ) -> Result<Option<u32>, String> {
        let unequal = nodelist.is_some_and(|nodelist| nodelist.nodes != nodelist.expected);
        let too_many = |votes: u32| votes > 0 && expected != 0 && (expected.wrapping_sub(votes) as i32) < 2;
        let conflicts = [
            (self.settings.last_man_standing, "quorum.device is not compatible with last_man_standing"),
            (self.settings.tie_breaker != TieBreaker::None, "quorum.device is not compatible with auto_tie_breaker"),
            (self.settings.allow_downscale, "quorum.device is not compatible with allow_downscale"),
            (
                expected != 0 && device.votes.is_none(),
                "quorum.device.votes must be specified when quorum.expected_votes is set",
            ),
            (device.votes.is_none() && unequal, "quorum.device.votes must be specified when not all nodes votes 1"),
            (
                // Not configured, the votes are -1 in the reference's arithmetic.
                too_many(device.votes.unwrap_or(u32::MAX)),
                "quorum.device.votes is too high or expected_votes is too low",
            ),
        ];
        for (_, why) in conflicts.into_iter().filter(|(conflict, _)| *conflict) {
            if !runtime {
                return Err(format!("configuration error: {why}"));
            }
            log!(host, LOG, Critical, "configuration error: {why}");
            log!(host, LOG, Critical, "disabling quorum device operations");
            self.allow_qdevice(host, false);
        }
        match nodelist {
            Some(nodelist) if device.votes.is_none() && expected == 0 && !unequal => {
                let votes = nodelist.expected.saturating_sub(1);
                nodelist.expected = nodelist.expected.wrapping_add(votes);
                Ok(Some(votes))
            }
            _ => Ok(device.votes),
        }
    }

    fn take_votes(&mut self, host: &mut dyn Host, nodelist: Option<Nodelist>, expected: u32, device: Option<u32>) {
        let expected = if self.settings.ev_tracking { self.ev_tracking_barrier } else { expected };
        let us = self.nodes.us_mut();
        match nodelist {
            Some(nodelist) => (us.votes, us.expected_votes) = (nodelist.ours, nodelist.expected),
            None => us.votes = host.map().u32("quorum.votes").unwrap_or(1),
        }
        if expected != 0 {
            us.expected_votes = expected;
        }
        if let Some(votes) = device {
            self.qdevice.node.votes = votes;
        }
    }

    fn publish_config(&mut self, host: &mut dyn Host, runtime: bool) {
        self.set_ev_barrier(host, self.nodes.us().expected_votes);
        put(host, "runtime.votequorum.two_node", u8::from(self.settings.two_node));
        if self.settings.wait_for_all {
            if !runtime {
                self.set_waiting(host, true);
            }
        } else if self.settings.wait_for_all_follows && self.waiting {
            self.set_waiting(host, false);
        }
    }

    fn publish_tie_breaker(&mut self, host: &mut dyn Host) {
        put(host, "runtime.votequorum.atb_type", self.settings.tie_breaker.number());
    }
}

fn critical(host: &mut dyn Host, lines: &[&str]) {
    for line in lines {
        log!(host, LOG, Critical, "{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tie_breakers_are_read_as_strtol_does() {
        assert_eq!(parse_tie_breaker("lowest"), TieBreaker::Lowest);
        assert_eq!(parse_tie_breaker("highest"), TieBreaker::Highest);
        assert_eq!(parse_tie_breaker("3 1"), TieBreaker::List(vec![NodeId(3), NodeId(1)]));
        assert_eq!(parse_tie_breaker(" 3\t1x2"), TieBreaker::List(vec![NodeId(3), NodeId(1)]));
        assert_eq!(parse_tie_breaker("3 0 1"), TieBreaker::List(vec![NodeId(3)]));
        for bad in ["", "0 1", "Lowest", "x", "99999999999999999999"] {
            assert_eq!(parse_tie_breaker(bad), TieBreaker::None, "{bad}");
        }
        assert_eq!(node_ids(&"7 ".repeat(1000)).len(), PROCESSOR_COUNT_MAX);
    }

    #[test]
    fn nodes_count_once_however_many_keys_they_have() {
        let mut map = Map::new();
        assert_eq!(read_nodelist(&map), None);
        map.set("nodelist.local_node_pos", 1u32).unwrap();
        for (key, value) in [("0.nodeid", 1u32), ("1.nodeid", 2), ("1.quorum_votes", 3), ("10.nodeid", 3), ("x.y", 1)] {
            map.set(&format!("nodelist.node.{key}"), value).unwrap();
        }
        assert_eq!(read_nodelist(&map), Some(Nodelist { ours: 3, nodes: 3, expected: 5 }));
    }
}
