//! One simulated host: a whole engine, its disk, its clients.

mod client;
mod device;
mod outside;
mod probe;
mod voting;

pub use client::{Client, Wish};
pub use device::{Arbiter, Device};
pub use outside::{Disk, Outside, Owner};
pub use probe::SERVICE as PROBE;
pub use voting::{DEVICE_LEASE, DEVICE_SYNC_TIMEOUT, DEVICE_TIMEOUT, DEVICE_VOTES, LIST, Voting};

use super::message::Id;
use super::mutation::{Mutation, Seeded};
use super::plan::Plan;
use super::tape::{self, Process, Seen, SharedTape};
use core_engine::{Admission, Engine};
use core_service::{Peer, Service};
use core_totem::Totem;
use core_types::mar::ResponseHeader;
use core_types::{ConnId, CsError, MILLIS, Nanos, NodeId, RingId, ServiceId};
use outside::Connection;
use probe::Probe;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use zerocopy::FromBytes;

/// Frames that a sleeping process's sockets hold.
const SOCKET: usize = 500;
/// How long a client waits before it tries again.
const AGAIN: Nanos = 10 * MILLIS;
const PROBE_CONN: ConnId = ConnId(1);
const DEVICE_CONN: ConnId = ConnId(2);

/// A host.
pub struct Host {
    /// Its number among hosts, from 1.
    pub id: NodeId,
    /// How many lives it had, this one included.
    pub life: u32,
    /// What it is made of while it lives.
    pub running: Option<Running>,
    /// It does nothing until then.
    pub asleep_until: Nanos,
    disk: Disk,
    /// The disk is the one of its last life.
    kept_disk: bool,
    connections: u64,
}

/// A host's life.
pub struct Running {
    engine: Engine,
    /// What is around the engine.
    pub outside: Outside,
    /// What happened.
    pub tape: SharedTape,
    /// The processes that use groups.
    pub clients: BTreeMap<ConnId, Client>,
    /// Bytes that the engine holds.
    pub memory: i64,
    /// The quorum device's process.
    pub device: Option<Device>,
    /// The ring that services were told of last.
    pub ring: RingId,
    socket: VecDeque<Rc<[u8]>>,
    again_at: Option<Nanos>,
    sent: u64,
    asked: Option<(Id, usize)>,
}

impl Host {
    /// A host that never ran.
    pub fn new(index: usize) -> Host {
        Host {
            id: NodeId(index as u32 + 1),
            life: 0,
            running: None,
            asleep_until: 0,
            disk: Disk::default(),
            kept_disk: true,
            connections: 10,
        }
    }

    /// Begins a life.
    pub fn start(&mut self, plan: &Plan, now: Nanos, mutation: Option<&Mutation>, watched: bool) {
        self.life += 1;
        let tape = SharedTape::default();
        let disk = self.disk.clone();
        tape.borrow_mut().note(|| Seen::Started { disk: self.kept_disk });
        let index = self.id.0 as usize - 1;
        let (id, mut engine, mut outside) = (self.id, None, Outside::new(now, tape.clone(), disk, watched));
        let services = services(plan, id, &tape, mutation);
        let map = plan.voting.map(plan.hosts, index);
        let info = allocation_counter::measure(|| {
            let totem = Totem::new(plan.totem(id, outside.disk.ring_seq), now);
            let mut fresh = Engine::new(id, map, totem);
            fresh.load(&mut outside, services).expect("the services start");
            fresh.start(&mut outside);
            engine = Some(fresh);
        });
        let Some(engine) = engine else { return };
        let mut running = Running {
            engine,
            outside,
            tape,
            clients: BTreeMap::new(),
            memory: info.bytes_current,
            device: None,
            ring: RingId::default(),
            socket: VecDeque::new(),
            again_at: None,
            sent: 0,
            asked: None,
        };
        running.connect(PROBE_CONN, PROBE, Owner::Probe);
        if plan.voting == Voting::Device {
            running.connect(DEVICE_CONN, ServiceId::Votequorum, Owner::Device);
            running.device = Some(Device::new(now));
        }
        self.running = Some(running);
    }

    /// Ends a life; the disk keeps what it has, or breaks, or (a bug) is empty though it didn't break.
    pub fn end(&mut self, keep_disk: bool, forgets: bool) {
        if let Some(running) = self.running.take() {
            self.disk = if keep_disk && !forgets { running.outside.disk } else { Disk::default() };
            self.kept_disk = keep_disk;
        }
        self.asleep_until = 0;
    }

    /// Whether it does anything now.
    pub fn is_awake(&self, now: Nanos) -> bool {
        self.running.is_some() && self.asleep_until <= now
    }

    /// When it must be called even if nothing happens.
    pub fn deadline(&self) -> Option<Nanos> {
        let running = self.running.as_ref()?;
        let device = running.device.as_ref().map(|device| device.next);
        let waits = (!running.socket.is_empty()).then_some(self.asleep_until);
        let next = [running.engine.next_deadline(), running.again_at, device, waits].into_iter().flatten().min();
        next.map(|at| at.max(self.asleep_until))
    }

    /// A new process that will join a group.
    pub fn open(&mut self, pid: u32, group: u8) {
        let Some(running) = &mut self.running else { return };
        self.connections += 1;
        let (conn, process) = (ConnId(self.connections), Process { node: self.id, pid });
        running.connect(conn, ServiceId::Cpg, Owner::Process(process));
        running.clients.insert(conn, Client::new(process, group));
    }

    /// The probe sends; nothing while its last request waits for the answer.
    pub fn probe(&mut self, length: usize) {
        let (from, life) = (self.id, self.life);
        let Some(running) = &mut self.running else { return };
        let id = Id { from, life, count: running.sent };
        if running.asked.is_none() {
            running.asked = Some((id, length));
            running.request(PROBE_CONN, &probe::request(id, length));
            running.answers();
        }
    }
}

fn services(plan: &Plan, id: NodeId, tape: &SharedTape, mutation: Option<&Mutation>) -> Vec<Box<dyn Service>> {
    let seeded = |service: Box<dyn Service>| match mutation {
        Some(mutation) => Seeded::around(service, *mutation, id),
        None => service,
    };
    let mut services: Vec<Box<dyn Service>> = vec![
        Box::new(core_cmap::Cmap::new()),
        seeded(Box::new(core_cpg::Cpg::new())),
        Box::new(core_quorum::Quorum::new()),
        seeded(Box::new(Probe::new(tape.clone()))),
    ];
    if plan.voting != Voting::None {
        services.push(seeded(Box::new(core_votequorum::Votequorum::new())));
    }
    services
}

impl Running {
    /// Calls the engine and counts the memory that it keeps.
    fn call(&mut self, call: impl FnOnce(&mut Engine, &mut Outside)) {
        let (engine, outside) = (&mut self.engine, &mut self.outside);
        self.memory += allocation_counter::measure(|| call(engine, outside)).bytes_current;
    }

    fn connect(&mut self, conn: ConnId, service: ServiceId, owner: Owner) {
        self.outside.connections.insert(conn, Connection { owner, stalled: false, backlog: 0 });
        let pid = conn.0 as u32;
        self.call(|engine, outside| engine.client_connected(outside, conn, service, Peer { pid, uid: 0, gid: 0 }));
    }

    /// A client is gone.
    pub fn close(&mut self, conn: ConnId) {
        let Some(connection) = self.outside.connections.remove(&conn) else { return };
        self.clients.remove(&conn);
        if let Owner::Process(process) = connection.owner {
            self.tape.borrow_mut().note(|| Seen::Cpg(process, tape::Cpg::Gone));
        }
        self.call(|engine, outside| engine.client_gone(outside, conn));
    }

    /// A frame came; a sleeper's waits.
    pub fn frame(&mut self, frame: Rc<[u8]>, asleep: bool) {
        if !asleep {
            self.call(|engine, outside| engine.frame(outside, &frame));
        } else if self.socket.len() < SOCKET {
            self.socket.push_back(frame);
        }
    }

    /// Time passed. A sleeper that wakes reads its sockets first.
    pub fn wake(&mut self, id: NodeId, arbiter: &mut Arbiter) {
        while let Some(frame) = self.socket.pop_front() {
            self.call(|engine, outside| engine.frame(outside, &frame));
            if std::mem::take(&mut self.outside.discard) {
                self.socket.clear();
            }
        }
        let now = self.outside.now;
        if self.again_at.is_some_and(|at| at <= now) {
            self.again_at = None;
        }
        let ring = self.ring;
        if let Some(request) = self
            .device
            .as_mut()
            .filter(|device| device.next <= now)
            .and_then(|device| device.act(now, id, ring, arbiter))
        {
            self.request(DEVICE_CONN, &request);
        }
    }

    /// Stops the services and says goodbye.
    pub fn stop(&mut self) {
        self.call(|engine, outside| {
            engine.stop(outside);
            engine.leave(outside);
        });
    }

    fn request(&mut self, conn: ConnId, request: &[u8]) -> Admission {
        let mut admission = Admission::Handled;
        self.call(|engine, outside| admission = engine.client_request(outside, conn, request));
        admission
    }

    /// Does everything that follows from what happened.
    pub fn settle(&mut self) {
        loop {
            self.call(|engine, outside| engine.run(outside));
            self.answers();
            let ended = std::mem::take(&mut self.outside.ended);
            let asked = self.ask();
            ended.iter().for_each(|&conn| self.close(conn));
            if self.tape.borrow().is_dead() || (ended.is_empty() && !asked) {
                self.outside.discard = false;
                return;
            }
        }
    }

    /// The clients' next requests, as far as they are taken; whether any was.
    fn ask(&mut self) -> bool {
        if self.again_at.is_some() {
            return false;
        }
        let mut asked = false;
        let conns: Vec<ConnId> =
            self.clients.iter().filter(|(_, c)| !c.wishes.is_empty()).map(|(&conn, _)| conn).collect();
        for conn in conns {
            while let Some(client) = self.clients.get(&conn)
                && let Some(&wish) = client.wishes.front()
                && self.again_at.is_none()
                && !self.tape.borrow().is_dead()
                && !self.outside.ended.contains(&conn)
            {
                let request = client.request(wish);
                if self.request(conn, &request) == Admission::Later {
                    self.again_at = Some(self.outside.now + AGAIN);
                    break;
                }
                asked = true;
                if matches!(wish, Wish::Send(_)) && !self.outside.ended.contains(&conn) {
                    self.answer(conn, CsError::code(Ok(())));
                }
                self.answers();
            }
        }
        asked
    }

    fn answers(&mut self) {
        while let Some((conn, answer)) = self.outside.answers.pop_front() {
            let Ok((header, _)) = ResponseHeader::read_from_prefix(&answer) else { continue };
            self.answer(conn, header.error);
        }
    }

    fn answer(&mut self, conn: ConnId, error: i32) {
        let Some(owner) = self.outside.connections.get(&conn).map(|connection| connection.owner) else { return };
        match owner {
            Owner::Probe => {
                let Some((id, length)) = self.asked.take() else { return };
                if error == CsError::code(Ok(())) {
                    self.sent += 1;
                    self.tape.borrow_mut().note(|| Seen::Accepted { id, length });
                } else {
                    self.tape.borrow_mut().note(|| Seen::Refused(id));
                }
            }
            Owner::Process(process) => {
                let Some(client) = self.clients.get_mut(&conn) else { return };
                let (seen, again) = client.answered(error);
                if let Some(seen) = seen {
                    self.tape.borrow_mut().note(|| Seen::Cpg(process, seen));
                }
                if again {
                    self.again_at = Some(self.outside.now + AGAIN);
                }
            }
            Owner::Device => {
                if let Some(seen) = self.device.as_mut().and_then(|device| device.answered(error)) {
                    self.tape.borrow_mut().note(|| Seen::Device(seen));
                }
            }
        }
    }
}
