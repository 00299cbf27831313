//! Who may connect to which service: the same users on the reference's daemon and ours.

use super::{MESSAGE, SERVICES, Siege, ask, connect};
use crate::daemon::{BINARY, Conf, Daemon, READY};
use crate::machine::{alone, skipped};
use core_cmap::wire as cmap;
use core_types::mar::{MarName, RequestHeader};
use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use sys_qb::Client;
use testkit::rogue::dial;
use zerocopy::IntoBytes;

const TEST: &str = "hostile::users::may_connect";
/// Set where this program runs as the user who tries.
const TRIES: &str = "SYSTOLE_TEST_TRIES";
/// Its value for a user who holds connections, and what that user says then.
const HELD: &str = "held";
/// Debian's daemon.
const REFERENCE: &str = "/usr/sbin/corosync";
/// This program where every user finds it.
const COPY: &str = "/run/tries";

/// Named in uidgid.d: a user and a group.
const NAMED_USER: u32 = 4001;
const NAMED_GROUP: u32 = 4002;
/// Put into the map by a client, as pacemakerd does with its group.
const MAP_GROUP: u32 = 4003;
const NOBODY: u32 = 65534;

/// Who tries: user and group.
const USERS: [(&str, u32, u32); 7] = [
    ("root", 0, 0),
    ("root's group", NOBODY, 0),
    ("uidgid.d user", NAMED_USER, NOBODY),
    ("uidgid.d group", NOBODY, NAMED_GROUP),
    ("group in the map", NOBODY, MAP_GROUP),
    ("the numbers swapped", NAMED_GROUP, NAMED_USER),
    ("nobody", NOBODY, NOBODY),
];

/// A harmless request of each service: an iteration of all keys, or nothing but a header.
const REQUESTS: [(&str, i32); 5] = [("cmap", 4), ("cfg", 6), ("cpg", 4), ("quorum", 0), ("votequorum", 0)];
/// Bytes after the header that are enough for each: the reference doesn't look whether they are there.
const ROOM: usize = 264;

/// One line: what each service said.
fn tries() {
    let said = REQUESTS.map(|(service, request)| match Client::connect(service, MESSAGE) {
        Ok(client) => {
            let mut reply = vec![0; MESSAGE];
            let header = RequestHeader::new(request, size_of::<RequestHeader>() + ROOM);
            let answered = client.call(&[header.as_bytes(), &[0; ROOM]], &mut reply, 2000).is_ok();
            format!("{service} {}", if answered { "serves" } else { "doesn't answer" })
        }
        Err(errno) => format!("{service} {errno:?}"),
    });
    println!("\nsaid: {}", said.join(", "));
}

fn hacluster() -> Option<(u32, u32)> {
    let user = nix::unistd::User::from_name("hacluster").ok()??;
    Some((user.uid.as_raw(), user.gid.as_raw()))
}

/// Keeps as many connections as it can until its input ends.
fn hold() {
    let _whole: Vec<_> = (0..500).map_while(|index| Client::connect(SERVICES[index % 5], MESSAGE).ok()).collect();
    let _half_open: Vec<_> = (0..500).filter_map(|index| dial(SERVICES[index % 5]).ok()).collect();
    println!("\n{HELD}");
    let _ended = std::io::stdin().read(&mut [0]);
}

/// Another user, who may connect or not, keeps as many connections as it can; root still comes in.
fn held_by_others() {
    let limited = format!("ulimit -n 128; exec {BINARY} -f");
    let mut daemon = Daemon::start(Command::new("sh").args(["-c", &limited]));
    daemon.wait_for(READY);
    let siege = Siege::of(daemon);
    for (name, uid) in [("nobody", NOBODY), ("a user in uidgid.d", NAMED_USER)] {
        siege.under(&format!("all connections that {name} gets"), || {
            let mut command = Command::new(COPY);
            command.args(["--exact", TEST, "--nocapture"]).env(TRIES, HELD).uid(uid).gid(NOBODY);
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a process");
            let mut output = BufReader::new(child.stdout.take().expect("its output"));
            assert!(output.by_ref().lines().any(|line| line.is_ok_and(|line| line == HELD)), "none are held");
            drop(SERVICES.map(connect));
            drop(child.stdin.take());
            child.wait().expect("its end");
        });
    }
    siege.end();
}

/// What each user was told.
fn matrix(program: &str, users: &[(&str, u32, u32)]) -> Vec<String> {
    let mut daemon = Daemon::start(Command::new(program).arg("-f").env_remove("LD_LIBRARY_PATH"));
    daemon.wait_for(READY);
    let key = MarName::new(format!("uidgid.gid.{MAP_GROUP}").as_bytes()).expect("a name");
    let header = RequestHeader::new(cmap::request::SET, size_of::<cmap::SetRequest>() + 1);
    let set = cmap::SetRequest { header, key, value_len: 1, kind: 2, pad: [0; 7] };
    assert_eq!(ask(&connect("cmap"), &[set.as_bytes(), &[1]].concat()), 1, "a key of the map");
    let lines = users.iter().map(|&(name, uid, gid)| {
        let mut command = Command::new(COPY);
        command.args(["--exact", TEST, "--nocapture"]).env(TRIES, "1").uid(uid).gid(gid);
        let output = command.output().expect("a process");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let said = text.lines().find_map(|line| line.strip_prefix("said: "));
        format!("{name}: {}", said.unwrap_or_else(|| panic!("{name}: {text}")))
    });
    let lines = lines.collect();
    daemon.stop(Signal::SIGTERM).assert(program, 0, "");
    lines
}

#[test]
fn may_connect() {
    if let Ok(what) = std::env::var(TRIES) {
        return if what == HELD { hold() } else { tries() };
    }
    alone(TEST, || {
        Conf::default().write();
        std::fs::create_dir_all("/etc/corosync/uidgid.d").expect("a directory");
        let names = format!("uidgid {{\n uid: {NAMED_USER}\n}}\nuidgid {{\n gid: {NAMED_GROUP}\n}}\n");
        std::fs::write("/etc/corosync/uidgid.d/tested", names).expect("a file");
        std::fs::copy(std::env::current_exe().expect("this program"), COPY).expect("a copy of it");
        let mut users = USERS.to_vec();
        match hacluster() {
            Some((uid, gid)) => users.push(("hacluster", uid, gid)),
            None => skipped("hostile::users: hacluster", "there is no such user (apt-get install pacemaker-common)"),
        }
        held_by_others();
        let ours = matrix(BINARY, &users);
        ours.iter().for_each(|line| println!("{line}"));
        for (line, (name, uid, gid)) in ours.iter().zip(&users) {
            let may = *uid == 0 || *gid == 0 || *uid == NAMED_USER || [NAMED_GROUP, MAP_GROUP].contains(gid);
            let word = if may { "serves" } else { "EACCES" };
            assert_eq!(line.matches(word).count(), SERVICES.len(), "{name}: {line}");
        }
        if !Path::new(REFERENCE).exists() {
            return skipped("hostile::users on the reference", "apt-get install corosync");
        }
        assert_eq!(matrix(REFERENCE, &users), ours, "the reference's daemon and ours");
    });
}
