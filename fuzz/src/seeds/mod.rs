//! Inputs as well-behaved programs and nodes make them, built from the wire structures themselves: fuzzing starts
//! behind the first checks.

pub(crate) mod clients;

use crate::records::Writer;
use crate::{engine, icmap as map, qb, ring, services, sync as barrier};
use core_cfg::wire as cfg;
use core_cmap::wire as cmap;
use core_cpg::wire::{GroupName, exec, ipc, partial, reason};
use core_icmap::Type;
use core_qb::{ConnectionRequest, ConnectionResponse, TransportType};
use core_quorum::wire as quorum;
use core_sync::wire::Message;
use core_types::mar::{MarName, MessageSource, NumberRequest, RequestHeader, ResponseHeader};
use core_types::{NodeId, RingId};
use core_votequorum::wire as votes;
use services::step::{
    BUFFER, CONFIGURE, DELIVER, FILE, FULL, GONE, KEY, PASS, QUORUM, RELOADED, REQUEST, RING, SWAPPED,
};
use zerocopy::{FromZeros, Immutable, IntoBytes};

const HEADER: RequestHeader = RequestHeader { id: 0, pad0: 0, size: 0, pad1: 0 };

/// What follows a request's header.
fn body<T: IntoBytes + Immutable>(request: &T) -> Vec<u8> {
    request.as_bytes()[size_of::<RequestHeader>()..].to_vec()
}

fn number(number: u32) -> Vec<u8> {
    body(&NumberRequest { header: HEADER, number, pad: 0 })
}

/// The same input with and without each of its steps that other nodes' byte order changes.
fn both_orders(build: impl Fn(u8) -> Writer) -> Vec<Vec<u8>> {
    vec![build(0).0, build(SWAPPED).0]
}

pub(crate) fn handshake() -> Vec<Vec<u8>> {
    let request = ConnectionRequest::new(5000);
    let bytes = request.as_bytes();
    let whole = |who| Writer::new().and(0, who, 0, bytes).0;
    let refused = Writer::new().and(0, 0, 1, bytes).0;
    vec![whole(0), whole(1), refused, Writer::new().and(0, 0, 0, &bytes[..9]).and(0, 0, 0, &bytes[9..]).0]
}

pub(crate) fn answer() -> Vec<Vec<u8>> {
    let yes = ConnectionResponse::acceptance(TransportType::Shm, 1 << 20, ["/dev/shm/a", "/dev/shm/b", "/dev/shm/c"]);
    vec![yes.as_bytes().to_vec(), ConnectionResponse::refusal(13).as_bytes()[..40].to_vec()]
}

pub(crate) fn shared() -> Vec<Vec<u8>> {
    use qb::step::{CHUNK, DATA, EVENT, HEADER, POST, RECEIVE, RESPOND, SOCKET, TRUNCATE};
    let request = RequestHeader::new(3, 16);
    let exchange = |stream: Writer| {
        stream
            .and(CHUNK, 0, 0, request.as_bytes())
            .and(RECEIVE, 0, 0, b"")
            .and(RESPOND, 0, 24, &[1; 24])
            .and(EVENT, 0, 0, &[2; 40])
    };
    let thrice = (0..3).fold(Writer::new(), |stream, _| exchange(stream)).0;
    let long = (0..6).fold(Writer::new(), |stream, _| stream.and(CHUNK, 0, 0, &[7; 3000]).and(RECEIVE, 0, 0, b"")).0;
    let positions = [4u32, 4096].map(u32::to_ne_bytes).concat();
    let hostile = exchange(Writer::new())
        .and(HEADER, 0, 0, &positions)
        .and(DATA, 0, 0, &[0xFF; 8])
        .and(POST, 0, 2, b"")
        .and(SOCKET, 0, 0, b"xx")
        .and(RECEIVE, 0, 0, b"")
        .and(TRUNCATE, 1, 0, b"")
        .and(RESPOND, 0, 24, &[1; 24]);
    let full = (0..40).fold(Writer::new(), |stream, _| stream.and(EVENT, 0, 0, &[9; 500])).0;
    vec![
        thrice,
        long,
        hostile.0,
        full,
        Writer::new().and(CHUNK, 0, 0, &(-3i32).to_ne_bytes()).and(RECEIVE, 0, 0, b"").0,
    ]
}

fn group() -> GroupName {
    GroupName::new(b"group").expect("a short name")
}

pub(crate) fn service_cpg() -> Vec<Vec<u8>> {
    use ipc::request as id;
    let group = group();
    let join = body(&ipc::JoinRequest { header: HEADER, group, pid: 100, pad0: 0, flags: 1, pad1: 0 });
    let leave = body(&ipc::LeaveRequest { header: HEADER, group, pid: 100, pad: 0 });
    let response = ResponseHeader::default();
    let mcast = ipc::McastRequest { header: response, guarantee: 2, pad0: 0, msglen: 5, pad1: 0 };
    let mcast = [&body(&mcast)[..], b"hello"].concat();
    let part = |part, msglen| {
        let (header, guarantee, fraglen) = (response, 2, 4);
        let head =
            ipc::PartialMcastRequest { header, guarantee, pad0: 0, msglen, pad1: 0, fraglen, pad2: 0, part, pad3: 0 };
        [&body(&head)[..], b"part"].concat()
    };
    let iterate = |kind| body(&ipc::IterationInitializeRequest { header: HEADER, group, kind, pad: 0 });
    let next = |handle: u64| body(&ipc::IterationRequest { header: HEADER, handle });
    let joined = |who| Writer::new().and(REQUEST, who, id::JOIN as u16, &join);
    let calls = joined(0)
        .and(REQUEST, 1, id::JOIN as u16, &join)
        .and(REQUEST, 0, id::MCAST as u16, &mcast)
        .and(REQUEST, 0, id::PARTIAL_MCAST as u16, &part(partial::FIRST, 8))
        .and(REQUEST, 0, id::PARTIAL_MCAST as u16, &part(partial::LAST, 8))
        .and(REQUEST, 0, id::MEMBERSHIP as u16, &body(&ipc::MembershipRequest { header: HEADER, group }))
        .and(REQUEST, 0, id::LOCAL_GET as u16, b"")
        .and(REQUEST, 0, id::LEAVE as u16, &leave)
        .and(REQUEST, 0, id::FINALIZE as u16, b"");
    let iterations = [1, 2, 3].into_iter().fold(joined(0), |stream, kind| {
        let stream = stream.and(REQUEST, 1, id::ITERATION_INITIALIZE as u16, &iterate(kind));
        let last = |stream: Writer, handle| stream.and(REQUEST, 1, id::ITERATION_NEXT as u16, &next(handle));
        let stream = (0..4).fold(stream, last);
        stream.and(REQUEST, 1, id::ITERATION_FINALIZE as u16, &next(u64::from(kind)))
    });
    let mut path = [0; ipc::ZC_PATH_MAX];
    path[..9].copy_from_slice(b"/dev/shm/");
    let zero_copy = ipc::McastRequest { header: response, guarantee: 2, pad0: 0, msglen: 5, pad1: 0 };
    let buffer = [&[0u8; 16][..], zero_copy.as_bytes(), b"hello", &[0; 60]].concat();
    let alloc = body(&ipc::ZcAllocRequest { header: HEADER, map_size: 100, path });
    let of = |server_address| body(&ipc::ZcFreeRequest { header: HEADER, map_size: 100, server_address });
    let buffers = joined(0)
        .and(BUFFER, 0, 0, &buffer)
        .and(REQUEST, 0, id::ZC_ALLOC as u16, &alloc)
        .and(REQUEST, 0, id::ZC_EXECUTE as u16, &1u64.to_ne_bytes())
        .and(REQUEST, 0, id::ZC_FREE as u16, &of(1));
    let nodes = |order: u8| {
        let turn = |number: u32| if order == 0 { number } else { number.swap_bytes() };
        let mut group = group;
        group.length = turn(group.length);
        let source = MessageSource { nodeid: turn(2), pad: 0, conn: 7 };
        let proc = |reason| exec::ProcJoin { group, pid: turn(9), pad0: 0, reason: turn(reason), pad1: 0 };
        let entry = exec::JoinListEntry { pid: turn(9), pad: 0, group };
        let list = [exec::JoinListHead::default().as_bytes(), entry.as_bytes(), entry.as_bytes()].concat();
        let mcast = exec::Mcast { group, msglen: turn(3), pad0: 0, pid: turn(9), pad1: 0, source };
        let mut down = exec::Downlist::new_zeroed();
        (down.old_members, down.left, down.nodeids[0]) = (turn(2), turn(1), turn(3));
        let fraglen = turn(3);
        let part = |part| exec::PartialMcast {
            group,
            msglen: turn(3),
            pad0: 0,
            fraglen,
            pad1: 0,
            pid: turn(9),
            pad2: 0,
            part: turn(part),
            pad3: 0,
            source,
        };
        let from = order | 2;
        joined(0)
            .and(RING, 0, 0b111, b"")
            .and(DELIVER, from, exec::message::PROCJOIN, proc(reason::JOIN).as_bytes())
            .and(DELIVER, from, exec::message::MCAST, &[mcast.as_bytes(), b"abc"].concat())
            .and(DELIVER, from, exec::message::PARTIAL_MCAST, &[part(partial::FIRST).as_bytes(), b"abc"].concat())
            .and(DELIVER, from, exec::message::JOINLIST, &list)
            .and(DELIVER, from, exec::message::DOWNLIST, down.as_bytes())
            .and(DELIVER, from, exec::message::PROCLEAVE, proc(reason::LEAVE).as_bytes())
            .and(DELIVER, order | 3, exec::message::JOINLIST, &list)
            .and(RING, 0, 0b011, b"")
            .and(RING, 1, 0b111, b"")
            .and(GONE, 0, 0, b"")
    };
    let refused = joined(0).and(FULL, 1, 0, b"").and(REQUEST, 0, 2, &mcast).and(GONE, 0, 0, b"");
    [both_orders(nodes), vec![calls.0, iterations.0, buffers.0, refused.0]].concat()
}

pub(crate) fn service_cfg() -> Vec<Vec<u8>> {
    use cfg::request as id;
    let mut reason = cfg::CsName { length: 4, value: [0; 256] };
    reason.value[..3].copy_from_slice(b"why");
    let kill = body(&cfg::KillRequest { header: HEADER, nodeid: 2, pad0: 0, reason, pad1: [0; 6] });
    let status = body(&cfg::NodeStatusRequest { header: HEADER, nodeid: 2, pad0: 0, version: 1, pad1: 0 });
    let calls = Writer::new()
        .and(REQUEST, 0, id::RING_STATUS as u16, b"")
        .and(REQUEST, 0, id::RING_REENABLE as u16, b"")
        .and(REQUEST, 0, id::KILL_NODE as u16, &kill)
        .and(REQUEST, 0, id::NODE_ADDRESSES as u16, &number(2))
        .and(REQUEST, 0, id::LOCAL_GET as u16, b"")
        .and(REQUEST, 0, id::NODE_STATUS as u16, &status)
        .and(REQUEST, 0, id::RELOAD as u16, b"")
        .and(RELOADED, 0, 0, b"")
        .and(REQUEST, 0, id::REOPEN_LOGS as u16, b"")
        .and(RELOADED, 1, 0, b"");
    let shutdown = |answer| {
        Writer::new()
            .and(REQUEST, 0, id::TRACK_START as u16, &[1, 0, 0, 0, 0, 0, 0, 0])
            .and(REQUEST, 1, id::TRY_SHUTDOWN as u16, &number(cfg::shutdown::REQUEST))
            .and(REQUEST, 0, id::REPLY_TO_SHUTDOWN as u16, &number(answer))
            .and(PASS, 0, 9000, b"")
            .and(REQUEST, 0, id::TRACK_STOP as u16, b"")
            .0
    };
    let nodes = |order: u8| {
        let turn = |number: u32| if order == 0 { number } else { number.swap_bytes() };
        let mut reason = MarName::new(b"why\0").expect("a short name");
        if order != 0 {
            reason.length = reason.length.swap_bytes();
        }
        let kill = |node| cfg::KillMessage { nodeid: turn(node), pad: 0, reason };
        let crypto = |phase| cfg::CryptoMessage { phase: turn(phase), pad: 0 };
        let from = order | 2;
        let source = MessageSource { nodeid: turn(2), pad: 0, conn: 1 };
        Writer::new()
            .and(RING, 0, 0b111, b"")
            .and(DELIVER, from, cfg::exec::RING_REENABLE, b"")
            .and(DELIVER, from, cfg::exec::SHUTDOWN, b"")
            .and(DELIVER, from, cfg::exec::RELOAD, source.as_bytes())
            .and(RELOADED, 0, 0, b"")
            .and(services::step::CRYPTO, 0, 0, b"")
            .and(DELIVER, from, cfg::exec::CRYPTO_RECONFIG, crypto(1).as_bytes())
            .and(DELIVER, from, cfg::exec::CRYPTO_RECONFIG, crypto(2).as_bytes())
            .and(DELIVER, from, cfg::exec::KILL_NODE, kill(2).as_bytes())
            .and(DELIVER, from, cfg::exec::KILL_NODE, kill(1).as_bytes())
    };
    [both_orders(nodes), vec![calls.0, shutdown(1), shutdown(0)]].concat()
}

fn key(name: &str) -> MarName {
    MarName::new(name.as_bytes()).expect("a short name")
}

pub(crate) fn service_cmap() -> Vec<Vec<u8>> {
    use cmap::request as id;
    let set = |name, kind, value: &[u8]| {
        let value_len = value.len() as u64;
        [&body(&cmap::SetRequest { header: HEADER, key: key(name), value_len, kind, pad: [0; 7] })[..], value].concat()
    };
    let of = |name| body(&cmap::KeyRequest { header: HEADER, key: key(name) });
    let get = |name, value_len| body(&cmap::GetRequest { header: HEADER, key: key(name), value_len });
    let adjust = |name, step| body(&cmap::AdjustRequest { header: HEADER, key: key(name), step, pad: 0 });
    let handle = |handle: u64| handle.to_ne_bytes();
    let track = |name, track_type| {
        body(&cmap::TrackRequest { header: HEADER, key: key(name), track_type, pad: 0, instance: 5 })
    };
    let tracked = Writer::new()
        .and(REQUEST, 0, id::TRACK_ADD as u16, &track("abc.", 15))
        .and(REQUEST, 1, id::TRACK_ADD as u16, &track("abc.x", 7))
        .and(REQUEST, 0, id::SET as u16, &set("abc.x", 6, &7u32.to_ne_bytes()))
        .and(REQUEST, 0, id::ADJUST as u16, &adjust("abc.x", -9))
        .and(REQUEST, 1, id::GET as u16, &get("abc.x", 4))
        .and(REQUEST, 1, id::SET as u16, &set("abc.text", 11, b"text\0"))
        .and(REQUEST, 1, id::GET as u16, &get("abc.text", 0))
        .and(REQUEST, 0, id::DELETE as u16, &of("abc.x"))
        .and(KEY, 6, 0, b"abc.x\0\x01\0\0\0")
        .and(KEY, 0, 0, b"abc.x")
        .and(REQUEST, 0, id::TRACK_DELETE as u16, &handle(1))
        .and(GONE, 1, 0, b"");
    let next = |stream: Writer, _| stream.and(REQUEST, 0, id::ITER_NEXT as u16, &handle(1));
    let iterated = (0..4).fold(Writer::new().and(REQUEST, 0, id::ITER_INIT as u16, &of("nodelist.")), next);
    let iterated = iterated.and(REQUEST, 0, id::ITER_FINALIZE as u16, &handle(1));
    let stats = Writer::new()
        .and(REQUEST, 0, id::SET_MAP as u16, &number(cmap::map::STATS as u32))
        .and(REQUEST, 0, id::TRACK_ADD as u16, &track("stats.", 15))
        .and(REQUEST, 0, id::GET as u16, &get("stats.srp.tx", 8))
        .and(REQUEST, 0, id::ITER_INIT as u16, &of("stats."))
        .and(REQUEST, 0, id::ITER_NEXT as u16, &handle(1))
        .and(REQUEST, 0, id::SET as u16, &set("stats.clear.all", 6, &1u32.to_ne_bytes()))
        .and(services::step::CLIENTS, 0, 0, b"")
        .and(PASS, 0, 4000, b"");
    let nodes = |order: u8| {
        let turn = |number: u64| if order == 0 { number } else { number.swap_bytes() };
        let message = |reason| {
            let head = cmap::Multicast { reason, items: 2, ..Default::default() };
            let mut item = cmap::Item { key: key("abc"), kind: Type::Binary as u8, pad: [0; 7], value_len: turn(3) };
            let mut version = cmap::Item { key: key("totem.config_version"), ..item };
            (version.kind, version.value_len) = (Type::U64 as u8, turn(8));
            if order != 0 {
                item.key.length = item.key.length.swap_bytes();
                version.key.length = version.key.length.swap_bytes();
            }
            let value = turn(9).to_ne_bytes();
            [head.as_bytes(), item.as_bytes(), b"xyz\0\0\0\0\0", version.as_bytes(), &value].concat()
        };
        Writer::new()
            .and(RING, 0, 0b11, b"")
            .and(DELIVER, order | 2, 0, &message(cmap::reason::SYNC))
            .and(DELIVER, order | 2, 0, &message(cmap::reason::NEW_CONFIG_VERSION))
            .and(RING, 0, 0b111, b"")
            .and(KEY, 8, 0, b"totem.config_version\0\x05\0\0\0\0\0\0\0")
    };
    [both_orders(nodes), vec![tracked.0, iterated.0, stats.0]].concat()
}

pub(crate) fn service_quorum() -> Vec<Vec<u8>> {
    use quorum::request as id;
    let model = |who, model| Writer::new().and(REQUEST, who, id::MODEL_GET_TYPE as u16, &number(model));
    let tracked = |stream: Writer, who| {
        stream
            .and(REQUEST, who, id::GET_QUORATE as u16, b"")
            .and(REQUEST, who, id::TRACK_START as u16, &number(quorum::track::CHANGES | quorum::track::CURRENT))
            .and(RING, 0, 0b111, b"")
            .and(QUORUM, 1, 0b111, b"")
            .and(RING, 0, 0b101, b"")
            .and(QUORUM, 0, 0b101, b"")
            .and(REQUEST, who, id::TRACK_STOP as u16, b"")
            .and(REQUEST, who, id::GET_TYPE as u16, b"")
    };
    let none = Writer::new().and(CONFIGURE, 0, 0, b"quorum.provider=corosync_other");
    vec![tracked(Writer::new(), 0).0, tracked(model(1, 1), 1).0, tracked(model(1, 0), 1).0, none.0]
}

pub(crate) fn service_votequorum() -> Vec<Vec<u8>> {
    use votes::{exec as message, ipc::request as id};
    let name = votes::name_field(b"Qdevice").expect("a short name");
    let other = votes::name_field(b"Other").expect("a short name");
    let named = body(&votes::ipc::NameRequest { header: HEADER, name, pad: 0 });
    let update = body(&votes::ipc::UpdateRequest { header: HEADER, old: name, new: other, pad: [0; 2] });
    let ring = core_types::mar::MarRingId { nodeid: 1, pad: 0, seq: 8 };
    let poll = body(&votes::ipc::PollRequest { header: HEADER, name, pad0: 0, cast_vote: 1, pad1: 0, ring });
    let wins = body(&votes::ipc::MasterWinsRequest { header: HEADER, name, pad0: 0, allow: 1, pad1: 0 });
    let track = body(&votes::ipc::TrackRequest { header: HEADER, context: 7, flags: 3, pad: 0 });
    let node = body(&votes::ipc::SetVotesRequest { header: HEADER, votes: 2, nodeid: 2 });
    let device = b"quorum.device.model=net\nquorum.device.votes=1\nquorum.device.timeout=1000";
    let devices = Writer::new()
        .and(CONFIGURE, 0, 0, device)
        .and(REQUEST, 0, id::TRACK_START as u16, &track)
        .and(RING, 0, 0b111, b"")
        .and(REQUEST, 0, id::QDEVICE_REGISTER as u16, &named)
        .and(REQUEST, 0, id::QDEVICE_POLL as u16, &poll)
        .and(REQUEST, 0, id::QDEVICE_MASTER_WINS as u16, &wins)
        .and(REQUEST, 1, id::GET_INFO as u16, &number(0))
        .and(PASS, 0, 3000, b"")
        .and(REQUEST, 0, id::QDEVICE_UPDATE as u16, &update)
        .and(REQUEST, 0, id::QDEVICE_UNREGISTER as u16, &named);
    let calls = Writer::new()
        .and(REQUEST, 0, id::TRACK_START as u16, &track)
        .and(RING, 0, 0b111, b"")
        .and(REQUEST, 0, id::GET_INFO as u16, &number(1))
        .and(REQUEST, 0, id::SET_EXPECTED as u16, &number(3))
        .and(REQUEST, 0, id::SET_VOTES as u16, &node)
        .and(KEY, 6, 0, b"quorum.cancel_wait_for_all\0\x01\0\0\0")
        .and(REQUEST, 0, id::TRACK_STOP as u16, b"");
    let modes: [&[u8]; 5] = [
        b"quorum.two_node=1\nquorum.expected_votes=2",
        b"quorum.wait_for_all=1\nquorum.last_man_standing=1\nquorum.last_man_standing_window=1000",
        b"quorum.auto_tie_breaker=1\nquorum.auto_tie_breaker_node=2 3",
        b"quorum.allow_downscale=1\nquorum.expected_votes_tracking=1",
        b"quorum.expected_votes=4\nnodelist.node.0.quorum_votes=2",
    ];
    let nodes = |order: u8, mode: &[u8]| {
        let info = |nodeid, flags| {
            let info = message::Nodeinfo { nodeid, votes: 1, expected_votes: 3, flags };
            if order == 0 { info } else { info.swapped() }
        };
        let change = |param, value| {
            let change = message::Reconfigure { nodeid: 2, value, param, pad: [0; 7] };
            if order == 0 { change } else { change.swapped() }
        };
        let registered = message::QdeviceReg { operation: message::REGISTER, name, pad: [0; 5] };
        let registered = if order == 0 { registered } else { registered.swapped() };
        let renamed = message::QdeviceReconfigure { old: name, new: other, pad: [0; 2] };
        let from = order | 2;
        Writer::new()
            .and(CONFIGURE, 0, 0, mode)
            .and(FILE, 0, 0, &4u32.to_ne_bytes())
            .and(RING, 0, 0b11, b"")
            .and(DELIVER, from, message::NODEINFO, info(2, message::flags::QUORATE | message::flags::FIRST).as_bytes())
            .and(DELIVER, from, message::NODEINFO, info(0, message::flags::QDEVICE_ALIVE).as_bytes())
            .and(DELIVER, from, message::RECONFIGURE, change(message::param::EXPECTED_VOTES, 5).as_bytes())
            .and(DELIVER, from, message::RECONFIGURE, change(message::param::NODE_VOTES, 2).as_bytes())
            .and(DELIVER, from, message::RECONFIGURE, change(message::param::CANCEL_WAIT_FOR_ALL, 1).as_bytes())
            .and(DELIVER, from, message::QDEVICE_REG, registered.as_bytes())
            .and(DELIVER, from, message::QDEVICE_RECONFIGURE, renamed.as_bytes())
            .and(DELIVER, from, message::NODEINFO, info(2, message::flags::LEAVING).as_bytes())
            .and(RING, 0, 0b1, b"")
            .and(PASS, 0, 12_000, b"")
            .and(RELOADED, 0, 0, b"")
    };
    let all_modes = modes.into_iter().flat_map(|mode| both_orders(|order| nodes(order, mode)));
    all_modes.chain([devices.0, calls.0]).collect()
}

pub(crate) fn config() -> Vec<Vec<u8>> {
    let text = |text: &str| text.as_bytes().to_vec();
    let nodelist = "nodelist {\n node {\n ring0_addr: 127.0.0.1\n ring1_addr: ::1\n nodeid: 1\n name: n1\n quorum_votes: 2\n }\n \
                    node {\n ring0_addr: 127.0.0.2\n ring1_addr: ::2\n nodeid: 2\n }\n}\n";
    let knet = "totem {\n version: 2\n transport: knet\n cluster_name: c\n config_version: 3\n crypto_cipher: aes256\n \
                crypto_hash: sha256\n knet_compression_model: zlib\n token: 3000\n token_coefficient: 650\n link_mode: \
                active\n interface {\n linknumber: 0\n knet_link_priority: 1\n knet_transport: udp\n mcastport: 5405\n }\n \
                interface {\n linknumber: 1\n knet_ping_interval: 100\n }\n}\n";
    let udpu = "totem {\n version: 2\n transport: udpu\n netmtu: 1500\n ip_version: ipv4-6\n interface {\n linknumber: \
                0\n bindnetaddr: 127.0.0.0\n mcastaddr: 239.0.0.1\n ttl: 2\n broadcast: yes\n member {\n memberaddr: \
                127.0.0.1\n }\n }\n}\n";
    let rest = "quorum {\n provider: corosync_votequorum\n expected_votes: 2\n device {\n model: net\n votes: 1\n timeout: \
                100\n net {\n host: q\n algorithm: ffsplit\n }\n heuristics {\n mode: on\n exec_a: /bin/true\n }\n }\n}\n\
                logging {\n to_syslog: yes\n to_logfile: yes\n logfile: /a\n timestamp: hires\n format: a%t%6p%b\n \
                logger_subsys {\n subsys: QUORUM\n debug: trace\n }\n}\nuidgid {\n uid: hacluster\n gid: 0\n}\nresources \
                {\n system {\n memory_used {\n recovery: none\n max: 80\n poll_period: 3000\n }\n }\n watchdog_device: \
                off\n}\nsystem {\n sched_rr: yes\n priority: max\n state_dir: /s\n}\nqb {\n ipc_type: shm\n}\n";
    vec![
        test_doubles::conf::GOOD.as_bytes().to_vec(),
        text(&[knet, nodelist, rest].concat()),
        text(&[udpu, nodelist].concat()),
        text(&[udpu, rest].concat()),
    ]
}

pub(crate) fn uidgid() -> Vec<Vec<u8>> {
    vec![
        b"uidgid {\n uid: hacluster\n gid: haclient\n}\n".to_vec(),
        b"uidgid {\nuid: 0\n}\nother {\na: b\n}\n".to_vec(),
    ]
}

pub(crate) fn icmap() -> Vec<Vec<u8>> {
    use map::step::{ADJUST, DELETE, DELETE_PREFIX, FAST_ADJUST, LONG, READ_ONLY, SET, WATCH};
    let minus = (-5i16) as u16;
    let steps = Writer::new()
        .and(SET, 6, 0, b"abc.x\0\x01\0\0\0")
        .and(SET, 11, 0, b"abc.y\0text")
        .and(SET, 2, 0, b"abc.z\0\xFF")
        .and(ADJUST, 0, minus, b"abc.x")
        .and(FAST_ADJUST, 0, 3, b"abc.z")
        .and(WATCH, 1, 0, b"abc.")
        .and(FAST_ADJUST, 0, minus, b"abc.z")
        .and(READ_ONLY, 1, 0, b"abc.")
        .and(DELETE, 0, 0, b"abc.y")
        .and(DELETE_PREFIX, 0, 0, b"abc");
    let limits = Writer::new()
        .and(LONG, 254, 0x4000, b"\0")
        .and(LONG, 253, 0x4000, b"t")
        .and(LONG, 255, 1, b"t")
        .and(LONG, 1, 1, b"t")
        .and(LONG, 2, 0x4001, b"\0")
        .and(LONG, 2, 0x4001, b"t");
    let access = Writer::new()
        .and(SET, 2, 0, b"aaa.1\0\x01")
        .and(SET, 2, 0, b"aaa.1\0\x01")
        .and(SET, 4, 0, b"aaa.1\0\x01\0")
        .and(SET, 11, 0, b"aab\0a\0b")
        .and(SET, 11, 0, b"aaa.2\0ab\0")
        .and(READ_ONLY, 0, 0, b"aaa.1")
        .and(READ_ONLY, 1, 0, b"aaa.1")
        .and(READ_ONLY, 0, 1, b"aaa.1")
        .and(READ_ONLY, 1, 1, b"aaa.1")
        .and(ADJUST, 0, 0, b"aaa.1")
        .and(WATCH, 0, 0, b"aaa.1")
        .and(FAST_ADJUST, 0, 0, b"aaa.1");
    [steps, limits, access].map(|writer| writer.0).to_vec()
}

/// A packed frame's contents: the header, the blocks' lengths, the blocks, each for the group `a`.
fn packed(continuation: u8, fragmented: u8, blocks: &[&[u8]], swapped: bool) -> Vec<u8> {
    let short = |number: u16| if swapped { number.swap_bytes() } else { number }.to_ne_bytes();
    let mut bytes = [short(0), short(0)].concat();
    bytes.extend_from_slice(&[fragmented, continuation]);
    bytes.extend_from_slice(&short(blocks.len() as u16));
    blocks.iter().for_each(|block| bytes.extend_from_slice(&short(block.len() as u16)));
    bytes.extend_from_slice(&blocks.concat());
    bytes
}

pub(crate) fn totem_packed() -> Vec<Vec<u8>> {
    use ring::step::{PACKED, PASS};
    let streams = [false, true].map(|swapped| {
        let short = |number: u16| if swapped { number.swap_bytes() } else { number }.to_ne_bytes();
        let whole = [&short(1)[..], &short(1), b"a", b"contents"].concat();
        let two = [&short(2)[..], &short(4), &short(1), b"sync", b"a", b"contents"].concat();
        let order = u16::from(swapped);
        Writer::new()
            .and(PACKED, 0, order, &packed(0, 0, &[&whole, &two], swapped))
            .and(PASS, 0, 5, b"")
            .and(PACKED, 0, order, &packed(0, 1, &[&whole, &whole], swapped))
            .and(PASS, 0, 5, b"")
            .and(PACKED, 0, order, &packed(1, 2, &[b"goes on"], swapped))
            .and(PASS, 0, 5, b"")
            .and(PACKED, 0, order, &packed(2, 0, &[b"and ends", &whole], swapped))
            .and(PASS, 0, 5, b"")
    });
    streams.map(|stream| stream.0).to_vec()
}

pub(crate) fn totem_ring() -> Vec<Vec<u8>> {
    use ring::step::{CUT, FRAME, GATHER, PASS, REPLAY, RESTART, SEND};
    let busy = Writer::new()
        .and(SEND, 0, 3000, b"")
        .and(SEND, 1, 100, b"safe")
        .and(PASS, 0, 5, b"")
        .and(CUT, 2, 0, b"")
        .and(SEND, 0, 9000, b"")
        .and(PASS, 0, 250, b"")
        .and(CUT, 2, 0, b"")
        .and(PASS, 0, 250, b"")
        .and(RESTART, 1, 0, b"")
        .and(GATHER, 0, 0, b"")
        .and(PASS, 0, 250, b"");
    let frames = ring::true_frames();
    let step = (frames.len() / 40).max(1);
    let again = frames.iter().step_by(step).fold(Writer::new(), |stream, frame| stream.and(FRAME, 0, 0, frame));
    let replays = (0..40).fold(Writer::new(), |stream, at| {
        stream.and(REPLAY, at as u8, at * 7, &[13 + at as u8, 0, at as u8, 2]).and(PASS, 0, at, b"")
    });
    let recovering = Writer::new().and(SEND, 0, 9000, b"").and(CUT, 1, 0, b"").and(PASS, 0, 150, b"");
    let recovering = (0..20)
        .fold(recovering, |stream, at| stream.and(REPLAY, 0, at * 11, &[17, 0, at as u8, 2]).and(PASS, 0, 3, b""));
    vec![busy.0, again.0, replays.0, recovering.0]
}

pub(crate) fn sync() -> Vec<Vec<u8>> {
    use barrier::step::{ABORT, DELIVER, FULL, RING, TOKEN};
    let ring = |seq| RingId { representative: NodeId(1), seq };
    let services = Message::Services { ring: ring(8), services: vec![0, 2, 3, 5] }.encode();
    let done = Message::Barrier { ring: ring(8) }.encode();
    let start = Writer::new().and(RING, 1, 0b11, b"").and(DELIVER, 2, 0, &services);
    let all = (0..5).fold(start, |stream, _| stream.and(TOKEN, 0, 0, b"").and(DELIVER, 2, 0, &done));
    let broken = all.clone().and(RING, 3, 0b111, b"").and(FULL, 1, 0, b"").and(TOKEN, 0, 0, b"").and(ABORT, 0, 0, b"");
    vec![all.0, broken.0]
}

pub(crate) fn engine() -> Vec<Vec<u8>> {
    use engine::step::{CLIENT, CUT, FRAME, MULTICAST, PASS, REPLAY, REQUEST};
    let request = |id: i32, body: &[u8]| [RequestHeader::new(id, 16 + body.len()).as_bytes(), body].concat();
    let group = group();
    let join = body(&ipc::JoinRequest { header: HEADER, group, pid: 1, pad0: 0, flags: 1, pad1: 0 });
    let mcast = ipc::McastRequest { header: Default::default(), guarantee: 2, pad0: 0, msglen: 5, pad1: 0 };
    let mcast = [&body(&mcast)[..], b"hello"].concat();
    let track = body(&cmap::TrackRequest { header: HEADER, key: key("runtime."), track_type: 15, pad: 0, instance: 5 });
    let info = votes::exec::Nodeinfo { nodeid: 2, votes: 1, expected_votes: 2, flags: 1 };
    let calls = Writer::new()
        .and(REQUEST, 0, 0, &request(cmap::request::TRACK_ADD, &track))
        .and(REQUEST, 1, 0, &request(cfg::request::RELOAD, b""))
        .and(REQUEST, 2, 0, &request(ipc::request::JOIN, &join))
        .and(REQUEST, 2, 0, &request(ipc::request::MCAST, &mcast))
        .and(REQUEST, 3, 0, &request(quorum::request::TRACK_START as i32, &number(3)))
        .and(REQUEST, 4, 0, &request(votes::ipc::request::SET_EXPECTED as i32, &number(2)))
        .and(PASS, 0, 50, b"")
        .and(CLIENT, 2, 0, b"");
    let proc = exec::ProcJoin { group, pid: 9, pad0: 0, reason: reason::JOIN, pad1: 0 };
    let done = Message::Barrier { ring: RingId { representative: NodeId(1), seq: 8 } }.encode();
    let neighbour = Writer::new()
        .and(REQUEST, 2, 0, &request(ipc::request::JOIN, &join))
        .and(MULTICAST, 0, 0, &request(2 << 16, proc.as_bytes()))
        .and(MULTICAST, 0, 0, &request(5 << 16, info.as_bytes()))
        .and(MULTICAST, 1, 0, &done)
        .and(PASS, 0, 30, b"")
        .and(CUT, 0, 0, b"")
        .and(PASS, 0, 400, b"")
        .and(CUT, 0, 0, b"")
        .and(PASS, 0, 100, b"")
        .and(REPLAY, 0, 40, &[17, 0, 3, 2])
        .and(FRAME, 0, 0, &[0x70, 0xC0, 3, 0]);
    vec![calls.0, neighbour.0]
}
