//! The parameters in words, as the reference logs them at level debug after a change.

use super::TotemConfig;

impl TotemConfig {
    /// The lines (subsystem TOTEM, level debug; `debug_dump_totem_config`).
    pub fn describe(&self) -> Vec<String> {
        let t = &self.timers;
        let mut lines = vec![format!("Token Timeout ({} ms) retransmit timeout ({} ms)", t.token, t.token_retransmit)];
        if t.token_warning == 0 {
            lines.push("Token warnings disabled".into());
        } else {
            let warning = t.token_warning.wrapping_mul(t.token) / 100;
            lines.push(format!("Token warning every {warning} ms ({}% of Token Timeout)", t.token_warning));
            if warning < t.token_retransmit {
                lines.push(format!(
                    "The token warning interval ({warning} ms) is less than the token retransmit timeout ({} ms) which \
                     can lead to spurious token warnings. Consider increasing the token_warning parameter.",
                    t.token_retransmit
                ));
            }
        }
        let retransmits = t.token_retransmits_before_loss_const;
        lines.extend([
            format!("token hold ({} ms) retransmits before loss ({retransmits} retrans)", t.hold),
            format!(
                "join ({} ms) send_join ({} ms) consensus ({} ms) merge ({} ms)",
                t.join, t.send_join, t.consensus, t.merge
            ),
            format!("downcheck ({} ms) fail to recv const ({} msgs)", t.downcheck, t.fail_recv_const),
            format!(
                "seqno unchanged const ({} rotations) Maximum network MTU {}",
                t.seqno_unchanged_const, self.net_mtu
            ),
            format!(
                "window size per rotation ({} messages) maximum messages per rotation ({} messages)",
                t.window_size, t.max_messages
            ),
            format!("missed count const ({} messages)", t.miss_count_const),
            format!("heartbeat_failures_allowed ({})", t.heartbeat_failures_allowed),
            format!("max_network_delay ({} ms)", t.max_network_delay),
        ]);
        lines
    }
}
