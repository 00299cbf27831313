//! Surviving SIGBUS: a client owns the files of its rings and may cut them off under our mappings.
//!
//! Mappings that somebody else may cut off are kept in a table. A handler for SIGBUS looks the faulting address up;
//! if it is in one of them, it puts an empty page of our own there and marks the mapping broken, so that the
//! access goes on (reading zeros) and the connection ends at the next check. Any other SIGBUS ends the process as
//! it would without us.

use std::io;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Most mappings guarded at once: two for each of three rings of a connection.
const GUARDED_MAX: usize = 6 * 2048;
const PAGE: usize = 4096;

struct Entry {
    /// First address; 0: free, 1: being changed.
    start: AtomicUsize,
    end: AtomicUsize,
    broken: AtomicBool,
}

static TABLE: [Entry; GUARDED_MAX] =
    [const { Entry { start: AtomicUsize::new(0), end: AtomicUsize::new(0), broken: AtomicBool::new(false) } };
        GUARDED_MAX];

/// Entries beyond this one were never used.
static USED: AtomicUsize = AtomicUsize::new(0);
static INSTALL: Once = Once::new();
const CHANGING: usize = 1;

/// Guards a range of addresses as long as it lives.
#[derive(Debug)]
pub(crate) struct Guard(usize);

impl Guard {
    /// Guards `length` bytes from `start`. `ENFILE` when too many ranges are guarded.
    pub(crate) fn new(start: usize, length: usize) -> io::Result<Guard> {
        INSTALL.call_once(install);
        for (index, entry) in TABLE.iter().enumerate() {
            if entry.start.compare_exchange(0, CHANGING, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                entry.broken.store(false, Ordering::Relaxed);
                entry.end.store(start + length, Ordering::Relaxed);
                entry.start.store(start, Ordering::Release);
                USED.fetch_max(index + 1, Ordering::AcqRel);
                return Ok(Guard(index));
            }
        }
        Err(io::Error::from_raw_os_error(libc::ENFILE))
    }

    /// Whether a page of the range was cut off since.
    pub(crate) fn is_broken(&self) -> bool {
        TABLE[self.0].broken.load(Ordering::Acquire)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        TABLE[self.0].start.store(0, Ordering::Release);
    }
}

fn install() {
    // SAFETY: a plain structure for which all zero is a value
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_sigbus as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: sigaction(2): a filled structure; the handler only does what is safe in one
    unsafe { libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) };
}

/// Only atomic loads and stores, mmap(2) and sigaction(2): all safe in a signal handler.
extern "C" fn on_sigbus(_signal: libc::c_int, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    // SAFETY: SA_SIGINFO: the kernel passes a valid structure, and SIGBUS has an address
    let address = unsafe { (*info).si_addr() } as usize;
    for entry in &TABLE[..USED.load(Ordering::Acquire).min(GUARDED_MAX)] {
        let start = entry.start.load(Ordering::Acquire);
        if start > CHANGING && (start..entry.end.load(Ordering::Relaxed)).contains(&address) {
            entry.broken.store(true, Ordering::Release);
            let page = (address & !(PAGE - 1)) as *mut libc::c_void;
            let (access, flags) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED);
            // SAFETY: replaces one page inside a mapping that its owner (a `Mapping`) unmaps as a whole
            if unsafe { libc::mmap(page, PAGE, access, flags, -1, 0) } != libc::MAP_FAILED {
                return;
            }
        }
    }
    // SAFETY: back to the default, so that the access that is repeated on return ends the process
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
}
