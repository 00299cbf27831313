//! The sort queue: multicasts by their place in a ring's order, with gaps (`struct sq`).

use crate::buffer::Bytes;
use core_types::NodeId;
use std::collections::VecDeque;

/// Most places a queue spans (`QUEUE_RTR_ITEMS_SIZE_MAX`).
pub(crate) const SPAN: u32 = 16384;

/// Whether a sequence number comes before another; they wrap.
pub(crate) fn before(a: u32, b: u32) -> bool {
    (a.wrapping_sub(b) as i32) < 0
}

/// A multicast in its place.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// The whole frame.
    pub(crate) frame: Bytes,
    /// Who put it on the ring.
    pub(crate) from: NodeId,
    /// Whether its sender has the other byte order.
    pub(crate) swapped: bool,
}

#[derive(Debug, Default)]
struct Slot {
    item: Option<Item>,
    missed: u32,
    wanted: u32,
}

/// Places `head` to `head + SPAN - 1`, filled in any order, released in order.
#[derive(Debug, Default)]
pub(crate) struct SortQueue {
    head: u32,
    slots: VecDeque<Slot>,
}

impl SortQueue {
    /// Forgets everything and starts at a place.
    pub(crate) fn restart(&mut self, head: u32) {
        self.slots.clear();
        self.head = head;
    }

    /// Whether a place is within the queue's span.
    pub(crate) fn spans(&self, seq: u32) -> bool {
        seq.wrapping_sub(self.head) < SPAN
    }

    /// What is at a place.
    pub(crate) fn get(&self, seq: u32) -> Option<&Item> {
        self.slots.get(seq.wrapping_sub(self.head) as usize)?.item.as_ref()
    }

    /// What is at a place, and how often it was asked for so far.
    pub(crate) fn wanted(&mut self, seq: u32) -> Option<(&Item, u32)> {
        let slot = self.slots.get_mut(seq.wrapping_sub(self.head) as usize)?;
        slot.wanted = slot.wanted.saturating_add(1);
        slot.item.as_ref().map(|item| (item, slot.wanted))
    }

    /// Puts an item in its place. False when that isn't spanned or is taken.
    pub(crate) fn add(&mut self, seq: u32, item: Item) -> bool {
        match self.slot(seq) {
            Some(slot) if slot.item.is_none() => {
                *slot = Slot { item: Some(item), ..Slot::default() };
                true
            }
            _ => false,
        }
    }

    /// Counts that a place was found empty; how often so far.
    pub(crate) fn missed(&mut self, seq: u32) -> u32 {
        self.slot(seq).map_or(0, |slot| {
            slot.missed += 1;
            slot.missed
        })
    }

    /// Gives up all places up to and including `seq`; what was there goes to `give`.
    pub(crate) fn release(&mut self, seq: u32, mut give: impl FnMut(Bytes)) {
        let count = seq.wrapping_sub(self.head).wrapping_add(1);
        if count > SPAN {
            return;
        }
        for _ in 0..count.min(self.slots.len() as u32) {
            if let Some(Slot { item: Some(item), .. }) = self.slots.pop_front() {
                give(item.frame);
            }
        }
        self.head = seq.wrapping_add(1);
    }

    /// The last place that is filled.
    pub(crate) fn last(&self) -> Option<u32> {
        let index = self.slots.iter().rposition(|slot| slot.item.is_some())?;
        Some(self.head.wrapping_add(index as u32))
    }

    fn slot(&mut self, seq: u32) -> Option<&mut Slot> {
        if !self.spans(seq) {
            return None;
        }
        let index = seq.wrapping_sub(self.head) as usize;
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, Slot::default);
        }
        self.slots.get_mut(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::buffer::Pool;

    fn item(byte: u8) -> Item {
        Item { frame: Pool::default().filled(|out| out.push(byte)), from: NodeId(1), swapped: false }
    }

    #[test]
    fn places_wrap_and_gaps_stay() {
        let mut queue = SortQueue::default();
        queue.restart(u32::MAX);
        assert!(queue.add(1, item(1)));
        assert!(queue.add(u32::MAX, item(0)));
        assert!(!queue.add(1, item(9)), "taken");
        assert!(queue.get(0).is_none());
        assert_eq!(queue.last(), Some(1));
        let mut gone = 0;
        queue.release(0, |_| gone += 1);
        assert_eq!(gone, 1);
        assert!(queue.get(1).is_some());
        assert!(!queue.add(0, item(9)), "released");
    }

    #[test]
    fn the_span_is_the_bound() {
        let mut queue = SortQueue::default();
        assert!(queue.add(SPAN - 1, item(1)));
        assert!(!queue.add(SPAN, item(1)));
        assert_eq!(queue.missed(SPAN), 0);
        assert_eq!((queue.missed(3), queue.missed(3)), (1, 2));
        queue.release(SPAN + 5, |_| panic!("beyond the span"));
        assert!(queue.get(SPAN - 1).is_some());
    }

    #[test]
    fn order_survives_rollover() {
        assert!(before(u32::MAX, 0) && !before(0, u32::MAX) && !before(5, 5) && before(4, 5));
    }
}
