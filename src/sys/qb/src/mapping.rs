//! Shared memory: a file mapped once, or twice in a row so that what wraps is contiguous.
//!
//! Everything in it may be changed by the other process at any time. So no reference into it is ever made: bytes are
//! copied, words are accessed as atomics, and what was copied is checked before it is used.

use crate::sigbus::Guard;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64};

/// A mapping of a shared file.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    length: usize,
    guard: Option<Guard>,
}

// SAFETY: the memory is shared between processes anyway; all accesses are copies or atomics
unsafe impl Send for Mapping {}
// SAFETY: likewise
unsafe impl Sync for Mapping {}

const ACCESS: libc::c_int = libc::PROT_READ | libc::PROT_WRITE;

fn map(at: *mut libc::c_void, length: usize, flags: libc::c_int, fd: libc::c_int) -> io::Result<NonNull<u8>> {
    let access = if fd < 0 { libc::PROT_NONE } else { ACCESS };
    // SAFETY: mmap(2): either a new mapping, or (MAP_FIXED) inside one that the caller made for this
    let base = unsafe { libc::mmap(at, length, access, flags, fd, 0) };
    if base == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(base.cast()).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}

impl Mapping {
    /// Maps the first `length` bytes of a file.
    pub(crate) fn once(file: &File, length: usize) -> io::Result<Mapping> {
        let base = map(ptr::null_mut(), length, libc::MAP_SHARED, file.as_raw_fd())?;
        Ok(Mapping { base, length, guard: None })
    }

    /// Maps the first `size` bytes (whole pages) of a file twice in a row.
    pub(crate) fn twice(file: &File, size: usize) -> io::Result<Mapping> {
        let base = map(ptr::null_mut(), 2 * size, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1)?;
        let mapping = Mapping { base, length: 2 * size, guard: None };
        for half in 0..2 {
            // SAFETY: within the mapping just made
            let at = unsafe { base.as_ptr().add(half * size) }.cast();
            map(at, size, libc::MAP_SHARED | libc::MAP_FIXED, file.as_raw_fd())?;
        }
        Ok(mapping)
    }

    /// Survives that the other process cuts the file off.
    pub(crate) fn guarded(mut self) -> io::Result<Mapping> {
        self.guard = Some(Guard::new(self.base.as_ptr() as usize, self.length)?);
        Ok(self)
    }

    /// Whether the file was cut off; what was read since is worth nothing.
    pub(crate) fn is_broken(&self) -> bool {
        self.guard.as_ref().is_some_and(Guard::is_broken)
    }

    fn at<T>(&self, offset: usize) -> *mut T {
        assert!(offset.is_multiple_of(align_of::<T>()) && offset + size_of::<T>() <= self.length, "inside the mapping");
        // SAFETY: inside the mapping, as just checked
        unsafe { self.base.as_ptr().add(offset).cast() }
    }

    /// The word at that offset.
    pub(crate) fn word(&self, offset: usize) -> &AtomicU32 {
        // SAFETY: aligned, inside the mapping, which lives as long as `self`; shared as an atomic only
        unsafe { AtomicU32::from_ptr(self.at(offset)) }
    }

    /// The signed word at that offset.
    pub(crate) fn signed(&self, offset: usize) -> &AtomicI32 {
        // SAFETY: aligned, inside the mapping, which lives as long as `self`; shared as an atomic only
        unsafe { AtomicI32::from_ptr(self.at(offset)) }
    }

    /// The long word at that offset.
    pub(crate) fn long(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: aligned, inside the mapping, which lives as long as `self`; shared as an atomic only
        unsafe { AtomicU64::from_ptr(self.at(offset)) }
    }

    /// The address of a `T` at that offset, for the C library's semaphores.
    pub(crate) fn pointer<T>(&self, offset: usize) -> *mut T {
        self.at(offset)
    }

    /// Appends `length` bytes from `offset` on to `out`.
    pub(crate) fn append_to(&self, offset: usize, length: usize, out: &mut Vec<u8>) {
        assert!(offset.checked_add(length).is_some_and(|end| end <= self.length), "inside the mapping");
        out.reserve(length);
        let filled = out.len();
        // SAFETY: source inside the mapping, as just checked; destination reserved above; they don't overlap
        unsafe {
            ptr::copy_nonoverlapping(self.base.as_ptr().add(offset), out.as_mut_ptr().add(filled), length);
            out.set_len(filled + length);
        }
    }

    /// Copies the bytes from `offset` on into `out`.
    pub(crate) fn read(&self, offset: usize, out: &mut [u8]) {
        assert!(offset.checked_add(out.len()).is_some_and(|end| end <= self.length), "inside the mapping");
        // SAFETY: source inside the mapping, as just checked; they don't overlap
        unsafe { ptr::copy_nonoverlapping(self.base.as_ptr().add(offset), out.as_mut_ptr(), out.len()) };
    }

    /// Copies bytes to `offset`.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(offset.checked_add(bytes.len()).is_some_and(|end| end <= self.length), "inside the mapping");
        // SAFETY: destination inside the mapping, as just checked; they don't overlap
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), self.base.as_ptr().add(offset), bytes.len()) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.guard = None;
        // SAFETY: the whole mapping, made by this type; nothing refers to it any more
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.length) };
    }
}
