//! corosync.conf, the files of uidgid.d, and what they become in the map, at the start and in a reload.

use core_config::{
    Files, IpVersion, KeyError, Outside, ProcessOptions, TotemConfig, parse, reload, set_read_only_keys,
};
use core_icmap::{KEY_MAX, Map, VALUE_MAX, valid_key};
use std::net::IpAddr;

struct Nowhere;

impl Outside for Nowhere {
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

/// What the host runs with before a reload.
pub(crate) const GOOD: &[u8] = b"totem {\nversion: 2\ncluster_name: c\ninterface {\nlinknumber: 0\nmcastport: 5410\n}\n}\n\
    nodelist {\nnode {\nring0_addr: 127.0.0.1\nnodeid: 1\nname: n1\n}\nnode {\nring0_addr: 127.0.0.2\nnodeid: 2\n\
    name: n2\n}\n}\nquorum {\nprovider: corosync_votequorum\n}\nlogging {\nlogger_subsys {\nsubsys: CPG\ndebug: on\n}\n}\n";

/// Everything as at a start; the configuration when it is a good one.
fn start(contents: &[u8]) -> (Map, Option<TotemConfig>) {
    let mut map = Map::new();
    set_read_only_keys(&mut map);
    let parsed = parse(&files(contents, b""), &Nowhere, &mut map);
    if parsed.is_err() {
        return (map, None);
    }
    let _warnings = core_log::Logging::new().configure(&map);
    let _options = ProcessOptions::read(&map);
    let config = TotemConfig::read(&mut map, &Nowhere).ok();
    let valid = config.and_then(|(mut config, _)| config.validate(&map, &Nowhere).ok().map(|()| config));
    (map, valid)
}

fn files(main: &[u8], uidgid: &[u8]) -> Files {
    let uidgid = if uidgid.is_empty() { Vec::new() } else { vec![("u".to_owned(), uidgid.to_vec())] };
    Files { main: ("corosync.conf".to_owned(), main.to_vec()), uidgid }
}

/// A corosync.conf: a start with it, and a reload with it of a host that runs with another.
pub fn main_file(input: &[u8]) {
    let (map, _) = start(input);
    let fits = |bytes: &[u8]| bytes.len() <= VALUE_MAX;
    assert!(map.iter("").all(|(key, value)| valid_key(key) && value.with_bytes(fits)), "keys of {KEY_MAX} bytes");
    let (mut map, running) = start(GOOD);
    let running = running.expect("a good configuration");
    let outcome = reload(&files(input, b""), &Nowhere, &mut map, &running);
    assert!(outcome.result.is_ok() || !outcome.lines.is_empty(), "refused without a word");
    assert_ne!(map.u8("config.reload_in_progress"), Some(1), "a reload ends");
}

/// A file of uidgid.d.
pub fn uidgid(input: &[u8]) {
    let mut map = Map::new();
    let _any_verdict = parse(&files(GOOD, input), &Nowhere, &mut map);
}
