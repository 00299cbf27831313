//! UDP multicast and broadcast (`transport: udp`, `totemudp.c`).
//!
//! Three sockets: one receives what is sent to the group, one receives what is sent to this node (tokens), and all is
//! sent from the third, whose port is one lower. The group's own copy of what a node sends never reaches it.

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};

/// Kernel buffer asked for, in bytes (`MCAST_SOCKET_BUFFER_SIZE`).
const SOCKET_BUFFER: usize = 320 * 1024;
/// Priority of tokens among a host's packets (`TC_PRIO_INTERACTIVE`).
const PRIORITY: u32 = 6;

/// Who is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// A multicast group, or 255.255.255.255 to broadcast.
    pub address: IpAddr,
    /// The port of everybody's.
    pub port: u16,
    /// How many routers a multicast may pass.
    pub ttl: u8,
    /// Whether to broadcast.
    pub broadcast: bool,
}

#[derive(Debug)]
struct Sockets {
    own: IpAddr,
    group: UdpSocket,
    token: UdpSocket,
    send: UdpSocket,
}

/// The sockets, and one descriptor that becomes readable with any of them and stays the same when they are bound anew.
#[derive(Debug)]
pub struct Udp {
    to: Group,
    poll: Epoll,
    sockets: Option<Sockets>,
}

impl Udp {
    /// Not bound yet.
    pub fn new(to: Group) -> io::Result<Udp> {
        Ok(Udp { to, poll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?, sockets: None })
    }

    /// Makes the sockets anew, on the device `index` with the address `own`. After an error there are none.
    pub fn bind(&mut self, own: IpAddr, index: u32) -> io::Result<()> {
        // closing a socket takes it out of the poll set
        self.sockets = None;
        let send_port = self.to.port.checked_sub(1).ok_or(io::ErrorKind::InvalidInput)?;
        let send = open(own)?;
        send.bind(&SocketAddr::new(own, send_port).into())?;
        send.set_send_buffer_size(SOCKET_BUFFER)?;
        let token = open(own)?;
        token.bind(&SocketAddr::new(own, self.to.port).into())?;
        token.set_priority(PRIORITY)?;
        let group = open(own)?;
        group.set_recv_buffer_size(SOCKET_BUFFER)?;
        self.join(&group, &send, own, index)?;
        // after the options: IPv6 takes them over with bind only
        group.bind(&SocketAddr::new(self.to.address, self.to.port).into())?;
        let sockets = Sockets { own, group: group.into(), token: token.into(), send: send.into() };
        for socket in [&sockets.group, &sockets.token] {
            self.poll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
        }
        self.sockets = Some(sockets);
        Ok(())
    }

    fn join(&self, group: &Socket, send: &Socket, own: IpAddr, index: u32) -> io::Result<()> {
        if self.to.broadcast {
            group.set_broadcast(true)?;
            send.set_broadcast(true)?;
        }
        match (self.to.address, own) {
            (IpAddr::V4(address), IpAddr::V4(own)) => {
                if !self.to.broadcast {
                    group.join_multicast_v4(&address, &own)?;
                }
                send.set_multicast_loop_v4(false)?;
                send.set_multicast_ttl_v4(self.to.ttl.into())?;
                send.set_multicast_if_v4(&own)?;
                group.set_multicast_if_v4(&own)
            }
            (IpAddr::V6(address), IpAddr::V6(_)) => {
                group.join_multicast_v6(&address, index)?;
                send.set_multicast_loop_v6(false)?;
                send.set_multicast_hops_v6(self.to.ttl.into())?;
                send.set_multicast_if_v6(index)?;
                group.set_multicast_if_v6(index)
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "the group's address is of another family")),
        }
    }

    /// Sends a frame to one node.
    pub fn send(&self, node: IpAddr, frame: &[u8]) -> io::Result<()> {
        self.sockets()?.send.send_to(frame, SocketAddr::new(node, self.to.port)).map(|_| ())
    }

    /// Sends a frame to the group.
    pub fn send_all(&self, frame: &[u8]) -> io::Result<()> {
        self.send(self.to.address, frame)
    }

    fn sockets(&self) -> io::Result<&Sockets> {
        self.sockets.as_ref().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    /// Receives a frame into `buffer` (at least [`crate::DATAGRAM_MAX`] bytes); `None` when there is none. A token
    /// waits for what was sent to the group before it.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        let Some(sockets) = &self.sockets else { return Ok(None) };
        for socket in [&sockets.group, &sockets.token] {
            loop {
                match socket.recv_from(buffer) {
                    // a broadcast reaches its sender, too
                    Ok((_, from)) if from.ip() == sockets.own => {}
                    Ok((length, _)) => return Ok(Some(&buffer[..length])),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(None)
    }
}

impl AsFd for Udp {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.poll.0.as_fd()
    }
}

fn open(own: IpAddr) -> io::Result<Socket> {
    let domain = if own.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    Ok(socket)
}

impl Group {
    /// Everybody on the network, at this port.
    pub fn broadcast(port: u16, ttl: u8) -> Group {
        Group { address: Ipv4Addr::BROADCAST.into(), port, ttl, broadcast: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    fn readable(socket: &Udp) -> bool {
        let mut fds = [PollFd::new(socket.as_fd(), PollFlags::POLLIN)];
        poll(&mut fds, PollTimeout::from(5000u16)).unwrap() == 1
    }

    #[test]
    fn tokens_and_the_group_come_through_one_descriptor_that_survives_a_new_bind() {
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (one, two) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
        let group = Group { address: IpAddr::from([239, 255, 7, 7]), port, ttl: 1, broadcast: false };
        let mut sockets = [one, two].map(|own| (own, Udp::new(group).unwrap()));
        for (own, socket) in &mut sockets {
            socket.bind(*own, 1).unwrap();
            socket.bind(*own, 1).unwrap();
        }
        let [(_, first), (_, second)] = sockets;
        let mut buffer = vec![0; crate::DATAGRAM_MAX];
        assert_eq!(second.receive(&mut buffer).unwrap(), None);
        first.send(two, b"token").unwrap();
        assert!(readable(&second));
        assert_eq!(second.receive(&mut buffer).unwrap(), Some(&b"token"[..]));
        assert_eq!(first.receive(&mut buffer).unwrap(), None);
    }

    #[test]
    fn unbound_nothing_is_sent_or_received() {
        let mut socket = Udp::new(Group::broadcast(0, 1)).unwrap();
        assert!(socket.bind(IpAddr::from([127, 0, 0, 1]), 1).is_err());
        assert_eq!(socket.receive(&mut [0; 1]).unwrap(), None);
        assert_eq!(socket.send_all(b"x").unwrap_err().kind(), io::ErrorKind::NotConnected);
    }
}
