//! The socket transport's names and its control file (`ipc_socket.c`).
//!
//! Messages are datagrams. The server binds [`REQUEST`] and [`EVENT_TX`], the client [`RESPONSE`] and [`EVENT`], each
//! after a `-` behind the base path that the handshake gives in the response's place; the names are abstract, also
//! where services listen on files. The request's place has the path of the control file: two words for each channel.

/// Requests arrive at the server here, and replies leave from here.
pub const REQUEST: &str = "request";
/// Replies arrive at the client here, and requests leave from here.
pub const RESPONSE: &str = "response";
/// Events leave from here.
pub const EVENT_TX: &str = "event-tx";
/// Events arrive here.
pub const EVENT: &str = "event";

/// The control file's size, in bytes.
pub const SIZE: usize = 3 * CHANNEL_SIZE;
const CHANNEL_SIZE: usize = 8;

/// A direction in which messages go; its place in the control file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// From the client.
    Request = 0,
    /// Replies.
    Response = 1,
    /// Events.
    Event = 2,
}

impl Channel {
    /// Where the number of messages on their way is, in bytes.
    pub fn sent(self) -> usize {
        self as usize * CHANNEL_SIZE
    }

    /// Where the flow control is, in bytes: of requests, not 0 while the server takes none.
    pub fn flow_control(self) -> usize {
        self.sent() + 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_control_file_has_libqb_s_layout() {
        assert_eq!((Channel::Request.sent(), Channel::Request.flow_control()), (0, 4));
        assert_eq!((Channel::Event.sent(), Channel::Event.flow_control(), SIZE), (16, 20, 24));
    }
}
