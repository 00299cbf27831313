//! What a configuration asks of the machine.

use std::net::IpAddr;

/// Which families of addresses a name may have, and which is preferred (`totem.ip_version`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpVersion {
    /// IPv4 only (`ipv4`).
    V4,
    /// IPv6 only (`ipv6`).
    V6,
    /// IPv4 before IPv6 (`ipv4-6`).
    V4ThenV6,
    /// IPv6 before IPv4 (`ipv6-4`).
    V6ThenV4,
}

impl IpVersion {
    /// Chooses among the addresses that a name has, in the resolver's order.
    pub(crate) fn choose(self, addresses: &[IpAddr]) -> Option<IpAddr> {
        let v4 = addresses.iter().find(|address| address.is_ipv4()).copied();
        let v6 = addresses.iter().find(|address| address.is_ipv6()).copied();
        match self {
            IpVersion::V4 => v4,
            IpVersion::V6 => v6,
            IpVersion::V4ThenV6 => v4.or(v6),
            IpVersion::V6ThenV4 => v6.or(v4),
        }
    }
}

/// Why a key file can't be read; with the system's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It can't be opened.
    Open(String),
    /// It can't be read.
    Read(String),
}

/// Questions that only the machine can answer.
pub trait Outside {
    /// A user's id (`getpwnam`); `None` when there is no such user. The error is the system's words.
    fn user_id(&self, name: &str) -> Result<Option<u32>, String>;
    /// A group's id (`getgrnam`); otherwise as above.
    fn group_id(&self, name: &str) -> Result<Option<u32>, String>;
    /// The crypto models that knet has, in its order.
    fn crypto_models(&self) -> Vec<String>;
    /// The compression models that knet has, in its order.
    fn compression_models(&self) -> Vec<String>;
    /// The node's name (`uname`).
    fn node_name(&self) -> Option<String>;
    /// The addresses of all interfaces, in the system's order; `None` when they can't be had.
    fn local_addresses(&self) -> Option<Vec<IpAddr>>;
    /// The name of an address, or the address as text where it has none (`getnameinfo`).
    fn name_of(&self, address: IpAddr) -> Option<String>;
    /// The addresses of a name, or of an address as text, in the resolver's order (`getaddrinfo`). Families that
    /// `version` leaves out need not be asked for.
    fn resolve(&self, name: &str, version: IpVersion) -> Vec<IpAddr>;
    /// The first `max` bytes of a key file.
    fn read_key(&self, path: &str, max: usize) -> Result<Vec<u8>, KeyError>;
}
