//! Whole cluster hosts: corosync of either build, and on top of it Debian's pacemaker and tools, unmodified. Beside the
//! members stands one more host, which is a client of the cluster, and a power switch for fencing.

pub mod power;
pub mod trials;

use crate::{
    cluster::{
        conf::Wire,
        ring::{Build, Program},
    },
    host::Outcome,
    lan::{self, Disk, Lan},
};
use nix::sys::signal::Signal;
use power::PowerSwitch;
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// Between two looks at what is waited for.
const LOOK: Duration = Duration::from_millis(250);

/// Lines of each log that a failure shows.
const TAIL: usize = 8;

/// What a host has before pacemaker starts: what systemd-tmpfiles makes on a real one, and our fence agent beside Debian's.
const PREPARE: &str = "set -e
cd \"$0\"
mkdir -p /run/crm /run/resource-agents /run/home
chown hacluster:haclient /run/crm
chmod 750 /run/crm
mount -t overlay overlay -o lowerdir=agents:/usr/sbin /usr/sbin";

/// What may be locked although somebody panicked with it: tests go on and report.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hosts with corosync and pacemaker. Dropping it ends all of it.
#[derive(Debug)]
pub struct Stack {
    /// Cuts the members' power when asked.
    pub power: PowerSwitch,
    lan: Arc<Mutex<Lan>>,
    builds: Vec<Build>,
    wire: Wire,
    configuration: String,
    corosync: Vec<Option<Program>>,
    pacemaker: Vec<Option<Program>>,
    others: Vec<Program>,
    /// On which hosts what stands in the place of which program.
    replaced: Vec<(usize, PathBuf, &'static str)>,
    folder: PathBuf,
}

impl Stack {
    /// A member for each build, and one more host; `quorum` are more lines of corosync.conf's quorum section. Logs go to
    /// `folder`. Nothing runs on the hosts yet.
    pub fn start(builds: &[Build], wire: Wire, quorum: &str, folder: &Path) -> io::Result<Stack> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        PowerSwitch::install_agent(&folder.join("agents"))?;
        let lan = Lan::start(builds.len() + 1, wire.links, 0, &folder.join("disks"))?;
        let lan = Arc::new(Mutex::new(lan));
        let power = PowerSwitch::start(&lan, builds.len(), builds.len())?;
        let stack = Stack {
            power,
            lan,
            builds: builds.to_vec(),
            wire,
            configuration: wire.configuration_with(builds.len(), quorum),
            corosync: builds.iter().map(|_| None).collect(),
            pacemaker: builds.iter().map(|_| None).collect(),
            others: Vec::new(),
            replaced: Vec::new(),
            folder: folder.to_owned(),
        };
        (0..=builds.len()).try_for_each(|host| stack.prepare(host))?;
        Ok(stack)
    }

    /// How many members it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.builds.len()
    }

    /// The host that is no member.
    #[must_use]
    pub fn client(&self) -> usize {
        self.builds.len()
    }

    /// The members' corosync.conf.
    #[must_use]
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// The hosts and their networks. The power switch waits while it is held.
    pub fn lan(&self) -> MutexGuard<'_, Lan> {
        locked(&self.lan)
    }

    fn prepare(&self, host: usize) -> io::Result<()> {
        let lan = self.lan();
        self.wire.install(lan.host(host)?, &self.configuration)?;
        let output = lan.host(host)?.command("sh").args(["-c", PREPARE]).arg(&self.folder).output()?;
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !output.status.success() {
            return Err(io::Error::other(words));
        }
        drop(lan);
        let mut replaced = self.replaced.iter().filter(|(on, ..)| *on == host);
        replaced.try_for_each(|(_, new, old)| self.put_in_place(host, new, old))
    }

    fn put_in_place(&self, host: usize, new: &Path, old: &str) -> io::Result<()> {
        let new = new.to_string_lossy();
        let outcome = self.run(host, 10, &["mount", "--bind", &new, old])?;
        if outcome.success() { Ok(()) } else { Err(io::Error::other(outcome.stderr)) }
    }

    /// Lets another program stand in the place of one of Debian's on a host, from its next start on.
    pub fn replace(&mut self, host: usize, new: &Path, old: &'static str) -> io::Result<()> {
        self.put_in_place(host, new, old)?;
        self.replaced.push((host, new.to_owned(), old));
        Ok(())
    }

    /// The hosts where something stands in the place of a program of Debian's, and what.
    #[must_use]
    pub fn replacements(&self) -> &[(usize, PathBuf, &'static str)] {
        &self.replaced
    }

    /// A command on a host, with the libraries of its build.
    pub fn command(&self, host: usize, program: &str) -> io::Result<Command> {
        let mut command = self.lan().host(host)?.command(program);
        // Times are compared, words searched, and this machine's home is not a virtual host's.
        command.env("TZ", "UTC").env("LC_ALL", "C").env("HOME", "/run/home").current_dir("/");
        if let Some(folder) = self.builds.get(host).and_then(|build| build.libraries.as_ref()) {
            command.env("LD_LIBRARY_PATH", folder);
        }
        Ok(command)
    }

    /// Runs a program on a host to its end, `seconds` at most.
    pub fn run(&self, host: usize, seconds: u32, words: &[&str]) -> io::Result<Outcome> {
        let mut command = self.command(host, "timeout")?;
        command.args(["-k", "2", &seconds.to_string()]).args(words);
        Ok(Outcome::of(&command.output()?))
    }

    /// The same, and anything but success is an error with the program's words.
    pub fn must(&self, host: usize, seconds: u32, words: &[&str]) -> Result<String, String> {
        let outcome = self.run(host, seconds, words).map_err(|error| format!("{}: {error}", words.join(" ")))?;
        if outcome.success() {
            return Ok(outcome.stdout);
        }
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        Err(format!("`{}` on {}: {}\n{}", words.join(" "), lan::host_name(host), outcome.status, said.trim_end()))
    }

    /// A file that takes what a host's program says.
    fn log(&self, host: usize, program: &str) -> io::Result<File> {
        File::options().create(true).append(true).open(self.log_path(host, program))
    }

    fn log_path(&self, host: usize, program: &str) -> PathBuf {
        self.folder.join(format!("{}.{program}.log", lan::host_name(host)))
    }

    /// What a host's `corosync`, or another program that was started here, has said.
    #[must_use]
    pub fn said(&self, host: usize, program: &str) -> String {
        fs::read_to_string(self.log_path(host, program)).unwrap_or_default()
    }

    /// A host's pacemaker.log.
    #[must_use]
    pub fn pacemaker_log(&self, host: usize) -> String {
        let path = self.lan().disk(host, "/var/log/pacemaker/pacemaker.log");
        String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned()
    }

    /// Starts a program on a host, its output in a log called `name`.
    pub fn spawn(&self, host: usize, name: &str, words: &[&str]) -> io::Result<Program> {
        let mut command = self.command(host, words[0])?;
        command.args(&words[1..]).stdin(Stdio::null());
        Program::spawn(command, self.log(host, name)?)
    }

    /// The same for a program that runs as long as the cluster.
    pub fn keep(&mut self, host: usize, name: &str, words: &[&str]) -> Result<(), String> {
        let program = self.spawn(host, name, words).map_err(|error| format!("{}: {error}", words.join(" ")))?;
        self.others.push(program);
        Ok(())
    }

    /// Starts a member's corosync.
    pub fn start_corosync(&mut self, host: usize) -> io::Result<()> {
        let daemon = self.builds[host].daemon.to_string_lossy().into_owned();
        self.corosync[host] = Some(self.spawn(host, "corosync", &[&daemon, "-f"])?);
        Ok(())
    }

    /// Starts a member's pacemaker.
    pub fn start_pacemaker(&mut self, host: usize) -> io::Result<()> {
        self.pacemaker[host] = Some(self.spawn(host, "pacemakerd", &["pacemakerd", "-f"])?);
        Ok(())
    }

    /// Starts both daemons on all members and waits until all are in one ring and online in pacemaker.
    pub fn start_all(&mut self) -> Result<(), String> {
        let members: Vec<usize> = (0..self.size()).collect();
        members.iter().try_for_each(|host| self.start_corosync(*host)).map_err(|error| error.to_string())?;
        self.await_ring(&members)?;
        members.iter().try_for_each(|host| self.start_pacemaker(*host)).map_err(|error| error.to_string())?;
        self.await_online(&members)
    }

    /// Waits until each of these members sees exactly these in a quorate ring.
    pub fn await_ring(&self, members: &[usize]) -> Result<(), String> {
        self.until(60, "one quorate ring", |stack| {
            members.iter().all(|host| {
                let said = stack.run(*host, 5, &["corosync-quorumtool", "-s"]);
                let nodes = format!("Nodes:            {}\n", members.len());
                said.is_ok_and(|said| said.success() && said.stdout.contains(&nodes))
            })
        })
    }

    /// Waits until pacemaker on each of these members has exactly these online.
    pub fn await_online(&self, members: &[usize]) -> Result<(), String> {
        let names: Vec<String> = members.iter().copied().map(lan::host_name).collect();
        let words = format!("Online: [ {} ]", names.join(" "));
        self.until(90, &format!("pacemaker's \"{words}\""), |stack| {
            members.iter().all(|host| {
                let said = stack.run(*host, 5, &["crm_mon", "-1"]);
                said.is_ok_and(|said| said.stdout.contains(&words) && said.stdout.contains("partition with quorum"))
            })
        })
    }

    /// A member's corosync, when it was started and its host has not lost power since.
    pub fn signal_corosync(&self, host: usize, signal: Signal) -> io::Result<()> {
        let program = self.corosync[host].as_ref().ok_or_else(|| io::Error::other("corosync was not started"))?;
        program.signal(signal)
    }

    /// Whether a member's pacemakerd runs.
    pub fn pacemaker_alive(&mut self, host: usize) -> bool {
        self.pacemaker[host].as_mut().is_some_and(Program::alive)
    }

    /// Cuts a member's power.
    pub fn power_off(&mut self, host: usize) {
        self.lan().power_off(host);
    }

    /// Whether a host has power.
    #[must_use]
    pub fn has_power(&self, host: usize) -> bool {
        self.lan().host(host).is_ok()
    }

    /// Gives a member power again, with what was on its disk, and starts its daemons.
    pub fn power_on(&mut self, host: usize) -> io::Result<()> {
        (self.corosync[host], self.pacemaker[host]) = (None, None);
        self.lan().power_on(host, Disk::Kept)?;
        self.prepare(host)?;
        self.start_corosync(host)?;
        self.start_pacemaker(host)
    }

    /// The hosts that have an IPv4 address, as their kernels say.
    #[must_use]
    pub fn holders(&self, address: &str) -> Vec<usize> {
        let words = ["ip", "-o", "-4", "addr", "show", "to", address];
        let has = |host: &usize| self.run(*host, 5, &words).is_ok_and(|said| !said.stdout.trim().is_empty());
        (0..self.size()).filter(has).collect()
    }

    /// Waits until something holds, `seconds` at most; `words` say what.
    pub fn until(&self, seconds: u64, words: &str, mut holds: impl FnMut(&Stack) -> bool) -> Result<(), String> {
        let until = Instant::now() + Duration::from_secs(seconds);
        while !holds(self) {
            if Instant::now() > until {
                return Err(format!("not within {seconds} s: {words}\n{}", self.last_words()));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// The last lines of every log.
    #[must_use]
    pub fn last_words(&self) -> String {
        let mut words = String::new();
        for host in 0..self.size() {
            for (name, text) in [("corosync", self.said(host, "corosync")), ("pacemaker", self.pacemaker_log(host))] {
                let lines: Vec<&str> = text.lines().collect();
                words += &format!("  {} {name}:\n", lan::host_name(host));
                lines[lines.len().saturating_sub(TAIL)..].iter().for_each(|line| words += &format!("    {line}\n"));
            }
        }
        words
    }
}

impl Drop for Stack {
    /// Keeps the logs that are on the hosts' disks, which go with them.
    fn drop(&mut self) {
        for host in 0..self.size() {
            let path = self.folder.join(format!("{}.pacemaker.log", lan::host_name(host)));
            let _only_for_people = fs::write(path, self.pacemaker_log(host));
        }
    }
}
