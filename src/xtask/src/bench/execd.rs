//! The executor of one host: Debian's, then ours, with an agent that does next to nothing.

use super::table::{self, Figure};
use crate::{Result, layout};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use testkit::{host::Outcome, pacemaker, stack::trials::EXECUTOR_PATH};

/// Where agents are.
const AGENTS: &str = "/usr/lib/ocf/resource.d";

/// Times that both are measured; the table holds medians.
const ROUNDS: usize = 3;

/// Seconds that the program may take in all, per second a figure.
const PATIENCE: u32 = 60;

/// Measures both and prints and keeps the table.
pub(super) fn measure(seconds: u32) -> Result<()> {
    let programs = Programs { client: super::program("execd")?, agent: super::program("agent")? };
    let ours_path = layout::target()?.join("release/pacemaker-execd");
    let (mut reference, mut ours) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        println!("executors, round {round} of {ROUNDS}: the reference's, then ours");
        reference.extend(one(Path::new(EXECUTOR_PATH), &programs, seconds)?);
        ours.extend(one(&ours_path, &programs, seconds)?);
    }
    let rows = table::of_two("resources", &reference, &ours);
    println!("\n{rows}");
    let machine = table::machine();
    let words = format!("`make bench` (medians of {ROUNDS} rounds, {seconds} s a figure, {machine}, pacemaker 2.1.5):");
    table::keep("executors", &format!("{words}\n\n{rows}"))
}

struct Programs {
    client: PathBuf,
    agent: PathBuf,
}

/// All figures of an executor on a host of its own.
fn one(executor: &Path, programs: &Programs, seconds: u32) -> Result<Vec<Figure>> {
    let host = pacemaker::host("make bench", &[EXECUTOR_PATH], &[AGENTS]).ok_or("no virtual host")?;
    let agents = host.path(&format!("{AGENTS}/bench"));
    let copied = fs::create_dir(&agents).and_then(|()| fs::copy(&programs.agent, agents.join("Agent")));
    copied.map_err(|error| format!("{}: {error}", agents.display()))?;
    let running = pacemaker::executor(&host, &executor.to_string_lossy());
    let mut running = running.map_err(|error| format!("{}: {error}", executor.display()))?;
    let said = told(
        host.command("timeout")
            .arg((PATIENCE * seconds.max(1)).to_string())
            .arg(&programs.client)
            .arg(seconds.to_string()),
    )?;
    let mut figures: Vec<Figure> = said.lines().filter_map(Figure::of_line).collect();
    let said = told(host.command("sh").args(["-c", &super::resident_of("pacemaker-execd")]))?;
    figures.push(super::resident(0, &said)?);
    if running.runs() { Ok(figures) } else { Err(format!("{} ended", executor.display())) }
}

fn told(command: &mut Command) -> Result<String> {
    let outcome = Outcome::of(&command.output().map_err(|error| format!("{command:?}: {error}"))?);
    if outcome.success() {
        Ok(outcome.stdout)
    } else {
        Err(format!("{command:?}: {}\n{}", outcome.status, outcome.stderr))
    }
}
