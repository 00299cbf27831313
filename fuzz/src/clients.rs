//! Our client libraries, told anything by a server: replies and events of any contents, in order with their calls.

use crate::records;
use core_cpg::wire::GroupName;
use core_types::mar::ResponseHeader;
use core_types::{CsError, RingId};
use nix::sched::{CloneFlags, unshare};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use sys_client::{Dispatch, cfg::Cfg, cmap::Cmap, cpg::Cpg, quorum, quorum::Quorum, votequorum::Votequorum};
use sys_qb::{Accept, Connection, Server, TransportType};
use zerocopy::IntoBytes;

/// The steps' numbers.
pub mod step {
    /// A reply: the bytes behind its header, whose error is `arg`; and the call number `who` that gets it.
    pub const REPLY: u8 = 0;
    /// An event of number `arg`, with these bytes behind its header.
    pub const EVENT: u8 = 1;
    /// A reply without a header.
    pub const RAW_REPLY: u8 = 2;
    /// An event without a header.
    pub const RAW_EVENT: u8 = 3;
    /// How many kinds there are.
    pub const COUNT: u8 = 4;
}

/// What the server offers at most, in bytes.
const TERMS: Accept = Accept { message_floor: 0, message_cap: 64 << 10, owner: None };
/// Replies that say no, after those of the input: no call waits for ever.
const REFUSALS: usize = 64;
/// How long a client may take to connect.
const PATIENCE: Duration = Duration::from_secs(10);

thread_local! {
    static SERVERS: RefCell<BTreeMap<&'static str, Server>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whether this thread may have servers of the names that clients know: those of the machine it runs on are in use
/// where a corosync runs, so that it needs a network of its own.
pub fn can_run() -> bool {
    thread_local!(static ALONE: bool = unshare(CloneFlags::CLONE_NEWNET).is_ok());
    ALONE.with(|alone| *alone)
}

/// A client that connected, and its connection's other end, which is kept until the client is dropped.
fn connected<C: Send>(
    service: &'static str,
    input: &[u8],
    connect: impl FnOnce() -> Result<C, CsError> + Send,
) -> Option<(Connection, C)> {
    if !can_run() {
        return None;
    }
    SERVERS.with_borrow_mut(|servers| {
        let server =
            servers.entry(service).or_insert_with(|| Server::bind(service, TransportType::Shm).expect("alone"));
        std::thread::scope(|scope| {
            let client = scope.spawn(connect);
            let connection = accept(server).map(|mut connection| {
                fill(&mut connection, input);
                connection
            });
            let client = client.join().expect("connecting does not panic").ok();
            connection.zip(client)
        })
    })
}

fn accept(server: &Server) -> Option<Connection> {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let Ok(Some(mut handshake)) = server.accept() else {
            std::thread::yield_now();
            continue;
        };
        while begin.elapsed() < PATIENCE {
            match handshake.progress() {
                Ok(Some(_)) => return handshake.accept(TERMS).ok(),
                Ok(None) => std::thread::yield_now(),
                Err(_) => return None,
            }
        }
    }
    None
}

/// Replies and events of the input; what doesn't fit is left out.
fn fill(connection: &mut Connection, input: &[u8]) {
    for record in records::read(input) {
        let error = i32::from(record.arg);
        let reply = ResponseHeader::new(0, size_of::<ResponseHeader>() + record.bytes.len(), error);
        let event = ResponseHeader { id: error, error: 1, ..reply };
        let _full = match record.kind % step::COUNT {
            step::REPLY => connection.respond(&[reply.as_bytes(), record.bytes]),
            step::EVENT => connection.event(&[event.as_bytes(), record.bytes]),
            step::RAW_REPLY => connection.respond(&[record.bytes]),
            _ => connection.event(&[record.bytes]),
        };
    }
    let refusal = ResponseHeader::new(0, size_of::<ResponseHeader>(), CsError::Library as i32);
    for _ in 0..REFUSALS {
        let _full = connection.respond(&[refusal.as_bytes()]);
    }
    let _gone = connection.flush();
}

/// Makes a call for each reply, then takes all events.
fn each_call(input: &[u8], mut call: impl FnMut(u8)) {
    for record in records::read(input).take(REFUSALS / 2) {
        if matches!(record.kind % step::COUNT, step::REPLY | step::RAW_REPLY) {
            call(record.who);
        }
    }
}

/// libcpg's calls and events.
pub fn cpg(input: &[u8]) {
    let Some((_server, cpg)) = connected("cpg", input, || Cpg::connect(1)) else { return };
    let group = GroupName::new(b"group").expect("a short name");
    each_call(input, |call| match call % 7 {
        0 => drop(cpg.join(group)),
        1 => drop(cpg.membership(group)),
        2 => drop(cpg.local_get()),
        3 => drop(cpg.iteration_initialize(3, None)),
        4 => drop(cpg.iteration_next(1)),
        5 => drop(cpg.leave(group)),
        _ => drop(cpg.buffer_mcast(1)),
    });
    let _lost = cpg.dispatch(Dispatch::All, |_| false);
    let _lost = cpg.dispatch(Dispatch::All, |_| false);
}

/// libcfg's calls and events.
pub fn cfg(input: &[u8]) {
    let Some((_server, cfg)) = connected("cfg", input, Cfg::connect) else { return };
    each_call(input, |call| match call % 6 {
        0 => drop(cfg.ring_status()),
        1 => drop(cfg.node_status(1)),
        2 => drop(cfg.node_addresses(1)),
        3 => drop(cfg.local_node()),
        4 => drop(cfg.reload_config()),
        _ => drop(cfg.track_start(1)),
    });
    let _lost = cfg.dispatch(Dispatch::All, |_| false);
}

/// libcmap's calls and events.
pub fn cmap(input: &[u8]) {
    let Some((_server, cmap)) = connected("cmap", input, Cmap::<u32>::connect) else { return };
    each_call(input, |call| match call % 7 {
        0 => drop(cmap.get(b"totem.version", 0)),
        1 => drop(cmap.get(b"totem.version", 100)),
        2 => drop(cmap.iter_init(Some(b"totem."))),
        3 => drop(cmap.iter_next(1)),
        4 => drop(cmap.track_add(Some(b"totem."), 7, 5)),
        5 => drop(cmap.track_delete(1)),
        _ => drop(cmap.set(b"abc", 6, &[1, 2, 3, 4])),
    });
    let _lost = cmap.dispatch(Dispatch::All, |_, _| false);
}

/// libquorum's calls and events.
pub fn quorum(input: &[u8]) {
    for model in [quorum::Model::V0, quorum::Model::V1] {
        let Some((_server, (quorum, _))) = connected("quorum", input, || Quorum::connect(model)) else { return };
        each_call(input, |call| match call % 3 {
            0 => drop(quorum.is_quorate()),
            1 => drop(quorum.track_start(3)),
            _ => drop(quorum.track_stop()),
        });
        let _lost = quorum.dispatch(Dispatch::All, |_| false);
    }
}

/// libvotequorum's calls and events.
pub fn votequorum(input: &[u8]) {
    let Some((_server, votes)) = connected("votequorum", input, Votequorum::connect) else { return };
    let name = core_votequorum::wire::name_field(b"device").expect("a short name");
    each_call(input, |call| match call % 4 {
        0 => drop(votes.info(1)),
        1 => drop(votes.track_start(7, 3)),
        2 => drop(votes.qdevice_poll(name, 1, RingId::default())),
        _ => drop(votes.set_expected(3)),
    });
    let _lost = votes.dispatch(Dispatch::All, |_| false);
}
