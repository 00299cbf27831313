//! A daemon that has no descriptors left, or no shared memory.

use super::{MESSAGE, SERVICES, Siege, ask, connect, is_answered, many_descriptors};
use crate::daemon::{BINARY, Conf, Daemon, READY};
use crate::machine::{alone, mount};
use core_qb::ring::CHUNK_READY;
use core_types::mar::RequestHeader;
use nix::fcntl::{FallocateFlags, fallocate};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::time::Duration;
use sys_qb::{Client, Errno};
use testkit::rogue::{Part, Ring, Rogue, dial};
use zerocopy::IntoBytes;

/// Descriptors that the daemon may have.
const FEW: u32 = 100;
const RELOAD: i32 = core_cfg::wire::request::RELOAD;

/// Connects until that is refused.
fn as_many_as_possible() -> (Vec<Client>, Errno) {
    let mut clients = Vec::new();
    for index in 0..1000 {
        match Client::connect(SERVICES[index % 5], MESSAGE) {
            Ok(client) => clients.push(client),
            Err(errno) => return (clients, errno),
        }
    }
    panic!("1000 connections and no end");
}

fn without_descriptors(test: &str, conf: Conf) {
    alone(test, || {
        many_descriptors();
        conf.write();
        let limited = format!("ulimit -n {FEW}; exec {BINARY} -f");
        let mut daemon = Daemon::start(Command::new("sh").args(["-c", &limited]));
        daemon.wait_for(READY);
        let cfg = connect("cfg");
        let siege = Siege::of(daemon);
        let reload = RequestHeader::new(RELOAD, size_of::<RequestHeader>());
        siege.under("no descriptors left", || {
            let (clients, errno) = as_many_as_possible();
            println!("{} connections with {FEW} descriptors, then: {errno}", clients.len());
            assert!(clients.len() > 5 && errno == Errno::EMFILE, "{} connections, then {errno}", clients.len());
            for client in &clients {
                assert!(client.send(&[RequestHeader::new(0, 16).as_bytes()]).is_ok(), "an old connection");
            }
            // it needs descriptors for this itself
            assert_eq!(ask(&cfg, reload.as_bytes()), 1, "a reload");
            drop(clients);
        });
        siege.under("all descriptors taken by half-open connections", || {
            let sockets: Vec<UnixStream> = (0..500).filter_map(|index| dial(SERVICES[index % 5]).ok()).collect();
            std::thread::sleep(Duration::from_millis(300));
            assert_eq!(ask(&cfg, reload.as_bytes()), 1, "a reload");
            drop(sockets);
        });
        drop(cfg);
        drop(connect("cpg"));
        siege.end();
    });
}

#[test]
fn no_descriptors() {
    without_descriptors("hostile::shortage::no_descriptors", Conf::default());
}

#[test]
fn no_descriptors_over_sockets() {
    let conf = Conf { system: "qb_ipc_type: socket", ..Conf::default() };
    without_descriptors("hostile::shortage::no_descriptors_over_sockets", conf);
}

#[test]
fn no_shared_memory() {
    alone("hostile::shortage::no_shared_memory", || {
        Conf::default().write();
        mount(&["-t", "tmpfs", "-o", "size=16m", "small", "/dev/shm"]);
        let siege = Siege::of(Daemon::serving());
        siege.under("shared memory full of connections", || {
            let (clients, errno) = as_many_as_possible();
            println!("{} connections in 16 MiB, then: {errno}", clients.len());
            assert!(!clients.is_empty() && errno == Errno::ENOSPC, "{} connections, then {errno}", clients.len());
            for client in &clients {
                assert!(client.send(&[RequestHeader::new(0, 16).as_bytes()]).is_ok(), "an old connection");
            }
        });
        siege.under("shared memory full, and rings with holes", || {
            for ring in [Ring::Request, Ring::Response, Ring::Event] {
                let rogue = Rogue::connect("cpg", MESSAGE as u32).expect("a connection");
                let file = rogue.file(ring, Part::Data).expect("a file");
                rogue.place(0, 1 << 16, CHUNK_READY).expect("a file");
                let hole = FallocateFlags::FALLOC_FL_PUNCH_HOLE | FallocateFlags::FALLOC_FL_KEEP_SIZE;
                fallocate(&file, hole, 0, 1 << 20).expect("a hole");
                let _all_that_is_left = std::fs::write("/dev/shm/full", vec![1; 16 << 20]);
                rogue.count(1).expect("a file");
                rogue.notify(1);
                assert!(ring == Ring::Event || rogue.is_dropped(), "{ring:?} has no memory");
                assert!(Client::connect("cpg", MESSAGE).is_err(), "no room for another");
                std::fs::remove_file("/dev/shm/full").expect("a file");
            }
        });
        let _served = is_answered(&connect("quorum"), "afterwards");
        siege.end();
    });
}
