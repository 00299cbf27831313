//! Transport udpu: one socket, and an interface that may go away (`totemudpu.c`).
//!
//! The socket stays bound while the interface is down: its address is free for nobody else, and comes back with it.
//! Nothing is sent then, so that this node forms a ring of its own.

use super::{Lines, interfaces};
use crate::configuration::with_code;
use core_config::{TotemConfig, TransportChange};
use core_engine::Destination;
use core_totem::{Rebind, Watch};
use core_types::Level;
use std::io;
use std::net::SocketAddr;
use sys_net::Udpu;

/// The socket and the interface that it is bound to.
pub(crate) struct Unicast {
    pub(crate) socket: Udpu,
    watch: Watch,
}

impl Unicast {
    /// Binds the local node's address. The error says why that failed, or that the interface is down: a daemon isn't
    /// started then.
    pub(crate) fn open(config: &TotemConfig, lines: &mut Lines) -> Result<Unicast, String> {
        let link = &config.links[0];
        let own = link.members.iter().find(|member| member.nodeid == config.nodeid).map(|member| member.address);
        let own = own.or(link.local).ok_or("the local node has no address on link 0")?;
        let local = SocketAddr::new(own, link.port);
        let socket = Udpu::bind(local, config.timers.block_unlisted_ips)
            .map_err(|error| format!("bind token socket failed: {} on {local}", with_code(&error)))?;
        let mut unicast = Unicast { socket, watch: Watch::new(own) };
        unicast.check(true, true, lines);
        if unicast.is_regular() {
            Ok(unicast)
        } else {
            Err("One of your ip addresses are now bound to localhost. Corosync would not work correctly.".to_owned())
        }
    }

    /// Takes one step to a new configuration.
    pub(crate) fn change(&mut self, config: &TotemConfig, change: TransportChange, lines: &mut Lines) {
        match change {
            TransportChange::Add { member, .. } => {
                lines.push((Level::Notice, format!("adding new UDPU member {{{}}}", member.address)));
                if member.nodeid != config.nodeid {
                    self.socket.add_peer(member.nodeid, member.address);
                }
            }
            TransportChange::Remove { member, .. } => {
                lines.push((Level::Notice, format!("removing UDPU member {{{}}}", member.address)));
                self.socket.remove_peer(member.nodeid);
            }
            TransportChange::BlockUnlisted => self.socket.block_unlisted(config.timers.block_unlisted_ips),
            _ => {}
        }
    }

    /// Looks whether the interface is there; whether it went down or came up.
    pub(crate) fn check(&mut self, alone: bool, token_lost: bool, lines: &mut Lines) -> bool {
        let interfaces = interfaces();
        let rebind =
            if token_lost { self.watch.check(&interfaces, alone) } else { self.watch.tick(&interfaces, alone) };
        let Some(Rebind { news: Some(news), .. }) = rebind else { return false };
        lines.push((Level::Notice, news));
        true
    }

    /// Whether there is a network.
    pub(crate) fn is_regular(&self) -> bool {
        self.watch.is_regular()
    }

    /// Sends a frame, unless there is no network.
    pub(crate) fn send(&self, destination: Destination, frame: &[u8]) -> io::Result<()> {
        match destination {
            _ if !self.is_regular() => Ok(()),
            Destination::Node(node) => self.socket.send(node, frame),
            Destination::Everyone => self.socket.send_all(frame),
        }
    }
}
