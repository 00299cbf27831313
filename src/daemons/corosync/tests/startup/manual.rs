//! cmap_keys(7) against a running daemon: each key that it makes is explained, with its type.

use crate::daemon::{Conf, Daemon};
use crate::machine::{alone, skipped};
use nix::sys::signal::Signal;
use std::path::Path;
use std::process::Command;

/// A tool of the reference, as distributions install it.
const CMAPCTL: &str = "/usr/sbin/corosync-cmapctl";
const PAGE: &str = include_str!("../../../../../man/cmap_keys.7");
/// The types that the tool shows.
const TYPES: [&str; 12] = ["i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "flt", "dbl", "str", "bin"];

/// A name on the page, and its type where the page says it.
struct Entry {
    pattern: String,
    kind: Option<&'static str>,
}

/// The page's entries. Keys that share a paragraph share the type that stands with the last one.
fn entries() -> Vec<Entry> {
    let page = PAGE.replace("\\-", "-");
    let lines: Vec<&str> = page.lines().collect();
    let mut found: Vec<Entry> = Vec::new();
    let mut group = 0;
    for pair in lines.windows(2) {
        let [".TP" | ".TQ", entry] = pair else { continue };
        if pair[0] == ".TP" {
            group = found.len();
        }
        let mut words = entry.split(' ').skip(1);
        found.push(Entry { pattern: words.next().unwrap_or_default().to_owned(), kind: None });
        let remark = entry.split_once('(').map(|(_, remark)| remark).unwrap_or_default();
        let kind = TYPES.into_iter().find(|kind| remark.split([',', ')']).next() == Some(kind));
        found[group..].iter_mut().for_each(|entry| entry.kind = kind.or(entry.kind));
    }
    found
}

impl Entry {
    /// Words in capitals, at the end of a part or all of it, stand for anything.
    fn explains(&self, key: &str) -> bool {
        let (mine, its) = (self.pattern.split('.'), key.split('.'));
        mine.clone().count() == its.clone().count()
            && mine.zip(its).all(|(mine, its)| match mine.find(|letter: char| letter.is_uppercase()) {
                Some(at) => its.len() > at && its.starts_with(&mine[..at]),
                None => mine == its,
            })
    }
}

fn listed(arguments: &[&str]) -> String {
    let mut command = Command::new(CMAPCTL);
    let output = command.env_remove("LD_LIBRARY_PATH").args(arguments).output().expect("the tool runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_key_is_explained() {
    alone("manual::every_key_is_explained", || {
        if !Path::new(CMAPCTL).exists() {
            return skipped("manual::every_key_is_explained", "corosync-cmapctl is not installed");
        }
        Conf { logging: "logger_subsys {\n subsys: CPG\n debug: off\n }", ..Conf::default() }.write();
        let daemon = Daemon::serving();
        let (state, statistics) = (listed(&[]), listed(&["-m", "stats"]));
        daemon.stop(Signal::SIGTERM).assert("asked", 0, "exiting normally");
        let entries = entries();
        let mut wrong = Vec::new();
        let keys: Vec<&str> = state.lines().chain(statistics.lines()).collect();
        assert!(keys.len() > 150, "{} keys only:\n{}", keys.len(), keys.join("\n"));
        for line in keys {
            let (key, rest) = line.split_once(" (").unwrap_or((line, ""));
            let kind = rest.split(')').next().unwrap_or_default();
            let about: Vec<&Entry> = entries.iter().filter(|entry| entry.explains(key)).collect();
            if about.is_empty() {
                wrong.push(format!("not in cmap_keys(7): {line}"));
            } else if about.iter().any(|entry| entry.kind.is_some_and(|said| said != kind)) {
                wrong.push(format!("cmap_keys(7) says another type: {line}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}
