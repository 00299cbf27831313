//! One corosync host as a state machine: totem, the sync barrier and the services together, without I/O.
//!
//! Counterparts: `main.c`, `service.c`, `ipc_glue.c`, `apidef.c` (3.1.7). The daemon (or a simulation) is the
//! [`Shell`]; it calls the engine with what happened, and then [`Engine::run`] once, which does what follows
//! from it: several clients' requests taken before one `run` share frames and a token visit.
//!
//! Invariant: a service is never entered while another one runs. What one does that concerns others (map
//! changes, quorum, multicasts to itself) is queued and handed out by [`Engine::run`].
#![forbid(unsafe_code)]

mod admission;
mod members;
mod ring;
mod shell;
mod state;
mod statistics;
mod timers;

pub use admission::Admission;
pub use core_cmap::stats::Statistics;
pub use shell::{Buffers, Destination, Shell};

use core_icmap::Map;
use core_service::{Peer, Service, log};
use core_sync::Sync;
use core_totem::Totem;
use core_types::{ConnId, CsError, MILLIS, Nanos, NodeId, RingId, ServiceId};
use members::put;
use state::{Counters, Local, State, Timer};
use timers::Timers;

/// How often totem's statistics are looked at.
const STATISTICS_INTERVAL: Nanos = 1500 * MILLIS;

/// One host. Every method that may act on the outside takes the [`Shell`].
pub struct Engine {
    services: [Option<Box<dyn Service>>; ServiceId::ALL.len()],
    state: State,
}

impl Engine {
    /// A host with the configuration `map`; nothing happens before [`Engine::load`] and [`Engine::start`].
    pub fn new(nodeid: NodeId, map: Map, totem: Totem) -> Engine {
        let state = State {
            now: 0,
            nodeid,
            ring: RingId::default(),
            members: Vec::new(),
            quorate: map.text("quorum.provider").is_none(),
            quorum_news: Default::default(),
            map,
            totem,
            sync: Sync::new(&[]),
            halted: false,
            syncing: true,
            sync_again: false,
            timers: Timers::new(),
            counters: Counters::default(),
            connections: Default::default(),
        };
        Engine { services: Default::default(), state }
    }

    /// Loads the services in the order given. The error names the service that could not be loaded.
    pub fn load(&mut self, shell: &mut dyn Shell, services: Vec<Box<dyn Service>>) -> Result<(), String> {
        self.state.now = shell.now();
        self.state.map.discard_changes();
        let mut services = services.into_iter().peekable();
        while let Some(service) = services.next() {
            let id = service.id();
            self.start_service(shell, service)?;
            while let Some(loaded) = services.next_if(|next| loader(next.id()) == Some(id)) {
                let id = loaded.id();
                self.start_service(shell, loaded)?;
                self.listen(shell, id)?;
            }
            self.listen(shell, id)?;
        }
        Ok(())
    }

    fn start_service(&mut self, shell: &mut dyn Shell, mut service: Box<dyn Service>) -> Result<(), String> {
        let id = service.id();
        service.start(&mut Local { state: &mut self.state, shell }).map_err(|why| failed_to_load(id, &why))?;
        self.publish_service(&*service);
        self.services[id as usize] = Some(service);
        self.settle(shell);
        Ok(())
    }

    /// A service that started is loaded once its clients can find it.
    fn listen(&mut self, shell: &mut dyn Shell, id: ServiceId) -> Result<(), String> {
        let Some(service) = &self.services[id as usize] else { return Ok(()) };
        log!(shell, "SERV", Notice, "Service engine loaded: {} [{}]", service.description(), id as u16);
        if service.requests().is_empty() {
            return Ok(());
        }
        shell.listen(id).map_err(|why| failed_to_load(id, &why))
    }

    /// Starts totem, after the services are loaded.
    pub fn start(&mut self, shell: &mut dyn Shell) {
        for key in ["runtime.blackbox.dump_flight_data", "runtime.blackbox.dump_state", "runtime.force_gather"] {
            put(&mut self.state.map, key, "no");
        }
        // these keys act when they change from now on
        self.state.map.discard_changes();
        self.state.timers.arm(Timer::Statistics, self.state.now + STATISTICS_INTERVAL);
        self.state.sync = Sync::new(&self.syncing_services());
        self.state.totem.start(self.state.now);
        self.run(shell);
    }

    fn publish_service(&mut self, service: &dyn Service) {
        let (id, name) = (service.id() as u16, service.id().name());
        let map = &mut self.state.map;
        put(map, &format!("internal_configuration.service.{id}.name"), format!("corosync_{name}"));
        put(map, &format!("internal_configuration.service.{id}.ver"), 0u32);
        put(map, &format!("runtime.services.{name}.service_id"), id);
        self.state.counters.start(service.id(), service.messages(), map);
    }

    fn syncing_services(&self) -> Vec<(u16, &'static str)> {
        let syncing = self.services.iter().flatten().filter(|service| service.syncs());
        syncing.map(|service| (service.id() as u16, service.description())).collect()
    }

    /// Stops the services, the quorum provider first, as the reference's priorities have it. What they say last waits
    /// for the token ([`is_sending`](Self::is_sending)); then it is time to [`leave`](Self::leave).
    pub fn stop(&mut self, shell: &mut dyn Shell) {
        log!(shell, "SERV", Notice, "Unloading all Corosync service engines.");
        let (first, rest) = ([ServiceId::Votequorum], [ServiceId::Cmap, ServiceId::Cfg, ServiceId::Cpg]);
        let last = [ServiceId::Quorum, ServiceId::Pload, ServiceId::Mon, ServiceId::Wd];
        for id in first.into_iter().chain(rest).chain(last) {
            let Some(mut service) = self.services[id as usize].take() else { continue };
            service.stop(&mut Local { state: &mut self.state, shell });
            if !service.requests().is_empty() {
                shell.withdraw(id);
            }
            log!(shell, "SERV", Notice, "Service engine unloaded: {}", service.description());
        }
    }

    /// Whether something waits for the next visit of the token, in a ring that stands.
    pub fn is_sending(&self) -> bool {
        !self.state.syncing && self.state.totem.state() == core_totem::State::Operational && !self.state.totem.is_idle()
    }

    /// Says goodbye, so that the others form their ring without waiting for the token to get lost. The engine does
    /// nothing from then on.
    pub fn leave(&mut self, shell: &mut dyn Shell) {
        self.state.now = shell.now();
        self.state.totem.leave(self.state.now);
        self.run(shell);
        self.state.halted = true;
    }

    /// When [`Engine::run`] must be called even if nothing happens.
    pub fn next_deadline(&self) -> Option<Nanos> {
        [self.state.timers.next(), self.state.totem.next_timeout()].into_iter().flatten().min()
    }

    /// The configuration map, for the daemon's own reading and for what it publishes.
    pub fn map(&mut self) -> &mut Map {
        &mut self.state.map
    }

    /// Changes those of totem's parameters that may change while it runs.
    pub fn reconfigure_totem(&mut self, config: &core_totem::Config) {
        self.state.totem.reconfigure(config);
    }

    /// Sets totem's counters to zero.
    pub fn clear_totem_statistics(&mut self) {
        self.state.totem.clear_stats();
    }

    /// Whether the local node holds quorum.
    pub fn is_quorate(&self) -> bool {
        self.state.quorate
    }

    /// An authorised client of a service is there.
    pub fn client_connected(&mut self, shell: &mut dyn Shell, conn: ConnId, id: ServiceId, peer: Peer) {
        self.state.connections.insert(conn, id);
        self.with(shell, id, |service, local| service.connected(local, conn, peer));
        self.each(shell, |service, local| service.clients_changed(local));
    }

    /// A client is gone.
    pub fn client_gone(&mut self, shell: &mut dyn Shell, conn: ConnId) {
        if let Some(id) = self.state.connections.remove(&conn) {
            self.with(shell, id, |service, local| service.disconnected(local, conn));
            self.each(shell, |service, local| service.clients_changed(local));
        }
    }

    /// A frame came from another node.
    pub fn frame(&mut self, shell: &mut dyn Shell, frame: &[u8]) {
        self.state.now = shell.now();
        self.state.totem.handle_frame(self.state.now, frame);
        self.run(shell);
    }

    /// The network interface went down or came up.
    pub fn interface_changed(&mut self, shell: &mut dyn Shell) {
        self.state.now = shell.now();
        self.state.totem.interface_changed(self.state.now);
        self.run(shell);
    }

    /// Nodes that are not in this ring can be reached since now.
    pub fn nodes_appeared(&mut self, shell: &mut dyn Shell) {
        self.state.now = shell.now();
        self.state.totem.nodes_appeared(self.state.now);
        self.run(shell);
    }

    /// The daemon did a [`core_service::Request::Reload`] (with the new map in place when that is `Ok`).
    pub fn reloaded(&mut self, shell: &mut dyn Shell, result: Result<(), CsError>) {
        self.each(shell, |service, local| service.reloaded(local, result));
        self.run(shell);
    }

    /// The reload that is being done loaded new keys: the services have the ring switch to them.
    pub fn crypto_loaded(&mut self, shell: &mut dyn Shell) {
        self.each(shell, |service, local| service.crypto_loaded(local));
    }

    /// Logs every service's state.
    pub fn dump(&mut self, shell: &mut dyn Shell) {
        self.each(shell, |service, local| service.dump(local));
    }

    /// Does everything that follows from what happened, due timers included.
    pub fn run(&mut self, shell: &mut dyn Shell) {
        self.state.now = shell.now();
        while !self.state.halted {
            self.settle(shell);
            self.state.totem.handle_timeout(self.state.now);
            if let Some(timer) = self.state.timers.expire(self.state.now) {
                self.timer(shell, timer);
            } else if !self.sync_step(shell) && !self.ring_action(shell) {
                // sync first: what totem gives behind the last barrier message waits until that is told
                break;
            }
        }
    }

    fn timer(&mut self, shell: &mut dyn Shell, timer: Timer) {
        match timer {
            Timer::Service(id, key) => self.with(shell, id, |service, local| service.timer(local, key)),
            Timer::SyncAgain => self.state.totem.notify_token(self.state.now),
            Timer::Statistics => {
                self.update_statistics(shell);
                self.state.timers.arm(Timer::Statistics, self.state.now + STATISTICS_INTERVAL);
            }
        }
    }

    fn update_statistics(&mut self, shell: &mut dyn Shell) {
        self.state.counters.publish(&mut self.state.map);
        if self.state.totem.srp_stats().update(self.state.now) {
            log!(
                shell,
                "MAIN",
                Warning,
                "Totem is unable to form a cluster because of an operating system or network fault (reason: totem is \
                 continuously in gather state). The most common cause of this message is that the local firewall is \
                 configured improperly."
            );
        }
    }

    /// Tells the services of map changes and of quorum until there is nothing to tell.
    fn settle(&mut self, shell: &mut dyn Shell) {
        loop {
            if let Some(news) = self.state.quorum_news.pop_front() {
                self.each(shell, |service, local| {
                    service.quorum_changed(local, news.quorate, &news.members, news.ring);
                });
            } else if let Some(change) = self.state.map.next_change() {
                self.own_key(shell, &change);
                shell.map_changed(&change);
                self.each(shell, |service, local| service.map_changed(local, &change));
            } else {
                return;
            }
        }
    }

    /// The keys that make the engine itself do something.
    fn own_key(&mut self, shell: &mut dyn Shell, change: &core_icmap::Change) {
        let turned_on = || change.new.as_ref().is_some_and(|value| *value != "no".into());
        match change.key.as_str() {
            "runtime.blackbox.dump_state" => self.dump(shell),
            "runtime.force_gather" if turned_on() => {
                put(&mut self.state.map, "runtime.force_gather", "no");
                log!(shell, "MAIN", Error, "Forcing into GATHER state");
                self.state.totem.force_gather(self.state.now);
            }
            _ => {}
        }
    }

    fn with(&mut self, shell: &mut dyn Shell, id: ServiceId, call: impl FnOnce(&mut dyn Service, &mut Local<'_>)) {
        if let Some(service) = &mut self.services[id as usize] {
            call(&mut **service, &mut Local { state: &mut self.state, shell });
        }
    }

    fn each(&mut self, shell: &mut dyn Shell, mut call: impl FnMut(&mut dyn Service, &mut Local<'_>)) {
        for service in self.services.iter_mut().flatten() {
            call(&mut **service, &mut Local { state: &mut self.state, shell });
        }
    }
}

/// What is logged when a service does not start.
fn failed_to_load(id: ServiceId, why: &str) -> String {
    format!("Service engine 'corosync_{}' failed to load for reason '{why}'", loader(id).unwrap_or(id).name())
}

/// The service that loads this one while it is loaded itself, and that log lines name when that fails: the quorum
/// service does so with its provider.
fn loader(id: ServiceId) -> Option<ServiceId> {
    (id == ServiceId::Votequorum).then_some(ServiceId::Quorum)
}
