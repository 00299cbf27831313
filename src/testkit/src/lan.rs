//! Virtual hosts on one or more networks, and what may happen to them: links cut and healed, one way or both, bad
//! weather, power loss.
//!
//! Hosts and networks are counted from 0. Host `h` is called `n{h+1}`; on network `n` it has the device `e{n}` with
//! [`address`] and [`address6`]. Networks are a [`Switch`] of this process: no packet leaves it. Needs root, TAP
//! devices, iproute2 and util-linux: [`missing`] says what isn't there.

use crate::{host::Host, switch::Switch, weather::Weather};
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    net::{Ipv4Addr, Ipv6Addr, UdpSocket},
    path::{Path, PathBuf},
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
    let attempt = || Lan::start(1, 1, 0, &std::env::temp_dir().join(format!("lan-probe-{}", std::process::id())));
    attempt().err().map(|error| error.to_string())
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
    switch: Switch,
    disks: PathBuf,
}

impl Lan {
    /// Starts that many hosts and networks. `seed` decides what the weather does, `disks` is a folder for this one
    /// lan that is made and removed again.
    pub fn start(hosts: usize, networks: usize, seed: u64, disks: &Path) -> io::Result<Lan> {
        let hosts: Vec<usize> = (0..hosts).collect();
        let switch = Switch::start(networks, seed)?;
        let mut lan = Lan { hosts: hosts.iter().map(|_| None).collect(), networks, switch, disks: disks.to_owned() };
        hosts.into_iter().try_for_each(|host| lan.power_on(host, Disk::Wiped))?;
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
        (0..self.networks).for_each(|network| self.switch.unplug(network, host));
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
        let name = format!("e{network}");
        self.switch.plug(network, index, Tap::create(host.network()?, &name)?)?;
        let hardware = format!("02:00:00:00:{:02x}:{:02x}", octet(network), octet(index + 1));
        let addresses = [format!("{}/24", address(index, network)), format!("{}/64", address6(index, network))];
        let script = "set -e
          ip link set $0 address $1; ip addr add $2 brd + dev $0; ip link set $0 txqueuelen $4; ip link set $0 up
          [ ! -d /proc/sys/net/ipv6 ] || ip addr add $3 dev $0 nodad";
        let queue = QUEUE.to_string();
        let words = ["sh", "-c", script, &name, &hardware, &addresses[0], &addresses[1], &queue].map(OsStr::new);
        let outcome = host.run(None, PATIENCE, &words)?;
        if outcome.success() { Ok(()) } else { Err(io::Error::other(format!("{name}: {}", outcome.stderr.trim()))) }
    }

    /// Stops what goes from a host to another one on a network, one way only.
    pub fn cut_way(&self, network: usize, from: usize, to: usize) {
        self.switch.set_open(network, from, to, false);
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
                    self.switch.set_open(network, host, other, false);
                    self.switch.set_open(network, other, host, false);
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
        self.switch.set_weather(network, weather);
    }

    fn set_both(&self, network: usize, host: usize, open: bool) {
        for other in (0..self.hosts()).filter(|other| *other != host) {
            self.switch.set_open(network, host, other, open);
            self.switch.set_open(network, other, host, open);
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
