//! Attacks before a connection stands.

use super::{Attack, MESSAGE, SERVICES, noise};
use core_qb::ConnectionRequest;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::time::Duration;
use sys_qb::Client;
use testkit::rogue::dial;
use zerocopy::IntoBytes;

pub(super) const ATTACKS: &[Attack] = &[
    ("noise instead of a handshake", instead_of_a_handshake),
    ("2000 half-open connections", two_thousand_half_open),
    ("handshakes one byte at a time", dribbled),
    ("handshakes abandoned before the answer", gone_before_the_answer),
    ("messages of absurd sizes asked for", absurd_sizes),
    ("100 connections at once", many_at_once),
];

fn instead_of_a_handshake() {
    for seed in 0..300 {
        if let Ok(mut socket) = dial(SERVICES[seed as usize % 5]) {
            let _refused = socket.write_all(&noise(seed, seed as usize % 60));
        }
    }
}

fn two_thousand_half_open() {
    let mut sockets: Vec<UnixStream> = (0..2000).filter_map(|index| dial(SERVICES[index % 5]).ok()).collect();
    for socket in &mut sockets {
        let _dropped = socket.write_all(&[0xFF; 9]);
    }
    std::thread::sleep(Duration::from_millis(300));
}

fn dribbled() {
    let mut sockets: Vec<UnixStream> = (0..100).filter_map(|index| dial(SERVICES[index % 5]).ok()).collect();
    for byte in &ConnectionRequest::new(MESSAGE as u32).as_bytes()[..23] {
        for socket in &mut sockets {
            let _dropped = socket.write_all(&[*byte]);
        }
    }
}

fn gone_before_the_answer() {
    for index in 0..200 {
        if let Ok(mut socket) = dial(SERVICES[index % 5]) {
            let _refused = socket.write_all(ConnectionRequest::new(u32::MAX >> (index % 32)).as_bytes());
        }
    }
}

fn absurd_sizes() {
    for size in [0, 1, 24, u32::MAX >> 1, u32::MAX - 4096, u32::MAX] {
        for service in SERVICES {
            let client = Client::connect(service, size as usize).expect("a connection of a sane size");
            assert!((12328..=2 << 20).contains(&client.max_message()), "{size}: {}", client.max_message());
        }
    }
}

fn many_at_once() {
    let clients: Vec<Client> =
        (0..100).filter_map(|index| Client::connect(SERVICES[index % 5], MESSAGE).ok()).collect();
    assert!(clients.len() > 50, "only {} of 100 connections", clients.len());
}
