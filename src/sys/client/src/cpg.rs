//! A client of the cpg service.
//!
//! Counterpart: `lib/cpg.c` (3.1.7). Sending a message waits for no answer: see `core_cpg`'s module documentation.

use crate::dispatch::EVENT_MAX;
use crate::{Dispatch, Flow, dispatch_mut, talk};
use core_cpg::wire::ipc::*;
use core_cpg::wire::{Address, GroupName, SERVICE, partial};
use core_types::CsError;
use core_types::RingId;
use core_types::mar::{RequestHeader, ResponseHeader};
use std::collections::BTreeMap;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
pub const REQUEST_MAX: usize = 8192 * 128;
/// Largest message that goes as one, in bytes; larger ones go in parts.
pub const ATOMIC_MAX: usize = REQUEST_MAX - 1024;
/// Most pieces that a message may be given in.
pub const PIECES_MAX: usize = 63;
/// Most senders whose large messages are put together at once; more lose theirs.
const ASSEMBLIES_MAX: usize = 4096;

/// How often and how long after each other a part is tried that the daemon can't take.
const PART_RETRIES: u32 = 100;
const PART_RETRY_AFTER: Duration = Duration::from_millis(10);

/// A connection to the cpg service.
pub struct Cpg {
    client: Client,
    flags: u32,
    buffer: Mutex<Vec<u8>>,
    /// Large messages of which parts came, by the sender's node and process.
    assemblies: Mutex<BTreeMap<(u32, u32), Assembly>>,
}

struct Assembly {
    length: usize,
    bytes: Vec<u8>,
}

/// What a member is told.
pub enum Event<'a> {
    /// A message. Its bytes are the receiver's to change.
    Message {
        /// The group.
        group: GroupName,
        /// The sender's node.
        nodeid: u32,
        /// The sender's process.
        pid: u32,
        /// The message.
        bytes: &'a mut [u8],
    },
    /// The group changed.
    Change {
        /// The group.
        group: GroupName,
        /// Who is in it now.
        members: &'a [Address],
        /// Who left.
        left: &'a [Address],
        /// Who joined.
        joined: &'a [Address],
    },
    /// The ring changed.
    Totem {
        /// The ring.
        ring: RingId,
        /// Its members.
        members: &'a [u32],
    },
}

fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<(T, &[u8]), CsError> {
    T::read_from_prefix(message).map_err(|_| CsError::Library)
}

fn addresses(bytes: &[u8], count: u32) -> Result<(Vec<Address>, &[u8]), CsError> {
    let mut rest = bytes;
    let mut list = Vec::new();
    for _ in 0..count {
        let (address, after) = read(rest)?;
        list.push(address);
        rest = after;
    }
    Ok((list, rest))
}

impl AsFd for Cpg {
    /// The connection's socket.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.client.as_fd()
    }
}

impl Cpg {
    /// Connects to the local daemon. `flags` go with each join ([`FLAG_INITIAL_TOTEM_CONF`]).
    pub fn connect(flags: u32) -> Result<Self, CsError> {
        let client = talk::connect(SERVICE, REQUEST_MAX)?;
        Ok(Cpg { client, flags, buffer: Mutex::default(), assemblies: Mutex::default() })
    }

    /// Readable when there is something to dispatch.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    fn call(&self, parts: &[&[u8]], reply: &mut [u8]) -> Result<usize, CsError> {
        self.client.call(parts, reply, -1).map_err(|errno| CsError::from_errno(errno as i32))
    }

    /// Sends a request and gives the result in the reply; an outer error says that there was no reply.
    fn order(&self, request: &[u8]) -> Result<Result<(), CsError>, CsError> {
        let mut reply = [0; size_of::<ResponseHeader>()];
        let reply = talk::ask(&self.client, &[request], &mut reply)?;
        Ok(CsError::check(talk::result(reply)?))
    }

    /// Sends a request and gives the reply, once the result in it is CS_OK.
    fn ask<T: FromBytes + IntoBytes + KnownLayout + Immutable>(&self, request: &[u8]) -> Result<T, CsError> {
        let mut reply = T::new_zeroed();
        let got = self.call(&[request], reply.as_mut_bytes())?;
        let bytes = reply.as_bytes().get(..got).ok_or(CsError::Library)?;
        let (header, _) = read::<ResponseHeader>(bytes)?;
        CsError::check(header.error)?;
        read::<T>(bytes).map(|(reply, _)| reply)
    }

    /// Joins a group. While the daemon says that the connection is still leaving one this goes on trying, which
    /// is for ever: the reference's daemon never lets a connection join again.
    pub fn join(&self, group: GroupName) -> Result<(), CsError> {
        let header = RequestHeader::new(request::JOIN, size_of::<JoinRequest>());
        let pid = std::process::id();
        let request = JoinRequest { header, group, pid, pad0: 0, flags: self.flags, pad1: 0 };
        self.insist(request.as_bytes())
    }

    /// Leaves a group; waits for a join on its way.
    pub fn leave(&self, group: GroupName) -> Result<(), CsError> {
        let header = RequestHeader::new(request::LEAVE, size_of::<LeaveRequest>());
        let request = LeaveRequest { header, group, pid: std::process::id(), pad: 0 };
        self.insist(request.as_bytes())
    }

    fn insist(&self, request: &[u8]) -> Result<(), CsError> {
        loop {
            match self.order(request)? {
                Err(CsError::Busy) => {}
                result => return result,
            }
        }
    }

    /// Tells the daemon that this connection is about to close.
    pub fn finalize(&self) -> Result<(), CsError> {
        let header = RequestHeader::new(request::FINALIZE, size_of::<RequestHeader>());
        self.order(header.as_bytes()).map(|_| ())
    }

    /// Sends a message, given in pieces, to the group.
    pub fn mcast(&self, guarantee: u32, pieces: &[&[u8]]) -> Result<(), CsError> {
        if pieces.len() > PIECES_MAX {
            return Err(CsError::InvalidParam);
        }
        let length = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        if length > ATOMIC_MAX {
            return self.mcast_parts(guarantee, pieces, length);
        }
        let header = request_header(request::MCAST, size_of::<McastRequest>() + length);
        let head = McastRequest { header, guarantee, pad0: 0, msglen: length as u32, pad1: 0 };
        let mut parts: [&[u8]; PIECES_MAX + 1] = [&[]; PIECES_MAX + 1];
        parts[0] = head.as_bytes();
        parts[1..=pieces.len()].copy_from_slice(pieces);
        self.client.send_bulk(&parts[..=pieces.len()]).map_err(|errno| CsError::from_errno(errno as i32))
    }

    fn mcast_parts(&self, guarantee: u32, pieces: &[&[u8]], length: usize) -> Result<(), CsError> {
        let msglen = u32::try_from(length).map_err(|_| CsError::TooBig)?;
        let mut sent = 0;
        for chunk in pieces.iter().flat_map(|piece| piece.chunks(ATOMIC_MAX)) {
            let part = match sent {
                0 => partial::FIRST,
                _ if sent + chunk.len() == length => partial::LAST,
                _ => partial::CONTINUED,
            };
            let header = request_header(request::PARTIAL_MCAST, size_of::<PartialMcastRequest>() + chunk.len());
            let fraglen = chunk.len() as u32;
            let head =
                PartialMcastRequest { header, guarantee, pad0: 0, msglen, pad1: 0, fraglen, pad2: 0, part, pad3: 0 };
            self.send_part(&[head.as_bytes(), chunk])?;
            sent += chunk.len();
        }
        Ok(())
    }

    fn send_part(&self, parts: &[&[u8]]) -> Result<(), CsError> {
        let mut reply = [0; size_of::<ResponseHeader>()];
        let mut retries = 0;
        let got = loop {
            let result = self.client.call_bulk(parts, &mut reply, -1);
            match result.map_err(|errno| CsError::from_errno(errno as i32)) {
                Err(CsError::TryAgain) if retries < PART_RETRIES => sleep(PART_RETRY_AFTER),
                result => break result?,
            }
            retries += 1;
        };
        let (header, _) = read::<ResponseHeader>(reply.get(..got).ok_or(CsError::Library)?)?;
        CsError::check(header.error)
    }

    /// A group's members.
    pub fn membership(&self, group: GroupName) -> Result<Vec<Address>, CsError> {
        let header = RequestHeader::new(request::MEMBERSHIP, size_of::<MembershipRequest>());
        let reply: MembershipResponse = self.ask(MembershipRequest { header, group }.as_bytes())?;
        reply.members.get(..reply.count as usize).map(<[_]>::to_vec).ok_or(CsError::Library)
    }

    /// The local node.
    pub fn local_get(&self) -> Result<u32, CsError> {
        let header = RequestHeader::new(request::LOCAL_GET, size_of::<RequestHeader>());
        self.ask::<LocalGetResponse>(header.as_bytes()).map(|reply| reply.nodeid)
    }

    /// Starts an iteration ([`iteration`]) and gives the daemon's handle of it.
    pub fn iteration_initialize(&self, kind: u32, group: Option<GroupName>) -> Result<u64, CsError> {
        let header = RequestHeader::new(request::ITERATION_INITIALIZE, size_of::<IterationInitializeRequest>());
        let group = group.unwrap_or(GroupName { length: 0, pad: 0, value: [0; core_cpg::wire::NAME_MAX] });
        let request = IterationInitializeRequest { header, group, kind, pad: 0 };
        self.ask::<IterationInitializeResponse>(request.as_bytes()).map(|reply| reply.handle)
    }

    /// The next of an iteration: group, node and process; CS_ERR_NO_SECTIONS after the last.
    pub fn iteration_next(&self, handle: u64) -> Result<(GroupName, u32, u32), CsError> {
        let header = RequestHeader::new(request::ITERATION_NEXT, size_of::<IterationRequest>());
        let reply: IterationNextResponse = self.ask(IterationRequest { header, handle }.as_bytes())?;
        Ok((reply.group, reply.nodeid, reply.pid))
    }

    /// Ends an iteration.
    pub fn iteration_finalize(&self, handle: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ITERATION_FINALIZE, size_of::<IterationRequest>());
        self.order(IterationRequest { header, handle }.as_bytes())?
    }

    /// Shares a file of `map_size` bytes with the daemon, which removes its name and writes its number for it into
    /// the file's [`ZcHeader`]; the reply tells nothing. CS_ERR_NAME_TOO_LONG for a path that doesn't fit.
    pub fn buffer_alloc(&self, path: &[u8], map_size: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ZC_ALLOC, size_of::<ZcAllocRequest>());
        let mut request = ZcAllocRequest { header, map_size, path: [0; ZC_PATH_MAX] };
        let place = request.path.get_mut(..path.len()).filter(|_| path.len() < ZC_PATH_MAX);
        place.ok_or(CsError::NameTooLong)?.copy_from_slice(path);
        self.order(request.as_bytes()).map(|_| ())
    }

    /// Ends a shared file.
    pub fn buffer_free(&self, map_size: u64, server_address: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ZC_FREE, size_of::<ZcFreeRequest>());
        self.order(ZcFreeRequest { header, map_size, server_address }.as_bytes()).map(|_| ())
    }

    /// Sends the message in a shared file.
    pub fn buffer_mcast(&self, server_address: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ZC_EXECUTE, size_of::<ZcExecuteRequest>());
        self.order(ZcExecuteRequest { header, server_address }.as_bytes())?
    }

    /// Calls `told` for each event as `flags` says, until it says that the connection was given up, which is
    /// CS_ERR_BAD_HANDLE. No lock is held meanwhile.
    pub fn dispatch(&self, flags: Dispatch, mut told: impl FnMut(Option<Event<'_>>) -> bool) -> Result<(), CsError> {
        dispatch_mut(&self.client, &self.buffer, flags, |id, event| {
            let given_up = match id {
                response::DELIVER => deliver(event, &mut told)?,
                response::PARTIAL_DELIVER => self.assemble(event, &mut told)?,
                response::CONFCHG => self.change(event, &mut told)?,
                response::TOTEM_CONFCHG => totem(event, &mut told)?,
                _ => return Err(CsError::Library),
            };
            Ok(if given_up { Flow::Stop(Err(CsError::BadHandle)) } else { Flow::Continue })
        })
    }

    fn assemblies(&self) -> MutexGuard<'_, BTreeMap<(u32, u32), Assembly>> {
        self.assemblies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a part of a large message; the message is told with its last part. Parts that don't fit end it.
    fn assemble(&self, event: &[u8], told: Told<'_>) -> Result<bool, CsError> {
        let (head, rest) = read::<PartialDeliverEvent>(event)?;
        let part = rest.get(..head.fraglen as usize).ok_or(CsError::Library)?;
        let sender = (head.nodeid, head.pid);
        let mut assembly = {
            let mut assemblies = self.assemblies();
            let under_way = assemblies.remove(&sender);
            match head.part {
                partial::FIRST if assemblies.len() < ASSEMBLIES_MAX => {
                    Some(Assembly { length: head.msglen as usize, bytes: Vec::new() })
                }
                partial::FIRST => None,
                _ => under_way,
            }
        };
        match &mut assembly {
            Some(assembly) if assembly.bytes.len() + part.len() <= assembly.length => {
                assembly.bytes.extend_from_slice(part);
            }
            _ => return Ok(told(None)),
        }
        match assembly {
            Some(mut whole) if head.part == partial::LAST && whole.bytes.len() == whole.length => {
                let bytes = whole.bytes.as_mut_slice();
                Ok(told(Some(Event::Message { group: head.group, nodeid: head.nodeid, pid: head.pid, bytes })))
            }
            Some(part) if head.part != partial::LAST => {
                self.assemblies().insert(sender, part);
                Ok(told(None))
            }
            _ => Ok(told(None)),
        }
    }

    fn change(&self, event: &[u8], told: Told<'_>) -> Result<bool, CsError> {
        let (head, rest) = read::<ConfchgEvent>(event)?;
        let (members, rest) = addresses(rest, head.members)?;
        let (left, rest) = addresses(rest, head.left)?;
        let (joined, _) = addresses(rest, head.joined)?;
        let change = Event::Change { group: head.group, members: &members, left: &left, joined: &joined };
        let given_up = told(Some(change));
        let mut assemblies = self.assemblies();
        for gone in &left {
            assemblies.remove(&(gone.nodeid, gone.pid));
        }
        Ok(given_up)
    }
}

/// Whom to tell; `None` when there is nothing to tell yet. Says whether the connection was given up.
type Told<'a> = &'a mut dyn FnMut(Option<Event<'_>>) -> bool;

/// A message's requests start with a response's header, of which the first fields are a request's.
fn request_header(id: i32, size: usize) -> ResponseHeader {
    ResponseHeader::new(id, size, 0)
}

fn deliver(event: &mut [u8], told: Told<'_>) -> Result<bool, CsError> {
    debug_assert!(EVENT_MAX >= size_of::<DeliverEvent>() + ATOMIC_MAX);
    let (head, _) = read::<DeliverEvent>(event)?;
    let message = event.get_mut(size_of::<DeliverEvent>()..).and_then(|rest| rest.get_mut(..head.msglen as usize));
    let bytes = message.ok_or(CsError::Library)?;
    Ok(told(Some(Event::Message { group: head.group, nodeid: head.nodeid, pid: head.pid, bytes })))
}

fn totem(event: &[u8], told: Told<'_>) -> Result<bool, CsError> {
    let (head, mut rest) = read::<TotemConfchgEvent>(event)?;
    let mut members = Vec::new();
    for _ in 0..head.count {
        let (member, after) = read::<u32>(rest)?;
        members.push(member);
        rest = after;
    }
    let ring = RingId { representative: core_types::NodeId(head.representative), seq: head.seq };
    Ok(told(Some(Event::Totem { ring, members: &members })))
}
