//! corosync.conf, the files of uidgid.d, and what they become in the map, at the start and in a reload.

use core_config::{ProcessOptions, TotemConfig, parse, reload, set_read_only_keys};
use core_icmap::{KEY_MAX, Map, VALUE_MAX, valid_key};
use test_doubles::conf::{FakeOutside, GOOD, files, totem};

/// Everything as at a start; the configuration when it is a good one.
fn start(contents: &[u8]) -> (Map, Option<TotemConfig>) {
    let mut map = Map::new();
    set_read_only_keys(&mut map);
    let parsed = parse(&files(contents, b""), &FakeOutside, &mut map);
    if parsed.is_err() {
        return (map, None);
    }
    let _warnings = core_log::Logging::new().configure(&map);
    let _options = ProcessOptions::read(&map);
    let config = totem(&mut map);
    (map, config)
}

/// A corosync.conf: a start with it, and a reload with it of a host that runs with another.
pub fn main_file(input: &[u8]) {
    let (map, _) = start(input);
    let fits = |bytes: &[u8]| bytes.len() <= VALUE_MAX;
    assert!(map.iter("").all(|(key, value)| valid_key(key) && value.with_bytes(fits)), "keys of {KEY_MAX} bytes");
    let (mut map, running) = start(GOOD.as_bytes());
    let running = running.expect("a good configuration");
    let outcome = reload(&files(input, b""), &FakeOutside, &mut map, &running);
    assert!(outcome.result.is_ok() || !outcome.lines.is_empty(), "refused without a word");
    assert_ne!(map.u8("config.reload_in_progress"), Some(1), "a reload ends");
}

/// A file of uidgid.d.
pub fn uidgid(input: &[u8]) {
    let mut map = Map::new();
    let _any_verdict = parse(&files(GOOD.as_bytes(), input), &FakeOutside, &mut map);
}
