//! The ring's layout and arithmetic (`ringbuffer.c`).
//!
//! A ring is a header file and a data file. Positions count 32-bit words of the data, which both ends map
//! twice in a row, so that a chunk never wraps. A chunk is its length in bytes, a marker, then its bytes, filled up
//! to a word. The writer sets the marker last, the reader clears it first.

/// The marker of a chunk that may be read.
pub const CHUNK_READY: u32 = 0xA1A1_A1A1;
/// The marker of a chunk that was read.
pub const CHUNK_READ: u32 = 0xD0D0_D0D0;
/// The marker of a chunk that is being written.
pub const CHUNK_WRITING: u32 = 0xA110_CED0;

/// Words before a chunk's bytes.
pub const CHUNK_HEADER_WORDS: u32 = 2;
/// Bytes that must stay free beside a new chunk's own.
pub const CHUNK_MARGIN: usize = 12;

/// Where things are in the header file (`struct qb_ringbuffer_shared_s`), in bytes.
pub mod header {
    /// The next word to write, `u32`.
    pub const WRITE: usize = 0;
    /// The next word to read, `u32`.
    pub const READ: usize = 4;
    /// The data's size in words, `u32`.
    pub const WORDS: usize = 8;
    /// The header file's path.
    pub const HEADER_PATH: usize = 12;
    /// The data file's path.
    pub const DATA_PATH: usize = HEADER_PATH + 4096;
    /// How many ends are open, `i32`: 2 while connected.
    pub const REFERENCES: usize = 8204;
    /// The semaphore that counts chunks (`sem_t`).
    pub const SEMAPHORE: usize = 8208;
    /// The server's flow control of requests, `i32`: 0 means go on (`user_data`).
    pub const FLOW_CONTROL: usize = 8240;
    /// What libqb maps and creates, in bytes.
    pub const LIBQB_SIZE: usize = 8252;
    /// Ours only: not 0 while the server sleeps and needs a byte on the socket to wake, `u32`.
    pub const ASLEEP: usize = 8256;
    /// What we create, in bytes: whole pages.
    pub const SIZE: usize = 12288;
}

/// A ring's size, and the arithmetic of positions in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    words: u32,
}

/// Bytes in a page.
const PAGE: usize = 4096;

impl Geometry {
    /// The ring that carries messages of up to `max_message` bytes; `None` when that is absurd.
    pub fn for_message(max_message: usize) -> Option<Geometry> {
        let bytes = max_message.checked_add(CHUNK_MARGIN + 1)?.checked_next_multiple_of(PAGE)?;
        Some(Geometry { words: u32::try_from(bytes / 4).ok().filter(|&words| words <= u32::MAX / 8)? })
    }

    /// The data's size in words.
    pub fn words(self) -> u32 {
        self.words
    }

    /// The data's size in bytes.
    pub fn bytes(self) -> usize {
        self.words as usize * 4
    }

    /// The position after `steps` words.
    pub fn after(self, position: u32, steps: u32) -> u32 {
        ((u64::from(position) + u64::from(steps)) % u64::from(self.words)) as u32
    }

    /// The position after a chunk of `length` bytes at `position`.
    pub fn after_chunk(self, position: u32, length: usize) -> u32 {
        self.after(position, CHUNK_HEADER_WORDS + length.div_ceil(4) as u32)
    }

    /// Free bytes between the writer's and the reader's positions; where they are equal, `empty` tells a ring
    /// without chunks from a full one. `None` when a position isn't in the ring.
    pub fn free(self, write: u32, read: u32, empty: bool) -> Option<usize> {
        if write >= self.words || read >= self.words {
            return None;
        }
        let words = match write.cmp(&read) {
            std::cmp::Ordering::Greater => self.words - (write - read) - 1,
            std::cmp::Ordering::Less => read - write - 1,
            std::cmp::Ordering::Equal if empty => self.words,
            std::cmp::Ordering::Equal => 0,
        };
        Some(words as usize * 4)
    }

    /// Whether a chunk of `length` bytes fits in so many free bytes.
    pub fn fits(self, length: usize, free: usize) -> bool {
        length.checked_add(CHUNK_MARGIN).is_some_and(|needed| needed <= free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    #[test]
    fn corosync_s_rings_are_a_mebibyte_and_a_page() {
        let geometry = Geometry::for_message(8192 * 128).unwrap();
        assert_eq!((geometry.bytes(), geometry.words()), ((1 << 20) + 4096, 263_168));
        assert_eq!(Geometry::for_message(usize::MAX), None);
        assert_eq!(Geometry::for_message(1 << 40), None);
    }

    #[test]
    fn positions_outside_the_ring_are_noticed() {
        let geometry = Geometry::for_message(100).unwrap();
        assert_eq!(geometry.free(geometry.words(), 0, true), None);
        assert_eq!(geometry.free(0, u32::MAX, true), None);
    }

    proptest! {
        /// Chunks of any lengths never overlap, never get lost, and a message of the agreed size always fits.
        #[test]
        fn chunks_never_overlap(lengths in proptest::collection::vec(0usize..5000, 1..200), reads in any::<u64>()) {
            let geometry = Geometry::for_message(5000).unwrap();
            let (mut write, mut read) = (0, 0);
            let mut chunks: VecDeque<(u32, usize)> = VecDeque::new();
            for (index, length) in lengths.into_iter().enumerate() {
                while !geometry.fits(length, geometry.free(write, read, chunks.is_empty()).unwrap()) {
                    let (position, length) = chunks.pop_front().expect("an empty ring has room");
                    prop_assert_eq!(position, read);
                    read = geometry.after_chunk(read, length);
                }
                chunks.push_back((write, length));
                write = geometry.after_chunk(write, length);
                let used: usize = chunks.iter().map(|(_, length)| 8 + length.next_multiple_of(4)).sum();
                prop_assert!(used <= geometry.bytes());
                if reads >> (index % 64) & 1 == 1 && let Some((_, length)) = chunks.pop_front() {
                    read = geometry.after_chunk(read, length);
                }
            }
        }
    }
}
