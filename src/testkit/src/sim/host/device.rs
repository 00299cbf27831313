//! The quorum device's process on a host, and the arbiter behind all of them: it gives its vote to one ring at a time.

use crate::sim::tape;
use core_types::mar::RequestHeader;
use core_types::{CsError, MILLIS, Nanos, NodeId, RingId};
use core_votequorum::wire::ipc::{NameRequest, PollRequest, request};
use core_votequorum::wire::name_field;
use std::collections::BTreeMap;
use zerocopy::IntoBytes;

/// How often it polls.
const POLL: Nanos = 200 * MILLIS;
const NAME: &[u8] = b"arbiter";

/// What it asked for last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Register,
    Unregister,
    Poll(bool),
}

/// The process.
#[derive(Debug)]
pub struct Device {
    /// When it does something next.
    pub next: Nanos,
    registered: bool,
    asked: Option<Asked>,
    leaves: bool,
}

impl Device {
    /// A process that just started.
    pub fn new(now: Nanos) -> Device {
        Device { next: now + POLL, registered: false, asked: None, leaves: false }
    }

    /// It does nothing for a while, or takes itself out.
    pub fn disturb(&mut self, now: Nanos, pause: Nanos) {
        if pause == 0 {
            self.leaves = true;
        } else {
            self.next = now + pause;
        }
    }

    /// It is time: what it asks the daemon for, if it isn't waiting for an answer.
    pub fn act(&mut self, now: Nanos, node: NodeId, ring: RingId, arbiter: &mut Arbiter) -> Option<Vec<u8>> {
        self.next = now + POLL;
        if self.asked.is_some() {
            return None;
        }
        let asked = match (self.registered, std::mem::take(&mut self.leaves)) {
            (true, true) => Asked::Unregister,
            (true, false) => Asked::Poll(arbiter.votes_for(now, node, ring)),
            (false, _) => Asked::Register,
        };
        self.asked = Some(asked);
        Some(encode(asked, ring))
    }

    /// Its request was answered: what there is to note of it.
    pub fn answered(&mut self, error: i32) -> Option<tape::Device> {
        let asked = self.asked.take()?;
        let taken = error == CsError::code(Ok(()));
        match asked {
            Asked::Register if taken => {
                self.registered = true;
                Some(tape::Device::Registered)
            }
            Asked::Unregister if taken => {
                self.registered = false;
                Some(tape::Device::Unregistered)
            }
            Asked::Poll(cast) if taken => Some(tape::Device::Polled { cast }),
            _ => None,
        }
    }
}

fn encode(asked: Asked, ring: RingId) -> Vec<u8> {
    let name = name_field(NAME).expect("a short name");
    let of_name = |id: u32| {
        let header = RequestHeader::new(id as i32, size_of::<NameRequest>());
        NameRequest { header, name, pad: 0 }.as_bytes().to_vec()
    };
    match asked {
        Asked::Register => of_name(request::QDEVICE_REGISTER),
        Asked::Unregister => of_name(request::QDEVICE_UNREGISTER),
        Asked::Poll(cast) => {
            let header = RequestHeader::new(request::QDEVICE_POLL as i32, size_of::<PollRequest>());
            let (cast_vote, ring) = (cast.into(), ring.into());
            PollRequest { header, name, pad0: 0, cast_vote, pad1: 0, ring }.as_bytes().to_vec()
        }
    }
}

/// Who has the device's vote, and until when at most.
#[derive(Debug)]
pub struct Arbiter {
    lease: Nanos,
    grants: BTreeMap<NodeId, (RingId, Nanos)>,
}

impl Arbiter {
    /// An arbiter whose vote counts for no longer than `lease` after a poll.
    pub fn new(lease: Nanos) -> Arbiter {
        Arbiter { lease, grants: BTreeMap::new() }
    }

    fn votes_for(&mut self, now: Nanos, node: NodeId, ring: RingId) -> bool {
        let taken =
            |(&other, &(held, until)): (&NodeId, &(RingId, Nanos))| other != node && held != ring && until > now;
        if self.grants.iter().any(taken) {
            self.grants.remove(&node);
            return false;
        }
        self.grants.insert(node, (ring, now + self.lease));
        true
    }
}
