//! Every case through `corosync -t` and through this crate: the same verdict in the same words.

use core_config::{Files, IpVersion, KeyError, Outside, ProcessOptions, TotemConfig, Warning, parse};
use core_icmap::{Map, Value};
use core_log::Logging;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

/// Where the reference reads its configuration.
const FILE: &str = "/etc/corosync/corosync.conf";

/// The machine that tests/reference makes.
struct Machine;

impl Outside for Machine {
    fn user_id(&self, name: &str) -> Result<Option<u32>, String> {
        Ok((name == "root").then_some(0))
    }
    fn group_id(&self, name: &str) -> Result<Option<u32>, String> {
        Ok((name == "root").then_some(0))
    }
    fn crypto_models(&self) -> Vec<String> {
        ["nss", "openssl"].map(str::to_owned).to_vec()
    }
    fn compression_models(&self) -> Vec<String> {
        ["zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd"].map(str::to_owned).to_vec()
    }
    fn node_name(&self) -> Option<String> {
        Some("n1".to_owned())
    }
    fn local_addresses(&self) -> Option<Vec<IpAddr>> {
        Some(vec!["127.0.0.1".parse().unwrap(), "::1".parse().unwrap()])
    }
    fn name_of(&self, _address: IpAddr) -> Option<String> {
        Some("localhost".to_owned())
    }
    fn resolve(&self, name: &str, _version: IpVersion) -> Vec<IpAddr> {
        name.parse().into_iter().collect()
    }
    fn read_key(&self, path: &str, _max: usize) -> Result<Vec<u8>, KeyError> {
        match path {
            "/etc" => Err(KeyError::Read("Is a directory".to_owned())),
            "/etc/corosync/short" => Ok(b"short".to_vec()),
            _ => Err(KeyError::Open("No such file or directory".to_owned())),
        }
    }
}

/// A verdict: the exit code of `corosync -t`, and what was said.
type Verdict = (i32, Vec<String>);

fn ours(contents: &[u8]) -> Verdict {
    let mut map = Map::new();
    let files = Files { main: (FILE.to_owned(), contents.to_vec()), uidgid: Vec::new() };
    let sources = match parse(&files, &Machine, &mut map) {
        Ok(sources) => sources,
        Err(error) => return (8, vec![error.to_string()]),
    };
    if let Err(error) = Logging::new().configure(&map) {
        return (7, vec![error.to_string()]);
    }
    // The daemon's own check, in its place among ours.
    if let Ok(Some(dir)) = ProcessOptions::read(&map).map(|options| options.state_dir)
        && !Path::new(&dir).is_dir()
    {
        return (16, vec![format!("Cannot chdir to state directory {dir}. No such file or directory")]);
    }
    let (mut config, warnings) = match TotemConfig::read(&mut map, &Machine) {
        Ok(read) => read,
        Err(error) => return (8, vec![sources.locate(error).to_string()]),
    };
    let mut said: Vec<String> = warnings.iter().map(|warning| warning.text().to_owned()).collect();
    if !said.is_empty() {
        said.push(Warning::MIGRATE.to_owned());
    }
    match config.validate(&map, &Machine) {
        Ok(()) => (0, said),
        Err(error) => {
            said.push(sources.locate(error).to_string());
            (8, said)
        }
    }
}

fn here() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

fn expected() -> BTreeMap<String, Verdict> {
    let bytes = std::fs::read(here().join("expected.txt")).unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut verdicts = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("== ") {
            let (case, code) = head.rsplit_once(' ').unwrap();
            name = case.to_owned();
            verdicts.insert(name.clone(), (code.parse().unwrap(), Vec::new()));
        } else if !line.is_empty() {
            verdicts.get_mut(&name).unwrap().1.push(line.to_owned());
        }
    }
    verdicts
}

/// The same code, and each line as the reference has it; ours may say more after that.
fn agree(theirs: &Verdict, ours: &Verdict) -> bool {
    let lines = theirs.1.len() == ours.1.len();
    let start = |(theirs, ours): (&String, &String)| ours.replace('\n', " ").starts_with(theirs.trim_end());
    theirs.0 == ours.0 && lines && theirs.1.iter().zip(&ours.1).all(start)
}

#[test]
fn every_case_has_the_reference_s_verdict() {
    let expected = expected();
    let mut wrong = Vec::new();
    for (case, theirs) in &expected {
        let ours = ours(&std::fs::read(here().join("cases").join(case)).unwrap());
        // Where the reference dies of an assertion there is nothing to agree on, but we must refuse.
        let agreed = if theirs.0 > 128 { ours.0 == 8 } else { agree(theirs, &ours) };
        if !agreed {
            wrong.push(format!("{case}\n  theirs: {theirs:?}\n  ours:   {ours:?}"));
        }
    }
    assert!(expected.len() > 300, "only {} cases", expected.len());
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_kept_verdicts_are_still_the_reference_s() {
    if !Path::new("/usr/sbin/corosync").exists() {
        eprintln!("skipped: needs corosync (apt-get install corosync)");
        return;
    }
    let output = Command::new(here().join("reference")).output().unwrap();
    if !output.status.success() || output.stdout.is_empty() {
        eprintln!("skipped: no namespaces to run corosync in: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let kept = std::fs::read(here().join("expected.txt")).unwrap();
    assert!(kept == output.stdout, "run tests/reference > tests/expected.txt and look at what changed");
}

/// A key as corosync-cmapctl prints it.
fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::U8(number) => format!("{key} (u8) = {number}"),
        Value::U16(number) => format!("{key} (u16) = {number}"),
        Value::U32(number) => format!("{key} (u32) = {number}"),
        Value::U64(number) => format!("{key} (u64) = {number}"),
        Value::I32(number) => format!("{key} (i32) = {number}"),
        Value::String(text) => format!("{key} (str) = {}", String::from_utf8_lossy(text)),
        other => panic!("{key} has the type {:?}", other.kind()),
    }
}

fn our_map(contents: &str) -> Vec<String> {
    let system = "system {\nallow_knet_handle_fallback: yes\n}\nquorum {";
    let contents = contents.replacen("quorum {", system, 1);
    let mut map = Map::new();
    let files = Files { main: (FILE.to_owned(), contents.into_bytes()), uidgid: Vec::new() };
    parse(&files, &Machine, &mut map).unwrap();
    let (mut config, _) = TotemConfig::read(&mut map, &Machine).unwrap();
    config.validate(&map, &Machine).unwrap();
    map.iter("").map(|(key, value)| shown(key, value)).collect()
}

#[test]
fn the_map_holds_what_the_reference_s_holds() {
    let text = std::fs::read_to_string(here().join("expected-maps.txt")).unwrap();
    let mut cases = 0;
    for part in text.split("== ").skip(1) {
        let (case, theirs) = part.split_once('\n').unwrap();
        let contents = std::fs::read_to_string(here().join("cases").join(case)).unwrap();
        let ours = our_map(&contents);
        // Services of the running daemon add keys under resources.
        let theirs: Vec<&str> = theirs.lines().filter(|line| !line.starts_with("resources.")).collect();
        let ours: Vec<&str> = ours.iter().map(String::as_str).filter(|line| !line.starts_with("resources.")).collect();
        let only_theirs: Vec<_> = theirs.iter().filter(|line| !ours.contains(line)).collect();
        let only_ours: Vec<_> = ours.iter().filter(|line| !theirs.contains(line)).collect();
        assert!(!theirs.is_empty(), "{case} has no map");
        assert!(only_theirs.is_empty() && only_ours.is_empty(), "{case}: theirs {only_theirs:#?}, ours {only_ours:#?}");
        cases += 1;
    }
    assert!(cases > 15);
}
