//! `make clusters`: the reference's daemons and ours in one ring, with faults. See `testkit::cluster`.

use crate::{
    Result,
    combinations::REFERENCE_DAEMON,
    layout, packages,
    stage::{self, Stage},
};
use clap::Args;
use testkit::{
    cluster::{
        ring::{self, Build},
        trials::{self, Step, Trial},
    },
    compile::{self, Against},
    lan,
};

/// Which clusters.
#[derive(Args)]
pub(crate) struct Choice {
    /// Only those whose name contains this, such as `roo knet`.
    #[arg(long, default_value = "")]
    only: String,
    /// Only faults whose name contains this.
    #[arg(long, default_value = "")]
    fault: String,
    /// Decides what the networks lose, delay and copy.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The selection that `make check` runs.
    #[arg(long)]
    short: bool,
    /// Runs what is staged, as it is.
    #[arg(long)]
    staged: bool,
}

impl Choice {
    fn trials(&self) -> Vec<Trial> {
        let mut trials = if self.short { trials::short() } else { trials::table() };
        trials.retain(|trial| trial.name().contains(&self.only));
        trials.iter_mut().for_each(|trial| trial.faults.retain(|fault| fault.name.contains(&self.fault)));
        trials
    }
}

/// Runs the whole table, or a choice of it.
pub(crate) fn clusters(choice: &Choice) -> Result<()> {
    packages::for_check()?;
    let stage = if choice.staged { Stage::here()? } else { stage::build_and_stage()? };
    if let Some(reason) = lan::missing() {
        return Err(format!("no clusters: {reason}"));
    }
    let (trials, seed) = (choice.trials(), choice.seed);
    let (mut passed, mut failed) = (0, 0);
    run(&trials, seed, &stage, &mut |verdict, seconds| match verdict.outcome {
        Ok(()) => {
            passed += 1;
            println!("ok: {} ({seconds} s)", verdict.name);
        }
        Err(words) => {
            failed += 1;
            println!("FAILED: {} ({seconds} s): {words}", verdict.name);
        }
    })?;
    println!("{passed} passed, {failed} failed, seed {seed}");
    if failed == 0 { Ok(()) } else { Err("clusters failed".to_owned()) }
}

/// Runs trials on what is staged; `report` gets each step's verdict and seconds.
pub(crate) fn run(trials: &[Trial], seed: u64, stage: &Stage, report: &mut dyn FnMut(Step, u64)) -> Result<()> {
    let tests = layout::root().join("capi-tests");
    let program = layout::target()?.join("capi-tests/witness");
    compile::compile(&tests.join("cluster/witness.c"), &tests, Against::Reference, &program)?;
    let reference = Build { name: ring::REFERENCE, daemon: REFERENCE_DAEMON.into(), libraries: None };
    let ours = Build { name: ring::OURS, daemon: stage.daemon("corosync"), libraries: Some(stage.libdir.clone()) };
    let folder = layout::target()?.join("clusters");
    println!("logs: {}", folder.display());
    for trial in trials {
        trials::run(trial, (&reference, &ours), seed, &program, &folder, report);
    }
    Ok(())
}
