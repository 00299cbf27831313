//! Flight data as libqb's own reader prints it.

use crate::daemon::{Conf, Daemon, names, wait_until};
use crate::machine::{alone, skipped};
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

/// Tools of the reference and of libqb, as distributions install them.
const CMAPCTL: &str = "/usr/sbin/corosync-cmapctl";
const READER: &str = "/usr/sbin/qb-blackbox";
const STATE_DIR: &str = "/var/lib/corosync";
const NEWEST: &str = "/var/lib/corosync/fdata";

fn set(key: &str, text: &str) {
    let mut command = Command::new(CMAPCTL);
    let status = command.env_remove("LD_LIBRARY_PATH").args(["-s", key, "str", text]).status();
    assert!(status.is_ok_and(|status| status.success()), "{key} = {text}");
}

/// The lines of the newest flight data: level, subsystem and text.
fn read() -> Vec<[String; 3]> {
    let output = Command::new(READER).arg(NEWEST).output().expect("the tool runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let records = said.lines().skip_while(|line| !line.contains("used [")).skip(1);
    let parsed = records.map(|line| {
        let mut words = line.splitn(2, ": ");
        let before: Vec<&str> = words.next().unwrap_or_default().split_whitespace().collect();
        let [level, _, _, _, place] = before[..] else { panic!("{line:?} in:\n{said}") };
        let subsystem = place.split_once("(0):").unwrap_or_else(|| panic!("{line:?}")).0;
        [level, subsystem, words.next().unwrap_or_default()].map(str::to_owned)
    });
    parsed.collect()
}

/// Checks what the link points to and forgets it.
fn forget(pid: u32) {
    let file = std::fs::read_link(NEWEST).expect("a link");
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(file.starts_with(STATE_DIR) && name.starts_with("fdata-2") && name.ends_with(&format!("-{pid}")), "{name}");
    assert_eq!(name.len(), "fdata-2026-11-23T03:43:17-".len() + pid.to_string().len(), "{name}");
    let mode = file.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    std::fs::remove_file(file).expect("removed");
    std::fs::remove_file(NEWEST).expect("removed");
}

/// Removes what was stored.
fn forget_all() {
    for name in names(STATE_DIR).iter().filter(|name| name.starts_with("fdata")) {
        std::fs::remove_file(format!("{STATE_DIR}/{name}")).expect("removed");
    }
}

#[test]
fn stored_on_demand_and_in_a_crash() {
    alone("flight::stored_on_demand_and_in_a_crash", || {
        if let Some(missing) = [CMAPCTL, READER].into_iter().find(|tool| !Path::new(tool).exists()) {
            return skipped("flight::stored_on_demand_and_in_a_crash", &format!("{missing} is not installed"));
        }
        Conf { logging: "timestamp: off", ..Conf::default() }.write();
        let mut daemon = Daemon::serving();
        let pid = daemon.pid();
        assert_eq!(names(STATE_DIR), ["ringid_1"], "nobody asked yet");

        set("runtime.blackbox.dump_flight_data", "1");
        wait_until("the link, which comes last", || Path::new(NEWEST).exists());
        let records = read();
        for line in daemon.output().lines() {
            let (level, rest) = line.split_once('[').expect("a line of the log");
            let (subsystem, text) = rest.split_once("] ").expect("a line of the log");
            let wanted = [level.trim(), subsystem.trim(), text];
            assert!(records.iter().any(|record| *record == wanted), "{line:?} is not in {records:#?}");
        }
        let debug = records.iter().filter(|[level, ..]| level == "debug").count();
        assert!(debug > 10, "levels that are not logged are recorded: {records:#?}");
        forget(pid);

        // settings are taken over a little after they are set
        let mut times = 1;
        let mut ask = || {
            times += 1;
            set("runtime.blackbox.dump_flight_data", &times.to_string());
        };
        set("logging.blackbox", "off");
        wait_until("the end of recording", || {
            ask();
            daemon.output().contains("Can't store blackbox file: No such file or directory (2)")
        });
        forget_all();
        ask();
        assert_eq!(names(STATE_DIR), ["ringid_1"]);

        set("logging.blackbox", "on");
        wait_until("the start of recording", || {
            ask();
            Path::new(NEWEST).exists()
        });
        forget_all();
        set("runtime.force_gather", "yes");
        daemon.wait_for("Forcing into GATHER state");
        assert_eq!(daemon.stop(Signal::SIGABRT).code, None, "it dies of the signal");
        let records = read();
        let wanted = ["error", "MAIN", "Forcing into GATHER state"];
        assert!(records.iter().any(|record| *record == wanted), "{records:#?}");
        forget(pid);
    });
}
