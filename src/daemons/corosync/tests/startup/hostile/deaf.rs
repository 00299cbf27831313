//! Clients that never read their events.

use super::{MESSAGE, Siege, ask, connect, descriptors};
use crate::daemon::{Conf, Daemon};
use crate::machine::alone;
use core_cpg::wire::GroupName;
use core_cpg::wire::ipc::{JoinRequest, McastRequest, request};
use core_types::mar::{RequestHeader, ResponseHeader};
use std::time::{Duration, Instant};
use sys_qb::{Client, Errno};
use zerocopy::IntoBytes;

/// How many there are.
const DEAF: usize = 6;
/// What the daemon keeps for one of them before it gives it up, and for all of them, in KiB.
const ONE_BACKLOG: u64 = 64 << 10;
const ALL_BACKLOGS: u64 = 256 << 10;
/// What else the daemon may need in that time, in KiB.
const MARGIN: u64 = 64 << 10;

/// A client that joined a group.
pub(super) fn member(group: &[u8], pid: u32) -> Client {
    let client = connect("cpg");
    let header = RequestHeader::new(request::JOIN, size_of::<JoinRequest>());
    let group = GroupName::new(group).expect("a group's name");
    let join = JoinRequest { header, group, pid, pad0: 0, flags: 0, pad1: 0 };
    assert_eq!(ask(&client, join.as_bytes()), 1, "join");
    client
}

/// Sends a message to the group, if there is room.
pub(super) fn say(client: &Client, payload: &[u8]) -> Result<(), Errno> {
    let header = ResponseHeader::new(request::MCAST, size_of::<McastRequest>() + payload.len(), 0);
    let mcast = McastRequest { header, guarantee: 2, pad0: 0, msglen: payload.len() as u32, pad1: 0 };
    client.send(&[mcast.as_bytes(), payload])
}

/// The daemon's memory that isn't shared, in KiB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("a figure");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Talks to a group whose other members don't listen until they are thrown out; what the daemon needed meanwhile.
fn until_evicted(siege: &Siege, payload: &[u8]) -> u64 {
    let (pid, mut highest) = (siege.daemon.pid(), 0);
    let talker = member(b"deaf", 1);
    let alone = descriptors(pid);
    let deaf: Vec<Client> = (0..DEAF).map(|index| member(b"deaf", 2 + index as u32)).collect();
    let (start, mut event) = (Instant::now(), vec![0; MESSAGE]);
    while descriptors(pid) > alone {
        let _no_room = say(&talker, payload);
        while talker.event(&mut event, 0).is_ok() {}
        talker.settle().expect("the talker listens and stays");
        highest = highest.max(memory(pid));
        assert!(start.elapsed() < Duration::from_secs(20), "who never reads is still there; {highest} KiB");
    }
    for client in deaf {
        let said = say(&client, b"x");
        assert!(matches!(said, Err(errno) if errno != Errno::EAGAIN), "thrown out: {said:?}");
    }
    highest
}

fn deaf(test: &str, transport: &str, conf: Conf) {
    alone(test, || {
        conf.write();
        let siege = Siege::of(Daemon::serving());
        for length in [2000, 900_000] {
            let (before, mut highest) = (memory(siege.daemon.pid()), 0);
            let name = format!("{DEAF} members that never read, {length} bytes, {transport}");
            siege.under(&name, || highest = until_evicted(&siege, &vec![7; length]));
            let after = memory(siege.daemon.pid());
            println!("memory of the daemon: {name}: {before} KiB before, {highest} at most, {after} after");
            assert!(highest > ONE_BACKLOG * 9 / 10, "thrown out with less than a backlog");
            assert!(highest < ALL_BACKLOGS + MARGIN, "more than all backlogs together may have");
        }
        siege.end();
    });
}

#[test]
fn over_rings() {
    deaf("hostile::deaf::over_rings", "rings", Conf::default());
}

#[test]
fn over_sockets() {
    let conf = Conf { system: "qb_ipc_type: socket", ..Conf::default() };
    deaf("hostile::deaf::over_sockets", "sockets", conf);
}
