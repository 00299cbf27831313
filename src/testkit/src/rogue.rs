//! A client of a libqb service that no library would make: it writes what it likes into its rings. They are files, so
//! it needs no mapping, and what it cuts off can't hurt itself.

use core_qb::ring::{CHUNK_READY, header};
use core_qb::{ConnectionRequest, ConnectionResponse, Geometry};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::FileExt;
use std::os::unix::net::{SocketAddr, UnixStream};
use std::time::{Duration, Instant};
use zerocopy::{FromBytes, IntoBytes};

/// Bytes of an abstract socket's name, as libqb binds it.
const NAME_LEN: usize = 107;
/// How long a server may take to end a connection, or to answer a handshake.
const PATIENCE: Duration = Duration::from_secs(5);

/// One of a connection's rings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// From the client.
    Request,
    /// Replies.
    Response,
    /// Events.
    Event,
}

/// One of a ring's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Positions, semaphore and paths.
    Header,
    /// The chunks.
    Data,
}

/// All files of a connection.
pub const FILES: [(Ring, Part); 6] = [
    (Ring::Request, Part::Data),
    (Ring::Request, Part::Header),
    (Ring::Response, Part::Data),
    (Ring::Response, Part::Header),
    (Ring::Event, Part::Data),
    (Ring::Event, Part::Header),
];

/// A connection whose handshake was done by hand.
#[derive(Debug)]
pub struct Rogue {
    /// What the connection began on.
    pub socket: UnixStream,
    /// The rings' path prefixes; or the control file's path, the base of the sockets' names, and nothing.
    pub paths: [String; 3],
    geometry: Geometry,
}

/// A connection that has not said anything.
pub fn dial(service: &str) -> io::Result<UnixStream> {
    let mut name = [0; NAME_LEN];
    name[..service.len()].copy_from_slice(service.as_bytes());
    UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?)
}

impl Rogue {
    /// Connects to a service. The error is the server's errno where it says no.
    pub fn connect(service: &str, max_message: u32) -> io::Result<Rogue> {
        let mut socket = dial(service)?;
        socket.set_read_timeout(Some(PATIENCE))?;
        socket.write_all(ConnectionRequest::new(max_message).as_bytes())?;
        let mut bytes = vec![0; size_of::<ConnectionResponse>()];
        socket.read_exact(&mut bytes)?;
        let response = ConnectionResponse::read_from_bytes(&bytes).map_err(|_| ErrorKind::InvalidData)?;
        if response.header.error != 0 {
            return Err(io::Error::from_raw_os_error(-response.header.error));
        }
        let paths = response.paths().ok_or(ErrorKind::InvalidData)?.map(str::to_owned);
        let geometry = Geometry::for_message(response.max_message as usize).ok_or(ErrorKind::InvalidData)?;
        Ok(Rogue { socket, paths, geometry })
    }

    /// The ring's size in words.
    pub fn words(&self) -> u32 {
        self.geometry.words()
    }

    /// Where one of the files is.
    pub fn path(&self, ring: Ring, part: Part) -> String {
        let part = if part == Part::Header { "header" } else { "data" };
        format!("{}-{part}", self.paths[ring as usize])
    }

    /// One of the files.
    pub fn file(&self, ring: Ring, part: Part) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path(ring, part))
    }

    /// Writes words into one of the files, each at an offset in bytes.
    pub fn poke(&self, ring: Ring, part: Part, words: &[(usize, u32)]) -> io::Result<()> {
        let file = self.file(ring, part)?;
        words.iter().try_for_each(|(at, word)| file.write_all_at(&word.to_ne_bytes(), *at as u64))
    }

    /// Puts a chunk of that length at a position of the request ring, as words; it isn't counted yet.
    pub fn place(&self, position: u32, length: u32, marker: u32) -> io::Result<()> {
        let at = |steps| self.geometry.after(position, steps) as usize * 4;
        self.poke(Ring::Request, Part::Data, &[(at(0), length), (at(1), marker)])
    }

    /// Says that so many chunks are in the request ring.
    pub fn count(&self, chunks: u32) -> io::Result<()> {
        self.poke(Ring::Request, Part::Header, &[(header::SEMAPHORE, chunks)])
    }

    /// A chunk at the ring's start that says to be of that length, counted and told of.
    pub fn inject(&self, length: u32) -> io::Result<()> {
        self.place(0, length, CHUNK_READY)?;
        self.count(1)?;
        self.notify(1);
        Ok(())
    }

    /// Bytes on the socket, as many as it takes without waiting.
    pub fn notify(&self, count: usize) {
        let _waits = self.socket.set_nonblocking(true);
        let _full_or_gone = (&self.socket).write(&vec![0; count]);
    }

    /// Whether the server ends the connection soon.
    pub fn is_dropped(&self) -> bool {
        let (start, mut bytes) = (Instant::now(), [0; 4096]);
        while start.elapsed() < PATIENCE {
            let _waits = self.socket.set_nonblocking(true);
            match (&self.socket).read(&mut bytes) {
                Ok(0) => return true,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return true,
                _ => std::thread::sleep(Duration::from_millis(2)),
            }
        }
        false
    }
}
