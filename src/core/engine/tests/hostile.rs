//! A whole host fed with nonsense: requests of every service, frames, and multicasts of other nodes. Nothing panics,
//! a well-behaved client is answered afterwards, and what is kept for clients ends with them.

use core_cmap::stats::{IpcsConn, IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, Schedmiss};
use core_engine::{Buffers, Destination, Engine, Shell, Statistics};
use core_icmap::{Change, Map};
use core_service::{Link, NodeStatus, Peer, Request, Service, Watchdog};
use core_types::mar::{RequestHeader, ResponseHeader};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use proptest::prelude::*;
use std::fmt;
use std::net::IpAddr;
use zerocopy::{FromBytes, IntoBytes};

/// An outside that remembers the last answer and refuses everything else.
#[derive(Default)]
struct Nowhere {
    now: Nanos,
    answers: Vec<(ConnId, Vec<u8>)>,
    schedmiss: Schedmiss,
    exits: usize,
}

impl Shell for Nowhere {
    fn now(&self) -> Nanos {
        self.now
    }
    fn wall_clock(&self) -> u64 {
        1
    }
    fn send(&mut self, _destination: Destination, _frame: &[u8]) -> bool {
        true
    }
    fn discard_received(&mut self) {}
    fn store_ring_id(&mut self, _ring: RingId) -> bool {
        true
    }
    fn state_load(&mut self, _name: &'static str) -> Result<Vec<u8>, CsError> {
        Err(CsError::NotExist)
    }
    fn state_save(&mut self, _name: &'static str, _content: &[u8]) -> Result<(), CsError> {
        Ok(())
    }
    fn set_members(&mut self, _members: &[NodeId]) {}
    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.answers.push((conn, parts.concat()));
    }
    fn refused(&mut self, _conn: ConnId, _error: CsError) {}
    fn event(&mut self, _conn: ConnId, _parts: &[&[u8]]) {}
    fn is_behind(&self, _conn: ConnId) -> bool {
        false
    }
    fn disconnect(&mut self, _conn: ConnId) {}
    fn listen(&mut self, _service: ServiceId) -> Result<(), String> {
        Ok(())
    }
    fn withdraw(&mut self, _service: ServiceId) {}
    fn serve_clients(&mut self, _open: bool) {}
    fn map_changed(&mut self, _change: &Change) {}
    fn request(&mut self, request: Request) {
        self.exits += usize::from(matches!(request, Request::Exit(_)));
    }
    fn log(&mut self, _subsystem: &'static str, _level: Level, line: fmt::Arguments<'_>) {
        let _formats = line.to_string();
    }
    fn addresses(&self, _node: NodeId) -> Vec<(u8, IpAddr)> {
        Vec::new()
    }
    fn links(&self, _node: NodeId) -> Option<Vec<Link>> {
        None
    }
    fn node_status(&self, _node: NodeId, _heard: bool) -> Result<NodeStatus, CsError> {
        Err(CsError::NotExist)
    }
    fn memory_used(&self) -> Option<u32> {
        None
    }
    fn load_15min(&self) -> Option<f64> {
        None
    }
    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        None
    }
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }
    fn statistics(&self) -> &dyn Statistics {
        self
    }
}

impl Buffers for Nowhere {
    fn open(&mut self, _conn: ConnId, _buffer: u64, _path: &[u8], _size: usize) -> Result<(), CsError> {
        Err(CsError::Access)
    }
    fn read(&mut self, _buffer: u64, _offset: usize, _into: &mut [u8]) -> Result<(), CsError> {
        Err(CsError::InvalidParam)
    }
    fn write(&mut self, _buffer: u64, _offset: usize, _from: &[u8]) -> Result<(), CsError> {
        Err(CsError::InvalidParam)
    }
    fn close(&mut self, _buffer: u64) {}
}

impl Statistics for Nowhere {
    fn knet_handle(&self) -> Option<KnetHandleStats> {
        None
    }
    fn knet_links(&self) -> Vec<(NodeId, u8)> {
        Vec::new()
    }
    fn knet_link(&self, _node: NodeId, _link: u8) -> Option<KnetLinkStats> {
        None
    }
    fn ipcs_global(&self) -> IpcsGlobalStats {
        IpcsGlobalStats::default()
    }
    fn ipcs_conns(&self) -> Vec<IpcsConn> {
        Vec::new()
    }
    fn ipcs_conn(&self, _conn: IpcsConn) -> Option<IpcsConnStats> {
        None
    }
    fn schedmiss(&self) -> &Schedmiss {
        &self.schedmiss
    }
}

/// The services with clients, and how many kinds of requests are tried on each: some more than there are.
const CLIENTS: [ServiceId; 5] =
    [ServiceId::Cmap, ServiceId::Cfg, ServiceId::Cpg, ServiceId::Quorum, ServiceId::Votequorum];
const KINDS: i32 = 20;
const WELL_BEHAVED: ConnId = ConnId(1000);

fn host() -> (Engine, Nowhere) {
    let mut map = Map::new();
    map.set("quorum.provider", "corosync_votequorum").unwrap();
    map.set("nodelist.node.0.nodeid", 1u32).unwrap();
    map.set("nodelist.local_node_pos", 0u32).unwrap();
    let mut shell = Nowhere { now: 1_000_000, ..Nowhere::default() };
    let totem = core_totem::Totem::new(core_totem::Config::new(NodeId(1)), shell.now);
    let mut engine = Engine::new(NodeId(1), map, totem);
    let services: Vec<Box<dyn Service>> = vec![
        Box::new(core_cmap::Cmap::new()),
        Box::new(core_cfg::Cfg::new()),
        Box::new(core_cpg::Cpg::new()),
        Box::new(core_monitor::Pload::new()),
        Box::new(core_quorum::Quorum::new()),
        Box::new(core_votequorum::Votequorum::new()),
    ];
    engine.start(&mut shell, services).unwrap();
    let peer = Peer { pid: 1, uid: 0, gid: 0 };
    for (index, service) in CLIENTS.into_iter().enumerate() {
        engine.client_connected(&mut shell, ConnId(index as u64), service, peer);
    }
    engine.client_connected(&mut shell, WELL_BEHAVED, ServiceId::Quorum, peer);
    pass(&mut engine, &mut shell, 20_000);
    assert!(engine.has_room() && engine.is_quorate(), "the ring of one stands");
    (engine, shell)
}

/// Lets time pass, in milliseconds, timer by timer.
fn pass(engine: &mut Engine, shell: &mut Nowhere, millis: Nanos) {
    let until = shell.now + millis * 1_000_000;
    for _ in 0..10_000 {
        let Some(next) = engine.next_deadline().filter(|&next| next <= until) else { break };
        shell.now = shell.now.max(next);
        engine.run(shell);
    }
    shell.now = until;
    engine.run(shell);
}

fn request(id: i32, body: &[u8]) -> Vec<u8> {
    let size = size_of::<RequestHeader>() + body.len();
    [RequestHeader::new(id, size).as_bytes(), body].concat()
}

/// Bytes that look like counts, lengths and flags more often than chance would have it.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let edges = proptest::sample::select(vec![0u32, 1, 2, 7, 255, 256, 257, 264, 1 << 20, 1 << 31, u32::MAX]);
    let word = prop_oneof![edges, any::<u32>(), 0..20u32].prop_map(|word| word.to_ne_bytes().to_vec());
    proptest::collection::vec(word, 0..160).prop_map(|words| words.concat())
}

fn is_answered(engine: &mut Engine, shell: &mut Nowhere) -> bool {
    shell.answers.clear();
    let _handled = engine.client_request(shell, WELL_BEHAVED, &request(0, &[]));
    engine.run(shell);
    shell.answers.iter().any(|(conn, answer)| {
        *conn == WELL_BEHAVED && ResponseHeader::read_from_prefix(answer).is_ok_and(|(header, _)| header.error == 1)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn requests_of_every_kind_with_any_contents(
        requests in proptest::collection::vec((0..CLIENTS.len(), -4..KINDS, body()), 1..60),
    ) {
        let (mut engine, mut shell) = host();
        for (client, id, body) in requests {
            let _later = engine.client_request(&mut shell, ConnId(client as u64), &request(id, &body));
            engine.run(&mut shell);
        }
        pass(&mut engine, &mut shell, 5000);
        prop_assert!(is_answered(&mut engine, &mut shell));
        for client in 0..CLIENTS.len() {
            engine.client_gone(&mut shell, ConnId(client as u64));
        }
        pass(&mut engine, &mut shell, 5000);
        prop_assert!(is_answered(&mut engine, &mut shell));
    }

    #[test]
    fn headers_that_lie_about_the_size(size in any::<i32>(), id in any::<i32>(), length in 0usize..64) {
        let (mut engine, mut shell) = host();
        let mut message = request(id, &vec![0x41; length]);
        message[8..12].copy_from_slice(&size.to_ne_bytes());
        for client in 0..CLIENTS.len() {
            for cut in 0..message.len().min(40) {
                let _later = engine.client_request(&mut shell, ConnId(client as u64), &message[..cut]);
            }
            let _later = engine.client_request(&mut shell, ConnId(client as u64), &message);
        }
        engine.run(&mut shell);
        prop_assert!(is_answered(&mut engine, &mut shell));
    }

    #[test]
    fn frames_of_any_contents(frames in proptest::collection::vec(
        (0u8..8, proptest::collection::vec(any::<u8>(), 0..300)), 1..40,
    )) {
        let (mut engine, mut shell) = host();
        for (kind, contents) in frames {
            // magic, version and kind of totem's header, so that more than the first check is reached
            let frame = [&0xC070u16.to_ne_bytes()[..], &[3, kind, 0], &contents].concat();
            engine.frame(&mut shell, &frame);
            shell.now += 1_000_000;
        }
        pass(&mut engine, &mut shell, 60_000);
        prop_assert_eq!(shell.exits, 0);
        prop_assert!(is_answered(&mut engine, &mut shell));
    }
}
