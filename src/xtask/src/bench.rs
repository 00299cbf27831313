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
    println!("measuring the reference");
    let reference = measure(Path::new(REFERENCE_DAEMON), None, seconds, &stage)?;
    println!("measuring ours");
    let ours = measure(&stage.daemon("corosync"), Some(&stage.libdir), seconds, &stage)?;
    let mut table = String::from("| figure | bytes | reference | ours | ours / reference |\n|---|--:|--:|--:|--:|\n");
    for (name, size, value) in &ours {
        let other = reference.iter().find(|(found, at, _)| found == name && at == size).map(|figure| figure.2);
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} |",
            name.replace('_', " "),
            bytes(*size),
            shown(other),
            shown(Some(*value)),
            other.filter(|other| *other > 0.0).map_or("-".to_owned(), |other| format!("{:.2}", value / other))
        );
    }
    println!("\n{table}");
    keep(&table, seconds)
}

fn bytes(size: u64) -> String {
    if size == 0 { String::new() } else { size.to_string() }
}

fn shown(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| if value < 1000.0 { format!("{value:.1}") } else { format!("{value:.0}") })
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
        "{BEGIN}\n`make bench` ({seconds} s a figure, {cpus} processors, corosync {REFERENCE_VERSION}):\n\n{table}"
    );
    let fresh = format!("{}{words}{}", &text[..begin], &text[end..]);
    fs::write(&path, fresh).map_err(|error| format!("{}: {error}", path.display()))
}
