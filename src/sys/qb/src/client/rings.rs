//! The client's end of rings in shared memory.

use super::line::{Line, is_lost, soon};
use super::{LOOK_INTERVAL, lock};
use crate::ring::{ReadError, Ring};
use nix::errno::Errno;
use nix::poll::PollFlags;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

/// The rings. Calls of several threads take turns, and so does taking events.
#[derive(Debug)]
pub(super) struct Rings {
    calls: Mutex<Calls>,
    events: Mutex<Events>,
    prefixes: [String; 3],
    server_is_systole: bool,
}

#[derive(Debug)]
pub(super) struct Calls {
    request: Ring,
    response: Ring,
}

#[derive(Debug)]
struct Events {
    ring: Ring,
    /// Events taken whose bytes on the socket were not.
    untold: usize,
}

/// Most bytes of events left on the socket: it holds a few hundred, and the server can't send more until they go.
const UNTOLD_MAX: usize = 64;

impl Rings {
    pub(super) fn open(prefixes: [&str; 3], max_message: usize, server_is_systole: bool) -> Result<Rings, Errno> {
        let ring = |prefix| {
            let ring = Ring::open(prefix, max_message);
            ring.map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(libc::EINVAL)))
        };
        Ok(Rings {
            calls: Mutex::new(Calls { request: ring(prefixes[0])?, response: ring(prefixes[1])? }),
            events: Mutex::new(Events { ring: ring(prefixes[2])?, untold: 0 }),
            prefixes: prefixes.map(str::to_owned),
            server_is_systole,
        })
    }

    /// The right to call.
    pub(super) fn turn(&self) -> MutexGuard<'_, Calls> {
        lock(&self.calls)
    }

    pub(super) fn send(&self, line: &Line, calls: &mut Calls, parts: &[&[u8]], limit: i32) -> Result<(), Errno> {
        if !calls.request.is_connected() {
            return Err(Errno::ENOTCONN);
        }
        if (1..=limit).contains(&calls.request.flow_control().load(Ordering::Acquire)) {
            return Err(Errno::EAGAIN);
        }
        calls.request.resume_writing();
        match calls.request.write(parts) {
            Ok(()) => {}
            Err(Errno::EAGAIN) => return Err(line.state(0, PollFlags::POLLIN).err().unwrap_or(Errno::EAGAIN)),
            Err(errno) => return Err(errno),
        }
        if self.server_is_systole && calls.request.asleep().swap(0, Ordering::SeqCst) == 0 {
            return Ok(());
        }
        line.notify()
    }

    pub(super) fn receive(
        &self,
        line: &Line,
        calls: &mut Calls,
        reply: &mut [u8],
        timeout: i32,
    ) -> Result<usize, Errno> {
        let mut left = u64::try_from(timeout).ok().map(Duration::from_millis);
        loop {
            let wait = left.map_or(LOOK_INTERVAL, |left| left.min(LOOK_INTERVAL));
            let came = timeout != 0 && soon(|| calls.response.semaphore().try_wait());
            match if came { Ok(()) } else { calls.response.semaphore().wait(wait) } {
                Ok(()) => {
                    calls.response.resume_reading();
                    return calls.response.read_counted(reply).map_err(errno_of);
                }
                Err(Errno::ETIMEDOUT) => {}
                Err(errno) => return Err(line.note(errno)),
            }
            match line.state(0, PollFlags::POLLIN) {
                Err(errno) if is_lost(errno) => return Err(errno),
                _ => {}
            }
            left = left.map(|left| left - wait);
            if left == Some(Duration::ZERO) {
                return Err(Errno::ETIMEDOUT);
            }
        }
    }

    pub(super) fn event(&self, line: &Line, event: &mut [u8], timeout: i32) -> Result<usize, Errno> {
        let mut events = lock(&self.events);
        if !events.ring.semaphore().try_wait() {
            line.take(&mut events.untold, true)?;
            if timeout == 0 || !soon(|| events.ring.semaphore().try_wait()) {
                drop(events);
                line.state(timeout, PollFlags::POLLIN)?;
                events = lock(&self.events);
                if !events.ring.semaphore().try_wait() {
                    return Err(Errno::EAGAIN);
                }
            }
        }
        events.ring.resume_reading();
        let length = events.ring.read_counted(event).map_err(errno_of)?;
        events.untold += 1;
        if events.untold >= UNTOLD_MAX {
            line.take(&mut events.untold, false)?;
        }
        Ok(length)
    }

    pub(super) fn settle(&self, line: &Line) -> Result<(), Errno> {
        line.take(&mut lock(&self.events).untold, true)
    }

    /// Tells the server of the end, and cleans up after it if it died.
    pub(super) fn close(&self, server_died: bool) {
        let calls = lock(&self.calls);
        for ring in [&calls.request, &calls.response, &lock(&self.events).ring] {
            ring.abandon();
        }
        if server_died {
            self.prefixes.iter().for_each(|prefix| Ring::remove_files(prefix));
            if let Some(directory) = Path::new(&self.prefixes[0]).parent() {
                let _not_empty = std::fs::remove_dir(directory);
            }
        }
    }
}

fn errno_of(error: ReadError) -> Errno {
    match error {
        ReadError::TooLong => Errno::ENOBUFS,
        ReadError::Empty => Errno::EAGAIN,
        ReadError::Corrupt => Errno::EBADMSG,
    }
}
