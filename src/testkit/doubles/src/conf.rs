//! A machine to read corosync.conf on.

use core_config::{Files, IpVersion, KeyError, Outside, TotemConfig};
use core_icmap::Map;
use std::net::IpAddr;

/// A machine with the user `hacluster`, any group that has a name, the loopback addresses and any key; every address
/// is its own name.
pub struct FakeOutside;

impl Outside for FakeOutside {
    fn user_id(&self, name: &str) -> Result<Option<u32>, String> {
        Ok((name == "hacluster").then_some(109))
    }
    fn group_id(&self, name: &str) -> Result<Option<u32>, String> {
        if name.is_empty() { Err("no".to_owned()) } else { Ok(Some(114)) }
    }
    fn crypto_models(&self) -> Vec<String> {
        vec!["nss".to_owned(), "openssl".to_owned()]
    }
    fn compression_models(&self) -> Vec<String> {
        vec!["zlib".to_owned()]
    }
    fn node_name(&self) -> Option<String> {
        Some("n1.example".to_owned())
    }
    fn local_addresses(&self) -> Option<Vec<IpAddr>> {
        Some(["127.0.0.1", "::1"].iter().filter_map(|address| address.parse().ok()).collect())
    }
    fn name_of(&self, address: IpAddr) -> Option<String> {
        Some(address.to_string())
    }
    fn resolve(&self, name: &str, _version: IpVersion) -> Vec<IpAddr> {
        name.parse().into_iter().collect()
    }
    fn read_key(&self, _path: &str, max: usize) -> Result<Vec<u8>, KeyError> {
        Ok(vec![7; max])
    }
}

/// A corosync.conf of two nodes that is good.
pub const GOOD: &str = "totem {\nversion: 2\ncluster_name: c\ninterface {\nlinknumber: 0\nmcastport: 5410\n}\n}\n\
    nodelist {\nnode {\nring0_addr: 127.0.0.1\nnodeid: 1\nname: n1\n}\nnode {\nring0_addr: 127.0.0.2\nnodeid: 2\n\
    name: n2\n}\n}\nquorum {\nprovider: corosync_votequorum\n}\nlogging {\nlogger_subsys {\nsubsys: CPG\ndebug: on\n}\n}\n";

/// A corosync.conf, and one file of uidgid.d unless that is empty.
pub fn files(main: &[u8], uidgid: &[u8]) -> Files {
    let uidgid = if uidgid.is_empty() { Vec::new() } else { vec![("u".to_owned(), uidgid.to_vec())] };
    Files { main: ("corosync.conf".to_owned(), main.to_vec()), uidgid }
}

/// Totem's configuration from a map that a file was read into, when it is a good one.
pub fn totem(map: &mut Map) -> Option<TotemConfig> {
    let (mut config, _warnings) = TotemConfig::read(map, &FakeOutside).ok()?;
    config.validate(map, &FakeOutside).ok().map(|()| config)
}
