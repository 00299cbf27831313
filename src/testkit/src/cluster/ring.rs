//! A cluster that runs: a daemon and a witness on each host, and what can be done to them.

use super::{
    check,
    conf::Wire,
    log::{Change, Event, Log, Process, Quorum, Ring},
};
use crate::{
    host::Host,
    lan::{Disk, Lan, host_name},
};
use nix::{sys::signal::Signal, unistd::Pid};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long anything may take on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(20);

/// Lines of a daemon's log that a failure shows.
const TAIL: usize = 12;

/// A build's name: Debian's packages.
pub const REFERENCE: &str = "ref";

/// A build's name: this project.
pub const OURS: &str = "ours";

/// An implementation: what runs on a host.
#[derive(Debug, Clone)]
pub struct Build {
    /// [`REFERENCE`] or [`OURS`].
    pub name: &'static str,
    /// The daemon.
    pub daemon: PathBuf,
    /// The libraries' folder; `None` for the system's.
    pub libraries: Option<PathBuf>,
}

/// A program in a host, started by nsenter. Dropping it kills it.
#[derive(Debug)]
pub struct Program {
    nsenter: Child,
    pid: Pid,
}

impl Program {
    /// Starts a program of a build on a host; what it says goes to `log`.
    pub(crate) fn start(host: &Host, build: &Build, words: &[&Path], input: Stdio, log: File) -> io::Result<Program> {
        let mut command = host.command(words[0]);
        if let Some(folder) = &build.libraries {
            command.env("LD_LIBRARY_PATH", folder);
        }
        command.args(&words[1..]).stdin(input);
        Program::spawn(command, log)
    }

    /// Starts a host's command; what it says goes to `log`.
    pub(crate) fn spawn(mut command: Command, log: File) -> io::Result<Program> {
        let mut nsenter = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        match child(&mut nsenter) {
            Ok(pid) => Ok(Program { nsenter, pid }),
            Err(error) => {
                let _ = nsenter.kill();
                let _ = nsenter.wait();
                Err(error)
            }
        }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        nix::sys::signal::kill(self.pid, signal)?;
        if signal == Signal::SIGCONT {
            // nsenter stops itself when its child is stopped.
            nix::sys::signal::kill(Pid::from_raw(self.nsenter.id().cast_signed()), signal)?;
        }
        Ok(())
    }

    /// Whether it runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.nsenter.try_wait(), Ok(None))
    }

    /// Its pid as seen from this machine.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid.as_raw().cast_unsigned()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Where nsenter has ended, so has its child, and the pid may be another's.
        while self.alive() {
            let _ = nix::sys::signal::kill(self.pid, Signal::SIGKILL);
            // It stops itself some time after its child was stopped, and then reaps nobody.
            let _ = nix::sys::signal::kill(Pid::from_raw(self.nsenter.id().cast_signed()), Signal::SIGCONT);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// nsenter's child, once there is one.
fn child(nsenter: &mut Child) -> io::Result<Pid> {
    let path = format!("/proc/{0}/task/{0}/children", nsenter.id());
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until && nsenter.try_wait()?.is_none() {
        let children = fs::read_to_string(&path).unwrap_or_default();
        if let Some(pid) = children.split_whitespace().next().and_then(|pid| pid.parse().ok()) {
            return Ok(Pid::from_raw(pid));
        }
        thread::sleep(Duration::from_millis(1));
    }
    Err(io::Error::other("nsenter ended before its program began"))
}

/// A witness and what it wrote so far.
#[derive(Debug)]
struct Witness {
    node: u32,
    program: Option<Program>,
    log: Log,
    view: View,
    /// Events of the log that the view knows.
    seen: usize,
}

/// What a witness was told last.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// Itself, when it is in the group.
    pub me: Option<Process>,
    /// The ring and its nodes.
    pub ring: Option<(Ring, Vec<u32>)>,
    /// How many rings it was told of.
    pub rings: usize,
    /// The group's members.
    pub members: Vec<Process>,
    /// Quorum.
    pub quorum: Option<Quorum>,
    /// What votequorum said: quorate, nodes with states.
    pub votes: Option<(bool, Vec<(u32, u32)>)>,
    /// The last message of its own that was accepted.
    pub accepted: u64,
    /// A message is on its way to the daemon.
    pub pending: bool,
    /// How many messages it got.
    pub delivered: usize,
    /// The last message it got from each, its low bytes at least.
    last: BTreeMap<Process, (u64, usize)>,
}

impl View {
    fn tell(&mut self, event: &Event) {
        match event {
            Event::Joining(me) => self.me = Some(*me),
            Event::Lost => {
                let accepted = self.accepted;
                *self = View { rings: self.rings, delivered: self.delivered, accepted, ..View::default() };
            }
            Event::About(..) => self.pending = true,
            Event::Accepted(number) => (self.accepted, self.pending) = (*number, false),
            Event::Refused(_) => self.pending = false,
            Event::Delivered(from, tag, body) => {
                self.delivered += 1;
                self.last.insert(*from, (*tag, body.length));
            }
            Event::Leaving => (self.me, self.pending) = (None, false),
            Event::Group(Change { members, .. }) => self.members.clone_from(members),
            Event::Ring(ring, nodes) => {
                self.rings += 1;
                self.ring = Some((*ring, nodes.clone()));
            }
            Event::Quorum(quorum) => self.quorum = Some(quorum.clone()),
            Event::Votes(quorate, nodes) => self.votes = Some((*quorate, nodes.clone())),
        }
    }

    /// Whether the last message from a process is this one, as far as its length shows.
    fn got(&self, from: Process, number: u64) -> bool {
        number == 0
            || self.last.get(&from).is_some_and(|(tag, length)| {
                if *length < 8 { number & ((1 << (length * 8)) - 1) == *tag } else { number == *tag }
            })
    }
}

/// A running cluster.
#[derive(Debug)]
pub struct Cluster {
    wire: Wire,
    builds: Vec<Build>,
    daemons: Vec<Option<Program>>,
    witnesses: Vec<Witness>,
    program: PathBuf,
    folder: PathBuf,
    traffic: (u32, usize),
    /// Its hosts and networks. Dropped last: a host ends only when all its processes were waited for.
    pub lan: Lan,
}

impl Cluster {
    /// Starts a cluster with a host for each build and a witness (the compiled `program`) on each; logs go to
    /// `folder`. Everybody is in one ring when it returns.
    pub fn start(builds: &[Build], wire: Wire, seed: u64, program: &Path, folder: &Path) -> io::Result<Cluster> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        let lan = Lan::start(builds.len(), wire.links, seed, &folder.join("disks"))?;
        let mut cluster = Cluster {
            lan,
            wire,
            builds: builds.to_vec(),
            daemons: builds.iter().map(|_| None).collect(),
            witnesses: Vec::new(),
            program: program.to_owned(),
            folder: folder.to_owned(),
            traffic: (0, 0),
        };
        for host in 0..builds.len() {
            cluster.configure(host)?;
            cluster.start_daemon(host)?;
            cluster.start_witness(host)?;
        }
        Ok(cluster)
    }

    /// How many hosts it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.builds.len()
    }

    /// Whether every daemon is this project's.
    #[must_use]
    pub fn all_ours(&self) -> bool {
        self.builds.iter().all(|build| build.name == OURS)
    }

    fn configure(&self, host: usize) -> io::Result<()> {
        self.wire.install(self.lan.host(host)?, &self.wire.configuration(self.size()))
    }

    fn log(&self, host: usize, kind: &str) -> io::Result<(PathBuf, File)> {
        let path = self.folder.join(format!("{}.{}.{kind}", host_name(host), self.builds[host].name));
        Ok((path.clone(), File::options().create(true).append(true).open(path)?))
    }

    /// Starts a host's daemon.
    pub fn start_daemon(&mut self, host: usize) -> io::Result<()> {
        let build = &self.builds[host];
        let log = self.log(host, "corosync.log")?.1;
        let words = [&build.daemon, Path::new("-f")];
        self.daemons[host] = Some(Program::start(self.lan.host(host)?, build, &words, Stdio::null(), log)?);
        Ok(())
    }

    /// A host's daemon.
    pub fn daemon(&mut self, host: usize) -> io::Result<&mut Program> {
        self.daemons[host].as_mut().ok_or_else(|| io::Error::other(format!("no daemon on {}", host_name(host))))
    }

    /// Kills a daemon with SIGKILL.
    pub fn kill_daemon(&mut self, host: usize) {
        self.daemons[host] = None;
    }

    /// Starts a witness on a host, which joins the group as soon as there is a daemon.
    pub fn start_witness(&mut self, host: usize) -> io::Result<()> {
        let number = self.witnesses.len();
        let (path, log) = self.log(host, &format!("{number}.witness"))?;
        let seed = (number + 1).to_string();
        let words = [&self.program, Path::new(&seed)];
        let place = self.lan.host(host)?;
        let program = Some(Program::start(place, &self.builds[host], &words, Stdio::piped(), log)?);
        let node = u32::try_from(host + 1).map_err(io::Error::other)?;
        self.witnesses.push(Witness { node, program, log: Log::open(&path)?, view: View::default(), seen: 0 });
        self.order_all()
    }

    /// Kills a host's witnesses with SIGKILL.
    pub fn kill_witness(&mut self, host: usize) {
        self.witnesses.iter_mut().filter(|witness| witness.node as usize == host + 1).for_each(|witness| {
            witness.program = None;
        });
    }

    /// Ends everything on a host at once.
    pub fn power_off(&mut self, host: usize) {
        self.lan.power_off(host);
        self.daemons[host] = None;
        self.kill_witness(host);
    }

    /// Starts a host again, with its daemon and a new witness.
    pub fn power_on(&mut self, host: usize, disk: Disk) -> io::Result<()> {
        self.lan.power_on(host, disk)?;
        self.configure(host)?;
        self.start_daemon(host)?;
        self.start_witness(host)
    }

    /// Tells a host's witness something.
    pub fn tell(&mut self, host: usize, words: &str) -> io::Result<()> {
        let of_host = self.witnesses.iter_mut().filter(|witness| witness.node as usize == host + 1);
        for program in of_host.filter_map(|witness| witness.program.as_mut()) {
            if let Some(input) = &mut program.nsenter.stdin {
                writeln!(input, "{words}")?;
            }
        }
        Ok(())
    }

    /// From now on every witness sends that many messages a second (0: none) of up to that many bytes.
    pub fn traffic(&mut self, rate: u32, largest: usize) -> io::Result<()> {
        self.traffic = (rate, largest);
        self.order_all()
    }

    fn order_all(&mut self) -> io::Result<()> {
        let words = format!("send {} {}", self.traffic.0, self.traffic.1.max(1));
        (0..self.size()).try_for_each(|host| self.tell(host, &words))
    }

    /// What a host's living witness was told last.
    pub fn view(&mut self, host: usize) -> io::Result<View> {
        self.read()?;
        let mut of_host = self.witnesses.iter().filter(|witness| witness.node as usize == host + 1);
        let living = of_host.find(|witness| witness.program.is_some());
        living.map(|witness| witness.view.clone()).ok_or_else(|| io::Error::other("no witness there"))
    }

    fn read(&mut self) -> io::Result<()> {
        for witness in &mut self.witnesses {
            witness.log.read()?;
            let fresh = &witness.log.events[witness.seen..];
            fresh.iter().for_each(|event| witness.view.tell(event));
            witness.seen = witness.log.events.len();
        }
        Ok(())
    }

    /// Waits until something holds; `words` say what.
    pub fn until(
        &mut self,
        words: &str,
        mut holds: impl FnMut(&mut Cluster) -> io::Result<bool>,
    ) -> Result<(), String> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.read().map_err(|error| error.to_string())?;
            if holds(self).map_err(|error| format!("{words}: {error}"))? {
                return Ok(());
            }
            if Instant::now() > until {
                return Err(format!("not within {} s: {words}\n{}", PATIENCE.as_secs(), self.state()));
            }
            thread::sleep(LOOK);
        }
    }

    /// Waits until the witnesses of these hosts agree: one ring of exactly these hosts, the group of exactly their
    /// processes, and the same word on quorum.
    pub fn agree(&mut self, hosts: &[usize]) -> Result<(), String> {
        let names: Vec<String> = hosts.iter().copied().map(host_name).collect();
        self.until(&format!("one ring of {}", names.join(" ")), |cluster| {
            let views = hosts.iter().map(|host| cluster.view(*host)).collect::<io::Result<Vec<View>>>()?;
            Ok(agreed(&views, hosts, cluster.size()))
        })
    }

    /// Stops the traffic and waits until the witnesses of these hosts have all that they sent.
    pub fn drain(&mut self, hosts: &[usize]) -> Result<(), String> {
        self.traffic(0, 1).map_err(|error| error.to_string())?;
        let views =
            |cluster: &mut Cluster| hosts.iter().map(|host| cluster.view(*host)).collect::<io::Result<Vec<_>>>();
        self.until("the last message sent", |cluster| Ok(views(cluster)?.iter().all(|view| !view.pending)))?;
        // One more from each, after which nothing of before can come.
        let before = views(self).map_err(|error| error.to_string())?;
        hosts.iter().try_for_each(|host| self.tell(*host, "mark")).map_err(|error| error.to_string())?;
        self.until("all messages delivered", |cluster| {
            let now = views(cluster)?;
            let senders: Vec<(Process, u64)> = now.iter().filter_map(|view| Some((view.me?, view.accepted))).collect();
            let got = |view: &View| senders.iter().all(|(from, number)| view.got(*from, *number));
            let marked = now.iter().zip(&before).all(|(now, before)| now.accepted > before.accepted);
            Ok(marked && now.iter().all(got))
        })
    }

    /// Lets the judge look at all logs; the witnesses must have been drained.
    pub fn judge(&mut self) -> io::Result<Vec<String>> {
        self.read()?;
        let witnesses: Vec<check::Witness> = self
            .witnesses
            .iter()
            .map(|witness| check::Witness {
                node: witness.node,
                settled: witness.program.is_some() && witness.view.me.is_some(),
                tells_leaves: self.builds[witness.node as usize - 1].name == OURS,
                events: &witness.log.events,
            })
            .collect();
        Ok(check::broken(&witnesses, self.size()))
    }

    /// How many deliveries the witnesses wrote down.
    #[must_use]
    pub fn deliveries(&self) -> usize {
        self.witnesses.iter().map(|witness| witness.view.delivered).sum()
    }

    /// What everybody thinks, and the daemons' last words.
    fn state(&self) -> String {
        let mut words = String::new();
        for witness in self.witnesses.iter().filter(|witness| witness.program.is_some()) {
            let View { me, ring, members, quorum, accepted, pending, .. } = &witness.view;
            words += &format!(
                "  {}: me {me:?}, ring {ring:?}, members {members:?}, quorum {quorum:?}, sent {accepted}, pending {pending}\n",
                host_name(witness.node as usize - 1)
            );
        }
        for host in 0..self.size() {
            let path = self.folder.join(format!("{}.{}.corosync.log", host_name(host), self.builds[host].name));
            let text = fs::read_to_string(&path).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            words += &format!("  {}:\n", path.display());
            lines[lines.len().saturating_sub(TAIL)..].iter().for_each(|line| words += &format!("    {line}\n"));
        }
        words
    }
}

/// Whether views of these hosts are one and the same.
fn agreed(views: &[View], hosts: &[usize], votes: usize) -> bool {
    let Some(View { ring: Some((id, nodes)), .. }) = views.first() else { return false };
    let mut members: Vec<Process> = views.iter().filter_map(|view| view.me).collect();
    members.sort();
    let majority = hosts.len() * 2 > votes;
    nodes.iter().map(|node| *node as usize).eq(hosts.iter().map(|host| host + 1))
        && views.iter().all(|view| {
            view.ring.as_ref().is_some_and(|ring| ring.0 == *id && ring.1 == *nodes)
                && (view.members == members || view.me.is_none())
                && view
                    .quorum
                    .as_ref()
                    .is_some_and(|now| now.quorate == majority && now.ring == *id && now.nodes == *nodes)
                && view.votes.as_ref().is_some_and(|(quorate, states)| {
                    *quorate == majority
                        && states.iter().filter(|(_, state)| *state == 1).map(|(node, _)| node).eq(nodes.iter())
                })
        })
}
