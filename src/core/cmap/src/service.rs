//! The service: requests in, replies and events out.

use crate::config_version::{self, ConfigVersion};
use crate::connection::{Connection, Which};
use crate::stats_map::{self, Seen};
use crate::track::{Tracker, encoded, event_of, notify, old_of};
use crate::wire::{
    AdjustRequest, GetRequest, GetResponse, HandleRequest, HandleResponse, IterNextResponse, KeyRequest, SetMapRequest,
    SetRequest, TrackRequest, map, request, response, terminated, track,
};
use core_icmap::{Change, Value};
use core_service::{FlowControl, Host, Peer, Service, SyncStep};
use core_types::mar::{MarName, ResponseHeader};
use core_types::{ConnId, CsError, NodeId, RingId, ServiceId};
use std::borrow::Cow;
use std::collections::BTreeMap;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The cmap service.
#[derive(Debug, Default)]
pub struct Cmap {
    connections: BTreeMap<ConnId, Connection>,
    config_version: ConfigVersion,
    seen: Seen,
    /// How many of the map's pending changes the trackers were told of already.
    told: usize,
}

const REQUESTS: [FlowControl; 10] = [FlowControl::NotRequired; 10];

/// Reads a request; too short a one is refused.
fn read<T: FromBytes + KnownLayout + Immutable>(message: &[u8]) -> Result<T, CsError> {
    T::read_from_prefix(message).map(|(request, _)| request).map_err(|_| CsError::InvalidParam)
}

/// A name as a key; what is no UTF-8 can't be one.
fn text(name: &MarName) -> Cow<'_, str> {
    String::from_utf8_lossy(terminated(name))
}

/// A reply that tells nothing but a result.
fn reply(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<(), CsError>) {
    let header = ResponseHeader::new(id, size_of::<ResponseHeader>(), CsError::code(result));
    host.respond(conn, &[header.as_bytes()]);
}

/// A reply that tells a handle.
fn reply_handle(host: &mut dyn Host, conn: ConnId, id: i32, result: Result<u64, CsError>) {
    let header = ResponseHeader::new(id, size_of::<HandleResponse>(), CsError::code(result));
    host.respond(conn, &[HandleResponse { header, handle: result.unwrap_or(0) }.as_bytes()]);
}

impl Cmap {
    /// The service, with no clients.
    pub fn new() -> Self {
        Self::default()
    }

    fn connection(&mut self, conn: ConnId) -> &mut Connection {
        self.connections.entry(conn).or_default()
    }

    fn set(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let request: SetRequest = read(message)?;
        let key = text(&request.key);
        match self.connection(conn).which {
            Which::Stats if stats_map::is_read_only(&key) => Err(CsError::Access),
            Which::Stats => stats_map::set(host, &key),
            Which::Icmap if host.map().is_read_only(&key) => Err(CsError::Access),
            Which::Icmap => {
                let length = usize::try_from(request.value_len).map_err(|_| CsError::InvalidParam)?;
                let bytes = &message[size_of::<SetRequest>()..];
                let value = Value::from_client(request.kind, bytes.get(..length).ok_or(CsError::InvalidParam)?)?;
                host.map().set(&key, value)
            }
        }
    }

    fn delete(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let request: KeyRequest = read(message)?;
        let key = text(&request.key);
        match self.connection(conn).which {
            Which::Stats if stats_map::is_read_only(&key) => Err(CsError::Access),
            Which::Stats => Err(CsError::NotSupported),
            Which::Icmap if host.map().is_read_only(&key) => Err(CsError::Access),
            Which::Icmap => host.map().delete(&key),
        }
    }

    fn adjust(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let request: AdjustRequest = read(message)?;
        let key = text(&request.key);
        match self.connection(conn).which {
            Which::Stats if stats_map::is_read_only(&key) => Err(CsError::Access),
            Which::Stats => Err(CsError::NotSupported),
            Which::Icmap if host.map().is_read_only(&key) => Err(CsError::Access),
            Which::Icmap => host.map().adjust(&key, request.step),
        }
    }

    /// The type, length and, where asked for, bytes of a value. `CS_ERR_INVALID_PARAM` when there is no room for them.
    fn get(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<(u8, usize, Vec<u8>), CsError> {
        let request: GetRequest = read(message)?;
        let key = text(&request.key);
        let statistic;
        let value = match self.connection(conn).which {
            Which::Icmap => host.map().get(&key),
            Which::Stats => {
                statistic = host.transport().stats(&key);
                statistic.as_ref()
            }
        };
        let value = value.ok_or(CsError::NotExist)?;
        let length = value.client_len();
        match request.value_len {
            0 => Ok((value.kind() as u8, length, Vec::new())),
            room if room < length as u64 => Err(CsError::InvalidParam),
            _ => {
                let (kind, bytes) = encoded(Some(value));
                Ok((kind, length, bytes))
            }
        }
    }

    fn reply_get(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) {
        let result = self.get(host, conn, message);
        let error = CsError::code(result.as_ref().map_err(|&error| error));
        let (kind, length, bytes) = result.unwrap_or_default();
        let header = ResponseHeader::new(request::GET, size_of::<GetResponse>() + bytes.len(), error);
        let head = GetResponse { header, value_len: length as u64, kind, pad: [0; 7] };
        host.respond(conn, &[head.as_bytes(), &bytes]);
    }

    fn iter_init(&mut self, conn: ConnId, message: &[u8]) -> Result<u64, CsError> {
        let request: KeyRequest = read(message)?;
        let prefix = if request.key.length > 0 { text(&request.key) } else { Cow::default() };
        self.connection(conn).add_iterator(prefix.into_owned())
    }

    fn reply_iter_next(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) {
        let connection = self.connection(conn);
        let which = connection.which;
        let iteration = read::<HandleRequest>(message).and_then(|request| connection.iterator(request.handle));
        let next = iteration.and_then(|iteration| {
            let entry = match which {
                Which::Icmap => iteration.next_in_map(host.map()),
                Which::Stats => iteration.next_in_stats(host.transport()),
            };
            entry.ok_or(CsError::NoSections)
        });
        let error = CsError::code(next.as_ref().map_err(|&error| error));
        let (key, value_len, kind) = match next {
            Ok((key, length, kind)) => (key, length as u64, kind as u8),
            Err(_) => (String::new(), 0, 0),
        };
        let key = MarName::new(key.as_bytes()).unwrap_or(MarName { length: 0, pad: [0; 6], value: [0; 256] });
        let header = ResponseHeader::new(request::ITER_NEXT, size_of::<IterNextResponse>(), error);
        host.respond(conn, &[IterNextResponse { header, key, value_len, kind, pad: [0; 7] }.as_bytes()]);
    }

    fn track_add(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<u64, CsError> {
        let request: TrackRequest = read(message)?;
        let key = (request.key.length > 0).then(|| text(&request.key).into_owned());
        let which = self.connection(conn).which;
        let last = match which {
            Which::Icmap if request.track_type & !(track::ADD | track::DELETE | track::MODIFY | track::PREFIX) != 0 => {
                return Err(CsError::InvalidParam);
            }
            Which::Icmap => None,
            Which::Stats => {
                stats_map::check_tracker(request.track_type)?;
                key.as_deref().and_then(|key| host.transport().stats(key))
            }
        };
        let tracker = Tracker { instance: request.instance, key, track_type: request.track_type, last };
        let handle = self.connection(conn).add_tracker(tracker)?;
        match which {
            Which::Icmap => self.watch(host),
            Which::Stats => self.seen.tracker_added(host, &self.connections[&conn].trackers[&handle]),
        }
        Ok(handle)
    }

    fn track_delete(&mut self, host: &mut dyn Host, conn: ConnId, message: &[u8]) -> Result<u64, CsError> {
        let request: HandleRequest = read(message)?;
        let tracker = self.connection(conn).remove_tracker(request.handle)?;
        self.watch(host);
        Ok(tracker.instance)
    }

    fn set_map(&mut self, conn: ConnId, message: &[u8]) -> Result<(), CsError> {
        let request: SetMapRequest = read(message)?;
        let connection = self.connection(conn);
        if connection.is_busy() {
            return Err(CsError::Busy);
        }
        connection.which = match request.map {
            map::ICMAP => Which::Icmap,
            map::STATS => Which::Stats,
            _ => return Err(CsError::NotExist),
        };
        Ok(())
    }

    /// Tells the map which counters are tracked.
    fn watch(&self, host: &mut dyn Host) {
        let clients = self.connections.values().filter(|connection| connection.which == Which::Icmap);
        host.map().watch(clients.flat_map(|one| one.trackers.values()).filter_map(Tracker::watch).collect());
    }

    /// Tells the trackers of changes before the client that made them gets its reply: it may look for them at once.
    fn tell_pending(&mut self, host: &mut dyn Host) {
        let pending: Vec<Change> = host.map().pending().skip(self.told).cloned().collect();
        self.told += pending.len();
        for change in &pending {
            self.tell(host, change);
        }
    }

    fn tell(&mut self, host: &mut dyn Host, change: &Change) {
        let event = event_of(change);
        for (&conn, connection) in self.connections.iter().filter(|(_, one)| one.which == Which::Icmap) {
            let trackers = connection.trackers.iter();
            let mut told: Vec<_> = trackers.filter(|(_, tracker)| tracker.wants(&change.key, event)).collect();
            told.sort_by_key(|(handle, tracker)| tracker.order(**handle));
            for (_, tracker) in told {
                notify(host, conn, tracker.instance, event, &change.key, change.new.as_ref(), old_of(change));
            }
        }
    }
}

impl Service for Cmap {
    fn id(&self) -> ServiceId {
        ServiceId::Cmap
    }

    fn description(&self) -> &'static str {
        "corosync configuration map access"
    }

    fn requests(&self) -> &'static [FlowControl] {
        &REQUESTS
    }

    fn messages(&self) -> u16 {
        1
    }

    fn connected(&mut self, _host: &mut dyn Host, conn: ConnId, _peer: Peer) {
        self.connections.insert(conn, Connection::default());
    }

    fn request(&mut self, host: &mut dyn Host, conn: ConnId, id: u32, message: &[u8]) {
        let id = id as i32;
        match id {
            request::GET => self.reply_get(host, conn, message),
            request::ITER_NEXT => self.reply_iter_next(host, conn, message),
            request::SET | request::DELETE | request::ADJUST => {
                let result = match id {
                    request::SET => self.set(host, conn, message),
                    request::DELETE => self.delete(host, conn, message),
                    _ => self.adjust(host, conn, message),
                };
                self.tell_pending(host);
                reply(host, conn, id, result);
            }
            request::ITER_INIT => {
                let result = self.iter_init(conn, message);
                reply_handle(host, conn, id, result);
            }
            request::ITER_FINALIZE => {
                let connection = self.connection(conn);
                let result = read(message).and_then(|one: HandleRequest| connection.remove_iterator(one.handle));
                reply(host, conn, id, result);
            }
            request::TRACK_ADD => {
                let result = self.track_add(host, conn, message);
                reply_handle(host, conn, id, result);
            }
            request::TRACK_DELETE => {
                let result = self.track_delete(host, conn, message);
                reply_handle(host, conn, id, result);
            }
            _ => {
                let result = self.set_map(conn, message);
                reply(host, conn, response::SET_MAP, result);
            }
        }
    }

    fn disconnected(&mut self, host: &mut dyn Host, conn: ConnId) {
        if self.connections.remove(&conn).is_some_and(|connection| !connection.trackers.is_empty()) {
            self.watch(host);
        }
    }

    fn clients_changed(&mut self, host: &mut dyn Host) {
        self.seen.tell_keys(host, &self.connections);
    }

    fn deliver(&mut self, host: &mut dyn Host, _id: u16, message: &[u8], from: NodeId, swapped: bool) {
        self.config_version.deliver(host, message, from, swapped);
    }

    fn syncs(&self) -> bool {
        true
    }

    fn sync_start(&mut self, host: &mut dyn Host, transitional: &[NodeId], _members: &[NodeId], _ring: RingId) {
        self.config_version.sync_start(host, transitional.len());
    }

    fn sync_process(&mut self, host: &mut dyn Host) -> SyncStep {
        self.config_version.sync_process(host)
    }

    fn sync_activate(&mut self, host: &mut dyn Host) {
        self.config_version.sync_activate(host);
    }

    fn timer(&mut self, host: &mut dyn Host, key: u32) {
        if key == stats_map::TIMER {
            self.seen.look(host, &mut self.connections);
        }
    }

    fn map_changed(&mut self, host: &mut dyn Host, change: &Change) {
        if self.told > 0 {
            self.told -= 1;
        } else {
            self.tell(host, change);
        }
        if change.key == config_version::KEY {
            self.config_version.changed(host);
        }
    }
}
