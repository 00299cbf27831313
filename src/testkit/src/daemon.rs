//! A corosync daemon, the reference's or ours, on a virtual host of its own.

use crate::host::Host;
use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

/// How long a daemon may take until it serves and is quorate.
const START: Duration = Duration::from_secs(20);

/// Sockets that a ready daemon listens on.
const SERVICES: [&str; 5] = ["cfg", "cmap", "cpg", "quorum", "votequorum"];

/// Lines of log shown when a daemon does not start.
const LOG_TAIL: usize = 15;

/// The network below the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// kronosnet.
    Knet,
    /// Plain UDP, each peer addressed.
    Udpu,
}

impl Transport {
    /// The name in corosync.conf.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Transport::Knet => "knet",
            Transport::Udpu => "udpu",
        }
    }

    /// A corosync.conf for one host with node id 1.
    #[must_use]
    pub fn configuration(self) -> String {
        format!(
            "totem {{\n\tversion: 2\n\tcluster_name: alone\n\ttransport: {}\n}}\n\
             nodelist {{\n\tnode {{\n\t\tname: alone\n\t\tnodeid: 1\n\t\tring0_addr: 127.0.0.1\n\t}}\n}}\n\
             quorum {{\n\tprovider: corosync_votequorum\n}}\n\
             logging {{\n\tto_stderr: yes\n\tto_syslog: no\n\ttimestamp: on\n}}\n\
             system {{\n\tallow_knet_handle_fallback: yes\n}}\n",
            self.name()
        )
    }
}

/// A daemon and its host. Dropping it ends both.
#[derive(Debug)]
pub struct Daemon {
    /// The host; programs run there too.
    pub host: Host,
    process: Child,
    log: PathBuf,
}

impl Daemon {
    /// Starts `program -f` with `libraries` on a fresh host with the configuration, and waits until it serves.
    /// What it says goes to the file `log`.
    pub fn start(program: &Path, libraries: Option<&Path>, configuration: &str, log: &Path) -> io::Result<Daemon> {
        let host = Host::start()?;
        host.write("/etc/corosync/corosync.conf", configuration)?;
        let output = File::create(log)?;
        let mut command = host.command(program);
        if let Some(folder) = libraries {
            command.env("LD_LIBRARY_PATH", folder);
        }
        let process = command.arg("-f").stdout(output.try_clone()?).stderr(output).spawn()?;
        let mut daemon = Daemon { host, process, log: log.to_owned() };
        daemon.await_service()?;
        Ok(daemon)
    }

    /// Whether it still runs.
    pub fn alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// The daemon's resident memory in KiB, and what of it is locked or huge counts too.
    pub fn resident_kib(&self) -> io::Result<u64> {
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", self.process.id()))?;
        // nsenter forks to enter the process namespace; the daemon is its child.
        let pid = children.split_whitespace().next().ok_or_else(|| io::Error::other("the daemon is gone"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let value = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        value.ok_or_else(|| io::Error::other("no VmRSS"))
    }

    fn await_service(&mut self) -> io::Result<()> {
        let until = Instant::now() + START;
        while !self.serves()? {
            if !self.alive() {
                return Err(io::Error::other(format!("it ended at once:\n{}", self.tail())));
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!("not serving after {START:?}:\n{}", self.tail())));
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// All sockets are there and this one host is quorate, which ends the first membership.
    fn serves(&self) -> io::Result<bool> {
        let sockets = self.host.listening()?;
        if !SERVICES.iter().all(|service| sockets.iter().any(|name| name == service)) {
            return Ok(false);
        }
        let status = ["corosync-quorumtool", "-s"].map(OsStr::new);
        Ok(self.host.run(None, 5, &status)?.success())
    }

    /// The last lines of its log.
    #[must_use]
    pub fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n")
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // The host's end follows and takes the daemon; this one only waits for what it started.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
