//! The services' sockets: who may connect, and one task for each connection.

use crate::clients::Client;
use crate::daemon::{Daemon, Served};
use core_icmap::Map;
use core_service::Peer;
use core_types::{ConnId, ServiceId};
use nix::errno::Errno;
use std::rc::Rc;
use std::time::Duration;
use sys_poll::Readable;
use sys_qb::{Accept, Handshake, Server};
use tokio::sync::Notify;
use tokio::task::spawn_local;

/// How long a process may take over its handshake, and how many may be at it at once: a connection that never
/// says who it is costs a descriptor, nothing else, and not for ever.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);
/// See [`HANDSHAKE_TIMEOUT`].
const HANDSHAKES_MAX: usize = 256;
/// Descriptors kept free for everything but clients (`qb_loop_poll_low_fds_event_set`).
const DESCRIPTORS_RESERVED: u64 = 32;

/// Accepts one service's clients, for ever.
pub(crate) async fn listen(daemon: Rc<Daemon>, service: ServiceId, server: Server) -> std::io::Result<()> {
    let listener = Readable::of(server.fd())?;
    loop {
        let mut ready = listener.ready().await?;
        match server.accept() {
            Ok(Some(handshake)) => {
                if daemon.handshakes.get() < HANDSHAKES_MAX {
                    spawn_local(greet(daemon.clone(), service, handshake));
                }
            }
            Ok(None) => ready.clear_ready(),
            // no descriptor left: those who wait are served once one is free
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, from its handshake to its end.
async fn greet(daemon: Rc<Daemon>, service: ServiceId, handshake: Handshake) {
    daemon.handshakes.set(daemon.handshakes.get() + 1);
    let admitted = tokio::time::timeout(HANDSHAKE_TIMEOUT, admit(&daemon, service, handshake)).await;
    daemon.handshakes.set(daemon.handshakes.get() - 1);
    if let Ok(Some(client)) = admitted {
        let Ok(socket) = Readable::of(client.connection.fd()) else { return };
        let end = client.end.clone();
        let conn = daemon.connected(client);
        serve(&daemon, conn, socket, &end).await;
        daemon.gone(conn);
    }
}

async fn admit(daemon: &Daemon, service: ServiceId, mut handshake: Handshake) -> Option<Client> {
    let hello = {
        let socket = Readable::of(handshake.fd()).ok()?;
        loop {
            let mut ready = socket.ready().await.ok()?;
            match handshake.progress() {
                Ok(Some(hello)) => break hello,
                Ok(None) => ready.clear_ready(),
                Err(_) => return None,
            }
        }
    };
    let peer = Peer { pid: hello.pid, uid: hello.uid, gid: hello.gid };
    if let Err(errno) = daemon.authorise(peer) {
        handshake.refuse(errno as i32);
        return None;
    }
    let connection = handshake.accept(Accept::default()).ok()?;
    let process = sys_os::process_name(peer.pid).unwrap_or_default();
    Some(Client::new(service, peer, process, connection))
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

/// Whether so few descriptors are left that no client may come in.
pub(crate) fn descriptors_are_short(open: usize) -> Result<(), Errno> {
    let limit = sys_os::descriptor_limit()?;
    if open as u64 + DESCRIPTORS_RESERVED > limit { Err(Errno::EMFILE) } else { Ok(()) }
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
