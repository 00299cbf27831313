//! Virtual hosts on one or more networks, and what may happen to them: links cut and healed, one way or both, bad
//! weather, power loss.
//!
//! Hosts and networks are counted from 0. Host `h` is called `n{h+1}`; on network `n` it has the device `e{n}` with
//! [`address`] and [`address6`]. Networks are a [`Switch`] of this process, or the kernel's own bridges where speed is
//! measured: no packet leaves them. Needs root, TAP devices or the kernel's bridges, iproute2 and util-linux: [`missing`]
//! says what isn't there.

use crate::{
    host::{Host, Outcome},
    switch::Switch,
    weather::Weather,
};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    net::{Ipv4Addr, Ipv6Addr, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
};
use sys_tap::Tap;

/// What a host loses with the power. `/tmp` is this machine's: what is built may lie there.
const VOLATILE: [&str; 2] = ["/run", "/dev/shm"];

/// What is on each host's own disk, where this machine has the folder.
const DISK: [&str; 8] = [
    "/etc/corosync",
    "/etc/pacemaker",
    "/var/lib/corosync",
    "/var/lib/pacemaker",
    "/var/log/corosync",
    "/var/log/pacemaker",
    "/var/log/cluster",
    "/var/log/crmsh",
];

/// Frames that a host's device holds until the switch takes them: it drops what is more, and makes nobody wait.
const QUEUE: usize = 20_000;

/// Seconds for setting up a device.
const PATIENCE: u32 = 10;

/// A host's IPv4 address on a network; the prefix has 24 bits.
#[must_use]
pub fn address(host: usize, network: usize) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, octet(network), octet(host + 1))
}

/// A host's IPv6 address on a network; the prefix has 64 bits.
#[must_use]
pub fn address6(host: usize, network: usize) -> Ipv6Addr {
    Ipv6Addr::new(0xfd77, 0, 0, octet(network).into(), 0, 0, 0, octet(host + 1).into())
}

fn octet(number: usize) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

/// Why there can be no virtual hosts here; `None` when there can.
#[must_use]
pub fn missing() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("virtual hosts on a network need root".to_owned());
    }
    if let Err(error) = File::options().read(true).write(true).open(sys_tap::DEVICE) {
        return Some(format!("{}: {error} (modprobe tun; in a container, pass the device in)", sys_tap::DEVICE));
    }
    Lan::start(1, 1, 0, &probe()).err().map(|error| error.to_string())
}

/// Why there can be no virtual hosts on bridges here; `None` when there can.
#[must_use]
pub fn missing_bridges() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("virtual hosts on a network need root".to_owned());
    }
    Lan::bridged(1, 1, &probe()).err().map(|error| error.to_string())
}

/// A folder for an attempt.
fn probe() -> PathBuf {
    std::env::temp_dir().join(format!("lan-probe-{}", std::process::id()))
}

/// What becomes of a host's disk when it starts again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disk {
    /// As it was when the power went.
    Kept,
    /// Empty: a new machine.
    Wiped,
}

/// Hosts and the networks between them. Dropping it ends all processes and removes the disks.
#[derive(Debug)]
pub struct Lan {
    hosts: Vec<Option<Host>>,
    networks: usize,
    fabric: Fabric,
    disks: PathBuf,
}

/// What is between the hosts.
#[derive(Debug)]
enum Fabric {
    /// Does anything to frames that it is told.
    Switch(Switch),
    /// A host with a bridge for each network: as fast as the kernel, and always well.
    Bridges(Host),
}

impl Fabric {
    fn bridges(networks: usize) -> io::Result<Fabric> {
        let host = Host::boot("bridges", &VOLATILE, None)?;
        for network in 0..networks {
            let script = "ip link add b$0 type bridge && ip link set b$0 up";
            must(&host, &["sh", "-c", script, &network.to_string()])?;
        }
        Ok(Fabric::Bridges(host))
    }

    /// Gives a host its device on a network.
    fn plug(&self, host: &Host, index: usize, network: usize) -> io::Result<()> {
        match self {
            Fabric::Switch(switch) => switch.plug(network, index, Tap::create(host.network()?, &device(network))?),
            Fabric::Bridges(bridges) => {
                let script = "ip link add $0 netns $1 type veth peer name $2 && ip link set $2 master $3 up";
                let words = [device(network), host.pid().to_string(), port(index, network), format!("b{network}")];
                // With this machine's pids: only the network is the bridges'.
                let run = move || Command::new("sh").args(["-c", script]).args(words).output();
                let outcome = Outcome::of(&sys_tap::inside(bridges.network()?, run)?);
                if outcome.success() { Ok(()) } else { Err(io::Error::other(outcome.stderr.trim().to_owned())) }
            }
        }
    }

    /// Takes a host's device away, if it has one.
    fn unplug(&self, index: usize, network: usize) {
        match self {
            Fabric::Switch(switch) => switch.unplug(network, index),
            Fabric::Bridges(bridges) => {
                let _ = must(bridges, &["ip", "link", "del", &port(index, network)]);
            }
        }
    }

    /// The switch; bridges have nothing that could be told.
    fn switch(&self) -> Option<&Switch> {
        match self {
            Fabric::Switch(switch) => Some(switch),
            Fabric::Bridges(_) => None,
        }
    }
}

/// A host's device on a network.
fn device(network: usize) -> String {
    format!("e{network}")
}

/// The other end of a host's device, beside a bridge.
fn port(host: usize, network: usize) -> String {
    format!("p{network}x{host}")
}

/// Runs a program that sets up a network.
fn must(host: &Host, words: &[&str]) -> io::Result<()> {
    let outcome = host.run(None, PATIENCE, &words.iter().map(OsStr::new).collect::<Vec<_>>())?;
    if outcome.success() { Ok(()) } else { Err(io::Error::other(outcome.stderr.trim().to_owned())) }
}

impl Lan {
    /// Starts that many hosts and networks. `seed` decides what the weather does, `disks` is a folder for this one
    /// lan that is made and removed again.
    pub fn start(hosts: usize, networks: usize, seed: u64, disks: &Path) -> io::Result<Lan> {
        Lan::on(Fabric::Switch(Switch::start(networks, seed)?), hosts, networks, disks)
    }

    /// The same with the kernel's bridges for networks: nothing can be cut but a host's power, and there is no weather.
    pub fn bridged(hosts: usize, networks: usize, disks: &Path) -> io::Result<Lan> {
        Lan::on(Fabric::bridges(networks)?, hosts, networks, disks)
    }

    fn on(fabric: Fabric, hosts: usize, networks: usize, disks: &Path) -> io::Result<Lan> {
        let none = (0..hosts).map(|_| None).collect();
        let mut lan = Lan { hosts: none, networks, fabric, disks: disks.to_owned() };
        (0..hosts).try_for_each(|host| lan.power_on(host, Disk::Wiped))?;
        Ok(lan)
    }

    /// How many hosts there are, with power or without.
    #[must_use]
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// How many networks there are.
    #[must_use]
    pub fn networks(&self) -> usize {
        self.networks
    }

    /// A host: run programs there, write files. An error when it has no power.
    pub fn host(&self, host: usize) -> io::Result<&Host> {
        let found = self.hosts.get(host).and_then(Option::as_ref);
        found.ok_or_else(|| io::Error::other(format!("host {host} is not running")))
    }

    /// A UDP socket of this process that lives on a host, bound to its IPv4 address on a network and any port.
    pub fn socket(&self, host: usize, network: usize) -> io::Result<UdpSocket> {
        sys_tap::inside(self.host(host)?.network()?, move || UdpSocket::bind((address(host, network), 0)))
    }

    /// Where a file on a host's disk lies on this machine, with or without power.
    #[must_use]
    pub fn disk(&self, host: usize, path: &str) -> PathBuf {
        self.disks.join(host_name(host)).join(path.trim_start_matches('/'))
    }

    /// Ends all processes of a host at once. What they wrote to disk is there: lost write caches are not played.
    pub fn power_off(&mut self, host: usize) {
        // The kernel takes its time to end a network, and answers pings for the dead until then.
        (0..self.networks).for_each(|network| self.fabric.unplug(host, network));
        if let Some(host) = self.hosts.get_mut(host) {
            *host = None;
        }
    }

    /// Starts a host that has no power, with the same name and addresses. Its programs are to be started by the caller.
    pub fn power_on(&mut self, host: usize, disk: Disk) -> io::Result<()> {
        self.power_off(host);
        let name = host_name(host);
        let path = self.disks.join(&name);
        if disk == Disk::Wiped && path.exists() {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        let folders: Vec<&str> = DISK.into_iter().filter(|folder| Path::new(folder).is_dir()).collect();
        let fresh = Host::boot(&name, &VOLATILE, Some((&path, &folders)))?;
        for network in 0..self.networks {
            self.connect(&fresh, host, network)?;
        }
        let place = self.hosts.get_mut(host).ok_or_else(|| io::Error::other(format!("there is no host {host}")))?;
        *place = Some(fresh);
        Ok(())
    }

    /// Gives a host its device on a network. The hardware address stays the same over a host's lives.
    fn connect(&self, host: &Host, index: usize, network: usize) -> io::Result<()> {
        let name = device(network);
        self.fabric.plug(host, index, network)?;
        let hardware = format!("02:00:00:00:{:02x}:{:02x}", octet(network), octet(index + 1));
        let addresses = [format!("{}/24", address(index, network)), format!("{}/64", address6(index, network))];
        let script = "set -e
          ip link set $0 address $1; ip addr add $2 brd + dev $0; ip link set $0 txqueuelen $4; ip link set $0 up
          [ ! -d /proc/sys/net/ipv6 ] || ip addr add $3 dev $0 nodad";
        let queue = QUEUE.to_string();
        let words = ["sh", "-c", script, &name, &hardware, &addresses[0], &addresses[1], &queue];
        must(host, &words).map_err(|error| io::Error::other(format!("{name}: {error}")))
    }

    /// Stops what goes from a host to another one on a network, one way only.
    pub fn cut_way(&self, network: usize, from: usize, to: usize) {
        self.set_open(network, from, to, false);
    }

    /// Cuts a host off from all others on a network, both ways. Its device keeps its carrier, as behind a broken switch.
    pub fn cut(&self, network: usize, host: usize) {
        self.set_both(network, host, false);
    }

    /// Mends all that was cut between a host and others on a network.
    pub fn heal(&self, network: usize, host: usize) {
        self.set_both(network, host, true);
    }

    /// Cuts these hosts off from all others on every network.
    pub fn split(&self, side: &[usize]) {
        for network in 0..self.networks {
            for &host in side {
                for other in (0..self.hosts()).filter(|other| !side.contains(other)) {
                    self.set_open(network, host, other, false);
                    self.set_open(network, other, host, false);
                }
            }
        }
    }

    /// Mends everything that was cut, and makes the weather perfect.
    pub fn heal_all(&self) {
        for network in 0..self.networks {
            self.set_weather(network, Weather::default());
            (0..self.hosts()).for_each(|host| self.heal(network, host));
        }
    }

    /// What frames of a network meet from now on: loss, copies, delay, jitter, frames held back.
    pub fn set_weather(&self, network: usize, weather: Weather) {
        if let Some(switch) = self.fabric.switch() {
            switch.set_weather(network, weather);
        }
    }

    fn set_open(&self, network: usize, from: usize, to: usize, open: bool) {
        if let Some(switch) = self.fabric.switch() {
            switch.set_open(network, from, to, open);
        }
    }

    fn set_both(&self, network: usize, host: usize, open: bool) {
        for other in (0..self.hosts()).filter(|other| *other != host) {
            self.set_open(network, host, other, open);
            self.set_open(network, other, host, open);
        }
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        self.hosts.clear();
        let _ = fs::remove_dir_all(&self.disks);
    }
}

/// A host's name, as its `uname -n` says.
#[must_use]
pub fn host_name(host: usize) -> String {
    format!("n{}", host + 1)
}
