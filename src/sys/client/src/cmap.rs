//! A client of the cmap service.
//!
//! Counterpart: `lib/cmap.c` (3.1.7). `T` is whatever the caller wants back with each event of a tracker.

use crate::{Dispatch, Flow, talk};
use core_cmap::wire::{
    self, AdjustRequest, GetRequest, GetResponse, HandleRequest, HandleResponse, IterNextResponse, KeyRequest,
    NotifyEvent, SetMapRequest, SetRequest, TrackRequest, request,
};
use core_icmap::VALUE_MAX;
use core_types::CsError;
use core_types::mar::{MarName, NAME_MAX, RequestHeader};
use std::collections::BTreeMap;
use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use sys_qb::Client;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Largest request, in bytes (`IPC_REQUEST_SIZE`).
pub const REQUEST_MAX: usize = 8192 * 128;
/// The longest value that a get can give, in bytes: a string with its NUL.
pub const GET_MAX: usize = VALUE_MAX + 1;

/// A connection to the cmap service.
pub struct Cmap<T> {
    client: Client,
    buffer: Mutex<Vec<u8>>,
    trackers: Mutex<Trackers<T>>,
}

struct Trackers<T> {
    last_instance: u64,
    /// The daemon's handle and the caller's data, by our own handle.
    live: BTreeMap<u64, (u64, T)>,
}

/// What a get gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Got {
    /// The value's type (`cmap_value_types_t`).
    pub kind: u8,
    /// The value's length, in bytes, a string's with its NUL.
    pub length: usize,
    /// The value; empty when there was no room for any.
    pub value: Vec<u8>,
}

/// A key of an iteration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, shorter than [`NAME_MAX`].
    pub key: Vec<u8>,
    /// Its value's length, in bytes.
    pub length: usize,
    /// Its value's type.
    pub kind: u8,
}

/// A value told by an event; type 0 and no bytes for none.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Its type.
    pub kind: u8,
    /// Its bytes.
    pub bytes: &'a [u8],
}

/// What a tracker is told.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// The tracker, as [`Cmap::track_add`] gave it.
    pub tracker: u64,
    /// What happened (`CMAP_TRACK_*`).
    pub event: i32,
    /// The key.
    pub key: &'a CStr,
    /// Its value now.
    pub new: Told<'a>,
    /// Its value before.
    pub old: Told<'a>,
}

fn name(key: &[u8]) -> Result<MarName, CsError> {
    MarName::new(key).filter(|_| key.len() < NAME_MAX).ok_or(CsError::NameTooLong)
}

fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<(T, &[u8]), CsError> {
    T::read_from_prefix(message).map_err(|_| CsError::Library)
}

impl<T> AsFd for Cmap<T> {
    /// The connection's socket.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.client.as_fd()
    }
}

impl<T: Clone> Cmap<T> {
    /// Connects to the local daemon.
    pub fn connect() -> Result<Self, CsError> {
        let client = talk::connect(wire::SERVICE, REQUEST_MAX)?;
        let trackers = Mutex::new(Trackers { last_instance: 0, live: BTreeMap::new() });
        Ok(Cmap { client, buffer: Mutex::default(), trackers })
    }

    fn trackers(&self) -> MutexGuard<'_, Trackers<T>> {
        self.trackers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends a request and gives the reply's length, once the daemon's result in it is CS_OK.
    fn call(&self, parts: &[&[u8]], reply: &mut [u8]) -> Result<usize, CsError> {
        talk::call(&self.client, parts, reply).map(<[u8]>::len)
    }

    /// Sends a request whose reply is a result only.
    fn order(&self, parts: &[&[u8]]) -> Result<(), CsError> {
        talk::order(&self.client, parts)
    }

    /// Sends a request whose reply tells a handle.
    fn ask_handle(&self, request: &[u8]) -> Result<u64, CsError> {
        let mut reply = [0; size_of::<HandleResponse>()];
        let got = self.call(&[request], &mut reply)?;
        read::<HandleResponse>(&reply[..got]).map(|(response, _)| response.handle)
    }

    /// Chooses the map (`CMAP_MAP_*`).
    pub fn set_map(&self, map: i32) -> Result<(), CsError> {
        let header = RequestHeader::new(request::SET_MAP, size_of::<SetMapRequest>());
        self.order(&[SetMapRequest { header, map, pad: 0 }.as_bytes()])
    }

    /// Readable when there is something to dispatch.
    pub fn fd(&self) -> RawFd {
        self.client.fd()
    }

    /// Sets a key. `kind` is the value's type (`CMAP_VALUETYPE_*`).
    pub fn set(&self, key: &[u8], kind: u8, value: &[u8]) -> Result<(), CsError> {
        let key = name(key)?;
        let header = RequestHeader::new(request::SET, size_of::<SetRequest>() + value.len());
        let request = SetRequest { header, key, value_len: value.len() as u64, kind, pad: [0; 7] };
        self.order(&[request.as_bytes(), value])
    }

    /// Deletes a key.
    pub fn delete(&self, key: &[u8]) -> Result<(), CsError> {
        let header = RequestHeader::new(request::DELETE, size_of::<KeyRequest>());
        self.order(&[KeyRequest { header, key: name(key)? }.as_bytes()])
    }

    /// Adds to an integer key.
    pub fn adjust(&self, key: &[u8], step: i32) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ADJUST, size_of::<AdjustRequest>());
        self.order(&[AdjustRequest { header, key: name(key)?, step, pad: 0 }.as_bytes()])
    }

    /// The value of a key that is at most `room` bytes long; with no room only its type and length.
    /// `CS_ERR_INVALID_PARAM` when it is longer.
    pub fn get(&self, key: &[u8], room: usize) -> Result<Got, CsError> {
        let key = name(key)?;
        // no value is longer, and the reference's daemon replies with as many bytes as it is asked for
        let room = room.min(GET_MAX);
        let header = RequestHeader::new(request::GET, size_of::<GetRequest>());
        let mut reply = vec![0; size_of::<GetResponse>() + room];
        let got = self.call(&[GetRequest { header, key, value_len: room as u64 }.as_bytes()], &mut reply)?;
        let (head, value) = read::<GetResponse>(&reply[..got])?;
        let length = usize::try_from(head.value_len).map_err(|_| CsError::Library)?;
        let value = match room {
            0 => Vec::new(),
            _ => value.get(..length).ok_or(CsError::Library)?.to_vec(),
        };
        Ok(Got { kind: head.kind, length, value })
    }

    /// Starts an iteration over the keys with a prefix, or over all.
    pub fn iter_init(&self, prefix: Option<&[u8]>) -> Result<u64, CsError> {
        let header = RequestHeader::new(request::ITER_INIT, size_of::<KeyRequest>());
        self.ask_handle(KeyRequest { header, key: name(prefix.unwrap_or_default())? }.as_bytes())
    }

    /// The next key of an iteration; `CS_ERR_NO_SECTIONS` after the last.
    pub fn iter_next(&self, iteration: u64) -> Result<Entry, CsError> {
        let header = RequestHeader::new(request::ITER_NEXT, size_of::<HandleRequest>());
        let mut reply = [0; size_of::<IterNextResponse>()];
        let got = self.call(&[HandleRequest { header, handle: iteration }.as_bytes()], &mut reply)?;
        let (next, _) = read::<IterNextResponse>(&reply[..got])?;
        let key = next.key.get().filter(|key| key.len() < NAME_MAX).ok_or(CsError::Library)?.to_vec();
        let length = usize::try_from(next.value_len).map_err(|_| CsError::Library)?;
        Ok(Entry { key, length, kind: next.kind })
    }

    /// Ends an iteration.
    pub fn iter_finalize(&self, iteration: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::ITER_FINALIZE, size_of::<HandleRequest>());
        self.order(&[HandleRequest { header, handle: iteration }.as_bytes()])
    }

    /// Adds a tracker of a key or prefix, or of all keys. `data` comes back with each of its events.
    pub fn track_add(&self, key: Option<&[u8]>, track_type: i32, data: T) -> Result<u64, CsError> {
        let key = name(key.unwrap_or_default())?;
        let instance = {
            let mut trackers = self.trackers();
            trackers.last_instance += 1;
            let instance = trackers.last_instance;
            trackers.live.insert(instance, (0, data));
            instance
        };
        let header = RequestHeader::new(request::TRACK_ADD, size_of::<TrackRequest>());
        let handle = self.ask_handle(TrackRequest { header, key, track_type, pad: 0, instance }.as_bytes());
        match (handle, self.trackers().live.entry(instance)) {
            (Ok(handle), std::collections::btree_map::Entry::Occupied(mut tracker)) => tracker.get_mut().0 = handle,
            (Err(_), std::collections::btree_map::Entry::Occupied(tracker)) => drop(tracker.remove()),
            _ => {}
        }
        handle
    }

    /// Ends a tracker.
    pub fn track_delete(&self, tracker: u64) -> Result<(), CsError> {
        let header = RequestHeader::new(request::TRACK_DELETE, size_of::<HandleRequest>());
        let instance = self.ask_handle(HandleRequest { header, handle: tracker }.as_bytes())?;
        self.trackers().live.remove(&instance).map(|_| ()).ok_or(CsError::BadHandle)
    }

    /// Calls `told` for each event as `flags` says, until it says that the connection was given up, which is
    /// `CS_ERR_BAD_HANDLE`. No lock is held meanwhile.
    pub fn dispatch(&self, flags: Dispatch, mut told: impl FnMut(Event<'_>, T) -> bool) -> Result<(), CsError> {
        crate::dispatch(&self.client, &self.buffer, flags, |id, message| {
            if id != wire::response::NOTIFY {
                return Err(CsError::Library);
            }
            let (head, values) = read::<NotifyEvent>(message)?;
            let Some((tracker, data)) = self.trackers().live.get(&head.instance).cloned() else {
                return Ok(deleted(flags));
            };
            let (new, old) = split(values, head.new_len, head.old_len).ok_or(CsError::Library)?;
            let event = Event {
                tracker,
                event: head.event,
                key: CStr::from_bytes_until_nul(&head.key.value).map_err(|_| CsError::Library)?,
                new: Told { kind: head.new_kind, bytes: new },
                old: Told { kind: head.old_kind, bytes: old },
            };
            let given_up = told(event, data);
            Ok(if given_up { Flow::Stop(Err(CsError::BadHandle)) } else { Flow::Continue })
        })
    }
}

/// What becomes of a dispatch that meets an event of a tracker which was deleted meanwhile: one that was to take
/// this event only says so, as in the reference.
fn deleted(flags: Dispatch) -> Flow {
    match flags {
        Dispatch::One | Dispatch::OneNonblocking => Flow::Stop(Err(CsError::BadHandle)),
        Dispatch::All | Dispatch::Blocking => Flow::Continue,
    }
}

fn split(values: &[u8], new_len: u64, old_len: u64) -> Option<(&[u8], &[u8])> {
    let (new, rest) = values.split_at_checked(usize::try_from(new_len).ok()?)?;
    Some((new, rest.get(..usize::try_from(old_len).ok()?)?))
}
