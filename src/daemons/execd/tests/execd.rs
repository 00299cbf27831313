//! The daemon on a virtual host, and the same session with Debian's: a client in the host prints all that it hears.
//! Skipped, and said so, without root or where Debian's packages are missing.

mod peer;

use peer::{Peer, crowd, session, units};
use std::fs;
use std::path::Path;
use testkit::host::{Host, Outcome};
use testkit::pacemaker::{Running, shell};

const OURS: &str = env!("CARGO_BIN_EXE_pacemaker-execd");
const REFERENCE: &str = "/usr/lib/pacemaker/pacemaker-execd";
const AGENTS: &str = "/usr/lib/ocf/resource.d";
const SCRIPTS: &str = "/etc/init.d";
const AGENT: &str = include_str!("agent.sh");
/// Set where this program is to be the client.
const CLIENT: &str = "SYSTOLE_TEST_CLIENT";
/// Set where this program is to be systemd: the file for what it is asked.
const SYSTEMD: &str = "SYSTOLE_TEST_SYSTEMD";
/// Set where the client is to say this of the watchdog.
const WATCHDOG: &str = "SYSTOLE_TEST_WATCHDOG";
const BUS: &str = "/usr/bin/dbus-daemon";
const CALLS: &str = "/run/calls";
/// Good and bad agents, and what they wait at.
const PREPARE: &str = "set -e
cd /usr/lib/ocf/resource.d/test
chmod 755 Agent; cp Agent Plain; chmod 644 Plain; cp Agent Other; cp Agent AGENT
mkdir Folder
printf '#!/no/such/interpreter\\n' >Interpreter; chmod 755 Interpreter
printf 'exit 9\\n' >Bare; chmod 755 Bare
printf '\\177ELF nonsense' >Binary; chmod 755 Binary
cp Agent /etc/init.d/script; cp Plain /etc/init.d/plain
printf '#!/bin/sh\n. /run/state/plugin\n' >/run/plugin; chmod 755 /run/plugin
mkdir -p /var/lib/pacemaker/lrm/secrets/r; cd /var/lib/pacemaker/lrm/secrets/r
for name in good bad; do printf 'a secret \\n' >$name; printf 'a secret' | md5sum | cut -c1-32 >$name.sign; done
echo of another >bad
mkdir -m 755 /run/state; mkfifo /run/state/gate /run/state/begun /run/state/told; chmod 666 /run/state/told
printf '#!/bin/sh\n(id; env | grep -e CRM_ -e OCF_ | sort; pwd; umask; echo $#; exit 0) >/run/state/told\nexit 3\n' >/run/alert
chmod 755 /run/alert";

fn host(test: &str) -> Option<Host> {
    let host = testkit::pacemaker::host(test, &[REFERENCE], &[AGENTS, SCRIPTS])?;
    fs::create_dir(host.path(&format!("{AGENTS}/test"))).expect("a folder of the host");
    host.write(&format!("{AGENTS}/test/Agent"), AGENT).expect("a file of the host");
    let made = shell(&host, PREPARE);
    assert!(made.success(), "{made:?}");
    Some(host)
}

/// Starts a daemon and waits until it serves.
fn start(host: &Host, program: &str) -> Running {
    // to a file: nobody reads a pipe while the session lasts
    let settings = [
        "-u",
        "PCMK_logfacility",
        "PCMK_stderr=no",
        "PCMK_logfile=/run/log",
        "PCMK_debug=yes",
        "NOTIFY_SOCKET=/run/no",
        // where a test may put some
        "LD_LIBRARY_PATH=/run/libraries",
        program,
    ];
    let mut daemon = Running::start(host, "env", &settings);
    daemon.await_socket(host, "lrmd");
    daemon
}

/// What a client says on a host.
fn client_on(host: &Host, part: &str) -> String {
    let this = std::env::current_exe().expect("this program");
    let mut client = host.command("timeout");
    client.arg("300").arg(this).args(["--exact", "the_client", "--nocapture"]).env(CLIENT, part);
    let outcome = Outcome::of(&client.output().expect("nsenter runs"));
    assert!(outcome.success(), "{}\n{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}

/// The other end of the comparison, which runs on the host.
#[test]
fn the_client() {
    match std::env::var(CLIENT).as_deref() {
        Ok("session") => session::run(),
        Ok("units") => units::run(),
        Ok("watchdog") => Peer::sign_on("one").check_watchdog(&std::env::var(WATCHDOG).expect("a value")),
        Ok(_) => crowd::run(),
        Err(_) => {}
    }
}

fn compare(our_words: &str, their_words: &str) {
    for (ours, theirs) in our_words.lines().zip(their_words.lines()) {
        if !ours.starts_with("test result") {
            assert_eq!(ours, theirs);
        }
    }
    assert!(our_words.lines().count() > 100, "{our_words}");
    assert_eq!(our_words.lines().count(), their_words.lines().count());
}

#[test]
fn a_client_hears_the_same_from_debian_s_daemon_on_our_libcrmservice() {
    let (Some(one), Some(other)) = (host("the library"), host("the library")) else { return };
    let library = testkit::library::built("crmservice", 28);
    std::os::unix::fs::symlink(&library.0, one.path("/run/libraries")).expect("a link of the host");
    let (mut ours, mut theirs) = (start(&one, REFERENCE), start(&other, REFERENCE));
    let mapped = shell(&one, "cat /proc/$(pgrep -f '[/]usr/lib/pacemaker/pacemaker-execd$')/maps").stdout;
    assert!(mapped.contains("/libcrmservice.so\n") && !mapped.contains("/libcrmservice.so.28."), "{mapped}");
    compare(&client_on(&one, "session"), &client_on(&other, "session"));
    assert!(ours.runs() && theirs.runs());
    let end = ours.terminate(&one, "pacemaker-execd");
    assert_eq!(end.status, "exit 0", "{end:?}");
}

#[test]
fn a_client_hears_the_same_from_both_daemons() {
    let (Some(one), Some(other)) = (host("the session"), host("the session")) else { return };
    let (mut ours, mut theirs) = (start(&one, OURS), start(&other, REFERENCE));
    let (our_words, their_words) = (client_on(&one, "session"), client_on(&other, "session"));
    compare(&our_words, &their_words);
    assert!(ours.runs() && theirs.runs());
    let end = ours.terminate(&one, "pacemaker-execd");
    assert_eq!(end.status, "exit 0", "{end:?}");
    assert_eq!(shell(&one, "ls /dev/shm").stdout, "");
}

#[test]
fn nonsense_crowds_and_deaths_leave_the_daemon_as_it_was() {
    let Some(host) = host("the crowd") else { return };
    let mut daemon = start(&host, OURS);
    let said = client_on(&host, "crowd");
    assert!(said.contains("crowd: all told"), "{said}");
    assert!(daemon.runs());
    // the clients are gone; the daemon may take a moment to see it
    let gone = shell(&host, "for each in $(seq 200); do [ -n \"$(ls /dev/shm)\" ] || exit 0; sleep 0.1; done; exit 1");
    assert!(gone.success(), "rings of clients that are gone are removed");
    let end = daemon.terminate(&host, "pacemaker-execd");
    assert_eq!(end.status, "exit 0", "{end:?}");
    // none of what recurred lives on: killed with the daemon, it may take a moment to be gone
    let gone = shell(
        &host,
        "for each in $(seq 200); do pgrep -f '[s]leep 1000' >/dev/null || exit 0; sleep 0.1; done; exit 1",
    );
    assert!(gone.success(), "recurring agents end with the daemon");
}

/// What serves units on a test's host.
#[test]
fn the_systemd() {
    if let Ok(calls) = std::env::var(SYSTEMD) {
        test_systemd::serve(&calls);
    }
}

/// A host with a bus and a small systemd.
fn host_with_units(test: &str) -> Option<(Host, [Running; 2])> {
    if !Path::new(BUS).exists() {
        testkit::library::skipped(&format!("{test}: {BUS} is missing: apt-get install dbus-daemon"));
        return None;
    }
    let host = host(test)?;
    host.write("/run/bus.conf", test_systemd::BUS).expect("a file of the host");
    fs::create_dir(host.path("/run/dbus")).expect("a folder of the host");
    let awaited = |path: &str| {
        let seen =
            shell(&host, &format!("for each in $(seq 400); do [ -e {path} ] && exit 0; sleep 0.05; done; exit 1"));
        assert!(seen.success(), "no {path}");
    };
    let bus = Running::start(&host, BUS, &["--config-file=/run/bus.conf", "--nofork", "--nopidfile"]);
    awaited("/run/dbus/system_bus_socket");
    let this = std::env::current_exe().expect("this program").display().to_string();
    let asked = format!("{SYSTEMD}={CALLS}");
    let systemd = Running::start(&host, "env", &[&asked, &this, "--exact", "the_systemd", "--nocapture"]);
    awaited(test_systemd::IS_UP);
    Some((host, [bus, systemd]))
}

/// What systemd was asked, each question once, and the overrides that are left.
const LEFT: &str =
    "sort -u /run/calls; cd /run/systemd/system; for each in *.d/*; do echo \"$each\"; cat \"$each\"; done";

#[test]
fn a_client_hears_the_same_of_units_from_both_daemons() {
    let (Some((one, _one)), Some((other, _other))) = (host_with_units("units"), host_with_units("units")) else {
        return;
    };
    let (mut ours, mut theirs) = (start(&one, OURS), start(&other, REFERENCE));
    let (our_words, their_words) = std::thread::scope(|scope| {
        let ours = scope.spawn(|| client_on(&one, "units"));
        let theirs = client_on(&other, "units");
        (ours.join().expect("no panic"), theirs)
    });
    compare(&our_words, &their_words);
    assert_eq!(shell(&one, LEFT).stdout, shell(&other, LEFT).stdout);
    assert!(ours.runs() && theirs.runs());
}

/// How a daemon ends, or that it doesn't, that is told of a watchdog's time, with sbd's own and with sbd or without.
fn told_of_watchdog(host: &Host, program: &str, value: &str, sbd: &str, runs: bool) -> String {
    let sbd = format!("SBD_WATCHDOG_TIMEOUT={sbd}");
    let mut daemon = Running::start(host, "env", &["PCMK_logfacility=none", "PCMK_logfile=/run/log", &sbd, program]);
    daemon.await_socket(host, "lrmd");
    let mut other = runs.then(|| Running::start(host, "/run/sbd", &["1000"]));
    assert!(other.as_mut().is_none_or(Running::runs));
    let this = std::env::current_exe().expect("this program");
    let mut client = host.command("timeout");
    client
        .arg("300")
        .arg(this)
        .args(["--exact", "the_client", "--nocapture"])
        .env(CLIENT, "watchdog")
        .env(WATCHDOG, value);
    let outcome = Outcome::of(&client.output().expect("nsenter runs"));
    assert!(outcome.success(), "{}\n{}", outcome.stdout, outcome.stderr);
    // it answers no more, or it answers: the client waits for either
    if !outcome.stdout.contains("one is served") {
        return daemon.end().status;
    }
    let end = daemon.terminate(host, "pacemaker-execd");
    assert_eq!(end.status, "exit 0", "{end:?}");
    "goes on".to_owned()
}

#[test]
fn a_host_with_a_watchdog_that_is_too_late_runs_nothing() {
    let Some(host) = host("the watchdog") else { return };
    let made = shell(&host, "cp /usr/bin/sleep /run/sbd");
    assert!(made.success(), "{made:?}");
    for (value, sbd, runs, expected) in [
        ("0", "5", false, "goes on"),
        ("-1", "", false, "goes on"),
        ("10s", "5", false, "exit 100"),
        ("-1", "5", false, "exit 100"),
        ("10s", "5", true, "goes on"),
        ("3", "5", true, "exit 100"),
    ] {
        for program in [OURS, REFERENCE] {
            let case = format!("{program}: {value} {sbd} {runs}");
            assert_eq!(told_of_watchdog(&host, program, value, sbd, runs), expected, "{case}");
        }
    }
}
