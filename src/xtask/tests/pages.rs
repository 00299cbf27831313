//! corosync.conf(5), votequorum(5) and cmap_keys(7) against the sources that read and make the keys.
//!
//! That a running daemon makes no key that the page leaves out is a test of the daemon's.

use core_cmap::stats::{
    IpcsConnStats, IpcsGlobalStats, KnetHandleStats, KnetLinkStats, PgStats, SchedmissStats, SrpStats,
};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words in the parser's sources that are values, sections, parts of messages or keys that the daemon makes.
const NOT_KEYS: &str = "aes128 aes192 aes256 auto compression crypto daemon hires ipv4 ipv6 logging md5 native no none off on \
    sha1 sha256 sha384 sha512 shm socket system totem trace uidgid yes nodelist quorum resources interface \
    logger_subsys logging_daemon node process local_node_pos";
/// On the page only: sections' names, keys that the monitor reads from the map, and nozzle's, which nobody reads.
const PAGE_ONLY: [&str; 10] =
    ["max", "recovery", "member", "device", "system", "ipaddr", "ipprefix", "macaddr", "memory_used", "load_15min"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("xtask is two folders below the project's")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The names of a page's paragraphs, up to the old keys and the missing ones.
fn entries(page: &str) -> Vec<String> {
    let page = text(page).replace("\\-", "-");
    let page = page.split(".SH OLD KEYS").next().unwrap_or_default();
    let lines: Vec<&str> = page.lines().collect();
    let named = lines.windows(2).filter(|pair| [".TP", ".TQ"].contains(&pair[0]));
    named.filter_map(|pair| Some(pair[1].split_once(' ')?.1.split(" \"").next()?.to_owned())).collect()
}

/// The string literals of a source file, its tests and comments left out.
fn literals(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// All Rust sources below a folder.
fn sources(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for path in entries.flatten().map(|entry| entry.path()) {
            match path.extension() {
                None if path.is_dir() => folders.push(path),
                Some(extension) if extension == "rs" => found.push(path),
                _ => {}
            }
        }
    }
    found
}

fn is_name(text: &str) -> bool {
    text.len() > 1 && text.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

/// The last parts of keys that the parser and the readers of the configuration name.
fn configured() -> BTreeSet<String> {
    let sections = ["totem", "quorum", "logging", "nodelist", "system", "resources", "uidgid"];
    let mut files = sources("src/core/config/src");
    let readers = ["log/src/config.rs", "votequorum/src/config.rs", "monitor/src/wd.rs"];
    files.extend(readers.map(|path| root().join("src/core").join(path)));
    let (mut keys, mut others) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        let whole =
            ["items.rs", "interface.rs", "timers.rs", "log/src/config.rs"].iter().any(|name| file.ends_with(name));
        for literal in literals(&std::fs::read_to_string(&file).expect("a source")) {
            let path = literal.split_once('.').is_some_and(|(section, _)| sections.contains(&section));
            let last = literal.rsplit('.').next().unwrap_or_default();
            if (path || whole && (literal.starts_with('{') || !literal.contains('.'))) && is_name(last) {
                let names = if NOT_KEYS.split(' ').any(|word| word == last) { &mut others } else { &mut keys };
                names.insert(last.to_owned());
            }
        }
    }
    let stale: Vec<_> = NOT_KEYS.split(' ').filter(|word| !others.contains(*word)).collect();
    assert!(stale.is_empty(), "nobody says these any more: {stale:?}");
    keys
}

#[test]
fn every_key_of_the_configuration_is_on_its_page() {
    let words = |entry: &str| entry.split([' ', ',', '{', '}']).map(str::to_owned).collect::<Vec<_>>();
    let mut page: BTreeSet<String> = entries("man/corosync.conf.5").iter().flat_map(|entry| words(entry)).collect();
    page.extend(entries("man/votequorum.5"));
    let old = text("man/corosync.conf.5");
    let old = old.split(".SH OLD KEYS").nth(1).and_then(|rest| rest.split(".SH").next()).expect("OLD KEYS");
    page.extend(old.split("\\fI").skip(1).filter_map(|rest| Some(rest.split_once("\\fP")?.0.to_owned())));
    let known = configured();
    let unexplained: Vec<_> = known.iter().filter(|key| !page.contains(*key)).collect();
    assert!(unexplained.is_empty(), "read, but not in corosync.conf(5): {unexplained:?}");
    let made_up: Vec<_> =
        page.iter().filter(|key| is_name(key) && !known.contains(*key) && !PAGE_ONLY.contains(&key.as_str())).collect();
    assert!(made_up.is_empty(), "in corosync.conf(5), but nobody reads it: {made_up:?}");
}

/// Whether two names can be the same: `{...}` in sources, several parts long at the end, and capitals on the page stand
/// for anything.
fn meet(page: &str, source: &str) -> bool {
    let (mut page, source): (Vec<_>, Vec<_>) = (page.split('.').collect(), source.split('.').collect());
    let open = |part: &str| part.contains('{') || part.contains(|letter: char| letter.is_uppercase());
    if source.last().is_some_and(|last| last.starts_with('{')) {
        page.truncate(source.len());
    }
    page.len() == source.len() && page.iter().zip(source).all(|(a, b)| open(a) || open(b) || *a == b)
}

#[test]
fn every_key_made_at_run_time_is_on_its_page_and_the_other_way_round() {
    const PREFIXES: [&str; 6] = ["runtime.", "config.", "cfg.", "internal_configuration.", "pload.", "stats.clear."];
    let ours = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix) && name.len() > prefix.len());
    let page: Vec<String> = entries("man/cmap_keys.7").into_iter().filter(|name| ours(name)).collect();
    let files = sources("src/core").into_iter().chain(sources("src/daemons"));
    let files = files.filter(|path| !path.components().any(|part| part.as_os_str() == "tests"));
    let made: BTreeSet<String> = files
        .flat_map(|path| literals(&std::fs::read_to_string(path).expect("a source")))
        .filter(|literal| ours(literal) && !literal.ends_with('.') && !literal.contains(' '))
        .collect();
    let unexplained: Vec<_> = made.iter().filter(|key| !page.iter().any(|entry| meet(entry, key))).collect();
    assert!(unexplained.is_empty(), "made, but not in cmap_keys(7): {unexplained:?}");
    let made_up: Vec<_> = page.iter().filter(|entry| !made.iter().any(|key| meet(entry, key))).collect();
    assert!(made_up.is_empty(), "in cmap_keys(7), but nobody makes it: {made_up:?}");
}

#[test]
fn the_statistics_page_has_exactly_the_counters() {
    let groups = [
        ("stats.pg", PgStats::NAMES),
        ("stats.srp", SrpStats::NAMES),
        ("stats.knet.nodeNODE.linkLINK", KnetLinkStats::NAMES),
        ("stats.knet.handle", KnetHandleStats::NAMES),
        ("stats.ipcs.serviceSERVICE.PID.ID", IpcsConnStats::NAMES),
        ("stats.ipcs.global", IpcsGlobalStats::NAMES),
        ("stats.schedmiss.N", SchedmissStats::NAMES),
    ];
    let counted: BTreeSet<String> =
        groups.iter().flat_map(|(prefix, names)| names.iter().map(move |name| format!("{prefix}.{name}"))).collect();
    let is_counter = |name: &String| name.starts_with("stats.") && !name.starts_with("stats.clear.");
    let page: BTreeSet<String> = entries("man/cmap_keys.7").into_iter().filter(is_counter).collect();
    assert_eq!(page.difference(&counted).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody counts this");
    assert_eq!(counted.difference(&page).collect::<Vec<_>>(), Vec::<&String>::new(), "not on the page");
}
