//! Timers, windows and thresholds: what may change at run time (`totem_volatile_config_read`).

use super::TotemConfig;
use super::links::PONG_COUNT;
use core_icmap::Map;

/// Milliseconds added to `token` for each node beyond the second.
const TOKEN_COEFFICIENT: u32 = 650;
/// Granularity of the reference's timers, in milliseconds (1000 / HZ).
const TICK: u32 = 10;
/// Longest text of a string setting (`CONFIG_STRING_LEN_MAX`).
const TEXT_MAX: usize = 128;

/// Each under its name in corosync.conf(5), in milliseconds where it is a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "corosync.conf(5) defines them")]
pub struct Timers {
    pub token_retransmits_before_loss_const: u32,
    /// With the share of each node beyond the second.
    pub token: u32,
    pub token_warning: u32,
    pub max_network_delay: u32,
    pub window_size: u32,
    pub max_messages: u32,
    pub miss_count_const: u32,
    pub knet_pmtud_interval: u32,
    pub knet_mtu: u32,
    pub token_retransmit: u32,
    pub hold: u32,
    pub join: u32,
    pub consensus: u32,
    pub merge: u32,
    pub downcheck: u32,
    pub fail_recv_const: u32,
    pub seqno_unchanged_const: u32,
    pub send_join: u32,
    pub heartbeat_failures_allowed: u32,
    pub knet_compression_threshold: u32,
    pub knet_compression_level: i32,
    pub knet_compression_model: String,
    pub block_unlisted_ips: bool,
    pub cancel_token_hold_on_retransmit: bool,
}

/// Whether a key is one that is read here.
pub(super) fn concerns(key: &str) -> bool {
    const KEYS: [&str; 25] = [
        "token",
        "token_coefficient",
        "token_warning",
        "token_retransmit",
        "hold",
        "token_retransmits_before_loss_const",
        "join",
        "send_join",
        "consensus",
        "merge",
        "downcheck",
        "fail_recv_const",
        "seqno_unchanged_const",
        "heartbeat_failures_allowed",
        "max_network_delay",
        "window_size",
        "max_messages",
        "miss_count_const",
        "knet_pmtud_interval",
        "knet_mtu",
        "knet_compression_threshold",
        "knet_compression_level",
        "knet_compression_model",
        "block_unlisted_ips",
        "cancel_token_hold_on_retransmit",
    ];
    key.strip_prefix("totem.").is_some_and(|name| KEYS.contains(&name))
}

/// A floating point number as C makes it an `int`, and that an `unsigned int`.
fn c_int(number: f64) -> u32 {
    if number > -2_147_483_649.0 && number < 2_147_483_648.0 { number as i32 as u32 } else { 0x8000_0000 }
}

/// Reads settings and publishes under `runtime.config.` what is used.
struct Reader<'a>(&'a mut Map);

impl Reader<'_> {
    fn publish(&mut self, name: &str, value: impl Into<core_icmap::Value>) {
        let _name_is_valid = self.0.set(&format!("runtime.config.totem.{name}"), value);
    }

    /// 0 is a value.
    fn any(&mut self, name: &str, default: u32) -> u32 {
        let value = self.0.u32(&format!("totem.{name}")).unwrap_or(default);
        self.publish(name, value);
        value
    }

    /// 0 means the default.
    fn positive(&mut self, name: &str, default: u32) -> u32 {
        let value = self.0.u32(&format!("totem.{name}")).filter(|&value| value != 0).unwrap_or(default);
        self.publish(name, value);
        value
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        let value = match self.0.text(&format!("totem.{name}")) {
            Some("yes") => true,
            Some("no") => false,
            _ => default,
        };
        self.publish(name, u32::from(value));
        value
    }

    fn level(&mut self) -> i32 {
        let value = match self.0.get("totem.knet_compression_level") {
            Some(core_icmap::Value::I32(level)) => *level,
            _ => 0,
        };
        self.publish("knet_compression_level", value);
        value
    }

    fn model(&mut self) -> String {
        let value: String = self.0.text("totem.knet_compression_model").unwrap_or("none").to_owned();
        let value: String = value.chars().take(TEXT_MAX - 1).collect();
        self.publish("knet_compression_model", value.as_str());
        value
    }
}

impl TotemConfig {
    /// Reads all timers and publishes them. The token's time depends on how many nodes link 0 has.
    pub(crate) fn read_timers(&mut self, map: &mut Map) {
        let nodes = self.links[0].members.len() as u32;
        let coefficient = map.u32("totem.token_coefficient").unwrap_or(TOKEN_COEFFICIENT);
        let mut read = Reader(map);
        let retransmits = read.positive("token_retransmits_before_loss_const", 4);
        let mut token = read.positive("token", 3000);
        if nodes > 2 {
            token = token.wrapping_add((nodes - 2).wrapping_mul(coefficient));
            read.publish("token", token);
        }
        let retransmit = c_int(f64::from(token) / (f64::from(retransmits) + 0.2));
        let token_retransmit = read.positive("token_retransmit", retransmit);
        self.timers = Timers {
            token_retransmits_before_loss_const: retransmits,
            token,
            token_retransmit,
            hold: read.positive("hold", c_int(f64::from(token_retransmit) * 0.8 - f64::from(TICK))),
            token_warning: read.any("token_warning", 75),
            max_network_delay: read.positive("max_network_delay", 50),
            window_size: read.positive("window_size", 50),
            max_messages: read.positive("max_messages", 17),
            miss_count_const: read.positive("miss_count_const", 5),
            knet_pmtud_interval: read.positive("knet_pmtud_interval", 30),
            knet_mtu: read.positive("knet_mtu", 0),
            join: read.positive("join", 50),
            consensus: read.positive("consensus", c_int(f64::from((1.2 * f64::from(token)) as f32))),
            merge: read.positive("merge", 200),
            downcheck: read.positive("downcheck", 1000),
            fail_recv_const: read.positive("fail_recv_const", 2500),
            seqno_unchanged_const: read.positive("seqno_unchanged_const", 30),
            send_join: read.any("send_join", 0),
            heartbeat_failures_allowed: read.any("heartbeat_failures_allowed", 0),
            knet_compression_threshold: read.any("knet_compression_threshold", 0),
            knet_compression_level: read.level(),
            knet_compression_model: read.model(),
            block_unlisted_ips: read.flag("block_unlisted_ips", true),
            cancel_token_hold_on_retransmit: read.flag("cancel_token_hold_on_retransmit", false),
        };
    }

    /// Gives links the ping timers that the configuration leaves open, from the token's time
    /// (`calc_knet_ping_timers`).
    pub(crate) fn derive_ping_timers(&mut self, map: &mut Map) {
        let token = self.timers.token;
        for (number, link) in self.links.iter_mut().enumerate().filter(|(_, link)| link.configured) {
            if link.pong_count == 0 {
                link.pong_count = PONG_COUNT;
            }
            if link.ping_timeout == 0 {
                link.ping_timeout = token / link.pong_count;
            }
            if link.ping_interval == 0 {
                link.ping_interval = token.checked_div(link.pong_count.wrapping_mul(2)).unwrap_or(0);
            }
            let prefix = format!("interface.{number}");
            let mut publish = Reader(map);
            publish.publish(&format!("{prefix}.knet_ping_timeout"), link.ping_timeout);
            publish.publish(&format!("{prefix}.knet_ping_interval"), link.ping_interval);
        }
    }
}
