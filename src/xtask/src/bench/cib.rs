//! The CIB manager of three hosts: Debian's, then ours, on Debian's corosync, with no other daemon of pacemaker's.

use super::table::{self, Figure};
use crate::{Result, combinations::REFERENCE_DAEMON, layout};
use std::path::Path;
use testkit::{
    cluster::{
        conf::Wire,
        ring::{Build, REFERENCE},
    },
    lan,
    pacemaker::{self, AS_CLUSTER_USER},
    stack::{Stack, trials::CIB_MANAGER_PATH},
};

/// Hosts of the cluster.
const HOSTS: usize = 3;

/// Resources that are configured while a row is measured.
const RESOURCES: [u32; 2] = [1, 1000];

/// Times that both are measured; the table holds medians.
const ROUNDS: usize = 3;

/// Seconds until a manager serves.
const STARTED: u64 = 60;

/// Seconds that the program may take in all, per second a figure.
const PATIENCE: u32 = 60;

/// Measures both and prints and keeps the table.
pub(super) fn measure(seconds: u32) -> Result<()> {
    if let Some(reason) = lan::missing() {
        return Err(format!("no cluster of several hosts: {reason}"));
    }
    let folder = layout::target()?.join("bench/clusters");
    let program = super::program("cib")?;
    let ours_instead = layout::target()?.join("release/pacemaker-based");
    let (mut reference, mut ours) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        println!("CIB managers, round {round} of {ROUNDS}: the reference's, then ours");
        reference.extend(one(&folder.join("reference"), &program, None, seconds)?);
        ours.extend(one(&folder.join("ours"), &program, Some(&ours_instead), seconds)?);
    }
    let rows = table::of_two("resources", &reference, &ours);
    println!("\n{rows}");
    let machine = table::machine();
    let words = format!("`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure, {machine}, pacemaker 2.1.5):");
    table::keep("CIB managers", &format!("{words}\n\n{rows}"))
}

/// All figures of a cluster of its own.
fn one(folder: &Path, program: &Path, instead: Option<&Path>, seconds: u32) -> Result<Vec<Figure>> {
    let build = Build { name: REFERENCE, daemon: REFERENCE_DAEMON.into(), libraries: None };
    let mut stack =
        Stack::start(&vec![build; HOSTS], Wire::KNET, "", folder).map_err(|error| format!("virtual hosts: {error}"))?;
    let members: Vec<usize> = (0..HOSTS).collect();
    for host in &members {
        if let Some(instead) = instead {
            stack.replace(*host, instead, CIB_MANAGER_PATH).map_err(|error| error.to_string())?;
        }
        let allowed = stack.lan().host(*host).and_then(pacemaker::allow);
        allowed.and_then(|()| stack.start_corosync(*host)).map_err(|error| error.to_string())?;
    }
    stack.await_ring(&members)?;
    for host in &members {
        let cluster = ["env", "HA_cluster_type=corosync", "PCMK_logfacility=none", CIB_MANAGER_PATH];
        stack.keep(*host, "based", &[&AS_CLUSTER_USER[..], &cluster[..]].concat())?;
    }
    stack.until(STARTED, "a CIB manager on every host", |stack| {
        let serves = |host: &usize| stack.run(*host, 5, &["cibadmin", "--query", "--local"]);
        members.iter().all(|host| serves(host).is_ok_and(|said| said.success()))
    })?;
    let mut figures = Vec::new();
    for count in RESOURCES {
        let words = [&*program.to_string_lossy(), &seconds.to_string(), &count.to_string()];
        let said = stack.must(0, PATIENCE * seconds.max(1), &words)?;
        figures.extend(said.lines().filter_map(Figure::of_line));
        let said = stack.must(0, 5, &["sh", "-c", &super::resident_of("pacemaker-based")])?;
        figures.push(super::resident(count.into(), &said)?);
    }
    Ok(figures)
}
