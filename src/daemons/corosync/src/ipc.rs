//! The services' sockets: who may connect, and one task for each connection.

use crate::clients::Client;
use crate::daemon::{Daemon, Served};
use crate::entrance::Place;
use core_icmap::Map;
use core_service::Peer;
use core_types::{ConnId, ServiceId};
use std::rc::Rc;
use std::time::Duration;
use sys_poll::Readable;
use sys_qb::{Accept, Handshake, Server};
use tokio::sync::Notify;
use tokio::task::spawn_local;

/// How long a process may take over its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);

/// Accepts one service's clients, for ever.
pub(crate) async fn listen(daemon: Rc<Daemon>, service: ServiceId, server: Server) -> std::io::Result<()> {
    let listener = Readable::of(server.fd())?;
    loop {
        let mut ready = listener.ready().await?;
        match server.accept() {
            Ok(Some(handshake)) => {
                if let Ok(socket) = Readable::of(handshake.fd())
                    && let Some(place) = Place::of(&daemon, &handshake, &socket)
                {
                    spawn_local(greet(daemon.clone(), service, handshake, socket, place));
                }
            }
            Ok(None) => ready.clear_ready(),
            // no descriptor left: those who wait are served once one is free
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, from its handshake to its end.
async fn greet(daemon: Rc<Daemon>, service: ServiceId, mut handshake: Handshake, socket: Readable, place: Place) {
    let hello = tokio::time::timeout(HANDSHAKE_TIMEOUT, hello(&mut handshake, socket)).await;
    let Ok(Some(peer)) = hello else { return };
    if let Err(errno) = daemon.authorise(peer, &handshake) {
        return handshake.refuse(errno as i32);
    }
    let entered = daemon.entrance.in_turn(|| enter(&daemon, service, peer, handshake)).await;
    drop(place);
    if let Some((conn, socket, end)) = entered {
        serve(&daemon, conn, socket, &end).await;
        let client = daemon.gone(conn);
        daemon.entrance.in_turn(|| leave(client)).await;
    }
}

/// Waits until a process said who it is; `None` when it doesn't.
async fn hello(handshake: &mut Handshake, socket: Readable) -> Option<Peer> {
    loop {
        let mut ready = socket.ready().await.ok()?;
        match handshake.progress() {
            Ok(Some(hello)) => return Some(Peer { pid: hello.pid, uid: hello.uid, gid: hello.gid }),
            Ok(None) => ready.clear_ready(),
            Err(_) => return None,
        }
    }
}

/// Removes what is left of a connection.
fn leave(client: Option<Client>) {
    let was_ended = client.as_ref().is_some_and(Client::is_over);
    drop(client);
    if was_ended {
        // much may have waited for it
        sys_os::return_memory();
    }
}

/// Makes the connection.
fn enter(
    daemon: &Daemon,
    service: ServiceId,
    peer: Peer,
    handshake: Handshake,
) -> Option<(ConnId, Readable, Rc<Notify>)> {
    let connection = handshake.accept(Accept::default()).ok()?;
    let socket = Readable::of(connection.fd()).ok()?;
    let process = sys_os::process_name(peer.pid).unwrap_or_default();
    let client = Client::new(service, peer, process, connection);
    let end = client.end.clone();
    Some((daemon.connected(client), socket, end))
}

/// Whether a process may be a client (`cs_ipcs_connection_accept`): root, and whom the map names.
pub(crate) fn is_allowed(map: &Map, peer: Peer) -> bool {
    let named = |key: String| map.u8(&key) == Some(1);
    peer.uid == 0
        || peer.gid == 0
        || named(format!("uidgid.uid.{}", peer.uid))
        || named(format!("uidgid.config.uid.{}", peer.uid))
        || named(format!("uidgid.gid.{}", peer.gid))
        || named(format!("uidgid.config.gid.{}", peer.gid))
}

async fn serve(daemon: &Daemon, conn: ConnId, socket: Readable, end: &Notify) {
    loop {
        let mut ready = tokio::select! {
            ready = socket.ready() => match ready { Ok(ready) => ready, Err(_) => return },
            () = end.notified() => return,
        };
        match daemon.serve(conn) {
            Served::All => ready.clear_ready(),
            Served::Some => tokio::task::yield_now().await,
            Served::Deferred => {
                tokio::select! { () = daemon.room.notified() => {}, () = end.notified() => return }
            }
            Served::Closed => return,
        }
    }
}
