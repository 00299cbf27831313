//! Zero-copy buffers: memory shared with the daemon, so that a message isn't copied into the ring.
//!
//! The file starts with a [`ZcHeader`] and a [`McastRequest`]; the caller's bytes follow.

use crate::handle::connection;
use core_cpg::wire::ipc::{McastRequest, ZcHeader, request};
use core_types::CsError;
use core_types::mar::ResponseHeader;
use std::ffi::c_void;
use std::sync::PoisonError;
use sys_client::cpg::REQUEST_MAX;

/// What precedes the caller's bytes.
const HEAD: usize = size_of::<ZcHeader>() + size_of::<McastRequest>();
/// Where buffers' files are made: the second when the first can't be had.
const TEMPLATES: [&[u8]; 2] = [b"/dev/shm/corosync_zerocopy-XXXXXX\0", b"/var/run/corosync_zerocopy-XXXXXX\0"];

/// A buffer: where it is mapped and how long that is. It stays mapped when its connection ends, as callers of the
/// reference may still use it then.
#[derive(Clone, Copy)]
pub(crate) struct Buffer {
    start: usize,
    size: usize,
}

impl Buffer {
    fn header(self) -> *mut ZcHeader {
        self.start as *mut ZcHeader
    }

    /// The daemon's number for it; 0 when the daemon didn't take it.
    fn server_address(self) -> u64 {
        // SAFETY: the mapping starts with a header, is aligned to a page and lives until `unmap`; the other process
        // may write it at any time, which a volatile read allows for
        unsafe { (&raw const (*self.header()).server_address).read_volatile() }
    }

    fn unmap(self) {
        // SAFETY: exactly what `map` mapped, and cpg_zcb_free(3): the caller doesn't use it any more
        unsafe { libc::munmap(self.start as *mut c_void, self.size) };
    }
}

/// Makes a file of `size` bytes that only this user can open, and maps it. Gives its path, without the NUL.
fn map(size: usize) -> Result<(Buffer, Vec<u8>), CsError> {
    let length = libc::off_t::try_from(size).map_err(|_| CsError::NoMemory)?;
    let (fd, path) = TEMPLATES.iter().find_map(|template| make(template)).ok_or(CsError::NoMemory)?;
    // SAFETY: a descriptor that `make` opened; this makes its pages exist, so that using them can't fail
    let allocated = unsafe { libc::posix_fallocate(fd, 0, length) } == 0;
    let shared = libc::PROT_READ | libc::PROT_WRITE;
    let start = match allocated {
        // SAFETY: a new mapping of an open file of that length, anywhere
        true => unsafe { libc::mmap(std::ptr::null_mut(), size, shared, libc::MAP_SHARED, fd, 0) },
        false => libc::MAP_FAILED,
    };
    // SAFETY: the descriptor is ours and not used any more
    unsafe { libc::close(fd) };
    if start == libc::MAP_FAILED {
        remove(&path);
        return Err(CsError::NoMemory);
    }
    let path = path[..path.len() - 1].to_vec();
    Ok((Buffer { start: start as usize, size }, path))
}

/// Makes a file after a template that ends with a NUL; mkstemp(3) gives it mode 0600.
fn make(template: &[u8]) -> Option<(i32, Vec<u8>)> {
    let mut path = template.to_vec();
    // SAFETY: a NUL-terminated template of its own, which mkstemp writes to in place
    let fd = unsafe { libc::mkstemp(path.as_mut_ptr().cast()) };
    (fd >= 0).then_some((fd, path))
}

/// Removes a file that the daemon didn't take over. `path` ends with a NUL.
fn remove(path: &[u8]) {
    // SAFETY: a NUL-terminated path
    unsafe { libc::unlink(path.as_ptr().cast()) };
}

capi_ffi::export! {
    version "COROSYNC_CPG_1.0";

    /// `cpg_zcb_alloc(3)`: a buffer for messages of up to `size` bytes. CS_ERR_TRY_AGAIN: the daemon can't take
    /// it now.
    ///
    /// # Safety
    /// `buffer` is null or valid for a write.
    fn cpg_zcb_alloc(handle: u64, size: usize, buffer: *mut *mut c_void) {
        let connection = connection(handle)?;
        if buffer.is_null() {
            return Err(CsError::InvalidParam);
        }
        let (new, mut path) = map(size.checked_add(HEAD).ok_or(CsError::NoMemory)?)?;
        // SAFETY: the mapping starts with a header, and nobody else knows of it yet
        unsafe { (&raw mut (*new.header()).map_size).write(new.size as i32) };
        let told = connection.cpg.buffer_alloc(&path, new.size as u64);
        if let Err(error) = told.and_then(|()| if new.server_address() == 0 { Err(CsError::TryAgain) } else { Ok(()) }) {
            path.push(0);
            remove(&path);
            new.unmap();
            return Err(error);
        }
        let place = new.start + HEAD;
        connection.buffers.lock().unwrap_or_else(PoisonError::into_inner).insert(place, new);
        // SAFETY: valid for a write by this function's contract
        unsafe { capi_ffi::set(buffer, place as *mut c_void) };
        Ok(())
    }

    /// `cpg_zcb_free(3)`: gives a buffer back. CS_ERR_INVALID_PARAM when it isn't one of this handle.
    ///
    /// # Safety
    /// Nobody uses the buffer any more.
    fn cpg_zcb_free(handle: u64, buffer: *mut c_void) {
        let connection = connection(handle)?;
        let buffers = || connection.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let old = buffers().get(&(buffer as usize)).copied().ok_or(CsError::InvalidParam)?;
        connection.cpg.buffer_free(old.size as u64, old.server_address())?;
        if buffers().remove(&(buffer as usize)).is_some() {
            old.unmap();
        }
        Ok(())
    }
}

capi_ffi::export! {
    /// `cpg_zcb_mcast_joined(3)`: sends the first `msg_len` bytes of a buffer to the group that was joined.
    ///
    /// # Safety
    /// None: `msg` is only used as the name of a buffer of this handle.
    fn cpg_zcb_mcast_joined(handle: u64, guarantee: u32, msg: *mut c_void, msg_len: usize) {
        let connection = connection(handle)?;
        if msg_len > REQUEST_MAX {
            return Err(CsError::TooBig);
        }
        let buffer = connection.buffers.lock().unwrap_or_else(PoisonError::into_inner).get(&(msg as usize)).copied();
        let buffer = buffer.filter(|buffer| msg_len <= buffer.size - HEAD).ok_or(CsError::InvalidParam)?;
        let header = ResponseHeader::new(request::MCAST, size_of::<McastRequest>() + msg_len, 0);
        let head = McastRequest { header, guarantee, pad0: 0, msglen: msg_len as u32, pad1: 0 };
        // SAFETY: the mapping has room for it behind the header, aligned to 8, and lives until cpg_zcb_free
        unsafe { buffer.header().add(1).cast::<McastRequest>().write_volatile(head) };
        connection.cpg.buffer_mcast(buffer.server_address())
    }
}
