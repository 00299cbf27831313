//! The C library's semaphores in shared memory, which libqb counts chunks with.

use crate::mapping::Mapping;
use core_qb::ring::header::SEMAPHORE;
use nix::errno::Errno;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[cfg(not(target_pointer_width = "64"))]
compile_error!("glibc's sem_t has another layout here");

/// The layout of glibc's `sem_t` (`struct new_sem`, 64-bit machines): a long whose lower half counts and whose upper
/// half is the number of those who wait.
const WAITERS_SHIFT: u32 = 32;
/// Where the counting half is, in bytes.
const COUNT_OFFSET: usize = if cfg!(target_endian = "big") { 4 } else { 0 };
/// `SEM_VALUE_MAX`.
const COUNT_MAX: u32 = i32::MAX as u32;

/// The semaphore of a ring's header. Whatever the other process writes over it, these calls give an error or a wrong
/// count; they only do atomics and futex calls on its own bytes.
#[derive(Clone, Copy)]
pub(crate) struct Semaphore<'a>(&'a Mapping);

impl<'a> Semaphore<'a> {
    pub(crate) fn of(header: &'a Mapping) -> Self {
        Semaphore(header)
    }

    fn raw(self) -> *mut libc::sem_t {
        self.0.pointer(SEMAPHORE)
    }

    /// Makes it, shared between processes, with count 0.
    pub(crate) fn create(self) -> nix::Result<()> {
        // SAFETY: sem_init(3): aligned room for a semaphore that nobody uses yet
        Errno::result(unsafe { libc::sem_init(self.raw(), 1, 0) }).map(drop)
    }

    /// Counts one up and wakes who waits, as sem_post(3) does. That one takes part of its futex operation from the
    /// semaphore's own bytes: there the other process could make it wait for ever, or end this process.
    pub(crate) fn post(self) -> nix::Result<()> {
        let state = self.0.long(SEMAPHORE);
        let before = state
            .fetch_update(Ordering::Release, Ordering::Relaxed, |state| ((state as u32) < COUNT_MAX).then(|| state + 1))
            .map_err(|_| Errno::EOVERFLOW)?;
        if before >> WAITERS_SHIFT != 0 {
            let count = self.0.pointer::<u32>(SEMAPHORE + COUNT_OFFSET);
            // SAFETY: futex(2): a word in a live mapping; waking changes nothing there
            unsafe { libc::syscall(libc::SYS_futex, count, libc::FUTEX_WAKE, 1) };
        }
        Ok(())
    }

    /// Counts one down if there is one.
    pub(crate) fn try_wait(self) -> bool {
        // SAFETY: sem_trywait(3): a semaphore in a live mapping
        unsafe { libc::sem_trywait(self.raw()) == 0 }
    }

    /// The count.
    pub(crate) fn value(self) -> i32 {
        let mut value = 0;
        // SAFETY: sem_getvalue(3): a semaphore in a live mapping and a writable int
        unsafe { libc::sem_getvalue(self.raw(), &mut value) };
        value
    }

    /// Counts one down, waiting for it so long at the most. `ETIMEDOUT` when none came.
    pub(crate) fn wait(self, timeout: Duration) -> nix::Result<()> {
        let now: Duration = nix::time::clock_gettime(nix::time::ClockId::CLOCK_REALTIME)?.into();
        let until: libc::timespec = *nix::sys::time::TimeSpec::from(now + timeout).as_ref();
        loop {
            // SAFETY: sem_timedwait(3): a semaphore in a live mapping and a valid time
            match Errno::result(unsafe { libc::sem_timedwait(self.raw(), &until) }) {
                Err(Errno::EINTR) => {}
                result => return result.map(drop),
            }
        }
    }
}
