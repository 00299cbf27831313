//! An echo service on a thread: every request comes back as its reply and as an event.

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use sys_qb::{Accept, Connection, Handshake, Received, Server, TransportType};

/// The service; it ends when this is dropped.
pub(crate) struct Echo {
    pub(crate) name: String,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Service {
    server: Server,
    handshakes: Vec<Handshake>,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
}

impl Echo {
    pub(crate) fn start(name: &str) -> Echo {
        Echo::start_with(name, TransportType::Shm)
    }

    pub(crate) fn start_with(name: &str, transport: TransportType) -> Echo {
        let name = format!("systole-{name}-{}", std::process::id());
        let server = Server::bind(&name, transport).expect("nobody else has this name");
        let stop = Arc::new(AtomicBool::new(false));
        let mut service = Service { server, handshakes: Vec::new(), connections: Vec::new(), buffer: Vec::new() };
        let until = stop.clone();
        let thread = std::thread::spawn(move || {
            while !until.load(Ordering::Relaxed) {
                service.turn();
            }
        });
        Echo { name, stop, thread: Some(thread) }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

impl Service {
    fn turn(&mut self) {
        let mut polled = vec![PollFd::new(self.server.fd(), PollFlags::POLLIN)];
        polled.extend(self.handshakes.iter().map(|handshake| PollFd::new(handshake.fd(), PollFlags::POLLIN)));
        polled.extend(self.connections.iter().map(|connection| PollFd::new(connection.fd(), PollFlags::POLLIN)));
        let _interrupted = poll(&mut polled, PollTimeout::from(10u8));
        drop(polled);
        while let Ok(Some(handshake)) = self.server.accept() {
            self.handshakes.push(handshake);
        }
        for mut handshake in std::mem::take(&mut self.handshakes) {
            match handshake.progress() {
                Ok(Some(_)) => self.connections.extend(handshake.accept(Accept::default())),
                Ok(None) => self.handshakes.push(handshake),
                Err(_) => {}
            }
        }
        let buffer = &mut self.buffer;
        self.connections.retain_mut(|connection| serve(connection, buffer));
    }
}

/// Whether the connection goes on.
fn serve(connection: &mut Connection, buffer: &mut Vec<u8>) -> bool {
    for _ in 0..64 {
        match connection.receive(buffer) {
            Ok(Received::Message) => {
                let (head, tail) = buffer.split_at(buffer.len() / 2);
                let replied = connection.respond(&[head, tail]).is_ok();
                if !(replied && connection.event(&[buffer]).is_ok() && connection.flush().is_ok()) {
                    return false;
                }
            }
            Ok(Received::Empty | Received::Again) => return true,
            Ok(Received::Closed) | Err(_) => return false,
        }
    }
    true
}

/// Entries of this process's connections under /dev/shm, once they had a moment to go.
pub(crate) fn leftovers() -> Vec<String> {
    let start = format!("qb-{}-", std::process::id());
    let list = || -> Vec<String> {
        let entries = std::fs::read_dir("/dev/shm").expect("/dev/shm is there");
        let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.starts_with(&start)).collect()
    };
    for _ in 0..100 {
        if list().is_empty() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    list()
}
