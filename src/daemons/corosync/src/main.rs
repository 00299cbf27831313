//! The corosync daemon: flags, signals, exit codes, files and sockets around `core-engine`, which decides.
//!
//! Counterpart: `exec/main.c` (3.1.7). One thread runs everything; see [`daemon`] for how the parts meet.
#![forbid(unsafe_code)]

mod arguments;
mod backlog;
mod buffers;
mod clients;
mod clock;
mod configuration;
mod daemon;
mod entrance;
mod exit;
mod flight;
mod ipc;
mod logger;
mod machine;
mod network;
mod outside;
mod pauses;
mod reload;
mod ring_id;
mod run;
mod startup;
mod state_file;
mod stats;
mod totem_config;

use arguments::{Arguments, Command};
use core_types::Level;
use daemon::Daemon;
use logger::Logger;
use run::Signals;
use startup::{Failed, Ready};
use std::process::ExitCode;
use std::rc::Rc;
use tokio::runtime::Runtime;

fn main() -> ExitCode {
    fail_stop();
    let code = match arguments::parse(std::env::args_os().skip(1)) {
        Ok(Command::Version) => {
            arguments::print_version();
            0
        }
        Ok(Command::Run(arguments)) => run(&arguments),
        Err(usage) => {
            eprint!("{usage}");
            1
        }
    };
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// A mistake of ours ends the process, as an assertion does: peers take a host that is gone as gone, but nobody would
/// notice one that goes on with half of a change made.
fn fail_stop() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        report(panic);
        std::process::abort();
    }));
}

fn run(arguments: &Arguments) -> i32 {
    let mut configured = match startup::configure(&arguments.file, arguments.test) {
        Ok(configured) => configured,
        Err(Failed(code)) => return code,
    };
    if arguments.test {
        return leave(&mut configured.logger, 0);
    }
    configured.schedule();
    if !arguments.foreground
        && let Err((what, errno)) = sys_os::detach()
    {
        configured.logger.log("MAIN", Level::Error, format_args!("{what}: {}", errno.desc()));
        return leave(&mut configured.logger, exit::FORK);
    }
    let (runtime, signals) = match event_loop() {
        Ok(made) => made,
        Err(error) => {
            configured.logger.log("MAIN", Level::Error, format_args!("Can't start the event loop: {error}"));
            return leave(&mut configured.logger, exit::FATAL);
        }
    };
    match configured.prepare() {
        Ok(ready) => serve(ready, &runtime, signals),
        Err(failed) => {
            let (Failed(code), mut logger) = *failed;
            leave(&mut logger, code)
        }
    }
}

/// Makes the event loop, with signals caught from now on: whoever is told that we are ready may end us at once.
fn event_loop() -> std::io::Result<(Runtime, Signals)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let signals = {
        let _inside = runtime.enter();
        Signals::new()?
    };
    Ok((runtime, signals))
}

fn serve(ready: Ready, runtime: &Runtime, signals: Signals) -> i32 {
    let Ready { mut engine, mut outside, services, running, links, lock } = ready;
    if let Err(why) = engine.load(&mut outside, services) {
        outside.log("SERV", Level::Error, format_args!("{why}"));
        return leave(&mut outside.logger, exit::SERVICE);
    }
    startup::log_links(&mut outside.logger, &links);
    engine.start(&mut outside);
    let daemon = Rc::new(Daemon::new(engine, outside));
    let local = tokio::task::LocalSet::new();
    let code = local.block_on(runtime, run::run(daemon.clone(), running, signals));
    drop(local);
    // what is stored is good for a start, too
    let _only_larger_than_need_be = daemon.with(|_, outside| outside.ring_ids.end());
    drop(lock);
    daemon.with(|_, outside| leave(&mut outside.logger, code))
}

/// Logs the end, as every end is logged.
fn leave(logger: &mut Logger, code: i32) -> i32 {
    if code == 0 {
        logger.log("MAIN", Level::Notice, format_args!("Corosync Cluster Engine exiting normally"));
    } else {
        logger.log("MAIN", Level::Error, format_args!("Corosync Cluster Engine exiting with status {code}."));
    }
    code
}
