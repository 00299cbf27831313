//! Packing: messages to send are collected in frames that wait for the token.
//!
//! There are two lanes. Services may go on sending while a new configuration is being synced; what waited before
//! must not overtake that, so it stays in its lane until sync is over (`new_message_queue_trans`).

use super::{Group, HEADER, RawPacked};
use crate::buffer::{Bytes, Pool};
use crate::wire::MCAST_HEADER;
use core_types::{Guarantee, MESSAGE_SIZE_MAX};
use std::collections::VecDeque;
use std::sync::Arc;
use zerocopy::IntoBytes;
use zerocopy::byteorder::NativeEndian;

/// Most messages packed in one frame.
const PACKED_MAX: usize = 1024;
/// Room kept before the blocks, for headers and lengths.
const GAP: usize = MCAST_HEADER + HEADER + 2 * PACKED_MAX;
/// Less room than this at a frame's end isn't used for a piece of a message.
const PIECE_MIN: usize = 64;
/// Places of a queue that are never promised (`cs_queue_avail`).
const SLACK: usize = 2;

/// A frame that waits for the token.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The frame; its first [`MCAST_HEADER`] bytes are still to be written.
    pub(crate) frame: Bytes,
    /// What its header is to say.
    pub(crate) guarantee: Guarantee,
}

/// Why a message isn't taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No room now; nothing was queued.
    #[error("no room for the message now")]
    TryAgain,
    /// Longer than [`MESSAGE_SIZE_MAX`].
    #[error("the message is too big")]
    TooBig,
}

#[derive(Debug, Default)]
struct Lane {
    queue: VecDeque<Waiting>,
    /// The frame being packed: blocks start at [`GAP`].
    open: Option<Arc<Vec<u8>>>,
    lengths: Vec<u16>,
    /// How the open frame continues the one before.
    continuation: u8,
}

/// Everything that waits to be sent.
#[derive(Debug)]
pub(crate) struct Sender {
    /// Most bytes of lengths and blocks in a frame.
    capacity: usize,
    queue_max: usize,
    lanes: [Lane; 2],
    syncing: bool,
}

impl Sender {
    pub(crate) fn new(net_mtu: usize, queue_max: usize) -> Self {
        Sender { capacity: net_mtu - HEADER, queue_max, lanes: Default::default(), syncing: true }
    }

    /// Changes lanes: `true` from a configuration change until sync is over.
    pub(crate) fn set_syncing(&mut self, syncing: bool) {
        if syncing == self.syncing {
            return;
        }
        self.lane().close(0);
        self.syncing = syncing;
        if !syncing {
            let [regular, sync] = &mut self.lanes;
            regular.queue.append(&mut sync.queue);
        }
    }

    /// Frames that wait, without the open one.
    pub(crate) fn backlog(&self) -> usize {
        self.lanes[usize::from(self.syncing)].queue.len()
    }

    /// Whether nothing at all waits.
    pub(crate) fn is_idle(&self) -> bool {
        let lane = &self.lanes[usize::from(self.syncing)];
        lane.queue.is_empty() && lane.open.is_none()
    }

    /// Frames of room (`totemsrp_avail`).
    pub(crate) fn available(&self) -> usize {
        self.queue_max.saturating_sub(self.backlog() + SLACK)
    }

    /// Frames that a queue may hold in all.
    pub(crate) fn queue_max(&self) -> usize {
        self.queue_max
    }

    /// Bytes that a frame is reckoned to carry.
    pub(crate) fn frame_estimate(&self) -> usize {
        self.capacity - 16
    }

    /// Frames that so many bytes may need.
    pub(crate) fn frames(&self, bytes: usize) -> usize {
        bytes / self.frame_estimate() + 1
    }

    /// Whether a message of so many bytes would be taken.
    pub(crate) fn room(&self, bytes: usize) -> bool {
        let packed = self.lanes[usize::from(self.syncing)].lengths.len();
        self.available() >= self.frames(bytes + 2 * packed)
    }

    /// Queues a message.
    pub(crate) fn push(
        &mut self,
        pool: &mut Pool,
        group: Group,
        guarantee: Guarantee,
        parts: &[&[u8]],
    ) -> Result<(), Refused> {
        let total: usize = parts.iter().map(|part| part.len()).sum();
        if total > MESSAGE_SIZE_MAX {
            return Err(Refused::TooBig);
        }
        let (prefix, length) = group.prefix();
        if !self.room(length + total) {
            return Err(Refused::TryAgain);
        }
        let capacity = self.capacity;
        let lane = self.lane();
        lane.prepare(capacity, length + total, guarantee);
        let mut message = Piece { lane, pool, capacity, guarantee, length: 0, fragment: 1 };
        message.add(&prefix[..length]);
        for part in parts {
            message.add(part);
        }
        message.end();
        Ok(())
    }

    /// The token is here: what is packed so far may go.
    pub(crate) fn token_came(&mut self) {
        if self.available() > 0 {
            self.lane().close(0);
        }
    }

    /// The next frame to send.
    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        self.lane().queue.pop_front()
    }

    fn lane(&mut self) -> &mut Lane {
        &mut self.lanes[usize::from(self.syncing)]
    }
}

impl Lane {
    /// Bytes of lengths and blocks in the open frame.
    fn used(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.len() - GAP + 2 * self.lengths.len())
    }

    /// Closes the open frame if a message of `length` bytes had better start a new one: it isn't torn apart
    /// where that would save little.
    fn prepare(&mut self, capacity: usize, length: usize, guarantee: Guarantee) {
        let used = self.used();
        let left = capacity.saturating_sub(used + 2);
        let whole_elsewhere = length + 2 <= capacity && 2 * used >= capacity;
        if self.lengths.len() == PACKED_MAX || (length > left && (whole_elsewhere || left < PIECE_MIN)) {
            self.close_with(0, guarantee);
        }
    }

    fn close(&mut self, fragmented: u8) {
        self.close_with(fragmented, Guarantee::Agreed);
    }

    /// Puts the open frame, if any, into the queue. `fragmented` is 0, or the number under which the next frame
    /// continues its last block.
    fn close_with(&mut self, fragmented: u8, guarantee: Guarantee) {
        let Some(mut open) = self.open.take() else { return };
        let lengths = GAP - 2 * self.lengths.len();
        if let Some(bytes) = Arc::get_mut(&mut open) {
            let header = RawPacked::<NativeEndian> {
                version: 0.into(),
                kind: 0.into(),
                fragmented,
                continuation: self.continuation,
                count: (self.lengths.len() as u16).into(),
            };
            bytes[lengths - HEADER..lengths].copy_from_slice(header.as_bytes());
            bytes[lengths..GAP].copy_from_slice(self.lengths.as_bytes());
        }
        self.lengths.clear();
        self.continuation = fragmented;
        let frame = Bytes::from(open, lengths - HEADER - MCAST_HEADER);
        self.queue.push_back(Waiting { frame, guarantee });
    }
}

/// A message on its way into a lane.
struct Piece<'a> {
    lane: &'a mut Lane,
    pool: &'a mut Pool,
    capacity: usize,
    guarantee: Guarantee,
    /// Bytes of it in the open frame.
    length: usize,
    /// The number under which it would be continued.
    fragment: u8,
}

impl Piece<'_> {
    fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let left = self.capacity.saturating_sub(self.lane.used() + 2);
            if left == 0 {
                self.end();
                self.lane.close_with(self.fragment, self.guarantee);
                self.fragment = self.fragment.checked_add(1).unwrap_or(1);
                continue;
            }
            let (now, later) = bytes.split_at(left.min(bytes.len()));
            let pool = &mut *self.pool;
            let open = self.lane.open.get_or_insert_with(|| pool.take());
            if let Some(open) = Arc::get_mut(open) {
                if open.is_empty() {
                    open.resize(GAP, 0);
                }
                open.extend_from_slice(now);
            }
            self.length += now.len();
            bytes = later;
        }
    }

    /// Notes the length of the block that was added to the open frame.
    fn end(&mut self) {
        self.lane.lengths.push(self.length as u16);
        self.length = 0;
    }
}
