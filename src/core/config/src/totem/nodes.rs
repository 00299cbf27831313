//! The nodelist: who is in the cluster, and which of them this node is.

use super::links::{resolve, too_many};
use super::{Member, TotemConfig, TransportKind};
use crate::error::Error;
use crate::outside::{IpVersion, Outside};
use core_icmap::Map;
use core_types::{INTERFACE_MAX, NodeId};
use std::net::IpAddr;

/// knet's ids are below this (`KNET_MAX_HOST`).
const KNET_HOST_MAX: u32 = 65536;
/// The key that says which node of the list is the local one.
const LOCAL_POSITION: &str = "nodelist.local_node_pos";

/// The keys `nodelist.node.N.name`: N, name, key.
fn node_keys(map: &Map) -> impl Iterator<Item = (u32, &str, &str)> {
    const PREFIX: &str = "nodelist.node.";
    map.iter(PREFIX).filter_map(|(key, _)| {
        let (position, name) = key[PREFIX.len()..].split_once('.')?;
        Some((position.parse().ok()?, name, key))
    })
}

/// The link number N of `ringN_addr`.
fn link_of(name: &str) -> Option<u32> {
    name.strip_prefix("ring")?.strip_suffix("_addr")?.parse().ok()
}

/// A node's names: its name and, to fall back on, its first address; in the order of positions.
fn node_names(map: &Map) -> impl Iterator<Item = (u32, &str)> {
    let names = node_keys(map).filter(|(_, name, _)| matches!(*name, "name" | "ring0_addr"));
    names.filter_map(|(position, _, key)| Some((position, map.text(key)?)))
}

fn find_name(map: &Map, wanted: &str, short: bool) -> Option<u32> {
    let cut = |name: &'_ str| -> usize { if short { name.find('.').unwrap_or(name.len()) } else { name.len() } };
    node_names(map).find(|(_, name)| &name[..cut(name)] == wanted).map(|(position, _)| position)
}

/// By the node's own name, in full or without the end of its domain.
fn find_by_own_name(map: &Map, own: &str) -> Option<u32> {
    let mut name = own;
    loop {
        if let Some(position) = find_name(map, name, false) {
            return Some(position);
        }
        match name.rfind('.') {
            Some(dot) => name = &name[..dot],
            None => return find_name(map, name, true),
        }
    }
}

/// By the names and addresses of the interfaces.
fn find_by_interface(map: &Map, outside: &dyn Outside, addresses: &[IpAddr]) -> Option<u32> {
    addresses.iter().find_map(|&address| {
        let name = outside.name_of(address);
        let by_name = name.and_then(|name| {
            let short = name.split('.').next().unwrap_or_default();
            find_name(map, &name, false).or_else(|| find_name(map, short, false))
        });
        by_name.or_else(|| if address.is_ipv4() { find_name(map, &address.to_string(), false) } else { None })
    })
}

/// By what the names in the list stand for: they may be aliases.
fn find_by_address(map: &Map, outside: &dyn Outside, addresses: &[IpAddr]) -> Option<u32> {
    let here = |name: &str| {
        let found = outside.resolve(name, IpVersion::V6ThenV4);
        found.iter().any(|address| addresses.contains(address))
    };
    node_names(map).find(|(_, name)| here(name)).map(|(position, _)| position)
}

/// Finds the local node in the list and publishes its position (`find_local_node`).
pub(crate) fn find_local(map: &mut Map, outside: &dyn Outside) -> Option<u32> {
    let own = outside.node_name()?;
    let position = find_by_own_name(map, &own).or_else(|| {
        let addresses = outside.local_addresses()?;
        find_by_interface(map, outside, &addresses).or_else(|| find_by_address(map, outside, &addresses))
    })?;
    let _name_is_valid = map.set(LOCAL_POSITION, position);
    Some(position)
}

fn local(map: &mut Map, outside: &dyn Outside) -> Option<u32> {
    map.u32(LOCAL_POSITION).or_else(|| find_local(map, outside))
}

/// Gives the local node's addresses as addresses to bind to.
pub(super) fn convert_nodelist_to_interface(map: &mut Map, outside: &dyn Outside) {
    let Some(position) = local(map, outside) else { return };
    let addresses: Vec<_> = node_keys(map)
        .filter(|&(node, ..)| node == position)
        .filter_map(|(_, name, key)| Some((link_of(name)?, map.text(key)?.to_owned())))
        .collect();
    for (link, address) in addresses {
        let _name_is_valid = map.set(&format!("totem.interface.{link}.bindnetaddr"), address);
    }
}

impl TotemConfig {
    /// The id made from an IPv4 address; `None` where there is none to make (`generate_nodeid`).
    pub(super) fn generated_nodeid(&self, outside: &dyn Outside, name: &str) -> Option<u32> {
        let IpAddr::V4(address) = resolve(outside, name, IpVersion::V4)? else { return None };
        let id = u32::from(address);
        let id = if self.clear_node_high_bit { id & 0x7fff_ffff } else { id };
        Some(id).filter(|&id| id != u32::MAX)
    }

    /// Reads the local node's id.
    pub(super) fn read_local_node(&mut self, map: &mut Map, outside: &dyn Outside) -> Result<(), Error> {
        let Some(position) = local(map, outside) else { return Ok(()) };
        map.set_read_only(LOCAL_POSITION, false, true);
        let key = format!("nodelist.node.{position}.nodeid");
        let mut id = map.u32(&key).unwrap_or(0);
        if id == 0 && self.transport == TransportKind::Knet {
            return Err(Error::at_key(key, "Knet requires an explicit nodeid for the local node"));
        }
        if id == 0 {
            let address = map.text(&format!("nodelist.node.{position}.ring0_addr")).unwrap_or_default();
            let failed = || Error::at_key(key, "An IPV6 network requires that a node ID be specified");
            id = self.generated_nodeid(outside, address).ok_or_else(failed)?;
        }
        self.nodeid = NodeId(id);
        Ok(())
    }

    /// Reads all nodes' addresses (`put_nodelist_members_to_config`), and completes the links with them.
    pub(crate) fn read_members(&mut self, map: &mut Map, outside: &dyn Outside) -> Result<(), Error> {
        self.links.iter_mut().for_each(|link| link.members.clear());
        let addresses: Vec<_> = node_keys(map)
            .filter_map(|(node, name, key)| Some((node, link_of(name)?, key.to_owned(), map.text(key)?.to_owned())))
            .collect();
        for (node, link, key, name) in addresses {
            let link = usize::try_from(link).ok().filter(|&n| n < INTERFACE_MAX).ok_or_else(|| too_many(link))?;
            let nodeid = self.member_nodeid(map, outside, node, &name)?;
            let failed = || Error::at_key(key, format!("failed to parse node address '{name}'"));
            let address = self.resolve(outside, &name).ok_or_else(failed)?;
            self.add_member(link, Member { nodeid, address })?;
            self.links[link].configured = true;
        }
        let position = find_local(map, outside);
        self.finish_links(map, outside, position);
        Ok(())
    }

    /// A listed node's id; where it is made from the address, it is published.
    fn member_nodeid(&self, map: &mut Map, outside: &dyn Outside, node: u32, name: &str) -> Result<NodeId, Error> {
        let key = format!("nodelist.node.{node}.nodeid");
        let mut id = map.u32(&key).unwrap_or(0);
        if self.transport == TransportKind::Knet {
            if id == 0 {
                let why = format!("Knet requires an explicit nodeid to be specified for address '{name}'.");
                return Err(Error::at_key(key, why));
            }
            if id >= KNET_HOST_MAX {
                let why = format!("Knet requires nodeid to be less than {KNET_HOST_MAX} for address '{name}'.");
                return Err(Error::at_key(key, why));
            }
        } else if id == 0
            && let Some(first) = map.text(&format!("nodelist.node.{node}.ring0_addr"))
        {
            let why = || format!("An IPV6 network requires that a node ID be specified for address '{name}'.");
            id = self.generated_nodeid(outside, first).ok_or_else(|| Error::at_key(&key, why()))?;
            let _name_is_valid = map.set(&key, id);
        }
        Ok(NodeId(id))
    }

    /// That no id is given twice (`check_for_duplicate_nodeids`).
    pub(super) fn check_duplicates(&self, map: &Map, outside: &dyn Outside) -> Result<(), Error> {
        let mut positions: Vec<u32> = node_keys(map).map(|(position, ..)| position).collect();
        positions.dedup();
        let mut found = None;
        for &position in &positions {
            let key = format!("nodelist.node.{position}.nodeid");
            let (id, generated) = match map.u32(&key) {
                Some(id) => (id, None),
                None => {
                    let address = map.text(&format!("nodelist.node.{position}.ring0_addr"));
                    let Some((address, id)) = address.and_then(|a| Some((a, self.generated_nodeid(outside, a)?)))
                    else {
                        continue;
                    };
                    (id, Some(address))
                }
            };
            if seen_before(map, position, id) {
                let from = generated.map(|address| format!("(autogenerated from {address})")).unwrap_or_default();
                found = Some(Error::at_key(key, format!("Nodeid {id}{from} appears twice in corosync.conf")));
            }
        }
        found.map_or(Ok(()), Err)
    }
}

/// Whether a node at a lower position, up to the first that isn't, has that id.
fn seen_before(map: &Map, position: u32, id: u32) -> bool {
    let before = node_keys(map).take_while(|&(other, ..)| other < position);
    let mut ids = before.filter(|(_, name, _)| *name == "nodeid").filter_map(|(_, _, key)| map.u32(key));
    ids.any(|other| other == id)
}
