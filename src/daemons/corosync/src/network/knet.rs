//! knet, set up and changed as the configuration says (`totemknet.c`).

use super::Lines;
use crate::configuration::with_code;
use core_config::{KnetProtocol, Link, Member, TotemConfig, TransportChange};
use core_types::{Level, NodeId};
use std::io;
use std::net::SocketAddr;
use sys_knet::{Compression, Crypto, Ends, Handle, LogReader, Pings, Policy, Protocol};

/// Index under which libknet keeps the first crypto configuration; the next one gets the other of 1 and 2.
const FIRST_CRYPTO: u8 = 1;

/// An open libknet handle.
pub(crate) struct Knet {
    pub(crate) handle: Handle,
    local: NodeId,
    policy: Policy,
    crypto_index: u8,
}

impl Knet {
    /// Opens libknet without links. What is only worth a line in the log is one.
    pub(crate) fn open(config: &TotemConfig, fallback: bool, lines: &mut Lines) -> Result<(Knet, LogReader), String> {
        let failed = |what: &'static str| move |error: io::Error| format!("{what} failed: {}", with_code(&error));
        let (handle, log) =
            Handle::new(config.nodeid, core_totem::wire::TARGET_OFFSET, fallback).map_err(failed("knet_handle_new"))?;
        let policy = match config.link_mode.as_str() {
            "active" => Policy::Active,
            "rr" => Policy::RoundRobin,
            _ => Policy::Passive,
        };
        let knet = Knet { handle, local: config.nodeid, policy, crypto_index: FIRST_CRYPTO };
        knet.block_unlisted(config, lines);
        knet.path_mtu(config, lines);
        if config.crypto.is_used() {
            let crypto = &config.crypto;
            knet.handle.set_crypto(&keys(crypto), FIRST_CRYPTO).map_err(failed("knet_handle_crypto_set_config"))?;
            knet.handle.use_crypto(FIRST_CRYPTO).map_err(failed("knet_handle_crypto_use_config"))?;
        }
        let clear = !config.crypto.is_used();
        knet.handle.allow_clear(clear).map_err(failed("knet_handle_crypto_rx_clear_traffic"))?;
        if config.timers.knet_compression_model != "none" {
            knet.compress(config, lines);
        }
        knet.handle.set_forwarding(true).map_err(failed("knet_handle_setfwd"))?;
        Ok((knet, log))
    }

    /// Takes one step to a new configuration. What fails is said, and the rest goes on, as in the reference.
    pub(crate) fn change(&mut self, config: &TotemConfig, change: TransportChange, lines: &mut Lines) {
        match change {
            TransportChange::Local { .. } => say_local(change, lines),
            TransportChange::Remove { link, member } => self.remove(link, member.nodeid, lines),
            TransportChange::Add { link, member } => self.add(config, link, member, lines),
            TransportChange::Compression => self.compress(config, lines),
            TransportChange::Crypto => self.load_crypto(config, lines),
            TransportChange::BlockUnlisted => self.block_unlisted(config, lines),
            TransportChange::PathMtu => self.path_mtu(config, lines),
            TransportChange::Tune { link } => {
                let nodes: Vec<_> = self.handle.links().filter(|&(_, number)| number == link).collect();
                for (node, number) in nodes {
                    self.tune(node, number, &config.links[usize::from(link)], lines);
                }
            }
        }
    }

    fn add(&mut self, config: &TotemConfig, link: u8, member: Member, lines: &mut Lines) {
        if member.nodeid != self.local
            && let Err(what) = self.add_link(config, link, member, lines)
        {
            lines.push((Level::Error, what));
        }
    }

    fn add_link(&mut self, config: &TotemConfig, number: u8, member: Member, lines: &mut Lines) -> Result<(), String> {
        let (node, link) = (member.nodeid, &config.links[usize::from(number)]);
        let failed = |what: &str, error: io::Error| format!("{what}: {}", with_code(&error));
        if !self.handle.has_node(node) {
            self.handle.add_node(node).map_err(|error| failed("knet_host_add", error))?;
            self.handle.set_policy(node, self.policy).map_err(|error| failed("knet_set_policy failed", error))?;
        }
        let local = link.local.ok_or_else(|| format!("the local node has no address on link {number}"))?;
        let ends = Ends {
            protocol: match link.protocol {
                KnetProtocol::Udp => Protocol::Udp,
                KnetProtocol::Sctp => Protocol::Sctp,
            },
            local: SocketAddr::new(local, link.port),
            remote: SocketAddr::new(member.address, link.port),
        };
        self.handle.add_link(node, number, &ends).map_err(|error| failed("knet_link_set_config failed", error))?;
        self.tune(node, number, link, lines);
        let what = format!("knet_link_set_enable for nodeid {node}, link {number} failed");
        self.handle.enable_link(node, number, true).map_err(|error| failed(&what, error))
    }

    fn tune(&self, node: NodeId, number: u8, link: &Link, lines: &mut Lines) {
        let pings = Pings { interval: link.ping_interval, timeout: link.ping_timeout, precision: link.ping_precision };
        let pongs = u8::try_from(link.pong_count).unwrap_or(u8::MAX);
        let results = [
            ("knet_link_set_priority", self.handle.set_priority(node, number, link.priority)),
            ("knet_link_set_ping_timers", self.handle.set_pings(node, number, pings)),
            ("knet_link_set_pong_count", self.handle.set_pong_count(node, number, pongs)),
        ];
        for (what, result) in results {
            note(lines, Level::Error, &format!("{what} for nodeid {node}, link {number} failed"), result);
        }
    }

    fn remove(&mut self, link: u8, node: NodeId, lines: &mut Lines) {
        if node == self.local {
            return;
        }
        let off = self.handle.enable_link(node, link, false);
        let what = format!("knet_link_set enable(off) for nodeid {node}, link {link} failed");
        if !note(lines, Level::Error, &what, off) {
            return;
        }
        let removed = self.handle.remove_link(node, link);
        let what = format!("knet_link_clear_config for nodeid {node}, link {link} failed");
        if note(lines, Level::Error, &what, removed) && !self.handle.links().any(|(other, _)| other == node) {
            let removed = self.handle.remove_node(node);
            note(lines, Level::Error, &format!("knet_host_remove for nodeid {node} failed"), removed);
        }
    }

    fn block_unlisted(&self, config: &TotemConfig, lines: &mut Lines) {
        let result = self.handle.set_access_lists(config.timers.block_unlisted_ips);
        note(lines, Level::Warning, "knet_handle_enable_access_lists failed", result);
    }

    fn path_mtu(&self, config: &TotemConfig, lines: &mut Lines) {
        let timers = &config.timers;
        let result = self.handle.set_mtu_interval(timers.knet_pmtud_interval);
        note(lines, Level::Warning, "knet_handle_pmtud_setfreq failed", result);
        note(lines, Level::Warning, "knet_handle_pmtud_set failed", self.handle.set_mtu(timers.knet_mtu));
    }

    fn compress(&self, config: &TotemConfig, lines: &mut Lines) {
        let timers = &config.timers;
        let compression = Compression {
            model: &timers.knet_compression_model,
            level: timers.knet_compression_level,
            threshold: timers.knet_compression_threshold,
        };
        note(lines, Level::Error, "knet_handle_compress failed", self.handle.set_compression(&compression));
    }

    /// Loads new keys; the old ones stay in use until [`Knet::activate_crypto`].
    fn load_crypto(&mut self, config: &TotemConfig, lines: &mut Lines) {
        self.crypto_index = self.other_crypto();
        let (index, crypto) = (self.crypto_index, &config.crypto);
        if !crypto.is_used() {
            note(
                lines,
                Level::Error,
                "knet_handle_crypto_rx_clear_traffic(ALLOW) failed",
                self.handle.allow_clear(true),
            );
        }
        let what = format!("knet_handle_crypto_set_config (index {index}) failed");
        note(lines, Level::Error, &what, self.handle.set_crypto(&keys(crypto), index));
        let (model, cipher, hash) = (&crypto.model, &crypto.cipher, &crypto.hash);
        let line = format!("kronosnet crypto reconfigured on index {index}: {model}/{cipher}/{hash}");
        lines.push((Level::Info, line));
    }

    /// Every node has the new keys: sends with them (`CRYPTO_RECONFIG_PHASE_ACTIVATE`).
    pub(crate) fn activate_crypto(&self, config: &TotemConfig, lines: &mut Lines) {
        let index = if config.crypto.is_used() { self.crypto_index } else { 0 };
        let what = format!("knet_handle_crypto_use_config {index} failed");
        note(lines, Level::Error, &what, self.handle.use_crypto(index));
    }

    /// Every node sends with the new keys: forgets the old ones (`CRYPTO_RECONFIG_PHASE_CLEANUP`).
    pub(crate) fn clean_crypto(&self, config: &TotemConfig, lines: &mut Lines) {
        let old = self.other_crypto();
        let none = Crypto { model: "none", cipher: "none", hash: "none", key: &[] };
        let what = format!("knet_handle_crypto_set_config to clear index {old} failed");
        note(lines, Level::Error, &what, self.handle.set_crypto(&none, old));
        if config.crypto.is_used() {
            let result = self.handle.allow_clear(false);
            note(lines, Level::Error, "knet_handle_crypto_rx_clear_traffic(DISALLOW) failed", result);
        }
    }

    fn other_crypto(&self) -> u8 {
        3 - self.crypto_index
    }
}

fn keys(crypto: &core_config::Crypto) -> Crypto<'_> {
    Crypto { model: &crypto.model, cipher: &crypto.cipher, hash: &crypto.hash, key: &crypto.key }
}

/// Notes what failed; whether nothing did.
fn note(lines: &mut Lines, level: Level, what: &str, result: io::Result<()>) -> bool {
    if let Err(error) = &result {
        lines.push((level, format!("{what}: {}", with_code(error))));
    }
    result.is_ok()
}

/// Says at which address a link is ours; a node without others has no more to do for it.
pub(super) fn say_local(change: TransportChange, lines: &mut Lines) {
    if let TransportChange::Local { link, address: Some(address), port } = change {
        let line = format!("Configured link number {link}: local addr: {address}, port={port}");
        lines.push((Level::Info, line));
    }
}
