//! The daemon on a virtual host, with Debian's unmodified tools; and the same session on Debian's daemon. Skipped, and
//! said so, without root or where Debian's packages are missing.

use std::fs;
use std::io::{Write, stderr};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use testkit::host::{Host, Outcome};

const OURS: &str = env!("CARGO_BIN_EXE_pacemaker-based");
const REFERENCE: &str = "/usr/lib/pacemaker/pacemaker-based";
const COROSYNC: &str = "/usr/sbin/corosync";
const CIB: &str = "/var/lib/pacemaker/cib";
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
/// How long a daemon may take until it serves, and to end.
const PATIENCE: Duration = Duration::from_secs(20);
/// A CIB that no schema has a say in.
const START: &str = "<cib crm_feature_set=\"3.16.1\" validate-with=\"none\" epoch=\"1\" num_updates=\"0\" admin_epoch=\"0\">\
<configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>";
const SESSION: &str = include_str!("session.sh");

fn say(line: &str) {
    writeln!(stderr(), "{line}").expect("stderr is open");
}

/// A host with the folders of pacemaker; `None` where there can't be one.
fn host(test: &str) -> Option<Host> {
    let needed = ["/var/lib/pacemaker", "/usr/sbin/cibadmin", "/usr/sbin/crm_attribute", COROSYNC, REFERENCE];
    let missing: Vec<&str> = needed.into_iter().filter(|path| !Path::new(path).exists()).collect();
    let root = fs::metadata("/proc/self").is_ok_and(|process| std::os::unix::fs::MetadataExt::uid(&process) == 0);
    if !missing.is_empty() || !root {
        let why = if root {
            format!("{} is missing: apt-get install pacemaker crmsh", missing.join(", "))
        } else {
            "needs root".to_owned()
        };
        say(&format!("skipped: {test}: {why}"));
        return None;
    }
    let host = match Host::boot("n1", &VOLATILE, None) {
        Ok(host) => host,
        Err(error) => {
            say(&format!("skipped: {test}: {error}"));
            return None;
        }
    };
    let made = shell(&host, FOLDERS);
    assert!(made.success(), "{made:?}");
    Some(host)
}

fn shell(host: &Host, script: &str) -> Outcome {
    Outcome::of(&host.command("sh").args(["-c", script]).output().expect("nsenter runs"))
}

/// A daemon on a host; ended with the host.
struct Running(Child);

impl Running {
    fn start(host: &Host, program: &str, arguments: &[&str]) -> Running {
        let mut command = host.command(program);
        command.args(arguments).env("PCMK_stderr", "yes").env("PCMK_logfacility", "none");
        Running(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("nsenter runs"))
    }

    /// What it said, and how it ended.
    fn end(self) -> Outcome {
        Outcome::of(&self.0.wait_with_output().expect("it ends"))
    }
}

fn await_socket(host: &Host, name: &str, daemon: &mut Running) {
    let until = Instant::now() + PATIENCE;
    while !host.listening().expect("the socket table").iter().any(|socket| socket == name) {
        assert!(matches!(daemon.0.try_wait(), Ok(None)), "the daemon ended");
        assert!(Instant::now() < until, "{name} is not served");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts our daemon and waits until it serves.
fn ours(host: &Host) -> Running {
    let mut daemon = Running::start(host, OURS, &["--stand-alone", "--disk-writes"]);
    await_socket(host, "cib_shm", &mut daemon);
    daemon
}

/// Ends a daemon by SIGTERM.
fn terminate(host: &Host, name: &str, daemon: Running) -> Outcome {
    let killed = shell(host, &format!("kill $(pidof {name})"));
    assert!(killed.success(), "{killed:?}");
    daemon.end()
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
    normal(&shell(host, &format!("exec 2>&1\n{SESSION}")).stdout)
}

/// The CIB on disk once it is the last one of the session, which empties it.
fn left(host: &Host) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let text = normal(&read(host, "cib.xml"));
        if text.contains("admin_epoch=\"1\"") || Instant::now() > until {
            return text;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The reference carries out no change without a cluster: it gets one of a single host.
fn reference(host: &Host) -> (Running, Running) {
    let configuration = testkit::daemon::Transport::Knet.configuration().replace("name: alone", "name: n1");
    host.write("/etc/corosync/corosync.conf", &configuration).expect("a file of the host");
    let uidgid = "uidgid {\n\tuid: hacluster\n\tgid: haclient\n}\n";
    host.write("/etc/corosync/uidgid.d/pacemaker", uidgid).expect("a file of the host");
    let mut corosync = Running::start(host, COROSYNC, &["-f"]);
    await_socket(host, "cpg", &mut corosync);
    let as_user = ["--reuid", "hacluster", "--regid", "haclient", "--init-groups"];
    let cluster = ["env", "HA_cluster_type=corosync", "PCMK_logfile=none", REFERENCE];
    let mut daemon = Running::start(host, "setpriv", &[&as_user[..], &cluster[..]].concat());
    await_socket(host, "cib_shm", &mut daemon);
    (corosync, daemon)
}

#[test]
fn debian_s_tools_get_and_leave_the_same_on_both_daemons() {
    let (Some(one), Some(other)) = (host("the session"), host("the session")) else { return };
    put(&one, "cib.xml", START);
    put(&other, "cib.xml", START);
    let mut daemon = ours(&one);
    let _reference = reference(&other);
    let (our_words, their_words) = (session(&one), session(&other));
    for (ours, theirs) in our_words.lines().zip(their_words.lines()) {
        assert_eq!(ours, theirs, "ours:\n{our_words}\nthe reference's:\n{their_words}");
    }
    assert_eq!(our_words, their_words);
    assert!(our_words.lines().count() > 200, "{our_words}");
    assert_eq!(left(&one), left(&other));
    assert!(matches!(daemon.0.try_wait(), Ok(None)));
    let end = terminate(&one, "pacemaker-based", daemon);
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
fn what_was_written_is_served_after_a_restart_and_backups_take_turns() {
    let Some(host) = host("the restart") else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    let create = "cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" type=\"Dummy\"/>'";
    assert!(shell(&host, create).success());
    assert!(terminate(&host, "pacemaker-based", daemon).success());
    assert!(read(&host, "cib.xml").contains("primitive id=\"a\""));
    assert!(normal(&read(&host, "cib-0.raw")).contains("epoch=\"1\""));
    assert_eq!(read(&host, "cib.last"), "2");
    put(&host, "cib.last", "99");
    let daemon = ours(&host);
    assert!(shell(&host, "cibadmin -Q -A \"//primitive[@id='a']\"").success());
    assert!(terminate(&host, "pacemaker-based", daemon).success());
    assert_eq!(read(&host, "cib.last"), "0");
    assert!(read(&host, "cib-99.raw").contains("primitive id=\"a\""));
}

#[test]
fn a_damaged_cib_is_set_aside_and_the_newest_good_backup_served() {
    let Some(host) = host("the damaged CIB") else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    for id in ["a", "b"] {
        let text =
            format!("cibadmin -C -o resources -X '<primitive id=\"{id}\" class=\"ocf\" type=\"Dummy\"/>'; sleep 0.2");
        assert!(shell(&host, &text).success());
    }
    assert!(terminate(&host, "pacemaker-based", daemon).success());
    let newest = format!("cib-{}.raw", read(&host, "cib.last").parse::<u32>().expect("a number") - 1);
    let good = read(&host, &newest);
    assert!(good.contains("id=\"a\"") && !good.contains("id=\"b\""), "{newest}: {good}");
    for damage in ["<cib", "<cib epoch=\"77\"/>"] {
        put(&host, "cib.xml", damage);
        let daemon = ours(&host);
        let seen = shell(&host, "cibadmin -Q -o resources").stdout;
        let end = terminate(&host, "pacemaker-based", daemon);
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
    let Some(host) = host("the edited file") else { return };
    put(&host, "cib.xml", START);
    let daemon = ours(&host);
    assert!(shell(&host, "cibadmin -Q; sleep 0.3").success());
    let edited = read(&host, "cib.xml").replace("admin_epoch=\"0\"", "admin_epoch=\"5\"");
    put(&host, "cib.xml", &edited);
    let create = "cibadmin -C -o resources -X '<primitive id=\"a\" class=\"ocf\" type=\"Dummy\"/>'";
    assert!(shell(&host, create).success());
    assert!(shell(&host, "cibadmin -Q -A \"//primitive[@id='a']\"").success(), "it is served on");
    let end = terminate(&host, "pacemaker-based", daemon);
    assert!(end.stderr.contains("cib.xml was manually modified while the cluster was active!"), "{}", end.stderr);
    assert!(end.stderr.contains("Disabling CIB disk writes after failure"), "{}", end.stderr);
    assert_eq!(read(&host, "cib.xml"), edited);
}

#[test]
fn a_start_that_cannot_be_says_so_by_its_exit_code() {
    let Some(host) = host("the exit codes") else { return };
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
