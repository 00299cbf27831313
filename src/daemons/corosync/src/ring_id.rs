//! The ring's sequence number on disk (`ringid_N` in the state directory): eight bytes in memory order, as the
//! reference keeps them, but never torn and never lost by a crash.

use core_types::NodeId;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

fn file(state_dir: &Path, node: NodeId) -> PathBuf {
    state_dir.join(format!("ringid_{node}"))
}

/// The number stored last; 0 where there is none yet, which is then stored, so that a directory that can't be
/// written is found out before the ring depends on it.
pub(crate) fn load_or_create(state_dir: &Path, node: NodeId) -> io::Result<u64> {
    match fs::read(file(state_dir, node)).ok().and_then(|bytes| bytes.try_into().ok()) {
        Some(bytes) => Ok(u64::from_ne_bytes(bytes)),
        None => store(state_dir, node, 0).map(|()| 0),
    }
}

/// Stores a number; on return it survives a crash.
pub(crate) fn store(state_dir: &Path, node: NodeId, seq: u64) -> io::Result<()> {
    let path = file(state_dir, node);
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    file.write_all(&seq.to_ne_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, &path)?;
    File::open(state_dir)?.sync_all()
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
