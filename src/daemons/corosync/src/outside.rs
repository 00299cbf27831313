//! The engine's [`Shell`]: this process.

use crate::buffers::SharedFiles;
use crate::configuration::with_code;
use crate::logger::Logger;
use crate::machine::HardwareWatchdog;
use crate::ring_id::RingIds;
use crate::stats::Counted;
use crate::{clock, flight, state_file};
use core_engine::{Buffers, Destination, Shell, Statistics};
use core_icmap::Change;
use core_service::{Link, Machine, NodeStatus, Request, Watchdog};
use core_types::{ConnId, CsError, Level, Nanos, NodeId, RingId, ServiceId};
use std::collections::VecDeque;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use sys_qb::{Server, TransportType};

/// Mode of services' files in the state directory.
const STATE_MODE: u32 = 0o700;

/// Everything outside the engine.
pub(crate) struct Outside {
    pub(crate) counted: Counted,
    pub(crate) logger: Logger,
    pub(crate) ring_ids: RingIds,
    pub(crate) state_dir: PathBuf,
    pub(crate) buffers: SharedFiles,
    pub(crate) watchdog: HardwareWatchdog,
    /// How clients talk to services.
    ipc: TransportType,
    /// The services' sockets, until the main loop takes them.
    pub(crate) servers: Vec<(ServiceId, Server)>,
    /// Whether clients may connect.
    pub(crate) serving: bool,
    /// What services asked for and is not done yet.
    pub(crate) requests: VecDeque<Request>,
    /// Changes of settings that are the process's to take over.
    pub(crate) settings: Vec<Change>,
}

impl Outside {
    pub(crate) fn new(
        counted: Counted,
        logger: Logger,
        ring_ids: RingIds,
        state_dir: PathBuf,
        ipc: TransportType,
    ) -> Outside {
        Outside {
            counted,
            logger,
            ring_ids,
            state_dir,
            buffers: SharedFiles::default(),
            watchdog: HardwareWatchdog::default(),
            ipc,
            servers: Vec::new(),
            serving: false,
            requests: VecDeque::new(),
            settings: Vec::new(),
        }
    }

    /// Whether the main task has something to do.
    pub(crate) fn has_work(&self) -> bool {
        !self.requests.is_empty() || !self.settings.is_empty()
    }

    pub(crate) fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>) {
        self.logger.log(subsystem, level, line);
    }
}

impl Outside {
    /// Looks whether the network interface is still there; whether it went down or came up.
    pub(crate) fn look_at_interface(&mut self, token_lost: bool) -> bool {
        let mut lines = Vec::new();
        let changed = self.counted.network.check_interface(token_lost, &mut lines);
        for (level, line) in lines {
            self.logger.log("TOTEM", level, format_args!("{line}"));
        }
        changed
    }
}

impl Machine for Outside {
    fn memory_used(&self) -> Option<u32> {
        sys_machine::memory_used()
    }

    fn load_15min(&self) -> Option<f64> {
        sys_machine::load_15min()
    }

    fn watchdog(&mut self) -> Option<&mut dyn Watchdog> {
        Some(&mut self.watchdog)
    }
}

impl Shell for Outside {
    fn now(&self) -> Nanos {
        clock::monotonic()
    }

    fn wall_clock(&self) -> u64 {
        clock::wall()
    }

    fn send(&mut self, destination: Destination, frame: &[u8]) -> bool {
        self.counted.network.send(destination, frame)
    }

    fn check_interface(&mut self) {
        self.look_at_interface(true);
    }

    fn discard_received(&mut self) {
        self.counted.network.discard_received();
    }

    fn store_ring_id(&mut self, ring: RingId) -> bool {
        let stored = self.ring_ids.take(ring.seq);
        if let Err(error) = &stored {
            let seq = ring.seq;
            let failed = format_args!("Couldn't store new ring id {seq:x} to stable storage: {}", with_code(error));
            self.logger.log("MAIN", Level::Error, failed);
            self.requests.push_back(Request::Exit(crate::exit::STORE_RING_ID));
        }
        stored.is_ok()
    }

    fn state_load(&mut self, name: &'static str) -> Result<Vec<u8>, CsError> {
        std::fs::read(self.state_dir.join(name)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => CsError::NotExist,
            _ => CsError::Access,
        })
    }

    fn state_save(&mut self, name: &'static str, content: &[u8]) -> Result<(), CsError> {
        state_file::store(&self.state_dir, name, STATE_MODE, content).map_err(|error| {
            let failed = format_args!("Couldn't write {name} in the state directory: {}", with_code(&error));
            self.logger.log("MAIN", Level::Error, failed);
            CsError::Access
        })
    }

    fn reopen_logs(&mut self) -> Result<(), CsError> {
        self.logger.reopen()
    }

    fn set_members(&mut self, members: &[NodeId]) {
        self.counted.network.set_members(members);
    }

    fn respond(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.counted.clients.respond(conn, parts);
    }

    fn refused(&mut self, conn: ConnId, error: CsError) {
        if let Some(client) = self.counted.clients.get(conn) {
            match error {
                CsError::TryAgain => client.counts.overload += 1,
                _ => client.counts.invalid_request += 1,
            }
        }
    }

    fn event(&mut self, conn: ConnId, parts: &[&[u8]]) {
        self.counted.clients.event(conn, parts);
    }

    fn is_behind(&self, conn: ConnId) -> bool {
        self.counted.clients.is_behind(conn)
    }

    fn disconnect(&mut self, conn: ConnId) {
        self.counted.clients.disconnect(conn);
    }

    fn listen(&mut self, service: ServiceId) -> Result<(), String> {
        let name = service.name();
        self.log("QB", Level::Info, format_args!("server name: {name}"));
        match Server::bind(name, self.ipc) {
            Ok(server) => self.servers.push((service, server)),
            Err(error) => {
                let why = with_code(&error);
                self.log("QB", Level::Error, format_args!("Could not bind AF_UNIX ({name}): {why}"));
                self.log("MAIN", Level::Error, format_args!("Can't initialize IPC"));
                return Err("qb_ipcs_run error".into());
            }
        }
        Ok(())
    }

    fn withdraw(&mut self, _service: ServiceId) {
        // the socket itself goes with the main loop, which ends next
        self.log("QB", Level::Info, format_args!("withdrawing server sockets"));
    }

    fn serve_clients(&mut self, open: bool) {
        if open && !self.serving {
            sys_os::notify_ready();
        }
        self.serving = open;
    }

    fn map_changed(&mut self, change: &Change) {
        if change.key == flight::TRIGGER {
            self.logger.store_flight_data();
        }
        let prefixes = core_log::CHANGED_BY.into_iter().chain(["totem."]);
        if prefixes.into_iter().any(|prefix| change.key.starts_with(prefix)) {
            self.settings.push(change.clone());
        }
    }

    fn request(&mut self, request: Request) {
        self.requests.push_back(request);
    }

    fn log(&mut self, subsystem: &'static str, level: Level, line: fmt::Arguments<'_>) {
        self.logger.log(subsystem, level, line);
    }

    fn addresses(&self, node: NodeId) -> Vec<(u8, IpAddr)> {
        self.counted.network.addresses(node)
    }

    fn links(&self, node: NodeId) -> Option<Vec<Link>> {
        self.counted.network.links(node)
    }

    fn node_status(&self, node: NodeId, heard: bool) -> Result<NodeStatus, CsError> {
        self.counted.network.node_status(node, heard)
    }

    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn statistics(&self) -> &dyn Statistics {
        &self.counted
    }
}
