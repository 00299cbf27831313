//! An outside for a whole host without any.

use core_cmap::stats::{IpcsConn, IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, Schedmiss};
use core_engine::{Buffers, Destination, Engine, Shell, Statistics};
use core_icmap::Change;
use core_service::{Link, NodeStatus, Request, Watchdog};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::fmt;
use std::net::IpAddr;

/// An outside that remembers the last answer and refuses everything else.
#[derive(Default)]
pub(crate) struct Nowhere {
    pub(crate) now: Nanos,
    pub(crate) answers: Vec<(ConnId, Vec<u8>)>,
    pub(crate) schedmiss: Schedmiss,
    pub(crate) exits: usize,
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
    fn reopen_logs(&mut self) -> Result<(), CsError> {
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

/// Lets time pass, in milliseconds, timer by timer.
pub(crate) fn pass(engine: &mut Engine, shell: &mut Nowhere, millis: Nanos) {
    let until = shell.now + millis * 1_000_000;
    for _ in 0..10_000 {
        let Some(next) = engine.next_deadline().filter(|&next| next <= until) else { break };
        shell.now = shell.now.max(next);
        engine.run(shell);
    }
    shell.now = until;
    engine.run(shell);
}
