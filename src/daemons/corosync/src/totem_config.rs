//! Totem's parameters, from corosync.conf to the ring.

use core_config::{TotemConfig, TransportKind};
use core_totem::Config;
use core_types::NodeId;
use std::net::IpAddr;

/// Bytes of IP and UDP headers before a frame.
const IPV4_HEADERS: u32 = 28;
/// Likewise.
const IPV6_HEADERS: u32 = 48;

/// The ring's parameters; `ring_seq` is the number stored last, `seed` something that differs between nodes.
pub(crate) fn totem_config(config: &TotemConfig, ring_seq: u64, seed: u64) -> Config {
    let timers = &config.timers;
    Config {
        nodeid: NodeId(config.nodeid.0),
        ring_seq,
        seed,
        mtu: mtu(config),
        token: timers.token,
        token_warning: timers.token_warning,
        token_retransmit: timers.token_retransmit,
        hold: timers.hold,
        token_retransmits_before_loss_const: timers.token_retransmits_before_loss_const,
        join: timers.join,
        send_join: timers.send_join,
        consensus: timers.consensus,
        merge: timers.merge,
        downcheck: timers.downcheck,
        fail_recv_const: timers.fail_recv_const,
        seqno_unchanged_const: timers.seqno_unchanged_const,
        heartbeat_failures_allowed: timers.heartbeat_failures_allowed,
        max_network_delay: timers.max_network_delay,
        window_size: timers.window_size,
        max_messages: timers.max_messages,
        miss_count_const: timers.miss_count_const,
        cancel_token_hold_on_retransmit: timers.cancel_token_hold_on_retransmit,
    }
}

/// Largest frame that the transport carries, in bytes.
pub(crate) fn mtu(config: &TotemConfig) -> usize {
    if config.transport == TransportKind::Knet {
        return sys_knet::FRAME_MAX;
    }
    let ipv6 = config.links[0].members.iter().any(|member| matches!(member.address, IpAddr::V6(_)));
    config.net_mtu.saturating_sub(if ipv6 { IPV6_HEADERS } else { IPV4_HEADERS }) as usize
}
