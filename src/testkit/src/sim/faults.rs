//! The fault schedule: what goes wrong, and what clients do meanwhile.

use super::Random;
use super::plan::{Plan, SECOND};
use core_types::{MILLIS, Nanos};

/// Something that goes wrong, or right again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Loss, delay, jitter, copies: anew.
    Weather,
    /// All frames arrive.
    Fair,
    /// Those hosts whose bit is set are cut off from the others.
    Split(u64),
    /// A host is cut off from all others.
    Isolate(usize),
    /// One way between two hosts is cut.
    Cut(usize, usize),
    /// All ways are open.
    Heal,
    /// A host's process stands still until then.
    Pause(usize, Nanos),
    /// A host dies after so many more things that it does; its disk may be lost.
    Crash(usize, u32, bool),
    /// A host is stopped in order, and says goodbye.
    Stop(usize),
    /// So many frames of the past come again.
    Replay(u64),
    /// A host's quorum device stands still, or takes itself out when there is no time.
    Device(usize, Nanos),
}

impl Fault {
    /// The next fault; `None`: nothing, this time.
    pub fn draw(random: &mut Random, plan: &Plan, now: Nanos) -> Option<Fault> {
        let count = plan.hosts as u64;
        let host = random.below(count) as usize;
        let fault = match random.below(16) {
            0 | 1 => Fault::Weather,
            2 => Fault::Fair,
            3 | 4 => Fault::Split(random.draw()),
            5 => Fault::Cut(host, random.below(count) as usize),
            6..=8 => Fault::Heal,
            9 => Fault::Pause(host, now + random.below(2000) * MILLIS),
            10 | 11 => Fault::Crash(host, random.below(60) as u32, plan.disks_fail && random.below(2) == 0),
            12 if plan.replays => Fault::Replay(random.below(20)),
            13 => Fault::Isolate(host),
            14 => Fault::Device(host, random.below(10) * 2 * SECOND),
            15 => Fault::Stop(host),
            _ => return None,
        };
        Some(fault)
    }
}

/// Something that a host's clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The probe sends so many bytes.
    Probe(usize),
    /// A new process joins a group.
    Open(u8),
    /// A process sends so many bytes.
    Send(usize),
    /// A process sends so many bytes in parts.
    Parts(usize),
    /// A process leaves its group.
    Leave,
    /// A process dies.
    Die,
    /// A process stops to read its events.
    Stall,
    /// All processes read again.
    Resume,
}

impl Act {
    /// What clients of one host do next.
    pub fn draw(random: &mut Random) -> Act {
        let length = match random.below(200) {
            0 => random.below(200_000),
            1..10 => random.below(5_000),
            10..15 => random.below(2),
            _ => random.below(300),
        } as usize;
        match random.below(24) {
            0..9 => Act::Probe(length),
            9 | 10 => Act::Open(random.below(2) as u8),
            11..18 => Act::Send(length),
            18 => Act::Parts(1000 + random.below(20_000) as usize),
            19 => Act::Leave,
            20 => Act::Die,
            21 => Act::Stall,
            _ => Act::Resume,
        }
    }
}
