//! The executor of one host: Debian's, then ours, with an agent that does next to nothing.

use super::table::{self, Figure};
use super::trace::{Process, Trace};
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
    let trace = Trace::start().inspect_err(|error| println!("skipped: when agents are forked and end: {error}"));
    let said = told(
        host.command("timeout")
            .arg((PATIENCE * seconds.max(1)).to_string())
            .arg(&programs.client)
            .arg(seconds.to_string()),
    )?;
    let mut figures: Vec<Figure> = said.lines().filter_map(Figure::of_line).collect();
    if let Ok(trace) = trace {
        figures.extend(latencies(&said, &trace.processes()?)?);
    }
    let said = told(host.command("sh").args(["-c", &super::resident_of("pacemaker-execd")]))?;
    figures.push(super::resident(0, &said)?);
    if running.runs() { Ok(figures) } else { Err(format!("{} ended", executor.display())) }
}

/// What the executor takes of the time between a request and the notification, without its agent.
fn latencies(said: &str, processes: &[Process]) -> Result<Vec<Figure>> {
    let (mut to_fork, mut to_client, mut woken_to_client) = (Vec::new(), Vec::new(), Vec::new());
    for (asked, told) in said.lines().filter_map(alone) {
        // they are in order, and only one was there in that time
        let next = processes.partition_point(|process| process.ended < asked);
        let process = processes.get(next).filter(|process| process.forked > asked && process.ended < told);
        let process = process.ok_or("the kernel told of no agent between a request and its notification")?;
        to_fork.push(process.forked - asked);
        to_client.push(told - process.ended);
        woken_to_client.extend(process.woke.filter(|woke| *woke < told).map(|woke| told - woke));
    }
    let named = [
        ("request_to_fork_us", to_fork),
        ("exit_to_notification_us", to_client),
        ("wake-up_to_notification_us", woken_to_client),
    ];
    let mut figures = Vec::new();
    for (name, mut values) in named {
        values.sort_by(f64::total_cmp);
        let middle = table::median(&values).ok_or("no operation ran alone")?;
        figures.push(Figure::of_none(&format!("{name}_median"), middle));
        figures.push(Figure::of_none(&format!("{name}_p99"), values[values.len() * 99 / 100]));
    }
    Ok(figures)
}

/// When an operation that ran alone was asked for, and when its end was told.
fn alone(line: &str) -> Option<(f64, f64)> {
    let (asked, told) = line.strip_prefix("alone ")?.split_once(' ')?;
    Some((asked.parse().ok()?, told.parse().ok()?))
}

fn told(command: &mut Command) -> Result<String> {
    let outcome = Outcome::of(&command.output().map_err(|error| format!("{command:?}: {error}"))?);
    if outcome.success() {
        Ok(outcome.stdout)
    } else {
        Err(format!("{command:?}: {}\n{}", outcome.status, outcome.stderr))
    }
}
