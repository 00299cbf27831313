//! The CIB manager: flags, environment, users, sockets, files and signals around `core_cib::manager`, which decides.
//!
//! Counterparts: `pacemaker-based.c`, `based_io.c` (2.1.5), `lib/common/{ipc_server,logging,mainloop}.c`. One thread serves
//! clients and hears the other hosts; another writes to the disk, and some ask PAM who may come in from outside.
#![forbid(unsafe_code)]

mod arguments;
mod daemon;
mod files;
mod remote;
mod schemas;
mod startup;

use arguments::{Command, Options};
use core_types::Level;
use daemon::Daemon;
use nix::sys::signal::Signal;
use std::process::ExitCode;
use std::rc::Rc;
use sys_pcmk::{Environment, Logger, Service, USER, exit};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::spawn_local;

/// The daemon's name.
const NAME: &std::ffi::CStr = c"pacemaker-based";
/// The sockets' names, and whether one may write there.
const SERVICES: [(&str, bool); 3] = [("cib_ro", false), ("cib_rw", true), ("cib_shm", true)];

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
    sys_os::keep_little_memory();
    let environment = Environment::read("pacemaker-based");
    let logger = Rc::new(Logger::open(NAME, &environment, &[], options.verbose));
    sys_pcmk::enter_cores(&logger);
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
    let code = tokio::task::LocalSet::new().block_on(&runtime, async {
        open(&daemon)?;
        daemon.start_writing();
        logger.log(Level::Notice, "main", "Pacemaker CIB manager successfully started and accepting connections");
        spawn_local(daemon.clone().listen());
        spawn_local(daemon.clone().keep_time());
        let code = tokio::select! {
            code = daemon.ended() => code,
            code = catch_signals(&daemon) => code,
        };
        daemon.leave(code);
        daemon.finish_writing().await;
        Ok(code)
    });
    // nobody waits for what PAM would say
    runtime.shutdown_background();
    code
}

/// Opens the sockets and accepts clients from now on, or gives the exit code.
fn open(daemon: &Rc<Daemon>) -> Result<(), u8> {
    let sockets = sys_pcmk::bind(&SERVICES.map(|service| service.0), &daemon.environment).map_err(|error| {
        let lines = [
            (Level::Error, format!("Could not start IPC server: {error}")),
            (Level::Error, "Failed to create the CIB manager: exiting and inhibiting respawn".to_owned()),
            (Level::Warning, "Verify pacemaker and pacemaker_remote are not both enabled".to_owned()),
        ];
        lines.iter().for_each(|(level, text)| daemon.log(*level, "pcmk__serve_based_ipc", text));
        exit::FATAL
    })?;
    sys_pcmk::serve(daemon, sockets);
    remote::serve(daemon);
    Ok(())
}

/// Takes signals: SIGTERM ends the daemon, SIGPIPE lets it write to the disk again.
async fn catch_signals(daemon: &Rc<Daemon>) -> u8 {
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
        } else {
            daemon.log(Level::Info, "cib_enable_writes", "(Re)enabling disk writes");
            daemon.enable_writes();
        }
    }
}
