//! Clients killed in every state. Each is a process of its own: this test run again with its role in the
//! environment.

use super::deaf::{member, say};
use super::{MESSAGE, SERVICES, Siege, ask, connect, noise};
use crate::daemon::{Conf, Daemon};
use crate::machine::alone;
use core_cmap::wire as cmap;
use core_cpg::wire::ipc as cpg;
use core_qb::ConnectionRequest;
use core_qb::ring::CHUNK_WRITING;
use core_types::mar::{MarName, RequestHeader};
use nix::sys::signal::Signal;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use sys_qb::{Client, Errno};
use testkit::rogue::{Rogue, dial};
use zerocopy::IntoBytes;

/// Says to an inner run which state to die in.
const ROLE: &str = "SYSTOLE_TEST_DIES";
/// Said when the state is reached.
const THERE: &str = "ready to die";

/// What a victim keeps open until it is killed.
type State = Box<dyn std::any::Any>;
type Role = (&'static str, fn() -> State);

const ROLES: &[Role] = &[
    ("before its handshake", || Box::new(dial("cpg"))),
    ("in its handshake", in_the_handshake),
    ("after its handshake", || Box::new(SERVICES.map(connect))),
    ("with answers not taken", answers_waiting),
    ("joined, with messages on their way", talking),
    ("joined, with more messages than it reads", behind),
    ("with a zero-copy buffer", zero_copy),
    ("while iterating", iterating),
    ("while tracking", tracking),
];

/// The same with rings alone.
const RING_ROLES: &[Role] = &[("holding the ring", holding_the_ring), ("in the middle of a request", half_a_request)];

fn in_the_handshake() -> State {
    let mut socket = dial("cpg").expect("a connection");
    socket.write_all(&ConnectionRequest::new(MESSAGE as u32).as_bytes()[..20]).expect("room");
    Box::new(socket)
}

fn header(id: i32) -> RequestHeader {
    RequestHeader::new(id, size_of::<RequestHeader>())
}

fn answers_waiting() -> State {
    let clients = SERVICES.map(connect);
    for client in &clients {
        for _ in 0..100 {
            let _until_full = client.send(&[header(0).as_bytes()]);
        }
    }
    Box::new(clients)
}

fn talking() -> State {
    let client = member(b"dying", 1);
    for _ in 0..50 {
        let _until_full = say(&client, &noise(1, 3000));
    }
    Box::new(client)
}

/// Its own requests wait then, as it doesn't listen to what comes of them.
fn behind() -> State {
    let client = member(b"dying", 2);
    let payload = noise(2, 100_000);
    let mut last = Instant::now();
    while last.elapsed() < Duration::from_millis(200) {
        match say(&client, &payload) {
            Ok(()) => last = Instant::now(),
            Err(errno) => assert_eq!(errno, Errno::EAGAIN),
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Box::new(client)
}

fn zero_copy() -> State {
    const SIZE: u64 = 1 << 16;
    let client = member(b"dying", 3);
    for name in ["/dev/shm/dying-1", "/dev/shm/dying-2"] {
        std::fs::write(name, [0; SIZE as usize]).expect("a file");
        let mut path = [0; cpg::ZC_PATH_MAX];
        path[..name.len()].copy_from_slice(name.as_bytes());
        let header = RequestHeader::new(cpg::request::ZC_ALLOC, size_of::<cpg::ZcAllocRequest>());
        assert_eq!(ask(&client, cpg::ZcAllocRequest { header, map_size: SIZE, path }.as_bytes()), 1, "a buffer");
    }
    Box::new(client)
}

fn iterating() -> State {
    let clients = (member(b"dying", 4), connect("cmap"));
    let size = size_of::<cpg::IterationInitializeRequest>();
    let group = core_cpg::wire::GroupName::new(b"dying").expect("a name");
    let header = RequestHeader::new(cpg::request::ITERATION_INITIALIZE, size);
    let groups = cpg::IterationInitializeRequest { header, group, kind: cpg::iteration::ALL, pad: 0 };
    let header = RequestHeader::new(cmap::request::ITER_INIT, size_of::<cmap::KeyRequest>());
    let keys = cmap::KeyRequest { header, key: MarName::new(b"").expect("a name") };
    for _ in 0..100 {
        assert_eq!((ask(&clients.0, groups.as_bytes()), ask(&clients.1, keys.as_bytes())), (1, 1));
    }
    Box::new(clients)
}

fn tracking() -> State {
    let [cmap, cfg, quorum, votequorum] = ["cmap", "cfg", "quorum", "votequorum"].map(connect);
    let key = MarName::new(b"").expect("a name");
    let header = RequestHeader::new(cmap::request::TRACK_ADD, size_of::<cmap::TrackRequest>());
    let track = cmap::TrackRequest { header, key, track_type: 15, pad: 0, instance: 1 };
    assert_eq!(ask(&cmap, track.as_bytes()), 1);
    let sized = |id, rest: &[u8]| [RequestHeader::new(id, 16 + rest.len()).as_bytes(), rest].concat();
    let flags = core_types::mar::track::CURRENT | core_types::mar::track::CHANGES;
    assert_eq!(ask(&cfg, &sized(core_cfg::wire::request::TRACK_START, &[0; 8])), 1);
    let wanted = u64::from(flags);
    assert_eq!(ask(&quorum, &sized(core_quorum::wire::request::TRACK_START as i32, wanted.as_bytes())), 1);
    let start = core_votequorum::wire::ipc::request::TRACK_START as i32;
    assert_eq!(ask(&votequorum, &sized(start, [1, wanted].as_bytes())), 1);
    Box::new((cmap, cfg, quorum, votequorum))
}

fn rogue() -> Rogue {
    Rogue::connect("cpg", MESSAGE as u32).expect("a connection")
}

fn holding_the_ring() -> State {
    let rogue = rogue();
    rogue.place(0, 0, CHUNK_WRITING).expect("a file");
    Box::new(rogue)
}

fn half_a_request() -> State {
    let rogue = rogue();
    rogue.place(0, 1 << 19, CHUNK_WRITING).expect("a file");
    rogue.notify(1);
    Box::new(rogue)
}

/// Gets into a state and stays there.
fn victim(role: &str) -> ! {
    let (_, reach) = ROLES.iter().chain(RING_ROLES).find(|(name, _)| *name == role).expect("a role");
    let _kept = reach();
    println!("\n{THERE}");
    loop {
        std::thread::park();
    }
}

/// A process that reached its state.
fn ready(test: &str, role: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--nocapture"]).env(ROLE, role).stdout(Stdio::piped());
    let mut child = command.spawn().expect("a process");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let there = output.lines().any(|line| line.is_ok_and(|line| line == THERE));
    assert!(there, "{role}: not reached");
    child
}

fn end(mut child: Child) {
    child.kill().expect("a process to kill");
    child.wait().expect("its end");
}

fn deaths(test: &str, conf: Conf, roles: &[&[Role]]) {
    if let Ok(role) = std::env::var(ROLE) {
        victim(&role);
    }
    alone(test, || {
        conf.write();
        let mut siege = Siege::of(Daemon::serving());
        for (role, _) in roles.concat() {
            siege.under(&format!("killed {role}"), || end(ready(test, role)));
        }
        during_sync(&mut siege, test, roles);
        siege.end();
    });
}

/// All of them die while the daemon is stopped for longer than its token may take: it forms its ring again, and
/// finds them dead when that is over.
fn during_sync(siege: &mut Siege, test: &str, roles: &[&[Role]]) {
    const AGAIN: &str = "A new membership";
    let formed = siege.daemon.output().matches(AGAIN).count();
    let children: Vec<Child> = roles.concat().iter().map(|(role, _)| ready(test, role)).collect();
    let talker: Client = member(b"dying", 99);
    crate::daemon::send(siege.daemon.pid(), Signal::SIGSTOP);
    let _room = say(&talker, b"into the ring");
    std::thread::sleep(Duration::from_millis(600));
    children.into_iter().for_each(end);
    drop(talker);
    crate::daemon::send(siege.daemon.pid(), Signal::SIGCONT);
    siege.under("killed during sync", || std::thread::sleep(Duration::from_millis(100)));
    let formed = siege.daemon.output().matches(AGAIN).count() - formed;
    println!("formed its ring {formed} times meanwhile");
}

const TOKEN: &str = "token: 300";

#[test]
fn over_rings() {
    deaths("hostile::deaths::over_rings", Conf { totem: TOKEN, ..Conf::default() }, &[ROLES, RING_ROLES]);
}

#[test]
fn over_sockets() {
    let conf = Conf { totem: TOKEN, system: "qb_ipc_type: socket", ..Conf::default() };
    deaths("hostile::deaths::over_sockets", conf, &[ROLES]);
}
