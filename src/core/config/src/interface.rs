//! `totem.interface`: kept until the section ends, as its link number may come last.

use crate::items::{integer, store};
use crate::language::Item;
use core_icmap::{Map, Type, Value};
use std::collections::BTreeMap;

/// An `interface` section in the making.
#[derive(Default)]
pub(crate) struct Interface {
    number: u8,
    values: BTreeMap<&'static str, Value>,
    members: Vec<Vec<u8>>,
}

/// Keys of an interface and their types, in the order in which they are set.
const KEYS: [(&str, Type); 11] = [
    ("bindnetaddr", Type::String),
    ("mcastaddr", Type::String),
    ("broadcast", Type::String),
    ("mcastport", Type::U16),
    ("ttl", Type::U8),
    ("knet_link_priority", Type::U8),
    ("knet_ping_interval", Type::U32),
    ("knet_ping_timeout", Type::U32),
    ("knet_ping_precision", Type::U32),
    ("knet_pong_count", Type::U32),
    ("knet_transport", Type::String),
];

impl Interface {
    /// Takes a key; false when it isn't one of an interface's.
    pub(crate) fn take(&mut self, item: &Item<'_>) -> Result<bool, String> {
        let Some(name) = item.path.strip_prefix("totem.interface.") else { return Ok(false) };
        if name == "linknumber" {
            if let Value::U8(number) = integer(item.path, item.value, Type::U8)? {
                self.number = number;
            }
            return Ok(true);
        }
        let Some(&(name, kind)) = KEYS.iter().find(|(key, _)| *key == name) else { return Ok(false) };
        let value = match kind {
            Type::String => Value::String(item.value.to_vec()),
            _ => integer(item.path, item.value, kind)?,
        };
        match value {
            // The reference keeps these as int, where they are negative and mean "not given".
            Value::U32(number) if i32::try_from(number).is_err() => self.values.remove(name),
            value => self.values.insert(name, value),
        };
        Ok(true)
    }

    /// Takes a key of a `member` section.
    pub(crate) fn take_member(&mut self, item: &Item<'_>) -> Result<(), String> {
        if item.key != "memberaddr" {
            return Err("Only memberaddr is allowed in member section".into());
        }
        self.members.push(item.value.to_vec());
        Ok(())
    }

    /// Sets the keys; members are numbered from the last to the first.
    pub(crate) fn finish(&mut self, map: &mut Map, mut note: impl FnMut(&str)) -> Result<(), String> {
        let prefix = format!("totem.interface.{}", self.number);
        for (name, _) in KEYS {
            if let Some(value) = self.values.get(name) {
                let key = format!("{prefix}.{name}");
                store(map, &key, value.clone())?;
                note(&key);
            }
        }
        for (number, address) in self.members.drain(..).rev().enumerate() {
            store(map, &format!("{prefix}.member.{number}"), Value::String(address))?;
        }
        Ok(())
    }
}
