//! What the service keeps of a client.

use crate::track::Tracker;
use core_icmap::{Map, Type};
use core_service::Transport;
use core_types::CsError;
use std::collections::BTreeMap;

/// Most iterations that a client may have open.
pub const ITERATORS_MAX: usize = 4096;
/// Most trackers that a client may have.
pub const TRACKERS_MAX: usize = 4096;

/// Which map a client works on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Which {
    #[default]
    Icmap,
    Stats,
}

/// A client.
#[derive(Debug, Default)]
pub(crate) struct Connection {
    pub(crate) which: Which,
    last_handle: u64,
    iterators: BTreeMap<u64, Iteration>,
    /// By handle, which rises with age.
    pub(crate) trackers: BTreeMap<u64, Tracker>,
}

/// A walk through a map that may change meanwhile.
#[derive(Debug)]
pub(crate) enum Iteration {
    /// Keys of the configuration map that start with a prefix, after the last one told.
    Icmap { prefix: String, last: Option<String> },
    /// The keys of the statistics map that start with a prefix. They are looked up when the first is asked for.
    Stats { prefix: String },
    /// Those of the statistics map that are left.
    Keys(std::vec::IntoIter<String>),
    /// It came to its end.
    Done,
}

/// A key, the length of its value as clients are told it, and its type.
pub(crate) type Entry = (String, usize, Type);

impl Connection {
    fn next_handle(&mut self) -> u64 {
        self.last_handle += 1;
        self.last_handle
    }

    /// Whether iterations or trackers are open.
    pub(crate) fn is_busy(&self) -> bool {
        !self.iterators.is_empty() || !self.trackers.is_empty()
    }

    pub(crate) fn add_iterator(&mut self, prefix: String) -> Result<u64, CsError> {
        if self.iterators.len() >= ITERATORS_MAX {
            return Err(CsError::NoMemory);
        }
        let handle = self.next_handle();
        let iteration = match self.which {
            Which::Icmap => Iteration::Icmap { prefix, last: None },
            Which::Stats => Iteration::Stats { prefix },
        };
        self.iterators.insert(handle, iteration);
        Ok(handle)
    }

    pub(crate) fn iterator(&mut self, handle: u64) -> Result<&mut Iteration, CsError> {
        self.iterators.get_mut(&handle).ok_or(CsError::BadHandle)
    }

    pub(crate) fn remove_iterator(&mut self, handle: u64) -> Result<(), CsError> {
        self.iterators.remove(&handle).map(|_| ()).ok_or(CsError::BadHandle)
    }

    pub(crate) fn add_tracker(&mut self, tracker: Tracker) -> Result<u64, CsError> {
        if self.trackers.len() >= TRACKERS_MAX {
            return Err(CsError::NoMemory);
        }
        let handle = self.next_handle();
        self.trackers.insert(handle, tracker);
        Ok(handle)
    }

    pub(crate) fn remove_tracker(&mut self, handle: u64) -> Result<Tracker, CsError> {
        self.trackers.remove(&handle).ok_or(CsError::BadHandle)
    }
}

impl Iteration {
    /// The next key of the configuration map; nothing when this walks the other one.
    pub(crate) fn next_in_map(&mut self, map: &Map) -> Option<Entry> {
        let Iteration::Icmap { prefix, last } = self else { return None };
        let next = match last {
            Some(last) => map.next_after(last, prefix),
            None => map.iter(prefix).next(),
        };
        let entry = next.map(|(key, value)| (key.to_owned(), value.client_len(), value.kind()));
        match &entry {
            Some((key, ..)) => *last = Some(key.clone()),
            None => *self = Iteration::Done,
        }
        entry
    }

    /// The next key of the statistics map; nothing when this walks the other one. As in the reference, a string's
    /// length is told as 0.
    pub(crate) fn next_in_stats(&mut self, transport: &dyn Transport) -> Option<Entry> {
        if let Iteration::Stats { prefix } = self {
            let mut keys = transport.stats_keys();
            keys.retain(|key| key.starts_with(prefix.as_str()));
            *self = Iteration::Keys(keys.into_iter());
        }
        let Iteration::Keys(keys) = self else { return None };
        let entry = keys.find_map(|key| transport.stats(&key).map(|value| (key, value)));
        entry.map(|(key, value)| match value.kind() {
            Type::String => (key, 0, Type::String),
            kind => (key, value.client_len(), kind),
        })
    }
}
