//! One of pacemaker's daemons, the reference's or ours, on a virtual host with pacemaker's folders.

use crate::host::{Host, Outcome};
use std::{
    fs,
    io::{Write, stderr},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Folders that a host has for itself.
const VOLATILE: [&str; 7] = [
    "/dev/shm",
    "/run",
    "/etc/corosync",
    "/var/lib/corosync",
    "/var/log/corosync",
    "/var/lib/pacemaker",
    "/var/log/pacemaker",
];
/// What packages and systemd make on a real host.
const FOLDERS: &str = "set -e
for folder in cib cores pengine blackbox; do
  install -d -o hacluster -g haclient -m 750 /var/lib/pacemaker/$folder
done
install -d -o hacluster -g haclient -m 750 /run/crm
chown hacluster:haclient /var/log/pacemaker";
/// How long a daemon may take until it serves.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Between two looks at what is waited for.
pub const LOOK: Duration = Duration::from_millis(20);

/// Says that a test can't be here.
fn skip(test: &str, why: &str) {
    // what a test prints is shown only when it fails
    let _nobody_reads = writeln!(stderr(), "skipped: {test}: {why}");
}

/// A host with the folders of pacemaker, and more that are empty; `None`, and said so, where there can't be one or files
/// that are needed are missing.
#[must_use]
pub fn host(test: &str, needed: &[&str], more: &[&str]) -> Option<Host> {
    let needed = ["/var/lib/pacemaker"].iter().chain(needed).chain(more);
    let missing: Vec<&str> = needed.copied().filter(|path| !Path::new(path).exists()).collect();
    let root = fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    if !root {
        skip(test, "needs root");
        return None;
    }
    if !missing.is_empty() {
        skip(test, &format!("{} is missing: apt-get install pacemaker crmsh", missing.join(", ")));
        return None;
    }
    let host = match Host::boot("n1", &[&VOLATILE, more].concat(), None) {
        Ok(host) => host,
        Err(error) => {
            skip(test, &error.to_string());
            return None;
        }
    };
    let made = shell(&host, FOLDERS);
    assert!(made.success(), "{made:?}");
    Some(host)
}

/// Runs a script on a host.
///
/// # Panics
/// There is no shell.
#[must_use]
pub fn shell(host: &Host, script: &str) -> Outcome {
    Outcome::of(&host.command("sh").args(["-c", script]).output().expect("nsenter runs"))
}

/// A daemon on a host; ended with the host.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts it; what it logs goes to its standard error.
    ///
    /// # Panics
    /// It can't be started.
    #[must_use]
    pub fn start(host: &Host, program: &str, arguments: &[&str]) -> Running {
        let mut command = host.command(program);
        command.args(arguments).env("PCMK_stderr", "yes").env("PCMK_logfacility", "none");
        Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("nsenter runs"))
    }

    /// Waits until it serves a socket.
    ///
    /// # Panics
    /// It ends, or takes too long.
    pub fn await_socket(&mut self, host: &Host, name: &str) {
        let until = Instant::now() + PATIENCE;
        while !host.listening().expect("the socket table").iter().any(|socket| socket == name) {
            assert!(self.runs(), "the daemon ended");
            assert!(Instant::now() < until, "{name} is not served");
            thread::sleep(LOOK);
        }
    }

    /// Whether it runs.
    pub fn runs(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }

    /// Ends it by SIGTERM; `name` is what its process is called.
    ///
    /// # Panics
    /// There is no such process.
    #[must_use]
    pub fn terminate(self, host: &Host, name: &str) -> Outcome {
        let killed = shell(host, &format!("kill $(pidof {name})"));
        assert!(killed.success(), "{killed:?}");
        self.end()
    }

    /// What it said, and how it ended.
    ///
    /// # Panics
    /// It can't be waited for.
    #[must_use]
    pub fn end(self) -> Outcome {
        Outcome::of(&self.0.wait_with_output().expect("it ends"))
    }
}
