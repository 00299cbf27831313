//! Trackers: which one is told of which change, in which order, and how an event is written.

use crate::wire::{NotifyEvent, response, track};
use core_icmap::{Change, Value, Watch};
use core_service::Host;
use core_types::ConnId;
use core_types::mar::{MarName, ResponseHeader};
use std::cmp::Reverse;
use zerocopy::IntoBytes;

/// A client's wish to be told of changes.
#[derive(Debug)]
pub(crate) struct Tracker {
    /// The client's own handle.
    pub(crate) instance: u64,
    /// The key or prefix; `None` for all.
    pub(crate) key: Option<String>,
    /// Bits of [`track`].
    pub(crate) track_type: i32,
    /// In the statistics map: the value last seen.
    pub(crate) last: Option<Value>,
}

impl Tracker {
    /// Whether it wants to know of `event` on `key`.
    pub(crate) fn wants(&self, key: &str, event: i32) -> bool {
        self.track_type & event != 0 && self.scope().is_some_and(|watch| watch.covers(key))
    }

    /// The fast adjustments that it wants to be told of.
    pub(crate) fn watch(&self) -> Option<Watch> {
        self.scope().filter(|_| self.track_type & track::MODIFY != 0)
    }

    /// All keys only as a prefix: without that flag it is told nothing.
    fn scope(&self) -> Option<Watch> {
        let prefix = self.track_type & track::PREFIX != 0;
        match &self.key {
            Some(key) => Some(Watch { key: key.clone(), prefix }),
            None => prefix.then(|| Watch { key: String::new(), prefix }),
        }
    }

    /// Its place among those who are told of one change, as libqb's trie has it: longest name first; of one name
    /// first those of the key alone, newest first, then those of the prefix, oldest first; those of all keys last,
    /// newest first.
    pub(crate) fn order(&self, handle: u64) -> (Reverse<usize>, bool, bool, u64) {
        let prefix = self.track_type & track::PREFIX != 0;
        match &self.key {
            Some(key) if prefix => (Reverse(key.len()), false, true, handle),
            Some(key) => (Reverse(key.len()), false, false, u64::MAX - handle),
            None => (Reverse(0), true, true, u64::MAX - handle),
        }
    }
}

/// What a change is called.
pub(crate) fn event_of(change: &Change) -> i32 {
    match (&change.old, &change.new) {
        (None, _) => track::ADD,
        (_, None) => track::DELETE,
        _ => track::MODIFY,
    }
}

/// The old value that clients are told: none where it isn't known.
pub(crate) fn old_of(change: &Change) -> Option<&Value> {
    change.old.as_ref().filter(|_| change.old != change.new)
}

/// Sends a tracker an event.
pub(crate) fn notify(
    host: &mut dyn Host,
    conn: ConnId,
    instance: u64,
    event: i32,
    key: &str,
    new: Option<&Value>,
    old: Option<&Value>,
) {
    let Some(key) = MarName::new(key.as_bytes()) else { return };
    let (new_kind, new) = encoded(new);
    let (old_kind, old) = encoded(old);
    let size = size_of::<NotifyEvent>() + new.len() + old.len();
    let head = NotifyEvent {
        header: ResponseHeader::new(response::NOTIFY, size, 1),
        instance,
        key,
        event,
        pad0: 0,
        new_kind,
        pad1: [0; 7],
        old_kind,
        pad2: [0; 7],
        new_len: new.len() as u64,
        old_len: old.len() as u64,
    };
    host.event(conn, &[head.as_bytes(), &new, &old]);
}

/// A value's type and bytes as clients get them: a string with its NUL.
pub(crate) fn encoded(value: Option<&Value>) -> (u8, Vec<u8>) {
    let Some(value) = value else { return (0, Vec::new()) };
    let mut bytes = value.with_bytes(<[u8]>::to_vec);
    bytes.resize(value.client_len(), 0);
    (value.kind() as u8, bytes)
}
