//! Power loss at every call that changes a file: the daemon starts with the old CIB or the new one, never with a mix, and never
//! with one that is older than what is on the disk for sure.

mod disk;
mod trace;

use super::{CIB, START, await_text, host, normal, ours, put};
use disk::{Content, Deed, Disk};
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::Duration,
};
use testkit::{
    host::Host,
    pacemaker::{Running, shell},
};

const STRACE: &str = "/usr/bin/strace";
const TRACE: &str = "/run/trace";
/// Backups' times must differ.
const TICK: Duration = Duration::from_millis(10);

fn change(host: &Host, value: u32) {
    let text = format!("crm_attribute --name value --update {value}");
    assert!(shell(host, &text).success());
    await_text(host, &format!("{CIB}/cib.xml"), &format!("value=\"{value}\""));
}

/// What is there; files that are named later are younger.
fn content(host: &Host) -> Content {
    let entries = fs::read_dir(host.path(CIB)).expect("the CIB's folder").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let named = |(age, path): (usize, PathBuf)| {
        let content = fs::read(&path).expect("a file of the host");
        Some((path.file_name()?.to_str()?.to_owned(), (age, content)))
    };
    (0..).zip(paths).filter_map(named).collect()
}

/// What the disk holds before a daemon runs, and what that one does to it; `None`, and said so, where nothing can be traced.
fn record(host: &Host) -> Option<(Content, Vec<Deed>)> {
    if !Command::new(STRACE).arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        testkit::library::skipped("strace can't trace");
        return None;
    }
    put(host, "cib.xml", START);
    let daemon = ours(host);
    (1..3).for_each(|value| change(host, value));
    assert!(daemon.terminate(host, "pacemaker-based").success());
    // backups take turns: names are used again
    put(host, "cib.last", "0");
    let before = content(host);
    let words = ["-ff", "-ttt", "-y", "-xx", "-s", "1000000", "-e", trace::CALLS, "-o", TRACE, super::OURS];
    let mut daemon = Running::start(host, STRACE, &[&words[..], &["--stand-alone", "--disk-writes"]].concat());
    daemon.await_socket(host, "cib_shm");
    (3..6).for_each(|value| change(host, value));
    let end = daemon.terminate(host, "pacemaker-based");
    assert!(end.success(), "{end:?}");
    Some((before, trace::deeds(&host.path(TRACE), CIB)))
}

/// What may be on the disk after a power loss at one of the moments, and with it the CIBs that a start may find.
fn outcomes(before: Content, deeds: &[Deed]) -> BTreeSet<(Content, Vec<String>)> {
    let text = |content: &[u8]| normal(&String::from_utf8_lossy(content));
    let mut allowed = vec![text(&before["cib.xml"].1)];
    let mut disk = Disk::new(before);
    let mut found = BTreeSet::new();
    let mut note = |disk: &Disk, allowed: &[String]| {
        found.extend(disk.after_power_loss().into_iter().map(|content| (seen(content), allowed.to_vec())));
    };
    for deed in deeds {
        disk.do_it(deed);
        match deed {
            Deed::Append(_, content) if content.starts_with(b"<cib") => allowed.push(text(content)),
            // the end of each write, and the end of what it keeps before
            Deed::SyncFolder if disk.holds("cib.xml", |content| text(content) == allowed[allowed.len() - 1]) => {
                allowed.drain(..allowed.len() - 1);
            }
            _ => {}
        }
        note(&disk, &allowed);
    }
    // it ended: the last is on the disk
    allowed.drain(..allowed.len() - 1);
    note(&disk, &allowed);
    found
}

/// Without files that nobody looks at.
fn seen(mut content: Content) -> Content {
    content.retain(|name, _| !name.starts_with("cib.") || name.starts_with("cib.xml"));
    content
}

/// The CIB that a daemon serves that finds this.
fn served(host: &Host, content: &Content) -> String {
    assert!(shell(host, &format!("rm -f {CIB}/*")).success());
    let mut files: Vec<_> = content.iter().collect();
    files.sort_by_key(|(_, (age, _))| age);
    for (name, (_, content)) in files {
        put(host, name, std::str::from_utf8(content).expect("text"));
        thread::sleep(TICK);
    }
    let mut daemon = Running::start(host, super::OURS, &["--stand-alone"]);
    daemon.await_socket(host, "cib_shm");
    let served = shell(host, "cibadmin --query");
    let end = daemon.terminate(host, "pacemaker-based");
    assert!(served.success() && end.success(), "{served:?} {end:?}");
    normal(&served.stdout)
}

#[test]
fn after_a_power_loss_the_old_cib_is_there_or_the_new_one() {
    let Some(host) = host("power loss", &[STRACE]) else { return };
    let Some((before, deeds)) = record(&host) else { return };
    let outcomes = outcomes(before, &deeds);
    assert!(deeds.len() > 40 && outcomes.len() > 40, "{} {deeds:?}", outcomes.len());
    let plain = |cib: &str| cib.lines().filter(|line| !line.contains("<status/>")).collect::<Vec<&str>>().join("\n");
    for (content, allowed) in outcomes {
        let served = served(&host, &content);
        let found = allowed.iter().any(|cib| plain(cib) == plain(&served));
        let names: Vec<String> =
            content.iter().map(|(name, (_, held))| format!("{name}: {} bytes", held.len())).collect();
        assert!(found, "{served}\nis none of {allowed:#?}, and was read from {names:#?}");
    }
}
