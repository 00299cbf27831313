//! The files that clients share as zero-copy buffers: read and written, never mapped, since a client may cut its
//! file off at any time.

use crate::entrance::User;
use core_engine::Buffers;
use core_types::{ConnId, CsError};
use nix::fcntl::OFlag;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Where such files may be.
const DIRECTORIES: [&str; 3] = ["/dev/shm", "/var/run", "/run"];
/// Most buffers at once, all clients together: each costs a descriptor.
const BUFFERS_MAX: usize = 256;

/// The open ones.
#[derive(Default)]
pub(crate) struct SharedFiles {
    files: HashMap<u64, File>,
    /// Users of the connected clients, to tell a client's own file from another's.
    pub(crate) owners: HashMap<ConnId, u32>,
}

impl Buffers for SharedFiles {
    fn open(&mut self, conn: ConnId, buffer: u64, path: &[u8], size: usize) -> Result<(), CsError> {
        let owner = *self.owners.get(&conn).ok_or(CsError::BadHandle)?;
        if self.files.len() >= BUFFERS_MAX {
            return Err(CsError::NoResources);
        }
        let path = Path::new(std::str::from_utf8(path).map_err(|_| CsError::InvalidParam)?);
        if !path.parent().is_some_and(|parent| DIRECTORIES.iter().any(|directory| parent == Path::new(directory))) {
            return Err(CsError::InvalidParam);
        }
        let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC).bits();
        let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path);
        let file = file.map_err(|_| CsError::NoMemory)?;
        if !User::of(owner, true).may_keep(&file) {
            return Err(CsError::NoResources);
        }
        let metadata = file.metadata().map_err(|_| CsError::NoMemory)?;
        if !metadata.is_file() || metadata.uid() != owner || metadata.len() < size as u64 {
            return Err(CsError::Access);
        }
        let _gone_already = std::fs::remove_file(path);
        self.files.insert(buffer, file);
        Ok(())
    }

    fn read(&mut self, buffer: u64, offset: usize, into: &mut [u8]) -> Result<(), CsError> {
        let file = self.files.get(&buffer).ok_or(CsError::InvalidParam)?;
        file.read_exact_at(into, offset as u64).map_err(|_| CsError::InvalidParam)
    }

    fn write(&mut self, buffer: u64, offset: usize, from: &[u8]) -> Result<(), CsError> {
        let file = self.files.get(&buffer).ok_or(CsError::InvalidParam)?;
        file.write_all_at(from, offset as u64).map_err(|_| CsError::InvalidParam)
    }

    fn close(&mut self, buffer: u64) {
        self.files.remove(&buffer);
    }
}
