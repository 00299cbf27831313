//! What the map tells of the ring's members (`runtime.members.*`).

use core_icmap::{Map, Value};
use core_types::NodeId;
use std::net::IpAddr;

/// A node's addresses as the reference prints them: `r(0) ip(10.0.0.1) r(1) ip(10.1.0.1) `, one blank after each.
pub(crate) fn print_addresses(addresses: &[(u8, IpAddr)]) -> String {
    addresses.iter().map(|(link, address)| format!("r({link}) ip({address}) ")).collect()
}

/// A node joined: its addresses, and how often it did.
pub(crate) fn joined(map: &mut Map, node: NodeId, addresses: &[(u8, IpAddr)]) {
    let (ip, count) = (format!("runtime.members.{node}.ip"), format!("runtime.members.{node}.join_count"));
    if map.get(&ip).is_some() {
        put(map, &count, map.u32(&count).unwrap_or(0).wrapping_add(1));
    } else {
        put(map, &ip, print_addresses(addresses));
        put(map, &count, 1u32);
    }
    put(map, &format!("runtime.members.{node}.status"), "joined");
}

/// A node left.
pub(crate) fn left(map: &mut Map, node: NodeId) {
    put(map, &format!("runtime.members.{node}.status"), "left");
}

/// Sets a key whose name is known to be good.
pub(crate) fn put(map: &mut Map, key: &str, value: impl Into<Value>) {
    map.set(key, value).expect("keys made here are valid");
}
