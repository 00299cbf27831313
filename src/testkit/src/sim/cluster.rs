//! The simulated cluster: nodes, faults, and the loop that runs them.

use super::check::{Broken, Id};
use super::network::Links;
use super::{Check, Random, Weather};
use core_service::SyncStep;
use core_sync::{Step, Sync};
use core_totem::{Action, Bytes, Config, Group, State, Totem};
use core_types::{Guarantee, MILLIS, Nanos, NodeId};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

const SECOND: Nanos = 1000 * MILLIS;
/// Frames that a sleeping process's sockets hold.
const SOCKET: usize = 500;
/// With one way cut, most rings that each node may enter while [`SETTLE`] lasts: it may try again now and then.
const CHANGES_MAX: usize = 12;
/// Frames of the past that are kept.
const PAST: usize = 300;
/// Once faults stop, one ring must be there after this, and quiet after that again.
const SETTLE: Nanos = 40 * SECOND;

/// What a run is to be like. Everything else follows from the seed.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How many nodes, 1 to 64.
    pub nodes: usize,
    /// How long faults go on.
    pub faults: Nanos,
    /// One way between the first and the last node stays cut when the other faults stop.
    pub one_way: bool,
    /// Print what happens.
    pub trace: bool,
}

struct Node {
    id: NodeId,
    life: u32,
    stored: u64,
    totem: Option<Totem>,
    sync: Sync,
    serving: bool,
    sent: u64,
    asleep_until: Nanos,
    socket: VecDeque<Bytes>,
}

/// A frame on its way.
struct Flight {
    at: Nanos,
    number: u64,
    to: usize,
    frame: Bytes,
}

impl PartialEq for Flight {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Flight {}

impl PartialOrd for Flight {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Flight {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

/// All nodes, the network, and the one clock.
pub struct Cluster {
    plan: Plan,
    mtu: usize,
    random: Random,
    now: Nanos,
    nodes: Vec<Node>,
    links: Links,
    weather: Weather,
    flights: BinaryHeap<Reverse<Flight>>,
    numbers: u64,
    /// Some frames of the past, to be sent again.
    past: Vec<(usize, Bytes)>,
    next_fault: Nanos,
    next_send: Nanos,
    faulty: bool,
    events: u64,
    check: Check,
}

/// Runs a plan; how many messages were sent and delivered.
pub fn run(plan: Plan) -> Result<(usize, usize), Broken> {
    let mut cluster = Cluster::new(plan);
    let result = cluster.run();
    result.map_err(|broken| {
        format!("seed {} with {} nodes at {:.3} s: {broken}", plan.seed, plan.nodes, seconds(cluster.now))
    })
}

fn seconds(now: Nanos) -> f64 {
    now as f64 / SECOND as f64
}

impl Cluster {
    /// A cluster of which no node runs yet.
    pub fn new(plan: Plan) -> Self {
        let mut random = Random::new(plan.seed);
        let mtu = [1472, 65536, 9000][random.below(3) as usize];
        let nodes = (0..plan.nodes).map(|index| Node {
            id: NodeId(index as u32 + 1),
            life: 0,
            stored: 0,
            totem: None,
            sync: Sync::new(&[]),
            serving: false,
            sent: 0,
            asleep_until: 0,
            socket: VecDeque::new(),
        });
        Cluster {
            plan,
            mtu,
            now: SECOND,
            nodes: nodes.collect(),
            links: Links::new(plan.nodes),
            weather: Weather::fair(),
            flights: BinaryHeap::new(),
            numbers: 0,
            past: Vec::new(),
            next_fault: SECOND,
            next_send: SECOND,
            faulty: true,
            events: 0,
            check: Check::default(),
            random,
        }
    }

    /// Both phases, then the verdict.
    pub fn run(&mut self) -> Result<(usize, usize), Broken> {
        for node in 0..self.nodes.len() {
            self.start(node)?;
        }
        let end = self.now + self.plan.faults;
        self.run_until(end)?;
        self.calm()?;
        if self.plan.one_way {
            return self.settle_one_way();
        }
        let settled = self.now + SETTLE;
        // Who slept or lost the token still has to notice.
        self.run_until(self.now + 2 * SECOND)?;
        while self.now < settled && !self.is_one_ring() {
            let next = self.now + SECOND / 2;
            self.run_until(next)?;
        }
        if !self.is_one_ring() {
            return Err(format!("T12: no single ring {} s after the last fault: {}", seconds(SETTLE), self.describe()));
        }
        let ring = self.nodes[0].totem.as_ref().map(Totem::ring);
        self.next_send = Nanos::MAX;
        let quiet = self.now + 5 * SECOND;
        self.run_until(quiet)?;
        if !self.is_one_ring() || self.nodes[0].totem.as_ref().map(Totem::ring) != ring {
            return Err(format!("T12: the ring did not last without faults: {}", self.describe()));
        }
        let alive: Vec<_> = self.nodes.iter().map(|node| (node.id, node.life)).collect();
        self.check.finish(&alive)?;
        Ok(self.check.counts())
    }

    /// With one way cut for good there may be more than one ring, but they must not change all the time.
    fn settle_one_way(&mut self) -> Result<(usize, usize), Broken> {
        self.run_until(self.now + SETTLE)?;
        let before = self.check.rings();
        self.run_until(self.now + SETTLE)?;
        let changes = self.check.rings() - before;
        let most = CHANGES_MAX * self.nodes.len();
        if changes > most {
            return Err(format!("T12: {changes} rings in {} s, one way cut: {}", seconds(SETTLE), self.describe()));
        }
        self.check.finish(&[])?;
        Ok(self.check.counts())
    }

    fn describe(&self) -> String {
        let state = |node: &Node| {
            let totem = node.totem.as_ref()?;
            Some(format!("{}: {:?} {} {:?} {}", node.id, totem.state(), totem.ring(), totem.members(), node.serving))
        };
        self.nodes.iter().map(|node| state(node).unwrap_or_default()).collect::<Vec<_>>().join("; ")
    }

    /// Faults stop: all run, all is connected.
    fn calm(&mut self) -> Result<(), Broken> {
        self.trace(|| "calm".to_owned());
        self.faulty = false;
        self.links.heal();
        if self.plan.one_way {
            self.links.cut(0, self.nodes.len() - 1);
        }
        self.weather = Weather::fair();
        for node in 0..self.nodes.len() {
            self.nodes[node].asleep_until = self.nodes[node].asleep_until.min(self.now);
            if self.nodes[node].totem.is_none() {
                self.start(node)?;
            }
        }
        Ok(())
    }

    fn is_one_ring(&self) -> bool {
        let ring = self.nodes[0].totem.as_ref().map(Totem::ring);
        self.nodes.iter().all(|node| {
            node.serving
                && node.totem.as_ref().is_some_and(|totem| {
                    totem.state() == State::Operational
                        && Some(totem.ring()) == ring
                        && totem.members().len() == self.nodes.len()
                })
        })
    }

    fn run_until(&mut self, end: Nanos) -> Result<(), Broken> {
        loop {
            let (at, what) = self.next_event();
            if at >= end {
                self.now = end;
                return Ok(());
            }
            self.now = self.now.max(at);
            self.events += 1;
            if self.events > 50_000_000 {
                return Err("livelock: the simulation does not end".to_owned());
            }
            match what {
                Next::Frame => self.arrive()?,
                Next::Timer(node) => self.wake(node)?,
                Next::Fault => self.fault()?,
                Next::Send => self.send_some()?,
            }
        }
    }

    fn next_event(&self) -> (Nanos, Next) {
        let mut next = (self.next_send, Next::Send);
        if self.faulty && self.next_fault < next.0 {
            next = (self.next_fault, Next::Fault);
        }
        if let Some(Reverse(flight)) = self.flights.peek()
            && flight.at < next.0
        {
            next = (flight.at, Next::Frame);
        }
        for (index, node) in self.nodes.iter().enumerate() {
            let timeout = node.totem.as_ref().and_then(Totem::next_timeout);
            if let Some(at) = timeout.map(|at| at.max(node.asleep_until))
                && at < next.0
            {
                next = (at, Next::Timer(index));
            }
        }
        next
    }

    fn start(&mut self, index: usize) -> Result<(), Broken> {
        let (now, mtu) = (self.now, self.mtu);
        let node = &mut self.nodes[index];
        node.life += 1;
        let config = Config {
            ring_seq: node.stored,
            mtu,
            token: 300,
            token_retransmit: 71,
            hold: 47,
            consensus: 360,
            fail_recv_const: 50,
            ..Config::new(node.id)
        };
        node.totem = Some(Totem::new(config, now));
        node.sync = Sync::new(&[(2, "cpg")]);
        node.serving = false;
        node.sent = 0;
        node.socket.clear();
        if let Some(totem) = &mut node.totem {
            totem.start(now);
        }
        self.trace(|| format!("start {index}"));
        self.drain(index)
    }

    fn crash(&mut self, index: usize) {
        self.trace(|| format!("crash {index}"));
        let node = &mut self.nodes[index];
        node.totem = None;
        node.serving = false;
        node.socket.clear();
    }

    fn arrive(&mut self) -> Result<(), Broken> {
        let Some(Reverse(flight)) = self.flights.pop() else { return Ok(()) };
        let now = self.now;
        let node = &mut self.nodes[flight.to];
        let Some(totem) = &mut node.totem else { return Ok(()) };
        if node.asleep_until > now {
            if node.socket.len() < SOCKET {
                node.socket.push_back(flight.frame);
            }
            return Ok(());
        }
        totem.handle_frame(now, &flight.frame);
        self.drain(flight.to)
    }

    /// A timer ran out, or a sleeper wakes: then it reads its sockets first.
    fn wake(&mut self, index: usize) -> Result<(), Broken> {
        let now = self.now;
        while let Some(frame) = self.nodes[index].socket.pop_front() {
            if let Some(totem) = &mut self.nodes[index].totem {
                totem.handle_frame(now, &frame);
            }
            self.drain(index)?;
        }
        if let Some(totem) = &mut self.nodes[index].totem {
            totem.handle_timeout(now);
        }
        self.drain(index)
    }

    fn drain(&mut self, index: usize) -> Result<(), Broken> {
        let now = self.now;
        while let Some(action) = self.nodes[index].totem.as_mut().and_then(|totem| totem.next_action(now)) {
            // A process may die between any two things that it does.
            if self.faulty && self.random.below(20_000) == 0 {
                self.crash(index);
                return Ok(());
            }
            self.carry_out(index, action)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, index: usize, action: Action) -> Result<(), Broken> {
        let who = (self.nodes[index].id, self.nodes[index].life);
        match action {
            Action::SendToken { to, frame } => self.transmit(index, to.0 as usize - 1, &frame),
            Action::Multicast { frame, .. } => {
                for to in (0..self.nodes.len()).filter(|&to| to != index) {
                    self.transmit(index, to, &frame);
                }
            }
            Action::StoreRingId(ring) => {
                self.nodes[index].stored = ring.seq;
                self.check.stored(who.0, ring)?;
            }
            Action::Deliver(delivery) if delivery.group == Group::Sync => {
                self.nodes[index].sync.deliver(delivery.from, &delivery.message, delivery.swapped);
                self.sync(index)?;
            }
            Action::Deliver(delivery) => {
                if self.nodes[index].sync.is_running() {
                    return Err(format!("T11: {who:?} got a message of {} before sync was over", delivery.from));
                }
                self.check.delivered(who, delivery.from, &delivery.message)?;
            }
            Action::Configuration(configuration) => {
                self.trace(|| format!("{} configured {configuration:?}", index + 1));
                self.check.configured(who, &configuration)?;
                let node = &mut self.nodes[index];
                if !node.serving {
                    node.sync.abort();
                }
                node.serving = false;
                if configuration.transitional {
                    node.sync.transitional(&configuration.members);
                } else {
                    node.sync.start(&configuration.members, configuration.ring);
                }
                self.sync(index)?;
            }
            Action::TokenSent => {
                self.nodes[index].sync.token();
                self.sync(index)?;
            }
            Action::CheckInterface => {}
            Action::DiscardReceived => self.nodes[index].socket.clear(),
            Action::Log { line, .. } => self.trace(|| format!("{} {line}", index + 1)),
        }
        Ok(())
    }

    fn sync(&mut self, index: usize) -> Result<(), Broken> {
        let now = self.now;
        let again = self.random.below(4) == 0;
        let node = &mut self.nodes[index];
        let Some(totem) = &mut node.totem else { return Ok(()) };
        while let Some(step) = node.sync.next_step() {
            match step {
                Step::Multicast(bytes) => {
                    if totem.multicast(now, Group::Sync, Guarantee::Agreed, &[&bytes]).is_err() {
                        node.sync.refused(bytes);
                    }
                }
                Step::AwaitToken => totem.notify_token(now),
                Step::Process(_) => node.sync.processed(if again { SyncStep::Again } else { SyncStep::Done }),
                Step::Completed => {
                    node.serving = true;
                    totem.synced(now);
                }
                Step::Start { .. } | Step::Activate(_) | Step::Abort(_) | Step::Log(..) => {}
            }
        }
        Ok(())
    }

    fn transmit(&mut self, from: usize, to: usize, frame: &Bytes) {
        if !self.links.open(from, to) {
            return;
        }
        self.remember(to, frame);
        for at in self.weather.arrivals(self.now, &mut self.random) {
            self.numbers += 1;
            self.flights.push(Reverse(Flight { at, number: self.numbers, to, frame: frame.clone() }));
        }
    }

    fn remember(&mut self, to: usize, frame: &Bytes) {
        if !self.faulty || self.random.below(20) != 0 {
            return;
        }
        if self.past.len() < PAST {
            self.past.push((to, frame.clone()));
        } else {
            let place = self.random.below(PAST as u64) as usize;
            self.past[place] = (to, frame.clone());
        }
    }

    /// Frames of any time come again.
    fn replay(&mut self) {
        for _ in 0..self.random.below(20) {
            let count = self.past.len();
            if count == 0 {
                return;
            }
            let (to, frame) = self.past[self.random.below(count as u64) as usize].clone();
            self.numbers += 1;
            let at = self.now + self.random.below(100) * MILLIS;
            self.flights.push(Reverse(Flight { at, number: self.numbers, to, frame }));
        }
    }

    /// Some node's clients send something.
    fn send_some(&mut self) -> Result<(), Broken> {
        let index = self.random.below(self.nodes.len() as u64) as usize;
        let many = 1 + self.random.below(8);
        for _ in 0..many {
            let length = match self.random.below(100) {
                0 => self.random.below(200_000),
                1..5 => self.random.below(5_000),
                _ => self.random.below(300),
            } as usize;
            self.send(index, length);
        }
        self.next_send = self.now + self.random.below(60) * MILLIS;
        if self.nodes[index].asleep_until > self.now { Ok(()) } else { self.drain(index) }
    }

    fn send(&mut self, index: usize, length: usize) {
        let now = self.now;
        let node = &mut self.nodes[index];
        let Some(totem) = &mut node.totem else { return };
        if !node.serving || node.asleep_until > now {
            return;
        }
        let id = Id { from: node.id, life: node.life, count: node.sent };
        let body = Check::body(id, length);
        if totem.multicast(now, Group::Services, Guarantee::Agreed, &[&body]).is_ok() {
            node.sent += 1;
            self.check.accepted(id, length);
        }
    }

    fn fault(&mut self) -> Result<(), Broken> {
        self.next_fault = self.now + self.random.below(1500) * MILLIS;
        let count = self.nodes.len() as u64;
        let node = self.random.below(count) as usize;
        let what = self.random.below(13);
        self.trace(|| format!("fault {what} at {}", node + 1));
        match what {
            0 | 1 => self.weather = Weather::draw(&mut self.random),
            2 => self.weather = Weather::fair(),
            3 | 4 => self.links.split(self.random.draw()),
            5 => {
                let to = self.random.below(count) as usize;
                self.links.cut(node, to);
            }
            6..=8 => self.links.heal(),
            9 => self.nodes[node].asleep_until = self.now + self.random.below(2000) * MILLIS,
            10 => self.crash(node),
            11 => self.replay(),
            _ => {}
        }
        for index in 0..self.nodes.len() {
            if self.nodes[index].totem.is_none() && self.random.below(3) == 0 {
                self.start(index)?;
            }
        }
        Ok(())
    }

    fn trace(&self, line: impl FnOnce() -> String) {
        if self.plan.trace {
            eprintln!("{:10.4} {}", seconds(self.now), line());
        }
    }
}

enum Next {
    Frame,
    Timer(usize),
    Fault,
    Send,
}
