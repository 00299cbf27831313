//! The ring's sequence number on disk (`ringid_N` in the state directory): eight bytes in memory order, as the
//! reference keeps them, but never torn and never lost by a crash.

use crate::state_file;
use core_types::NodeId;
use std::fs;
use std::io;
use std::path::Path;

fn name(node: NodeId) -> String {
    format!("ringid_{node}")
}

/// The number stored last; 0 where there is none yet, which is then stored, so that a directory that can't be
/// written is found out before the ring depends on it.
pub(crate) fn load_or_create(state_dir: &Path, node: NodeId) -> io::Result<u64> {
    match fs::read(state_dir.join(name(node))).ok().and_then(|bytes| bytes.try_into().ok()) {
        Some(bytes) => Ok(u64::from_ne_bytes(bytes)),
        None => store(state_dir, node, 0).map(|()| 0),
    }
}

/// Stores a number; on return it survives a crash.
pub(crate) fn store(state_dir: &Path, node: NodeId, seq: u64) -> io::Result<()> {
    state_file::store(state_dir, &name(node), 0o600, &seq.to_ne_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_comes_back_and_a_torn_file_counts_as_none() {
        let dir = std::env::temp_dir().join(format!("systole-ringid-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        assert_eq!(load_or_create(&dir, NodeId(7)).unwrap(), 0);
        store(&dir, NodeId(7), 0x1_0000_0004).unwrap();
        assert_eq!(load_or_create(&dir, NodeId(7)).unwrap(), 0x1_0000_0004);
        fs::write(dir.join("ringid_7"), [1, 2, 3]).unwrap();
        assert_eq!(load_or_create(&dir, NodeId(7)).unwrap(), 0);
        fs::remove_dir_all(&dir).unwrap();
    }
}
