//! Transport udp: the sockets follow the interface as [`Watch`] says (`totemudp.c`).

use super::{Lines, interfaces};
use crate::configuration::with_code;
use core_config::TotemConfig;
use core_totem::{Rebind, Watch};
use core_types::Level;
use std::io;
use std::time::Duration;
use sys_net::{Group, Udp};

/// How often binding is tried at start (`BIND_MAX_RETRIES`): an IPv6 address may not be usable yet.
const BIND_TRIES: u32 = 10;
/// How long to wait after the first try (`BIND_RETRIES_INTERVAL`); each time as long again.
const BIND_PAUSE: Duration = Duration::from_millis(10);

/// The sockets and the interface that they are bound to.
pub(crate) struct Multicast {
    pub(crate) socket: Udp,
    watch: Watch,
}

impl Multicast {
    pub(crate) fn open(config: &TotemConfig, lines: &mut Lines) -> Result<Multicast, String> {
        let link = &config.links[0];
        let address = link.mcast.ok_or("no multicast address on link 0")?;
        let network = link.bindnet.or(link.local).ok_or("the local node has no address on link 0")?;
        let group = Group { address, port: link.port, ttl: link.ttl, broadcast: config.broadcast };
        let failed = |error: io::Error| format!("Unable to create sockets, exiting: {}", with_code(&error));
        let socket = Udp::new(group).map_err(failed)?;
        let mut multicast = Multicast { socket, watch: Watch::new(network) };
        let rebind = multicast.watch.check(&interfaces(), true).ok_or("this host has no network interface")?;
        let mut tries = 0;
        while let Err(error) = multicast.socket.bind(rebind.to.address, rebind.to.index) {
            tries += 1;
            if tries > BIND_TRIES {
                return Err(failed(error));
            }
            std::thread::sleep(BIND_PAUSE * tries);
        }
        lines.extend(rebind.news.map(|news| (Level::Notice, news)));
        Ok(multicast)
    }

    /// Binds anew where the interface asks for it; whether it went down or came up.
    pub(crate) fn check(&mut self, alone: bool, token_lost: bool, lines: &mut Lines) -> bool {
        let interfaces = interfaces();
        let rebind =
            if token_lost { self.watch.check(&interfaces, alone) } else { self.watch.tick(&interfaces, alone) };
        let Some(Rebind { to, news }) = rebind else { return false };
        if let Err(error) = self.socket.bind(to.address, to.index) {
            lines.push((Level::Error, format!("Unable to create sockets on {}: {}", to.address, with_code(&error))));
            self.watch.failed();
        }
        let changed = news.is_some();
        lines.extend(news.map(|news| (Level::Notice, news)));
        changed
    }

    /// Whether the sockets are bound to the network.
    pub(crate) fn is_regular(&self) -> bool {
        self.watch.is_regular()
    }
}
