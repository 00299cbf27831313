//! Which clusters meet which faults.

use super::{
    conf::Wire,
    faults::{self, Fault},
    ring::{Build, Cluster},
};
use std::{path::Path, time::Instant};

/// A cluster, and the faults that it meets one after the other.
#[derive(Debug, Clone)]
pub struct Trial {
    /// `r` for a host that is all reference, `o` for one that is all ours.
    pub hosts: &'static str,
    /// The network.
    pub wire: Wire,
    /// The faults.
    pub faults: Vec<Fault>,
}

impl Trial {
    /// Its hosts and network.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{} {}", self.hosts, self.wire)
    }
}

/// How a trial's step went.
#[derive(Debug)]
pub struct Step {
    /// The cluster and the fault.
    pub name: String,
    /// What went wrong.
    pub outcome: Result<(), String>,
}

const CRYPTO: Wire = Wire { crypto: true, ..Wire::KNET };
const TWO: Wire = Wire { links: 2, ..Wire::KNET };
const SIX: Wire = Wire { six: true, ..Wire::KNET };
const UDPU_SIX: Wire = Wire { six: true, ..UDPU };
const UDPU: Wire = Wire { transport: "udpu", ..Wire::KNET };

/// Compressions that Debian's libknet has.
const COMPRESSIONS: [&str; 7] = ["zlib", "lz4", "lz4hc", "lzo2", "lzma", "bzip2", "zstd"];

/// Clusters of one kind and mixed ones; the first is the control.
const MIXES: [&str; 9] = ["rr", "rrr", "oo", "ooo", "ro", "rro", "roo", "rrooo", "rrrrr"];

fn all(hosts: &'static str, wire: Wire) -> Trial {
    let ours = hosts.ends_with('o');
    // Two of the reference's hosts over udpu never find each other again after this.
    let storm = |fault: &Fault| (hosts, wire.transport) == ("rr", "udpu") && fault.name.starts_with("SIGSTOP");
    let fit = |fault: &Fault| {
        fault.hosts <= hosts.len() && fault.links <= wire.links && (ours || !fault.ours) && !storm(fault)
    };
    Trial { hosts, wire, faults: faults::ALL.into_iter().filter(fit).collect() }
}

/// Only faults whose names begin so.
fn some(hosts: &'static str, wire: Wire, names: &[&str]) -> Trial {
    let mut trial = all(hosts, wire);
    trial.faults.retain(|fault| names.iter().any(|name| fault.name.starts_with(name)));
    trial
}

/// A selection of a few minutes.
#[must_use]
pub fn short() -> Vec<Trial> {
    vec![
        all("roo", Wire { links: 2, ..CRYPTO }),
        some("oo", UDPU, &["traffic", "kill", "SIGSTOP", "cut"]),
        some("ro", Wire { compression: Some("lz4"), ..Wire::KNET }, &["traffic", "power", "30 %"]),
    ]
}

/// Everything.
#[must_use]
pub fn table() -> Vec<Trial> {
    let mut trials: Vec<Trial> = Vec::new();
    for wire in [Wire::KNET, UDPU, TWO, CRYPTO] {
        trials.extend(MIXES.map(|hosts| all(hosts, wire)));
    }
    let names = ["traffic", "kill", "cut"];
    for wire in [SIX, UDPU_SIX] {
        trials.extend(["rrr", "rro", "roo", "ooo"].map(|hosts| some(hosts, wire, &names)));
    }
    for model in COMPRESSIONS {
        let wire = Wire { compression: Some(model), ..CRYPTO };
        trials.extend(["rr", "ro", "roo"].map(|hosts| some(hosts, wire, &names)));
    }
    trials
}

/// Runs a trial; `report` is called after each step. `program` is the compiled witness, logs go below `folder`.
pub fn run(
    trial: &Trial,
    builds: (&Build, &Build),
    seed: u64,
    program: &Path,
    folder: &Path,
    report: &mut dyn FnMut(Step, u64),
) {
    let name = trial.name();
    let folder = folder.join(name.replace([' ', '/'], "-"));
    let hosts: Vec<Build> =
        trial.hosts.chars().map(|letter| if letter == 'r' { builds.0.clone() } else { builds.1.clone() }).collect();
    let everybody: Vec<usize> = (0..hosts.len()).collect();
    let begin = Instant::now();
    let started = Cluster::start(&hosts, trial.wire, seed, program, &folder).map_err(|error| error.to_string());
    let started = started.and_then(|mut cluster| cluster.agree(&everybody).map(|()| cluster));
    let mut cluster = match started {
        Ok(cluster) => cluster,
        Err(words) => {
            let verdict = Step { name: format!("{name}: start"), outcome: Err(words) };
            return report(verdict, begin.elapsed().as_secs());
        }
    };
    for fault in &trial.faults {
        let begin = Instant::now();
        let outcome = (fault.act)(&mut cluster).and_then(|()| judge(&mut cluster, &everybody));
        let failed = outcome.is_err();
        report(Step { name: format!("{name}: {}", fault.name), outcome }, begin.elapsed().as_secs());
        if failed {
            // What comes after a broken promise says little.
            return;
        }
    }
}

/// Broken promises shown for one step.
const SHOWN: usize = 10;

fn judge(cluster: &mut Cluster, everybody: &[usize]) -> Result<(), String> {
    cluster.drain(everybody)?;
    let broken = cluster.judge().map_err(|error| error.to_string())?;
    if broken.is_empty() {
        return Ok(());
    }
    let shown: Vec<&str> = broken.iter().take(SHOWN).map(String::as_str).collect();
    Err(format!("{} promises broken:\n{}", broken.len(), shown.join("\n")))
}
