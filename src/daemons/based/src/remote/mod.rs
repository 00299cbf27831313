//! Clients on other hosts: ports, one task for each connection, and what waits to be sent.
//!
//! Counterpart: `based_remote.c` (2.1.5), which waits for each client's bytes and PAM's word while nobody else is served.
//! What a login and its messages mean is decided in `core_cib::manager::remote`.

mod link;
mod login;

use crate::daemon::Daemon;
use core_cib::manager::remote::{PORTS, port};
use core_pcmk_ipc::{ClientId, EventQueue, Flushed, Incoming, TEXT_MAX};
use core_types::Level;
use link::Link;
use login::{Gate, await_login};
use nix::errno::Errno;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use sys_pam::Pam;
use sys_pcmk::{Line, Logger, Service};
use sys_tls::Server;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::{spawn_local, yield_now};

/// Connections that nobody logged in on yet; others wait until there is room.
const STRANGERS_MAX: usize = 64;
/// Connections of one user.
const CONNECTIONS_MAX: usize = 256;
/// Connections that wait until they are accepted, as the reference has it.
const BACKLOG: u32 = 10;
/// Messages that may wait for a client while more of it is read.
const UNSENT_MAX: usize = 64;
/// Bytes of them: far below what it is given up for, so that who asks faster than it reads only waits.
const UNSENT_BYTES_MAX: usize = 8 << 20;
/// Requests of one client that are served before others have their turn.
const REQUESTS_MAX: usize = 10;

/// A client that logged in.
struct Client {
    user: String,
    queue: RefCell<EventQueue>,
    /// There is something to send.
    wake: Notify,
    /// Something was sent.
    sent: Notify,
    over: Cell<bool>,
    ending: Notify,
}

impl Client {
    fn end(&self) {
        self.over.set(true);
        self.ending.notify_one();
    }

    async fn ended(&self) {
        while !self.over.get() {
            self.ending.notified().await;
        }
    }

    /// Sends what there is to send, until the connection is lost.
    async fn send(&self, link: &Link) -> io::Result<()> {
        loop {
            let next = self.queue.borrow_mut().pop();
            match next {
                Some(message) => link.send(&message).await?,
                None => self.wake.notified().await,
            }
            self.sent.notify_one();
        }
    }

    fn is_behind(&self) -> bool {
        let queue = self.queue.borrow();
        queue.len() > UNSENT_MAX || queue.bytes() > UNSENT_BYTES_MAX
    }

    /// Waits until it took enough of what it was sent.
    async fn catch_up(&self) {
        while self.is_behind() {
            self.sent.notified().await;
        }
    }
}

/// All of them.
pub(crate) struct Remotes {
    clients: RefCell<BTreeMap<ClientId, Rc<Client>>>,
    started: Instant,
    logger: Rc<Logger>,
}

impl Remotes {
    pub(crate) fn new(logger: Rc<Logger>) -> Remotes {
        Remotes { clients: RefCell::default(), started: Instant::now(), logger }
    }

    /// Ends all; how many there were.
    pub(crate) fn close(&self) -> usize {
        let clients = self.clients.borrow();
        clients.values().for_each(|client| client.end());
        clients.len()
    }

    /// Sends a client a message, after those before it; one that takes none is given up.
    pub(crate) fn send(&self, to: ClientId, message: Rc<[u8]>) {
        const FUNCTION: &str = "pcmk__remote_send_xml";
        let Some(client) = self.clients.borrow().get(&to).filter(|client| !client.over.get()).cloned() else { return };
        let mut queue = client.queue.borrow_mut();
        queue.push(message);
        client.wake.notify_one();
        match queue.look(self.started.elapsed()) {
            Flushed::Done | Flushed::At(_) => {}
            Flushed::Behind(waiting, _) => {
                let text = format!("Remote client of {} has a backlog of {waiting} messages", client.user);
                self.logger.log(Level::Warning, FUNCTION, &text);
            }
            Flushed::Evict(waiting) => {
                let text = format!("Evicting remote client of {} due to backlog of {waiting} messages", client.user);
                self.logger.log(Level::Error, FUNCTION, &text);
                client.end();
            }
        }
    }

    fn insert(&self, id: ClientId, user: &str) -> Option<Rc<Client>> {
        let mut clients = self.clients.borrow_mut();
        if clients.values().filter(|client| client.user == user).count() >= CONNECTIONS_MAX {
            return None;
        }
        let client = Rc::new(Client {
            user: user.to_owned(),
            queue: RefCell::default(),
            wake: Notify::new(),
            sent: Notify::new(),
            over: Cell::new(false),
            ending: Notify::new(),
        });
        clients.insert(id, client.clone());
        Some(client)
    }
}

/// One of the ports.
struct Port {
    listener: TcpListener,
    /// Who speaks TLS there.
    server: Option<Server>,
    gate: Rc<Gate>,
    strangers: Arc<Semaphore>,
}

/// Accepts clients at the ports that the CIB names now, if any. What can't be had is said and left out.
pub(crate) fn serve(daemon: &Rc<Daemon>) {
    let strangers = Arc::new(Semaphore::new(STRANGERS_MAX));
    let mut gate = None;
    for (encrypted, name) in PORTS {
        let Some(text) = daemon.setting(name) else { continue };
        let number = match port(&text) {
            Ok(Some(number)) => number,
            Ok(None) => continue,
            Err(why) => {
                daemon.log(Level::Warning, "pcmk__scan_port", &why);
                continue;
            }
        };
        let Some((listener, server)) = listen(daemon, number, encrypted) else { continue };
        let gate = gate.get_or_insert_with(|| open_gate(daemon)).clone();
        spawn_local(accept(daemon.clone(), Rc::new(Port { listener, server, gate, strangers: strangers.clone() })));
    }
}

fn open_gate(daemon: &Daemon) -> Rc<Gate> {
    let pam = Pam::load().inspect_err(|missing| {
        let text = format!("PAM is _not_ enabled! Remote clients are refused: {missing}");
        daemon.log(Level::Warning, "init_remote_listener", &text);
    });
    Rc::new(Gate::new(pam.ok()))
}

fn listen(daemon: &Daemon, number: u16, encrypted: bool) -> Option<(TcpListener, Option<Server>)> {
    const FUNCTION: &str = "init_remote_listener";
    let server = if encrypted {
        daemon.log(Level::Notice, FUNCTION, &format!("Starting TLS listener on port {number}"));
        let least = sys_tls::least_prime().max(sys_tls::usual_prime());
        let made = Server::new(&sys_tls::priorities(), least).inspect_err(|error| {
            let text = format!(
                "Could not initialize Diffie-Hellman parameters for TLS: {error} | rc={} bits={least}",
                error.0
            );
            daemon.log(Level::Error, "pcmk__init_tls_dh", &text);
        });
        Some(made.ok()?)
    } else {
        daemon.log(Level::Warning, FUNCTION, &format!("Starting plain-text listener on port {number}"));
        None
    };
    let listener = bind(number).inspect_err(|error| {
        let errno = Errno::from_raw(error.raw_os_error().unwrap_or_default());
        let text = format!("Cannot bind to listener socket: {} ({})", errno.desc(), errno as i32);
        daemon.log(Level::Error, FUNCTION, &text);
    });
    let listener = listener.ok()?;
    daemon.log(Level::Debug, FUNCTION, &format!("Started listener on port {number}"));
    Some((listener, server))
}

fn bind(number: u16) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, number)))?;
    socket.listen(BACKLOG)
}

async fn accept(daemon: Rc<Daemon>, port: Rc<Port>) {
    // nobody closes it
    while let Ok(permit) = port.strangers.clone().acquire_owned().await {
        match port.listener.accept().await {
            Ok((stream, from)) => {
                let kind = if port.server.is_some() { "secure" } else { "clear-text" };
                daemon.log(Level::Debug, "cib_remote_listen", &format!("New {kind} connection from {}", from.ip()));
                spawn_local(attend(daemon.clone(), port.clone(), stream, permit));
            }
            // no descriptor left: those who wait are served once one is free
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// One connection, to its end.
async fn attend(daemon: Rc<Daemon>, port: Rc<Port>, stream: TcpStream, stranger: OwnedSemaphorePermit) {
    // the kernel gives it its number
    let (Ok(link), Ok(uuid)) = (Link::new(stream, port.server.as_ref()), sys_os::uuid()) else { return };
    daemon.log(Level::Info, "cib_remote_listen", &format!("Remote CIB client pending authentication | id: {uuid}"));
    let mut incoming = Incoming::default();
    let admitted = async {
        let login = await_login(&link, &mut incoming).await.map_err(|line| vec![line])?;
        port.gate.check(&login).await?;
        Ok::<_, Vec<Line>>(login)
    };
    let login = match admitted.await {
        Ok(login) => login,
        Err(lines) => return lines.iter().for_each(|(level, function, text)| daemon.log(*level, function, text)),
    };
    drop(stranger);
    if daemon.connections().is_closed() {
        return;
    }
    let id = daemon.connections().next_id();
    let Some(client) = daemon.remotes.insert(id, &login.user) else {
        let text = format!("Refusing remote client: user {} has {CONNECTIONS_MAX} connections", login.user);
        return daemon.log(Level::Warning, "cib_remote_msg", &text);
    };
    daemon.log(Level::Notice, "cib_remote_msg", "Remote CIB client connection accepted");
    daemon.remote_connected(id, uuid, login);
    incoming.set_limit(TEXT_MAX);
    tokio::select! {
        () = client.ended() => {}
        _ = client.send(&link) => {}
        () = hear(&daemon, id, &client, &link, &mut incoming) => {}
    }
    daemon.remotes.clients.borrow_mut().remove(&id);
    daemon.remote_gone(id);
}

/// Takes a client's messages until there are no more.
async fn hear(daemon: &Rc<Daemon>, id: ClientId, client: &Client, link: &Link, incoming: &mut Incoming) {
    loop {
        for _ in 0..REQUESTS_MAX {
            client.catch_up().await;
            match link.receive(incoming).await {
                Ok(text) => daemon.take_remote(id, &text),
                Err(ended) => {
                    return daemon.log(Level::Debug, "pcmk__read_remote_message", &ended.to_string());
                }
            }
        }
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_pcmk_ipc::encode_remote;
    use std::io::Read;
    use sys_pcmk::Environment;

    fn remotes() -> Remotes {
        let quiet = Environment { log_file: None, facility: None, stderr: false, ..Environment::read("test") };
        Remotes::new(Rc::new(Logger::open(c"test", &quiet, &[], 0)))
    }

    #[test]
    fn who_takes_nothing_is_given_up_and_nobody_else() {
        let remotes = remotes();
        let [slow, other] = [ClientId(1), ClientId(2)].map(|id| remotes.insert(id, "u").unwrap());
        let mebibyte: Rc<[u8]> = vec![0; 1 << 20].into();
        (0..65).for_each(|_| remotes.send(ClientId(1), mebibyte.clone()));
        remotes.send(ClientId(2), mebibyte);
        assert_eq!((slow.over.get(), other.over.get()), (true, false));
        let waiting = slow.queue.borrow().len();
        remotes.send(ClientId(1), vec![0; 1].into());
        assert_eq!(slow.queue.borrow().len(), waiting);
        assert_eq!(remotes.close(), 2);
        assert!(other.over.get());
    }

    #[tokio::test]
    async fn who_took_too_little_is_not_heard_until_it_took_more() {
        let remotes = remotes();
        for (count, size) in [(UNSENT_MAX, 1), (2, UNSENT_BYTES_MAX / 2)] {
            let id = ClientId(count as u64);
            let client = remotes.insert(id, "u").unwrap();
            let message: Rc<[u8]> = vec![0; size].into();
            (0..count).for_each(|_| remotes.send(id, message.clone()));
            client.catch_up().await;
            remotes.send(id, message);
            assert!(client.is_behind() && !client.over.get());
            tokio::join!(client.catch_up(), async {
                client.queue.borrow_mut().pop();
                client.sent.notify_one();
            });
        }
    }

    #[test]
    fn a_user_has_so_many_connections_and_no_more() {
        let remotes = remotes();
        for id in 0..CONNECTIONS_MAX as u64 {
            assert!(remotes.insert(ClientId(id), "u").is_some());
        }
        assert!(remotes.insert(ClientId(1000), "u").is_none());
        assert!(remotes.insert(ClientId(1000), "v").is_some());
    }

    #[tokio::test]
    async fn messages_are_sent_in_order_and_whole_however_slowly_they_are_taken() {
        let remotes = remotes();
        let client = remotes.insert(ClientId(1), "u").unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let link = Link::new(listener.accept().await.unwrap().0, None).unwrap();
        // more than any socket holds
        let texts: Vec<String> = ["a", "b", "c"].iter().map(|letter| letter.repeat(6 << 20)).collect();
        for (text, id) in texts.iter().zip(1..) {
            remotes.send(ClientId(1), encode_remote(text, id).into());
        }
        let read = tokio::task::spawn_blocking(move || {
            let (mut incoming, mut found, mut piece) = (Incoming::default(), Vec::new(), [0; 1 << 16]);
            while found.len() < 3 {
                let count = peer.read(&mut piece).unwrap();
                assert_ne!(count, 0, "the end");
                incoming.push(&piece[..count]);
                while let Some(text) = incoming.next_text().unwrap() {
                    found.push(text);
                }
            }
            found
        });
        tokio::select! {
            sent = client.send(&link) => panic!("{sent:?}"),
            found = read => assert!(found.unwrap() == texts),
        }
    }
}
