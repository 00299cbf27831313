//! The transport below totem, and what services may know of its links.

mod knet;
mod multicast;
mod status;
mod unicast;

use core_config::{TotemConfig, TransportChange, TransportKind, transport_changes};
use core_engine::Destination;
use core_totem::Interface;
use core_types::{Level, NodeId};
use knet::Knet;
use multicast::Multicast;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};
use sys_knet::LogReader;
use sys_net::DATAGRAM_MAX;
use unicast::Unicast;

/// Room for any frame, in bytes.
pub(crate) const FRAME_MAX: usize = if sys_knet::FRAME_MAX > DATAGRAM_MAX { sys_knet::FRAME_MAX } else { DATAGRAM_MAX };
/// Most old frames thrown away at once after a pause.
const DISCARD_MAX: usize = 4096;

/// The nodes' configured addresses, by link.
type Nodes = BTreeMap<NodeId, BTreeMap<u8, IpAddr>>;

enum Transport {
    /// knet with no other node to talk to: what a node sends itself never leaves totem, so no handle is opened.
    Alone,
    Knet(Knet),
    Udpu(Unicast),
    Udp(Multicast),
}

/// The transport in use.
pub(crate) struct Network {
    local: NodeId,
    nodes: Nodes,
    /// The ring's members.
    members: Vec<NodeId>,
    transport: Transport,
    /// Bytes that one of totem's multicasts may have over UDP.
    mtu: u32,
    /// Whether knet may do without privileged socket buffers.
    fallback: bool,
    /// Whether knet reached every node when it was last asked.
    whole: bool,
}

/// What to log under TOTEM, in order.
pub(crate) type Lines = Vec<(Level, String)>;

impl Network {
    /// Opens the configured transport; with knet there is a log to read, too. The error says what can't be opened.
    pub(crate) fn open(
        config: &TotemConfig,
        fallback: bool,
        lines: &mut Lines,
    ) -> Result<(Network, Option<LogReader>), String> {
        let (transport, log) = match config.transport {
            TransportKind::Knet => (Transport::Alone, None),
            TransportKind::Udpu => (Transport::Udpu(Unicast::open(config, lines)?), None),
            TransportKind::Udp => (Transport::Udp(Multicast::open(config, lines)?), None),
        };
        let local = config.nodeid;
        let mtu = config.net_mtu.saturating_sub(2 * core_totem::wire::MCAST_HEADER as u32);
        let mut network =
            Network { local, nodes: Nodes::new(), members: vec![local], transport, mtu, fallback, whole: false };
        let opened = network.follow(config, &transport_changes(None, config), lines)?;
        Ok((network, log.or(opened)))
    }

    /// Follows a changed configuration by these steps. Where knet had to be opened for it there is a log to read; the
    /// error says why it could not be.
    pub(crate) fn follow(
        &mut self,
        config: &TotemConfig,
        changes: &[TransportChange],
        lines: &mut Lines,
    ) -> Result<Option<LogReader>, String> {
        let mut nodes = Nodes::new();
        for (node, link, address) in config.nodes() {
            nodes.entry(node).or_default().insert(link, address);
        }
        let others = nodes.keys().any(|&node| node != self.local);
        self.nodes = nodes;
        if matches!(self.transport, Transport::Alone) && others {
            let (knet, log) = Knet::open(config, self.fallback, lines)?;
            self.transport = Transport::Knet(knet);
            self.change(config, &transport_changes(None, config), lines);
            return Ok(Some(log));
        }
        self.change(config, changes, lines);
        Ok(None)
    }

    fn change(&mut self, config: &TotemConfig, changes: &[TransportChange], lines: &mut Lines) {
        for &change in changes {
            match change {
                TransportChange::Local { link, address: Some(_), .. } => {
                    lines.push((Level::Info, format!("Configuring link {link}")));
                }
                TransportChange::Remove { link, member } => {
                    let line = format!("removing dynamic member {} for ring {link}", member.address);
                    lines.push((Level::Debug, line));
                }
                TransportChange::Add { link, member } => {
                    lines.push((Level::Debug, format!("adding dynamic member {} for ring {link}", member.address)));
                }
                _ => {}
            }
            match &mut self.transport {
                Transport::Alone => knet::say_local(change, lines),
                Transport::Knet(knet) => knet.change(config, change, lines),
                Transport::Udpu(unicast) => unicast.change(config, change, lines),
                Transport::Udp(_) => {}
            }
        }
    }

    /// A phase of the change to new keys: to send with them, then to forget the old ones.
    pub(crate) fn switch_crypto(&self, config: &TotemConfig, forget: bool, lines: &mut Lines) {
        match &self.transport {
            Transport::Knet(knet) if forget => knet.clean_crypto(config, lines),
            Transport::Knet(knet) => knet.activate_crypto(config, lines),
            Transport::Alone | Transport::Udpu(_) | Transport::Udp(_) => {}
        }
    }

    /// What to poll for frames, if anything can come.
    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.transport {
            Transport::Alone => None,
            Transport::Knet(knet) => Some(knet.handle.as_fd()),
            Transport::Udpu(unicast) => Some(unicast.socket.as_fd()),
            Transport::Udp(multicast) => Some(multicast.socket.as_fd()),
        }
    }

    /// Receives a frame, if there is one, into a buffer of [`FRAME_MAX`] bytes.
    pub(crate) fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match &self.transport {
            Transport::Alone => Ok(None),
            Transport::Knet(knet) => knet.handle.receive(buffer),
            Transport::Udpu(unicast) => unicast.socket.receive(buffer),
            Transport::Udp(multicast) => multicast.socket.receive(buffer),
        }
    }

    /// Looks whether the network interface is still there: every `downcheck` milliseconds, or because the token was
    /// lost. Whether it went down or came up.
    pub(crate) fn check_interface(&mut self, token_lost: bool, lines: &mut Lines) -> bool {
        let alone = self.members.len() <= 1;
        match &mut self.transport {
            Transport::Udp(multicast) => multicast.check(alone, token_lost, lines),
            Transport::Udpu(unicast) => unicast.check(alone, token_lost, lines),
            Transport::Alone | Transport::Knet(_) => false,
        }
    }

    /// A link went up or down. Whether that makes the last of all nodes reachable, while some of them aren't members of
    /// the ring. Where only some can be reached it is too early to gather: not all of these may reach each other.
    pub(crate) fn became_whole(&mut self) -> bool {
        let Transport::Knet(knet) = &self.transport else { return false };
        let others = self.nodes.keys().filter(|&&node| node != self.local);
        let before = self.whole;
        self.whole = others.into_iter().all(|&node| knet.handle.is_reachable(node).unwrap_or(false));
        self.whole && !before && self.nodes.keys().any(|node| !self.members.contains(node))
    }

    /// Throws away what was received and not taken yet.
    pub(crate) fn discard_received(&self) {
        let mut buffer = vec![0; FRAME_MAX];
        for _ in 0..DISCARD_MAX {
            if !matches!(self.receive(&mut buffer), Ok(Some(_))) {
                return;
            }
        }
    }

    /// The ring's members.
    pub(crate) fn set_members(&mut self, members: &[NodeId]) {
        self.members = members.to_vec();
    }

    /// Sends a frame; false when it could not be. knet finds the receiver in the frame.
    pub(crate) fn send(&self, destination: Destination, frame: &[u8]) -> bool {
        let sent = match (&self.transport, destination) {
            (Transport::Alone, _) => Ok(()),
            (Transport::Knet(knet), _) => knet.handle.send(frame),
            (Transport::Udp(multicast), Destination::Node(node)) => {
                let address = self.nodes.get(&node).and_then(|links| links.get(&0));
                address.map_or(Err(io::ErrorKind::NotFound.into()), |&address| multicast.socket.send(address, frame))
            }
            (Transport::Udp(multicast), _) => multicast.socket.send_all(frame),
            (Transport::Udpu(unicast), destination) => unicast.send(destination, frame),
        };
        sent.is_ok()
    }
}

/// The host's addresses and whether they can be used now; none where the kernel doesn't tell.
fn interfaces() -> Vec<Interface> {
    let addresses = sys_os::interface_addresses().unwrap_or_default();
    let interface =
        |sys_os::InterfaceAddress { address, netmask, up, index }| Interface { address, netmask, up, index };
    addresses.into_iter().map(interface).collect()
}
