//! `make clusters`: the reference's daemons and ours in one ring, with faults. See `testkit::cluster`.

use crate::{
    Result,
    combinations::REFERENCE_DAEMON,
    layout, packages,
    stage::{self, Stage},
};
use testkit::{
    cluster::{
        ring::{self, Build},
        trials::{self, Trial, Verdict},
    },
    compile::{self, Against},
    lan,
};

/// The whole table, or the trials whose name contains `only`.
pub(crate) fn clusters(only: &str, seed: u64, short: bool, staged: bool) -> Result<()> {
    packages::for_check()?;
    let stage = if staged { Stage::here()? } else { stage::build_and_stage()? };
    if let Some(reason) = lan::missing() {
        return Err(format!("no clusters: {reason}"));
    }
    let trials = if short { trials::short() } else { trials::table() };
    let trials: Vec<Trial> =
        trials.into_iter().filter(|trial| format!("{} {}", trial.hosts, trial.wire).contains(only)).collect();
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
pub(crate) fn run(trials: &[Trial], seed: u64, stage: &Stage, report: &mut dyn FnMut(Verdict, u64)) -> Result<()> {
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
