//! T13: what a host keeps in memory is bounded, whatever happens to it.

use super::{Broken, Who, broken};

/// Most bytes that an engine may hold at any time. What clients may queue, one window of the largest frames and
/// messages being put together come to less.
const BYTES_MAX: i64 = 16 << 20;
/// Most bytes that it may hold when nothing was sent for a while.
const IDLE_MAX: i64 = 6 << 20;

/// What engines hold.
#[derive(Debug, Default)]
pub struct Memory {
    /// The most that one ever held.
    pub highest: i64,
}

impl Memory {
    pub(super) fn called(&mut self, who: Who, bytes: i64) -> Result<(), Broken> {
        self.highest = self.highest.max(bytes);
        if bytes > BYTES_MAX { Err(broken!("T13", "{who:?} holds {bytes} bytes")) } else { Ok(()) }
    }

    /// A host's memory after a quiet while.
    pub fn idle(&self, who: Who, bytes: i64) -> Result<(), Broken> {
        if bytes > IDLE_MAX { Err(broken!("T13", "{who:?} holds {bytes} bytes while idle")) } else { Ok(()) }
    }
}
