//! Clients that break every rule: each loses its own connection; a well-behaved one is answered within 100 ms all
//! the time, and nothing is left behind.

mod common;

use common::{Echo, leftovers};
use core_qb::ring::{CHUNK_READY, header};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use sys_qb::Client;
use testkit::rogue::{FILES, Part, Ring, Rogue, dial};

/// How long the well-behaved client may wait.
const PATIENCE: Duration = Duration::from_millis(100);

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

fn connect(service: &str) -> Rogue {
    Rogue::connect(service, 4096).unwrap()
}

#[test]
fn attacks_hurt_only_the_attacker() {
    under_attack("noise", |service| {
        for seed in 0..200u32 {
            let bytes: Vec<u8> = (0..seed % 97 + 1).map(|index| (index * 167 + seed * 31) as u8).collect();
            let _refused = dial(service).unwrap().write_all(&bytes);
        }
    });
    under_attack("half-open", |service| {
        let mut sockets: Vec<UnixStream> = (0..200).map(|_| dial(service).unwrap()).collect();
        for socket in &mut sockets {
            let _refused = socket.write_all(&[0xFF; 11]);
        }
        std::thread::sleep(Duration::from_millis(300));
    });
    under_attack("greedy", |service| drop(Rogue::connect(service, u32::MAX)));
    under_attack("no-marker", |service| {
        let rogue = connect(service);
        rogue.place(0, 16, 0).unwrap();
        rogue.count(1).unwrap();
        rogue.notify(1);
        assert!(rogue.is_dropped());
    });
    for length in [u32::MAX, 1 << 31, (2 << 20) + 1, 20_000] {
        under_attack("length", |service| {
            let rogue = connect(service);
            rogue.inject(length).unwrap();
            assert!(rogue.is_dropped(), "length {length}");
        });
    }
    under_attack("empty", |service| {
        let rogue = connect(service);
        rogue.inject(0).unwrap();
        assert!(rogue.is_dropped());
    });
    for position in [u32::MAX, 1 << 31, 4096] {
        under_attack("positions", |service| {
            let rogue = connect(service);
            for ring in [Ring::Request, Ring::Response, Ring::Event] {
                let words = [header::READ, header::WRITE, header::WORDS].map(|at| (at, position));
                rogue.poke(ring, Part::Header, &words).unwrap();
            }
            rogue.inject(32).unwrap();
            assert!(rogue.is_dropped(), "position {position}");
        });
    }
    for (ring, part) in FILES {
        under_attack("truncation", |service| {
            let rogue = connect(service);
            rogue.place(0, 32, CHUNK_READY).unwrap();
            // cut off first: else the server may be done with the request before
            rogue.file(ring, part).unwrap().set_len(0).unwrap();
            if (ring, part) != (Ring::Request, Part::Header) {
                rogue.count(1).unwrap();
            }
            rogue.notify(1);
            assert!(rogue.is_dropped(), "{part:?} of {ring:?}");
        });
    }
    // what glibc's sem_post() makes an unknown operation (it aborts), or a wait, of its wake-up of a waiter
    for flags in [0x7Fu32, 0x81] {
        under_attack("semaphores", |service| {
            let rogue = connect(service);
            for ring in [Ring::Response, Ring::Event] {
                let words = [(0, u32::MAX), (4, u32::MAX), (8, flags)].map(|(at, word)| (header::SEMAPHORE + at, word));
                rogue.poke(ring, Part::Header, &words).unwrap();
            }
            rogue.inject(32).unwrap();
            std::thread::sleep(Duration::from_millis(200));
        });
    }
    under_attack("deaf", |service| {
        // never reads its events: this service gives it up when the ring is full
        let rogue = connect(service);
        let mut position = 0;
        for _ in 0..200 {
            let _ended = rogue.place(position, 2000, CHUNK_READY);
            let _ended = rogue.count(1);
            rogue.notify(1);
            position = (position + 502) % rogue.words();
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(rogue.is_dropped());
    });
}
