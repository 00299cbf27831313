//! `make sim`: the simulated cluster, built fast and with all checks.

use crate::{Result, run};
use clap::Args;

/// Which seeds to run, and how.
#[derive(Args)]
pub(crate) struct Seeds {
    /// The first.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// How many.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// Print every event of the first one only.
    #[arg(long)]
    trace: bool,
    /// Print what rings cost to form, instead.
    #[arg(long)]
    figures: bool,
}

/// Runs them; an error if one broke a promise.
pub(crate) fn sim(seeds: &Seeds) -> Result<()> {
    let mut cargo = run::cargo();
    cargo.args(["run", "--quiet", "--profile", "fuzz", "--package", "testkit", "--bin", "sim", "--"]);
    let (from, count) = (seeds.from.to_string(), seeds.seeds.to_string());
    if seeds.figures {
        cargo.arg("figures");
    } else if seeds.trace {
        cargo.args(["trace", &from]);
    } else {
        cargo.args(["seeds", &from, &count]);
    }
    run::run(&mut cargo)
}
