//! `make pacemaker`: Debian's pacemaker and quorum device on clusters of our corosync, and mixed ones, with faults.

use crate::{
    Result,
    combinations::REFERENCE_DAEMON,
    layout, packages, run,
    stage::{self, Stage},
};
use std::time::Instant;
use testkit::{
    cluster::{
        conf::Wire,
        ring::{Build, OURS, REFERENCE},
    },
    lan,
    stack::{
        Stack,
        trials::{CIB_MANAGER, CIB_MANAGER_PATH, DEVICE, EXECUTOR, EXECUTOR_PATH, PACEMAKER, QDEVICE, Step},
    },
};

/// Members (`o` our corosync, `r` the reference's, `e` the reference's with our executor, `b` with our CIB manager), more
/// lines of the quorum section, and what is tried.
const TRIALS: [(&str, &str, &[Step]); 9] = [
    ("ooo", "", &PACEMAKER),
    ("roo", "", &PACEMAKER),
    ("rro", "", &PACEMAKER),
    ("eee", "", &EXECUTOR),
    ("rre", "", &EXECUTOR),
    ("bbb", "", &CIB_MANAGER),
    ("rrb", "", &CIB_MANAGER),
    ("oo", DEVICE, &QDEVICE),
    ("ro", DEVICE, &QDEVICE),
];

/// What one calls for the administrators' sessions alone.
const SHELLS: &str = "shells";

/// crm, pcs and users with access rules, on one host.
fn shells() -> Result<()> {
    let mut cargo = run::cargo();
    run::run(cargo.args(["test", "--package", "capi-cib", "--test", "native", "--", "--ignored", "--nocapture"]))
}

/// Runs the trials whose members are named so, or all; what can't run here is said to be skipped.
pub(crate) fn pacemaker(only: &str, staged: bool) -> Result<()> {
    let stage = if staged { Stage::here()? } else { stage::build_and_stage()? };
    if let Some(reason) = packages::for_pacemaker().err().or_else(lan::missing) {
        println!("skipped: all of it: {reason}");
        return Ok(());
    }
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    if only.is_empty() || only == SHELLS {
        match shells() {
            Ok(()) => passed += 1,
            Err(words) => {
                failed += 1;
                println!("FAILED: {SHELLS}: {words}");
            }
        }
    }
    for (members, quorum, steps) in TRIALS.iter().filter(|(members, ..)| only.is_empty() || *members == only) {
        let mut stack = start(members, quorum, &stage)?;
        let mut fine = true;
        for step in *steps {
            let name = format!("{members}: {}", step.name);
            if !fine {
                skipped += 1;
                println!("skipped: {name}: the step before failed");
                continue;
            }
            let begin = Instant::now();
            match (step.act)(&mut stack) {
                Ok(()) => {
                    passed += 1;
                    println!("ok: {name} ({} s)", begin.elapsed().as_secs());
                }
                Err(words) => {
                    (fine, failed) = (false, failed + 1);
                    println!("FAILED: {name} ({} s): {words}", begin.elapsed().as_secs());
                }
            }
        }
    }
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    if failed == 0 { Ok(()) } else { Err("pacemaker's trials failed".to_owned()) }
}

fn start(members: &str, quorum: &str, stage: &Stage) -> Result<Stack> {
    let reference = Build { name: REFERENCE, daemon: REFERENCE_DAEMON.into(), libraries: None };
    let ours = Build { name: OURS, daemon: stage.daemon("corosync"), libraries: Some(stage.corosync_libraries()?) };
    let of = |letter| if letter == 'o' { ours.clone() } else { reference.clone() };
    let builds: Vec<Build> = members.chars().map(of).collect();
    let folder = layout::target()?.join("pacemaker").join(members);
    println!("{members}: logs in {}", folder.display());
    let wire = Wire { crypto: true, ..Wire::KNET };
    let mut stack = Stack::start(&builds, wire, quorum, &folder).map_err(|error| error.to_string())?;
    for (host, letter) in members.chars().enumerate() {
        let (name, path) = match letter {
            'e' => ("pacemaker-execd", EXECUTOR_PATH),
            'b' => ("pacemaker-based", CIB_MANAGER_PATH),
            _ => continue,
        };
        stack.replace(host, &stage.daemon(name), path).map_err(|error| error.to_string())?;
    }
    Ok(stack)
}
