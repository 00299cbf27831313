//! What one seed decides before the run begins: everything but the weather.

use super::Random;
use super::host::Voting;
use core_totem::Config;
use core_types::{MILLIS, Nanos, NodeId};

/// A second of virtual time.
pub const SECOND: Nanos = 1000 * MILLIS;

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides everything.
    pub seed: u64,
    /// How many hosts, 1 to 32.
    pub hosts: usize,
    /// How long faults go on.
    pub faults: Nanos,
    /// Once faults stop, one configuration must be there after this.
    pub settle: Nanos,
    /// One way between the first and the last host stays cut when the other faults stop.
    pub one_way: bool,
    /// Hosts may lose their disks when they crash.
    pub disks_fail: bool,
    /// Frames of any time come again.
    pub replays: bool,
    /// Largest frame, in bytes.
    pub mtu: usize,
    /// The votes' configuration.
    pub voting: Voting,
    /// Corosync's own timers, as for so many hosts, instead of short ones.
    pub default_timers: bool,
}

impl Plan {
    /// The run that a seed stands for.
    pub fn new(seed: u64) -> Plan {
        let mut random = Random::new(seed ^ 0x0073_696d);
        let hosts = match random.below(100) {
            0..3 => 1,
            3..23 => 2,
            23..48 => 3,
            48..63 => 4,
            63..75 => 5,
            75..90 => 6 + random.below(3),
            90..97 => 9 + random.below(8),
            _ => 17 + random.below(16),
        } as usize;
        Plan::with_hosts(seed, hosts)
    }

    /// A run with so many hosts; all else as the seed says.
    pub fn with_hosts(seed: u64, hosts: usize) -> Plan {
        let mut random = Random::new(seed ^ 0x706c_616e);
        let disks_fail = random.below(8) == 0;
        Plan {
            seed,
            hosts,
            faults: SECOND * if hosts > 8 { 6 } else { 15 },
            settle: SECOND * (40 + hosts as u64),
            one_way: hosts > 1 && random.below(8) == 0,
            disks_fail,
            // without its disk, nothing keeps a host from taking part in its own past
            replays: !disks_fail,
            mtu: [1472, 65536, 9000][random.below(3) as usize],
            voting: Voting::draw(&mut random, hosts),
            default_timers: false,
        }
    }

    /// The plan for as many hosts without faults and votes.
    pub fn calm(seed: u64, hosts: usize) -> Plan {
        let plan = Plan::with_hosts(seed, hosts);
        Plan { faults: 0, one_way: false, disks_fail: false, replays: false, voting: Voting::None, mtu: 65536, ..plan }
    }

    /// Totem's parameters on a host.
    pub fn totem(&self, nodeid: NodeId, ring_seq: u64) -> Config {
        let more = self.hosts.saturating_sub(2) as u32;
        let token = if self.default_timers { 3000 + 650 * more } else { 300 + 30 * more };
        Config {
            ring_seq,
            mtu: self.mtu,
            token,
            token_retransmit: token * 238 / 1000,
            hold: token * 238 / 1000 * 4 / 5,
            consensus: token * 6 / 5,
            fail_recv_const: if self.default_timers { 2500 } else { 50 },
            ..Config::new(nodeid)
        }
    }
}
