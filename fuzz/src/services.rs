//! One service and whatever its clients, other nodes and the ring do to it, in any order.

use crate::host::{host, pass, settle};
use crate::records;
use core_icmap::Value;
use core_service::{Configuration, Peer, Service, SyncStep};
use core_types::mar::RequestHeader;
use core_types::{ConnId, CsError, NodeId, RingId};
use test_doubles::FakeHost;
use zerocopy::IntoBytes;

/// The steps' numbers.
pub mod step {
    /// A client's request: `arg` is its number, the bytes what follows its header.
    pub const REQUEST: u8 = 0;
    /// A multicast of another node: `arg` is its number, the bytes what follows its header; `who` the node, and
    /// [`SWAPPED`] with it when its byte order is the other one.
    pub const DELIVER: u8 = 1;
    /// A client connects in a place where none is.
    pub const CONNECT: u8 = 2;
    /// A client leaves.
    pub const GONE: u8 = 3;
    /// The ring changes: `arg` has a bit for each node; `who` is not 0 when sync is broken off.
    pub const RING: u8 = 4;
    /// Milliseconds pass.
    pub const PASS: u8 = 5;
    /// A key of the map is set: its name, NUL, its value of type `who`; or deleted when there is no NUL.
    pub const KEY: u8 = 6;
    /// Quorum changes: `who` is not 0 when it is there; `arg` as for [`RING`].
    pub const QUORUM: u8 = 7;
    /// A reload is over; `who` is not 0 when it failed.
    pub const RELOADED: u8 = 8;
    /// Totem takes nothing (`who` not 0), or does again.
    pub const FULL: u8 = 9;
    /// Reloading loaded new keys for totem.
    pub const CRYPTO: u8 = 10;
    /// Clients of other services came and went.
    pub const CLIENTS: u8 = 11;
    /// The state is logged.
    pub const DUMP: u8 = 12;
    /// What zero-copy buffers hold.
    pub const BUFFER: u8 = 13;
    /// Before the start: lines `key=value`, numbers as `u32`.
    pub const CONFIGURE: u8 = 14;
    /// Before the start: the file `ev_tracking`.
    pub const FILE: u8 = 15;
    /// How many kinds there are.
    pub const COUNT: u8 = 16;
    /// Flag in `who`.
    pub const SWAPPED: u8 = 0x80;
}

/// Places for clients.
const CLIENTS: usize = 4;
/// Longest wait, in milliseconds.
const PASS_MAX: u64 = 60_000;

struct World {
    host: FakeHost,
    service: Box<dyn Service>,
    clients: [Option<ConnId>; CLIENTS],
    next: u64,
}

/// Runs a stream of steps against a service.
pub fn run(service: Box<dyn Service>, input: &[u8]) {
    let mut world = World { host: host(service.id()), service, clients: [None; CLIENTS], next: 1 };
    world.configure(input);
    if world.service.start(&mut world.host).is_err() {
        return;
    }
    world.settle();
    world.connect(0);
    world.connect(1);
    for record in records::read(input) {
        world.step(&record);
        world.settle();
    }
    world.finish();
}

fn nodes(mask: u16) -> Vec<NodeId> {
    (0..16).filter(|bit| mask >> bit & 1 == 1 || *bit == 0).map(|bit| NodeId(bit + 1)).collect()
}

impl World {
    fn settle(&mut self) {
        settle(&mut self.host, &mut *self.service);
        let there = self.host.clients.get_or_insert_default();
        self.clients.iter_mut().for_each(|place| *place = place.filter(|conn| there.contains(conn)));
    }

    fn configure(&mut self, input: &[u8]) {
        let map = &mut self.host.map;
        let lines = "quorum.provider=corosync_votequorum\nnodelist.local_node_pos=0\nnodelist.node.0.nodeid=1\n\
                     nodelist.node.1.nodeid=2\nnodelist.node.2.nodeid=3\ntotem.config_version=1";
        let mut set = |lines: &str| {
            for (key, value) in lines.lines().filter_map(|line| line.split_once('=')) {
                let value = value.parse::<u32>().map_or_else(|_| Value::from(value), Value::from);
                let _refused = map.set(key, value);
            }
        };
        set(lines);
        for record in records::read(input) {
            match record.kind % step::COUNT {
                step::CONFIGURE => set(&String::from_utf8_lossy(record.bytes)),
                step::FILE => drop(self.host.files.insert("ev_tracking", record.bytes.to_vec())),
                _ => {}
            }
        }
        self.host.map.discard_changes();
    }

    fn connect(&mut self, place: usize) {
        if self.clients[place].is_none() {
            let conn = ConnId(self.next);
            self.next += 1;
            self.clients[place] = Some(conn);
            self.host.clients.get_or_insert_default().insert(conn);
            let peer = Peer { pid: 100 + place as u32, uid: 0, gid: 0 };
            self.service.connected(&mut self.host, conn, peer);
        }
    }

    fn step(&mut self, record: &records::Record<'_>) {
        let place = usize::from(record.who) % CLIENTS;
        let (host, service) = (&mut self.host, &mut *self.service);
        let on = record.who != 0;
        match record.kind % step::COUNT {
            step::REQUEST => self.request(place, record),
            step::DELIVER => self.deliver(record),
            step::CONNECT => self.connect(place),
            step::GONE => {
                if let Some(conn) = self.clients[place].take() {
                    host.clients.get_or_insert_default().remove(&conn);
                    service.disconnected(host, conn);
                }
            }
            step::RING => self.ring(&nodes(record.arg), on),
            step::PASS => pass(host, service, u64::from(record.arg).min(PASS_MAX)),
            step::KEY => self.key(record),
            step::QUORUM => {
                host.quorate = on;
                let ring = host.ring;
                host.quorum_news.push_back((on, nodes(record.arg), ring));
            }
            step::RELOADED => service.reloaded(host, if on { Err(CsError::Library) } else { Ok(()) }),
            step::FULL => host.full = on,
            step::CRYPTO => service.crypto_loaded(host),
            step::CLIENTS => service.clients_changed(host),
            step::DUMP => service.dump(host),
            step::BUFFER => {
                host.buffers.values_mut().for_each(|file| *file = record.bytes.to_vec());
                host.shareable_any = Some(record.bytes.to_vec());
            }
            _ => {}
        }
    }

    fn request(&mut self, place: usize, record: &records::Record<'_>) {
        let kinds = self.service.requests().len();
        let (Some(conn), true) = (self.clients[place], kinds > 0) else { return };
        let id = u32::from(record.arg) % kinds as u32;
        let header = RequestHeader::new(id as i32, size_of::<RequestHeader>() + record.bytes.len());
        let message = [header.as_bytes(), record.bytes].concat();
        self.service.request(&mut self.host, conn, id, &message);
    }

    fn deliver(&mut self, record: &records::Record<'_>) {
        let Some(id) = record.arg.checked_rem(self.service.messages()) else { return };
        let swapped = record.who & step::SWAPPED != 0;
        let number = i32::from(self.service.id() as u16) << 16 | i32::from(id);
        let mut header = RequestHeader::new(number, size_of::<RequestHeader>() + record.bytes.len());
        if swapped {
            (header.id, header.size) = (header.id.swap_bytes(), header.size.swap_bytes());
        }
        let message = [header.as_bytes(), record.bytes].concat();
        let from = NodeId(u32::from(record.who & 0x0F));
        self.service.deliver(&mut self.host, id, &message, from, swapped);
    }

    /// A transitional configuration, a regular one, sync.
    fn ring(&mut self, members: &[NodeId], aborted: bool) {
        let (host, service) = (&mut self.host, &mut *self.service);
        let before = std::mem::take(&mut host.members);
        host.ring = RingId { representative: members[0], seq: host.ring.seq + 4 };
        let both = |a: &[NodeId], b: &[NodeId], want| {
            a.iter().copied().filter(|node| b.contains(node) == want).collect::<Vec<_>>()
        };
        let (stay, left, joined) =
            (both(&before, members, true), both(&before, members, false), both(members, &before, false));
        host.members = before;
        let ring = host.ring;
        let view = Configuration { ring, members: &stay, left: &left, joined: &[], transitional: true };
        service.configured(host, &view);
        host.members = members.to_vec();
        let view = Configuration { ring, members, left: &[], joined: &joined, transitional: false };
        service.configured(host, &view);
        if !service.syncs() {
            return;
        }
        service.sync_start(host, &stay, members, ring);
        for _ in 0..3 {
            if service.sync_process(host) == SyncStep::Done {
                break;
            }
        }
        settle(host, service);
        if aborted { service.sync_abort(host) } else { service.sync_activate(host) }
    }

    fn key(&mut self, record: &records::Record<'_>) {
        let mut parts = record.bytes.splitn(2, |&byte| byte == 0);
        let key = String::from_utf8_lossy(parts.next().unwrap_or_default());
        match parts.next().map(|value| Value::from_client(record.who, value)) {
            Some(Ok(value)) => drop(self.host.map.set(&key, value)),
            Some(Err(_)) => {}
            None => drop(self.host.map.delete(&key)),
        }
    }

    /// Everybody leaves: what was kept for clients goes with them.
    fn finish(mut self) {
        self.host.full = false;
        for conn in self.clients.into_iter().flatten() {
            self.host.clients.get_or_insert_default().remove(&conn);
            self.service.disconnected(&mut self.host, conn);
        }
        self.settle();
        assert_eq!(self.host.buffers.len(), 0, "buffers end with their clients");
        pass(&mut self.host, &mut *self.service, PASS_MAX);
        self.service.stop(&mut self.host);
        self.settle();
    }
}
