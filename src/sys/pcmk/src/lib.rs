//! What pacemaker's daemons have around them alike: the command line, options in the environment, the log, sockets and
//! clients, and the connection to the same daemon on other hosts.
//!
//! Counterparts (2.1.5): `lib/common/{cmdline,options,logging,ipc_server}.c`, `lib/cluster/{corosync,cpg}.c`. Nothing is decided here of what messages mean: a
//! daemon is a [`Service`].
#![forbid(unsafe_code)]

pub mod arguments;
mod clients;
mod cluster;
mod environment;
mod ipc;
mod logger;

pub use clients::Connections;
pub use cluster::{Cluster, ClusterEvent};
pub use environment::{Environment, option};
pub use ipc::{Service, bind, serve};
pub use logger::{Line, Logger};

/// The user of the cluster's daemons.
pub const USER: &str = "hacluster";
/// Their group.
pub const GROUP: &str = "haclient";
/// Where daemons run, so that their core dumps are found.
const CORES: &str = "/var/lib/pacemaker/cores";

/// What others may not do with new files.
const UMASK: u32 = 0o026;

/// Exit codes (`crm_exit_t`).
pub mod exit {
    /// All is well.
    pub const OK: u8 = 0;
    /// The command line is wrong.
    pub const USAGE: u8 = 64;
    /// What should be read isn't there.
    pub const NO_INPUT: u8 = 66;
    /// What nobody else is to blame for.
    pub const ERROR: u8 = 1;
    /// The cluster went away: start again once it is back.
    pub const DISCONNECT: u8 = 102;
    /// Never start this again.
    pub const FATAL: u8 = 100;
}

/// Goes where core dumps belong, and lets nobody but the owner write to what is made from now on.
pub fn enter_cores(logger: &Logger) {
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(UMASK));
    if std::env::set_current_dir(CORES).is_ok() {
        logger.log(core_types::Level::Info, "crm_log_init", &format!("Changed active directory to {CORES}"));
    }
}
