//! A cluster that is measured: how soon its hosts are quorate, how soon they notice a death, what its groups carry.
//!
//! Nothing but the daemons and the programs of capi-tests/bench runs on its hosts. The hosts outlive the rings, so that
//! rings of different builds take turns on the same ones.

use super::{
    conf::Wire,
    ring::{Build, Program},
};
use crate::{
    host::Outcome,
    lan::{Disk, Lan, host_name},
};
use nix::time::{ClockId, clock_gettime};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

/// How long a ring may take to form.
const PATIENCE: Duration = Duration::from_secs(40);

/// Between two looks at what is waited for; times come from the hosts, not from when this one looks.
const LOOK: Duration = Duration::from_millis(5);

/// Where corosync's clients and servers share memory.
const SHARED_MEMORY: &str = "/dev/shm";

/// Where daemons keep what survives them.
const STATE: &str = "/var/lib/corosync";

/// The compiled programs of capi-tests/bench.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `ring`: carries messages.
    pub ring: PathBuf,
    /// `watch`: writes down when quorum was told.
    pub watch: PathBuf,
}

/// Hosts on which rings are measured.
#[derive(Debug)]
pub struct Track {
    programs: Programs,
    folder: PathBuf,
    /// Dropped last: a host ends only when all its processes were waited for.
    lan: Lan,
}

/// A ring that runs. Dropping it kills its daemons.
#[derive(Debug)]
pub struct Running<'a> {
    track: &'a mut Track,
    wire: Wire,
    builds: Vec<Build>,
    daemons: Vec<Option<Program>>,
    watches: Vec<Option<Program>>,
    /// From the first daemon's start until all hosts were in one ring and quorate.
    pub formed: Duration,
}

/// What one host saw of one phase of `ring`.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// How many hosts sent.
    pub senders: usize,
    /// Bytes of a message.
    pub size: u64,
    /// Messages delivered.
    pub messages: u64,
    /// Seconds that took.
    pub seconds: f64,
    /// Nanoseconds that the host's daemon ran.
    pub processor: u64,
}

/// A line of `watch`.
#[derive(Debug, Clone, Copy)]
struct Told {
    at: Duration,
    quorate: bool,
    nodes: usize,
}

impl Track {
    /// Hosts for rings of up to that many; logs go to `folder`.
    pub fn start(hosts: usize, programs: Programs, folder: &Path) -> io::Result<Track> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let lan = Lan::bridged(hosts, 1, &folder.join("disks"))?;
        Ok(Track { programs, folder: folder.to_owned(), lan })
    }

    /// Starts a ring, a host for each build, and waits until it is whole.
    pub fn run(&mut self, builds: &[Build], wire: Wire) -> Result<Running<'_>, String> {
        let mut running = Running {
            track: self,
            wire,
            builds: builds.to_vec(),
            daemons: builds.iter().map(|_| None).collect(),
            watches: builds.iter().map(|_| None).collect(),
            formed: Duration::ZERO,
        };
        let fresh = |host: usize| running.prepare(host).and_then(|()| running.track.forget(host));
        let started = (0..builds.len()).try_for_each(fresh).and_then(|()| {
            let begin = now()?;
            (0..builds.len()).try_for_each(|host| running.start_daemon(host)).map(|()| begin)
        });
        let begin = started.map_err(|error| error.to_string())?;
        let everybody: Vec<usize> = (0..builds.len()).collect();
        running.formed = running.await_ring(&everybody, begin)?.saturating_sub(begin);
        Ok(running)
    }

    /// Removes what earlier rings left on a host's disk: votes that were expected then, say.
    fn forget(&self, host: usize) -> io::Result<()> {
        for entry in fs::read_dir(self.lan.disk(host, STATE))? {
            fs::remove_file(entry?.path())?;
        }
        Ok(())
    }

    fn log(&self, host: usize, name: &str) -> PathBuf {
        self.folder.join(format!("{}.{name}", host_name(host)))
    }
}

impl Running<'_> {
    /// A host's files, and its watch in place of the one it had.
    fn prepare(&mut self, host: usize) -> io::Result<()> {
        if self.track.lan.host(host).is_err() {
            // A measurement ended before it came back.
            self.track.lan.power_on(host, Disk::Kept)?;
        }
        self.wire.install(self.track.lan.host(host)?, &self.wire.configuration_with(self.builds.len(), ""))?;
        let log = self.track.log(host, "watch");
        let _ = fs::remove_file(&log);
        self.watches[host] = None;
        self.watches[host] = Some(self.start(host, &[self.track.programs.watch.as_path()], File::create(log)?)?);
        Ok(())
    }

    fn start_daemon(&mut self, host: usize) -> io::Result<()> {
        let path = self.track.log(host, &format!("{}.corosync.log", self.builds[host].name));
        let log = File::options().create(true).append(true).open(path)?;
        self.daemons[host] = Some(self.start(host, &[self.builds[host].daemon.as_path(), Path::new("-f")], log)?);
        Ok(())
    }

    fn start(&self, host: usize, words: &[&Path], log: File) -> io::Result<Program> {
        Program::start(self.track.lan.host(host)?, &self.builds[host], words, Stdio::null(), log)
    }

    fn told(&self, host: usize) -> Result<Vec<Told>, String> {
        let path = self.track.log(host, "watch");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        // The last line may be half written.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| told(line).ok_or_else(|| format!("{}: {line:?}", path.display()))).collect()
    }

    /// When the last of these hosts was told, after `begin`, that these are the ring; what was told later doesn't matter.
    fn await_ring(&self, hosts: &[usize], begin: Duration) -> Result<Duration, String> {
        let until = Instant::now() + PATIENCE;
        let majority = hosts.len() * 2 > self.builds.len();
        loop {
            let mut times = Vec::new();
            for host in hosts {
                let is = |told: &&Told| told.at > begin && told.nodes == hosts.len() && told.quorate == majority;
                times.extend(self.told(*host)?.iter().find(is).map(|told| told.at));
            }
            if times.len() == hosts.len() {
                return Ok(times.into_iter().max().unwrap_or_default());
            }
            if Instant::now() > until {
                return Err(format!(
                    "no ring of {} within {} s; logs: {}",
                    hosts.len(),
                    PATIENCE.as_secs(),
                    self.track.folder.display()
                ));
            }
            thread::sleep(LOOK);
        }
    }

    /// Cuts a host's power, and gives the time until the others are told of the ring without it. Then the host comes back.
    pub fn death(&mut self, host: usize) -> Result<Duration, String> {
        let survivors: Vec<usize> = (0..self.builds.len()).filter(|other| *other != host).collect();
        let begin = now().map_err(|error| error.to_string())?;
        self.track.lan.power_off(host);
        (self.daemons[host], self.watches[host]) = (None, None);
        let end = self.await_ring(&survivors, begin)?;
        let revived = self.track.lan.power_on(host, Disk::Kept).and_then(|()| {
            let again = now()?;
            self.prepare(host)?;
            self.start_daemon(host)?;
            Ok(again)
        });
        let everybody: Vec<usize> = (0..self.builds.len()).collect();
        self.await_ring(&everybody, revived.map_err(|error| error.to_string())?)?;
        Ok(end - begin)
    }

    /// Runs `ring` on all hosts, `seconds` a phase, `patience` seconds at most: what each host saw.
    pub fn carry(&self, seconds: f64, patience: u32) -> Result<Vec<Vec<Phase>>, String> {
        let outcomes: Vec<io::Result<Outcome>> = thread::scope(|scope| {
            let each = |host| scope.spawn(move || self.carry_on(host, seconds, patience));
            let running: Vec<_> = (0..self.builds.len()).map(each).collect();
            let ended = |thread: thread::ScopedJoinHandle<io::Result<Outcome>>| thread.join();
            running.into_iter().map(|thread| ended(thread).unwrap_or_else(|_| Err(io::Error::other("panic")))).collect()
        });
        let read = |(host, outcome): (usize, io::Result<Outcome>)| {
            let outcome = outcome.map_err(|error| error.to_string())?;
            if outcome.success() {
                return Ok(outcome.stdout.lines().filter_map(phase).collect());
            }
            let said = [outcome.stdout, outcome.stderr].concat();
            Err(format!("bench ring on {}: {}\n{said}", host_name(host), outcome.status))
        };
        outcomes.into_iter().enumerate().map(read).collect()
    }

    fn carry_on(&self, host: usize, seconds: f64, patience: u32) -> io::Result<Outcome> {
        let numbers = [(host + 1).to_string(), self.builds.len().to_string(), seconds.to_string()];
        let mut words: Vec<&OsStr> = vec![self.track.programs.ring.as_os_str()];
        words.extend(numbers.iter().map(OsStr::new));
        self.track.lan.host(host)?.run(self.builds[host].libraries.as_deref(), patience, &words)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.daemons.clear();
        self.watches.clear();
        for host in 0..self.builds.len() {
            let Ok(place) = self.track.lan.host(host) else { continue };
            // Killed daemons leave their rings.
            for entry in fs::read_dir(place.path(SHARED_MEMORY)).into_iter().flatten().flatten() {
                let _ = fs::remove_dir_all(entry.path()).or_else(|_| fs::remove_file(entry.path()));
            }
        }
    }
}

/// The time of the clock that the hosts' programs write down.
fn now() -> io::Result<Duration> {
    Ok(Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?))
}

fn told(line: &str) -> Option<Told> {
    let mut words = line.split(' ').map(|word| word.parse::<u64>().ok());
    let (at, quorate, nodes) = (words.next()??, words.next()??, words.next()??);
    Some(Told { at: Duration::from_nanos(at), quorate: quorate == 1, nodes: usize::try_from(nodes).ok()? })
}

fn phase(line: &str) -> Option<Phase> {
    let mut words = line.split(' ');
    Some(Phase {
        senders: words.next()?.parse().ok()?,
        size: words.next()?.parse().ok()?,
        messages: words.next()?.parse().ok()?,
        seconds: words.next()?.parse().ok()?,
        processor: words.next()?.parse().ok()?,
    })
}
