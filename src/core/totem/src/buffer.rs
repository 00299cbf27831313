//! Shared buffers: one multicast's bytes are stored once, from the network or the client to every reader.

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;

/// Most unused buffers kept for reuse.
const KEEP: usize = 64;
/// Largest unused buffer kept; larger ones go back to the allocator.
const KEEP_CAPACITY: usize = 2 * 1024 * 1024;
/// How many lent buffers are looked at for one that came back.
const LOOK: usize = 4;

/// Some bytes of a shared buffer. Cheap to clone; totem uses the buffer again once all clones are dropped.
#[derive(Clone, Debug)]
pub struct Bytes {
    buffer: Arc<Vec<u8>>,
    start: usize,
    end: usize,
}

impl Bytes {
    /// All bytes of a buffer from `start` on.
    pub(crate) fn from(buffer: Arc<Vec<u8>>, start: usize) -> Self {
        let end = buffer.len();
        Bytes { start: start.min(end), end, buffer }
    }

    /// A part of these bytes; ends beyond them are cut.
    pub(crate) fn part(&self, from: usize, to: usize) -> Self {
        let end = self.end.min(self.start + to);
        Bytes { buffer: self.buffer.clone(), start: end.min(self.start + from), end }
    }

    /// The bytes to change, unless somebody else has them too.
    pub(crate) fn get_mut(&mut self) -> Option<&mut [u8]> {
        Arc::get_mut(&mut self.buffer).map(|buffer| &mut buffer[self.start..self.end])
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Where buffers come from and go to.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    free: Vec<Arc<Vec<u8>>>,
    lent: VecDeque<Arc<Vec<u8>>>,
}

impl Pool {
    /// An empty buffer that nobody shares.
    pub(crate) fn take(&mut self) -> Arc<Vec<u8>> {
        if let Some(buffer) = self.free.pop() {
            return buffer;
        }
        for _ in 0..LOOK.min(self.lent.len()) {
            let Some(mut buffer) = self.lent.pop_front() else { break };
            match Arc::get_mut(&mut buffer) {
                Some(bytes) => {
                    bytes.clear();
                    return buffer;
                }
                None => self.lent.push_back(buffer),
            }
        }
        Arc::default()
    }

    /// A buffer with these contents.
    pub(crate) fn filled(&mut self, fill: impl FnOnce(&mut Vec<u8>)) -> Bytes {
        let mut buffer = self.take();
        if let Some(bytes) = Arc::get_mut(&mut buffer) {
            fill(bytes);
        }
        Bytes::from(buffer, 0)
    }

    /// Takes a buffer back, at once or once its other readers are done.
    pub(crate) fn give(&mut self, bytes: Bytes) {
        let mut buffer = bytes.buffer;
        if buffer.capacity() > KEEP_CAPACITY {
            return;
        }
        match Arc::get_mut(&mut buffer) {
            Some(contents) if self.free.len() < KEEP => {
                contents.clear();
                self.free.push(buffer);
            }
            None if self.lent.len() < KEEP => self.lent.push_back(buffer),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_returned_buffer_is_used_again() {
        let mut pool = Pool::default();
        let bytes = pool.filled(|out| out.extend_from_slice(b"abc"));
        let address = bytes.as_ptr();
        pool.give(bytes);
        let again = pool.filled(|out| out.extend_from_slice(b"xy"));
        assert_eq!(again.as_ptr(), address);
        assert_eq!(&*again, b"xy");
    }

    #[test]
    fn a_lent_buffer_comes_back_only_when_its_readers_are_done() {
        let mut pool = Pool::default();
        let bytes = pool.filled(|out| out.extend_from_slice(b"abcdef"));
        let reader = bytes.part(2, 4);
        pool.give(bytes);
        let other = pool.filled(|out| out.push(0));
        assert_eq!(&*reader, b"cd");
        assert_ne!(other.as_ptr(), reader.as_ptr().wrapping_sub(2));
        let address = reader.as_ptr().wrapping_sub(2);
        drop(reader);
        assert_eq!(pool.filled(|out| out.push(1)).as_ptr(), address);
    }

    #[test]
    fn parts_never_reach_beyond_their_whole() {
        let bytes = Pool::default().filled(|out| out.extend_from_slice(b"abc"));
        assert_eq!(&*bytes.part(1, 99), b"bc");
        assert_eq!(&*bytes.part(7, 9), b"");
        assert_eq!(&*bytes.part(1, 3).part(1, 2), b"c");
    }
}
