//! libqb's IPC, the server's side: handshakes, and the shared memory of a client that keeps no rule.

use crate::records::{self, Record};
use core_qb::ring::header;
use core_qb::{ConnectionRequest, ConnectionResponse};
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::path::PathBuf;
use sys_qb::{Accept, Connection, Received, Server, TransportType};
use zerocopy::{FromBytes, IntoBytes};

/// The steps' numbers in a client's shared memory. Rings: 0 requests, 1 replies, 2 events.
pub mod step {
    /// Writes the bytes at `arg` into the header of ring `who`.
    pub const HEADER: u8 = 0;
    /// Writes the bytes at `arg` into the data of ring `who`.
    pub const DATA: u8 = 1;
    /// Puts `arg` chunks' count in the semaphore of ring `who`.
    pub const POST: u8 = 2;
    /// The server takes a request.
    pub const RECEIVE: u8 = 3;
    /// The server replies.
    pub const RESPOND: u8 = 4;
    /// The server tells an event.
    pub const EVENT: u8 = 5;
    /// Cuts a file of ring `who` off at `arg` bytes: the data (`bytes` empty) or the header.
    pub const TRUNCATE: u8 = 6;
    /// Sends the bytes on the socket.
    pub const SOCKET: u8 = 7;
    /// Writes a whole chunk with these bytes where the next one of ring 0 is, and counts it.
    pub const CHUNK: u8 = 8;
    /// How many kinds there are.
    pub const COUNT: u8 = 9;
}

/// What the server offers at most, in bytes: rings of two pages.
const MESSAGE_MAX: u32 = 6000;
const TERMS: Accept = Accept { message_floor: 0, message_cap: MESSAGE_MAX, owner: None };

thread_local! {
    static SERVERS: RefCell<Option<[(Server, SocketAddr); 2]>> = const { RefCell::new(None) };
}

/// Lends out this thread's servers, one for each transport.
fn with_server<R>(transport: usize, call: impl FnOnce(&Server, &SocketAddr) -> R) -> R {
    SERVERS.with_borrow_mut(|servers| {
        let [shm, socket] = servers.get_or_insert_with(|| {
            [TransportType::Shm, TransportType::Socket].map(|kind| {
                let thread = format!("{:?}", std::thread::current().id()).replace(['(', ')'], "");
                let name = format!("systole-fuzz-{}-{thread}-{}", std::process::id(), kind as i32);
                let server = Server::bind(&name, kind).expect("a name of our own");
                let mut padded = [0; 107];
                padded[..name.len()].copy_from_slice(name.as_bytes());
                (server, SocketAddr::from_abstract_name(padded).expect("a short name"))
            })
        });
        let (server, address) = if transport == 0 { shm } else { socket };
        call(server, address)
    })
}

/// A connection request in any pieces; `who` of the first record chooses the transport.
pub fn handshake(input: &[u8]) {
    let transport = records::read(input).next().map_or(0, |record| usize::from(record.who & 1));
    with_server(transport, |server, address| {
        let Ok(mut socket) = UnixStream::connect_addr(address) else { return };
        let Ok(Some(mut handshake)) = server.accept() else { return };
        for record in records::read(input) {
            if socket.write_all(record.bytes).is_err() {
                return;
            }
            match handshake.progress() {
                Ok(Some(_)) if record.arg & 1 == 1 => return handshake.refuse(libc_eacces()),
                Ok(Some(_)) => {
                    let Ok(mut connection) = handshake.accept(TERMS) else { return };
                    assert!(connection.max_message() <= MESSAGE_MAX as usize);
                    let _any = connection.receive(&mut Vec::new());
                    let mut answer = vec![0; size_of::<ConnectionResponse>()];
                    socket.read_exact(&mut answer).expect("an answer");
                    let answer = ConnectionResponse::read_from_bytes(&answer).expect("of its size");
                    assert!(answer.header.error == 0 && answer.paths().is_some());
                    return;
                }
                Ok(None) => {}
                Err(_) => return,
            }
        }
    });
}

fn libc_eacces() -> i32 {
    sys_qb::Errno::EACCES as i32
}

/// An answer to a handshake, as a client reads it.
pub fn answer(input: &[u8]) {
    let mut bytes = input.to_vec();
    bytes.resize(size_of::<ConnectionResponse>(), 0);
    let Ok(response) = ConnectionResponse::read_from_bytes(&bytes) else { return };
    if let Some(paths) = response.paths() {
        assert!(paths.iter().all(|path| path.len() < core_qb::handshake::PATH_LEN && !path.contains('\0')));
    }
    let _ours = response.is_systole();
}

struct Rogue {
    connection: Connection,
    socket: UnixStream,
    /// Where the next chunk of a well-behaved client is, in words.
    position: u32,
}

/// A connected client's shared memory, changed in any way between the server's calls.
pub fn shared(input: &[u8]) {
    with_server(0, |server, address| {
        let Ok(mut socket) = UnixStream::connect_addr(address) else { return };
        let Ok(Some(mut handshake)) = server.accept() else { return };
        socket.write_all(ConnectionRequest::new(1000).as_bytes()).expect("a new socket has room");
        assert!(handshake.progress().expect("a good request").is_some());
        let connection = handshake.accept(TERMS).expect("room for small rings");
        let mut rogue = Rogue { connection, socket, position: 0 };
        for record in records::read(input) {
            if !rogue.step(&record) {
                return;
            }
        }
    });
}

impl Rogue {
    fn file(&self, ring: u8, part: &str) -> Option<File> {
        let name = ["request", "response", "event"][usize::from(ring) % 3];
        let start = format!("qb-{name}-");
        let mut entries = std::fs::read_dir(self.connection.directory()).ok()?.flatten();
        let wanted = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with(&start) && name.ends_with(part)
        };
        let path = entries.find_map(|entry| Some(entry.path()).filter(wanted))?;
        OpenOptions::new().read(true).write(true).open(path).ok()
    }

    fn write(&self, ring: u8, part: &str, at: usize, bytes: &[u8]) {
        if let Some(file) = self.file(ring, part) {
            let length = file.metadata().map_or(0, |metadata| metadata.len() as usize);
            let at = at % length.max(1);
            let _cut = file.write_all_at(&bytes[..bytes.len().min(length - at.min(length))], at as u64);
        }
    }

    /// Whether the connection goes on.
    fn step(&mut self, record: &Record<'_>) -> bool {
        let at = usize::from(record.arg);
        match record.kind % step::COUNT {
            step::HEADER => self.write(record.who, "header", at, record.bytes),
            step::DATA => self.write(record.who, "data", at, record.bytes),
            step::POST => self.post(record.who, u32::from(record.arg)),
            step::RECEIVE => return self.receive(),
            step::RESPOND => return self.connection.respond(&[&record.bytes[..at.min(record.bytes.len())]]).is_ok(),
            step::EVENT => {
                let told = self.connection.event(&[record.bytes, b""]);
                return told.is_ok() && self.connection.flush().is_ok();
            }
            step::TRUNCATE => {
                let part = if record.bytes.is_empty() { "data" } else { "header" };
                if let Some(file) = self.file(record.who, part) {
                    let _failed = file.set_len(at as u64);
                }
            }
            step::SOCKET => {
                self.socket.set_nonblocking(true).expect("a socket");
                let _full = self.socket.write(record.bytes);
            }
            _ => self.chunk(record.bytes),
        }
        true
    }

    fn post(&self, ring: u8, count: u32) {
        self.write(ring, "header", header::SEMAPHORE, &count.to_ne_bytes());
    }

    fn chunk(&mut self, bytes: &[u8]) {
        let Some(words) = self.file(0, "data").and_then(|file| Some(file.metadata().ok()?.len() as u32 / 4)) else {
            return;
        };
        let Some(geometry) = core_qb::Geometry::for_message(MESSAGE_MAX as usize).filter(|_| words > 0) else { return };
        let head = [bytes.len() as u32, core_qb::ring::CHUNK_READY].map(u32::to_ne_bytes).concat();
        let chunk = [&head, bytes].concat();
        for (index, word) in chunk.chunks(4).enumerate() {
            let at = (self.position + index as u32) % words;
            self.write(0, "data", at as usize * 4, word);
        }
        self.position = geometry.after_chunk(self.position, bytes.len()) % words;
        self.post(0, 1);
    }

    fn receive(&mut self) -> bool {
        let mut message = Vec::new();
        let received = self.connection.receive(&mut message);
        if received == Ok(Received::Message) {
            assert!(message.len() <= self.connection.max_message(), "{} bytes", message.len());
        }
        matches!(received, Ok(Received::Message | Received::Empty))
    }
}
