//! What the log says, compared with the reference's, and log files that are opened again, as after log rotation.

use crate::daemon::{BINARY, Conf, Daemon, READY};
use crate::machine::{alone, skipped};
use nix::sys::signal::Signal;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A tool of the reference, as distributions install it.
const CFGTOOL: &str = "/usr/sbin/corosync-cfgtool";
/// The reference's daemon.
const REFERENCE: &str = "/usr/sbin/corosync";
const FOLDER: &str = "/run/logs";
const LOG: &str = "/run/logs/log";

/// Asks for it; what the tool says.
fn reopen() -> String {
    let output = Command::new(CFGTOOL).env_remove("LD_LIBRARY_PATH").arg("-L").output().expect("the tool runs");
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

/// The lines of a start and an end, without those that name what was built in, and those of libknet, which the
/// reference drives in its own way.
fn lines(daemon: &str) -> Vec<String> {
    let mut daemon = Daemon::start(Command::new(daemon).env_remove("LD_LIBRARY_PATH").arg("-f"));
    daemon.wait_for(READY);
    let outcome = daemon.stop(Signal::SIGTERM);
    let differs = |line: &&str| line.contains("built-in features") || line.contains("[KNET  ]");
    outcome.output.lines().filter(|line| !differs(line)).map(str::to_owned).collect()
}

#[test]
fn in_the_reference_s_order() {
    alone("logs::in_the_reference_s_order", || {
        Conf { logging: "timestamp: off", ..Conf::default() }.write();
        let ours = lines(BINARY);
        assert!(ours.len() > 30, "{ours:#?}");
        if !Path::new(REFERENCE).exists() {
            return skipped("logs::in_the_reference_s_order", &format!("{REFERENCE} is not installed"));
        }
        fs::remove_file("/var/lib/corosync/ringid_1").expect("removed");
        let theirs = lines(REFERENCE);
        if theirs.first() != ours.first() {
            return skipped("logs::in_the_reference_s_order", &format!("{REFERENCE} is not version 3.1.7"));
        }
        assert_eq!(ours, theirs);
    });
}

#[test]
fn opened_again() {
    alone("logs::opened_again", || {
        if !Path::new(CFGTOOL).exists() {
            return skipped("logs::opened_again", &format!("{CFGTOOL} is not installed"));
        }
        fs::create_dir(FOLDER).expect("a folder");
        Conf { logging: "to_logfile: yes\n logfile: /run/logs/log", ..Conf::default() }.write();
        let daemon = Daemon::serving();
        fs::rename(LOG, "/run/logs/old").expect("moved");
        assert_eq!(reopen(), "");
        assert!(fs::read(LOG).is_ok_and(|log| log.is_empty()), "no new file");

        // the words of the reference's daemon in the same places
        fs::rename(LOG, "/run/logs/old").expect("moved");
        fs::create_dir(LOG).expect("a folder in its place");
        assert_eq!(reopen(), "Could not reopen corosync logging files. Error CS_ERR_LIBRARY");
        fs::rename(FOLDER, "/run/gone").expect("moved");
        assert_eq!(reopen(), "Could not reopen corosync logging files. Error CS_ERR_NOT_EXIST");

        let outcome = daemon.stop(Signal::SIGTERM);
        outcome.assert("logs", 0, "warning [QB    ] Unable to reopen log file /run/logs/log: Is a directory (21)");
        let old = fs::read_to_string("/run/gone/old").expect("the old file");
        assert!(old.contains("Unable to reopen log file /run/logs/log: No such file or directory (2)"), "{old}");
        assert!(old.contains("exiting normally"), "the old file goes on: {old}");
    });
}
