//! The CIB manager: flags, environment, users, sockets, files and signals around `core_cib::manager`, which decides.
//!
//! Counterparts: `pacemaker-based.c`, `based_io.c` (2.1.5), `lib/common/{ipc_server,logging,mainloop}.c`. One thread serves
//! clients; another writes to the disk. Not there: other hosts, so that it runs with `-s` only, and remote clients.
#![forbid(unsafe_code)]

mod arguments;
mod clients;
mod daemon;
mod disk;
mod environment;
mod files;
mod ipc;
mod logger;
mod schemas;
mod startup;

use arguments::{Command, Options};
use core_types::Level;
use daemon::Daemon;
use environment::Environment;
use logger::Logger;
use nix::sys::signal::Signal;
use std::process::ExitCode;
use std::rc::Rc;
use tokio::signal::unix::{SignalKind, signal};

/// The user and the group of the cluster's daemons.
const USER: &str = "hacluster";
const GROUP: &str = "haclient";
/// Where daemons run, so that their core dumps are found.
const CORES: &str = "/var/lib/pacemaker/cores";

/// Exit codes (`crm_exit_t`).
mod exit {
    pub(crate) const OK: u8 = 0;
    pub(crate) const USAGE: u8 = 64;
    pub(crate) const NO_INPUT: u8 = 66;
    pub(crate) const FATAL: u8 = 100;
}

fn main() -> ExitCode {
    let code = match arguments::parse(std::env::args_os().skip(1)) {
        Command::Print(text) => {
            print!("{text}");
            exit::OK
        }
        Command::Usage(wrong) => {
            eprint!("{wrong}");
            print!("{}", arguments::HELP);
            exit::USAGE
        }
        Command::Run(options) => run(options),
    };
    ExitCode::from(code)
}

fn run(options: Options) -> u8 {
    if options.stand_alone
        && let Err((what, errno)) = sys_os::become_user(USER)
    {
        eprintln!("pacemaker-based: Could not become user {USER}: {what}: {}", errno.desc());
        return exit::FATAL;
    }
    let environment = Environment::read();
    let logger = Rc::new(Logger::open(&environment, options.verbose));
    if std::env::set_current_dir(CORES).is_ok() {
        logger.log(Level::Info, "crm_log_init", &format!("Changed active directory to {CORES}"));
    }
    let code = serve(options, &environment, &logger).unwrap_or_else(|code| code);
    logger.log(Level::Info, "crm_exit", &format!("Exiting pacemaker-based | with status {code}"));
    code
}

fn serve(options: Options, environment: &Environment, logger: &Rc<Logger>) -> Result<u8, u8> {
    logger.log(Level::Notice, "main", "Starting Pacemaker CIB manager");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        logger.log(Level::Error, "main", &format!("Can't start the event loop: {error}"));
        exit::FATAL
    })?;
    let daemon = Rc::new(startup::start(options, environment, logger.clone())?);
    tokio::task::LocalSet::new().block_on(&runtime, async {
        if let Err(code) = ipc::open(&daemon) {
            return code;
        }
        daemon.start_writing();
        logger.log(Level::Notice, "main", "Pacemaker CIB manager successfully started and accepting connections");
        let code = until_terminated(&daemon).await;
        daemon.finish_writing().await;
        code
    });
    Ok(exit::OK)
}

/// Waits for signals: SIGTERM ends the daemon, SIGPIPE lets it write to the disk again.
async fn until_terminated(daemon: &Rc<Daemon>) -> u8 {
    let (Ok(mut terminate), Ok(mut pipe)) = (signal(SignalKind::terminate()), signal(SignalKind::pipe())) else {
        daemon.log(Level::Error, "main", "Can't catch signals");
        return exit::FATAL;
    };
    loop {
        let caught = tokio::select! {
            _ = terminate.recv() => Signal::SIGTERM,
            _ = pipe.recv() => Signal::SIGPIPE,
        };
        let name = if caught == Signal::SIGTERM { "Terminated" } else { "Broken pipe" };
        let text = format!("Caught '{name}' signal | {} (invoking handler)", caught as i32);
        daemon.log(Level::Notice, "crm_signal_dispatch", &text);
        if caught == Signal::SIGTERM {
            daemon.shut_down();
            return exit::OK;
        }
        daemon.log(Level::Info, "cib_enable_writes", "(Re)enabling disk writes");
        daemon.enable_writes();
    }
}
