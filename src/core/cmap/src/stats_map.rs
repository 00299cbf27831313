//! The statistics map as clients see it: read-only but for `stats.clear.*`, and looked at every 1.5 seconds for
//! those who track it.

use crate::connection::{Connection, Which};
use crate::stats;
use crate::track::{Tracker, notify};
use crate::wire::track;
use core_icmap::Value;
use core_service::{Host, Request};
use core_types::{ConnId, CsError, MILLIS, Nanos, ServiceId};
use std::collections::BTreeMap;

/// How often trackers look for new values.
pub(crate) const INTERVAL: Nanos = 1500 * MILLIS;
/// The service's one timer.
pub(crate) const TIMER: u32 = 0;

/// Keys whose appearance nobody is told of.
const UNTRACKED: &str = "stats.schedmiss";
/// The keys that may be written.
const CLEAR: &str = "stats.clear.";

/// Each thing that can be set to zero: the key's start, and what it is for [`Request::ClearStats`].
const CLEARS: [(&str, &[&str]); 5] = [
    ("stats.clear.knet", &["knet"]),
    ("stats.clear.ipc", &["ipc"]),
    ("stats.clear.totem", &["totem"]),
    ("stats.clear.schedmiss", &["schedmiss"]),
    ("stats.clear.all", &["knet", "totem", "ipc", "schedmiss"]),
];

/// What the trackers of new and vanished keys have seen. Empty while there are none.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    keys: BTreeMap<String, Value>,
    armed: bool,
}

/// Whether a client may not write this key.
pub(crate) fn is_read_only(key: &str) -> bool {
    !key.starts_with(CLEAR)
}

/// Writes a key, which sets statistics to zero; the value doesn't matter.
pub(crate) fn set(host: &mut dyn Host, key: &str) -> Result<(), CsError> {
    let (_, what) = CLEARS.iter().find(|(name, _)| key.starts_with(name)).ok_or(CsError::NotSupported)?;
    for what in *what {
        host.request(Request::ClearStats(what));
    }
    Ok(())
}

/// Whether a tracker may be had: under a prefix only new and vanished keys can be tracked, and only both.
pub(crate) fn check_tracker(track_type: i32) -> Result<(), CsError> {
    let both = track::ADD | track::DELETE;
    if track_type & track::PREFIX != 0 && track_type & both != both {
        return Err(CsError::NotSupported);
    }
    Ok(())
}

impl Seen {
    /// A tracker came: from now on, look.
    pub(crate) fn tracker_added(&mut self, host: &mut dyn Host, tracker: &Tracker) {
        if tracker.track_type & (track::ADD | track::DELETE) != 0 && self.keys.is_empty() {
            self.keys = current(host);
        }
        if !self.armed {
            self.armed = true;
            host.arm(ServiceId::Cmap, TIMER, INTERVAL);
        }
    }

    /// Looks for changes and tells the trackers; to be called by the timer.
    pub(crate) fn look(&mut self, host: &mut dyn Host, connections: &mut BTreeMap<ConnId, Connection>) {
        let mut tracking = false;
        let mut tracking_keys = false;
        for (&conn, connection) in connections.iter_mut().filter(|(_, connection)| connection.which == Which::Stats) {
            // the newest first, as the reference keeps them
            for tracker in connection.trackers.values_mut().rev() {
                tracking = true;
                tracking_keys |= tracker.track_type & (track::ADD | track::DELETE) != 0;
                tell_value(host, conn, tracker);
            }
        }
        if tracking_keys {
            self.tell_keys(host, connections);
        } else {
            self.keys.clear();
        }
        self.armed = tracking;
        if tracking {
            host.arm(ServiceId::Cmap, TIMER, INTERVAL);
        }
    }

    /// Looks for new and vanished keys, if anybody wants to know, and tells the trackers.
    pub(crate) fn tell_keys(&mut self, host: &mut dyn Host, connections: &BTreeMap<ConnId, Connection>) {
        if self.keys.is_empty() {
            return;
        }
        let now = current(host);
        let gone = self.keys.iter().filter(|(key, _)| !now.contains_key(*key)).map(|entry| (track::DELETE, entry));
        let new = now.iter().filter(|(key, _)| !self.keys.contains_key(*key)).map(|entry| (track::ADD, entry));
        let mut changes: Vec<_> = gone.chain(new).collect();
        changes.sort_by_key(|(event, (key, _))| (*event, stats::table_order(key)));
        for (event, (key, value)) in changes {
            for (&conn, connection) in connections.iter().filter(|(_, connection)| connection.which == Which::Stats) {
                let mut told: Vec<_> = connection.trackers.iter().filter(|(_, one)| one.wants(key, event)).collect();
                told.sort_by_key(|(handle, tracker)| tracker.order(**handle));
                for (_, tracker) in told {
                    // the reference knows no old value either and tells the same one twice
                    notify(host, conn, tracker.instance, event, key, Some(value), Some(value));
                }
            }
        }
        self.keys = now;
    }
}

/// Tells a tracker of one key when its value is another one now, whatever it wanted to be told. Both values told
/// are the new one, as in the reference.
fn tell_value(host: &mut dyn Host, conn: ConnId, tracker: &mut Tracker) {
    let Some(key) = tracker.key.as_deref().filter(|_| tracker.track_type & track::PREFIX == 0) else { return };
    let Some(value) = host.transport().stats(key) else { return };
    let changed = match &tracker.last {
        Some(last) => *last != value,
        None => value.with_bytes(|bytes| bytes.iter().any(|&byte| byte != 0)),
    };
    if changed {
        notify(host, conn, tracker.instance, track::MODIFY, key, Some(&value), Some(&value));
        tracker.last = Some(value);
    }
}

fn current(host: &mut dyn Host) -> BTreeMap<String, Value> {
    let transport = host.transport();
    let keys = transport.stats_keys().into_iter().filter(|key| !key.starts_with(UNTRACKED));
    keys.filter_map(|key| transport.stats(&key).map(|value| (key, value))).collect()
}
