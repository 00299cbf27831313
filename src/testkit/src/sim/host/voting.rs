//! The votes' configurations that are tried.

use crate::sim::Random;
use core_icmap::{Map, Value};
use core_types::{MILLIS, Nanos};

/// One way to configure votequorum; every host has one vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voting {
    /// No provider: everybody always has quorum.
    None,
    /// More than half.
    Plain,
    /// `two_node`, and with it `wait_for_all`.
    TwoNode,
    /// `wait_for_all`.
    WaitForAll,
    /// `auto_tie_breaker`, the lowest node.
    Lowest,
    /// The highest.
    Highest,
    /// A list: the second node, then the first.
    List,
    /// `last_man_standing` and `wait_for_all`.
    LastMan,
    /// `allow_downscale`.
    Downscale,
    /// A quorum device with one vote.
    Device,
}

/// The device's vote counts for so long after a poll, in milliseconds.
pub const DEVICE_TIMEOUT: u32 = 1000;
/// The same while a sync waits for the poll.
pub const DEVICE_SYNC_TIMEOUT: u32 = 2000;
/// The device's votes.
pub const DEVICE_VOTES: usize = 1;
/// Longest time after a poll that the device's vote may count.
pub const DEVICE_LEASE: Nanos = (DEVICE_TIMEOUT + DEVICE_SYNC_TIMEOUT) as Nanos * MILLIS;
/// The list of [`Voting::List`].
pub const LIST: [u32; 2] = [2, 1];
const LAST_MAN_WINDOW: u32 = 1000;

impl Voting {
    /// Any that goes with so many hosts.
    pub fn draw(random: &mut Random, hosts: usize) -> Voting {
        use Voting::{Device, Downscale, Highest, LastMan, List, Lowest, None, Plain, TwoNode, WaitForAll};
        let fits: &[Voting] = match hosts {
            1 => &[None, Plain, WaitForAll],
            2 => &[None, Plain, TwoNode, TwoNode, WaitForAll, Lowest, Highest, List, Device],
            _ if hosts.is_multiple_of(2) => {
                &[None, Plain, Plain, WaitForAll, Lowest, Highest, List, LastMan, Downscale, Device]
            }
            _ => &[None, Plain, Plain, WaitForAll, LastMan, Downscale, Device],
        };
        fits[random.below(fits.len() as u64) as usize]
    }

    /// Whether a restarted host waits for all.
    pub fn waits_for_all(self) -> bool {
        matches!(self, Voting::TwoNode | Voting::WaitForAll | Voting::LastMan)
    }

    /// The configuration of host `index` of `hosts`.
    pub fn map(self, hosts: usize, index: usize) -> Map {
        let mut map = Map::new();
        let mut put = |key: &str, value: Value| map.set(key, value).expect("a valid key");
        for host in 0..hosts {
            put(&format!("nodelist.node.{host}.nodeid"), (host as u32 + 1).into());
        }
        put("nodelist.local_node_pos", (index as u32).into());
        if self == Voting::None {
            return map;
        }
        put("quorum.provider", "corosync_votequorum".into());
        match self {
            Voting::None | Voting::Plain => {}
            Voting::TwoNode => put("quorum.two_node", 1u8.into()),
            Voting::WaitForAll => put("quorum.wait_for_all", 1u8.into()),
            Voting::Lowest => put("quorum.auto_tie_breaker", 1u8.into()),
            Voting::Highest | Voting::List => {
                put("quorum.auto_tie_breaker", 1u8.into());
                let list = format!("{} {}", LIST[0], LIST[1]);
                let node = if self == Voting::List { &list } else { "highest" };
                put("quorum.auto_tie_breaker_node", node.into());
            }
            Voting::LastMan => {
                put("quorum.last_man_standing", 1u8.into());
                put("quorum.last_man_standing_window", LAST_MAN_WINDOW.into());
                put("quorum.wait_for_all", 1u8.into());
            }
            Voting::Downscale => put("quorum.allow_downscale", 1u8.into()),
            Voting::Device => {
                put("quorum.device.model", "net".into());
                put("quorum.device.timeout", DEVICE_TIMEOUT.into());
                put("quorum.device.sync_timeout", DEVICE_SYNC_TIMEOUT.into());
                put("quorum.device.votes", (DEVICE_VOTES as u32).into());
                // else the device's votes are expected only once all nodes were there
                put("quorum.expected_votes", ((hosts + DEVICE_VOTES) as u32).into());
            }
        }
        map
    }
}
