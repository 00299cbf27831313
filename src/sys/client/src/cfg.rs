//! A client of the cfg service.
//!
//! Counterpart: `lib/cfg.c` (3.1.7).

use crate::{Dispatch, Flow, talk};
use core_cfg::wire::{
    self, ADDRESS_LEN, AddressesReply, CsName, KillRequest, NodeStatusReply, NodeStatusRequest, NodeStatusV1,
    NumberReply, NumberRequest, RingStatusReply, TrackRequest, request, response,
};
use core_types::CsError;
use core_types::mar::{NAME_MAX, RequestHeader, ResponseHeader};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::RawFd;
use std::sync::Mutex;
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
pub const REQUEST_MAX: usize = 8192 * 128;

/// Most addresses that a reply is searched for: a daemon has at most [`core_types::INTERFACE_MAX`].
const ADDRESSES_MAX: usize = 256;

/// A connection to the cfg service.
pub struct Cfg {
    client: Client,
    buffer: Mutex<Vec<u8>>,
}

/// A local link, as the daemon shows it. Neither text has its NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its number and address.
    pub name: Vec<u8>,
    /// Its status.
    pub status: Vec<u8>,
}

fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(value, _)| value).map_err(|_| CsError::Library)
}

fn number(id: i32, number: u32) -> NumberRequest {
    NumberRequest { header: RequestHeader::new(id, size_of::<NumberRequest>()), number, pad: 0 }
}

impl Cfg {
    /// Connects to the local daemon.
    pub fn connect() -> Result<Self, CsError> {
        let client = talk::connect(wire::SERVICE, REQUEST_MAX)?;
        Ok(Cfg { client, buffer: Mutex::default() })
    }

    /// Readable when there is something to dispatch.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    /// Sends a request whose reply is a result only.
    fn order(&self, request: &[u8]) -> Result<(), CsError> {
        talk::order(&self.client, &[request])
    }

    fn order_plain(&self, id: i32) -> Result<(), CsError> {
        self.order(RequestHeader::new(id, size_of::<RequestHeader>()).as_bytes())
    }

    /// The local node's links.
    pub fn ring_status(&self) -> Result<Vec<Interface>, CsError> {
        let mut reply = vec![0; size_of::<RingStatusReply>()];
        let header = RequestHeader::new(request::RING_STATUS, size_of::<RequestHeader>());
        let ring = read::<RingStatusReply>(talk::call(&self.client, &[header.as_bytes()], &mut reply)?)?;
        let texts = ring.names.iter().zip(&ring.statuses).take(ring.count as usize);
        let interface = |(name, status): (&[u8; _], &[u8; _])| Interface {
            name: wire::field_text(name).to_vec(),
            status: wire::field_text(status).to_vec(),
        };
        Ok(texts.map(interface).collect())
    }

    /// A node's links as the local node sees them.
    pub fn node_status(&self, nodeid: u32) -> Result<NodeStatusV1, CsError> {
        let header = RequestHeader::new(request::NODE_STATUS, size_of::<NodeStatusRequest>());
        let request = NodeStatusRequest { header, nodeid, pad0: 0, version: wire::NODE_STATUS_V1, pad1: 0 };
        let mut reply = [0; size_of::<NodeStatusReply>()];
        let answer = read::<NodeStatusReply>(talk::call(&self.client, &[request.as_bytes()], &mut reply)?)?;
        if answer.status.version != wire::NODE_STATUS_V1 {
            return Err(CsError::NotSupported);
        }
        Ok(answer.status)
    }

    /// Asks to be told of shutdowns.
    pub fn track_start(&self, flags: u8) -> Result<(), CsError> {
        let header = RequestHeader::new(request::TRACK_START, size_of::<TrackRequest>());
        self.order(TrackRequest { header, flags, pad: [0; 7] }.as_bytes())
    }

    /// No longer.
    pub fn track_stop(&self) -> Result<(), CsError> {
        self.order_plain(request::TRACK_STOP)
    }

    /// Has a member of the ring killed. `CS_ERR_NAME_TOO_LONG` for a reason of 256 bytes or more.
    pub fn kill_node(&self, nodeid: u32, reason: &[u8]) -> Result<(), CsError> {
        if reason.len() >= NAME_MAX {
            return Err(CsError::NameTooLong);
        }
        let mut name = CsName { length: reason.len() as u16 + 1, value: [0; NAME_MAX] };
        name.value[..reason.len()].copy_from_slice(reason);
        let header = RequestHeader::new(request::KILL_NODE, size_of::<KillRequest>());
        self.order(KillRequest { header, nodeid, pad0: 0, reason: name, pad1: [0; 6] }.as_bytes())
    }

    /// Has the local node shut down, as `flags` say ([`wire::shutdown`]); waits for the decision.
    pub fn try_shutdown(&self, flags: u32) -> Result<(), CsError> {
        self.order(number(request::TRY_SHUTDOWN, flags).as_bytes())
    }

    /// Answers whether a shutdown is welcome. What the daemon makes of it isn't told, as in the reference.
    pub fn reply_to_shutdown(&self, response: u32) -> Result<(), CsError> {
        let request = number(request::REPLY_TO_SHUTDOWN, response);
        talk::ask(&self.client, &[request.as_bytes()], &mut [0; size_of::<ResponseHeader>()]).map(|_| ())
    }

    /// A node's addresses; node 0 is the local one. All are of the first one's family.
    pub fn node_addresses(&self, nodeid: u32) -> Result<Vec<IpAddr>, CsError> {
        let mut reply = vec![0; size_of::<AddressesReply>() + ADDRESSES_MAX * ADDRESS_LEN];
        let reply = talk::call(&self.client, &[number(request::NODE_ADDRESSES, nodeid).as_bytes()], &mut reply)?;
        let head = read::<AddressesReply>(reply)?;
        let addresses = reply[size_of::<AddressesReply>()..].chunks_exact(ADDRESS_LEN);
        let of_family = |bytes: &[u8]| match head.family as i32 {
            libc::AF_INET => read::<[u8; 4]>(bytes).map(|bytes| Ipv4Addr::from(bytes).into()),
            libc::AF_INET6 => read::<[u8; 16]>(bytes).map(|bytes| Ipv6Addr::from(bytes).into()),
            _ => Err(CsError::Library),
        };
        addresses.take(head.count as usize).map(of_family).collect()
    }

    /// The local node's id.
    pub fn local_node(&self) -> Result<u32, CsError> {
        let header = RequestHeader::new(request::LOCAL_GET, size_of::<RequestHeader>());
        let mut reply = [0; size_of::<NumberReply>()];
        Ok(read::<NumberReply>(talk::call(&self.client, &[header.as_bytes()], &mut reply)?)?.number)
    }

    /// Has every node read corosync.conf again; waits for the local one.
    pub fn reload_config(&self) -> Result<(), CsError> {
        self.order_plain(request::RELOAD)
    }

    /// Has the daemon open its log files again.
    pub fn reopen_log_files(&self) -> Result<(), CsError> {
        self.order_plain(request::REOPEN_LOGS)
    }

    /// Calls `asked` with the flags of each shutdown that this client is asked about, until it says that the
    /// connection was given up, which is `CS_ERR_BAD_HANDLE`. No lock is held meanwhile.
    pub fn dispatch(&self, flags: Dispatch, mut asked: impl FnMut(u32) -> bool) -> Result<(), CsError> {
        crate::dispatch(&self.client, &self.buffer, flags, |id, message| {
            if id != response::TEST_SHUTDOWN {
                return Err(CsError::Library);
            }
            let given_up = asked(read::<NumberReply>(message)?.number);
            Ok(if given_up { Flow::Stop(Err(CsError::BadHandle)) } else { Flow::Continue })
        })
    }
}
