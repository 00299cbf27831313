//! Unpacking: frames in order, out come messages.

use super::{Group, HEADER, RawPacked};
use crate::action::Delivery;
use crate::buffer::{Bytes, Pool};
use crate::wire::FRAME_SIZE_MAX;
use core_types::{MESSAGE_SIZE_MAX, NodeId};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use zerocopy::FromBytes;
use zerocopy::byteorder::{BigEndian, ByteOrder, LittleEndian, U16};

/// Longest message put together from pieces, with its group names, in bytes.
const ASSEMBLY_MAX: usize = MESSAGE_SIZE_MAX + FRAME_SIZE_MAX;

/// A message of which pieces are still to come.
#[derive(Debug, Default)]
struct Assembly {
    /// The pieces so far; `None` once one is known to be missing.
    pieces: Option<Arc<Vec<u8>>>,
    /// `fragmented` of its sender's last frame.
    number: u8,
}

/// What every sender began. Frames that come while a configuration is being synced are of another lane of their
/// sender (see [`Sender`](super::Sender)) and don't mix with the others.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    lanes: [BTreeMap<NodeId, Assembly>; 2],
    syncing: bool,
    pool: Pool,
}

/// A frame that isn't packed as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("packed message has impossible lengths")]
pub(crate) struct BadPacking;

impl Assembler {
    pub(crate) fn new() -> Self {
        Assembler { syncing: true, ..Default::default() }
    }

    /// Changes lanes.
    pub(crate) fn set_syncing(&mut self, syncing: bool) {
        self.syncing = syncing;
    }

    /// Forgets what a node began.
    pub(crate) fn forget(&mut self, node: NodeId) {
        for lane in &mut self.lanes {
            lane.remove(&node);
        }
    }

    /// Takes a frame's contents; whole messages go to `out`.
    pub(crate) fn unpack(
        &mut self,
        from: NodeId,
        frame: &Bytes,
        swapped: bool,
        out: &mut VecDeque<Delivery>,
    ) -> Result<(), BadPacking> {
        if swapped == cfg!(target_endian = "big") {
            self.unpack_in::<LittleEndian>(from, frame, swapped, out)
        } else {
            self.unpack_in::<BigEndian>(from, frame, swapped, out)
        }
    }

    fn unpack_in<O: ByteOrder>(
        &mut self,
        from: NodeId,
        frame: &Bytes,
        swapped: bool,
        out: &mut VecDeque<Delivery>,
    ) -> Result<(), BadPacking> {
        let (header, _) = RawPacked::<O>::read_from_prefix(frame).map_err(|_| BadPacking)?;
        let count = usize::from(header.count.get());
        let mut at = HEADER + 2 * count;
        let lengths = frame.get(HEADER..at).ok_or(BadPacking)?;
        let lengths = <[U16<O>]>::ref_from_bytes(lengths).map_err(|_| BadPacking)?;
        let lengths = lengths.iter().map(|length| usize::from(length.get()));
        if count == 0 || at + lengths.clone().sum::<usize>() != frame.len() {
            return Err(BadPacking);
        }
        let mut deliver = |message: Bytes| {
            if let Some((group, start)) = Group::read(&message, swapped) {
                let end = message.len();
                out.push_back(Delivery { from, group, message: message.part(start, end), swapped });
            }
        };
        let lane = &mut self.lanes[usize::from(self.syncing)];
        let mut began = lane.remove(&from).unwrap_or_default();
        if header.continuation != began.number {
            began.pieces = None;
        }
        for (index, length) in lengths.enumerate() {
            let block = frame.part(at, at + length);
            at += length;
            let continues = index == 0 && header.continuation != 0;
            let goes_on = index + 1 == count && header.fragmented != 0;
            if !continues && !goes_on {
                deliver(block);
                continue;
            }
            if !continues {
                began.pieces = Some(self.pool.take());
            }
            append(&mut began.pieces, &block);
            if !goes_on && let Some(pieces) = began.pieces.take() {
                let message = Bytes::from(pieces, 0);
                deliver(message.clone());
                self.pool.give(message);
            }
        }
        if header.fragmented != 0 {
            began.number = header.fragmented;
            lane.insert(from, began);
        }
        Ok(())
    }
}

fn append(pieces: &mut Option<Arc<Vec<u8>>>, block: &[u8]) {
    let Some(bytes) = pieces.as_mut().and_then(Arc::get_mut) else { return };
    if bytes.len() + block.len() > ASSEMBLY_MAX {
        *pieces = None;
        return;
    }
    bytes.extend_from_slice(block);
}
