//! The executor: flags, environment, socket, signals and processes around `core_executor`, which decides.
//!
//! Counterparts: `pacemaker-execd.c` (2.1.5), `lib/common/{ipc_server,logging,mainloop}.c`. One thread does it all: no call waits
//! for a process.
#![forbid(unsafe_code)]

mod arguments;
mod daemon;
mod fencer;
mod processes;
mod units;
mod watchdog;

use arguments::{Command, Options};
use core_agents::OCF_AGENTS;
use core_types::Level;
use daemon::Daemon;
use std::os::unix::fs::DirBuilderExt;
use std::process::ExitCode;
use std::rc::Rc;
use sys_pcmk::{Environment, Logger, Service, exit};
use sys_process::Spawner;
use tokio::signal::unix::{SignalKind, signal};

/// The daemon's name.
const NAME: &std::ffi::CStr = c"pacemaker-execd";
/// Its socket.
const SERVICE: &str = "lrmd";
/// Where agents keep what is to be gone with the next boot.
const TEMPORARY: &str = "/run/resource-agents";

fn main() -> ExitCode {
    let code = match arguments::parse(std::env::args_os().skip(1)) {
        Command::Print(text) => {
            print!("{text}");
            exit::OK
        }
        Command::Usage(wrong) => {
            eprint!("{wrong}{}", arguments::HELP);
            exit::USAGE
        }
        Command::Run(options) => run(&options),
    };
    ExitCode::from(code)
}

fn run(options: &Options) -> u8 {
    let environment = Environment::read("pacemaker-execd");
    // before anything is opened: what is open now goes no further
    let spawner = Spawner::new(for_agents(&environment));
    let logger = Rc::new(Logger::open(NAME, &environment, &options.log_files, options.verbose));
    sys_pcmk::enter_cores(&logger);
    let code = match spawner {
        Ok(spawner) => serve(environment, spawner, &logger),
        Err(errno) => {
            logger.log(Level::Error, "main", &format!("Agents can't be started here: {}", errno.desc()));
            exit::FATAL
        }
    };
    logger.log(Level::Info, "crm_exit", &format!("Exiting pacemaker-execd | with status {code}"));
    code
}

/// What all agents have in their environment otherwise than this daemon: where shell functions of agents log to, and
/// nothing that makes a server believe that systemd started it.
fn for_agents(environment: &Environment) -> Vec<(String, Option<String>)> {
    let mut changed = vec![("NOTIFY_SOCKET".to_owned(), None)];
    let mut set = |name: &str, value: &str| changed.push((name.to_owned(), Some(value.to_owned())));
    set("PCMK_service", "pacemaker-execd");
    match sys_pcmk::option("logfacility") {
        None => ["PCMK_logfacility", "HA_logfacility", "HA_LOGFACILITY"].iter().for_each(|name| set(name, "daemon")),
        Some(name) if name.eq_ignore_ascii_case("none") || name == "/dev/null" => {}
        Some(name) => set("HA_LOGFACILITY", &name),
    }
    if let Some(file) = sys_pcmk::option("logfile").filter(|file| !file.eq_ignore_ascii_case("none")) {
        set("HA_LOGFILE", &file);
        if environment.debug {
            set("HA_DEBUGLOG", &file);
        }
    }
    changed
}

fn serve(environment: Environment, spawner: Spawner, logger: &Rc<Logger>) -> u8 {
    logger.log(Level::Notice, "main", "Starting Pacemaker local executor");
    if let Err(error) = std::fs::DirBuilder::new().recursive(true).mode(0o755).create(TEMPORARY) {
        let text = format!("Could not create resource agent temporary directory {TEMPORARY}: {error}");
        logger.log(Level::Warning, "main", &text);
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            logger.log(Level::Error, "main", &format!("Can't start the event loop: {error}"));
            return exit::FATAL;
        }
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let sockets = match sys_pcmk::bind(&[SERVICE], &environment) {
            Ok(sockets) => sockets,
            Err(error) => {
                let text = format!("Could not start {SERVICE} IPC server: {error}");
                logger.log(Level::Error, "mainloop_add_ipc_server_with_prio", &text);
                let text = "Failed to create IPC server: shutting down and inhibiting respawn";
                logger.log(Level::Error, "main", text);
                return exit::FATAL;
            }
        };
        let daemon = Rc::new(Daemon::new(environment, spawner, logger.clone()));
        sys_pcmk::serve(&daemon, sockets);
        daemon.log(Level::Notice, "main", "Pacemaker local executor successfully started and accepting connections");
        daemon.log(Level::Notice, "main", &format!("OCF resource agent search path is {OCF_AGENTS}"));
        until_terminated(&daemon).await
    })
}

/// Keeps time until SIGTERM ends the daemon.
async fn until_terminated(daemon: &Rc<Daemon>) -> u8 {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        daemon.log(Level::Error, "main", "Can't catch signals");
        return exit::FATAL;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        () = daemon.keep_time() => {}
    }
    let number = nix::sys::signal::Signal::SIGTERM as i32;
    let text = format!("Caught 'Terminated' signal | {number} (invoking handler)");
    daemon.log(Level::Notice, "crm_signal_dispatch", &text);
    daemon.shut_down();
    daemon.drain().await;
    exit::OK
}
