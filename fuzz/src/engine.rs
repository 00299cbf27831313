//! A whole host and its neighbour in a ring: requests of every service, headers that lie, frames, and whatever the
//! neighbour multicasts. A well-behaved client is answered afterwards, and what is kept for clients ends with them.

use crate::mutate::edges;
use crate::records::{self, Record};

use core_engine::Engine;
use core_icmap::Map;
use core_service::{Peer, Service, SyncStep};
use core_sync::{Step, Sync};
use core_totem::{Action, Config, Group, Totem};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, Guarantee, MILLIS, Nanos, NodeId, ServiceId};
use test_doubles::nowhere::Nowhere;
use zerocopy::{FromBytes, IntoBytes};

/// The steps' numbers.
pub mod step {
    /// Client `who` sends the bytes as its request, its header included.
    pub const REQUEST: u8 = 0;
    /// The bytes come as a frame.
    pub const FRAME: u8 = 1;
    /// The neighbour multicasts the bytes: to the services, or (`who` not 0) to sync.
    pub const MULTICAST: u8 = 2;
    /// `arg` milliseconds pass.
    pub const PASS: u8 = 3;
    /// Frame number `arg` of those seen comes again, changed by `[offset u16, edge, width]` each.
    pub const REPLAY: u8 = 4;
    /// Client `who` comes or goes.
    pub const CLIENT: u8 = 5;
    /// The neighbour is cut off, or is back.
    pub const CUT: u8 = 6;
    /// How many kinds there are.
    pub const COUNT: u8 = 7;
}

/// The services with clients.
const CLIENTS: [ServiceId; 5] =
    [ServiceId::Cmap, ServiceId::Cfg, ServiceId::Cpg, ServiceId::Quorum, ServiceId::Votequorum];
const WELL_BEHAVED: ConnId = ConnId(1000);
const PEER: Peer = Peer { pid: 1, uid: 0, gid: 0 };
/// Longest wait in a step, and all of them together, in milliseconds.
const PASS_MAX: u64 = 500;
const PASSES_MAX: u64 = 3000;
/// Frames remembered, to come again.
const SEEN_MAX: usize = 200;
/// Exchanges of frames until time is looked at: a token that asks in vain for something goes round without a rest.
const ROUNDS_MAX: usize = 500;

/// A node without services.
struct Neighbour {
    totem: Totem,
    sync: Sync,
    cut: bool,
}

struct World {
    engine: Engine,
    shell: Nowhere,
    neighbour: Neighbour,
    seen: Vec<Vec<u8>>,
    /// The clients' numbers, by service; `None` for one that left.
    clients: [Option<ConnId>; CLIENTS.len()],
    next: u64,
}

fn totem(node: u32, now: Nanos) -> Totem {
    let timers = Config { token: 200, token_retransmit: 47, hold: 28, consensus: 240, ..Config::new(NodeId(node)) };
    Totem::new(Config { merge: 50, ..timers }, now)
}

/// Runs a stream of steps.
pub fn run(input: &[u8]) {
    let mut world = World::formed();
    let mut passed = 0;
    for record in records::read(input) {
        let millis = world.step(&record).min(PASSES_MAX - passed);
        passed += millis;
        world.pass(millis);
    }
    world.neighbour.cut = false;
    world.pass(3000);
    assert!(world.is_answered(), "a good client is answered after all that");
    for conn in world.clients.into_iter().flatten() {
        world.engine.client_gone(&mut world.shell, conn);
    }
    world.pass(1000);
    assert!(world.is_answered(), "and when the others are gone");
    assert_eq!(world.shell.exits, 0, "nothing of that makes the daemon exit");
}

impl World {
    fn formed() -> World {
        let mut map = Map::new();
        map.set("quorum.provider", "corosync_votequorum").unwrap();
        map.set("nodelist.node.0.nodeid", 1u32).unwrap();
        map.set("nodelist.node.1.nodeid", 2u32).unwrap();
        map.set("nodelist.local_node_pos", 0u32).unwrap();
        let shell = Nowhere::at(1_000_000);
        let engine = Engine::new(NodeId(1), map, totem(1, shell.now));
        let neighbour = Neighbour { totem: totem(2, shell.now), sync: Sync::new(&[]), cut: false };
        let mut world = World { engine, shell, neighbour, seen: Vec::new(), clients: [None; CLIENTS.len()], next: 0 };
        let services: Vec<Box<dyn Service>> = vec![
            Box::new(core_cmap::Cmap::new()),
            Box::new(core_cfg::Cfg::new()),
            Box::new(core_cpg::Cpg::new()),
            Box::new(core_monitor::Pload::new()),
            Box::new(core_quorum::Quorum::new()),
            Box::new(core_votequorum::Votequorum::new()),
        ];
        world.engine.load(&mut world.shell, services).unwrap();
        world.engine.start(&mut world.shell);
        world.neighbour.totem.start(world.shell.now);
        (0..CLIENTS.len()).for_each(|index| world.toggle(index));
        world.engine.client_connected(&mut world.shell, WELL_BEHAVED, ServiceId::Quorum, PEER);
        world.pass(1500);
        assert!(world.engine.has_room() && world.neighbour.totem.members().len() == 2, "the ring stands");
        world
    }

    fn toggle(&mut self, index: usize) {
        match self.clients[index].take() {
            Some(conn) => self.engine.client_gone(&mut self.shell, conn),
            None => {
                let conn = ConnId(self.next);
                self.next += 1;
                self.clients[index] = Some(conn);
                self.engine.client_connected(&mut self.shell, conn, CLIENTS[index], PEER);
            }
        }
    }

    /// Gives how many milliseconds are to pass.
    fn step(&mut self, record: &Record<'_>) -> u64 {
        let client = usize::from(record.who) % CLIENTS.len();
        match record.kind % step::COUNT {
            step::REQUEST => {
                if let Some(conn) = self.clients[client] {
                    let _later = self.engine.client_request(&mut self.shell, conn, record.bytes);
                }
            }
            step::FRAME => self.engine.frame(&mut self.shell, record.bytes),
            step::MULTICAST => {
                let group = if record.who == 0 { Group::Services } else { Group::Sync };
                let totem = &mut self.neighbour.totem;
                let _full = totem.multicast(self.shell.now, group, Guarantee::Agreed, &[record.bytes]);
            }
            step::PASS => return u64::from(record.arg).min(PASS_MAX),
            step::REPLAY => {
                let Some(at) = usize::from(record.arg).checked_rem(self.seen.len()) else { return 0 };
                let mut frame = self.seen[at].clone();
                edges(&mut frame, record.bytes);
                self.engine.frame(&mut self.shell, &frame);
            }
            step::CLIENT => self.toggle(client),
            _ => self.neighbour.cut = !self.neighbour.cut,
        }
        self.settle();
        1
    }

    /// Does all that is to be done at this moment, and carries the frames.
    fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            self.engine.run(&mut self.shell);
            let sent = self.neighbour.act(self.shell.now);
            if sent.is_empty() && self.shell.frames.is_empty() {
                return;
            }
            for frame in std::mem::take(&mut self.shell.frames) {
                self.remember(&frame);
                if !self.neighbour.cut {
                    self.neighbour.totem.handle_frame(self.shell.now, &frame);
                }
            }
            for frame in sent {
                self.remember(&frame);
                if !self.neighbour.cut {
                    self.engine.frame(&mut self.shell, &frame);
                }
            }
            // each exchange of frames takes its time
            self.shell.now += MILLIS / 5;
        }
    }

    fn remember(&mut self, frame: &[u8]) {
        if self.seen.len() < SEEN_MAX {
            self.seen.push(frame.to_vec());
        }
    }

    fn pass(&mut self, millis: u64) {
        let until = self.shell.now + millis * MILLIS;
        while self.shell.now < until {
            self.settle();
            let due = [self.engine.next_deadline(), self.neighbour.totem.next_timeout()];
            let next = due.into_iter().flatten().min().unwrap_or(until).min(until);
            self.shell.now = next.max(self.shell.now + MILLIS / 10);
            self.neighbour.totem.handle_timeout(self.shell.now);
        }
        self.settle();
    }

    fn is_answered(&mut self) -> bool {
        self.shell.answers.clear();
        let request = RequestHeader::new(0, size_of::<RequestHeader>());
        let _handled = self.engine.client_request(&mut self.shell, WELL_BEHAVED, request.as_bytes());
        self.settle();
        self.shell.answers.iter().any(|(conn, answer)| {
            *conn == WELL_BEHAVED && ResponseHeader::read_from_prefix(answer).is_ok_and(|(header, _)| header.error == 1)
        })
    }
}

impl Neighbour {
    fn multicast(&mut self, now: Nanos, message: Vec<u8>) {
        if self.totem.multicast(now, Group::Sync, Guarantee::Agreed, &[&message]).is_err() {
            self.sync.refused(message);
        }
    }

    /// Does what its totem and its sync want; gives the frames that it sends.
    fn act(&mut self, now: Nanos) -> Vec<Vec<u8>> {
        let mut sent = Vec::new();
        loop {
            if let Some(step) = self.sync.next_step() {
                match step {
                    Step::Multicast(message) => self.multicast(now, message),
                    Step::AwaitToken => self.totem.notify_token(now),
                    Step::Process(_) => self.sync.processed(SyncStep::Done),
                    Step::Completed => self.totem.synced(now),
                    _ => {}
                }
                continue;
            }
            let Some(action) = self.totem.next_action(now) else { return sent };
            match action {
                Action::SendToken { frame, .. } | Action::Multicast { frame, .. } => sent.push(frame.to_vec()),
                Action::Deliver(delivery) if delivery.group == Group::Sync => {
                    self.sync.deliver(delivery.from, &delivery.message, delivery.swapped);
                }
                Action::Configuration(configuration) if configuration.transitional => {
                    self.sync.abort();
                    self.sync.transitional(&configuration.members);
                }
                Action::Configuration(configuration) => self.sync.start(&configuration.members, configuration.ring),
                Action::TokenSent => self.sync.token(),
                _ => {}
            }
        }
    }
}
