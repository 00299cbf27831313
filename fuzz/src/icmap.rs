//! The map against a plain sorted list of keys, types and bytes: what is in it, every change that it tells, what is
//! read-only, and how it is walked. The list knows the limits of `icmap.h` by itself.

use crate::records;
use core_icmap::{Change, Map, Value, Watch};
use std::collections::{BTreeMap, BTreeSet};

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
    /// Sets a key of `who` + 1 letters to `arg` times the first byte: binary, or text where that byte isn't 0.
    pub const LONG: u8 = 7;
    /// How many kinds there are.
    pub const COUNT: u8 = 8;
}

/// Key lengths, and the longest value, in bytes (`icmap.h`).
const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 3..=255;
const VALUE_LENGTH_MAX: usize = 16 << 10;
/// Numbers of types (`cmap_value_types_t`).
const STRING: u8 = 11;
const BINARY: u8 = 12;
/// An integer's or floating point number's bytes, by its type's number less one.
const WIDTHS: [usize; 10] = [1, 1, 2, 2, 4, 4, 8, 8, 4, 8];
/// How many of these are integers.
const INTEGERS: u8 = 8;

/// A value: its type's number and its bytes, a string's without its NUL.
type Plain = (u8, Vec<u8>);
/// A change: the key, what it was and what it is.
type PlainChange = (String, Option<Plain>, Option<Plain>);

fn plain(value: &Value) -> Plain {
    (value.kind() as u8, value.with_bytes(<[u8]>::to_vec))
}

/// What a client's bytes are, if they are a value.
fn from_client(number: u8, bytes: &[u8]) -> Option<Plain> {
    let bytes = if number == STRING { bytes.strip_suffix(&[0]).unwrap_or(bytes) } else { bytes };
    let fits = match number {
        1..=10 => bytes.len() == WIDTHS[usize::from(number) - 1],
        STRING => !bytes.contains(&0),
        BINARY => true,
        _ => false,
    };
    fits.then(|| (number, bytes.to_vec()))
}

fn is_key(name: &str) -> bool {
    KEY_LENGTHS.contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:".contains(c))
}

/// What the map must be like.
#[derive(Default)]
struct Model {
    values: BTreeMap<String, Plain>,
    read_only: BTreeSet<String>,
    read_only_prefixes: BTreeSet<String>,
    watch: Option<Watch>,
}

/// Runs a stream of steps.
pub fn run(input: &[u8]) {
    let (mut map, mut model) = (Map::new(), Model::default());
    for record in records::read(input) {
        let mut parts = record.bytes.splitn(2, |&byte| byte == 0);
        let key = String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
        let bytes = parts.next().unwrap_or_default();
        let changes = match record.kind % step::COUNT {
            step::SET => model.set(&mut map, &key, record.who, bytes),
            step::DELETE => {
                let changes = model.delete(&key);
                assert_eq!(map.delete(&key).is_ok(), !changes.is_empty());
                changes
            }
            step::ADJUST => model.adjust(&mut map, &key, record.arg as i16, false),
            step::FAST_ADJUST => model.adjust(&mut map, &key, record.arg as i16, true),
            step::DELETE_PREFIX => {
                map.delete_prefix(&key);
                let names: Vec<String> = model.values.keys().filter(|name| name.starts_with(&key)).cloned().collect();
                names.iter().flat_map(|name| model.delete(name)).collect()
            }
            step::WATCH => {
                model.watch = Some(Watch { key: key.clone(), prefix: record.who != 0 });
                map.watch(model.watch.iter().cloned().collect());
                Vec::new()
            }
            step::READ_ONLY => model.set_read_only(&mut map, &key, record.who % 2 == 1, record.arg == 0),
            _ => {
                let fill = record.bytes.first().copied().unwrap_or_default();
                let kind = if fill == 0 { BINARY } else { STRING };
                let long = "k".repeat(usize::from(record.who) + 1);
                model.set(&mut map, &long, kind, &vec![fill; record.arg.into()])
            }
        };
        let told = std::iter::from_fn(|| map.next_change())
            .map(|Change { key, old, new }| (key, old.as_ref().map(plain), new.as_ref().map(plain)));
        assert!(told.eq(changes), "each change is told, once, in order");
        model.compare(&map, &key);
    }
}

impl Model {
    fn set(&mut self, map: &mut Map, key: &str, number: u8, bytes: &[u8]) -> Vec<PlainChange> {
        let wanted = from_client(number, bytes).filter(|_| bytes.len() <= VALUE_LENGTH_MAX);
        let value = Value::from_client(number, bytes).ok();
        assert_eq!(value.as_ref().map(plain), wanted, "a client's bytes are that value");
        let (Some(value), Some(wanted)) = (value, wanted) else { return Vec::new() };
        assert_eq!(map.set(key, value).is_ok(), is_key(key));
        if !is_key(key) || self.values.get(key) == Some(&wanted) {
            return Vec::new();
        }
        let old = self.values.insert(key.to_owned(), wanted.clone());
        vec![(key.to_owned(), old, Some(wanted))]
    }

    fn delete(&mut self, key: &str) -> Vec<PlainChange> {
        self.values.remove(key).map(|old| (key.to_owned(), Some(old), None)).into_iter().collect()
    }

    /// A quick adjustment is told only where it is watched, and then without what was before.
    fn adjust(&mut self, map: &mut Map, key: &str, amount: i16, quick: bool) -> Vec<PlainChange> {
        let step = i32::from(amount);
        let done = if quick { map.fast_adjust(key, step) } else { map.adjust(key, step) };
        let old = self.values.get_mut(key).filter(|(number, _)| *number <= INTEGERS);
        assert_eq!(done.is_ok(), old.is_some(), "integers, and nothing else, are adjusted");
        let Some(value) = old else { return Vec::new() };
        let before = value.clone();
        let mut carry = i64::from(amount);
        for byte in &mut value.1 {
            carry += i64::from(*byte);
            (*byte, carry) = (carry as u8, carry >> 8);
        }
        let now = value.clone();
        let watched = self
            .watch
            .as_ref()
            .is_some_and(|watch| if watch.prefix { key.starts_with(&watch.key) } else { key == watch.key });
        match quick {
            true if watched => vec![(key.to_owned(), Some(now.clone()), Some(now))],
            false if before != now => vec![(key.to_owned(), Some(before), Some(now))],
            _ => Vec::new(),
        }
    }

    fn set_read_only(&mut self, map: &mut Map, key: &str, prefix: bool, on: bool) -> Vec<PlainChange> {
        map.set_read_only(key, prefix, on);
        let names = if prefix { &mut self.read_only_prefixes } else { &mut self.read_only };
        if on {
            names.insert(key.to_owned());
        } else {
            names.remove(key);
        }
        Vec::new()
    }

    /// The map as a whole, and below the prefix that a step named.
    fn compare(&self, map: &Map, prefix: &str) {
        let list = |prefix: &str| {
            let all = self.values.iter().filter(|(key, _)| key.starts_with(prefix));
            all.map(|(key, value)| (key.clone(), value.clone())).collect::<Vec<_>>()
        };
        let found = |(key, value): (&str, &Value)| (key.to_owned(), plain(value));
        for prefix in ["", prefix] {
            let wanted = list(prefix);
            assert!(map.iter(prefix).map(found).eq(wanted.iter().cloned()), "the keys that start with {prefix:?}");
            for (index, (key, value)) in wanted.iter().enumerate() {
                assert_eq!(map.get(key).map(plain).as_ref(), Some(value));
                assert_eq!(map.next_after(key, prefix).map(found).as_ref(), wanted.get(index + 1), "after {key}");
            }
        }
        for key in self.values.keys().map(String::as_str).chain([prefix]) {
            let prefixed = self.read_only_prefixes.iter().any(|start| key.starts_with(start));
            assert_eq!(map.is_read_only(key), prefixed || self.read_only.contains(key), "whether {key} is read-only");
        }
    }
}
