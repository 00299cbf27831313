//! From the command line to a running engine, in the reference's order (`main()` in `main.c`).

use crate::configuration::{Machine, read_files};
use crate::logger::Logger;
use crate::network::Network;
use crate::outside::Outside;
use crate::reload::Running;
use crate::ring_id::RingIds;
use crate::stats::Counted;
use crate::totem_config::totem_config;
use crate::{clock, exit, flight};
use core_config::{CgroupMove, Priority, ProcessOptions, Sources, TotemConfig, Warning};
use core_engine::Engine;
use core_icmap::Map;
use core_service::Service;
use core_totem::Totem;
use core_types::Level;
use std::path::{Path, PathBuf};
use sys_knet::LogReader;
use sys_os::{LockError, LockFile};
use sys_qb::TransportType;

/// Where state is kept unless the configuration says otherwise.
const STATE_DIR: &str = "/var/lib/corosync";
/// The lock that keeps a second instance away.
const LOCK_FILE: &str = "/run/corosync.pid";

/// The reference's version that this daemon stands in for, as it names itself in the log.
pub(crate) const VERSION: &str = "3.1.7";
/// What this build can do, in the reference's words.
pub(crate) const FEATURES: &str = "monitoring watchdog systemd";

/// A start that failed: the exit code, after the reason was logged or printed.
pub(crate) struct Failed(pub(crate) i32);

/// A configuration that was read and checked.
pub(crate) struct Configured {
    machine: Machine,
    map: Map,
    totem: TotemConfig,
    options: ProcessOptions,
    pub(crate) logger: Logger,
    state_dir: PathBuf,
    links: Vec<(Level, String)>,
}

/// A daemon ready to run.
pub(crate) struct Ready {
    pub(crate) engine: Engine,
    pub(crate) outside: Outside,
    pub(crate) services: Vec<Box<dyn Service>>,
    pub(crate) running: Running,
    /// What is to be said of the links, once the services are loaded.
    pub(crate) links: Vec<(Level, String)>,
    pub(crate) lock: LockFile,
}

/// Reads and checks the configuration. `test` is `-t`: nothing is said of starting.
pub(crate) fn configure(file: &Path, test: bool) -> Result<Configured, Failed> {
    let machine = Machine { file: file.to_owned() };
    let mut map = Map::new();
    core_config::set_read_only_keys(&mut map);
    let sources = parse(&machine, &mut map)?;
    let mut logger = Logger::new();
    if let Err(why) = logger.configure(&map) {
        eprintln!("{why}");
        return Err(Failed(exit::LOG_CONFIG));
    }
    if !test {
        logger.log("MAIN", Level::Notice, format_args!("Corosync Cluster Engine {VERSION} starting up"));
        logger.log("MAIN", Level::Info, format_args!("Corosync built-in features: {FEATURES}"));
    }
    let state_dir = PathBuf::from(map.text("system.state_dir").unwrap_or(STATE_DIR));
    if let Err(error) = std::env::set_current_dir(&state_dir) {
        let (directory, why) = (state_dir.display(), crate::configuration::strip_code(&error));
        logger.log("MAIN", Level::Error, format_args!("Cannot chdir to state directory {directory}. {why}"));
        return Err(Failed(exit::STATE_DIR));
    }
    flight::store_in(&state_dir);
    let (totem, options) = read_totem(&machine, &mut map, &sources, &mut logger)?;
    Ok(Configured { machine, map, totem, options, logger, state_dir, links: Vec::new() })
}

fn parse(machine: &Machine, map: &mut Map) -> Result<Sources, Failed> {
    let parsed = read_files(&machine.file)
        .and_then(|files| core_config::parse(&files, machine, map).map_err(|error| error.to_string()));
    parsed.map_err(|why| {
        eprintln!("{why}");
        sys_os::Syslog::open(c"corosync", 0).write(Level::Error as u8, &why);
        Failed(exit::CONFIG)
    })
}

fn read_totem(
    machine: &Machine,
    map: &mut Map,
    sources: &Sources,
    logger: &mut Logger,
) -> Result<(TotemConfig, ProcessOptions), Failed> {
    let failed = |error: core_config::Error, logger: &mut Logger| {
        logger.log("MAIN", Level::Error, format_args!("{}", sources.locate(error)));
        Failed(exit::CONFIG)
    };
    let (mut totem, warnings) = TotemConfig::read(map, machine).map_err(|error| failed(error, logger))?;
    let lines = warnings.iter().map(|warning| warning.text());
    for line in lines.chain((!warnings.is_empty()).then_some(Warning::MIGRATE)) {
        logger.log("MAIN", Level::Warning, format_args!("{line}"));
    }
    totem.validate(map, machine).map_err(|error| failed(error, logger))?;
    let options = ProcessOptions::read(map).map_err(|error| failed(error, logger))?;
    Ok((totem, options))
}

impl Configured {
    /// Asks the kernel for real-time scheduling or priority, as configured. What is refused is logged, not fatal.
    pub(crate) fn schedule(&mut self) {
        let options = &self.options;
        if options.move_to_root_cgroup == CgroupMove::Yes {
            self.logger.move_to_root_cgroup();
        }
        let mut priority = options.priority;
        if options.sched_rr {
            let quiet = options.move_to_root_cgroup == CgroupMove::Auto;
            let mut set = self.logger.round_robin(quiet);
            if !set && quiet {
                self.logger.move_to_root_cgroup();
                set = self.logger.round_robin(false);
            }
            priority = if set { Priority::Nice(0) } else { Priority::Max };
        }
        let nice = match priority {
            Priority::Max => i32::MIN,
            Priority::Min => i32::MAX,
            Priority::Nice(nice) => nice,
        };
        if nice != 0
            && let Err(errno) = sys_os::set_group_priority(nice)
        {
            let line = format_args!("Could not set priority {nice}: {} ({})", errno.desc(), errno as i32);
            self.logger.log("MAIN", Level::Warning, line);
        }
    }

    /// Locks memory, takes the lock, opens the transport and puts everything together.
    pub(crate) fn prepare(mut self) -> Result<Ready, Box<(Failed, Logger)>> {
        if let Err(error) = sys_os::lock_memory() {
            self.logger.log("MAIN", Level::Warning, format_args!("{error}"));
        }
        let lock = match LockFile::acquire(Path::new(LOCK_FILE)) {
            Ok(lock) => lock,
            Err(error) => {
                self.logger.log("MAIN", Level::Error, format_args!("{error}"));
                let already = matches!(error, LockError::AlreadyRunning);
                let code = if already { exit::ALREADY_RUNNING } else { exit::LOCK };
                return Err(Box::new((Failed(code), self.logger)));
            }
        };
        match self.open() {
            Ok((engine, network, services, knet_log, ring_ids)) => {
                let counted = Counted { clients: Default::default(), network, schedmiss: Default::default() };
                let ipc = if self.options.socket_ipc { TransportType::Socket } else { TransportType::Shm };
                let outside = Outside::new(counted, self.logger, ring_ids, self.state_dir, ipc);
                let running = Running { machine: self.machine, totem: self.totem, knet_log };
                Ok(Ready { engine, outside, services, running, links: self.links, lock })
            }
            Err(failed) => Err(Box::new((failed, self.logger))),
        }
    }

    #[allow(clippy::type_complexity, reason = "taken apart at once by its only caller")]
    fn open(&mut self) -> Result<(Engine, Network, Vec<Box<dyn Service>>, Option<LogReader>, RingIds), Failed> {
        let name = match self.totem.transport {
            core_config::TransportKind::Knet => "Kronosnet",
            core_config::TransportKind::Udpu => "UDP/IP Unicast",
            core_config::TransportKind::Udp => "UDP/IP Multicast",
        };
        self.logger.log("TOTEM", Level::Notice, format_args!("Initializing transport ({name})."));
        let nodeid = self.totem.nodeid;
        let ring_ids = RingIds::open(&self.state_dir, nodeid).map_err(|error| {
            let (directory, why) = (self.state_dir.display(), crate::configuration::with_code(&error));
            let line = format_args!("Couldn't create ringid file '{directory}/ringid_{nodeid}': {why}");
            self.logger.log("MAIN", Level::Error, line);
            Failed(exit::STORE_RING_ID)
        })?;
        let opened = Network::open(&self.totem, self.options.allow_knet_handle_fallback, &mut self.links);
        if self.totem.transport == core_config::TransportKind::Knet && opened.is_ok() {
            self.logger.log("TOTEM", Level::Info, format_args!("totemknet initialized"));
        }
        let (network, knet_log) = opened.map_err(|why| {
            log_links(&mut self.logger, &self.links);
            self.logger.log("TOTEM", Level::Error, format_args!("{why}"));
            self.logger.log("MAIN", Level::Error, format_args!("Can't initialize TOTEM layer"));
            Failed(exit::FATAL)
        })?;
        let map = std::mem::take(&mut self.map);
        let services = services(&map);
        let totem = Totem::new(totem_config(&self.totem, ring_ids.last(), clock::wall()), clock::monotonic());
        Ok((Engine::new(nodeid, map, totem), network, services, knet_log, ring_ids))
    }
}

/// Says which links were set up.
pub(crate) fn log_links(logger: &mut Logger, lines: &[(Level, String)]) {
    for (level, line) in lines {
        logger.log("TOTEM", *level, format_args!("{line}"));
    }
}

/// The services of a configuration, in the order in which they start.
fn services(map: &Map) -> Vec<Box<dyn Service>> {
    let mut services: Vec<Box<dyn Service>> = vec![
        Box::new(core_cmap::Cmap::new()),
        Box::new(core_cfg::Cfg::new()),
        Box::new(core_cpg::Cpg::new()),
        Box::new(core_monitor::Pload::new()),
        Box::new(core_monitor::Mon::new()),
        Box::new(core_monitor::Wd::new()),
        Box::new(core_quorum::Quorum::new()),
    ];
    if map.text("quorum.provider") == Some("corosync_votequorum") {
        services.push(Box::new(core_votequorum::Votequorum::new()));
    }
    services
}

impl Logger {
    fn move_to_root_cgroup(&mut self) {
        match sys_os::move_to_root_cgroup() {
            Ok(Some(version)) => {
                self.log("MAIN", Level::Debug, format_args!("Moving main pid to cgroup v{version} root cgroup"));
            }
            Ok(None) => self.log("MAIN", Level::Debug, format_args!("system without cgroup")),
            Err(_) => {
                self.log("MAIN", Level::Warning, format_args!("Can't write corosync pid into cgroups tasks file"));
            }
        }
    }

    /// Whether the process is now scheduled round robin at the highest priority.
    fn round_robin(&mut self, quiet: bool) -> bool {
        let set = sys_os::highest_rr_priority().and_then(|priority| {
            sys_os::round_robin(priority).inspect_err(|errno| {
                if !quiet {
                    let line = format_args!(
                        "Could not set SCHED_RR at priority {priority}: {} ({})",
                        errno.desc(),
                        *errno as i32
                    );
                    self.log("MAIN", Level::Warning, line);
                }
            })
        });
        set.is_ok()
    }
}
