//! A cluster of one virtual host with a CIB manager, and the program that calls functions of libcib there.

use crate::common::skipped;
use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use testkit::{daemon::Transport, host::Host, library};

const CALLS: &str = include_str!("../calls.c");
pub(crate) const MANAGER: &str = "/usr/lib/pacemaker/pacemaker-based";
pub(crate) const COROSYNC: &str = "/usr/sbin/corosync";
/// How long a daemon may take until it serves.
const PATIENCE: Duration = Duration::from_secs(60);
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
/// Changes are answered once the manager joined its group.
const PRIMARY: &str = "for try in 1 2 3 4 5 6; do timeout 20 cibadmin --bump && exit 0; sleep 0.1; done; exit 1";

/// A script on a host.
pub(crate) fn shell(host: &Host, script: &str) -> Command {
    let mut command = host.command("bash");
    command.args(["-c", script, "bash"]);
    command
}

fn start(host: &Host, words: &[&str]) -> Child {
    let mut command = host.command(words[0]);
    command.args(&words[1..]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("nsenter runs")
}

fn await_socket(host: &Host, name: &str, daemon: &mut Child) {
    let until = Instant::now() + PATIENCE;
    while !host.listening().expect("the socket table").iter().any(|socket| socket == name) {
        assert!(matches!(daemon.try_wait(), Ok(None)), "the daemon ended before it served {name}");
        assert!(Instant::now() < until, "{name} is not served");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A host with a manager, which decides: Debian's, or what is put in its place. A script prepared the host before. `None`
/// where there can't be one.
pub(crate) fn cluster(prepare: &str, instead: Option<&Path>) -> Option<Host> {
    let host = Host::boot("n1", &VOLATILE, None).inspect_err(|error| skipped(&error.to_string())).ok()?;
    assert!(shell(&host, &format!("{FOLDERS}\n{prepare}")).status().expect("nsenter runs").success());
    if let Some(instead) = instead {
        let put = format!("mount --bind '{}' {MANAGER}", instead.display());
        assert!(shell(&host, &put).status().expect("nsenter runs").success());
    }
    let configuration = Transport::Knet.configuration().replace("name: alone", "name: n1");
    host.write("/etc/corosync/corosync.conf", &configuration).expect("a file of the host");
    let uidgid = "uidgid {\n\tuid: hacluster\n\tgid: haclient\n}\n";
    host.write("/etc/corosync/uidgid.d/pacemaker", uidgid).expect("a file of the host");
    await_socket(&host, "cpg", &mut start(&host, &[COROSYNC, "-f"]));
    let as_user = ["setpriv", "--reuid", "hacluster", "--regid", "haclient", "--init-groups"];
    let cluster = ["env", "HA_cluster_type=corosync", "PCMK_logfile=none", "PCMK_logfacility=none", MANAGER];
    await_socket(&host, "cib_shm", &mut start(&host, &[&as_user[..], &cluster[..]].concat()));
    assert!(shell(&host, PRIMARY).stdout(Stdio::null()).status().expect("nsenter runs").success());
    Some(host)
}

/// The program, compiled against Debian's headers.
pub(crate) fn compile(folder: &Path) -> PathBuf {
    library::compile(folder, CALLS, &["libcib.so.27", "libcrmcommon.so.34"])
}
