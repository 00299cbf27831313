//! Clients from other hosts on our daemon and on Debian's: good ones get the same messages, bad ones are sent away by both,
//! with the same words in the log. Skipped, and said so, without root or where Debian's packages are missing.

use std::process::Stdio;
use testkit::pacemaker::{self, shell};

const OURS: &str = env!("CARGO_BIN_EXE_pacemaker-based");
const REFERENCE: &str = "/usr/lib/pacemaker/pacemaker-based";
const COROSYNC: &str = "/usr/sbin/corosync";
const CLIENTS: &str = include_str!("remote.py");
/// What both say of good and bad clients.
const SAID: [&str; 10] = [
    "Starting TLS listener on port 1235",
    "Starting plain-text listener on port 1234",
    "Remote CIB client connection accepted",
    "Wrong tag: a",
    "Wrong operation: register",
    "missing auth credentials",
    "Authentication failed for hacluster: Authentication failure (7)",
    "PAM auth failed",
    "No user named 'no-such-user' exists!",
    "User is not a member of the required group",
];

/// What the clients print, and what the manager says of them; `None` where there can be none.
fn run(manager: &str, more: &str) -> Option<(String, String)> {
    let needed = ["/usr/sbin/cibadmin", "/usr/bin/python3", COROSYNC, REFERENCE];
    let host = pacemaker::host("remote clients", &needed, &[])?;
    pacemaker::let_in(&host).expect("a CIB with ports");
    host.write("/run/remote.py", CLIENTS).expect("a file of the host");
    let _runs_with_the_host = pacemaker::corosync(&host, COROSYNC).expect("corosync");
    let log = std::fs::File::create(host.path("/run/said")).expect("a file of the host");
    let mut daemon = pacemaker::cib_manager(&host, manager, Stdio::from(log)).expect("a CIB manager");
    pacemaker::await_changes(&host).expect("it makes changes");
    let printed = shell(&host, &format!("python3 /run/remote.py {more} 2>&1"));
    let said = std::fs::read_to_string(host.path("/run/said")).expect("a log");
    assert!(printed.success() && daemon.runs(), "{printed:?} {said}");
    Some((printed.stdout, said))
}

#[test]
fn good_clients_get_the_same_messages_and_bad_ones_are_sent_away() {
    let Some((theirs, their_words)) = run(REFERENCE, "") else { return };
    let Some((ours, our_words)) = run(OURS, "") else { return };
    testkit::library::assert_same_lines(&theirs, &ours);
    assert!(theirs.lines().count() > 40, "{theirs}");
    for text in SAID {
        assert!(their_words.contains(text), "{text}: {their_words}");
        assert_eq!(our_words.matches(text).count(), their_words.matches(text).count(), "{text}: {our_words}");
    }
    for password in ["secret", "guessed"] {
        assert!(!our_words.contains(password), "{our_words}");
    }
}

#[test]
fn claimed_lengths_and_many_silent_clients_hold_nobody_up_and_leave_nothing_behind() {
    let Some((ours, words)) = run(OURS, "more") else { return };
    assert!(ours.contains("late <cib_result ") && ours.ends_with("silent {'closed'}\nall gone\n"), "{ours}");
    assert!(words.contains("the header claims 1073741864 bytes"), "{words}");
    assert!(words.contains("Remote client authentication timed out"), "{words}");
}
