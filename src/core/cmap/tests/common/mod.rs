//! A small host for the service under test, and requests as clients write them.
#![allow(dead_code, reason = "each test file uses what it needs")]

use core_cmap::Cmap;
use core_cmap::wire::*;
use core_icmap::Value;
use core_service::{Guarantee, Peer, Service};
use core_types::mar::{MarName, RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Nanos, ServiceId};
use test_doubles::FakeHost;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The service, its host, and clients of it.
pub(crate) struct World {
    pub(crate) cmap: Cmap,
    pub(crate) host: FakeHost,
}

pub(crate) const A: ConnId = ConnId(1);
pub(crate) const B: ConnId = ConnId(2);

/// To whom, tracker, what, key, new value, old value.
pub(crate) type Event = (ConnId, u64, i32, String, Option<Value>, Option<Value>);

pub(crate) type Checked<T> = Result<T, CsError>;

pub(crate) fn name(key: &str) -> MarName {
    MarName::new(key.as_bytes()).unwrap()
}

fn header(id: i32, size: usize) -> RequestHeader {
    RequestHeader::new(id, size)
}

impl World {
    pub(crate) fn new() -> World {
        let mut world = World { cmap: Cmap::new(), host: FakeHost::new(ServiceId::Cmap, &[Guarantee::Agreed]) };
        for conn in [A, B] {
            world.cmap.connected(&mut world.host, conn, Peer { pid: 1, uid: 0, gid: 0 });
        }
        world
    }

    /// Sends a request and gives its one reply.
    pub(crate) fn raw(&mut self, conn: ConnId, id: i32, message: &[u8]) -> Vec<u8> {
        self.cmap.request(&mut self.host, conn, id as u32, message);
        assert_eq!(self.host.replies.len(), 1, "one reply a request");
        let (_, reply) = self.host.replies.pop_front().unwrap();
        let (head, _) = ResponseHeader::read_from_prefix(&reply).unwrap();
        assert_eq!(head.id, if id == request::SET_MAP { response::SET_MAP } else { id });
        reply
    }

    fn call<T: FromBytes + KnownLayout + Immutable>(&mut self, conn: ConnId, id: i32, message: &[u8]) -> Checked<T> {
        let reply = self.raw(conn, id, message);
        CsError::check(ResponseHeader::read_from_prefix(&reply).unwrap().0.error)?;
        Ok(T::read_from_prefix(&reply).unwrap().0)
    }

    pub(crate) fn set(&mut self, conn: ConnId, key: &str, kind: u8, value: &[u8]) -> Checked<()> {
        let header = header(request::SET, size_of::<SetRequest>() + value.len());
        let head = SetRequest { header, key: name(key), value_len: value.len() as u64, kind, pad: [0; 7] };
        self.call::<ResponseHeader>(conn, request::SET, &[head.as_bytes(), value].concat()).map(|_| ())
    }

    pub(crate) fn delete(&mut self, conn: ConnId, key: &str) -> Checked<()> {
        let message = KeyRequest { header: header(request::DELETE, size_of::<KeyRequest>()), key: name(key) };
        self.call::<ResponseHeader>(conn, request::DELETE, message.as_bytes()).map(|_| ())
    }

    pub(crate) fn adjust(&mut self, conn: ConnId, key: &str, step: i32) -> Checked<()> {
        let header = header(request::ADJUST, size_of::<AdjustRequest>());
        let message = AdjustRequest { header, key: name(key), step, pad: 0 };
        self.call::<ResponseHeader>(conn, request::ADJUST, message.as_bytes()).map(|_| ())
    }

    /// Type, length and bytes.
    pub(crate) fn get(&mut self, conn: ConnId, key: &str, room: u64) -> Checked<(u8, u64, Vec<u8>)> {
        let header = header(request::GET, size_of::<GetRequest>());
        let message = GetRequest { header, key: name(key), value_len: room };
        let reply = self.raw(conn, request::GET, message.as_bytes());
        let (head, value) = GetResponse::read_from_prefix(&reply).unwrap();
        CsError::check(head.header.error).map(|()| (head.kind, head.value_len, value.to_vec()))
    }

    pub(crate) fn iterate(&mut self, conn: ConnId, prefix: &str) -> Checked<u64> {
        let message = KeyRequest { header: header(request::ITER_INIT, size_of::<KeyRequest>()), key: name(prefix) };
        self.call::<HandleResponse>(conn, request::ITER_INIT, message.as_bytes()).map(|reply| reply.handle)
    }

    fn handle<T: FromBytes + KnownLayout + Immutable>(&mut self, conn: ConnId, id: i32, handle: u64) -> Checked<T> {
        self.call(conn, id, HandleRequest { header: header(id, size_of::<HandleRequest>()), handle }.as_bytes())
    }

    /// Key, type and length.
    pub(crate) fn next(&mut self, conn: ConnId, iterator: u64) -> Checked<(String, u8, u64)> {
        let reply: IterNextResponse = self.handle(conn, request::ITER_NEXT, iterator)?;
        Ok((String::from_utf8(reply.key.get().unwrap().to_vec()).unwrap(), reply.kind, reply.value_len))
    }

    pub(crate) fn iter_finalize(&mut self, conn: ConnId, iterator: u64) -> Checked<()> {
        self.handle::<ResponseHeader>(conn, request::ITER_FINALIZE, iterator).map(|_| ())
    }

    pub(crate) fn track(&mut self, conn: ConnId, key: &str, track_type: i32, instance: u64) -> Checked<u64> {
        let header = header(request::TRACK_ADD, size_of::<TrackRequest>());
        let message = TrackRequest { header, key: name(key), track_type, pad: 0, instance };
        self.call::<HandleResponse>(conn, request::TRACK_ADD, message.as_bytes()).map(|reply| reply.handle)
    }

    pub(crate) fn untrack(&mut self, conn: ConnId, tracker: u64) -> Checked<u64> {
        self.handle::<HandleResponse>(conn, request::TRACK_DELETE, tracker).map(|reply| reply.handle)
    }

    pub(crate) fn set_map(&mut self, conn: ConnId, map: i32) -> Checked<()> {
        let header = header(request::SET_MAP, size_of::<SetMapRequest>());
        let message = SetMapRequest { header, map, pad: 0 };
        self.call::<ResponseHeader>(conn, request::SET_MAP, message.as_bytes()).map(|_| ())
    }

    /// Tells the service of the map's changes, as the engine does.
    pub(crate) fn settle(&mut self) {
        self.host.tell(&mut self.cmap);
    }

    /// The message of the one multicast that waits.
    pub(crate) fn multicast(&mut self) -> Vec<u8> {
        let (id, message) = self.host.sent.pop_front().expect("a multicast");
        assert_eq!((id, self.host.sent.len()), (MULTICAST, 0));
        message
    }

    /// When the one timer that there may be runs out; it is forgotten.
    pub(crate) fn armed(&mut self) -> Option<Nanos> {
        assert!(self.host.timers.len() <= 1);
        self.host.timers.pop_first().map(|(_, at)| at)
    }

    /// The events sent since last asked.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.host.events).into_iter().map(|(conn, message)| decode(conn, &message)).collect()
    }
}

fn decode(conn: ConnId, message: &[u8]) -> Event {
    let (event, values) = NotifyEvent::read_from_prefix(message).unwrap();
    assert_eq!((event.header.id, event.header.size as usize), (response::NOTIFY, message.len()));
    let (new, old) = values.split_at(event.new_len as usize);
    assert_eq!(old.len(), event.old_len as usize);
    let value = |kind, bytes| (kind != 0).then(|| Value::from_client(kind, bytes).unwrap());
    let key = String::from_utf8(event.key.get().unwrap().to_vec()).unwrap();
    (conn, event.instance, event.event, key, value(event.new_kind, new), value(event.old_kind, old))
}
