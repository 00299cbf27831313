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
    peers: BTreeMap<NodeId, SocketAddr>,
    block_unlisted: bool,
}

impl Udpu {
    /// Binds `local` and sends to `peers` (the local node is none of them) on the same port.
    pub fn bind(local: SocketAddr, peers: &[(NodeId, IpAddr)], block_unlisted: bool) -> io::Result<Udpu> {
        let socket = UdpSocket::bind(local)?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::RcvBuf, &SOCKET_BUFFER)?;
        setsockopt(&socket, sockopt::SndBuf, &SOCKET_BUFFER)?;
        let peers = peers.iter().map(|&(node, address)| (node, SocketAddr::new(address, local.port()))).collect();
        Ok(Udpu { socket, peers, block_unlisted })
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
        let one = Udpu::bind(local(0), &[(NodeId(2), addresses[1])], true).unwrap();
        let two = Udpu::bind(local(1), &[(NodeId(1), addresses[0])], true).unwrap();
        let stranger = Udpu::bind(local(2), &[(NodeId(1), addresses[0])], true).unwrap();
        let mut buffer = vec![0; DATAGRAM_MAX];
        assert_eq!(two.receive(&mut buffer).unwrap(), None);
        stranger.send_all(b"stranger").unwrap();
        two.send(NodeId(1), b"peer").unwrap();
        assert_eq!(two.send(NodeId(3), b"").unwrap_err().kind(), io::ErrorKind::NotFound);
        assert_eq!(one.receive(&mut buffer).unwrap(), Some(&b"peer"[..]));
        assert_eq!(one.receive(&mut buffer).unwrap(), None);
        assert_eq!(Udpu::bind(local(0), &[], true).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    }
}
