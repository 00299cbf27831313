//! The main loop: signals, deadlines, frames, and what services ask of the daemon.

use crate::daemon::Daemon;
use crate::network::FRAME_MAX;
use crate::outside::Outside;
use crate::reload::Running;
use crate::{clock, ipc, pauses, reload};
use core_config::TransportKind;
use core_engine::{Engine, Shell};
use core_service::Request;
use core_types::{Level, MILLIS, Nanos, ServiceId};
use std::io;
use std::rc::Rc;
use std::time::Duration;
use sys_knet::LogReader;
use sys_poll::Readable;
use sys_qb::Server;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::spawn_local;

/// How long a client that reads is tried again in every turn.
const FLUSH_EAGERLY: Nanos = 2 * MILLIS;

/// How often a slow client is tried again after that.
const FLUSH_INTERVAL: Duration = Duration::from_millis(1);

/// How often it is looked whether the ring took the last messages.
const SENT_INTERVAL: Duration = Duration::from_millis(1);

/// What libknet calls the part of it that says which links to a node are up.
const HOSTS: &str = "host";

/// Most frames taken from the network before others have their turn.
const FRAMES_MAX: usize = 64;

/// Runs until the daemon is to exit and gives its exit code.
pub(crate) async fn run(daemon: Rc<Daemon>, mut running: Running, mut signals: Signals) -> i32 {
    let mut frame = vec![0; FRAME_MAX];
    for (service, server) in daemon.with(|_, outside| std::mem::take(&mut outside.servers)) {
        spawn_local(listen(daemon.clone(), service, server));
    }
    spawn_local(flush(daemon.clone()));
    if running.totem.transport != TransportKind::Knet {
        spawn_local(interface(daemon.clone(), running.totem.timers.downcheck));
    }
    spawn_local(pauses::watch(daemon.clone(), running.totem.timers.token));
    let mut receives = false;
    loop {
        if !receives && daemon.with(|_, outside| outside.counted.network.fd().is_some()) {
            receives = true;
            spawn_local(frames(daemon.clone()));
        }
        if let Some(log) = running.knet_log.take() {
            spawn_local(knet_lines(daemon.clone(), log));
        }
        while let Some(request) = daemon.next_request() {
            if let Some(code) = handle(&daemon, request, &mut running).await {
                return code;
            }
            // each may take long: clients are served between them
            tokio::task::yield_now().await;
        }
        daemon.with(|engine, outside| reload::take_settings(engine, outside, &mut running));
        tokio::select! {
            () = deadline(&daemon) => daemon.with(|engine, outside| {
                // after a long sleep what came in the meantime counts before what ran out
                take_frames(engine, outside, &mut frame);
                engine.run(outside);
            }),
            () = daemon.changed.notified() => {}
            exit = signals.exit_or_dump() => {
                if exit {
                    note(&daemon, Level::Notice, "Node was shut down by a signal");
                    return shut_down(&daemon, &running).await;
                }
                daemon.with(|engine, outside| engine.dump(outside));
            }
        }
    }
}

async fn listen(daemon: Rc<Daemon>, service: ServiceId, server: Server) {
    if let Err(error) = ipc::listen(daemon.clone(), service, server).await {
        let lost = format!("{} service's socket failed: {error}", service.name());
        daemon.with(|_, outside| outside.log("MAIN", Level::Error, format_args!("{lost}")));
    }
}

/// The signals that the daemon heeds.
pub(crate) struct Signals {
    interrupt: Signal,
    quit: Signal,
    terminate: Signal,
    dump: Signal,
}

impl Signals {
    /// Catches them; inside an event loop.
    pub(crate) fn new() -> io::Result<Signals> {
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            dump: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for a signal: true to end the daemon, false to log its state.
    async fn exit_or_dump(&mut self) -> bool {
        tokio::select! {
            _ = self.interrupt.recv() => true,
            _ = self.quit.recv() => true,
            _ = self.terminate.recv() => true,
            _ = self.dump.recv() => false,
        }
    }
}

/// Looks after the network interface every `downcheck` milliseconds, for ever.
async fn interface(daemon: Rc<Daemon>, downcheck: u32) {
    loop {
        tokio::time::sleep(Duration::from_millis(downcheck.into())).await;
        daemon.with(|engine, outside| {
            if outside.look_at_interface(false) {
                engine.interface_changed(outside);
            }
        });
    }
}

async fn deadline(daemon: &Daemon) {
    match daemon.next_deadline() {
        Some(at) => tokio::time::sleep(Duration::from_nanos(at.saturating_sub(clock::monotonic()))).await,
        None => std::future::pending().await,
    }
}

/// Gives slow clients what waits for them as they make room. A client says nothing when it has read, so it is looked
/// at in every turn of the loop for a while, and then now and then.
async fn flush(daemon: Rc<Daemon>) {
    loop {
        daemon.behind.notified().await;
        let mut eager_until = clock::monotonic() + FLUSH_EAGERLY;
        while daemon.clients_are_behind() {
            let now = clock::monotonic();
            if daemon.with(|_, outside| outside.counted.clients.flush()) {
                eager_until = now + FLUSH_EAGERLY;
            }
            if now < eager_until {
                tokio::task::yield_now().await;
            } else {
                tokio::time::sleep(FLUSH_INTERVAL).await;
            }
        }
    }
}

/// Takes frames from the network, for ever.
async fn frames(daemon: Rc<Daemon>) {
    let socket = daemon.with(|_, outside| outside.counted.network.fd().and_then(|fd| Readable::of(fd).ok()));
    let Some(socket) = socket else { return };
    let mut buffer = vec![0; FRAME_MAX];
    while let Ok(mut ready) = socket.ready().await {
        if daemon.with(|engine, outside| take_frames(engine, outside, &mut buffer)) {
            tokio::task::yield_now().await;
        } else {
            ready.clear_ready();
        }
    }
}

/// Whether there may be more frames. What services ask of the daemon is done before the next one: a reload must be
/// over before what follows it in the ring's order.
fn take_frames(engine: &mut Engine, outside: &mut Outside, buffer: &mut [u8]) -> bool {
    for _ in 0..FRAMES_MAX {
        if outside.has_work() {
            return true;
        }
        match outside.counted.network.receive(buffer) {
            Ok(Some(frame)) => engine.frame(outside, frame),
            _ => return false,
        }
    }
    true
}

/// Does what a service asked for; gives the exit code when the daemon is to end.
async fn handle(daemon: &Daemon, request: Request, running: &mut Running) -> Option<i32> {
    match request {
        Request::Shutdown => return Some(shut_down(daemon, running).await),
        Request::Exit(code) => return Some(code),
        Request::Reload => daemon.with(|engine, outside| {
            let result = reload::reload(engine, outside, running);
            engine.reloaded(outside, result);
        }),
        Request::DumpState => daemon.with(|engine, outside| engine.dump(outside)),
        Request::Reboot => refused(daemon, "restart", sys_machine::restart()),
        Request::PowerOff => refused(daemon, "power off", sys_machine::power_off()),
        Request::ClearStats(which) => daemon.with(|engine, outside| clear_statistics(engine, outside, which)),
        Request::CryptoReconfig => daemon.with(|_, outside| reload::switch_crypto(outside, running, false)),
        Request::CryptoCleanup => daemon.with(|_, outside| reload::switch_crypto(outside, running, true)),
    }
    None
}

fn refused(daemon: &Daemon, what: &str, errno: nix::errno::Errno) {
    note(daemon, Level::Error, &format!("Can't {what} the machine: {}", errno.desc()));
}

/// `stats.clear.*`; as in the reference, each but `ipc` and `schedmiss` also clears totem's.
fn clear_statistics(engine: &mut Engine, outside: &mut Outside, which: &str) {
    match which {
        "ipc" => outside.counted.clients.clear_statistics(),
        "schedmiss" => outside.counted.schedmiss.clear(),
        _ => engine.clear_totem_statistics(),
    }
}

fn note(daemon: &Daemon, level: Level, line: &str) {
    daemon.with(|_, outside| outside.log("MAIN", level, format_args!("{line}")));
}

/// Stops the services, lets the ring take what they say last, and says goodbye.
async fn shut_down(daemon: &Daemon, running: &Running) -> i32 {
    daemon.with(|engine, outside| {
        outside.serve_clients(false);
        engine.stop(outside);
        engine.run(outside);
    });
    let patience = Duration::from_millis(running.totem.timers.token.into());
    let _the_token_is_lost = tokio::time::timeout(patience, sent(daemon)).await;
    daemon.with(|engine, outside| engine.leave(outside));
    0
}

/// Waits until nothing waits for the token. Frames are taken by their own task.
async fn sent(daemon: &Daemon) {
    while daemon.with(|engine, _| engine.is_sending()) {
        tokio::select! {
            () = deadline(daemon) => daemon.with(|engine, outside| engine.run(outside)),
            () = tokio::time::sleep(SENT_INTERVAL) => {}
        }
    }
}

/// Logs what libknet logs, for ever.
async fn knet_lines(daemon: Rc<Daemon>, log: LogReader) {
    let Ok(readable) = Readable::of(&log) else { return };
    while let Ok(mut ready) = readable.ready().await {
        let mut links = false;
        while let Ok(Some(line)) = log.next() {
            links |= line.subsystem == HOSTS;
            let text = format_args!("{}: {}", line.subsystem, line.text);
            daemon.with(|_, outside| outside.log("KNET", line.level, text));
        }
        if links {
            daemon.with(|engine, outside| {
                if outside.counted.network.became_whole() {
                    engine.nodes_appeared(outside);
                }
            });
        }
        ready.clear_ready();
    }
}
