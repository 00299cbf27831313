//! A virtual host: namespaces of its own for network, mounts, processes and IPC, where a daemon can run as it
//! would on a machine, with nothing of this machine touched. Made with util-linux's `unshare` and `nsenter`; without
//! root a user namespace is added, where the kernel allows it.

use nix::{sys::signal::Signal, unistd::Pid};
use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader, Read},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// Folders that a host has for itself, empty at the start.
const PRIVATE: [&str; 5] = ["/dev/shm", "/run", "/etc/corosync", "/var/lib/corosync", "/var/log/corosync"];

/// What the host's process 1 does: its name, the private folders, the loopback device, then reaping orphans for ever.
/// Folders of its disk get the owners and modes of this machine's.
const INIT: &str = "set -e
hostname $NAME
for folder in $PRIVATE $KEPT; do
  [ -d $folder ] || { echo \"$folder is missing: install the package that has it\" >&2; exit 1; }
done
for folder in $KEPT; do
  find $folder -type d | while read each; do
    [ -d \"$DISK$each\" ] || { mkdir -p \"$DISK$each\"; chown --reference=$each \"$DISK$each\"; chmod --reference=$each \"$DISK$each\"; }
  done
  mount --bind \"$DISK$folder\" $folder
done
for folder in $PRIVATE; do mount -t tmpfs -o mode=755 tmpfs $folder; done
chmod 1777 /dev/shm
mkdir -p /etc/corosync/uidgid.d /run/lock
ip link set lo up
echo ready
while :; do sleep 3600 & wait $!; done";

/// Seconds between a program's SIGTERM and SIGKILL when it takes too long.
const GRACE: &str = "2";

/// A running virtual host. Dropping it ends every process in it.
#[derive(Debug)]
pub struct Host {
    init: Child,
    pid: u32,
    user_namespace: bool,
}

/// How a program ended and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `exit 0`, `signal 9`, ...
    pub status: String,
    /// Standard output, invalid UTF-8 replaced.
    pub stdout: String,
    /// Standard error, likewise.
    pub stderr: String,
}

impl Outcome {
    /// Of a process that ended.
    #[must_use]
    pub fn of(output: &Output) -> Outcome {
        Outcome {
            status: describe(output.status),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Whether it exited with 0.
    #[must_use]
    pub fn success(&self) -> bool {
        self.status == "exit 0"
    }
}

impl Host {
    /// Starts a host whose folders are all gone with it. The error says what is missing.
    pub fn start() -> io::Result<Host> {
        Host::boot("alone", &PRIVATE, None)
    }

    /// Starts a host called `name`. Its `volatile` folders are empty, those of `disk` are kept below the path given.
    pub fn boot(name: &str, volatile: &[&str], disk: Option<(&Path, &[&str])>) -> io::Result<Host> {
        let user_namespace = !is_root()?;
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "--mount-proc"]);
        if user_namespace {
            command.args(["--user", "--map-root-user"]);
        }
        command.args(["sh", "-c", INIT]).env("NAME", name).env("PRIVATE", volatile.join(" "));
        if let Some((path, folders)) = disk {
            command.env("DISK", path).env("KEPT", folders.join(" "));
        }
        let mut init = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        match await_ready(&mut init) {
            Ok(pid) => Ok(Host { init, pid, user_namespace }),
            Err(error) => {
                let _ = init.kill();
                let _ = init.wait();
                Err(error)
            }
        }
    }

    /// The pid of its first process, as seen from this machine.
    pub(crate) fn pid(&self) -> u32 {
        self.pid
    }

    /// Its network namespace.
    pub fn network(&self) -> io::Result<OwnedFd> {
        fs::File::open(format!("/proc/{}/ns/net", self.pid)).map(OwnedFd::from)
    }

    /// Where a path of the host is seen from outside.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        Path::new(&format!("/proc/{}/root", self.pid)).join(path.trim_start_matches('/'))
    }

    /// Writes a file into the host.
    pub fn write(&self, path: &str, text: &str) -> io::Result<()> {
        fs::write(self.path(path), text)
    }

    /// A command that runs `program` in the host, with standard input empty.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(self.pid.to_string());
        if self.user_namespace {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.args(["--mount", "--net", "--pid", "--ipc", "--uts", "--"]).arg(program).stdin(Stdio::null());
        command
    }

    /// Runs a program to its end, `seconds` at most, with our or the reference's libraries (`None`).
    pub fn run(&self, libraries: Option<&Path>, seconds: u32, program: &[&OsStr]) -> io::Result<Outcome> {
        let mut command = self.command("timeout");
        command.args(["-k", GRACE, &seconds.to_string(), "env"]);
        if let Some(folder) = libraries {
            let mut setting = std::ffi::OsString::from("LD_LIBRARY_PATH=");
            setting.push(folder);
            command.arg(setting);
        }
        Ok(Outcome::of(&command.args(program).output()?))
    }

    /// Names of the abstract sockets that somebody listens on.
    pub fn listening(&self) -> io::Result<Vec<String>> {
        let table = fs::read_to_string(format!("/proc/{}/net/unix", self.pid))?;
        let names = table.lines().filter_map(|line| line.split_whitespace().nth(7)?.strip_prefix('@'));
        Ok(names.map(|name| name.trim_end_matches('@').to_owned()).collect())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Process 1 takes everything in its namespace along; unshare ends when all of that is gone.
        let _ = nix::sys::signal::kill(Pid::from_raw(self.pid.cast_signed()), Signal::SIGKILL);
        let _ = self.init.wait();
    }
}

fn is_root() -> io::Result<bool> {
    let status = fs::read_to_string("/proc/self/status")?;
    Ok(status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0")))
}

/// Process 1's pid as seen from here, once it is ready.
fn await_ready(init: &mut Child) -> io::Result<u32> {
    let mut line = String::new();
    if let Some(stdout) = &mut init.stdout {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    if line != "ready\n" {
        let mut words = String::new();
        if let Some(stderr) = &mut init.stderr {
            stderr.read_to_string(&mut words)?;
        }
        return Err(io::Error::other(format!("no virtual host: {}", words.trim())));
    }
    let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", init.id()))?;
    let first = children.split_whitespace().next().and_then(|pid| pid.parse().ok());
    first.ok_or_else(|| io::Error::other("the virtual host's first process is gone"))
}

fn describe(status: std::process::ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => "unknown".to_owned(),
    }
}
