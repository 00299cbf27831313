//! The daemon on a virtual host, with Debian's unmodified tools; and the same session on Debian's daemon. Skipped, and
//! said so, without root or where Debian's packages are missing.

mod disk;
mod power_loss;

use std::fs;
use std::process::Stdio;
use std::time::Instant;
use testkit::host::Host;
use testkit::pacemaker::{self, LOOK, PATIENCE, Running, shell};

const OURS: &str = env!("CARGO_BIN_EXE_pacemaker-based");
const REFERENCE: &str = "/usr/lib/pacemaker/pacemaker-based";
const COROSYNC: &str = "/usr/sbin/corosync";
const CIB: &str = "/var/lib/pacemaker/cib";
/// A CIB of a schema that is not the newest.
const START: &str = "<cib crm_feature_set=\"3.16.1\" validate-with=\"pacemaker-3.0\" epoch=\"1\" num_updates=\"0\" admin_epoch=\"0\">\
<configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>";
const SESSION: &str = include_str!("session.sh");
/// A client that decides from now on, as the controller of a cluster makes its daemon do.
const PRIMARY: &str = include_str!("primary.py");
/// A client that is told of changes.
const SUBSCRIBER: &str = include_str!("subscriber.py");

/// A host with the folders of pacemaker; `None` where there can't be one.
fn host(test: &str, more: &[&str]) -> Option<Host> {
    let needed = ["/usr/sbin/cibadmin", "/usr/sbin/crm_attribute", COROSYNC, REFERENCE];
    pacemaker::host(test, &[&needed, more].concat(), &[])
}

/// Starts our daemon and waits until it serves.
fn ours(host: &Host) -> Running {
    let mut daemon = Running::start(host, OURS, &["--stand-alone", "--disk-writes"]);
    daemon.await_socket(host, "cib_shm");
    daemon
}

fn put(host: &Host, name: &str, content: &str) {
    let path = format!("{CIB}/{name}");
    host.write(&path, content).expect("a file of the host");
    assert!(shell(host, &format!("chown hacluster:haclient {path}; chmod 600 {path}")).success());
}

fn read(host: &Host, name: &str) -> String {
    fs::read_to_string(host.path(&format!("{CIB}/{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Takes out what differs between any two runs: times, and the host's name, which is another without a cluster.
fn normal(text: &str) -> String {
    let mut text = text.to_owned();
    for name in ["cib-last-written=\"", "update-origin=\""] {
        let mut from = 0;
        while let Some(found) = text[from..].find(name) {
            let start = from + found + name.len();
            let end = text[start..].find('"').map_or(text.len(), |length| start + length);
            text.replace_range(start..end, "");
            from = start;
        }
    }
    text
}

/// What the session prints.
fn session(host: &Host) -> String {
    for (name, program) in [("primary.py", PRIMARY), ("subscriber.py", SUBSCRIBER)] {
        assert!(shell(host, "mkdir -p /run/session").success());
        host.write(&format!("/run/session/{name}"), program).expect("a file of the host");
    }
    let primary = shell(host, "python3 /run/session/primary.py");
    assert!(primary.success(), "{primary:?}");
    normal(&shell(host, &format!("exec 2>&1\n{SESSION}")).stdout)
}

/// Waits until a file of the host has a text.
fn await_text(host: &Host, path: &str, text: &str) {
    let until = Instant::now() + PATIENCE;
    let content = || fs::read_to_string(host.path(path)).unwrap_or_default();
    while !content().contains(text) {
        assert!(Instant::now() < until, "{path} has no {text}: {}", content());
        std::thread::sleep(LOOK);
    }
}

/// The CIB on disk once it is the last one of the session, which empties it.
fn left(host: &Host) -> String {
    await_text(host, &format!("{CIB}/cib.xml"), "admin_epoch=\"2\"");
    normal(&read(host, "cib.xml"))
}

/// A cluster of one host, which decides nothing without one: corosync, and a CIB manager in it.
fn in_cluster(host: &Host, manager: &str) -> (Running, Running) {
    let corosync = pacemaker::corosync(host, COROSYNC).expect("corosync");
    (corosync, pacemaker::cib_manager(host, manager, Stdio::piped()).expect("a CIB manager"))
}

#[test]
fn debian_s_tools_get_and_leave_the_same_on_both_daemons() {
    let (Some(one), Some(other)) = (host("the session", &[]), host("the session", &[])) else { return };
    put(&one, "cib.xml", START);
    put(&other, "cib.xml", START);
    let mut daemon = ours(&one);
    let _reference = in_cluster(&other, REFERENCE);
    let (our_words, their_words) = (session(&one), session(&other));
    for (ours, theirs) in our_words.lines().zip(their_words.lines()) {
        assert_eq!(ours, theirs, "ours:\n{our_words}\nthe reference's:\n{their_words}");
    }
    assert_eq!(our_words, their_words);
    assert!(our_words.lines().count() > 200, "{our_words}");
    assert_eq!(left(&one), left(&other));
    assert!(daemon.runs());
    let end = daemon.terminate(&one, "pacemaker-based");
    assert!(end.success(), "{end:?}");
    let leftovers = shell(&one, "ls /dev/shm; ls /var/lib/pacemaker/cib | grep -v -e '^cib-[0-9]*[.]raw' -e '^cib[.]'");
    assert_eq!(leftovers.stdout, "");
    // what one daemon wrote the other takes
    for name in ["cib.xml", "cib.xml.sig"] {
        put(&other, name, &read(&one, name));
    }
    let verified = shell(&other, "CIB_file=/var/lib/pacemaker/cib/cib.xml cibadmin --query --scope resources");
    assert!(verified.success(), "{verified:?}");
}

#[test]
fn debian_s_tools_get_and_leave_the_same_in_a_cluster() {
    let (Some(one), Some(other)) = (host("the cluster", &[]), host("the cluster", &[])) else { return };
    let mut daemons = Vec::new();
    for (host, manager) in [(&one, OURS), (&other, REFERENCE)] {
        put(host, "cib.xml", START);
        daemons.push(in_cluster(host, manager));
    }
    let (our_words, their_words) = (session(&one), session(&other));
    for (ours, theirs) in our_words.lines().zip(their_words.lines()) {
        assert_eq!(ours, theirs, "ours:\n{our_words}\nthe reference's:\n{their_words}");
    }
    assert_eq!(our_words, their_words);
    assert_eq!(left(&one), left(&other));
    let (_corosync, daemon) = daemons.swap_remove(0);
    let end = daemon.terminate(&one, "pacemaker-based");
    assert!(end.success() && end.stderr.contains("Disconnected from Corosync"), "{end:?}");
}

#[test]
fn it_goes_when_corosync_goes_and_says_why_by_its_exit_code() {
    let (Some(one), Some(other)) = (host("the lost cluster", &[]), host("the lost cluster", &[])) else { return };
    for (host, manager) in [(&one, OURS), (&other, REFERENCE)] {
        let (_corosync, daemon) = in_cluster(host, manager);
        assert!(shell(host, "kill -9 $(pidof corosync)").success());
        let end = daemon.end();
        assert_eq!(end.status, "exit 102", "{manager}: {end:?}");
        assert!(end.stderr.contains("Lost connection to cluster layer, shutting down"), "{manager}: {end:?}");
    }
}

#[test]
fn what_was_written_is_served_after_a_restart_and_backups_take_turns() {
    let Some(host) = host("the restart", &[]) else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    let create =
        "cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>'";
    assert!(shell(&host, create).success());
    assert!(daemon.terminate(&host, "pacemaker-based").success());
    assert!(read(&host, "cib.xml").contains("primitive id=\"a\""));
    assert!(normal(&read(&host, "cib-0.raw")).contains("epoch=\"1\""));
    assert_eq!(read(&host, "cib.last"), "2");
    put(&host, "cib.last", "99");
    let daemon = ours(&host);
    assert!(shell(&host, "cibadmin -Q -A \"//primitive[@id='a']\"").success());
    assert!(daemon.terminate(&host, "pacemaker-based").success());
    assert_eq!(read(&host, "cib.last"), "0");
    assert!(read(&host, "cib-99.raw").contains("primitive id=\"a\""));
}

#[test]
fn a_damaged_cib_is_set_aside_and_the_newest_good_backup_served() {
    let Some(host) = host("the damaged CIB", &[]) else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    for id in ["a", "b"] {
        let text = format!(
            "cibadmin -C -o resources -X '<primitive id=\"{id}\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>'; sleep 0.2"
        );
        assert!(shell(&host, &text).success());
    }
    assert!(daemon.terminate(&host, "pacemaker-based").success());
    let newest = format!("cib-{}.raw", read(&host, "cib.last").parse::<u32>().expect("a number") - 1);
    let good = read(&host, &newest);
    assert!(good.contains("id=\"a\"") && !good.contains("id=\"b\""), "{newest}: {good}");
    for damage in ["<cib", "<cib epoch=\"77\"/>"] {
        put(&host, "cib.xml", damage);
        let daemon = ours(&host);
        let seen = shell(&host, "cibadmin -Q -o resources").stdout;
        let end = daemon.terminate(&host, "pacemaker-based");
        assert!(end.success(), "{end:?}");
        assert!(seen.contains("id=\"a\"") && !seen.contains("id=\"b\""), "{damage}: {seen} {end:?}");
        assert!(end.stderr.contains("Archiving unusable file /var/lib/pacemaker/cib/cib.xml as"), "{}", end.stderr);
        assert!(end.stderr.contains("Continuing with last valid configuration archive:"), "{}", end.stderr);
        assert!(shell(&host, &format!("grep -qF '{damage}' {CIB}/cib.auto.*")).success());
        assert!(read(&host, "cib.xml").contains("id=\"a\""), "it is written again");
    }
}

#[test]
fn an_edited_file_is_not_overwritten() {
    let Some(host) = host("the edited file", &[]) else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    assert!(shell(&host, "cibadmin -Q; sleep 0.3").success());
    let edited = read(&host, "cib.xml").replace("admin_epoch=\"0\"", "admin_epoch=\"5\"");
    put(&host, "cib.xml", &edited);
    let create =
        "cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>'";
    assert!(shell(&host, create).success());
    assert!(shell(&host, "cibadmin -Q -A \"//primitive[@id='a']\"").success(), "it is served on");
    let end = daemon.terminate(&host, "pacemaker-based");
    assert!(end.stderr.contains("cib.xml was manually modified while the cluster was active!"), "{}", end.stderr);
    assert!(end.stderr.contains("Disabling CIB disk writes after failure"), "{}", end.stderr);
    assert_eq!(read(&host, "cib.xml"), edited);
}

#[test]
fn a_start_that_cannot_be_says_so_by_its_exit_code() {
    let Some(host) = host("the exit codes", &[]) else { return };
    let ended = |arguments: &[&str]| Running::start(&host, OURS, arguments).end();
    let usage = ended(&["--no-such-option"]);
    assert_eq!(usage.status, "exit 64", "{usage:?}");
    let alone = ended(&[]);
    assert_eq!(alone.status, "exit 100", "{alone:?}");
    assert!(alone.stderr.contains("Cannot sign in to the cluster... terminating"), "{alone:?}");
    let forbidden = ended(&["-s", "-r", "/root"]);
    assert_eq!(forbidden.status, "exit 100", "{forbidden:?}");
    assert!(forbidden.stderr.contains("ERROR: Bad permissions on /root"), "{forbidden:?}");
    assert!(shell(&host, &format!("mkdir {CIB}/cib.xml")).success());
    assert_eq!(ended(&["-s"]).status, "exit 66");
    assert!(shell(&host, &format!("rmdir {CIB}/cib.xml")).success());
    let _first = ours(&host);
    let second = ended(&["-s"]);
    assert_eq!(second.status, "exit 0", "{second:?}");
    assert!(second.stderr.contains("pacemaker-based is already active, aborting startup"), "{second:?}");
}

/// Connects, says so, and stays until the host ends; the sizes of the files with replies, the largest last.
const BUFFERS: &str = "set -e
sleeps='exec(open(\"/run/primary.py\").read()); import time; print(\"on\", flush=True); time.sleep(600)'
mkfifo /run/on-$0
python3 -c \"$sleeps\" 2> /dev/null > /run/on-$0 &
read on < /run/on-$0
stat -c %s /dev/shm/qb-*/qb-response-cib_*-data | sort -n | tail -1";

#[test]
fn clients_of_a_large_cib_have_buffers_for_it() {
    let Some(host) = host("buffers", &[]) else { return };
    host.write("/run/primary.py", PRIMARY).expect("a file of the host");
    let resource =
        |number: usize| format!("<primitive id=\"r{number}\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>");
    let resources: String = (0..12_000).map(resource).collect();
    put(&host, "cib.xml", &START.replace("<resources/>", &format!("<resources>{resources}</resources>")));
    let mut daemon = ours(&host);
    let largest = |name: &str| -> usize {
        let told = shell(&host, &BUFFERS.replace("$0", name));
        told.stdout.trim().parse().unwrap_or_else(|_| panic!("{told:?}"))
    };
    let before = largest("before");
    let first = shell(&host, "cibadmin --query");
    let after = largest("after");
    assert!(after > before, "{before}, {after}");
    // packed and not
    assert_eq!(first.stdout, shell(&host, "cibadmin --query").stdout);
    assert!(daemon.runs());
}
