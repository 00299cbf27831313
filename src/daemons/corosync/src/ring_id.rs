//! The ring's sequence number on disk (`ringid_N` in the state directory): eight bytes in memory order, as the
//! reference keeps them, but never torn and never lost by a crash.
//!
//! A disk that is busy with something else may take seconds to sync, longer than a token lives: so numbers are stored
//! ahead, and beside the loop that passes the token. After a crash the next life starts behind all that were stored,
//! used or not; an orderly end stores the last one that was used.

use crate::state_file;
use core_types::NodeId;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

/// How far ahead: each ring's number is 4 above the last one's.
const AHEAD: u64 = 4 * 256;

/// See the module.
#[derive(Debug)]
pub(crate) struct RingIds {
    directory: PathBuf,
    node: NodeId,
    /// The last number that a ring used.
    used: u64,
    /// A number on disk: none above it may be used.
    safe: u64,
    /// The next such number, on its way to the disk.
    storing: Option<(u64, JoinHandle<io::Result<()>>)>,
}

impl RingIds {
    /// Reads the last number, 0 where there is none, and stores the first ones ahead, so that a directory that can't be
    /// written is found out before the ring depends on it.
    pub(crate) fn open(directory: &Path, node: NodeId) -> io::Result<RingIds> {
        let read = fs::read(directory.join(name(node))).ok().and_then(|bytes| bytes.try_into().ok());
        let used = read.map_or(0, u64::from_ne_bytes);
        let mut ids = RingIds { directory: directory.to_owned(), node, used, safe: used, storing: None };
        ids.store_now(used)?;
        Ok(ids)
    }

    /// The last number that a ring used, as far as is known.
    pub(crate) fn last(&self) -> u64 {
        self.used
    }

    /// A ring is about to use a number: on return a crash can't have it used again.
    pub(crate) fn take(&mut self, seq: u64) -> io::Result<()> {
        self.used = self.used.max(seq);
        self.finish(false);
        if seq > self.safe {
            self.finish(true);
        }
        if seq > self.safe {
            self.store_now(seq)?;
        }
        if self.safe - seq < AHEAD / 2 && self.storing.is_none() {
            let (directory, node, safe) = (self.directory.clone(), self.node, seq.saturating_add(AHEAD));
            self.storing = Some((safe, std::thread::spawn(move || store(&directory, node, safe))));
        }
        Ok(())
    }

    /// No ring uses a number any more.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.finish(true);
        store(&self.directory, self.node, self.used)
    }

    fn store_now(&mut self, seq: u64) -> io::Result<()> {
        let safe = seq.saturating_add(AHEAD);
        store(&self.directory, self.node, safe)?;
        self.safe = safe;
        Ok(())
    }

    /// Takes note of what was stored beside; where that failed, it is tried again when another number is used.
    fn finish(&mut self, wait: bool) {
        if let Some((safe, thread)) = self.storing.take_if(|(_, thread)| wait || thread.is_finished())
            && matches!(thread.join(), Ok(Ok(())))
        {
            self.safe = safe;
        }
    }
}

fn name(node: NodeId) -> String {
    format!("ringid_{node}")
}

/// Stores a number; on return it survives a crash.
fn store(directory: &Path, node: NodeId, seq: u64) -> io::Result<()> {
    state_file::store(directory, &name(node), 0o600, &seq.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("systole-ringid-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        directory
    }

    #[test]
    fn no_number_is_used_twice_whatever_ends_a_life() {
        let directory = directory("lives");
        let open = || RingIds::open(&directory, NodeId(7)).unwrap();
        let mut ids = open();
        assert_eq!(ids.last(), 0);
        for seq in (4..=4 * AHEAD).step_by(4) {
            ids.take(seq).unwrap();
            let stored = fs::read(directory.join("ringid_7")).unwrap();
            assert!(u64::from_ne_bytes(stored.try_into().unwrap()) >= seq, "{seq} could be used again");
        }
        ids.take(1 << 32).unwrap();
        drop(ids);
        let mut ids = open();
        assert!(ids.last() >= 1 << 32, "after a crash: {}", ids.last());
        let seq = ids.last() + 4;
        ids.take(seq).unwrap();
        ids.end().unwrap();
        assert_eq!(open().last(), seq, "after an orderly end");
        fs::write(directory.join("ringid_7"), [1, 2, 3]).unwrap();
        assert_eq!(open().last(), 0, "a torn file counts as none");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn a_disk_that_fails_matters_once_the_numbers_stored_ahead_are_used() {
        let directory = directory("fails");
        let mut ids = RingIds::open(&directory, NodeId(7)).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        for seq in (4..=AHEAD).step_by(4) {
            ids.take(seq).unwrap();
        }
        assert!(ids.take(AHEAD + 4).is_err());
        fs::create_dir_all(&directory).unwrap();
        ids.take(AHEAD + 8).unwrap();
        fs::remove_dir_all(&directory).unwrap();
    }
}
