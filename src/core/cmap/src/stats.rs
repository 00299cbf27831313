//! The keys of the statistics map: which there are, their types, and how they are made from counters.
//!
//! Counterpart: the tables of `exec/stats.c`, `totemstats.h` and `ipcs_stats.h`. Whoever counts fills the structures
//! here and offers them as a [`Source`]; [`keys`] and [`value`] do the rest.

use core_icmap::Value;
use core_types::NodeId;
use std::collections::VecDeque;

/// Most scheduling delays remembered (`MAX_SCHEDMISS_EVENTS`).
pub const SCHEDMISS_MAX: usize = 10;
/// Longest process name told, in bytes.
pub const PROCNAME_MAX: usize = 31;

/// Declares a structure of counters whose names are keys' last parts.
macro_rules! counters {
    ($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(missing_docs, reason = "the names are those of the keys, which cmap_keys(7) explains")]
        pub struct $name { $(pub $field: $type),* }

        impl $name {
            /// The last parts of its keys.
            pub const NAMES: &[&str] = &[$(stringify!($field)),*];

            /// One of them.
            pub fn value(&self, name: &str) -> Option<Value> {
                match name {
                    $(stringify!($field) => Some(self.$field.clone().into()),)*
                    _ => None,
                }
            }
        }
    };
}

counters! {
    /// Totem's message queue (`stats.pg.`).
    PgStats { msg_queue_avail: u32, msg_reserved: u32 }
}

counters! {
    /// The ring (`stats.srp.`). Times are in milliseconds.
    SrpStats {
        orf_token_tx: u64, orf_token_rx: u64,
        memb_merge_detect_tx: u64, memb_merge_detect_rx: u64,
        memb_join_tx: u64, memb_join_rx: u64,
        mcast_tx: u64, mcast_retx: u64, mcast_rx: u64,
        memb_commit_token_tx: u64, memb_commit_token_rx: u64,
        token_hold_cancel_tx: u64, token_hold_cancel_rx: u64,
        operational_entered: u64, operational_token_lost: u64,
        gather_entered: u64, gather_token_lost: u64,
        commit_entered: u64, commit_token_lost: u64,
        recovery_entered: u64, recovery_token_lost: u64,
        consensus_timeouts: u64, rx_msg_dropped: u64,
        time_since_token_last_received: u64,
        continuous_gather: u32, continuous_sendmsg_failures: u32,
        firewall_enabled_or_nic_failure: u8,
        mtt_rx_token: u32, avg_token_workload: u32, avg_backlog_calc: u32,
    }
}

counters! {
    /// A knet link (`stats.knet.nodeN.linkN.`), from `struct knet_link_status`. As in the reference,
    /// `rx_total_retries` is knet's `tx_total_retries`. Latencies are in microseconds.
    KnetLinkStats {
        enabled: u8, connected: u8, mtu: u32,
        tx_data_packets: u64, rx_data_packets: u64, tx_data_bytes: u64, rx_data_bytes: u64,
        tx_ping_packets: u64, rx_ping_packets: u64, tx_ping_bytes: u64, rx_ping_bytes: u64,
        tx_pong_packets: u64, rx_pong_packets: u64, tx_pong_bytes: u64, rx_pong_bytes: u64,
        tx_pmtu_packets: u64, rx_pmtu_packets: u64, tx_pmtu_bytes: u64, rx_pmtu_bytes: u64,
        tx_total_packets: u64, rx_total_packets: u64, tx_total_bytes: u64, rx_total_bytes: u64,
        tx_total_errors: u64, rx_total_retries: u64,
        tx_pmtu_errors: u32, tx_pmtu_retries: u32, tx_ping_errors: u32, tx_ping_retries: u32,
        tx_pong_errors: u32, tx_pong_retries: u32, tx_data_errors: u32, tx_data_retries: u32,
        latency_min: u32, latency_max: u32, latency_ave: u32, latency_samples: u32,
        down_count: u32, up_count: u32,
    }
}

counters! {
    /// knet's compression and encryption (`stats.knet.handle.`), from `struct knet_handle_stats`.
    KnetHandleStats {
        tx_uncompressed_packets: u64, tx_compressed_packets: u64,
        tx_compressed_original_bytes: u64, tx_compressed_size_bytes: u64,
        tx_compress_time_min: u64, tx_compress_time_max: u64, tx_compress_time_ave: u64,
        rx_compressed_packets: u64, rx_compressed_original_bytes: u64, rx_compressed_size_bytes: u64,
        rx_compress_time_min: u64, rx_compress_time_max: u64, rx_compress_time_ave: u64,
        tx_crypt_time_min: u64, tx_crypt_time_max: u64, tx_crypt_time_ave: u64,
        tx_crypt_byte_overhead: u64, tx_crypt_packets: u64,
        rx_crypt_time_min: u64, rx_crypt_time_max: u64, rx_crypt_time_ave: u64, rx_crypt_packets: u64,
    }
}

counters! {
    /// A client's connection (`stats.ipcs.serviceN.PID.ID.`). `procname` is cut at [`PROCNAME_MAX`] by who fills it.
    IpcsConnStats {
        queueing: i32, queued: u32, invalid_request: u64, overload: u64, sent: u32, procname: String,
        requests: u64, responses: u64, dispatched: u64, send_retries: u64, recv_retries: u64,
        flow_control: u32, flow_control_count: u64,
    }
}

counters! {
    /// All clients' connections (`stats.ipcs.global.`).
    IpcsGlobalStats { active: u64, closed: u64 }
}

counters! {
    /// A time that the daemon was not scheduled for too long (`stats.schedmiss.N.`): when it was noticed, in
    /// milliseconds since 1970, and how long it was, in milliseconds.
    SchedmissStats { timestamp: u64, delay: f32 }
}

/// The newest scheduling delays, the newest first.
#[derive(Clone, Debug, Default)]
pub struct Schedmiss(VecDeque<SchedmissStats>);

impl Schedmiss {
    /// Remembers one, in place of the oldest when there are [`SCHEDMISS_MAX`].
    pub fn add(&mut self, event: SchedmissStats) {
        self.0.truncate(SCHEDMISS_MAX - 1);
        self.0.push_front(event);
    }

    /// Forgets all (`stats.clear.schedmiss`).
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The `index`th, 0 the newest.
    pub fn get(&self, index: usize) -> Option<&SchedmissStats> {
        self.0.get(index)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A client's connection, as its keys name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpcsConn {
    /// The number of its service.
    pub service: u16,
    /// The client's process.
    pub pid: u32,
    /// What tells connections of one process apart: a pointer in the reference.
    pub id: u64,
}

/// What the process counts: its clients' connections, the transport's links, and when it was not scheduled.
pub trait Statistics {
    /// knet as a whole; `None` without knet.
    fn knet_handle(&self) -> Option<KnetHandleStats>;
    /// Every link of every node, the loopback of this one included; none without knet.
    fn knet_links(&self) -> Vec<(NodeId, u8)>;
    /// One of them.
    fn knet_link(&self, node: NodeId, link: u8) -> Option<KnetLinkStats>;
    /// All connections' sums.
    fn ipcs_global(&self) -> IpcsGlobalStats;
    /// Every connection.
    fn ipcs_conns(&self) -> Vec<IpcsConn>;
    /// One of them.
    fn ipcs_conn(&self, conn: IpcsConn) -> Option<IpcsConnStats>;
    /// The scheduling delays.
    fn schedmiss(&self) -> &Schedmiss;
}

/// Where the counters are.
pub trait Source {
    /// Totem's message queue.
    fn pg(&self) -> PgStats;
    /// The ring.
    fn srp(&self) -> SrpStats;
    /// The process around them.
    fn process(&self) -> &dyn Statistics;
}

/// Every key, ascending.
pub fn keys(source: &dyn Source) -> Vec<String> {
    let mut keys = Vec::new();
    let mut add = |start: &str, names: &[&str]| keys.extend(names.iter().map(|name| format!("{start}{name}")));
    add("stats.pg.", PgStats::NAMES);
    add("stats.srp.", SrpStats::NAMES);
    add("stats.ipcs.global.", IpcsGlobalStats::NAMES);
    if source.process().knet_handle().is_some() {
        add("stats.knet.handle.", KnetHandleStats::NAMES);
    }
    for (node, link) in source.process().knet_links() {
        add(&format!("stats.knet.node{node}.link{link}."), KnetLinkStats::NAMES);
    }
    for IpcsConn { service, pid, id } in source.process().ipcs_conns() {
        add(&format!("stats.ipcs.service{service}.{pid}.{id:#x}."), IpcsConnStats::NAMES);
    }
    for index in 0..source.process().schedmiss().len() {
        add(&format!("stats.schedmiss.{index}."), SchedmissStats::NAMES);
    }
    keys.sort_unstable();
    keys
}

/// Sorts keys that come and go together as the reference adds them: by what they belong to, then as in its table.
pub(crate) fn table_order(key: &str) -> (&str, usize) {
    let (owner, name) = key.rsplit_once('.').unwrap_or((key, ""));
    let names = if owner.starts_with("stats.ipcs.") { IpcsConnStats::NAMES } else { KnetLinkStats::NAMES };
    (owner, names.iter().position(|&known| known == name).unwrap_or(names.len()))
}

/// The value of a key; `None` when there is no such key (any more).
pub fn value(source: &dyn Source, key: &str) -> Option<Value> {
    let (group, rest) = key.strip_prefix("stats.")?.split_once('.')?;
    match group {
        "pg" => source.pg().value(rest),
        "srp" => source.srp().value(rest),
        "knet" => knet_value(source, rest),
        "ipcs" => ipcs_value(source, rest),
        "schedmiss" => {
            let (index, name) = rest.split_once('.')?;
            source.process().schedmiss().get(number(index)?)?.value(name)
        }
        _ => None,
    }
}

fn knet_value(source: &dyn Source, rest: &str) -> Option<Value> {
    let (first, rest) = rest.split_once('.')?;
    if first == "handle" {
        return source.process().knet_handle()?.value(rest);
    }
    let node = NodeId(number(first.strip_prefix("node")?)?);
    let (link, name) = rest.strip_prefix("link")?.split_once('.')?;
    source.process().knet_link(node, number(link)?)?.value(name)
}

fn ipcs_value(source: &dyn Source, rest: &str) -> Option<Value> {
    let (first, rest) = rest.split_once('.')?;
    if first == "global" {
        return source.process().ipcs_global().value(rest);
    }
    let service = number(first.strip_prefix("service")?)?;
    let (pid, rest) = rest.split_once('.')?;
    let (id, name) = rest.split_once('.')?;
    let id = u64::from_str_radix(id.strip_prefix("0x")?, 16).ok().filter(|number| format!("{number:#x}") == id)?;
    source.process().ipcs_conn(IpcsConn { service, pid: number(pid)?, id })?.value(name)
}

/// A number written as [`keys`] writes it: no sign, no leading zeros.
fn number<T: std::str::FromStr + ToString>(text: &str) -> Option<T> {
    text.parse().ok().filter(|number: &T| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fake(Schedmiss);

    const CONN: IpcsConn = IpcsConn { service: 2, pid: 77, id: 0x1f };

    impl Source for Fake {
        fn pg(&self) -> PgStats {
            PgStats { msg_queue_avail: 3, msg_reserved: 4 }
        }
        fn srp(&self) -> SrpStats {
            SrpStats { orf_token_tx: 5, ..Default::default() }
        }
        fn process(&self) -> &dyn Statistics {
            self
        }
    }

    impl Statistics for Fake {
        fn knet_handle(&self) -> Option<KnetHandleStats> {
            Some(KnetHandleStats::default())
        }
        fn knet_links(&self) -> Vec<(NodeId, u8)> {
            vec![(NodeId(2), 1)]
        }
        fn knet_link(&self, node: NodeId, link: u8) -> Option<KnetLinkStats> {
            (node == NodeId(2) && link == 1).then(|| KnetLinkStats { mtu: 1397, ..Default::default() })
        }
        fn ipcs_global(&self) -> IpcsGlobalStats {
            IpcsGlobalStats { active: 1, closed: 2 }
        }
        fn ipcs_conns(&self) -> Vec<IpcsConn> {
            vec![CONN]
        }
        fn ipcs_conn(&self, conn: IpcsConn) -> Option<IpcsConnStats> {
            (conn == CONN).then(|| IpcsConnStats { procname: "sbd".into(), ..Default::default() })
        }
        fn schedmiss(&self) -> &Schedmiss {
            &self.0
        }
    }

    fn fake() -> Fake {
        let mut schedmiss = Schedmiss::default();
        for timestamp in 0..12 {
            schedmiss.add(SchedmissStats { timestamp, delay: 1.5 });
        }
        Fake(schedmiss)
    }

    #[test]
    fn every_key_has_a_value_and_they_ascend() {
        let source = fake();
        let keys = keys(&source);
        assert!(keys.is_sorted());
        assert_eq!(keys.len(), 2 + 30 + 2 + 22 + 39 + 13 + 2 * SCHEDMISS_MAX);
        assert!(keys.iter().all(|key| value(&source, key).is_some()));
        assert!(keys.iter().any(|key| key == "stats.ipcs.service2.77.0x1f.procname"));
    }

    #[test]
    fn values_have_the_types_and_places_of_the_reference() {
        let source = fake();
        assert_eq!(value(&source, "stats.pg.msg_reserved"), Some(Value::U32(4)));
        assert_eq!(value(&source, "stats.srp.orf_token_tx"), Some(Value::U64(5)));
        assert_eq!(value(&source, "stats.knet.node2.link1.mtu"), Some(Value::U32(1397)));
        assert_eq!(value(&source, "stats.knet.node2.link1.enabled"), Some(Value::U8(0)));
        assert_eq!(value(&source, "stats.ipcs.service2.77.0x1f.queueing"), Some(Value::I32(0)));
        assert_eq!(value(&source, "stats.ipcs.global.closed"), Some(Value::U64(2)));
        assert_eq!(value(&source, "stats.schedmiss.0.timestamp"), Some(Value::U64(11)));
        assert_eq!(value(&source, "stats.schedmiss.9.delay"), Some(Value::Float(1.5)));
    }

    #[test]
    fn other_names_have_none() {
        let bad = [
            "",
            "stats",
            "stats.",
            "stats.pg",
            "stats.pg.x",
            "stats.knet.node2.link01.mtu",
            "stats.knet.node3.link1.mtu",
            "stats.knet.node+2.link1.mtu",
            "stats.ipcs.service2.77.0x01f.sent",
            "stats.ipcs.service2.77.1f.sent",
            "stats.schedmiss.10.delay",
            "stats.schedmiss.99999999999999999999.delay",
            "stats.clear.knet",
        ];
        assert!(bad.iter().all(|key| value(&fake(), key).is_none()));
    }
}
