//! A client of the votequorum service.
//!
//! Counterpart: `lib/votequorum.c` (3.1.7).

use crate::{Dispatch, Flow, talk};
use core_types::mar::RequestHeader;
use core_types::{CsError, RingId};
use core_votequorum::wire::ipc::{
    ExpectedVotesEvent, InfoReply, ListedNode, MasterWinsRequest, NameRequest, NodelistEvent, NumberRequest,
    PollRequest, QuorumEvent, SetVotesRequest, TrackRequest, UpdateRequest, request, response,
};
use core_votequorum::wire::{self, NameField};
use std::os::fd::RawFd;
use std::sync::Mutex;
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
const REQUEST_MAX: usize = 8192 * 128;

/// What the daemon tells, each time with the context that this client gave [`Votequorum::track_start`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Whether this partition has quorum, and every node that the daemon knows.
    Quorum {
        /// The client's own.
        context: u64,
        /// 1 when it has.
        quorate: u32,
        /// The nodes; number 0 is the quorum device.
        nodes: Vec<ListedNode>,
    },
    /// A new ring.
    Nodelist {
        /// The client's own.
        context: u64,
        /// The ring.
        ring: RingId,
        /// Its members.
        members: Vec<u32>,
    },
    /// Other expected votes.
    ExpectedVotes {
        /// The client's own.
        context: u64,
        /// The votes.
        votes: u32,
    },
}

/// A connection to the votequorum service.
pub struct Votequorum {
    client: Client,
    buffer: Mutex<Vec<u8>>,
}

fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(value, _)| value).map_err(|_| CsError::Library)
}

fn header<T>(id: u32) -> RequestHeader {
    RequestHeader::new(id as i32, size_of::<T>())
}

fn number(id: u32, number: u32) -> NumberRequest {
    NumberRequest { header: header::<NumberRequest>(id), number, pad: 0 }
}

/// A quorum device's name as it goes to the daemon; CS_ERR_INVALID_PARAM when it is empty or too long.
pub fn device_name(name: &[u8]) -> Result<NameField, CsError> {
    if name.is_empty() {
        return Err(CsError::InvalidParam);
    }
    wire::name_field(name).ok_or(CsError::InvalidParam)
}

impl Votequorum {
    /// Connects to the local daemon.
    pub fn connect() -> Result<Self, CsError> {
        let client = talk::connect(wire::SERVICE, REQUEST_MAX)?;
        Ok(Votequorum { client, buffer: Mutex::default() })
    }

    /// Readable when there is something to dispatch.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    /// Sends a request whose reply is a result only.
    fn order(&self, request: &[u8]) -> Result<(), CsError> {
        talk::order(&self.client, &[request])
    }

    /// What the daemon knows of a node; node 0 is the local one.
    pub fn info(&self, nodeid: u32) -> Result<InfoReply, CsError> {
        let mut reply = [0; size_of::<InfoReply>()];
        read::<InfoReply>(talk::call(&self.client, &[number(request::GET_INFO, nodeid).as_bytes()], &mut reply)?)
    }

    /// Sets the votes that all members expect.
    pub fn set_expected(&self, votes: u32) -> Result<(), CsError> {
        self.order(number(request::SET_EXPECTED, votes).as_bytes())
    }

    /// Sets a node's votes.
    pub fn set_votes(&self, nodeid: u32, votes: u32) -> Result<(), CsError> {
        let header = header::<SetVotesRequest>(request::SET_VOTES);
        self.order(SetVotesRequest { header, votes, nodeid }.as_bytes())
    }

    /// Asks to be told of what `flags` ([`wire::ipc::track`]) say; `context` comes back in each event.
    pub fn track_start(&self, context: u64, flags: u32) -> Result<(), CsError> {
        let header = header::<TrackRequest>(request::TRACK_START);
        self.order(TrackRequest { header, context, flags, pad: 0 }.as_bytes())
    }

    /// No longer.
    pub fn track_stop(&self) -> Result<(), CsError> {
        self.order(header::<RequestHeader>(request::TRACK_STOP).as_bytes())
    }

    /// Registers a quorum device.
    pub fn qdevice_register(&self, name: NameField) -> Result<(), CsError> {
        let header = header::<NameRequest>(request::QDEVICE_REGISTER);
        self.order(NameRequest { header, name, pad: 0 }.as_bytes())
    }

    /// Takes it back.
    pub fn qdevice_unregister(&self, name: NameField) -> Result<(), CsError> {
        let header = header::<NameRequest>(request::QDEVICE_UNREGISTER);
        self.order(NameRequest { header, name, pad: 0 }.as_bytes())
    }

    /// Gives the registered device another name.
    pub fn qdevice_update(&self, old: NameField, new: NameField) -> Result<(), CsError> {
        let header = header::<UpdateRequest>(request::QDEVICE_UPDATE);
        self.order(UpdateRequest { header, old, new, pad: [0; 2] }.as_bytes())
    }

    /// Says that the device is alive and whether it gives its vote in this ring.
    pub fn qdevice_poll(&self, name: NameField, cast_vote: u32, ring: RingId) -> Result<(), CsError> {
        let header = header::<PollRequest>(request::QDEVICE_POLL);
        let (cast_vote, ring) = (cast_vote as i32, ring.into());
        self.order(PollRequest { header, name, pad0: 0, cast_vote, pad1: 0, ring }.as_bytes())
    }

    /// Says whether the partition that has the device's vote has quorum whatever its votes.
    pub fn qdevice_master_wins(&self, name: NameField, allow: u32) -> Result<(), CsError> {
        let header = header::<MasterWinsRequest>(request::QDEVICE_MASTER_WINS);
        self.order(MasterWinsRequest { header, name, pad0: 0, allow, pad1: 0 }.as_bytes())
    }

    /// Calls `tell` with each event, until it says that the connection was given up, which is `CS_ERR_BAD_HANDLE`. No
    /// lock is held meanwhile.
    pub fn dispatch(&self, flags: Dispatch, mut tell: impl FnMut(Event) -> bool) -> Result<(), CsError> {
        crate::dispatch(&self.client, &self.buffer, flags, |id, message| {
            let given_up = tell(event(id, message)?);
            Ok(if given_up { Flow::Stop(Err(CsError::BadHandle)) } else { Flow::Continue })
        })
    }
}

fn event(id: i32, message: &[u8]) -> Result<Event, CsError> {
    match id {
        response::QUORUM => {
            let head = read::<QuorumEvent>(message)?;
            let nodes = list::<QuorumEvent, ListedNode>(message, head.count)?;
            Ok(Event::Quorum { context: head.context, quorate: head.quorate, nodes })
        }
        response::NODELIST => {
            let head = read::<NodelistEvent>(message)?;
            let members = list::<NodelistEvent, u32>(message, head.count)?;
            Ok(Event::Nodelist { context: head.context, ring: head.ring.into(), members })
        }
        response::EXPECTED_VOTES => {
            let head = read::<ExpectedVotesEvent>(message)?;
            Ok(Event::ExpectedVotes { context: head.context, votes: head.expected_votes })
        }
        _ => Err(CsError::Library),
    }
}

/// The list behind an event's structure.
fn list<T, U: FromBytes>(message: &[u8], count: u32) -> Result<Vec<U>, CsError> {
    let size = usize::try_from(count).ok().and_then(|count| count.checked_mul(size_of::<U>()));
    let bytes = size.and_then(|size| message.get(size_of::<T>()..)?.get(..size)).ok_or(CsError::Library)?;
    bytes.chunks_exact(size_of::<U>()).map(|item| U::read_from_bytes(item).map_err(|_| CsError::Library)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_and_counts_that_lie_are_refused() {
        let mut head = QuorumEvent { quorate: 1, context: 7, count: 1, ..Default::default() };
        let node = ListedNode { nodeid: 3, state: 2 };
        let message = [head.as_bytes(), node.as_bytes()].concat();
        let expected = Event::Quorum { context: 7, quorate: 1, nodes: vec![node] };
        assert_eq!(event(response::QUORUM, &message), Ok(expected));
        for count in [2, u32::MAX] {
            head.count = count;
            let message = [head.as_bytes(), node.as_bytes()].concat();
            assert_eq!(event(response::QUORUM, &message), Err(CsError::Library));
        }
        assert_eq!(event(response::NODELIST, &message[..40]), Err(CsError::Library));
        assert_eq!(event(response::STATUS, &message), Err(CsError::Library));
    }

    #[test]
    fn device_names_have_room_for_their_nul() {
        assert_eq!(device_name(b""), Err(CsError::InvalidParam));
        assert_eq!(device_name(&[b'q'; 255]), Err(CsError::InvalidParam));
        assert_eq!(device_name(&[b'q'; 254]).unwrap()[253..], [b'q', 0]);
    }
}
