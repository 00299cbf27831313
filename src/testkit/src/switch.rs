//! A network switch in userspace: frames between TAP devices, lost, delayed, copied and put out of order by a seed.
//!
//! One thread forwards for all networks. It learns addresses as a switch does, and floods what it does not know.

use crate::{random::Random, weather::Weather};
use nix::{
    poll::{PollFd, PollFlags, ppoll},
    sys::{eventfd::EventFd, time::TimeSpec},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
    io,
    os::fd::AsFd,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use sys_tap::Tap;

/// Longest frame: 1,500 bytes, Ethernet's header and a VLAN tag.
const FRAME: usize = 1518;

/// Frames under way in one network; more are lost, as in any switch.
const QUEUE: usize = 20_000;

/// Frames taken from one port before the others have their turn.
const BATCH: usize = 64;

/// Addresses remembered in one network; a full table is forgotten and learned again.
const ADDRESSES: usize = 1024;

/// What reading from a device says whose host is gone.
const GONE: i32 = nix::errno::Errno::EBADFD as i32;

/// Which network, which port of it.
type Port = (usize, usize);

/// A running switch. Dropping it ends its thread.
#[derive(Debug)]
pub struct Switch {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Tells the thread that ports or its life have changed.
    changed: EventFd,
}

#[derive(Debug)]
struct State {
    networks: Vec<Network>,
    random: Random,
    begin: Instant,
    ended: bool,
}

/// One network's manners and what is under way in it.
#[derive(Debug, Default)]
struct Network {
    ports: BTreeMap<usize, Arc<Tap>>,
    weather: Weather,
    /// From, to.
    cut: BTreeSet<(usize, usize)>,
    learned: BTreeMap<[u8; 6], usize>,
    /// Soonest first; the number keeps the order of those due at once.
    queue: BinaryHeap<Reverse<Flight>>,
    count: u64,
}

/// A frame under way: when it is due (nanoseconds), its number, the port, the bytes.
type Flight = (u64, u64, usize, Arc<[u8]>);

impl Switch {
    /// Starts a switch for that many networks with perfect manners.
    pub fn start(networks: usize, seed: u64) -> io::Result<Switch> {
        let networks = (0..networks).map(|_| Network::default()).collect();
        let state = State { networks, random: Random::new(seed), begin: Instant::now(), ended: false };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: EventFd::new()? });
        let runner = Arc::clone(&shared);
        let thread = thread::Builder::new().name("switch".to_owned()).spawn(move || runner.forward())?;
        Ok(Switch { shared, thread: Some(thread) })
    }

    /// Puts a device into a port, in place of what was there.
    pub fn plug(&self, network: usize, port: usize, tap: Tap) -> io::Result<()> {
        if let Some(network) = self.shared.lock().networks.get_mut(network) {
            network.ports.insert(port, Arc::new(tap));
        }
        self.shared.changed.write(1).map(drop).map_err(io::Error::from)
    }

    /// Empties a port.
    pub fn unplug(&self, network: usize, port: usize) {
        if let Some(network) = self.shared.lock().networks.get_mut(network) {
            network.ports.remove(&port);
        }
        let _ = self.shared.changed.write(1);
    }

    /// Cuts or mends one way of one network.
    pub fn set_open(&self, network: usize, from: usize, to: usize, open: bool) {
        if let Some(network) = self.shared.lock().networks.get_mut(network) {
            if open {
                network.cut.remove(&(from, to));
            } else {
                network.cut.insert((from, to));
            }
        }
    }

    /// From now on frames of a network meet this; those under way arrive as they were to.
    pub fn set_weather(&self, network: usize, weather: Weather) {
        if let Some(network) = self.shared.lock().networks.get_mut(network) {
            network.weather = weather;
        }
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        self.shared.lock().ended = true;
        let _ = self.shared.changed.write(1);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forward(&self) {
        loop {
            let (ports, wait) = {
                let mut state = self.lock();
                if state.ended {
                    return;
                }
                let wait = state.deliver();
                (state.ports(), wait)
            };
            let ready = self.wait(&ports, wait);
            let mut state = self.lock();
            for (port, tap) in ready {
                state.take(port, &tap);
            }
        }
    }

    /// Sleeps until a frame came, one is due, or something changed; gives the ports that have frames.
    fn wait(&self, ports: &[(Port, Arc<Tap>)], wait: Option<Duration>) -> Vec<(Port, Arc<Tap>)> {
        let mut fds: Vec<PollFd> = ports.iter().map(|(_, tap)| PollFd::new(tap.as_fd(), PollFlags::POLLIN)).collect();
        fds.push(PollFd::new(self.changed.as_fd(), PollFlags::POLLIN));
        // A signal or a lack of memory ends the wait early: the loop comes back.
        let _ = ppoll(&mut fds, wait.map(TimeSpec::from_duration), None);
        if fds.last().and_then(PollFd::any) == Some(true) {
            let _ = self.changed.read();
        }
        let some = ports.iter().zip(&fds).filter(|(_, fd)| fd.any() == Some(true));
        some.map(|(port, _)| (port.0, Arc::clone(&port.1))).collect()
    }
}

impl State {
    fn ports(&self) -> Vec<(Port, Arc<Tap>)> {
        let of = |(at, network): (usize, &Network)| {
            network.ports.iter().map(|(port, tap)| ((at, *port), Arc::clone(tap))).collect::<Vec<_>>()
        };
        self.networks.iter().enumerate().flat_map(of).collect()
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    /// Takes frames from a port and sends them on their way.
    fn take(&mut self, port: Port, tap: &Arc<Tap>) {
        let mut buffer = [0; FRAME];
        for _ in 0..BATCH {
            let now = self.now();
            let Some(network) = self.networks.get_mut(port.0) else { return };
            match tap.receive(&mut buffer) {
                Ok(Some(frame)) => network.enter(port.1, frame, now, &mut self.random),
                // Nothing more, or the device is down.
                Ok(None) => return,
                Err(error) if error.raw_os_error() == Some(GONE) => return network.unplug(port.1, tap),
                Err(_) => return,
            }
        }
    }

    /// Hands over what is due; how long until the next is.
    fn deliver(&mut self) -> Option<Duration> {
        let now = self.now();
        let mut next = None;
        for network in &mut self.networks {
            while let Some((_, _, port, frame)) = network.due(now) {
                if let Some(tap) = network.ports.get(&port) {
                    // A host whose queue is full loses the frame, as on any network.
                    let _ = tap.send(&frame);
                }
            }
            let due = network.queue.peek().map(|Reverse(flight)| flight.0);
            next = [next, due].into_iter().flatten().min();
        }
        next.map(|due| Duration::from_nanos(due.saturating_sub(now)))
    }
}

impl Network {
    /// Pulls a device, unless another one took its place.
    fn unplug(&mut self, port: usize, tap: &Arc<Tap>) {
        if self.ports.get(&port).is_some_and(|now| Arc::ptr_eq(now, tap)) {
            self.ports.remove(&port);
        }
    }

    /// A frame comes in: where it goes, and when.
    fn enter(&mut self, from: usize, frame: &[u8], now: u64, random: &mut Random) {
        let (Some(to), Some(source)) = (address(frame, 0), address(frame, 6)) else { return };
        if self.learned.len() >= ADDRESSES {
            self.learned.clear();
        }
        self.learned.insert(source, from);
        let frame: Arc<[u8]> = frame.into();
        let targets = match self.learned.get(&to) {
            Some(&port) => vec![port],
            None => self.ports.keys().copied().collect(),
        };
        for port in targets {
            if port == from || self.cut.contains(&(from, port)) {
                continue;
            }
            for due in self.weather.arrivals(now, random) {
                if self.queue.len() < QUEUE {
                    self.queue.push(Reverse((due, self.count, port, Arc::clone(&frame))));
                    self.count += 1;
                }
            }
        }
    }

    fn due(&mut self, now: u64) -> Option<Flight> {
        self.queue.peek().filter(|Reverse(flight)| flight.0 <= now)?;
        self.queue.pop().map(|Reverse(flight)| flight)
    }
}

fn address(frame: &[u8], at: usize) -> Option<[u8; 6]> {
    frame.get(at..at + 6)?.try_into().ok()
}
