//! The CIB manager of three hosts: Debian's, then ours, on Debian's corosync, with no other daemon of pacemaker's.

use super::table::{self, Figure};
use crate::{Result, combinations::REFERENCE_DAEMON, layout, stage::Stage};
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

/// Figures of a manager: of its clients with Debian's libcib, and with ours.
#[derive(Default)]
struct Figures {
    of_debian_s: Vec<Figure>,
    of_ours: Vec<Figure>,
}

/// Measures both and prints and keeps the tables.
pub(super) fn measure(seconds: u32, stage: &Stage) -> Result<()> {
    if let Some(reason) = lan::missing() {
        return Err(format!("no cluster of several hosts: {reason}"));
    }
    let folder = layout::target()?.join("bench/clusters");
    let program = super::program("cib")?;
    let ours_instead = layout::target()?.join("release/pacemaker-based");
    let (mut reference, mut ours) = (Figures::default(), Figures::default());
    for round in 1..=ROUNDS {
        println!("CIB managers, round {round} of {ROUNDS}: the reference's, then ours");
        one(&folder.join("reference"), &program, None, seconds, &mut reference)?;
        one(&folder.join("ours"), &program, Some((&ours_instead, stage)), seconds, &mut ours)?;
    }
    let managers = table::of_two("resources", &reference.of_debian_s, &ours.of_debian_s);
    let both = table::of_two("resources", &reference.of_debian_s, &ours.of_ours);
    let machine = table::machine();
    let words = format!("`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure, {machine}, pacemaker 2.1.5):");
    let tables = format!("{words}\n\n{managers}\nThe same with our libcib in our manager's client:\n\n{both}");
    println!("\n{tables}");
    table::keep("CIB managers", &tables)
}

/// All figures of a cluster of its own.
fn one(
    folder: &Path,
    program: &Path,
    instead: Option<(&Path, &Stage)>,
    seconds: u32,
    figures: &mut Figures,
) -> Result<()> {
    let build = Build { name: REFERENCE, daemon: REFERENCE_DAEMON.into(), libraries: None };
    let mut stack =
        Stack::start(&vec![build; HOSTS], Wire::KNET, "", folder).map_err(|error| format!("virtual hosts: {error}"))?;
    let members: Vec<usize> = (0..HOSTS).collect();
    for host in &members {
        if let Some((instead, _)) = instead {
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
    for count in RESOURCES {
        let words = [&*program.to_string_lossy(), &seconds.to_string(), &count.to_string()];
        let said = stack.must(0, PATIENCE * seconds.max(1), &words)?;
        figures.of_debian_s.extend(said.lines().filter_map(Figure::of_line));
        let said = stack.must(0, 5, &["sh", "-c", &super::resident_of("pacemaker-based")])?;
        figures.of_debian_s.push(super::resident(count.into(), &said)?);
        if let Some((_, stage)) = instead {
            let ours = format!("LD_LIBRARY_PATH={}", stage.libdir.display());
            let said = stack.must(0, PATIENCE * seconds.max(1), &[&["env", &ours], &words[..]].concat())?;
            figures.of_ours.extend(said.lines().filter_map(Figure::of_line));
        }
    }
    Ok(())
}
