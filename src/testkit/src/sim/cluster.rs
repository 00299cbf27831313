//! The simulated cluster: hosts, the network between them, one clock, and the loop that runs them.

use super::check::{Broken, Judge};
use super::faults::{Act, Fault};
use super::host::{Arbiter, DEVICE_LEASE, Host, Owner, Running, Wish};
use super::mutation::Mutation;
use super::network::Links;
use super::plan::{Plan, SECOND};
use super::report::{History, Moment};
use super::tape::Seen;
use super::{Random, Weather};
use core_engine::Destination;
use core_types::{ConnId, MILLIS, Nanos};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

/// Frames of the past that are kept.
const PAST: usize = 300;
/// Processes that use groups, on one host.
const CLIENTS_MAX: usize = 3;
/// A host without its disk stays down so long: its last life's frames are gone by then.
const DISKLESS: Nanos = 3 * SECOND;
/// More than this is no simulation but a livelock.
const STEPS_MAX: u64 = 20_000_000;

/// A frame on its way. Ordered by when it arrives.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    at: Nanos,
    number: u64,
    to: usize,
    frame: Rc<[u8]>,
}

/// All hosts, the network, and the one clock.
pub struct Cluster {
    /// What the run is like.
    pub plan: Plan,
    /// The checkers.
    pub judge: Judge,
    /// What happened last on each host.
    pub history: History,
    /// The virtual clock and the number of events so far.
    pub moment: Moment,
    /// Faults happen.
    pub faulty: bool,
    /// When clients do something next.
    pub next_act: Nanos,
    /// Frames that arrived so far.
    pub frames: u64,
    random: Random,
    hosts: Vec<Host>,
    down_until: Vec<Nanos>,
    links: Links,
    weather: Weather,
    flights: BinaryHeap<Reverse<Flight>>,
    numbers: u64,
    past: Vec<(usize, Rc<[u8]>)>,
    next_fault: Nanos,
    pids: u32,
    arbiter: Arbiter,
    mutation: Option<Mutation>,
    digest: u64,
}

enum Next {
    Frame,
    Host(usize),
    Fault,
    Act,
}

impl Cluster {
    /// A cluster of which no host runs yet.
    pub fn new(plan: Plan, mutation: Option<Mutation>, trace: bool) -> Cluster {
        Cluster {
            judge: Judge::new(plan.hosts, plan.voting),
            history: History::new(trace),
            moment: Moment { now: SECOND, step: 0 },
            faulty: false,
            next_act: Nanos::MAX,
            frames: 0,
            random: Random::new(plan.seed),
            hosts: (0..plan.hosts).map(Host::new).collect(),
            down_until: vec![0; plan.hosts],
            links: Links::new(plan.hosts),
            weather: Weather::fair(),
            flights: BinaryHeap::new(),
            numbers: 0,
            past: Vec::new(),
            next_fault: SECOND,
            pids: 0,
            arbiter: Arbiter::new(DEVICE_LEASE),
            mutation,
            digest: 0,
            plan,
        }
    }

    /// A number that is the same only for the same run.
    pub fn digest(&self) -> u64 {
        self.digest
    }

    /// Starts all hosts that don't run.
    pub fn start_all(&mut self) -> Result<(), Broken> {
        for index in 0..self.hosts.len() {
            if self.hosts[index].running.is_none() {
                self.start(index)?;
            }
        }
        Ok(())
    }

    /// Faults stop: everybody runs and is connected, but for the one way that stays cut.
    pub fn calm(&mut self) -> Result<(), Broken> {
        self.faulty = false;
        self.links.heal();
        if self.plan.one_way {
            self.links.cut(0, self.hosts.len() - 1);
        }
        self.weather = Weather::fair();
        for index in 0..self.hosts.len() {
            let host = &mut self.hosts[index];
            host.asleep_until = host.asleep_until.min(self.moment.now);
            if let Some(running) = &mut host.running {
                running.tape.borrow_mut().fuse = None;
                resume(running);
            }
        }
        self.start_all()
    }

    /// Splits the network: hosts whose bit is set against the others; 0 heals it.
    pub fn split(&mut self, side: u64) {
        self.links.heal();
        self.links.split(side);
    }

    /// Judges what hosts hold in memory after a quiet while.
    pub fn idle_memory(&self) -> Result<(), Broken> {
        let running = |host: &Host| host.running.as_ref().map(|running| ((host.id, host.life), running.memory));
        self.hosts.iter().filter_map(running).try_for_each(|(who, bytes)| self.judge.memory.idle(who, bytes))
    }

    /// Runs until a moment.
    pub fn run_until(&mut self, end: Nanos) -> Result<(), Broken> {
        loop {
            let (at, what) = self.next();
            if at >= end {
                self.moment.now = self.moment.now.max(end);
                return Ok(());
            }
            self.moment.now = self.moment.now.max(at);
            self.moment.step += 1;
            if self.moment.step > STEPS_MAX {
                return Err(Broken { rule: "T12", text: "livelock: the simulation does not end".to_owned() });
            }
            match what {
                Next::Frame => self.arrive()?,
                Next::Host(index) => self.wake(index)?,
                Next::Fault => self.fault()?,
                Next::Act => self.act()?,
            }
        }
    }

    fn next(&self) -> (Nanos, Next) {
        let mut next = (self.next_act, Next::Act);
        if self.faulty && self.next_fault < next.0 {
            next = (self.next_fault, Next::Fault);
        }
        if let Some(Reverse(flight)) = self.flights.peek()
            && flight.at < next.0
        {
            next = (flight.at, Next::Frame);
        }
        for (index, host) in self.hosts.iter().enumerate() {
            if let Some(at) = host.deadline()
                && at < next.0
            {
                next = (at, Next::Host(index));
            }
        }
        next
    }

    fn start(&mut self, index: usize) -> Result<(), Broken> {
        let watched = self.history.traces();
        self.hosts[index].start(&self.plan, self.moment.now, self.mutation.as_ref(), watched);
        self.settle(index)
    }

    fn end(&mut self, index: usize, keep_disk: bool) -> Result<(), Broken> {
        let (who, now) = ((self.hosts[index].id, self.hosts[index].life), self.moment.now);
        self.hosts[index].end(keep_disk, self.mutation == Some(Mutation::DiskForgets));
        if !keep_disk {
            self.past.clear();
            self.down_until[index] = now + DISKLESS;
        }
        self.history.see(self.moment, who, &Seen::Ended);
        self.judge.see(now, who, &Seen::Ended)
    }

    fn arrive(&mut self) -> Result<(), Broken> {
        let Some(Reverse(flight)) = self.flights.pop() else { return Ok(()) };
        self.frames += 1;
        let (index, now) = (flight.to, self.moment.now);
        self.digest = digest(self.digest, &[now, flight.number, index as u64, flight.frame.len() as u64]);
        let host = &mut self.hosts[index];
        let asleep = !host.is_awake(now);
        let Some(running) = &mut host.running else { return Ok(()) };
        running.outside.now = now;
        running.frame(flight.frame, asleep);
        if asleep { Ok(()) } else { self.settle(index) }
    }

    fn wake(&mut self, index: usize) -> Result<(), Broken> {
        let host = &mut self.hosts[index];
        let Some(running) = &mut host.running else { return Ok(()) };
        running.outside.now = self.moment.now;
        running.wake(host.id, &mut self.arbiter);
        self.settle(index)
    }

    /// Does what follows from a call of a host, and shows it to the checkers.
    fn settle(&mut self, index: usize) -> Result<(), Broken> {
        let now = self.moment.now;
        let host = &mut self.hosts[index];
        let who = (host.id, host.life);
        let Some(running) = &mut host.running else { return Ok(()) };
        running.outside.now = now;
        running.settle();
        let (memory, sent) = (running.memory, std::mem::take(&mut running.outside.sent));
        let (seen, dead) = {
            let mut tape = running.tape.borrow_mut();
            (tape.take(), tape.is_dead())
        };
        for line in std::mem::take(&mut running.outside.lines) {
            self.history.note(self.moment, who.0, line);
        }
        for seen in seen {
            if let Seen::Configured { ring, transitional: false, .. } = seen
                && let Some(running) = &mut self.hosts[index].running
            {
                running.ring = ring;
            }
            self.history.see(self.moment, who, &seen);
            self.judge.see(now, who, &seen)?;
        }
        for (destination, frame) in sent {
            self.send(index, destination, &frame);
        }
        if dead {
            let keep_disk = self.down_until[index] != Nanos::MAX;
            return self.end(index, keep_disk);
        }
        self.judge.called(now, who, memory)
    }

    fn send(&mut self, from: usize, destination: Destination, frame: &Rc<[u8]>) {
        match destination {
            Destination::Node(to) => self.transmit(from, to.0 as usize - 1, frame),
            Destination::Everyone => (0..self.hosts.len()).for_each(|to| self.transmit(from, to, frame)),
        }
    }

    fn transmit(&mut self, from: usize, to: usize, frame: &Rc<[u8]>) {
        if from == to || to >= self.hosts.len() || !self.links.open(from, to) {
            return;
        }
        let Some(frame) = self.mutation.map_or(Some(frame.clone()), |mutation| mutation.frame(from, to, frame)) else {
            return;
        };
        if self.faulty && self.plan.replays && self.random.below(20) == 0 {
            self.remember(to, &frame);
        }
        for at in self.weather.arrivals(self.moment.now, &mut self.random) {
            self.fly(at, to, frame.clone());
        }
    }

    fn fly(&mut self, at: Nanos, to: usize, frame: Rc<[u8]>) {
        self.numbers += 1;
        self.flights.push(Reverse(Flight { at, number: self.numbers, to, frame }));
    }

    fn remember(&mut self, to: usize, frame: &Rc<[u8]>) {
        if self.past.len() < PAST {
            self.past.push((to, frame.clone()));
        } else {
            let place = self.random.below(PAST as u64) as usize;
            self.past[place] = (to, frame.clone());
        }
    }

    fn fault(&mut self) -> Result<(), Broken> {
        let now = self.moment.now;
        self.next_fault = now + self.random.below(1500) * MILLIS;
        if let Some(fault) = Fault::draw(&mut self.random, &self.plan, now) {
            if self.history.traces() {
                println!("{} {fault:?}", self.moment);
            }
            self.happen(fault)?;
        }
        for index in 0..self.hosts.len() {
            let up = self.hosts[index].running.is_some() || self.down_until[index] > now;
            if !up && self.random.below(3) == 0 {
                self.start(index)?;
            }
        }
        Ok(())
    }

    fn happen(&mut self, fault: Fault) -> Result<(), Broken> {
        let now = self.moment.now;
        match fault {
            Fault::Weather => self.weather = Weather::draw(&mut self.random),
            Fault::Fair => self.weather = Weather::fair(),
            Fault::Split(side) => self.links.split(side),
            Fault::Isolate(host) => self.links.split(1 << host),
            Fault::Cut(from, to) => self.links.cut(from, to),
            Fault::Heal => self.links.heal(),
            Fault::Pause(host, until) => self.hosts[host].asleep_until = until,
            Fault::Crash(host, after, lost) => {
                if let Some(running) = &mut self.hosts[host].running {
                    running.tape.borrow_mut().fuse = Some(after);
                    self.down_until[host] = if lost { Nanos::MAX } else { 0 };
                }
            }
            Fault::Stop(host) if self.hosts[host].is_awake(now) => return self.stop(host),
            Fault::Stop(_) => {}
            Fault::Replay(frames) => self.replay(frames),
            Fault::Device(host, pause) => {
                let device = self.hosts[host].running.as_mut().and_then(|running| running.device.as_mut());
                if let Some(device) = device {
                    device.disturb(now, pause);
                }
            }
        }
        Ok(())
    }

    /// Stops a host in order: it says goodbye.
    pub fn stop(&mut self, index: usize) -> Result<(), Broken> {
        if let Some(running) = &mut self.hosts[index].running {
            running.outside.now = self.moment.now;
            running.stop();
        }
        self.settle(index)?;
        if self.hosts[index].running.is_some() { self.end(index, true) } else { Ok(()) }
    }

    fn replay(&mut self, frames: u64) {
        for _ in 0..frames {
            let count = self.past.len() as u64;
            if count == 0 {
                return;
            }
            let (to, frame) = self.past[self.random.below(count) as usize].clone();
            let at = self.moment.now + self.random.below(100) * MILLIS;
            self.fly(at, to, frame);
        }
    }

    /// Some host's clients do something.
    fn act(&mut self) -> Result<(), Broken> {
        let now = self.moment.now;
        self.next_act = now + self.random.below(if self.faulty { 60 } else { 400 }) * MILLIS;
        let index = self.random.below(self.hosts.len() as u64) as usize;
        let many = 1 + self.random.below(8);
        if !self.hosts[index].is_awake(now) {
            return Ok(());
        }
        for _ in 0..many {
            let act = Act::draw(&mut self.random);
            self.carry_out(index, act);
        }
        self.settle(index)
    }

    fn carry_out(&mut self, index: usize, act: Act) {
        let host = &mut self.hosts[index];
        let Some(running) = &mut host.running else { return };
        running.outside.now = self.moment.now;
        let conns: Vec<ConnId> = running.clients.keys().copied().collect();
        let conn = (!conns.is_empty()).then(|| conns[self.random.below(conns.len() as u64) as usize]);
        let client = conn.and_then(|conn| running.clients.get_mut(&conn)).filter(|client| !client.left);
        match (act, client) {
            (Act::Probe(length), _) => host.probe(length),
            (Act::Open(group), _) if conns.len() < CLIENTS_MAX => {
                self.pids += 1;
                host.open(self.pids, group);
            }
            (Act::Send(length), Some(client)) => client.wishes.push_back(Wish::Send(length)),
            (Act::Parts(length), Some(client)) => client.wishes.push_back(Wish::Part(length, 0)),
            (Act::Leave, Some(client)) => client.wishes.push_back(Wish::Leave),
            (Act::Die, _) => {
                if let Some(conn) = conn {
                    running.close(conn);
                }
            }
            (Act::Stall, _) => {
                for connection in running.outside.connections.values_mut() {
                    connection.stalled = Some(connection.owner) != Some(Owner::Probe);
                }
            }
            (Act::Resume, _) => resume(running),
            _ => {}
        }
    }
}

/// All processes read their events again.
fn resume(running: &mut Running) {
    for connection in running.outside.connections.values_mut() {
        (connection.stalled, connection.backlog) = (false, 0);
    }
}

fn digest(before: u64, numbers: &[u64]) -> u64 {
    numbers.iter().fold(before, |digest, number| (digest ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23))
}
