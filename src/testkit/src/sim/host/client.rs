//! A process that uses groups, and what the daemon tells it.

use crate::sim::message::Id;
use crate::sim::tape::{Cpg, Process, Reason};
use core_cpg::wire::ipc::{
    ConfchgEvent, DeliverEvent, JoinRequest, LeaveRequest, McastRequest, PartialDeliverEvent, PartialMcastRequest,
    request, response,
};
use core_cpg::wire::{Address, GroupName, partial};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{CsError, NodeId};
use std::collections::VecDeque;
use zerocopy::{FromBytes, IntoBytes};

/// Parts that a large message is sent in.
const PARTS: usize = 3;

/// Something that a process wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Join its group.
    Join,
    /// Leave it.
    Leave,
    /// Send so many bytes.
    Send(usize),
    /// Send so many bytes in parts; which part is next.
    Part(usize, usize),
}

/// A process and its requests, one after the other.
#[derive(Debug)]
pub struct Client {
    /// Who it is.
    pub process: Process,
    /// Its group's number.
    pub group: u8,
    /// What it wants to do, in order.
    pub wishes: VecDeque<Wish>,
    /// How many messages of it were taken.
    pub sent: u64,
    /// Its request to leave was taken.
    pub left: bool,
}

impl Client {
    /// A process that will join a group.
    pub fn new(process: Process, group: u8) -> Client {
        Client { process, group, wishes: VecDeque::from([Wish::Join]), sent: 0, left: false }
    }

    /// The identity of its next message.
    pub fn next_id(&self) -> Id {
        Id { from: self.process.node, life: self.process.pid, count: self.sent }
    }

    /// The request for a wish.
    pub fn request(&self, wish: Wish) -> Vec<u8> {
        let (pid, group) = (self.process.pid, name(self.group));
        match wish {
            Wish::Join => {
                let header = RequestHeader::new(request::JOIN, size_of::<JoinRequest>());
                JoinRequest { header, group, pid, pad0: 0, flags: 0, pad1: 0 }.as_bytes().to_vec()
            }
            Wish::Leave => {
                let header = RequestHeader::new(request::LEAVE, size_of::<LeaveRequest>());
                LeaveRequest { header, group, pid, pad: 0 }.as_bytes().to_vec()
            }
            Wish::Send(length) => {
                let body = self.next_id().message(length);
                let header = ResponseHeader::new(request::MCAST, size_of::<McastRequest>() + body.len(), 0);
                let head = McastRequest { header, guarantee: 2, pad0: 0, msglen: body.len() as u32, pad1: 0 };
                [head.as_bytes(), &body].concat()
            }
            Wish::Part(length, part) => self.part(length, part),
        }
    }

    fn part(&self, length: usize, part: usize) -> Vec<u8> {
        let body = self.next_id().message(length);
        let size = body.len().div_ceil(PARTS);
        let piece = &body[(part * size).min(body.len())..((part + 1) * size).min(body.len())];
        let header = ResponseHeader::new(request::PARTIAL_MCAST, size_of::<PartialMcastRequest>() + piece.len(), 0);
        let kind = match part {
            0 => partial::FIRST,
            _ if part + 1 == PARTS => partial::LAST,
            _ => partial::CONTINUED,
        };
        let head = PartialMcastRequest {
            header,
            guarantee: 2,
            pad0: 0,
            msglen: body.len() as u32,
            pad1: 0,
            fraglen: piece.len() as u32,
            pad2: 0,
            part: kind,
            pad3: 0,
        };
        [head.as_bytes(), piece].concat()
    }

    /// Its first wish was answered (a message's, which nobody answers: taken). What there is to note of it, and
    /// whether it must wait a little before it tries again.
    pub fn answered(&mut self, error: i32) -> (Option<Cpg>, bool) {
        let Some(wish) = self.wishes.pop_front() else { return (None, false) };
        if error == CsError::TryAgain as i32 {
            self.wishes.push_front(wish);
            return (None, true);
        }
        let taken = error == CsError::code(Ok(()));
        match wish {
            Wish::Join if taken => (Some(Cpg::Joining { group: self.group }), false),
            Wish::Leave if taken => {
                self.left = true;
                self.wishes.clear();
                (Some(Cpg::Leaving), false)
            }
            Wish::Leave if error == CsError::Busy as i32 => {
                // its join isn't back yet
                self.wishes.push_front(wish);
                (None, true)
            }
            Wish::Send(length) => (Some(self.count(length)), false),
            Wish::Part(length, part) if taken && part + 1 == PARTS => (Some(self.count(length)), false),
            Wish::Part(length, part) if taken => {
                self.wishes.push_front(Wish::Part(length, part + 1));
                (None, false)
            }
            Wish::Part(length, _) if error == CsError::Interrupt as i32 => {
                // the group changed meanwhile: from the beginning
                self.wishes.push_front(Wish::Part(length, 0));
                (None, true)
            }
            Wish::Join | Wish::Leave | Wish::Part(..) => (None, false),
        }
    }

    fn count(&mut self, length: usize) -> Cpg {
        let id = self.next_id();
        self.sent += 1;
        Cpg::Sent { id, length }
    }
}

fn name(group: u8) -> GroupName {
    GroupName::new(&[b'g', b'0' + group]).expect("a short name")
}

fn process(address: &Address) -> Process {
    Process { node: NodeId(address.nodeid), pid: address.pid }
}

/// What an event tells a process; `None` where it is nothing that is judged.
pub(super) fn told(event: &[u8]) -> Option<Cpg> {
    let (header, _) = ResponseHeader::read_from_prefix(event).ok()?;
    match header.id {
        response::CONFCHG => {
            let (head, rest) = ConfchgEvent::read_from_prefix(event).ok()?;
            let addresses: Vec<Address> = rest
                .chunks_exact(size_of::<Address>())
                .filter_map(|chunk| Address::read_from_bytes(chunk).ok())
                .collect();
            let (members, changes) = addresses.split_at_checked(head.members as usize)?;
            let (left, joined) = changes.split_at_checked(head.left as usize)?;
            let reasons = |list: &[Address]| list.iter().map(|a| (process(a), a.reason)).collect::<Vec<Reason>>();
            Some(Cpg::Changed {
                members: members.iter().map(process).collect(),
                joined: reasons(joined),
                left: reasons(left),
            })
        }
        response::DELIVER => {
            let (head, body) = DeliverEvent::read_from_prefix(event).ok()?;
            let from = Process { node: NodeId(head.nodeid), pid: head.pid };
            Some(Cpg::Delivered { from, message: body.get(..head.msglen as usize)?.to_vec() })
        }
        response::PARTIAL_DELIVER => {
            let (head, body) = PartialDeliverEvent::read_from_prefix(event).ok()?;
            let from = Process { node: NodeId(head.nodeid), pid: head.pid };
            let bytes = body.get(..head.fraglen as usize)?.to_vec();
            Some(Cpg::Part { from, first: head.part == partial::FIRST, last: head.part == partial::LAST, bytes })
        }
        _ => None,
    }
}
