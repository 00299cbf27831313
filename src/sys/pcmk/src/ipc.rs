//! The sockets: who may connect, and one task for each connection.

use crate::{Connections, Environment, GROUP};
use core_pcmk_ipc::{ClientId, HEADER_SIZE};
use core_types::Level;
use std::rc::Rc;
use std::time::Duration;
use sys_poll::Readable;
use sys_qb::{Accept, Handshake, Hello, Received, Server, TransportType};
use tokio::sync::Notify;
use tokio::task::{spawn_local, yield_now};

/// How long a process may take over its handshake, and how many may be at it at once.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);
/// See [`HANDSHAKE_TIMEOUT`].
const HANDSHAKES_MAX: usize = 256;
/// Connections of one user other than root: each has rings of its own.
const CONNECTIONS_MAX: usize = 256;
/// Largest message that a client can have buffers for, in bytes, unless `PCMK_ipc_buffer` is more.
const MESSAGE_CAP: u32 = 2 << 20;
/// Memory of connections whose buffers are larger than asked for, in bytes.
const ROOM: usize = 64 << 20;
/// A connection has three buffers of the size of its longest message.
const BUFFERS: usize = 3;
/// "Don't change" for chown(2).
const UNCHANGED: u32 = u32::MAX;

/// Requests of one client that are served before others have their turn.
const REQUESTS_MAX: usize = 10;

/// A daemon, as far as clients have to do with it.
pub trait Service: Sized + 'static {
    /// Its clients.
    fn connections(&self) -> &Connections;
    /// What its sockets are like.
    fn environment(&self) -> &Environment;
    /// How long its messages become, in bytes, where it knows: as long as there is room, new connections have buffers
    /// in which such a message need not be packed.
    fn longest_message(&self) -> usize {
        0
    }
    /// Logs a line; the name is that of the reference's function.
    fn log(&self, level: Level, function: &str, text: &str);
    /// The reference's function that accepts clients.
    fn accept_function(&self) -> &'static str;
    /// A client connected to one of the sockets; whether it may stay.
    fn connected(self: &Rc<Self>, id: ClientId, hello: &Hello, socket: usize) -> bool;
    /// A client is gone.
    fn gone(self: &Rc<Self>, id: ClientId);
    /// A client's request.
    fn take(self: &Rc<Self>, from: ClientId, bytes: &[u8]);
}

/// Opens sockets.
///
/// # Errors
/// What the system says; `AddrInUse` where somebody else listens.
pub fn bind(names: &[&str], environment: &Environment) -> std::io::Result<Vec<Server>> {
    names.iter().map(|name| Server::bind(name, environment.transport)).collect()
}

/// Accepts clients from now on, on the thread of the caller, which must be in a `LocalSet`.
pub fn serve<S: Service>(service: &Rc<S>, sockets: Vec<Server>) {
    for (index, server) in sockets.into_iter().enumerate() {
        let service = service.clone();
        spawn_local(async move {
            if let Err(error) = listen(&service, server, index).await {
                let text = format!("An IPC socket failed: {error}");
                service.log(Level::Error, service.accept_function(), &text);
            }
        });
    }
}

async fn listen<S: Service>(service: &Rc<S>, server: Server, index: usize) -> std::io::Result<()> {
    let listener = Readable::of(server.fd())?;
    loop {
        let mut ready = listener.ready().await?;
        match server.accept() {
            Ok(Some(handshake)) => {
                if service.connections().handshakes.get() < HANDSHAKES_MAX {
                    spawn_local(greet(service.clone(), handshake, index));
                }
            }
            Ok(None) => ready.clear_ready(),
            // no descriptor left: those who wait are served once one is free
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, from its handshake to its end.
async fn greet<S: Service>(service: Rc<S>, mut handshake: Handshake, index: usize) {
    let handshakes = &service.connections().handshakes;
    handshakes.set(handshakes.get() + 1);
    let hello = tokio::time::timeout(HANDSHAKE_TIMEOUT, hello(&mut handshake)).await;
    handshakes.set(handshakes.get() - 1);
    let Ok(Some(hello)) = hello else { return };
    let Some((id, socket, wake)) = admit(&service, handshake, &hello, index) else { return };
    // one connection a turn: making it takes a while
    yield_now().await;
    attend(&service, id, &socket, &wake).await;
    service.gone(id);
    service.connections().remove(id);
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
fn admit<S: Service>(
    service: &Rc<S>,
    handshake: Handshake,
    hello: &Hello,
    index: usize,
) -> Option<(ClientId, Readable, Rc<Notify>)> {
    let connections = service.connections();
    if connections.is_closed() {
        let text = format!("Ignoring new IPC client [{}] during shutdown", hello.pid);
        service.log(Level::Info, service.accept_function(), &text);
        handshake.refuse(nix::errno::Errno::EPERM as i32);
        return None;
    }
    if hello.uid != 0 && connections.of_user(hello.uid) >= CONNECTIONS_MAX {
        let text = format!("Refusing IPC client [{}]: user {} has {CONNECTIONS_MAX} connections", hello.pid, hello.uid);
        service.log(Level::Warning, service.accept_function(), &text);
        handshake.refuse(nix::errno::Errno::EAGAIN as i32);
        return None;
    }
    let group = sys_os::group_id(GROUP).ok().flatten().filter(|_| hello.uid != 0);
    let buffer = service.environment().buffer;
    let accept = Accept {
        message_floor: buffer.max(roomy(service)),
        message_cap: MESSAGE_CAP.max(buffer),
        owner: group.map(|group| (UNCHANGED, group, 0o660)),
    };
    let connection = handshake.accept(accept).ok()?;
    let socket = Readable::of(connection.fd()).ok()?;
    let (id, wake) = connections.insert(hello.pid, hello.uid, connection);
    if !service.connected(id, hello, index) {
        connections.remove(id);
        return None;
    }
    Some((id, socket, wake))
}

/// The size of a new connection's buffers that spares packing, in bytes; 0 where memory is to be spared.
fn roomy<S: Service>(service: &Rc<S>) -> u32 {
    let longest = service.longest_message();
    // what is there grows by and by
    let size = HEADER_SIZE + longest + longest / 4;
    let all = (service.connections().count() + 1).saturating_mul(BUFFERS * size);
    let fits = service.environment().transport == TransportType::Shm && all <= ROOM && size <= MESSAGE_CAP as usize;
    if fits { u32::try_from(size).unwrap_or(0) } else { 0 }
}

/// What [`take_some`] leaves.
enum Left {
    /// Nothing.
    Nothing,
    /// Maybe more requests.
    More,
    /// No client.
    Nobody,
}

/// Serves some requests of a client.
fn take_some<S: Service>(service: &Rc<S>, id: ClientId) -> Left {
    let mut bytes = Vec::new();
    for _ in 0..REQUESTS_MAX {
        match service.connections().receive(id, &mut bytes) {
            Some(Received::Message) => service.take(id, &bytes),
            Some(Received::Empty) => return Left::Nothing,
            Some(Received::Again) => return Left::More,
            Some(Received::Closed) | None => return Left::Nobody,
        }
    }
    Left::More
}

async fn attend<S: Service>(service: &Rc<S>, id: ClientId, socket: &Readable, wake: &Notify) {
    loop {
        let Some(due) = service.connections().due(id) else { return };
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
                service.connections().flush(id);
                continue;
            }
        };
        match take_some(service, id) {
            Left::Nothing => ready.clear_ready(),
            Left::More => yield_now().await,
            Left::Nobody => return,
        }
    }
}
