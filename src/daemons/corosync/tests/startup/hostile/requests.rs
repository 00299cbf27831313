//! Attacks with messages that arrive whole: what they say is wrong, or there are too many of them.

use super::{Attack, MESSAGE, SERVICES, ask, connect, noise};
use core_cmap::wire as cmap;
use core_cpg::wire::ipc as cpg;
use core_types::mar::{MarName, RequestHeader};
use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};
use sys_qb::{Client, Errno};
use zerocopy::IntoBytes;

pub(super) const ATTACKS: &[Attack] = &[
    ("unknown requests", unknown),
    ("headers that lie about the size", lying_headers),
    ("requests cut short at every length", cut_short),
    ("names and texts without a NUL", without_a_nul),
    ("the largest messages, and larger", largest),
    ("zero-copy files that are none, or change", zero_copy),
    ("answers that nobody takes", answers_not_taken),
    ("requests without a pause from 20 clients", without_a_pause),
    ("reloads without a pause", reloads),
    ("one change that 4096 trackers are told of", many_trackers),
];

const HEADER: usize = size_of::<RequestHeader>();
/// Longer than every request without its payload.
const LONGEST: usize = 600;
/// How long an attack that could go on for ever does.
const WHILE: Duration = Duration::from_millis(400);

/// How many requests a service has.
fn requests(service: &str) -> i32 {
    match service {
        "cmap" => 10,
        "cfg" => 12,
        "cpg" => 13,
        "quorum" => 5,
        _ => 10,
    }
}

/// How long a request with any contents may be: whole, these end the node or its quorum on demand.
fn longest(service: &str, id: i32) -> usize {
    if matches!((service, id), ("cfg", 2..=4) | ("votequorum", 1 | 2)) { HEADER + 3 } else { LONGEST }
}

/// A client that connects again whenever it was thrown out.
struct Stubborn {
    service: &'static str,
    client: Client,
    buffer: Vec<u8>,
}

impl Stubborn {
    fn connect(service: &'static str) -> Stubborn {
        Stubborn { service, client: connect(service), buffer: vec![0; MESSAGE] }
    }

    fn send(&mut self, message: &[u8]) {
        match self.client.send(&[message]) {
            Ok(()) | Err(Errno::EAGAIN) => {}
            Err(_) => self.client = connect(self.service),
        }
        while self.client.receive(&mut self.buffer, 0).is_ok() {}
        while self.client.event(&mut self.buffer, 0).is_ok() {}
        let _ended = self.client.settle();
    }
}

fn message(id: i32, size: i32, body: &[u8]) -> Vec<u8> {
    let header = RequestHeader { id, size, ..Default::default() };
    [header.as_bytes(), body].concat()
}

fn honest(id: i32, body: &[u8]) -> Vec<u8> {
    message(id, (HEADER + body.len()) as i32, body)
}

fn unknown() {
    for service in SERVICES {
        let mut client = Stubborn::connect(service);
        let known = requests(service);
        for id in [-1, -2, -4, i32::MIN, known, known + 1, 255, 256, 1 << 16, i32::MAX] {
            for length in [0, 8, 300] {
                client.send(&honest(id, &noise(length as u64, length)));
            }
        }
        // "disconnect"
        client.send(&honest(-3, &[]));
    }
}

fn lying_headers() {
    for service in SERVICES {
        let mut client = Stubborn::connect(service);
        for id in 0..requests(service) {
            for size in [0, 1, 15, 16, 17, 1 << 20, (1 << 20) + 1, i32::MAX, -1, -16, i32::MIN] {
                for length in [0, 1, 8, 280, 5000] {
                    // true by chance is for other attacks
                    if size as usize != HEADER + length {
                        client.send(&message(id, size, &noise(length as u64, length)));
                    }
                }
            }
        }
    }
}

fn cut_short() {
    for service in SERVICES {
        let mut client = Stubborn::connect(service);
        for id in 0..requests(service) {
            for length in 1..longest(service, id) {
                let body = noise(length as u64, length.saturating_sub(HEADER));
                client.send(&honest(id, &body)[..length]);
                // numbers in it are small now: they pass more of the checks
                let small: Vec<u8> = body.iter().enumerate().map(|(at, byte)| byte * u8::from(at % 8 == 0)).collect();
                client.send(&honest(id, &small)[..length]);
            }
        }
    }
}

fn without_a_nul() {
    for service in SERVICES {
        let mut client = Stubborn::connect(service);
        for id in 0..requests(service) {
            for byte in [b'x', 0xFF] {
                client.send(&honest(id, &vec![byte; longest(service, id) - HEADER]));
                // a length that fits, then no NUL
                let mut body = vec![byte; longest(service, id) - HEADER];
                body.iter_mut().zip([255, 0, 0, 0, 0, 0, 0, 0]).for_each(|(to, from)| *to = from);
                client.send(&honest(id, &body));
            }
        }
    }
    let key = MarName::new(b"hostile.text").expect("a name");
    let cmap = connect("cmap");
    for (length, value) in [(5, &b"xxxxx"[..]), (5, b"x"), (u64::MAX, b"x"), (1 << 32, b"x"), (0, b"x")] {
        let header = RequestHeader::new(cmap::request::SET, size_of::<cmap::SetRequest>() + value.len());
        let set = cmap::SetRequest { header, key, value_len: length, kind: 11, pad: [0; 7] };
        let _refused_or_not = ask(&cmap, &[set.as_bytes(), value].concat());
    }
}

fn largest() {
    for service in SERVICES {
        let mut client = Stubborn::connect(service);
        let most = client.client.max_message();
        for id in (0..requests(service)).filter(|&id| longest(service, id) == LONGEST) {
            for length in [most, most - 1, most - 4, most - 24] {
                client.send(&honest(id, &noise(3, length - HEADER)));
            }
        }
    }
}

fn zero_copy() {
    const SIZE: u64 = 1 << 16;
    let client = connect("cpg");
    let allocate = |name: &[u8], map_size: u64| {
        let mut path = [b'x'; cpg::ZC_PATH_MAX];
        path[..name.len()].copy_from_slice(name);
        let header = RequestHeader::new(cpg::request::ZC_ALLOC, size_of::<cpg::ZcAllocRequest>());
        ask(&client, cpg::ZcAllocRequest { header, map_size, path }.as_bytes())
    };
    let file = "/dev/shm/hostile";
    std::os::unix::fs::symlink("/etc/corosync/corosync.conf", file).expect("a link");
    assert_ne!(allocate(b"/dev/shm/hostile\0", SIZE), 1, "a link");
    std::fs::remove_file(file).expect("a link");
    mkfifo(file, Mode::S_IRWXU).expect("a pipe");
    assert_ne!(allocate(b"/dev/shm/hostile\0", SIZE), 1, "a pipe");
    std::fs::remove_file(file).expect("a pipe");
    std::fs::write(file, [0; SIZE as usize]).expect("a file");
    for (name, size) in [
        (&b"/dev/shm/hostile"[..], SIZE),
        (b"/dev/shm/../shm/hostile\0", SIZE),
        (b"/etc/corosync/corosync.conf\0", 1),
        (b"/dev/shm\0", SIZE),
        (b"\0", SIZE),
        (b"/dev/shm/hostile\0", SIZE + 1),
        (b"/dev/shm/hostile\0", u64::MAX),
    ] {
        assert_ne!(allocate(name, size), 1, "{name:?}, {size} bytes");
    }
    let kept = std::fs::File::options().read(true).write(true).open(file).expect("a file");
    assert_eq!(allocate(b"/dev/shm/hostile\0", SIZE), 1, "a good one");
    let number = |at| {
        let mut number = [0; 8];
        kept.read_exact_at(&mut number, at).expect("its start");
        u64::from_ne_bytes(number)
    };
    let server_address = number(8);
    let header = RequestHeader::new(cpg::request::ZC_EXECUTE, size_of::<cpg::ZcExecuteRequest>());
    for length in [u32::MAX, 1 << 31, 1 << 20, SIZE as u32] {
        kept.write_all_at(&length.to_ne_bytes(), 16 + 32).expect("a length");
        for server_address in [server_address, server_address + 1, 0, u64::MAX] {
            assert_ne!(ask(&client, cpg::ZcExecuteRequest { header, server_address }.as_bytes()), 1, "{length} bytes");
        }
    }
    kept.set_len(0).expect("an empty file");
    assert_ne!(ask(&client, cpg::ZcExecuteRequest { header, server_address }.as_bytes()), 1, "cut off");
}

fn answers_not_taken() {
    for service in SERVICES {
        let client = connect(service);
        let start = Instant::now();
        while start.elapsed() < WHILE / 4 && !matches!(client.send(&[&honest(0, &[])]), Err(Errno::ENOTCONN)) {}
    }
}

fn without_a_pause() {
    let mut clients: Vec<Stubborn> = (0..20).map(|index| Stubborn::connect(SERVICES[index % 5])).collect();
    let mut start = Instant::now();
    while start.elapsed() < WHILE {
        for client in &mut clients {
            for _ in 0..50 {
                let _full_or_gone = client.client.send(&[&honest(0, &[])]);
            }
            client.send(&honest(0, &[]));
        }
    }
    start = Instant::now();
    drop(clients);
    assert!(start.elapsed() < Duration::from_secs(1), "an end takes long");
}

fn reloads() {
    let mut clients: Vec<Stubborn> = (0..4).map(|_| Stubborn::connect("cfg")).collect();
    let start = Instant::now();
    while start.elapsed() < WHILE {
        clients.iter_mut().for_each(|client| client.send(&honest(7, &[])));
    }
}

fn many_trackers() {
    let client = connect("cmap");
    let key = MarName::new(b"hostile.").expect("a name");
    for instance in 0..core_cmap::TRACKERS_MAX as u64 {
        let header = RequestHeader::new(cmap::request::TRACK_ADD, size_of::<cmap::TrackRequest>());
        let track = cmap::TrackRequest { header, key, track_type: 15, pad: 0, instance };
        assert_eq!(ask(&client, track.as_bytes()), 1, "tracker {instance}");
    }
    let start = Instant::now();
    for value in 0u32.. {
        let header = RequestHeader::new(cmap::request::SET, size_of::<cmap::SetRequest>() + 4);
        let key = MarName::new(b"hostile.number").expect("a name");
        let set = cmap::SetRequest { header, key, value_len: 4, kind: 6, pad: [0; 7] };
        match client.send(&[set.as_bytes(), value.as_bytes()]) {
            Err(Errno::ENOTCONN) => break,
            Err(Errno::EAGAIN) => std::thread::sleep(Duration::from_micros(100)),
            _ => assert!(start.elapsed() < Duration::from_secs(5), "it never reads its events and is still there"),
        }
    }
}
