//! One end of a ring.

use crate::mapping::Mapping;
use crate::semaphore::Semaphore;
use core_qb::Geometry;
use core_qb::ring::{CHUNK_HEADER_WORDS, CHUNK_READ, CHUNK_READY, CHUNK_WRITING, header};
use nix::errno::Errno;
use nix::fcntl::{FallocateFlags, fallocate};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Who may open a ring's files beside root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ownership {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) mode: u32,
}

/// One end of a ring. Positions that this end moves are kept here and only published in the shared header.
#[derive(Debug)]
pub(crate) struct Ring {
    header: Mapping,
    data: Mapping,
    geometry: Geometry,
    position: u32,
}

/// Why a chunk could not be taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// There is none.
    Empty,
    /// The ring holds nonsense, or its files were cut off.
    Corrupt,
    /// It is longer than the caller's room; it stays where it is.
    TooLong,
}

/// The path of a ring's header file; the other is named likewise.
fn part(prefix: &str, part: &str) -> PathBuf {
    PathBuf::from(format!("{prefix}-{part}"))
}

/// A server that isn't root can't give files away; its clients that may open them are served nevertheless.
pub(crate) fn unless_forbidden(given: io::Result<()>) -> io::Result<()> {
    given.or_else(|error| if error.raw_os_error() == Some(libc::EPERM) { Ok(()) } else { Err(error) })
}

/// A file of the server's that its client may open too.
pub(crate) fn create_file(path: &Path, size: usize, owner: Ownership) -> io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
    // all pages now: where memory is short this fails, instead of a fault when they are first touched
    fallocate(&file, FallocateFlags::empty(), 0, size as i64)?;
    unless_forbidden(fchown(&file, Some(owner.uid), Some(owner.gid)))?;
    file.set_permissions(std::fs::Permissions::from_mode(owner.mode))?;
    Ok(file)
}

impl Ring {
    /// Makes a ring in new files with that path prefix, as the server does, guarded against its client.
    pub(crate) fn create(prefix: &str, max_message: usize, owner: Ownership) -> io::Result<Ring> {
        let geometry = Geometry::for_message(max_message).ok_or(io::ErrorKind::InvalidInput)?;
        let (header_path, data_path) = (part(prefix, "header"), part(prefix, "data"));
        let header = Mapping::once(&create_file(&header_path, header::SIZE, owner)?, header::SIZE)?.guarded()?;
        let data = Mapping::twice(&create_file(&data_path, geometry.bytes(), owner)?, geometry.bytes())?.guarded()?;
        header.word(header::WORDS).store(geometry.words(), Ordering::Relaxed);
        header.write(header::HEADER_PATH, header_path.as_os_str().as_encoded_bytes());
        header.write(header::DATA_PATH, data_path.as_os_str().as_encoded_bytes());
        Semaphore::of(&header).create()?;
        header.signed(header::REFERENCES).store(1, Ordering::Release);
        Ok(Ring { header, data, geometry, position: 0 })
    }

    /// Opens a ring that a server made, as a client does.
    pub(crate) fn open(prefix: &str, max_message: usize) -> io::Result<Ring> {
        let geometry = Geometry::for_message(max_message).ok_or(io::ErrorKind::InvalidInput)?;
        let open = |path: &Path| OpenOptions::new().read(true).write(true).open(path);
        let header = Mapping::once(&open(&part(prefix, "header"))?, header::SIZE)?;
        let data = Mapping::twice(&open(&part(prefix, "data"))?, geometry.bytes())?;
        if header.word(header::WORDS).load(Ordering::Relaxed) != geometry.words() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        header.signed(header::REFERENCES).fetch_add(1, Ordering::AcqRel);
        Ok(Ring { header, data, geometry, position: 0 })
    }

    /// Removes a ring's files, whoever made them; no matter if they are gone.
    pub(crate) fn remove_files(prefix: &str) {
        for name in ["header", "data"] {
            let _gone = std::fs::remove_file(part(prefix, name));
        }
    }

    /// Tells the other end that this one is gone.
    pub(crate) fn abandon(&self) {
        self.header.signed(header::REFERENCES).store(0, Ordering::Release);
    }

    /// Whether both ends are there, as far as they say so.
    pub(crate) fn is_connected(&self) -> bool {
        self.header.signed(header::REFERENCES).load(Ordering::Acquire) == 2
    }

    /// Whether the files were cut off under this end.
    pub(crate) fn is_broken(&self) -> bool {
        self.header.is_broken() || self.data.is_broken()
    }

    /// The server's flow control of requests.
    pub(crate) fn flow_control(&self) -> &std::sync::atomic::AtomicI32 {
        self.header.signed(header::FLOW_CONTROL)
    }

    /// Whether the server sleeps; only where both ends are ours.
    pub(crate) fn asleep(&self) -> &AtomicU32 {
        self.header.word(header::ASLEEP)
    }

    /// The semaphore that counts chunks.
    pub(crate) fn semaphore(&self) -> Semaphore<'_> {
        Semaphore::of(&self.header)
    }

    fn word(&self, position: u32) -> &AtomicU32 {
        self.data.word(position as usize * 4)
    }

    fn marker(&self, position: u32) -> &AtomicU32 {
        self.word(self.geometry.after(position, 1))
    }

    fn bytes_at(&self, position: u32) -> usize {
        self.geometry.after(position, CHUNK_HEADER_WORDS) as usize * 4
    }

    /// For a client: goes on where the processes that share this writing end since a fork have come to.
    pub(crate) fn resume_writing(&mut self) {
        self.resume(header::WRITE);
    }

    /// The same for a reading end.
    pub(crate) fn resume_reading(&mut self) {
        self.resume(header::READ);
    }

    fn resume(&mut self, word: usize) {
        let position = self.header.word(word).load(Ordering::Acquire);
        if position < self.geometry.words() {
            self.position = position;
        }
    }

    /// Writes one chunk made of these parts and wakes its reader. `EAGAIN` when there is no room, `EBADMSG` when the
    /// other end wrote nonsense.
    pub(crate) fn write(&mut self, parts: &[&[u8]]) -> nix::Result<()> {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let read = self.header.word(header::READ).load(Ordering::Acquire);
        let empty = || self.semaphore().value() <= 0;
        let free = self.geometry.free(self.position, read, self.position != read || empty()).ok_or(Errno::EBADMSG)?;
        if !self.geometry.fits(length, free) {
            return Err(Errno::EAGAIN);
        }
        self.word(self.position).store(0, Ordering::Relaxed);
        self.marker(self.position).store(CHUNK_WRITING, Ordering::Release);
        let mut at = self.bytes_at(self.position);
        for part in parts {
            self.data.write(at, part);
            at += part.len();
        }
        self.word(self.position).store(length as u32, Ordering::Relaxed);
        let next = self.geometry.after_chunk(self.position, length);
        self.header.word(header::WRITE).store(next, Ordering::Release);
        self.marker(self.position).store(CHUNK_READY, Ordering::Release);
        self.position = next;
        self.semaphore().post()
    }

    /// Whether the next chunk is there; its semaphore count must have been taken.
    fn next_length(&self) -> Result<usize, ReadError> {
        if self.marker(self.position).load(Ordering::Acquire) != CHUNK_READY {
            return Err(ReadError::Corrupt);
        }
        Ok(self.word(self.position).load(Ordering::Relaxed) as usize)
    }

    fn take_chunk(&mut self, length: usize) {
        self.word(self.position).store(0, Ordering::Relaxed);
        self.marker(self.position).store(CHUNK_READ, Ordering::Release);
        self.position = self.geometry.after_chunk(self.position, length);
        self.header.word(header::READ).store(self.position, Ordering::Release);
    }

    /// Takes the next chunk out into `out` (cleared first), if there is one; it may have `max` bytes.
    pub(crate) fn read(&mut self, max: usize, out: &mut Vec<u8>) -> Result<(), ReadError> {
        if !self.semaphore().try_wait() {
            return Err(if self.is_broken() { ReadError::Corrupt } else { ReadError::Empty });
        }
        let length = self.next_length()?;
        if length > max || length > self.geometry.bytes() {
            return Err(ReadError::Corrupt);
        }
        out.clear();
        self.data.append_to(self.bytes_at(self.position), length, out);
        self.take_chunk(length);
        if self.is_broken() { Err(ReadError::Corrupt) } else { Ok(()) }
    }

    /// Copies the next chunk, whose semaphore count was taken, into `out` and gives its length.
    pub(crate) fn read_counted(&mut self, out: &mut [u8]) -> Result<usize, ReadError> {
        let result = self.next_length().and_then(|length| out.get_mut(..length).ok_or(ReadError::TooLong));
        let Ok(room) = result else {
            // the chunk stays, and so must its count
            let _posted = self.semaphore().post();
            return result.map(|_| 0);
        };
        let length = room.len();
        self.data.read(self.bytes_at(self.position), room);
        self.take_chunk(length);
        Ok(length)
    }
}
