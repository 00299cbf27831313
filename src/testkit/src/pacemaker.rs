//! One of pacemaker's daemons, the reference's or ours, on a virtual host with pacemaker's folders.

use crate::{
    daemon::Transport,
    host::{Host, Outcome},
};
use std::{
    fs,
    io::{self, Write, stderr},
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
/// A CIB with ports, and a password: the hash of `secret`.
const PORTS: &str = r#"set -e
cibadmin --empty > /run/empty.xml
sed 's/<cib /<cib remote-clear-port="1234" remote-tls-port="1235" /' /run/empty.xml > /var/lib/pacemaker/cib/cib.xml
chown hacluster:haclient /var/lib/pacemaker/cib/cib.xml
chmod 600 /var/lib/pacemaker/cib/cib.xml
cp -p /etc/shadow /run/shadow
sed -i '/^hacluster:/d' /run/shadow
hash='$6$systole$FlNCakoeh9.z2BEtFUySpqCf7Pin1UfTCCJeTB71QW3jB7jAagNnYT8cORGtVQa3AJYhFZgsPvURmHOy4Mf2T1'
echo "hacluster:$hash:19000:0:99999:7:::" >> /run/shadow
mount --bind /run/shadow /etc/shadow
"#;
/// Runs what follows as the cluster's user.
pub const AS_CLUSTER_USER: [&str; 6] = ["setpriv", "--reuid", "hacluster", "--regid", "haclient", "--init-groups"];
/// Runs what follows as one of the cluster's daemons.
pub const IN_CLUSTER: [&str; 3] = ["env", "HA_cluster_type=corosync", "PCMK_logfile=none"];
/// How long a daemon may take until it serves.
pub const PATIENCE: Duration = Duration::from_secs(60);
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
    boot(more).inspect_err(|error| skip(test, &error.to_string())).ok()
}

/// A host called `n1` with the folders of pacemaker, and more that are empty.
pub fn boot(more: &[&str]) -> io::Result<Host> {
    let host = Host::boot("n1", &[&VOLATILE, more].concat(), None)?;
    prepare(&host, FOLDERS)?;
    Ok(host)
}

/// Runs a script on a host that everything after needs.
pub fn prepare(host: &Host, script: &str) -> io::Result<()> {
    let made = shell(host, script);
    if made.success() { Ok(()) } else { Err(io::Error::other(format!("{made:?}"))) }
}

/// Lets the cluster's user use corosync, as pacemakerd would.
pub fn allow(host: &Host) -> io::Result<()> {
    host.write("/etc/corosync/uidgid.d/pacemaker", "uidgid {\n\tuid: hacluster\n\tgid: haclient\n}\n")
}

/// Has a host's corosync, which is its whole cluster.
pub fn corosync(host: &Host, program: &str) -> io::Result<Running> {
    let configuration = Transport::Knet.configuration().replace("name: alone", "name: n1");
    host.write("/etc/corosync/corosync.conf", &configuration)?;
    allow(host)?;
    let mut corosync = Running::spawn(host, program, &["-f"], Stdio::null())?;
    corosync.serves(host, "cpg")?;
    Ok(corosync)
}

/// Starts a CIB manager in a host's cluster and waits until it serves. What it logs goes to `said`.
pub fn cib_manager(host: &Host, program: &str, said: Stdio) -> io::Result<Running> {
    let words = [&AS_CLUSTER_USER[1..], &IN_CLUSTER, &[program]].concat();
    let mut manager = Running::spawn(host, AS_CLUSTER_USER[0], &words, said)?;
    manager.serves(host, "cib_shm")?;
    Ok(manager)
}

/// Starts an executor and waits until it serves.
pub fn executor(host: &Host, program: &str) -> io::Result<Running> {
    let settings = ["PCMK_stderr=no", "PCMK_logfile=/run/log", "NOTIFY_SOCKET=/run/no", program];
    let mut executor = Running::spawn(host, "env", &settings, Stdio::null())?;
    executor.serves(host, "lrmd")?;
    Ok(executor)
}

/// Has the host's next CIB manager listen at port 1234, and with TLS at 1235, where `hacluster` logs in with `secret`: a
/// manager that isn't root can check only its own user's password.
pub fn let_in(host: &Host) -> io::Result<()> {
    prepare(host, PORTS)
}

/// Puts a program in the place of one of Debian's.
pub fn replace(host: &Host, old: &str, new: &Path) -> io::Result<()> {
    prepare(host, &format!("mount --bind '{}' {old}", new.display()))
}

/// Waits until the CIB manager makes changes: once it joined its group.
pub fn await_changes(host: &Host) -> io::Result<()> {
    prepare(
        host,
        "for try in 1 2 3 4 5 6; do timeout 20 cibadmin --bump >/dev/null 2>&1 && exit 0; sleep 0.1; done; exit 1",
    )
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
        Running::spawn(host, program, arguments, Stdio::piped()).expect("nsenter runs")
    }

    /// The same with another place for what it logs: nobody reads a pipe while a long session lasts.
    pub fn spawn(host: &Host, program: &str, arguments: &[&str], said: Stdio) -> io::Result<Running> {
        let mut command = host.command(program);
        command.args(arguments).env("PCMK_stderr", "yes").env("PCMK_logfacility", "none");
        Ok(Running(command.stdout(Stdio::null()).stderr(said).spawn()?))
    }

    /// Waits until it serves a socket.
    ///
    /// # Panics
    /// It ends, or takes too long.
    pub fn await_socket(&mut self, host: &Host, name: &str) {
        self.serves(host, name).expect("it serves");
    }

    /// Waits until it serves a socket; an error if it ends, or takes too long.
    pub fn serves(&mut self, host: &Host, name: &str) -> io::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !host.listening()?.iter().any(|socket| socket == name) {
            if !self.runs() {
                return Err(io::Error::other(format!("the daemon ended before it served {name}")));
            }
            if Instant::now() > until {
                return Err(io::Error::other(format!("{name} is not served after {PATIENCE:?}")));
            }
            thread::sleep(LOOK);
        }
        Ok(())
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
