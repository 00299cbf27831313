//! `make bench`: the same C programs on the reference and on ours, in one run, and the table in docs/benchmarks.md.

use crate::{
    Result,
    combinations::REFERENCE_DAEMON,
    layout::{self, LIBRARIES, REFERENCE_VERSION},
    packages,
    stage::{self, Stage},
};
use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};
use testkit::{
    compile::{self, Against},
    daemon::{Daemon, Transport},
};

/// Programs of capi-tests/bench; each prints lines `NAME SIZE VALUE`.
const PROGRAMS: [&str; 2] = ["cpg", "cmap"];

/// Times that both are measured; the table holds medians.
const ROUNDS: usize = 3;

/// Seconds that a program may take in all, per second a figure.
const PATIENCE: u32 = 60;

/// The table stands between these lines of docs/benchmarks.md.
const BEGIN: &str = "<!-- make bench writes from here -->";
const END: &str = "<!-- to here -->";

/// One measured figure: name, size in bytes (0: none), value.
type Figure = (String, u64, f64);

/// Measures both and prints and keeps the table.
pub(crate) fn bench(seconds: u32) -> Result<()> {
    packages::for_check()?;
    let stage = stage::build_and_stage()?;
    let (mut reference, mut ours) = (Vec::new(), Vec::new());
    // In turns: what else the machine does meets both.
    for round in 1..=ROUNDS {
        println!("round {round} of {ROUNDS}: the reference, then ours");
        reference.extend(measure(Path::new(REFERENCE_DAEMON), None, seconds, &stage)?);
        ours.extend(measure(&stage.daemon("corosync"), Some(&stage.libdir), seconds, &stage)?);
    }
    let table = table(&reference, &ours);
    println!("\n{table}");
    keep(&table, seconds)
}

/// A row a figure: medians, their ratio, and how far the reference was from itself.
fn table(reference: &[Figure], ours: &[Figure]) -> String {
    let mut table = String::from(
        "| figure | bytes | reference | ours | ours / reference | reference, highest / lowest |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    for (name, size, _) in ours.iter().take(ours.len() / ROUNDS) {
        let (theirs, mine) = (sorted(reference, name, *size), sorted(ours, name, *size));
        let (Some(a), Some(b)) = (theirs.get(theirs.len() / 2), mine.get(mine.len() / 2)) else { continue };
        let (low, high) = (theirs.first().unwrap_or(a), theirs.last().unwrap_or(a));
        let name = name.replace('_', " ");
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {:.2} | {:.2} |",
            bytes(*size),
            shown(*a),
            shown(*b),
            b / a,
            high / low
        );
    }
    table
}

fn sorted(figures: &[Figure], name: &str, size: u64) -> Vec<f64> {
    let mut values: Vec<f64> =
        figures.iter().filter(|(found, at, _)| found == name && *at == size).map(|figure| figure.2).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn bytes(size: u64) -> String {
    if size == 0 { String::new() } else { size.to_string() }
}

fn shown(value: f64) -> String {
    if value < 1000.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

fn measure(program: &Path, libraries: Option<&Path>, seconds: u32, stage: &Stage) -> Result<Vec<Figure>> {
    let tests = layout::root().join("capi-tests");
    let log = stage.root.with_file_name("bench.log");
    let daemon = Daemon::start(program, libraries, &Transport::Knet.configuration(), &log)
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let mut figures = vec![("daemon_resident_KiB_at_start".to_owned(), 0, resident(&daemon)?)];
    for name in PROGRAMS {
        let binary = stage.root.with_file_name("bench").join(name);
        compile::compile(&tests.join("bench").join(name).with_extension("c"), &tests, Against::Reference, &binary)?;
        let duration = seconds.to_string();
        let words = [binary.as_os_str(), duration.as_ref()];
        let outcome =
            daemon.host.run(libraries, PATIENCE * seconds.max(1), &words).map_err(|error| error.to_string())?;
        if !outcome.success() {
            return Err(format!("bench {name} on {}: {}\n{}", program.display(), outcome.status, outcome.stderr));
        }
        figures.extend(outcome.stdout.lines().filter_map(figure));
    }
    figures.push(("daemon_resident_KiB_after".to_owned(), 0, resident(&daemon)?));
    figures.extend(sizes(libraries)?);
    Ok(figures)
}

fn figure(line: &str) -> Option<Figure> {
    let mut words = line.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?, words.next()?.parse().ok()?))
}

#[allow(clippy::cast_precision_loss)]
fn resident(daemon: &Daemon) -> Result<f64> {
    daemon.resident_kib().map(|kib| kib as f64).map_err(|error| format!("resident memory: {error}"))
}

#[allow(clippy::cast_precision_loss)]
fn sizes(libraries: Option<&Path>) -> Result<Vec<Figure>> {
    let folder = libraries.map_or_else(|| PathBuf::from(layout::Layout::default().libdir()), Path::to_owned);
    let size = |(name, version): &(&str, &str)| {
        let major = version.split('.').next().unwrap_or(version);
        let path = folder.join(format!("lib{name}.so.{major}"));
        let length = fs::metadata(&path).map_err(|error| format!("{}: {error}", path.display()))?.len();
        Ok((format!("lib{name}_size_KiB"), 0, length as f64 / 1024.0))
    };
    LIBRARIES.iter().map(size).collect()
}

/// Puts the table into docs/benchmarks.md.
fn keep(table: &str, seconds: u32) -> Result<()> {
    let path = layout::root().join("docs/benchmarks.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (Some(begin), Some(end)) = (text.find(BEGIN), text.find(END)) else {
        return Err(format!("{}: the lines around the table are gone", path.display()));
    };
    let cpus = std::thread::available_parallelism().map_or(0, usize::from);
    let words = format!(
        "{BEGIN}\n`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure, {cpus} processors, corosync {REFERENCE_VERSION}):\n\n{table}"
    );
    let fresh = format!("{}{words}{}", &text[..begin], &text[end..]);
    fs::write(&path, fresh).map_err(|error| format!("{}: {error}", path.display()))
}
