//! Clients that break every rule: each loses its own connection; a well-behaved one is answered within 100 ms all
//! the time, and nothing is left behind.

mod common;

use common::{Echo, leftovers};
use core_qb::ring::{CHUNK_READY, header};
use core_qb::{ConnectionRequest, ConnectionResponse};
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, UnixAddr, connect, recv, send, socket};
use std::fs::{File, OpenOptions};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};
use sys_qb::Client;
use zerocopy::{FromBytes, IntoBytes};

/// How long the well-behaved client may wait.
const PATIENCE: Duration = Duration::from_millis(100);

/// A connection that libqb would never make.
struct Rogue {
    socket: OwnedFd,
    paths: [String; 3],
}

fn dial(service: &str) -> OwnedFd {
    let mut name = [0; 107];
    name[..service.len()].copy_from_slice(service.as_bytes());
    let socket = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).unwrap();
    connect(socket.as_raw_fd(), &UnixAddr::new_abstract(&name).unwrap()).unwrap();
    socket
}

impl Rogue {
    fn connect(service: &str, max_message: u32) -> Rogue {
        let socket = dial(service);
        send(socket.as_raw_fd(), ConnectionRequest::new(max_message).as_bytes(), MsgFlags::empty()).unwrap();
        let mut bytes = vec![0; size_of::<ConnectionResponse>()];
        assert_eq!(recv(socket.as_raw_fd(), &mut bytes, MsgFlags::MSG_WAITALL), Ok(bytes.len()));
        let response = ConnectionResponse::read_from_bytes(&bytes).unwrap();
        assert_eq!(response.header.error, 0);
        Rogue { socket, paths: response.paths().unwrap().map(str::to_owned) }
    }

    fn file(&self, ring: usize, part: &str) -> File {
        OpenOptions::new().read(true).write(true).open(format!("{}-{part}", self.paths[ring])).unwrap()
    }

    /// Puts words into the request ring's data, counts one chunk and tells the server.
    fn inject(&self, words: &[(u64, u32)]) {
        let (data, head) = (self.file(0, "data"), self.file(0, "header"));
        for (at, word) in words {
            data.write_all_at(&word.to_ne_bytes(), at * 4).unwrap();
        }
        head.write_all_at(&1u32.to_ne_bytes(), header::SEMAPHORE as u64).unwrap();
        self.notify();
    }

    fn notify(&self) {
        let _gone = send(self.socket.as_raw_fd(), &[0], MsgFlags::MSG_NOSIGNAL);
    }

    /// Whether the server ends the connection soon.
    fn is_dropped(&self) -> bool {
        let mut byte = [0; 64];
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(5) {
            match recv(self.socket.as_raw_fd(), &mut byte, MsgFlags::MSG_DONTWAIT) {
                Ok(0) | Err(nix::errno::Errno::ECONNRESET) => return true,
                _ => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        false
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Runs an attack while a well-behaved client keeps calling, then looks at what is left.
fn under_attack(name: &str, attack: impl FnOnce(&str) + Send) {
    let before = descriptors();
    let echo = Echo::start(name);
    let client = Client::connect(&echo.name, 4096).unwrap();
    let check = || {
        let (start, mut reply) = (Instant::now(), [0; 64]);
        assert_eq!(client.call(&[&[9; 32]], &mut reply, 5000), Ok(32), "{name}");
        assert!(start.elapsed() < PATIENCE, "{name}: answered after {:?}", start.elapsed());
        assert_eq!(client.event(&mut reply, 5000), Ok(32), "{name}");
        client.settle().unwrap();
    };
    check();
    std::thread::scope(|scope| {
        let attacking = scope.spawn(|| attack(&echo.name));
        while !attacking.is_finished() {
            check();
        }
        attacking.join().unwrap();
    });
    check();
    drop(client);
    drop(echo);
    assert_eq!(leftovers(), Vec::<String>::new(), "{name}");
    assert_eq!(descriptors(), before, "{name}: leaked descriptors");
}

#[test]
fn attacks_hurt_only_the_attacker() {
    under_attack("noise", |service| {
        for seed in 0..200u32 {
            let bytes: Vec<u8> = (0..seed % 97 + 1).map(|index| (index * 167 + seed * 31) as u8).collect();
            let socket = dial(service);
            let _refused = send(socket.as_raw_fd(), &bytes, MsgFlags::MSG_NOSIGNAL);
        }
    });
    under_attack("half-open", |service| {
        let sockets: Vec<OwnedFd> = (0..200).map(|_| dial(service)).collect();
        for socket in &sockets {
            let _refused = send(socket.as_raw_fd(), &[0xFF; 11], MsgFlags::MSG_NOSIGNAL);
        }
        std::thread::sleep(Duration::from_millis(300));
    });
    under_attack("greedy", |service| drop(Rogue::connect(service, u32::MAX)));
    under_attack("no-marker", |service| {
        let rogue = Rogue::connect(service, 4096);
        rogue.inject(&[(0, 16)]);
        assert!(rogue.is_dropped());
    });
    for length in [u32::MAX, 1 << 31, (2 << 20) + 1, 20_000] {
        under_attack("length", |service| {
            let rogue = Rogue::connect(service, 4096);
            rogue.inject(&[(0, length), (1, CHUNK_READY)]);
            assert!(rogue.is_dropped(), "length {length}");
        });
    }
    under_attack("empty", |service| {
        let rogue = Rogue::connect(service, 4096);
        rogue.inject(&[(0, 0), (1, CHUNK_READY)]);
        assert!(rogue.is_dropped());
    });
    for position in [u32::MAX, 1 << 31, 4096] {
        under_attack("positions", |service| {
            let rogue = Rogue::connect(service, 4096);
            for ring in 0..3 {
                let head = rogue.file(ring, "header");
                for at in [header::READ, header::WRITE, header::WORDS] {
                    head.write_all_at(&position.to_ne_bytes(), at as u64).unwrap();
                }
            }
            rogue.inject(&[(0, 32), (1, CHUNK_READY)]);
            assert!(rogue.is_dropped(), "position {position}");
        });
    }
    for (ring, part) in [(0, "data"), (0, "header"), (1, "data"), (1, "header"), (2, "data"), (2, "header")] {
        under_attack("truncation", |service| {
            let rogue = Rogue::connect(service, 4096);
            let (data, head) = (rogue.file(0, "data"), rogue.file(0, "header"));
            data.write_all_at(&32u32.to_ne_bytes(), 0).unwrap();
            data.write_all_at(&CHUNK_READY.to_ne_bytes(), 4).unwrap();
            // cut off first: else the server may be done with the request before
            rogue.file(ring, part).set_len(0).unwrap();
            if (ring, part) != (0, "header") {
                head.write_all_at(&1u32.to_ne_bytes(), header::SEMAPHORE as u64).unwrap();
            }
            rogue.notify();
            assert!(rogue.is_dropped(), "{part} of ring {ring}");
        });
    }
    // what glibc's sem_post() makes an unknown operation (it aborts), or a wait, of its wake-up of a waiter
    for flags in [0x7Fu32, 0x81] {
        under_attack("semaphores", |service| {
            let rogue = Rogue::connect(service, 4096);
            for ring in [1, 2] {
                let head = rogue.file(ring, "header");
                head.write_all_at(&(1u64 << 32).to_ne_bytes(), header::SEMAPHORE as u64).unwrap();
                head.write_all_at(&flags.to_ne_bytes(), header::SEMAPHORE as u64 + 8).unwrap();
            }
            rogue.inject(&[(0, 32), (1, CHUNK_READY)]);
            std::thread::sleep(Duration::from_millis(200));
        });
    }
    under_attack("deaf", |service| {
        // never reads its events: this service gives it up when the ring is full
        let rogue = Rogue::connect(service, 4096);
        let (data, head) = (rogue.file(0, "data"), rogue.file(0, "header"));
        let mut position = 0u64;
        for _ in 0..200 {
            for (at, word) in [(0, 2000), (1, CHUNK_READY)] {
                data.write_all_at(&u32::to_ne_bytes(word), (position + at) % 4096 * 4).unwrap();
            }
            head.write_all_at(&1u32.to_ne_bytes(), header::SEMAPHORE as u64).unwrap();
            rogue.notify();
            position = (position + 502) % 4096;
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(rogue.is_dropped());
    });
}
