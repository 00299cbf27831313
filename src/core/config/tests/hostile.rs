//! Whatever the files hold, nothing panics, and a reload of anything leaves a usable state.

use core_config::{TotemConfig, parse, reload};
use core_icmap::Map;
use proptest::prelude::*;
use test_doubles::conf::{FakeOutside, GOOD, files, totem};

/// Start-up as far as it goes.
fn start(contents: &[u8]) -> (Map, Option<TotemConfig>) {
    let mut map = Map::new();
    let parsed = parse(&files(contents, b""), &FakeOutside, &mut map);
    let config = parsed.ok().and_then(|_| totem(&mut map));
    (map, config)
}

fn check(contents: &[u8]) {
    let _any_verdict = parse(&files(contents, contents), &FakeOutside, &mut Map::new());
    start(contents);
    let (mut map, running) = start(GOOD.as_bytes());
    let running = running.expect("a good configuration");
    let outcome = reload(&files(contents, b""), &FakeOutside, &mut map, &running);
    assert!(outcome.result.is_ok() || !outcome.lines.is_empty(), "refused without a word");
    if map.u8("config.reload_in_progress").is_some() {
        assert_eq!(map.u8("config.reload_in_progress"), Some(0));
    }
}

#[test]
fn a_reload_takes_what_may_change_and_says_what_may_not() {
    let (mut map, running) = start(GOOD.as_bytes());
    let running = running.unwrap();
    let changed = GOOD.replace("cluster_name: c", "cluster_name: d\ntoken: 5000\ntransport: udpu");
    let outcome = reload(&files(changed.as_bytes(), b""), &FakeOutside, &mut map, &running);
    assert_eq!(outcome.result.unwrap().timers.token, 5000);
    assert_eq!(map.u32("runtime.config.totem.token"), Some(5000));
    assert_eq!(map.text("totem.cluster_name"), Some("c"));
    assert_eq!(map.text("totem.transport"), None);
    let refused: Vec<&str> =
        outcome.lines.iter().map(|(_, _, line)| line.as_str()).filter(|l| l.contains("cannot")).collect();
    let words = |key| format!("Modified entry '{key}' in corosync.conf cannot be changed at run-time");
    assert_eq!(refused, [words("totem.transport"), words("totem.cluster_name")]);
}

#[test]
fn a_reload_that_moves_a_node_is_refused() {
    let (mut map, running) = start(GOOD.as_bytes());
    let moved = GOOD.replace("127.0.0.2", "127.0.0.3");
    let outcome = reload(&files(moved.as_bytes(), b""), &FakeOutside, &mut map, &running.unwrap());
    assert!(outcome.result.is_err());
    assert!(outcome.lines.iter().any(|(_, _, line)| line.contains("(addr changed from 127.0.0.2 to 127.0.0.3)")));
    assert_eq!(map.text("nodelist.node.1.ring0_addr"), Some("127.0.0.2"));
}

proptest! {
    #[test]
    fn byte_soup_is_only_refused(contents in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&contents);
    }

    #[test]
    fn language_soup_is_only_refused(words in proptest::collection::vec(
        prop::sample::select(vec!["totem", "interface", "{", "}", ":", "\n", "\n", " ", "nodelist", "node", "0", "nodeid", "7",
            "ring0_addr", "ring9_addr", "127.0.0.1", "::1", "-1", "4294967295", "logging", "logger_subsys", "subsys", "member",
            "memberaddr", "token", "version", "2", "transport", "udp", "udpu", "crypto_hash", "md5", "\0", "\r", "."]), 0..200)) {
        check(words.concat().as_bytes());
    }

    #[test]
    fn a_good_file_with_changed_bytes_is_handled(changes in proptest::collection::vec((0..GOOD.len(), any::<u8>()), 1..8)) {
        let mut contents = GOOD.as_bytes().to_vec();
        for (at, byte) in changes {
            contents[at] = byte;
        }
        check(&contents);
    }
}
