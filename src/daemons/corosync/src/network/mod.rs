//! The transport below totem, and what services may know of its links.

mod knet;
mod status;

use crate::configuration::with_code;
use core_config::{TotemConfig, TransportKind};
use core_engine::Destination;
use core_types::NodeId;
use knet::Knet;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd};
use sys_knet::LogReader;
use sys_net::{DATAGRAM_MAX, Udpu};

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
    Udpu(Udpu),
}

/// The transport in use.
pub(crate) struct Network {
    local: NodeId,
    nodes: Nodes,
    members: Vec<NodeId>,
    transport: Transport,
}

impl Network {
    /// Opens the configured transport; with knet there is a log to read, too. The error says what can't be opened.
    pub(crate) fn open(config: &TotemConfig, fallback: bool) -> Result<(Network, Option<LogReader>), String> {
        let mut nodes = Nodes::new();
        for (node, link, address) in config.nodes() {
            nodes.entry(node).or_default().insert(link, address);
        }
        let local = config.nodeid;
        let others = nodes.keys().any(|&node| node != local);
        let (transport, log) = match config.transport {
            TransportKind::Knet if others => {
                let (knet, log) = Knet::open(config, fallback)?;
                (Transport::Knet(knet), Some(log))
            }
            TransportKind::Knet => (Transport::Alone, None),
            TransportKind::Udpu => (Transport::Udpu(udpu(config, &nodes)?), None),
            TransportKind::Udp => {
                return Err("transport udp (multicast) isn't available yet: use udpu or knet (totem.transport)".into());
            }
        };
        Ok((Network { local, nodes, members: vec![local], transport }, log))
    }

    /// What to poll for frames, if anything can come.
    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        match &self.transport {
            Transport::Alone => None,
            Transport::Knet(knet) => Some(knet.handle.as_fd()),
            Transport::Udpu(socket) => Some(socket.as_fd()),
        }
    }

    /// Receives a frame, if there is one, into a buffer of [`FRAME_MAX`] bytes.
    pub(crate) fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match &self.transport {
            Transport::Alone => Ok(None),
            Transport::Knet(knet) => knet.handle.receive(buffer),
            Transport::Udpu(socket) => socket.receive(buffer),
        }
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

    /// The ring's members: where frames for them go.
    pub(crate) fn set_members(&mut self, members: &[NodeId]) {
        self.members = members.to_vec();
    }

    /// Sends a frame; false when it could not be. knet finds the receiver in the frame.
    pub(crate) fn send(&self, destination: Destination, frame: &[u8]) -> bool {
        let sent = match (&self.transport, destination) {
            (Transport::Alone, _) => Ok(()),
            (Transport::Knet(knet), _) => knet.handle.send(frame),
            (Transport::Udpu(socket), Destination::Node(node)) => socket.send(node, frame),
            (Transport::Udpu(socket), Destination::Everyone) => socket.send_all(frame),
            (Transport::Udpu(socket), Destination::Members) => {
                let others = self.members.iter().filter(|&&member| member != self.local);
                others.map(|&member| socket.send(member, frame)).fold(Ok(()), io::Result::and)
            }
        };
        sent.is_ok()
    }
}

fn udpu(config: &TotemConfig, nodes: &Nodes) -> Result<Udpu, String> {
    let first = |node| nodes.get(node).and_then(|links| links.get(&0)).copied();
    let link = &config.links[0];
    let own = first(&config.nodeid).or(link.local).ok_or("the local node has no address on link 0")?;
    let others = nodes.keys().filter(|&&node| node != config.nodeid);
    let peers: Vec<_> = others.filter_map(|node| Some((*node, first(node)?))).collect();
    let local = SocketAddr::new(own, link.port);
    Udpu::bind(local, &peers, config.timers.block_unlisted_ips)
        .map_err(|error| format!("bind token socket failed: {} on {local}", with_code(&error)))
}
