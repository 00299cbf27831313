//! Clients that break the rules, on the real daemon: a well-behaved one is answered during and after each attack (the
//! slowest answer is printed, to read with `--nocapture` on an idle machine), no descriptor and no file of theirs stays.

use crate::daemon::{Conf, Daemon, names, wait_until};
use crate::machine::alone;
use core_qb::ConnectionRequest;
use core_types::mar::{RequestHeader, ResponseHeader};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::signal::Signal;
use std::io::Write;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};
use sys_qb::Client;
use zerocopy::{FromBytes, IntoBytes};

const SERVICES: [&str; 5] = ["cmap", "cfg", "cpg", "quorum", "votequorum"];
/// After which an answer is none, in milliseconds.
const PATIENCE: i32 = 5000;
/// What every library of corosync asks for.
const MESSAGE: usize = 8192 * 128;

fn dial(service: &str) -> Option<UnixStream> {
    let mut name = [0; 107];
    name[..service.len()].copy_from_slice(service.as_bytes());
    let address = SocketAddr::from_abstract_name(name).expect("a name of that length");
    UnixStream::connect_addr(&address).ok()
}

/// Bytes without a pattern, from a seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn bytes_before_and_instead_of_a_handshake() {
    for seed in 0..300 {
        if let Some(mut socket) = dial(SERVICES[seed as usize % 5]) {
            let _refused = socket.write_all(&noise(seed, seed as usize % 60));
        }
    }
}

fn two_thousand_half_open() {
    let mut sockets: Vec<UnixStream> = (0..2000).filter_map(|index| dial(SERVICES[index % 5])).collect();
    for socket in &mut sockets {
        let _dropped = socket.write_all(&[0xFF; 9]);
    }
    std::thread::sleep(Duration::from_millis(300));
}

fn gone_before_the_answer() {
    for index in 0..200 {
        if let Some(mut socket) = dial(SERVICES[index % 5]) {
            let _refused = socket.write_all(ConnectionRequest::new(u32::MAX >> (index % 32)).as_bytes());
        }
    }
}

fn requests_of_every_kind_with_any_contents() {
    for (number, service) in SERVICES.into_iter().enumerate() {
        for id in -4..24 {
            // what ends the daemon or its node on demand is no accident
            if service == "cfg" && (2..=4).contains(&id) {
                continue;
            }
            let Ok(client) = Client::connect(service, MESSAGE) else { continue };
            for length in [0, 4, 8, 24, 280, 600, 5000] {
                let body = noise(number as u64 * 1000 + length as u64 + (id + 4) as u64, length);
                let mut header = RequestHeader::new(id, size_of::<RequestHeader>() + length);
                let _ended = client.send(&[header.as_bytes(), &body]);
                header.size = i32::from_ne_bytes([body.first().copied().unwrap_or(7), 0xFF, 3, 0x80]);
                let _ended = client.send(&[header.as_bytes(), &body]);
            }
            let _ended = client.send(&[&noise(id as u64, 3)]);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn many_connections_at_once() {
    let clients: Vec<Client> =
        (0..100).filter_map(|index| Client::connect(SERVICES[index % 5], MESSAGE).ok()).collect();
    assert!(clients.len() > 50, "only {} of 100 connections", clients.len());
}

/// Asks for quorum and gets an answer, after what is returned.
#[track_caller]
fn is_answered(client: &Client, when: &str) -> Duration {
    let (start, mut reply) = (Instant::now(), [0; 256]);
    let length = client.call(&[RequestHeader::new(0, size_of::<RequestHeader>()).as_bytes()], &mut reply, PATIENCE);
    let took = start.elapsed();
    let header = length.map(|length| ResponseHeader::read_from_prefix(&reply[..length]));
    assert!(matches!(header, Ok(Ok((header, _))) if header.error == 1), "{when}: {header:?}");
    took
}

fn descriptors(daemon: &Daemon) -> usize {
    names(&format!("/proc/{}/fd", daemon.pid())).len()
}

#[test]
fn clients() {
    alone("hostile::clients", || {
        let (_, most) = getrlimit(Resource::RLIMIT_NOFILE).expect("a limit");
        setrlimit(Resource::RLIMIT_NOFILE, most.min(8192), most).expect("a raised limit");
        Conf::default().write();
        let daemon = Daemon::serving();
        let client = Client::connect("quorum", MESSAGE).expect("a connection");
        is_answered(&client, "before");
        let (open, shared) = (descriptors(&daemon), names("/dev/shm"));
        let attacks: [(&str, fn()); 5] = [
            ("noise", bytes_before_and_instead_of_a_handshake),
            ("half-open", two_thousand_half_open),
            ("gone", gone_before_the_answer),
            ("requests", requests_of_every_kind_with_any_contents),
            ("many", many_connections_at_once),
        ];
        for (name, attack) in attacks {
            let mut slowest = Duration::ZERO;
            std::thread::scope(|scope| {
                let attacking = scope.spawn(attack);
                while !attacking.is_finished() {
                    slowest = slowest.max(is_answered(&client, name));
                    std::thread::sleep(Duration::from_millis(1));
                }
                attacking.join().expect("the attack itself");
            });
            slowest = slowest.max(is_answered(&client, name));
            println!("{name}: answered after {slowest:?} at most");
            wait_until("descriptors to be closed", || descriptors(&daemon) <= open);
            wait_until("files to be removed", || names("/dev/shm") == shared);
        }
        drop(client);
        daemon.stop(Signal::SIGTERM).assert("hostile", 0, "exiting normally");
        assert_eq!(names("/dev/shm"), [""; 0]);
    });
}
