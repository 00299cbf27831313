//! Starts that are refused.

use crate::daemon::{BINARY, CONF, Conf, Daemon, PID_FILE, run, wait_until};
use crate::machine::{alone, mount};
use nix::sys::signal::Signal;
use std::net::UdpSocket;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt;
use std::process::Command;

const NOBODY: u32 = 65534;

#[test]
fn second_start() {
    alone("refused::second_start", || {
        Conf { logging: "to_logfile: yes\n logfile: /run/log", ..Conf::default() }.write();
        let first = Daemon::serving();
        run(&["-f"]).assert("in the foreground", 18, "Another Corosync instance is already running.");
        // As with the reference, the parent is gone before the lock is asked for; only the log tells.
        std::fs::write("/run/log", "").expect("the log, emptied");
        run(&[]).assert("in the background", 0, "");
        let log = || std::fs::read_to_string("/run/log").unwrap_or_default();
        wait_until("the end of the second", || log().contains("exiting with status 18"));
        assert!(log().contains("Another Corosync instance is already running."), "{}", log());
        assert_eq!(std::fs::read_to_string(PID_FILE).expect("a pid file").trim(), first.pid().to_string());
        first.stop(Signal::SIGTERM).assert("the first", 0, "exiting normally");
    });
}

/// A file's text, the exit code of `-t`, what is said.
type Case = (&'static str, String, i32, &'static str);

#[test]
fn configuration_file() {
    let with_totem = |totem| Conf { totem, ..Conf::default() }.text();
    let with_system = |system| Conf { system, ..Conf::default() }.text();
    let cases: [Case; 10] = [
        ("good", Conf::default().text(), 0, "Corosync Cluster Engine exiting normally"),
        ("unknown key", with_totem("nonsense: 1"), 0, "Corosync Cluster Engine exiting normally"),
        ("unknown section", with_totem("nonsense {\n}"), 0, "Corosync Cluster Engine exiting normally"),
        (
            "half a line",
            "totem {\n version: 2\n cluster_na".to_owned(),
            8,
            "corosync.conf:3: Line is not opening or closing section or key value",
        ),
        ("half a section", "totem {\n version: 2\n".to_owned(), 8, "corosync.conf:2: Missing closing brace"),
        ("empty", String::new(), 8, "No interfaces defined"),
        (
            "bad number",
            with_totem("token: abc"),
            8,
            "corosync.conf:3: Value of key \"totem.token\" is expected to be integer in range (0..4294967295), \
             but \"abc\" was given",
        ),
        ("bad cipher", with_totem("crypto_cipher: x"), 8, "corosync.conf:3: Invalid cipher type."),
        ("bad scheduler", with_system("sched_rr: maybe"), 8, "corosync.conf:25: Invalid system.sched_rr value"),
        ("bad priority", with_system("priority: foo"), 8, "Priority value foo is invalid"),
    ];
    alone("refused::configuration_file", || {
        for (what, text, code, message) in &cases {
            std::fs::write(CONF, text).expect("a configuration file");
            run(&["-t"]).assert(what, *code, message);
            if *code != 0 {
                run(&["-f"]).assert(what, *code, message);
            }
        }
    });
}

#[test]
fn configuration_file_that_cannot_be_read() {
    alone("refused::configuration_file_that_cannot_be_read", || {
        for flag in ["-f", "-t"] {
            let missing = "Can't read file /etc/corosync/corosync.conf: No such file or directory";
            run(&[flag]).assert("missing", 8, missing);
            run(&[flag, "-c", "/etc/corosync"]).assert(
                "a directory",
                8,
                "Can't read file /etc/corosync: Is a directory",
            );
        }
        Conf::default().write();
        std::fs::set_permissions(CONF, PermissionsExt::from_mode(0o600)).expect("a mode");
        // The build directory may be closed to others.
        let binary = "/run/corosync-for-all";
        std::fs::copy(BINARY, binary).expect("a copy of the daemon");
        let outcome = Daemon::start(Command::new(binary).arg("-f").uid(NOBODY).gid(NOBODY)).end();
        outcome.assert("by nobody", 8, "Can't read file /etc/corosync/corosync.conf: Permission denied");
    });
}

#[test]
fn state_directory() {
    alone("refused::state_directory", || {
        Conf { system: "state_dir: /nonexistent", ..Conf::default() }.write();
        let missing = "Cannot chdir to state directory /nonexistent. No such file or directory";
        run(&["-f"]).assert("missing", 16, missing);
        run(&["-t"]).assert("missing, tested", 16, missing);

        Conf::default().write();
        let message = "ringid file '/var/lib/corosync/ringid_1'";
        mount(&["-o", "remount,ro", "/var/lib/corosync"]);
        run(&["-f"]).assert("read-only", 21, message);
        mount(&["-o", "remount,rw", "/var/lib/corosync"]);
        std::fs::create_dir("/var/lib/corosync/ringid_1").expect("a directory in the file's place");
        run(&["-f"]).assert("no file", 21, message);
        mount(&["-t", "tmpfs", "-o", "size=4k", "full", "/var/lib/corosync"]);
        std::fs::write("/var/lib/corosync/fill", [0; 4096]).expect("the only page");
        run(&["-f"]).assert("full", 21, message);
    });
}

#[test]
fn state_directory_that_turns_read_only() {
    alone("refused::state_directory_that_turns_read_only", || {
        Conf::default().write();
        Daemon::serving().stop(Signal::SIGTERM).assert("writable", 0, "exiting normally");
        mount(&["-o", "remount,ro", "/var/lib/corosync"]);
        run(&["-f"]).assert("read-only", 21, "Corosync Cluster Engine exiting with status 21");
    });
}

#[test]
fn run_directory() {
    alone("refused::run_directory", || {
        Conf::default().write();
        mount(&["-o", "remount,ro", "/run"]);
        run(&["-f"]).assert("read-only", 17, "Corosync Executive couldn't create lock file.");
    });
}

#[test]
fn log_file() {
    alone("refused::log_file", || {
        Conf { logging: "to_logfile: yes\n logfile: /nonexistent/x", ..Conf::default() }.write();
        let message =
            "parse error in config: Can't open logfile '/nonexistent/x' for reason: No such file or directory";
        run(&["-f"]).assert("missing directory", 7, message);
        run(&["-t"]).assert("missing directory, tested", 7, message);
        Conf { logging: "to_logfile: yes\n logfile: /etc", ..Conf::default() }.write();
        run(&["-f"]).assert("directory", 7, "Can't open logfile '/etc' for reason: Is a directory");
    });
}

#[test]
fn udpu_port_in_use() {
    alone("refused::udpu_port_in_use", || {
        Conf { totem: "transport: udpu", ..Conf::default() }.write();
        let taken = UdpSocket::bind("127.0.0.1:5405").expect("the port");
        run(&["-f"]).assert("taken", 15, "Can't initialize TOTEM layer");
        drop(taken);
        Daemon::serving().stop(Signal::SIGTERM).assert("free", 0, "exiting normally");
    });
}

#[test]
fn service_socket_in_use() {
    alone("refused::service_socket_in_use", || {
        Conf::default().write();
        for name in ["cmap", "cfg", "cpg", "quorum", "votequorum"] {
            // The name as the clients' library writes it: it fills the whole address.
            let mut full = [0; 107];
            full[..name.len()].copy_from_slice(name.as_bytes());
            let address = SocketAddr::from_abstract_name(full).expect("an address");
            let _taken = UnixListener::bind_addr(&address).expect("the name");
            let outcome = run(&["-f"]);
            outcome.assert(name, 20, &format!("Could not bind AF_UNIX ({name}): Address already in use"));
            outcome.assert(name, 20, "failed to load for reason 'qb_ipcs_run error'");
        }
    });
}

#[test]
fn arguments() {
    // Needs no namespaces: these end before anything is opened.
    let cases: [(&[&str], i32, &str); 4] = [
        (&["-x"], 1, "invalid option -- 'x'"),
        (&["-x"], 1, "-f     : Start application in foreground."),
        (&["-c"], 1, "option requires an argument -- 'c'"),
        (&["-v"], 0, "Corosync Cluster Engine, version '3.1.7'"),
    ];
    for (arguments, code, message) in cases {
        let output = Command::new(BINARY).args(arguments).output().expect("the daemon runs");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(message), "{arguments:?}: {message:?} is missing in {said}");
    }
}
