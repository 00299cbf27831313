//! Starts that succeed, and their ends.

use crate::daemon::{BINARY, Conf, Daemon, PID_FILE, READY, names, send, wait_until};
use crate::machine::{alone, skipped};
use nix::sys::signal::Signal;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// A tool of the reference, as distributions install it.
const CMAPCTL: &str = "/usr/sbin/corosync-cmapctl";

/// A tool that uses the installed client libraries, not those cargo may have built beside the test.
fn cmapctl() -> Command {
    let mut command = Command::new(CMAPCTL);
    command.env_remove("LD_LIBRARY_PATH");
    command
}

#[test]
fn signals() {
    alone("life::signals", || {
        Conf::default().write();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT] {
            let daemon = Daemon::serving();
            assert!(Path::new(PID_FILE).exists(), "{signal}: no pid file while it runs");
            let outcome = daemon.stop(signal);
            outcome.assert(signal.as_str(), 0, "Node was shut down by a signal");
            outcome.assert(signal.as_str(), 0, "Corosync Cluster Engine exiting normally");
            assert_eq!(names("/dev/shm"), [""; 0], "{signal}");
            assert!(!Path::new(PID_FILE).exists(), "{signal}: a pid file is left");
        }
    });
}

#[test]
fn stale_pid_file() {
    alone("life::stale_pid_file", || {
        Conf::default().write();
        std::fs::write(PID_FILE, "999999\n").expect("a stale pid file");
        let daemon = Daemon::serving();
        let pid = std::fs::read_to_string(PID_FILE).expect("a pid file");
        assert_eq!(pid.trim(), daemon.pid().to_string());
        daemon.stop(Signal::SIGTERM).assert("stale", 0, "exiting normally");
    });
}

#[test]
fn background() {
    alone("life::background", || {
        Conf { logging: "to_logfile: yes\n logfile: /run/log", ..Conf::default() }.write();
        let notify = UnixDatagram::bind("/run/notify").expect("a socket");
        notify.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let parent = Daemon::start(Command::new(BINARY).env("NOTIFY_SOCKET", "/run/notify"));
        let parent_pid = parent.pid();
        parent.end().assert("the parent", 0, "");

        let mut datagram = [0; 256];
        let length = notify.recv(&mut datagram).expect("a notification");
        let ready = String::from_utf8_lossy(&datagram[..length]).into_owned();
        assert!(ready.lines().any(|line| line == "READY=1"), "{ready:?}");

        let pid: u32 = std::fs::read_to_string(PID_FILE).expect("a pid file").trim().parse().expect("a pid");
        assert_ne!(pid, parent_pid);
        let link = |name: &str| std::fs::read_link(format!("/proc/{pid}/{name}")).expect("a link of the child");
        assert_eq!(link("exe"), Path::new(BINARY).canonicalize().expect("its path"));
        assert_eq!(link("cwd"), Path::new("/var/lib/corosync"));
        for fd in ["fd/0", "fd/1", "fd/2"] {
            assert_eq!(link(fd), Path::new("/dev/null"), "{fd}");
        }
        let log = || std::fs::read_to_string("/run/log").unwrap_or_default();
        wait_until(READY, || log().contains(READY));
        send(pid, Signal::SIGTERM);
        wait_until("the last line", || log().contains("Corosync Cluster Engine exiting normally"));
        wait_until("the end of the pid file", || !Path::new(PID_FILE).exists());
        assert_eq!(names("/dev/shm"), [""; 0]);
    });
}

#[test]
fn notification_in_the_foreground() {
    alone("life::notification_in_the_foreground", || {
        Conf::default().write();
        let notify = UnixDatagram::bind("/run/notify").expect("a socket");
        notify.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let daemon = Daemon::start(Command::new(BINARY).arg("-f").env("NOTIFY_SOCKET", "/run/notify"));
        let mut datagram = [0; 256];
        let length = notify.recv(&mut datagram).expect("a notification");
        assert_eq!(&datagram[..length], b"READY=1");
        daemon.stop(Signal::SIGTERM).assert("notified", 0, "exiting normally");
    });
}

/// Reads a key through the reference's library, then looks at what a tracking client of it has in /dev/shm.
fn serves_reference(system: &'static str) -> Vec<String> {
    Conf { system, ..Conf::default() }.write();
    let daemon = Daemon::serving();
    let output = cmapctl().args(["-g", "totem.cluster_name"]).output().expect("the tool runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(said.trim(), "totem.cluster_name (str) = alone", "{}", String::from_utf8_lossy(&output.stderr));

    let mut tracking = cmapctl();
    tracking.args(["-t", "test.key"]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut tracking = tracking.spawn().expect("the tool runs");
    wait_until("a connection", || !names("/dev/shm").is_empty());
    std::thread::sleep(Duration::from_millis(200));
    let files = names("/dev/shm").iter().flat_map(|directory| names(&format!("/dev/shm/{directory}"))).collect();
    tracking.kill().expect("the tool runs until killed");
    tracking.wait().expect("its end");
    wait_until("the end of its files", || names("/dev/shm").is_empty());
    daemon.stop(Signal::SIGTERM).assert("served", 0, "exiting normally");
    files
}

#[test]
fn transports_of_clients() {
    alone("life::transports_of_clients", || {
        if !Path::new(CMAPCTL).exists() {
            return skipped("life::transports_of_clients", "corosync-cmapctl is not installed");
        }
        let rings = |files: &[String]| files.iter().any(|name| name.contains("request"));
        let shared = serves_reference("");
        assert!(rings(&shared), "{shared:?}");
        let socket = serves_reference("qb_ipc_type: socket");
        assert!(!socket.is_empty() && !rings(&socket), "{socket:?}");
    });
}
