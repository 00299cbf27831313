//! A client of the quorum service.
//!
//! Counterpart: `lib/quorum.c` (3.1.7).

use crate::{Dispatch, Flow, talk};
use core_quorum::wire::{
    self, ModelRequest, NodelistEvent, NumberReply, QuorumEvent, QuorumEventV1, TrackRequest, request, response,
};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{CsError, NodeId, RingId};
use std::os::fd::RawFd;
use std::sync::Mutex;
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
const REQUEST_MAX: usize = 8192 * 128;

/// Which events the daemon sends (`quorum_model_t`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// [`Event::Quorum`], whose ring has no representative.
    V0,
    /// [`Event::Quorum`] and [`Event::Nodelist`].
    V1,
}

impl Model {
    /// From the C enumeration; CS_ERR_INVALID_PARAM for other numbers.
    pub fn from_number(number: u32) -> Result<Model, CsError> {
        match number {
            wire::model::V0 => Ok(Model::V0),
            wire::model::V1 => Ok(Model::V1),
            _ => Err(CsError::InvalidParam),
        }
    }
}

/// What the daemon tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Whether this partition has quorum, and its members.
    Quorum {
        /// 1 when it has.
        quorate: u32,
        /// The ring.
        ring: RingId,
        /// Its members.
        members: Vec<u32>,
    },
    /// A new ring.
    Nodelist {
        /// The ring.
        ring: RingId,
        /// Its members.
        members: Vec<u32>,
        /// Those that were not members before.
        joined: Vec<u32>,
        /// Those that are members no longer, or were away.
        left: Vec<u32>,
    },
}

/// A connection to the quorum service.
pub struct Quorum {
    client: Client,
    model: Model,
    buffer: Mutex<Vec<u8>>,
}

fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(value, _)| value).map_err(|_| CsError::Library)
}

/// A request of a header alone.
fn plain(id: u32) -> RequestHeader {
    RequestHeader::new(id as i32, size_of::<RequestHeader>())
}

impl Quorum {
    /// Connects to the local daemon; also tells its kind of quorum: 1 with a provider, 0 without.
    pub fn connect(model: Model) -> Result<(Self, u32), CsError> {
        let client = talk::connect(wire::SERVICE, REQUEST_MAX)?;
        let quorum = Quorum { client, model, buffer: Mutex::default() };
        let kind = match model {
            Model::V0 => quorum.number(plain(request::GET_TYPE).as_bytes())?,
            Model::V1 => {
                let header = RequestHeader::new(request::MODEL_GET_TYPE as i32, size_of::<ModelRequest>());
                quorum.number(ModelRequest { header, model: wire::model::V1, pad: 0 }.as_bytes())?
            }
        };
        Ok((quorum, kind))
    }

    /// Readable when there is something to dispatch.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    fn number(&self, request: &[u8]) -> Result<u32, CsError> {
        let mut reply = [0; size_of::<NumberReply>()];
        Ok(read::<NumberReply>(talk::call(&self.client, &[request], &mut reply)?)?.number)
    }

    /// Whether this partition has quorum: 1 or 0.
    pub fn is_quorate(&self) -> Result<u32, CsError> {
        self.number(plain(request::GET_QUORATE).as_bytes())
    }

    /// Asks to be told of what `flags` ([`wire::track`]) say.
    pub fn track_start(&self, flags: u32) -> Result<(), CsError> {
        let header = RequestHeader::new(request::TRACK_START as i32, size_of::<TrackRequest>());
        let request = TrackRequest { header, flags, pad: 0 };
        talk::call(&self.client, &[request.as_bytes()], &mut [0; size_of::<ResponseHeader>()]).map(|_| ())
    }

    /// No longer.
    pub fn track_stop(&self) -> Result<(), CsError> {
        talk::call(&self.client, &[plain(request::TRACK_STOP).as_bytes()], &mut [0; size_of::<ResponseHeader>()])
            .map(|_| ())
    }

    /// Calls `tell` with each event, until it says that the connection was given up, which is `CS_ERR_BAD_HANDLE`. No
    /// lock is held meanwhile. An event that isn't of the connection's model is `CS_ERR_LIBRARY`.
    pub fn dispatch(&self, flags: Dispatch, mut tell: impl FnMut(Event) -> bool) -> Result<(), CsError> {
        crate::dispatch(&self.client, &self.buffer, flags, |id, message| {
            let given_up = tell(event(self.model, id, message)?);
            Ok(if given_up { Flow::Stop(Err(CsError::BadHandle)) } else { Flow::Continue })
        })
    }
}

fn event(model: Model, id: i32, message: &[u8]) -> Result<Event, CsError> {
    match (model, id) {
        (Model::V0, response::NOTIFICATION) => {
            let head = read::<QuorumEvent>(message)?;
            let [members] = lists::<QuorumEvent, 1>(message, [head.members])?;
            let ring = RingId { representative: NodeId(0), seq: head.ring_seq };
            Ok(Event::Quorum { quorate: head.quorate as u32, ring, members })
        }
        (Model::V1, response::QUORUM_V1) => {
            let head = read::<QuorumEventV1>(message)?;
            let [members] = lists::<QuorumEventV1, 1>(message, [head.members])?;
            Ok(Event::Quorum { quorate: head.quorate as u32, ring: head.ring.into(), members })
        }
        (Model::V1, response::NODELIST_V1) => {
            let head = read::<NodelistEvent>(message)?;
            let counts = [head.members, head.joined, head.left];
            let [members, joined, left] = lists::<NodelistEvent, 3>(message, counts)?;
            Ok(Event::Nodelist { ring: head.ring.into(), members, joined, left })
        }
        _ => Err(CsError::Library),
    }
}

/// The lists at the end of an event that starts with a `T`.
fn lists<T, const N: usize>(message: &[u8], counts: [u32; N]) -> Result<[Vec<u32>; N], CsError> {
    wire::nodes::<T>(message, &counts).and_then(|lists| lists.try_into().ok()).ok_or(CsError::Library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_those_of_the_model() {
        let head = QuorumEvent { quorate: 1, ring_seq: 8, members: 2, ..Default::default() };
        let message = wire::event(&head, &[NodeId(1), NodeId(2)]);
        let ring = RingId { representative: NodeId(0), seq: 8 };
        let expected = Event::Quorum { quorate: 1, ring, members: vec![1, 2] };
        assert_eq!(event(Model::V0, response::NOTIFICATION, &message), Ok(expected));
        assert_eq!(event(Model::V1, response::NOTIFICATION, &message), Err(CsError::Library));
        assert_eq!(event(Model::V0, response::NODELIST_V1, &message), Err(CsError::Library));
    }

    #[test]
    fn counts_that_lie_are_refused() {
        let head = NodelistEvent { members: 1, joined: u32::MAX, ..Default::default() };
        let message = wire::event(&head, &[NodeId(1), NodeId(2)]);
        assert_eq!(event(Model::V1, response::NODELIST_V1, &message), Err(CsError::Library));
        assert_eq!(event(Model::V1, response::NODELIST_V1, &message[..30]), Err(CsError::Library));
    }
}
