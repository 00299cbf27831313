//! Events that wait for one client, in blocks: one that doesn't read costs no allocation for each event, and little time
//! when it is given up.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

/// Bytes of a block, unless an event is longer.
const BLOCK: usize = 64 << 10;
/// Bytes before each event: its length.
const PREFIX: usize = size_of::<usize>();

/// See the module.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Events with their lengths, one after the other; none is in two blocks.
    blocks: VecDeque<Vec<u8>>,
    /// Where in the first block the oldest event is.
    front: usize,
    events: usize,
    bytes: usize,
    given_up: VecDeque<Vec<u8>>,
    /// The bytes of all backlogs that share this.
    all: Rc<Cell<usize>>,
}

impl Backlog {
    /// An empty one, counted together with others.
    pub(crate) fn counted_in(all: &Rc<Cell<usize>>) -> Backlog {
        let mut backlog = Backlog::default();
        backlog.all = all.clone();
        backlog
    }

    /// How many events wait.
    pub(crate) fn events(&self) -> usize {
        self.events
    }

    /// The memory that they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends an event made of these parts.
    pub(crate) fn push(&mut self, parts: &[&[u8]]) {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let needed = PREFIX + length;
        if self.blocks.back().is_none_or(|block| block.capacity() - block.len() < needed) {
            let block = Vec::with_capacity(BLOCK.max(needed));
            self.count(block.capacity() as isize);
            self.blocks.push_back(block);
        }
        if let Some(block) = self.blocks.back_mut() {
            block.extend_from_slice(&length.to_ne_bytes());
            parts.iter().for_each(|part| block.extend_from_slice(part));
            self.events += 1;
        }
    }

    /// The oldest event.
    pub(crate) fn first(&self) -> Option<&[u8]> {
        let (prefix, rest) = self.blocks.front()?.get(self.front..)?.split_first_chunk::<PREFIX>()?;
        rest.get(..usize::from_ne_bytes(*prefix))
    }

    /// Removes the oldest event.
    pub(crate) fn pop(&mut self) {
        let Some(length) = self.first().map(<[u8]>::len) else { return };
        self.front += PREFIX + length;
        self.events -= 1;
        if self.blocks.front().is_some_and(|block| block.len() <= self.front) {
            let empty = self.blocks.pop_front().map_or(0, |block| block.capacity());
            self.front = 0;
            self.count(-(empty as isize));
        }
    }

    /// Removes all. The memory itself goes with the backlog: that may take milliseconds.
    pub(crate) fn give_up(&mut self) {
        self.count(-(self.bytes as isize));
        self.given_up.append(&mut self.blocks);
        (self.front, self.events) = (0, 0);
    }

    fn count(&mut self, bytes: isize) {
        self.bytes = self.bytes.saturating_add_signed(bytes);
        self.all.set(self.all.get().saturating_add_signed(bytes));
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.give_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_out_as_they_went_in_and_memory_goes_back() {
        let all = Rc::default();
        let (mut backlog, other) = (Backlog::counted_in(&all), Backlog::counted_in(&all));
        let event = |index: usize| vec![index as u8; index * 7919 % 150_000];
        let (mut pushed, mut popped) = (0, 0);
        while popped < 500 {
            if pushed < 500 && pushed < popped + 1 + pushed % 40 {
                let event = event(pushed);
                backlog.push(&[&event[..event.len() / 3], &event[event.len() / 3..]]);
                pushed += 1;
            } else {
                assert_eq!(backlog.first(), Some(&event(popped)[..]));
                backlog.pop();
                popped += 1;
            }
            assert_eq!((backlog.events(), all.get()), (pushed - popped, backlog.bytes()));
        }
        assert_eq!((backlog.first(), all.get(), other.bytes()), (None, 0, 0));
        backlog.push(&[b"x"]);
        assert_eq!(all.get(), BLOCK);
        drop(backlog);
        assert_eq!(all.get(), 0);
    }
}
