//! Attacks where messages are datagrams: on their sockets, which have names that everybody can read, and on the control
//! file.

use super::deaf::{member, say};
use super::{Attack, MESSAGE};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};
use sys_qb::Errno;
use testkit::rogue::Rogue;

pub(super) const ATTACKS: &[Attack] =
    &[("datagrams of strangers", strangers), ("control file cut off", control_cut_off)];

/// The address of one of a connection's sockets, as libqb binds it.
fn address(base: &str, name: &str) -> SocketAddr {
    let mut padded = [0; 107];
    let name = format!("{base}-{name}");
    padded[..name.len()].copy_from_slice(name.as_bytes());
    SocketAddr::from_abstract_name(padded).expect("a name of that length")
}

/// While the client's own end isn't there, everybody may send to the daemon's.
fn strangers() {
    let rogue = Rogue::connect("cpg", MESSAGE as u32).expect("a connection");
    let request = address(&rogue.paths[1], "request");
    let stranger = UnixDatagram::unbound().expect("a socket");
    stranger.set_nonblocking(true).expect("a socket");
    let (start, mut sent) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_millis(300) {
        for length in [0, 1, 16, 4096] {
            sent += u32::from(stranger.send_to_addr(&vec![4; length], &request).is_ok());
        }
    }
    assert!(sent > 4, "nothing of it arrived");
}

fn control_cut_off() {
    let before = super::names("/dev/shm");
    let victim = member(b"cut off", 1);
    let directory = super::names("/dev/shm").into_iter().find(|name| !before.contains(name)).expect("a directory");
    let control = format!("/dev/shm/{directory}/qb-control-cpg");
    std::fs::File::options().write(true).open(control).and_then(|file| file.set_len(0)).expect("an empty file");
    let talker = member(b"cut off", 2);
    let mut event = vec![0; MESSAGE];
    // the daemon counts each event there
    for _ in 0..10 {
        assert_ne!(say(&talker, b"x"), Err(Errno::ENOTCONN), "the talker stays");
        while talker.event(&mut event, 10).is_ok() {}
    }
    drop(victim);
}
