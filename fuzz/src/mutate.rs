//! Changes of inputs as attackers make them: numbers at the edges, steps left out, repeated and mixed.

use crate::records::{self, Writer};
use testkit::random::Random;

/// Numbers that break what takes them for a length or a count, where they fit.
pub const EDGES: [u64; 16] =
    [0, 1, 2, 7, 30, 31, 128, 255, 256, 384, 385, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, u64::MAX];

/// Longest input made here, in bytes.
const INPUT_MAX: usize = 16 << 10;

/// Writes an edge over a number somewhere in `bytes`: of 1, 2, 4 or 8 bytes, of either byte order.
pub fn edge(bytes: &mut [u8], at: usize, width: usize, which: usize, swapped: bool) {
    let width = 1 << (width % 4);
    let number = EDGES[which % EDGES.len()].to_le_bytes();
    let Some(last) = bytes.len().checked_sub(width) else { return };
    let at = (at % (last + 1)).next_multiple_of(width.min(4)).min(last);
    let place = &mut bytes[at..at + width];
    place.copy_from_slice(&number[..width]);
    if swapped {
        place.reverse();
    }
}

/// Writes edges as `changes` says it: `[offset u16, edge, width]` each.
pub fn edges(bytes: &mut [u8], changes: &[u8]) {
    for change in changes.chunks_exact(4) {
        let at = usize::from(u16::from_le_bytes([change[0], change[1]]));
        edge(bytes, at, change[3].into(), change[2].into(), false);
    }
}

fn change(bytes: &mut Vec<u8>, random: &mut Random) {
    let draw = |random: &mut Random| random.draw() as usize;
    match random.below(8) {
        0..4 => {
            let (at, width, which) = (draw(random), draw(random), draw(random));
            edge(bytes, at, width, which, random.permille(100));
        }
        4 => bytes.truncate(draw(random) % (bytes.len() + 1)),
        5 => (0..random.below(40)).for_each(|_| bytes.push(random.draw() as u8)),
        _ => {
            let length = bytes.len();
            if let Some(byte) = bytes.get_mut(draw(random) % length.max(1)) {
                *byte = random.draw() as u8;
            }
        }
    }
}

/// A changed input: `other` is where steps may come from.
pub fn bytes(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let mut changed = input.to_vec();
    if random.permille(50) {
        let cut = random.draw() as usize % (changed.len() + 1);
        changed.truncate(cut);
        changed.extend_from_slice(&other[random.draw() as usize % (other.len() + 1)..]);
    }
    for _ in 0..=random.below(4) {
        change(&mut changed, random);
    }
    changed.truncate(INPUT_MAX);
    changed
}

/// The same for streams of records.
pub fn stream(input: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let own = |record: records::Record<'_>| (record.kind, record.who, record.arg, record.bytes.to_vec());
    let mut steps: Vec<_> = records::read(input).map(own).collect();
    let others: Vec<_> = records::read(other).map(own).collect();
    for _ in 0..=random.below(4) {
        let pick = |random: &mut Random, length: usize| random.draw() as usize % length.max(1);
        let (at, to) = (pick(random, steps.len()), pick(random, steps.len()));
        match random.below(12) {
            0 if !steps.is_empty() => drop(steps.remove(at)),
            1 if !steps.is_empty() => steps.insert(to, steps[at].clone()),
            2 if !steps.is_empty() => steps.swap(at, to),
            3 if !others.is_empty() => steps.insert(to, others[pick(random, others.len())].clone()),
            4 => steps.insert(to, (random.below(20) as u8, random.draw() as u8, random.below(20) as u16, Vec::new())),
            _ => {
                let Some((kind, who, arg, bytes)) = steps.get_mut(at) else { continue };
                match random.below(12) {
                    0 => *kind = random.below(20) as u8,
                    1 => *who = random.draw() as u8,
                    2 => *arg = random.draw() as u16,
                    3 => *arg = random.below(20) as u16,
                    _ => change(bytes, random),
                }
            }
        }
    }
    let mut stream = Writer::new();
    for (kind, who, arg, bytes) in &steps {
        stream.put(*kind, *who, *arg, bytes);
    }
    stream.0.truncate(INPUT_MAX);
    stream.0
}
