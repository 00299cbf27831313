//! knet, set up as the configuration says (`totemknet.c`).

use crate::configuration::with_code;
use core_config::{KnetProtocol, Link, TotemConfig};
use core_types::NodeId;
use std::io;
use std::net::{IpAddr, SocketAddr};
use sys_knet::{Compression, Crypto, Handle, LinkConfig, LogReader, Policy};

/// Index under which libknet keeps the first crypto configuration.
const FIRST_CRYPTO: u8 = 1;

/// An open libknet handle and the links on it.
pub(crate) struct Knet {
    pub(crate) handle: Handle,
    /// Every link to another node.
    pub(crate) links: Vec<(NodeId, u8)>,
}

impl Knet {
    pub(crate) fn open(config: &TotemConfig, fallback: bool) -> Result<(Knet, LogReader), String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what} failed: {}", with_code(&error));
        let (handle, log) =
            Handle::new(config.nodeid, core_totem::wire::TARGET_OFFSET, fallback).map_err(failed("knet_handle_new"))?;
        let timers = &config.timers;
        handle.set_access_lists(timers.block_unlisted_ips).map_err(failed("knet_handle_enable_access_lists"))?;
        handle.set_mtu(timers.knet_pmtud_interval, timers.knet_mtu).map_err(failed("knet_handle_pmtud_set"))?;
        let crypto = &config.crypto;
        if crypto.cipher != "none" || crypto.hash != "none" {
            let crypto = Crypto { model: &crypto.model, cipher: &crypto.cipher, hash: &crypto.hash, key: &crypto.key };
            handle.set_crypto(&crypto, FIRST_CRYPTO).map_err(failed("knet_handle_crypto_set_config"))?;
        }
        if timers.knet_compression_model != "none" {
            let compression = Compression {
                model: &timers.knet_compression_model,
                level: timers.knet_compression_level,
                threshold: timers.knet_compression_threshold,
            };
            handle.set_compression(&compression).map_err(failed("knet_handle_compress"))?;
        }
        let mut knet = Knet { handle, links: Vec::new() };
        knet.add_links(config)?;
        knet.handle.set_forwarding(true).map_err(failed("knet_handle_setfwd"))?;
        Ok((knet, log))
    }

    fn add_links(&mut self, config: &TotemConfig) -> Result<(), String> {
        let policy = match config.link_mode.as_str() {
            "active" => Policy::Active,
            "rr" => Policy::RoundRobin,
            _ => Policy::Passive,
        };
        for (number, link) in (0u8..).zip(&config.links).filter(|(_, link)| link.configured) {
            if link.protocol == KnetProtocol::Sctp {
                return Err(format!("link {number}: knet_transport sctp isn't available yet: use udp"));
            }
            let own = link.members.iter().find(|member| member.nodeid == config.nodeid).map(|member| member.address);
            let local = own.or(link.local).ok_or_else(|| format!("the local node has no address on link {number}"))?;
            for member in link.members.iter().filter(|member| member.nodeid != config.nodeid) {
                self.add_link(member.nodeid, policy, &link_config(number, link, local, member.address)).map_err(
                    |error| format!("link {number} to node {} can't be set up: {}", member.nodeid, with_code(&error)),
                )?;
            }
        }
        Ok(())
    }

    fn add_link(&mut self, node: NodeId, policy: Policy, link: &LinkConfig) -> io::Result<()> {
        if !self.links.iter().any(|&(known, _)| known == node) {
            self.handle.add_node(node, policy)?;
        }
        self.handle.add_link(node, link)?;
        self.links.push((node, link.number));
        Ok(())
    }
}

fn link_config(number: u8, link: &Link, local: IpAddr, remote: IpAddr) -> LinkConfig {
    LinkConfig {
        number,
        local: SocketAddr::new(local, link.port),
        remote: SocketAddr::new(remote, link.port),
        priority: link.priority,
        ping_interval: link.ping_interval,
        ping_timeout: link.ping_timeout,
        ping_precision: link.ping_precision,
        pong_count: u8::try_from(link.pong_count).unwrap_or(u8::MAX),
    }
}
