//! `make bench`: the same C programs on the reference and on ours, in one run, and the tables in docs/benchmarks.md.

mod alone;
mod cib;
mod execd;
mod rings;
mod table;
mod trace;

use crate::{
    Result, layout, packages,
    stage::{self, Stage},
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use table::Figure;
use testkit::compile::{self, Against};

/// What is measured.
#[derive(Args)]
pub(crate) struct Choice {
    /// Seconds a figure, of one host; a quarter of that where rings carry messages.
    #[arg(long, default_value_t = 2)]
    seconds: u32,
    /// Only this part.
    #[arg(long)]
    only: Option<Part>,
    /// Of rings only the kinds of figures whose name contains this (start, death, plain, encrypted); the table is shown and not kept.
    #[arg(long, default_value = "")]
    figure: String,
    /// Measures what is staged, as it is.
    #[arg(long)]
    staged: bool,
}

/// A part, and its table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// One host.
    Alone,
    /// Rings of several hosts.
    Ring,
    /// The CIB manager.
    Cib,
    /// The executor.
    Execd,
}

/// Measures both and prints and keeps the tables.
pub(crate) fn bench(choice: &Choice) -> Result<()> {
    packages::for_check()?;
    let stage = if choice.staged { Stage::here()? } else { stage::build_and_stage()? };
    let wanted = |part| choice.only.is_none_or(|only| only == part);
    if wanted(Part::Alone) {
        alone::measure(choice.seconds, &stage)?;
    }
    if wanted(Part::Ring) {
        rings::measure(choice.seconds, &choice.figure, &stage)?;
    }
    if wanted(Part::Cib) {
        cib::measure(choice.seconds, &stage)?;
    }
    if wanted(Part::Execd) {
        execd::measure(choice.seconds)?;
    }
    Ok(())
}

/// A script that prints the resident memory of a daemon of the host that it runs on, in KiB: not of a process that works
/// for it.
fn resident_of(daemon: &str) -> String {
    format!("awk '/^VmRSS/ {{ print $2 }}' /proc/$(pgrep -o -x {daemon})/status")
}

/// What [`resident_of`] printed, with its name.
fn resident(size: u64, said: &str) -> Result<Figure> {
    let value = said.trim().parse().map_err(|error| format!("resident memory: {said}: {error}"))?;
    Ok(Figure { name: "resident KiB".to_owned(), size, value })
}

/// Compiles a program of capi-tests/bench once, against the reference's headers and libraries: both run the same.
fn program(name: &str) -> Result<PathBuf> {
    let tests = layout::root().join("capi-tests");
    let binary = layout::target()?.join("bench").join(name);
    compile::compile(&tests.join("bench").join(name).with_extension("c"), &tests, Against::Reference, &binary)?;
    Ok(binary)
}
