//! Pacemaker's messages over libqb's IPC, and between hosts: a header, then XML as text with a NUL behind it, compressed
//! where it is long.
//!
//! Counterparts: `lib/common/ipc_common.c`, `ipc_server.c`, `ipc_client.c` (2.1.5). A message is a request, the reply to
//! one, or an event that nobody asked for. Lengths are what others claim: all are checked, and what unpacks to more
//! than a limit is refused while it unpacks.
//!
//! Left to others: sockets and rings (sys/qb), what messages say (core/cib).
#![forbid(unsafe_code)]

mod events;
mod message;
mod packing;
mod remote;

pub use events::{EventQueue, Flushed, QUEUE_MAX, Sent};
pub use message::{DecodeError, EncodeError, Flags, HEADER_SIZE, Message, TEXT_MAX, decode, encode};
pub use packing::{as_c_text, pack, unpack};
pub use remote::{Incoming, REMOTE_HEADER_SIZE, RemoteError, encode_remote};

/// A connection's number, as its server counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(pub u64);

/// Size of a server's IPC buffers unless `PCMK_ipc_buffer` says another, in bytes.
pub const BUFFER_DEFAULT: u32 = 128 << 10;
/// The smallest size that `PCMK_ipc_buffer` can set: libqb's handshake must fit.
const BUFFER_MIN: u32 = 12336;

/// The size of IPC buffers, in bytes, for the value of `PCMK_ipc_buffer` (`pcmk__ipc_buffer_size()`).
#[must_use]
pub fn buffer_size(setting: Option<&str>) -> u32 {
    match setting.and_then(|text| text.trim().parse::<i64>().ok()) {
        Some(size) if size > 0 => u32::try_from(size).unwrap_or(u32::MAX).max(BUFFER_MIN),
        _ => BUFFER_DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_as_large_as_set_but_never_too_small() {
        for (setting, size) in [
            (None, BUFFER_DEFAULT),
            (Some("x"), BUFFER_DEFAULT),
            (Some("0"), BUFFER_DEFAULT),
            (Some("-5"), BUFFER_DEFAULT),
            (Some("1"), BUFFER_MIN),
            (Some("500000"), 500_000),
            (Some("99999999999"), u32::MAX),
        ] {
            assert_eq!(buffer_size(setting), size, "{setting:?}");
        }
    }
}
