//! What a folder's programs of capi-tests run on: a host, and the daemon that serves the folder's library.

use crate::{
    daemon::Daemon,
    host::{Host, Outcome},
    pacemaker::{self, Running},
    stack::trials::{CIB_MANAGER_PATH, EXECUTOR_PATH},
};
use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
};

/// Run on the folder's host before its daemon starts, where the folder has it.
const SCRIPT: &str = "host.sh";

/// Folders of agents, which are a host's own.
const AGENTS: [&str; 2] = ["/usr/lib/ocf/resource.d", "/etc/init.d"];

/// Daemons, the reference's or ours.
#[derive(Debug, Clone)]
pub struct Daemons {
    /// corosync.
    pub corosync: PathBuf,
    /// `pacemaker-execd`.
    pub executor: PathBuf,
    /// `pacemaker-based`.
    pub cib_manager: PathBuf,
}

/// A host with what serves. Dropping it ends all of it.
#[derive(Debug)]
pub enum Service {
    /// A corosync.
    Corosync(Daemon),
    /// pacemaker's daemons, none for a library that does without.
    Pacemaker(Host, Vec<Running>),
}

/// Whether a folder's library talks to a daemon.
#[must_use]
pub fn has_daemon(group: &str) -> bool {
    group != "crmservice"
}

impl Service {
    /// What a folder of programs of pacemaker's libraries needs.
    pub fn pacemaker(group: &str, daemons: &Daemons, folder: &Path) -> io::Result<Service> {
        let host = pacemaker::boot(&AGENTS)?;
        let script = folder.join(SCRIPT);
        if script.exists() {
            let made = Outcome::of(&host.command("sh").arg(script).output()?);
            if !made.success() {
                return Err(io::Error::other(format!("{SCRIPT}: {made:?}")));
            }
        }
        let running = match group {
            "lrmd" => vec![executor(&host, &daemons.executor)?],
            "cib" => cib_manager(&host, daemons)?,
            _ => Vec::new(),
        };
        Ok(Service::Pacemaker(host, running))
    }

    /// Where its programs run.
    #[must_use]
    pub fn host(&self) -> &Host {
        match self {
            Service::Corosync(daemon) => &daemon.host,
            Service::Pacemaker(host, _) => host,
        }
    }

    /// Whether all daemons still run.
    pub fn alive(&mut self) -> bool {
        match self {
            Service::Corosync(daemon) => daemon.alive(),
            Service::Pacemaker(_, daemons) => daemons.iter_mut().all(Running::runs),
        }
    }
}

/// A program in the place where Debian has it: whoever is to run it may enter no other folder, maybe.
fn placed(host: &Host, program: &Path, place: &'static str) -> io::Result<&'static str> {
    if program != Path::new(place) {
        pacemaker::replace(host, place, program)?;
    }
    Ok(place)
}

fn executor(host: &Host, program: &Path) -> io::Result<Running> {
    pacemaker::executor(host, placed(host, program, EXECUTOR_PATH)?)
}

fn cib_manager(host: &Host, daemons: &Daemons) -> io::Result<Vec<Running>> {
    let corosync = pacemaker::corosync(host, &daemons.corosync.display().to_string())?;
    let program = placed(host, &daemons.cib_manager, CIB_MANAGER_PATH)?;
    let manager = pacemaker::cib_manager(host, program, Stdio::null())?;
    pacemaker::await_changes(host)?;
    Ok(vec![corosync, manager])
}
