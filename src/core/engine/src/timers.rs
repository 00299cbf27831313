//! Everybody's timers on one host, so that the shell needs to sleep until one moment only.

use core_types::Nanos;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// Timers by key; arming an armed one moves it.
#[derive(Debug)]
pub(crate) struct Timers<K> {
    due: BTreeSet<(Nanos, K)>,
    armed: HashMap<K, Nanos>,
}

impl<K: Copy + Ord + Hash> Timers<K> {
    pub(crate) fn new() -> Self {
        Timers { due: BTreeSet::new(), armed: HashMap::new() }
    }

    pub(crate) fn arm(&mut self, key: K, at: Nanos) {
        self.disarm(key);
        self.due.insert((at, key));
        self.armed.insert(key, at);
    }

    pub(crate) fn disarm(&mut self, key: K) {
        if let Some(at) = self.armed.remove(&key) {
            self.due.remove(&(at, key));
        }
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Nanos> {
        self.due.first().map(|&(at, _)| at)
    }

    /// Takes one that is due.
    pub(crate) fn expire(&mut self, now: Nanos) -> Option<K> {
        let &(at, key) = self.due.first().filter(|&&(at, _)| at <= now)?;
        self.due.remove(&(at, key));
        self.armed.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_fires_once_where_it_was_last_armed() {
        let mut timers = Timers::new();
        timers.arm('a', 10);
        timers.arm('b', 20);
        timers.arm('a', 30);
        timers.arm('c', 5);
        timers.disarm('c');
        assert_eq!(timers.next(), Some(20));
        assert_eq!(timers.expire(19), None);
        assert_eq!(timers.expire(40), Some('b'));
        assert_eq!(timers.expire(40), Some('a'));
        assert_eq!(timers.expire(40), None);
        assert_eq!(timers.next(), None);
    }
}
