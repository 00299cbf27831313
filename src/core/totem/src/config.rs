//! Totem's parameters, under their names in corosync.conf(5).

use core_types::{MESSAGE_SIZE_MAX, MILLIS, Nanos, NodeId};

use crate::wire::{FRAME_SIZE_MAX, MCAST_HEADER};

/// Smallest `mtu` that is used; a smaller one is raised to it.
const MTU_MIN: usize = 576;

/// All of totem's parameters. Times are in milliseconds.
#[derive(Clone, Debug)]
pub struct Config {
    /// This node; not 0.
    pub nodeid: NodeId,
    /// The sequence number stored by the last [`Action::StoreRingId`](crate::Action::StoreRingId), or 0.
    pub ring_seq: u64,
    /// Where the random delays of `send_join` start from.
    pub seed: u64,
    /// What frames are made to fit, in bytes: `netmtu`, or for knet 65536.
    pub mtu: usize,
    /// No token for so long: it is lost (`token`).
    pub token: u32,
    /// Warn when the token is late by this percentage of `token`; 0 never (`token_warning`).
    pub token_warning: u32,
    /// Pass the token on again after so long (`token_retransmit`).
    pub token_retransmit: u32,
    /// Hold the token of an idle ring for so long (`hold`).
    pub hold: u32,
    /// Passes before the token counts as lost; only logged here (`token_retransmits_before_loss_const`).
    pub token_retransmits_before_loss_const: u32,
    /// Send join messages that often (`join`).
    pub join: u32,
    /// Delay join messages by up to so long (`send_join`).
    pub send_join: u32,
    /// Time to agree on a membership (`consensus`).
    pub consensus: u32,
    /// Look for other rings after an idle while (`merge`).
    pub merge: u32,
    /// Look for a down interface that often (UDP; see [`Watch`](crate::Watch)); only logged by the ring (`downcheck`).
    pub downcheck: u32,
    /// Rotations without anything received while others send: failed (`fail_recv_const`).
    pub fail_recv_const: u32,
    /// Idle rotations before the token is held (`seqno_unchanged_const`).
    pub seqno_unchanged_const: u32,
    /// Missed heartbeats that are bearable; 0: no heartbeat (`heartbeat_failures_allowed`).
    pub heartbeat_failures_allowed: u32,
    /// Assumed network delay (`max_network_delay`).
    pub max_network_delay: u32,
    /// Most frames in one rotation, all members together (`window_size`).
    pub window_size: u32,
    /// Most frames one member sends in one rotation (`max_messages`).
    pub max_messages: u32,
    /// Token visits before a gap is asked for (`miss_count_const`).
    pub miss_count_const: u32,
    /// Don't hold the token while there is something to retransmit (`cancel_token_hold_on_retransmit`).
    pub cancel_token_hold_on_retransmit: bool,
}

impl Config {
    /// The defaults of corosync.conf(5) for two nodes or fewer, over knet.
    pub fn new(nodeid: NodeId) -> Self {
        Config {
            nodeid,
            ring_seq: 0,
            seed: u64::from(nodeid.0),
            mtu: FRAME_SIZE_MAX,
            token: 3000,
            token_warning: 75,
            token_retransmit: 714,
            hold: 561,
            token_retransmits_before_loss_const: 4,
            join: 50,
            send_join: 0,
            consensus: 3600,
            merge: 200,
            downcheck: 1000,
            fail_recv_const: 2500,
            seqno_unchanged_const: 30,
            heartbeat_failures_allowed: 0,
            max_network_delay: 50,
            window_size: 50,
            max_messages: 17,
            miss_count_const: 5,
            cancel_token_hold_on_retransmit: false,
        }
    }

    /// What a multicast may carry: room is kept for the header that recovery puts around it.
    pub(crate) fn net_mtu(&self) -> usize {
        self.mtu.clamp(MTU_MIN, FRAME_SIZE_MAX) - 2 * MCAST_HEADER
    }

    /// Frames that may wait to be sent (`MESSAGE_QUEUE_MAX`).
    pub(crate) fn queue_max(&self) -> usize {
        4 * MESSAGE_SIZE_MAX / self.net_mtu()
    }

    /// How long no heartbeat may last; `None` when heartbeats aren't used.
    pub(crate) fn heartbeat(&self) -> Option<u32> {
        let timeout = self.heartbeat_failures_allowed.saturating_mul(self.token_retransmit);
        let timeout = timeout.saturating_add(self.max_network_delay);
        (self.heartbeat_failures_allowed > 0 && timeout < self.token).then_some(timeout)
    }
}

/// Milliseconds as nanoseconds.
pub(crate) fn millis(ms: u32) -> Nanos {
    Nanos::from(ms) * MILLIS
}
