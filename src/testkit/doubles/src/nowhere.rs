//! An outside for a whole host without any.

use core_cmap::stats::{IpcsConn, IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, Schedmiss};
use core_engine::{Buffers, Destination, Shell, Statistics};
use core_icmap::Change;
use core_service::{Link, Machine, NodeStatus, Request};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;

/// No client shares files.
#[derive(Debug, Default)]
pub struct NoBuffers;

/// Nothing is counted.
#[derive(Debug, Default)]
pub struct NoStatistics(Schedmiss);

/// An outside that remembers what is sent and answered, and otherwise refuses what it can.
#[derive(Debug, Default)]
pub struct Nowhere {
    /// The virtual clock.
    pub now: Nanos,
    /// Answers not looked at yet.
    pub answers: Vec<(ConnId, Vec<u8>)>,
    /// Frames not carried yet.
    pub frames: VecDeque<Vec<u8>>,
    /// How often the daemon was asked to exit at once.
    pub exits: usize,
    buffers: NoBuffers,
    statistics: NoStatistics,
}

impl Nowhere {
    /// An outside whose clock shows this.
    pub fn at(now: Nanos) -> Nowhere {
        Nowhere { now, ..Nowhere::default() }
    }
}

impl Machine for Nowhere {}

impl Shell for Nowhere {
    fn now(&self) -> Nanos {
        self.now
    }
    fn wall_clock(&self) -> u64 {
        1
    }
    fn send(&mut self, _destination: Destination, frame: &[u8]) -> bool {
        self.frames.push_back(frame.to_vec());
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
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }
    fn statistics(&self) -> &dyn Statistics {
        &self.statistics
    }
}

impl Buffers for NoBuffers {
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

impl Statistics for NoStatistics {
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
        &self.0
    }
}
