//! The two messages that make a connection.

use core_types::mar::{RequestHeader, ResponseHeader};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes, KnownLayout};

/// `QB_IPC_MSG_AUTHENTICATE`: the id of both messages.
pub const AUTHENTICATE: i32 = -1;
/// `QB_IPC_MSG_DISCONNECT`: a request with this id ends the connection.
pub const DISCONNECT: i32 = -3;

/// `PATH_MAX`: the room for each path, its NUL included.
pub const PATH_LEN: usize = 4096;
/// Where our marker is, near the end of the event path's room; libqb reads a path to its NUL only.
const MARKER_AT: usize = PATH_LEN - 16;

/// How messages travel once connected (`qb_ipc_type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum TransportType {
    /// Datagram sockets.
    Socket = 0,
    /// Rings in shared memory.
    Shm = 1,
}

/// That both ends are ours and may do without what only libqb needs. It is told where libqb doesn't look, and
/// changes nothing that a caller can see:
/// - a request needs no byte on the socket while the server says in the ring that it is awake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Systole;

impl Systole {
    /// In the request: what libqb leaves zero after the size.
    const REQUEST: u32 = u32::from_le_bytes(*b"SYS1");
    /// In the response: at the end of the event path's room.
    const RESPONSE: [u8; 16] = *b"systole ipc v1\0\0";
}

/// `struct qb_ipc_connection_request`.
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ConnectionRequest {
    /// Always [`AUTHENTICATE`].
    pub header: RequestHeader,
    /// Largest message that the client wants to send or get, in bytes.
    pub max_message: u32,
    marker: u32,
}

impl ConnectionRequest {
    /// A request of ours.
    pub fn new(max_message: u32) -> Self {
        let header = RequestHeader::new(AUTHENTICATE, size_of::<ConnectionRequest>());
        ConnectionRequest { header, max_message, marker: Systole::REQUEST }
    }

    /// Reads a request; `None` when it is none.
    pub fn read(bytes: &[u8; size_of::<ConnectionRequest>()]) -> Option<Self> {
        let request = ConnectionRequest::read_from_bytes(bytes).ok()?;
        (request.header.id == AUTHENTICATE).then_some(request)
    }

    /// Whether the client is ours.
    pub fn is_systole(&self) -> bool {
        self.marker == Systole::REQUEST
    }
}

/// `struct qb_ipc_connection_response`.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct ConnectionResponse {
    /// `error`: 0, or the negative errno why not.
    pub header: ResponseHeader,
    /// A [`TransportType`].
    pub transport: i32,
    /// The size agreed on, in bytes.
    pub max_message: u32,
    /// Meaningful to the server only.
    pub connection: u64,
    request: [u8; PATH_LEN],
    response: [u8; PATH_LEN],
    event: [u8; PATH_LEN],
}

impl ConnectionResponse {
    /// "No", with a positive errno.
    pub fn refusal(errno: i32) -> Box<Self> {
        let mut response = Self::empty();
        response.header.error = -errno;
        response
    }

    /// "Yes": the rings' path prefixes (request, response, event), each less than [`PATH_LEN`] less 16 bytes.
    pub fn acceptance(transport: TransportType, max_message: u32, paths: [&str; 3]) -> Box<Self> {
        let mut response = Self::empty();
        response.transport = transport as i32;
        response.max_message = max_message;
        let rooms = [&mut response.request, &mut response.response, &mut response.event];
        for (room, path) in rooms.into_iter().zip(paths) {
            assert!(path.len() < MARKER_AT, "paths made here are short");
            room[..path.len()].copy_from_slice(path.as_bytes());
        }
        response.event[MARKER_AT..].copy_from_slice(&Systole::RESPONSE);
        response
    }

    fn empty() -> Box<Self> {
        let mut response = Box::new(ConnectionResponse::new_zeroed());
        response.header = ResponseHeader::new(AUTHENTICATE, size_of::<ConnectionResponse>(), 0);
        response
    }

    /// Whether the server is ours.
    pub fn is_systole(&self) -> bool {
        self.event[MARKER_AT..] == Systole::RESPONSE
    }

    /// The rings' path prefixes (request, response, event); `None` when one is no text that ends.
    pub fn paths(&self) -> Option<[&str; 3]> {
        let path = |room: &'_ [u8; PATH_LEN]| room.iter().position(|&byte| byte == 0);
        let text = |room| std::str::from_utf8(&<[u8; PATH_LEN]>::as_slice(room)[..path(room)?]).ok();
        Some([text(&self.request)?, text(&self.response)?, text(&self.event)?])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_messages_have_libqb_s_sizes_and_come_back() {
        assert_eq!((size_of::<ConnectionRequest>(), size_of::<ConnectionResponse>()), (24, 12328));
        let paths = ["/dev/shm/a/qb-request-cpg", "/dev/shm/a/qb-response-cpg", "/dev/shm/a/qb-event-cpg"];
        let response = ConnectionResponse::acceptance(TransportType::Shm, 1 << 20, paths);
        let bytes = response.as_bytes();
        assert_eq!((bytes[24], &bytes[28..32]), (1, &[0, 0, 16, 0][..]));
        let back = ConnectionResponse::read_from_bytes(bytes).unwrap();
        assert_eq!(back.paths(), Some(paths));
        assert!(back.is_systole() && !ConnectionResponse::refusal(13).is_systole());
        assert_eq!(ConnectionResponse::refusal(13).header.error, -13);
    }

    #[test]
    fn a_path_without_an_end_is_refused() {
        let mut response = ConnectionResponse::acceptance(TransportType::Shm, 1, ["a", "b", "c"]);
        response.request.fill(b'x');
        assert_eq!(response.paths(), None);
        response.request.fill(0xFF);
        response.request[9] = 0;
        assert_eq!(response.paths(), None);
    }

    #[test]
    fn only_an_authentication_is_a_request() {
        let mut bytes = [0; 24];
        assert!(ConnectionRequest::read(&bytes).is_none());
        bytes[..4].copy_from_slice(&AUTHENTICATE.to_ne_bytes());
        assert!(!ConnectionRequest::read(&bytes).unwrap().is_systole());
        let ours: [u8; 24] = ConnectionRequest::new(5).as_bytes().try_into().unwrap();
        assert!(ConnectionRequest::read(&ours).unwrap().is_systole());
    }
}
