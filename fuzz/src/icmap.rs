//! The map against a plain sorted list.

use crate::records;
use core_icmap::{Map, VALUE_MAX, Value, Watch, valid_key};
use std::collections::BTreeMap;

/// The steps' numbers. The key is the bytes up to the first NUL, the value what follows it.
pub mod step {
    /// Sets a key to a value of type `who`.
    pub const SET: u8 = 0;
    /// Deletes a key.
    pub const DELETE: u8 = 1;
    /// Adds `arg`, a signed number, to a key.
    pub const ADJUST: u8 = 2;
    /// The same in place.
    pub const FAST_ADJUST: u8 = 3;
    /// Deletes the keys with a prefix.
    pub const DELETE_PREFIX: u8 = 4;
    /// Watches a key, or a prefix when `who` is not 0.
    pub const WATCH: u8 = 5;
    /// Makes a key read-only, or a prefix (`who` odd), or no longer (`arg` not 0).
    pub const READ_ONLY: u8 = 6;
    /// How many kinds there are.
    pub const COUNT: u8 = 7;
}

/// What changes must add up to.
#[derive(Default)]
struct Model {
    values: BTreeMap<String, Value>,
    told: BTreeMap<String, Value>,
    watches: Vec<Watch>,
}

/// Runs a stream of steps.
pub fn run(input: &[u8]) {
    let (mut map, mut model) = (Map::new(), Model::default());
    for record in records::read(input) {
        let mut parts = record.bytes.splitn(2, |&byte| byte == 0);
        let key = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let value = Value::from_client(record.who, parts.next().unwrap_or_default());
        let amount = i32::from(record.arg as i16);
        match record.kind % step::COUNT {
            step::SET => {
                let Ok(value) = value else { continue };
                let fits = value.with_bytes(|bytes| bytes.len() <= VALUE_MAX) && valid_key(&key);
                assert_eq!(map.set(&key, value.clone()).is_ok(), fits);
                if fits {
                    model.values.insert(key, value);
                }
            }
            step::DELETE => assert_eq!(map.delete(&key).is_ok(), model.values.remove(&key).is_some()),
            step::ADJUST => model.adjusted(&key, amount, map.adjust(&key, amount).is_ok(), false),
            step::FAST_ADJUST => model.adjusted(&key, amount, map.fast_adjust(&key, amount).is_ok(), true),
            step::DELETE_PREFIX => {
                map.delete_prefix(&key);
                model.values.retain(|name, _| !name.starts_with(&key));
            }
            step::WATCH => {
                model.watches = vec![Watch { key, prefix: record.who != 0 }];
                map.watch(model.watches.clone());
            }
            _ => {
                let (prefix, on) = (record.who % 2 == 1, record.arg == 0);
                map.set_read_only(&key, prefix, on);
                assert!(!on || map.is_read_only(&key));
            }
        }
        model.take_changes(&mut map);
        model.compare(&map);
    }
}

impl Model {
    fn adjusted(&mut self, key: &str, amount: i32, done: bool, quietly: bool) {
        let number = self.values.get(key).and_then(integer);
        assert_eq!(done, number.is_some(), "integers, and nothing else, are adjusted");
        let Some((number, width)) = number else { return };
        let sum = number.wrapping_add(i64::from(amount) as u64).to_le_bytes();
        let kind = self.values[key].kind();
        let value = Value::from_bytes(kind, &sum[..width]).expect("an integer of that width");
        if quietly && !self.watches.iter().any(|watch| watch.covers(key)) {
            self.told.insert(key.to_owned(), value.clone());
        }
        self.values.insert(key.to_owned(), value);
    }

    /// Who follows the changes knows the map.
    fn take_changes(&mut self, map: &mut Map) {
        while let Some(change) = map.next_change() {
            let before = match &change.new {
                Some(value) => self.told.insert(change.key.clone(), value.clone()),
                None => self.told.remove(&change.key),
            };
            assert!(change.old == before || change.old == change.new, "what {} was before", change.key);
        }
    }

    fn compare(&self, map: &Map) {
        assert!(map.iter("").eq(self.values.iter().map(|(key, value)| (key.as_str(), value))));
        assert_eq!(self.told, self.values, "changes add up to the map");
    }
}

/// An integer's bits, and its width in bytes.
fn integer(value: &Value) -> Option<(u64, usize)> {
    let width = match value {
        Value::I8(_) | Value::U8(_) => 1,
        Value::I16(_) | Value::U16(_) => 2,
        Value::I32(_) | Value::U32(_) => 4,
        Value::I64(_) | Value::U64(_) => 8,
        _ => return None,
    };
    let mut bits = [0; 8];
    value.with_bytes(|bytes| bits[..width].copy_from_slice(bytes));
    Some((u64::from_le_bytes(bits), width))
}
