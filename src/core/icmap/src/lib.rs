//! The configuration map: typed keys under dotted names, from which all of corosync reads its settings and
//! in which it publishes its state.
//!
//! Counterpart: `exec/icmap.c` (3.1.7). Where that calls trackers back in the middle of a change, this queues
//! a [`Change`]; the engine hands the queue out after each event, so no service is entered while another
//! one runs. Who is told of a change is not known here.
#![forbid(unsafe_code)]

mod value;

pub use value::{Type, Value};

use core_types::CsError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Longest key, in bytes (`ICMAP_KEYNAME_MAXLEN`).
pub const KEY_MAX: usize = 255;
/// Shortest key, in bytes (`ICMAP_KEYNAME_MINLEN`).
pub const KEY_MIN: usize = 3;
/// Longest value, in bytes; a string's NUL may come on top of it (`ICMAP_MAX_VALUE_LEN`).
pub const VALUE_MAX: usize = 16 * 1024;

/// One change of one key. `old` is `None` for a new key, `new` for a deleted one. Both are the same value when
/// [`Map::fast_adjust`] changed it in place: the value before is not known then.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The key that changed.
    pub key: String,
    /// Its value before.
    pub old: Option<Value>,
    /// Its value now.
    pub new: Option<Value>,
}

/// The map. Iteration is in the byte order of the keys.
#[derive(Clone, Debug, Default)]
pub struct Map {
    values: BTreeMap<String, Value>,
    read_only: BTreeSet<String>,
    read_only_prefixes: BTreeSet<String>,
    changes: VecDeque<Change>,
    watches: Vec<Watch>,
}

/// A key, or all keys that start with it, whose fast adjustments somebody wants to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// The key or prefix.
    pub key: String,
    /// Whether it is a prefix.
    pub prefix: bool,
}

impl Watch {
    /// Whether a key is watched.
    pub fn covers(&self, key: &str) -> bool {
        if self.prefix { key.starts_with(&self.key) } else { key == self.key }
    }
}

/// Whether a key may be named so (`icmap_check_key_name`): 3 to 255 of `a-zA-Z0-9._-/:`.
pub fn valid_key(key: &str) -> bool {
    (KEY_MIN..=KEY_MAX).contains(&key.len()) && key.bytes().all(valid_byte)
}

fn valid_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/:".contains(&byte)
}

/// A name made fit to be part of a key: every other byte becomes `_` (`icmap_convert_name_to_valid_name`).
pub fn to_valid_key(name: &str) -> String {
    name.bytes().map(|byte| if valid_byte(byte) { byte as char } else { '_' }).collect()
}

impl Map {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a key; nobody is told when the value stays the same (type included). `CS_ERR_INVALID_PARAM` for a
    /// value that is too long; `CS_ERR_NAME_TOO_LONG` for a name that no key can have, as the reference says it.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> Result<(), CsError> {
        let value = value.into();
        if value.with_bytes(<[u8]>::len) > VALUE_MAX {
            return Err(CsError::InvalidParam);
        }
        if !valid_key(key) {
            return Err(CsError::NameTooLong);
        }
        let old = match self.values.get_mut(key) {
            Some(old) if *old == value => return Ok(()),
            Some(old) => Some(std::mem::replace(old, value.clone())),
            None => {
                self.values.insert(key.to_owned(), value.clone());
                None
            }
        };
        self.changes.push_back(Change { key: key.to_owned(), old, new: Some(value) });
        Ok(())
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// The text of a string key; `None` when the key is missing, of another type or not UTF-8.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::String(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// The value of a `u8` key.
    pub fn u8(&self, key: &str) -> Option<u8> {
        match self.get(key)? {
            Value::U8(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a `u16` key.
    pub fn u16(&self, key: &str) -> Option<u16> {
        match self.get(key)? {
            Value::U16(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a `u32` key.
    pub fn u32(&self, key: &str) -> Option<u32> {
        match self.get(key)? {
            Value::U32(number) => Some(*number),
            _ => None,
        }
    }

    /// The value of a `u64` key.
    pub fn u64(&self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::U64(number) => Some(*number),
            _ => None,
        }
    }

    /// Removes a key. `CS_ERR_NOT_EXIST` when there is none.
    pub fn delete(&mut self, key: &str) -> Result<(), CsError> {
        let old = self.values.remove(key).ok_or(CsError::NotExist)?;
        self.changes.push_back(Change { key: key.to_owned(), old: Some(old), new: None });
        Ok(())
    }

    /// Removes every key that starts with `prefix`.
    pub fn delete_prefix(&mut self, prefix: &str) {
        let keys: Vec<String> = self.iter(prefix).map(|(key, _)| key.to_owned()).collect();
        for key in keys {
            let _removed = self.delete(&key);
        }
    }

    /// Puts `value` (or nothing) in a key's place, tells nobody, and gives what was there: for a look at the map as it
    /// was a moment ago. To be undone the same way.
    pub fn replace_quietly(&mut self, key: &str, value: Option<Value>) -> Option<Value> {
        match value {
            Some(value) => self.values.insert(key.to_owned(), value),
            None => self.values.remove(key),
        }
    }

    /// Adds `step` to an integer key, wrapping as C does (`icmap_adjust_int`). `CS_ERR_INVALID_PARAM` when the
    /// key is no integer.
    pub fn adjust(&mut self, key: &str, step: i32) -> Result<(), CsError> {
        let value = self.get(key).ok_or(CsError::NotExist)?;
        let adjusted = value.adjusted(step).ok_or(CsError::InvalidParam)?;
        self.set(key, adjusted)
    }

    /// Adds `step` to an integer key in place, for counters that change often (`icmap_fast_adjust_int`). Allocates
    /// nothing, and tells of the change only where it is watched.
    pub fn fast_adjust(&mut self, key: &str, step: i32) -> Result<(), CsError> {
        let value = self.values.get_mut(key).ok_or(CsError::NotExist)?;
        *value = value.adjusted(step).ok_or(CsError::InvalidParam)?;
        if self.watches.iter().any(|watch| watch.covers(key)) {
            let now = Some(value.clone());
            self.changes.push_back(Change { key: key.to_owned(), old: now.clone(), new: now });
        }
        Ok(())
    }

    /// Says which keys' fast adjustments are to be told of, in place of those said before.
    pub fn watch(&mut self, watches: Vec<Watch>) {
        self.watches = watches;
    }

    /// The keys that start with `prefix` (all of them when it is empty), in order.
    pub fn iter<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> + 'a {
        self.values
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.as_str(), value))
    }

    /// The first key after `key` that starts with `prefix`; for iterations that outlive changes.
    pub fn next_after(&self, key: &str, prefix: &str) -> Option<(&str, &Value)> {
        self.values
            .range::<str, _>((std::ops::Bound::Excluded(key), std::ops::Bound::Unbounded))
            .next()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.as_str(), value))
    }

    /// Makes a key (or all keys with that prefix) read-only for clients, or writable again
    /// (`icmap_set_ro_access`). The daemon itself may always write.
    pub fn set_read_only(&mut self, name: &str, prefix: bool, read_only: bool) {
        let names = if prefix { &mut self.read_only_prefixes } else { &mut self.read_only };
        if read_only {
            names.insert(name.to_owned());
        } else {
            names.remove(name);
        }
    }

    /// Whether clients may not write this key.
    pub fn is_read_only(&self, key: &str) -> bool {
        self.read_only.contains(key) || self.read_only_prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }

    /// The oldest change that nobody has been told of yet.
    pub fn next_change(&mut self) -> Option<Change> {
        self.changes.pop_front()
    }

    /// The changes that nobody has been told of yet, oldest first.
    pub fn pending(&self) -> impl ExactSizeIterator<Item = &Change> {
        self.changes.iter()
    }

    /// Forgets the changes made so far: start-up sets many keys before anybody listens.
    pub fn discard_changes(&mut self) {
        self.changes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_type_and_tells_its_changes_once() {
        let mut map = Map::new();
        map.set("totem.token", 1000u32).unwrap();
        map.set("totem.token", 1000u32).unwrap();
        map.set("totem.token", "1000").unwrap();
        assert_eq!(map.u32("totem.token"), None);
        assert_eq!(map.text("totem.token"), Some("1000"));
        let first = map.next_change().unwrap();
        assert_eq!((first.old, first.new), (None, Some(Value::U32(1000))));
        assert_eq!(map.next_change().unwrap().old, Some(Value::U32(1000)));
        assert_eq!(map.next_change(), None);
    }

    #[test]
    fn a_look_back_is_told_to_nobody() {
        let mut map = Map::new();
        map.set("abc", 1u8).unwrap();
        map.delete("abc").unwrap();
        map.discard_changes();
        assert_eq!(map.replace_quietly("abc", Some(Value::U8(1))), None);
        assert_eq!(map.u8("abc"), Some(1));
        assert_eq!(map.replace_quietly("abc", None), Some(Value::U8(1)));
        assert!(map.get("abc").is_none() && map.next_change().is_none());
    }

    #[test]
    fn names_are_checked_as_the_reference_checks_them() {
        assert!(valid_key("a.b") && valid_key("runtime.members.1.ip") && valid_key("A-/:_9"));
        assert!(!valid_key("ab") && !valid_key("a b") && !valid_key(&"k".repeat(256)));
        assert_eq!(to_valid_key("lo0 @x"), "lo0__x");
    }

    #[test]
    fn prefixes_bound_iteration_and_access() {
        let mut map = Map::new();
        for key in ["aaa.1", "aab.1", "aab.2", "aac.1"] {
            map.set(key, 1u8).unwrap();
        }
        assert_eq!(map.iter("aab.").map(|(key, _)| key).collect::<Vec<_>>(), ["aab.1", "aab.2"]);
        assert_eq!(map.next_after("aab.1", "aab.").unwrap().0, "aab.2");
        assert!(map.next_after("aab.2", "aab.").is_none());
        map.set_read_only("aab.", true, true);
        assert!(map.is_read_only("aab.2") && !map.is_read_only("aac.1"));
        map.delete_prefix("aab.");
        assert_eq!(map.iter("").count(), 2);
    }

    #[test]
    fn values_have_a_longest_length_which_is_checked_before_the_name() {
        let mut map = Map::new();
        assert_eq!(map.set("abc", Value::Binary(vec![0; VALUE_MAX])), Ok(()));
        assert_eq!(map.set("a", Value::Binary(vec![0; VALUE_MAX + 1])), Err(CsError::InvalidParam));
        assert_eq!(map.set("a", 1u8), Err(CsError::NameTooLong));
    }

    #[test]
    fn equal_means_equal_bytes() {
        let mut map = Map::new();
        map.set("abc", f64::NAN).unwrap();
        map.set("abc", f64::NAN).unwrap();
        map.set("abd", 0.0f32).unwrap();
        map.set("abd", -0.0f32).unwrap();
        let told: Vec<String> = std::iter::from_fn(|| map.next_change()).map(|change| change.key).collect();
        assert_eq!(told, ["abc", "abd", "abd"]);
    }

    #[test]
    fn fast_adjustments_are_told_only_where_watched() {
        let mut map = Map::new();
        map.set("runtime.tx", 1u64).unwrap();
        map.discard_changes();
        map.fast_adjust("runtime.tx", 1).unwrap();
        assert_eq!(map.next_change(), None);
        map.watch(vec![Watch { key: "runtime.".into(), prefix: true }, Watch { key: "other".into(), prefix: false }]);
        map.fast_adjust("runtime.tx", 0).unwrap();
        let change = map.next_change().unwrap();
        assert_eq!((change.old, change.new), (Some(Value::U64(2)), Some(Value::U64(2))));
        assert_eq!(map.fast_adjust("nil", 1), Err(CsError::NotExist));
        map.set("abc", "x").unwrap();
        assert_eq!(map.fast_adjust("abc", 1), Err(CsError::InvalidParam));
    }

    #[test]
    fn adjusting_wraps_and_refuses_text() {
        let mut map = Map::new();
        map.set("abc", 255u8).unwrap();
        map.adjust("abc", 2).unwrap();
        assert_eq!(map.u8("abc"), Some(1));
        map.set("abd", "x").unwrap();
        assert_eq!(map.adjust("abd", 1), Err(CsError::InvalidParam));
        assert_eq!(map.adjust("nil", 1), Err(CsError::NotExist));
    }
}
