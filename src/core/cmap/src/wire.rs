//! cmap's messages: client requests, replies and events (`ipc_cmap.h`), and what the daemons multicast
//! (`exec/cmap.c`), laid out as on x86-64. Names are NUL-terminated; their `length` only says whether there is one.

use core_types::mar::{MarName, RequestHeader, ResponseHeader};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The socket that clients connect to.
pub const SERVICE: &str = "cmap";

/// A client's requests (`req_cmap_types`).
pub mod request {
    /// [`super::SetRequest`], then the value.
    pub const SET: i32 = 0;
    /// [`super::KeyRequest`].
    pub const DELETE: i32 = 1;
    /// [`super::GetRequest`].
    pub const GET: i32 = 2;
    /// [`super::AdjustRequest`].
    pub const ADJUST: i32 = 3;
    /// [`super::KeyRequest`]: a prefix, or length 0 for all keys.
    pub const ITER_INIT: i32 = 4;
    /// [`super::HandleRequest`].
    pub const ITER_NEXT: i32 = 5;
    /// [`super::HandleRequest`].
    pub const ITER_FINALIZE: i32 = 6;
    /// [`super::TrackRequest`].
    pub const TRACK_ADD: i32 = 7;
    /// [`super::HandleRequest`].
    pub const TRACK_DELETE: i32 = 8;
    /// [`super::SetMapRequest`].
    pub const SET_MAP: i32 = 9;
}

/// Replies and events (`res_cmap_types`); up to [`TRACK_DELETE`](request::TRACK_DELETE) replies are numbered as
/// their requests.
pub mod response {
    /// The event [`super::NotifyEvent`], then the new value and the old one.
    pub const NOTIFY: i32 = 9;
    /// The reply to [`super::request::SET_MAP`].
    pub const SET_MAP: i32 = 10;
}

/// What a tracker wants to be told (`CMAP_TRACK_*`), and what an event tells.
pub mod track {
    /// A key was deleted.
    pub const DELETE: i32 = 1;
    /// A key's value changed.
    pub const MODIFY: i32 = 2;
    /// A new key.
    pub const ADD: i32 = 4;
    /// All keys that start with the given name.
    pub const PREFIX: i32 = 8;
}

/// Which map a connection works on (`cmap_map_t`).
pub mod map {
    /// The configuration map.
    pub const ICMAP: i32 = 0;
    /// Statistics.
    pub const STATS: i32 = 1;
}

/// Sets a key; `value_len` bytes of value follow.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct SetRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The key.
    pub key: MarName,
    /// Length of the value, in bytes; a string's may leave its NUL out.
    pub value_len: u64,
    /// The value's type (`cmap_value_types_t`).
    pub kind: u8,
    /// Unused.
    pub pad: [u8; 7],
}

/// A request that names a key or a prefix.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct KeyRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The key.
    pub key: MarName,
}

/// Asks for a key's value.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct GetRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The key.
    pub key: MarName,
    /// Room for the value, in bytes; 0 asks for type and length only.
    pub value_len: u64,
}

/// The reply to a get; the value follows unless only its length was asked for.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct GetResponse {
    /// Common header.
    pub header: ResponseHeader,
    /// Length of the value, in bytes, a string's with its NUL.
    pub value_len: u64,
    /// The value's type.
    pub kind: u8,
    /// Unused.
    pub pad: [u8; 7],
}

/// Adds to an integer key.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct AdjustRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The key.
    pub key: MarName,
    /// What to add.
    pub step: i32,
    /// Unused.
    pub pad: u32,
}

/// A request about an iterator or a tracker.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct HandleRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The daemon's handle of it.
    pub handle: u64,
}

/// A reply that tells a handle: the daemon's of a new iterator or tracker, the client's of a deleted tracker.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct HandleResponse {
    /// Common header.
    pub header: ResponseHeader,
    /// The handle; 0 after an error.
    pub handle: u64,
}

/// The next key of an iteration.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct IterNextResponse {
    /// Common header.
    pub header: ResponseHeader,
    /// The key; not NUL-terminated when 256 bytes long.
    pub key: MarName,
    /// Length of its value, in bytes.
    pub value_len: u64,
    /// Its value's type.
    pub kind: u8,
    /// Unused.
    pub pad: [u8; 7],
}

/// Adds a tracker.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct TrackRequest {
    /// Common header.
    pub header: RequestHeader,
    /// The key or prefix; length 0 for all keys.
    pub key: MarName,
    /// What to tell: bits of [`track`].
    pub track_type: i32,
    /// Unused.
    pub pad: u32,
    /// The client's own handle of the tracker, which its events carry.
    pub instance: u64,
}

/// Tells a tracker of a change; the new value and then the old one follow.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct NotifyEvent {
    /// Common header.
    pub header: ResponseHeader,
    /// The client's own handle of the tracker.
    pub instance: u64,
    /// The key that changed.
    pub key: MarName,
    /// What happened: one bit of [`track`].
    pub event: i32,
    /// Unused.
    pub pad0: u32,
    /// The new value's type; 0 for none.
    pub new_kind: u8,
    /// Unused.
    pub pad1: [u8; 7],
    /// The old value's type; 0 for none.
    pub old_kind: u8,
    /// Unused.
    pub pad2: [u8; 7],
    /// Length of the new value, in bytes.
    pub new_len: u64,
    /// Length of the old value, in bytes.
    pub old_len: u64,
}

/// Chooses the map that a connection works on.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct SetMapRequest {
    /// Common header.
    pub header: RequestHeader,
    /// One of [`map`].
    pub map: i32,
    /// Unused.
    pub pad: u32,
}

/// The number of the one message that daemons multicast to each other (`MESSAGE_REQ_EXEC_CMAP_MCAST`).
pub const MULTICAST: u16 = 0;

/// Why values are multicast (`cmap_mcast_reason`).
pub mod reason {
    /// A sync.
    pub const SYNC: u8 = 0;
    /// `totem.config_version` changed.
    pub const NEW_CONFIG_VERSION: u8 = 1;
}

/// How a multicast starts, after its header; `items` [`Item`]s with their values follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Multicast {
    /// One of [`reason`].
    pub reason: u8,
    /// Unused.
    pub pad0: [u8; 7],
    /// How many items follow.
    pub items: u8,
    /// Unused.
    pub pad1: [u8; 7],
    /// Unused.
    pub reserved1: u8,
    /// Unused.
    pub pad2: [u8; 7],
    /// Unused.
    pub reserved2: u8,
    /// Unused.
    pub pad3: [u8; 7],
}

/// A key in a multicast; its value follows, filled up to a multiple of 8 bytes.
#[derive(Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C, align(8))]
pub struct Item {
    /// The key.
    pub key: MarName,
    /// Its type; 0 when the sender has no such key.
    pub kind: u8,
    /// Unused.
    pub pad: [u8; 7],
    /// Length of its value, in bytes.
    pub value_len: u64,
}

/// A name's bytes up to its NUL, as the reference reads it: whatever `length` says.
pub fn terminated(name: &MarName) -> &[u8] {
    let end = name.value.iter().position(|&byte| byte == 0).unwrap_or(name.value.len());
    &name.value[..end]
}

/// The number in an item for `key` of type `u64`, of a multicast without its header: `Some(0)` when the sender says
/// it has none or it has another type, `None` when there is no such item or the message lies about its lengths.
pub fn number_in(message: &[u8], key: &str, swapped: bool) -> Option<u64> {
    let (head, mut rest) = Multicast::read_from_prefix(message).ok()?;
    for _ in 0..head.items {
        let (mut item, values) = Item::read_from_prefix(rest).ok()?;
        if swapped {
            item.key.length = item.key.length.swap_bytes();
            item.value_len = item.value_len.swap_bytes();
        }
        let value_len = usize::try_from(item.value_len).ok()?;
        let value = values.get(..value_len)?;
        if item.key.get() == Some(key.as_bytes()) {
            let number = match value.try_into() {
                Ok(bytes) if item.kind == core_icmap::Type::U64 as u8 => u64::from_ne_bytes(bytes),
                _ => 0,
            };
            return Some(if swapped { number.swap_bytes() } else { number });
        }
        // the sender may leave the last item's filling out
        rest = values.get(value_len.checked_next_multiple_of(8)?..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_are_the_headers() {
        assert_eq!(size_of::<SetRequest>(), 296);
        assert_eq!(size_of::<KeyRequest>(), 280);
        assert_eq!(size_of::<GetRequest>(), 288);
        assert_eq!(size_of::<GetResponse>(), 40);
        assert_eq!(size_of::<AdjustRequest>(), 288);
        assert_eq!(size_of::<HandleRequest>(), 24);
        assert_eq!(size_of::<HandleResponse>(), 32);
        assert_eq!(size_of::<IterNextResponse>(), 304);
        assert_eq!(size_of::<TrackRequest>(), 296);
        assert_eq!(size_of::<NotifyEvent>(), 336);
        assert_eq!(std::mem::offset_of!(NotifyEvent, event), 296);
        assert_eq!(size_of::<SetMapRequest>(), 24);
        assert_eq!(size_of::<RequestHeader>() + size_of::<Multicast>(), 48);
        assert_eq!(size_of::<Item>(), 280);
    }

    fn message(items: &[(&str, u8, &[u8])]) -> Vec<u8> {
        let mut message = Multicast { items: items.len() as u8, ..Default::default() }.as_bytes().to_vec();
        for &(key, kind, value) in items {
            let key = MarName::new(key.as_bytes()).unwrap();
            message.extend_from_slice(Item { key, kind, pad: [0; 7], value_len: value.len() as u64 }.as_bytes());
            message.extend_from_slice(value);
            message.resize(message.len().next_multiple_of(8), 0);
        }
        message
    }

    #[test]
    fn a_number_is_found_behind_other_items() {
        let good = message(&[("abc", 12, b"xyz"), ("totem.config_version", 8, &7u64.to_ne_bytes())]);
        assert_eq!(number_in(&good, "totem.config_version", false), Some(7));
        assert_eq!(number_in(&good, "abc", false), Some(0));
        assert_eq!(number_in(&good, "abd", false), None);
        assert_eq!(number_in(&message(&[("abc", 0, b"")]), "abc", false), Some(0));
    }

    #[test]
    fn the_other_byte_order_is_understood() {
        let mut foreign = message(&[("abc", 8, &7u64.swap_bytes().to_ne_bytes())]);
        let item = size_of::<Multicast>();
        foreign[item..item + 2].reverse();
        foreign[item + 272..item + 280].reverse();
        assert_eq!(number_in(&foreign, "abc", true), Some(7));
    }

    #[test]
    fn lying_lengths_find_nothing() {
        let good = message(&[("abc", 8, &7u64.to_ne_bytes())]);
        for cut in 0..good.len() {
            assert_eq!(number_in(&good[..cut], "abc", false), None);
        }
        for lie in [9, 1 << 31, u64::MAX - 6, u64::MAX] {
            let mut bad = good.clone();
            let at = size_of::<Multicast>() + 272;
            bad[at..at + 8].copy_from_slice(&lie.to_ne_bytes());
            assert_eq!(number_in(&bad, "abc", false), None);
            assert_eq!(number_in(&bad, "abd", false), None);
        }
    }
}
