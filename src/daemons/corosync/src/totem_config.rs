//! Totem's parameters, from corosync.conf to the ring.

use core_config::{TotemConfig, TransportKind};
use core_totem::Config;
use core_types::NodeId;

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

/// What frames are made to fit, in bytes. As in the reference, `netmtu` counts in full: the room that every frame keeps
/// for recovery's header holds those of IP and UDP.
fn mtu(config: &TotemConfig) -> usize {
    if config.transport == TransportKind::Knet { sys_knet::FRAME_MAX } else { config.net_mtu as usize }
}
