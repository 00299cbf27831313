//! Differential tests: the same C programs and tools on the reference's and our libraries and daemon, in all
//! combinations. What the reference alone prints is what every combination must print.

use crate::{
    compile::{self, Program},
    daemon::{Daemon, Transport},
    host::Outcome,
    service::{self, Daemons, Service},
    tools,
};
use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
    thread,
};

/// Seconds that one program may take; its own alarm (t.h) comes first.
const PROGRAM_SECONDS: u32 = 30;

/// A source that contains this word gets a daemon that nobody used before, and leaves it to nobody.
const FRESH: &str = "T_FRESH";

/// Differing lines shown for one program.
const SHOWN: usize = 12;

/// Libraries on a daemon.
#[derive(Debug, Clone)]
pub struct Combination {
    /// As reports call it: `our libraries, reference daemon`.
    pub name: &'static str,
    /// Our libraries' folder, `None` for the reference's.
    pub libraries: Option<PathBuf>,
    /// The daemons' executables.
    pub daemons: Daemons,
    /// Without a daemon this is the same as a combination before it.
    pub differs_by_daemon: bool,
    /// Folder of the compiled programs, named as `Program::name`.
    pub programs: PathBuf,
    /// Why it can't run, where something is missing.
    pub missing: Option<String>,
}

impl Combination {
    /// Whether a folder's programs are run in it.
    fn runs(&self, group: &str) -> bool {
        !self.differs_by_daemon || service::has_daemon(group)
    }
}

/// What a run of one combination gave: by test's name, its outcome or why there is none.
type Results = BTreeMap<String, Result<Outcome, String>>;

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As the reference.
    Agrees,
    /// Not so, and how.
    Differs(String),
    /// Not tried, and why.
    Skipped(String),
}

/// One line of the report: a test under one combination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The program's or tool's name.
    pub test: String,
    /// The combination's name.
    pub combination: &'static str,
    /// How it went.
    pub verdict: Verdict,
}

/// Runs the programs, and the tools if wanted, under each combination and compares with the first, the reference alone.
pub fn compare(programs: &[Program], tools: bool, combinations: &[Combination], logs: &Path) -> io::Result<Vec<Line>> {
    fs::create_dir_all(logs)?;
    let all: Vec<Results> = thread::scope(|scope| {
        let runs: Vec<_> = combinations
            .iter()
            .map(|combination| scope.spawn(move || run_all(programs, tools, combination, logs)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap_or_default()).collect()
    });
    let Some((reference, others)) = all.split_first() else { return Ok(Vec::new()) };
    let mut lines = Vec::new();
    for (test, expected) in reference {
        if let Err(reason) = expected {
            lines.push(line(test, combinations[0].name, judge_reference(&combinations[0], reason)));
            continue;
        }
        let group = test.split('/').next().unwrap_or_default();
        for (results, combination) in others.iter().zip(&combinations[1..]).filter(|(_, other)| other.runs(group)) {
            lines.push(line(test, combination.name, judge(expected, results.get(test), combination)));
        }
    }
    Ok(lines)
}

fn line(test: &str, combination: &'static str, verdict: Verdict) -> Line {
    Line { test: test.to_owned(), combination, verdict }
}

fn judge_reference(reference: &Combination, reason: &str) -> Verdict {
    match &reference.missing {
        Some(missing) => Verdict::Skipped(missing.clone()),
        None => Verdict::Differs(format!("the reference itself does not run it: {reason}")),
    }
}

fn judge(
    expected: &Result<Outcome, String>,
    actual: Option<&Result<Outcome, String>>,
    combination: &Combination,
) -> Verdict {
    if let Some(missing) = &combination.missing {
        return Verdict::Skipped(missing.clone());
    }
    match (expected, actual) {
        (Ok(expected), Some(Ok(actual))) if same(expected, actual) => Verdict::Agrees,
        (Ok(expected), Some(Ok(actual))) => Verdict::Differs(difference(expected, actual)),
        (_, Some(Err(reason))) => Verdict::Differs(reason.clone()),
        (_, None) | (Err(_), _) => Verdict::Differs("it did not run".to_owned()),
    }
}

/// Standard error is not compared: it holds the libraries' own words, if any.
fn same(expected: &Outcome, actual: &Outcome) -> bool {
    expected.status == actual.status && expected.stdout == actual.stdout
}

/// Lines that only one side has, as `diff` would mark them, in order.
fn difference(expected: &Outcome, actual: &Outcome) -> String {
    let mut text = String::new();
    if expected.status != actual.status {
        let _ = writeln!(text, "- {}\n+ {}", expected.status, actual.status);
    }
    let (left, right): (Vec<&str>, Vec<&str>) = (expected.stdout.lines().collect(), actual.stdout.lines().collect());
    let edits = edits(&left, &right);
    for (mark, line) in edits.iter().take(SHOWN) {
        let _ = writeln!(text, "{mark} {line}");
    }
    if edits.len() > SHOWN {
        let _ = writeln!(text, "... {} lines more", edits.len() - SHOWN);
    }
    let error = actual.stderr.trim();
    if !error.is_empty() && error != expected.stderr.trim() {
        let _ = writeln!(text, "! {}", error.lines().next().unwrap_or_default());
    }
    text
}

/// The lines outside a longest common subsequence, `-` for left, `+` for right.
fn edits<'a>(left: &[&'a str], right: &[&'a str]) -> Vec<(char, &'a str)> {
    // longest[i][j]: length of the longest common subsequence of left[i..] and right[j..].
    let mut longest = vec![vec![0usize; right.len() + 1]; left.len() + 1];
    for i in (0..left.len()).rev() {
        for j in (0..right.len()).rev() {
            longest[i][j] =
                if left[i] == right[j] { longest[i + 1][j + 1] + 1 } else { longest[i + 1][j].max(longest[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < left.len() || j < right.len() {
        if i < left.len() && j < right.len() && left[i] == right[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < left.len() && (j == right.len() || longest[i + 1][j] >= longest[i][j + 1]) {
            out.push(('-', left[i]));
            i += 1;
        } else {
            out.push(('+', right[j]));
            j += 1;
        }
    }
    out
}

/// Every test under one combination: programs folder by folder on one daemon each, then the tools.
fn run_all(programs: &[Program], tools: bool, combination: &Combination, logs: &Path) -> Results {
    let mut results = Results::new();
    if let Some(missing) = &combination.missing {
        results.extend(programs.iter().map(|program| (program.name.clone(), Err(missing.clone()))));
        return results;
    }
    let log = logs.join(format!("{}.log", combination.name.replace([' ', ','], "-")));
    let mut service: Option<(String, Service)> = None;
    for program in programs.iter().filter(|program| combination.runs(&program.group)) {
        let fresh = wants_fresh(&program.source);
        // A program may have ended its daemon: the next one gets another.
        service = service.filter(|(group, _)| !fresh && *group == program.group).and_then(living);
        let outcome = match service.take().map_or_else(|| serve(program, combination, &log), |(_, running)| Ok(running))
        {
            Ok(running) => {
                let outcome = run_one(&running, combination, program);
                service = (!fresh).then(|| (program.group.clone(), running));
                outcome
            }
            Err(reason) => Err(reason),
        };
        results.insert(program.name.clone(), outcome);
    }
    drop(service);
    let transports: &[Transport] = if tools { &[Transport::Knet, Transport::Udpu] } else { &[] };
    for &transport in transports {
        run_tools(combination, transport, &log, &mut results);
    }
    results
}

fn living((group, mut service): (String, Service)) -> Option<(String, Service)> {
    service.alive().then_some((group, service))
}

fn serve(program: &Program, combination: &Combination, log: &Path) -> Result<Service, String> {
    if !compile::uses_pacemaker(&program.group) {
        return start(combination, Transport::Knet, log).map(Service::Corosync);
    }
    let folder = program.source.parent().unwrap_or(Path::new("."));
    Service::pacemaker(&program.group, &combination.daemons, folder)
        .map_err(|error| format!("{}: nothing to run on: {error}", program.group))
}

fn wants_fresh(source: &Path) -> bool {
    fs::read_to_string(source).is_ok_and(|text| text.contains(FRESH))
}

fn start(combination: &Combination, transport: Transport, log: &Path) -> Result<Daemon, String> {
    let libraries = combination.libraries.as_deref();
    let program = &combination.daemons.corosync;
    Daemon::start(program, libraries, &transport.configuration(), log)
        .map_err(|error| format!("{} did not start: {error}", program.display()))
}

fn run_one(service: &Service, combination: &Combination, program: &Program) -> Result<Outcome, String> {
    let binary = combination.programs.join(&program.binary);
    let words: Vec<&OsStr> =
        [binary.as_os_str()].into_iter().chain(program.argument.as_deref().map(OsStr::new)).collect();
    let outcome = service.host().run(combination.libraries.as_deref(), PROGRAM_SECONDS, &words);
    outcome.map_err(|error| error.to_string())
}

/// Debian's own tools; what differs between any two runs is taken out of their output.
fn run_tools(combination: &Combination, transport: Transport, log: &Path, results: &mut Results) {
    let daemon = start(combination, transport, log);
    for tool in tools::ALL {
        let outcome = match &daemon {
            Ok(daemon) => {
                let words: Vec<&OsStr> = tool.command.iter().map(OsStr::new).collect();
                let outcome = daemon.host.run(combination.libraries.as_deref(), PROGRAM_SECONDS, &words);
                outcome.map(|found| (tool.normalise)(found)).map_err(|error| error.to_string())
            }
            Err(reason) => Err(reason.clone()),
        };
        results.insert(format!("tools/{} ({})", tool.command.join(" "), transport.name()), outcome);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(status: &str, stdout: &str) -> Outcome {
        Outcome { status: status.to_owned(), stdout: stdout.to_owned(), stderr: String::new() }
    }

    #[test]
    fn a_changed_line_shows_as_both_sides() {
        let text = difference(&outcome("exit 0", "a\nb\nc\n"), &outcome("exit 0", "a\nx\nc\nd\n"));
        assert_eq!(text, "- b\n+ x\n+ d\n");
    }

    #[test]
    fn a_status_counts_without_any_output() {
        let (expected, actual) = (outcome("exit 0", ""), outcome("signal 11", ""));
        assert!(!same(&expected, &actual));
        assert_eq!(difference(&expected, &actual), "- exit 0\n+ signal 11\n");
    }
}
