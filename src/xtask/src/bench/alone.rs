//! One host: each daemon alone, its clients beside it.

use super::table::{self, Figure};
use crate::{
    Result,
    combinations::REFERENCE_DAEMON,
    layout::{self, LIBRARIES},
    stage::Stage,
};
use std::{
    fs,
    path::{Path, PathBuf},
};
use testkit::daemon::{Daemon, Transport};

/// Programs of capi-tests/bench; each prints lines `NAME SIZE VALUE`.
const PROGRAMS: [&str; 2] = ["cpg", "cmap"];

/// Times that both are measured; the table holds medians.
const ROUNDS: usize = 3;

/// Seconds that a program may take in all, per second a figure.
const PATIENCE: u32 = 60;

/// Measures both and prints and keeps the table.
pub(super) fn measure(seconds: u32, stage: &Stage) -> Result<()> {
    let (mut reference, mut ours) = (Vec::new(), Vec::new());
    // In turns: what else the machine does meets both.
    for round in 1..=ROUNDS {
        println!("one host, round {round} of {ROUNDS}: the reference, then ours");
        reference.extend(one(Path::new(REFERENCE_DAEMON), None, seconds, stage)?);
        ours.extend(one(&stage.daemon("corosync"), Some(&stage.libdir), seconds, stage)?);
    }
    let rows = table::of_two("bytes", &reference, &ours);
    println!("\n{rows}");
    let words = format!("`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure, {}):", table::machine());
    table::keep("one host", &format!("{words}\n\n{rows}"))
}

fn one(program: &Path, libraries: Option<&Path>, seconds: u32, stage: &Stage) -> Result<Vec<Figure>> {
    let log = stage.root.with_file_name("bench.log");
    let daemon = Daemon::start(program, libraries, &Transport::Knet.configuration(), &log)
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let mut figures = vec![Figure::of_none("daemon_resident_KiB_at_start", resident(&daemon)?)];
    for name in PROGRAMS {
        let binary = super::program(name)?;
        let duration = seconds.to_string();
        let words = [binary.as_os_str(), duration.as_ref()];
        let outcome =
            daemon.host.run(libraries, PATIENCE * seconds.max(1), &words).map_err(|error| error.to_string())?;
        if !outcome.success() {
            return Err(format!("bench {name} on {}: {}\n{}", program.display(), outcome.status, outcome.stderr));
        }
        figures.extend(outcome.stdout.lines().filter_map(Figure::of_line));
    }
    figures.push(Figure::of_none("daemon_resident_KiB_after", resident(&daemon)?));
    figures.extend(sizes(libraries)?);
    Ok(figures)
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
        Ok(Figure::of_none(&format!("lib{name}_size_KiB"), length as f64 / 1024.0))
    };
    LIBRARIES.iter().map(size).collect()
}
