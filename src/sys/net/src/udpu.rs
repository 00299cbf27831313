//! UDP unicast (`transport: udpu`, `totemudpu.c`): a frame for everybody is sent to each member in turn.

use core_types::NodeId;
use nix::sys::socket::{setsockopt, sockopt};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// Kernel buffer asked for in each direction, in bytes: what a burst of a whole window may fill.
const SOCKET_BUFFER: usize = 320 * 1024;

/// Largest datagram that UDP carries.
pub const DATAGRAM_MAX: usize = 65507;

/// A bound socket and the peers it sends to. Frames from other addresses are dropped.
#[derive(Debug)]
pub struct Udpu {
    socket: UdpSocket,
    port: u16,
    peers: BTreeMap<NodeId, SocketAddr>,
    block_unlisted: bool,
}

impl Udpu {
    /// Binds `local`; peers have the same port.
    pub fn bind(local: SocketAddr, block_unlisted: bool) -> io::Result<Udpu> {
        let socket = UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::RcvBuf, &SOCKET_BUFFER)?;
        setsockopt(&socket, sockopt::SndBuf, &SOCKET_BUFFER)?;
        Ok(Udpu { socket, port: local.port(), peers: BTreeMap::new(), block_unlisted })
    }

    /// Sends to another node, too; not to be called with the local one.
    pub fn add_peer(&mut self, node: NodeId, address: IpAddr) {
        self.peers.insert(node, SocketAddr::new(address, self.port));
    }

    /// Knows a node no longer.
    pub fn remove_peer(&mut self, node: NodeId) {
        self.peers.remove(&node);
    }

    /// Drops frames from other addresses than the peers', or not.
    pub fn block_unlisted(&mut self, block: bool) {
        self.block_unlisted = block;
    }

    /// Sends a frame to one peer. An unknown peer is an error, a full socket `WouldBlock`.
    pub fn send(&self, node: NodeId, frame: &[u8]) -> io::Result<()> {
        let peer = self.peers.get(&node).ok_or(io::ErrorKind::NotFound)?;
        self.socket.send_to(frame, peer).map(|_| ())
    }

    /// Sends a frame to every peer; the first error is given after all were tried.
    pub fn send_all(&self, frame: &[u8]) -> io::Result<()> {
        self.peers.values().map(|peer| self.socket.send_to(frame, peer).map(|_| ())).fold(Ok(()), io::Result::and)
    }

    /// Receives a frame from a peer into `buffer` (at least [`DATAGRAM_MAX`] bytes); `None` when there is none.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        loop {
            match self.socket.recv_from(buffer) {
                Ok((_, from)) if self.block_unlisted && !self.is_peer(from.ip()) => {}
                Ok((length, _)) => return Ok(Some(&buffer[..length])),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                // a peer's port unreachable, reported on our own socket, says nothing of this socket
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn is_peer(&self, address: IpAddr) -> bool {
        self.peers.values().any(|peer| peer.ip() == address)
    }
}

impl AsFd for Udpu {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn frames_reach_peers_and_strangers_are_dropped() {
        let addresses: [IpAddr; 3] = [1, 2, 3].map(|last| Ipv4Addr::new(127, 0, 0, last).into());
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let local = |index: usize| SocketAddr::new(addresses[index], port);
        let bind = |index: usize, node: u32, peer: usize| {
            let mut socket = Udpu::bind(local(index), true).unwrap();
            socket.add_peer(NodeId(node), addresses[peer]);
            socket
        };
        let (mut one, two, stranger) = (bind(0, 2, 1), bind(1, 1, 0), bind(2, 1, 0));
        let mut buffer = vec![0; DATAGRAM_MAX];
        assert_eq!(two.receive(&mut buffer).unwrap(), None);
        stranger.send_all(b"stranger").unwrap();
        two.send(NodeId(1), b"peer").unwrap();
        assert_eq!(two.send(NodeId(3), b"").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(one.receive(&mut buffer).unwrap(), Some(&b"peer"[..]));
        assert_eq!(one.receive(&mut buffer).unwrap(), None);
        one.block_unlisted(false);
        one.remove_peer(NodeId(2));
        stranger.send_all(b"stranger").unwrap();
        assert_eq!(one.receive(&mut buffer).unwrap(), Some(&b"stranger"[..]));
        assert_eq!(one.send(NodeId(2), b"").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(Udpu::bind(local(0), true).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
