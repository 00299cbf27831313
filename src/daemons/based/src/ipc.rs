//! The sockets: who may connect, and one task for each connection.

use crate::clients::Client;
use crate::daemon::{Daemon, Served};
use crate::{GROUP, exit};
use core_cib::manager::ClientId;
use core_types::Level;
use std::rc::Rc;
use std::time::Duration;
use sys_poll::Readable;
use sys_qb::{Accept, Handshake, Hello, Server};
use tokio::sync::Notify;
use tokio::task::{spawn_local, yield_now};

/// The sockets' names, and whether one may write there.
const SERVICES: [(&str, bool); 3] = [("cib_ro", false), ("cib_rw", true), ("cib_shm", true)];
/// How long a process may take over its handshake, and how many may be at it at once.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);
/// See [`HANDSHAKE_TIMEOUT`].
const HANDSHAKES_MAX: usize = 256;
/// Connections of one user other than root: each has rings of its own.
const CONNECTIONS_MAX: usize = 256;
/// Largest message that a client can have buffers for, in bytes, unless `PCMK_ipc_buffer` is more.
const MESSAGE_CAP: u32 = 2 << 20;
/// "Don't change" for chown(2).
const UNCHANGED: u32 = u32::MAX;

/// Opens the sockets and accepts clients from now on, or gives the exit code.
pub(crate) fn open(daemon: &Rc<Daemon>) -> Result<(), u8> {
    let bound: Result<Vec<(Server, bool)>, std::io::Error> = SERVICES
        .iter()
        .map(|(name, writer)| Server::bind(name, daemon.environment.transport).map(|server| (server, *writer)))
        .collect();
    let servers = bound.map_err(|error| {
        let lines = [
            (Level::Error, format!("Could not start IPC server: {error}")),
            (Level::Error, "Failed to create the CIB manager: exiting and inhibiting respawn".to_owned()),
            (Level::Warning, "Verify pacemaker and pacemaker_remote are not both enabled".to_owned()),
        ];
        lines.iter().for_each(|(level, text)| daemon.log(*level, "pcmk__serve_based_ipc", text));
        exit::FATAL
    })?;
    for (server, writer) in servers {
        let daemon = daemon.clone();
        spawn_local(async move {
            if let Err(error) = listen(daemon.clone(), server, writer).await {
                daemon.log(Level::Error, "pcmk__serve_based_ipc", &format!("An IPC socket failed: {error}"));
            }
        });
    }
    Ok(())
}

async fn listen(daemon: Rc<Daemon>, server: Server, writer: bool) -> std::io::Result<()> {
    let listener = Readable::of(server.fd())?;
    loop {
        let mut ready = listener.ready().await?;
        match server.accept() {
            Ok(Some(handshake)) => {
                if daemon.handshakes.get() < HANDSHAKES_MAX {
                    spawn_local(greet(daemon.clone(), handshake, writer));
                }
            }
            Ok(None) => ready.clear_ready(),
            // no descriptor left: those who wait are served once one is free
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, from its handshake to its end.
async fn greet(daemon: Rc<Daemon>, mut handshake: Handshake, writer: bool) {
    daemon.handshakes.set(daemon.handshakes.get() + 1);
    let hello = tokio::time::timeout(HANDSHAKE_TIMEOUT, hello(&mut handshake)).await;
    daemon.handshakes.set(daemon.handshakes.get() - 1);
    let Ok(Some(hello)) = hello else { return };
    let Some((id, socket, wake)) = admit(&daemon, handshake, hello, writer) else { return };
    // one connection a turn: making it takes a while
    yield_now().await;
    serve(&daemon, id, &socket, &wake).await;
    daemon.gone(id);
}

/// Waits until a process said who it is; `None` when it doesn't.
async fn hello(handshake: &mut Handshake) -> Option<Hello> {
    let socket = Readable::of(handshake.fd()).ok()?;
    loop {
        let mut ready = socket.ready().await.ok()?;
        match handshake.progress() {
            Ok(Some(hello)) => return Some(hello),
            Ok(None) => ready.clear_ready(),
            Err(_) => return None,
        }
    }
}

/// Makes the connection. Who may use it is told by its files: root, the cluster's user, members of its group.
fn admit(
    daemon: &Daemon,
    handshake: Handshake,
    hello: Hello,
    writer: bool,
) -> Option<(ClientId, Readable, Rc<Notify>)> {
    if daemon.is_shutting_down() {
        let text = format!("Ignoring new IPC client [{}] during shutdown", hello.pid);
        daemon.log(Level::Info, "cib_ipc_accept", &text);
        handshake.refuse(nix::errno::Errno::EPERM as i32);
        return None;
    }
    if hello.uid != 0 && daemon.connections_of(hello.uid) >= CONNECTIONS_MAX {
        let text = format!("Refusing IPC client [{}]: user {} has {CONNECTIONS_MAX} connections", hello.pid, hello.uid);
        daemon.log(Level::Warning, "cib_ipc_accept", &text);
        handshake.refuse(nix::errno::Errno::EAGAIN as i32);
        return None;
    }
    let group = sys_os::group_id(GROUP).ok().flatten().filter(|_| hello.uid != 0);
    let buffer = daemon.environment.buffer;
    let accept = Accept {
        message_floor: buffer,
        message_cap: MESSAGE_CAP.max(buffer),
        owner: group.map(|group| (UNCHANGED, group, 0o660)),
    };
    let connection = handshake.accept(accept).ok()?;
    let socket = Readable::of(connection.fd()).ok()?;
    let client = Client::new(hello.pid, hello.uid, connection);
    let wake = client.wake.clone();
    let id = daemon.connected(client, hello, writer)?;
    Some((id, socket, wake))
}

async fn serve(daemon: &Daemon, id: ClientId, socket: &Readable, wake: &Notify) {
    loop {
        let Some(due) = daemon.due(id) else { return };
        let flush = async {
            match due {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        let mut ready = tokio::select! {
            ready = socket.ready() => match ready { Ok(ready) => ready, Err(_) => return },
            () = wake.notified() => continue,
            () = flush => {
                daemon.flush(id);
                continue;
            }
        };
        match daemon.serve(id) {
            Served::All => ready.clear_ready(),
            Served::Some => yield_now().await,
            Served::Closed => return,
        }
    }
}
