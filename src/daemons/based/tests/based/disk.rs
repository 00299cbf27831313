//! Disks that are full or can't be written: our daemon and Debian's serve on, say the same, and leave the CIB that was there.

use super::{CIB, COROSYNC, OURS, REFERENCE, START, await_text, host, normal, put};
use std::{fs, process::Stdio};
use testkit::pacemaker::{self, shell};

const LOG: &str = "/run/said";
/// A small disk for the CIB's folder.
const OWN: &str = "set -e
user=$(id -u hacluster) group=$(getent group haclient | cut -d: -f3)
mount -t tmpfs -o size=128k,mode=750,uid=$user,gid=$group cib /var/lib/pacemaker/cib";
const GET: &str = "cibadmin --query --xpath '//nvpair[@name=\"value\"]'";
const SET: &str = "crm_attribute --name value --update";
/// What logs have of it.
const TOLD: [&str; 4] = ["Could not", "couldn't", "Couldn't", "Disabling"];

/// Lines of a log about files, without what differs from run to run: who says it, and names and numbers made for a moment.
fn about_files(log: &str) -> Vec<String> {
    let line = |line: &str| {
        let from = TOLD.iter().filter_map(|told| line.find(told)).min()?;
        let word = |word: &str| {
            let temporary = word.starts_with("/var/lib/pacemaker/cib/cib.") && !word.contains("cib.xml");
            if temporary { "cib.XXXXXX".to_owned() } else { word.to_owned() }
        };
        let words: Vec<String> = line[from..].split(' ').map(word).collect();
        // its writer is a process
        let own = words.iter().position(|word| word == "process").map_or(&[][..], |place| &words[place..place + 2]);
        let text = words.join(" ").replace(&own.join(" "), "").replace("  ", " ");
        // ours says why
        Some(text.split(" written to ").next().unwrap_or_default().to_owned())
    };
    let mut lines: Vec<String> = log.lines().filter_map(line).collect();
    // it says some twice
    lines.dedup();
    lines
}

/// Changes a CIB before and after something happens to its disk: what commands print, the CIB on disk and after a new start,
/// and what the log says of files; `None` where there can be no host.
fn session(manager: &str, happens: &str, mended: &str) -> Option<(String, Vec<String>)> {
    let host = host("a disk", &[])?;
    pacemaker::prepare(&host, OWN).expect("a disk of its own");
    put(&host, "cib.xml", START);
    let _corosync = pacemaker::corosync(&host, COROSYNC).expect("corosync");
    let log = fs::File::create(host.path(LOG)).expect("a file of the host");
    let daemon = pacemaker::cib_manager(&host, manager, log.into()).expect("a CIB manager");
    pacemaker::await_changes(&host).expect("it makes changes");
    let mut session = String::new();
    let mut run = |script: &str| {
        let outcome = shell(&host, script);
        session += &normal(&format!("$ {script}\n{}{}{}\n", outcome.stdout, outcome.stderr, outcome.status));
    };
    run(&format!("{SET} 1"));
    await_text(&host, &format!("{CIB}/cib.xml"), "value=\"1\"");
    pacemaker::prepare(&host, happens).expect("it happens");
    run(&format!("{SET} 2"));
    await_text(&host, LOG, "Disabling CIB disk writes");
    pacemaker::prepare(&host, mended).expect("it is mended");
    run(&format!("{SET} 3"));
    run(GET);
    let end = daemon.terminate(&host, "pacemaker-based");
    assert!(end.success(), "{end:?}");
    run(&format!("cd {CIB}; ls | grep -v raw | grep -v '^cib[.]......$'; cat cib.xml"));
    let log = fs::read_to_string(host.path(LOG)).expect("a log");
    let _daemon = pacemaker::cib_manager(&host, manager, Stdio::null()).expect("it starts again");
    pacemaker::await_changes(&host).expect("it makes changes");
    run(GET);
    Some((session, about_files(&log)))
}

fn compare(happens: &str, mended: &str) {
    let Some(theirs) = session(REFERENCE, happens, mended) else { return };
    let ours = session(OURS, happens, mended).expect("a host, as before");
    assert!(theirs.0.matches("value=\"1\"").count() == 2, "{}", theirs.0);
    assert_eq!(theirs.0, ours.0);
    assert_eq!(theirs.1, ours.1);
}

#[test]
fn a_full_disk() {
    compare(&format!("! cat /dev/zero >{CIB}/filler 2>/dev/null"), &format!("rm {CIB}/filler"));
}

#[test]
fn a_disk_that_is_read_only() {
    compare(&format!("mount -o remount,ro {CIB}"), &format!("mount -o remount,rw {CIB}"));
}
