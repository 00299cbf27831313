//! `make check`: every test there is, one tally at the end.

use crate::{
    Result, clusters,
    combinations::{self, Suite},
    headers, layout, packages, pages, prototypes, run,
    stage::{self, Stage},
};
use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    time::Instant,
};
use testkit::{
    cluster::trials::{self, Step},
    differential::{self, Line, Verdict},
    lan,
};

/// Differing tests of which the difference is shown.
const SHOWN: usize = 40;

/// What the networks of clusters do is drawn from this.
const SEED: u64 = 1;

/// What was counted so far.
#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Tally {
    fn pass(&mut self, words: &str) {
        println!("ok: {words}");
        self.passed += 1;
    }
    fn fail(&mut self, words: &str) {
        println!("FAILED: {words}");
        self.failed += 1;
    }
    fn skip(&mut self, words: &str) {
        println!("skipped: {words}");
        self.skipped += 1;
    }
    /// The last line.
    fn close(&self) -> Result<()> {
        println!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped);
        if self.failed == 0 { Ok(()) } else { Err("the check failed".to_owned()) }
    }
    fn judge(&mut self, name: &str, outcome: Result<()>) {
        match outcome {
            Ok(()) => self.pass(name),
            Err(words) => self.fail(&format!("{name}: {words}")),
        }
    }
}

/// Runs everything; an error if anything failed.
pub(crate) fn check() -> Result<()> {
    let mut tally = Tally::default();
    if let Err(words) = packages::for_check() {
        println!("note: {words}");
    }
    let begin = Instant::now();
    step("format", begin);
    tally.judge("cargo fmt", run::run(run::cargo().args(["fmt", "--all", "--check"])));
    step("clippy", begin);
    let mut clippy = run::cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    tally.judge("cargo clippy", run::run(&mut clippy));
    step("Rust tests", begin);
    cargo_test(&mut tally, &["--workspace", "--exclude", "fuzz", "--no-fail-fast"]);
    step("fuzz targets, with their corpus", begin);
    cargo_test(&mut tally, &["--package", "fuzz", "--no-fail-fast", "--", "--nocapture"]);
    step("header parity", begin);
    header_parity(&mut tally);
    step("prototypes of the Rust faces", begin);
    face_parity(&mut tally);
    step("manual pages", begin);
    manual_pages(&mut tally);
    step("release build", begin);
    match stage::build_and_stage() {
        Ok(stage) => {
            tally.pass("release build, staged");
            step("ABI", begin);
            abi(&mut tally, &stage);
            step("C programs and tools in all combinations", begin);
            compare(&mut tally, &stage, None);
            step("clusters of the reference and ours, with faults", begin);
            clusters(&mut tally, &stage);
        }
        Err(words) => {
            tally.fail(&format!("release build: {words}"));
            // Our headers still have to compile, and the programs to run on the reference; nothing to compare with.
            tally.skip("ABI, C programs and tools, clusters: nothing is staged");
        }
    }
    println!("took {} s", begin.elapsed().as_secs());
    tally.close()
}

/// Header parity, C programs and tools alone, or one folder's programs, on what is staged: what is missing there is skipped.
pub(crate) fn compare_only(folder: Option<&str>) -> Result<()> {
    let mut tally = Tally::default();
    if folder.is_none() {
        header_parity(&mut tally);
    }
    compare(&mut tally, &Stage::here()?, folder);
    tally.close()
}

fn step(name: &str, begin: Instant) {
    println!("\n== {name} ({} s so far)", begin.elapsed().as_secs());
}

/// Crates' tests; cargo's closing lines are shown and counted, and so is what a test says that it skips.
fn cargo_test(tally: &mut Tally, which: &[&str]) {
    let mut cargo = run::cargo();
    cargo.arg("test").args(which).stdout(Stdio::piped());
    let mut child = match cargo.spawn() {
        Ok(child) => child,
        Err(error) => return tally.fail(&format!("cargo test: {error}")),
    };
    let lines =
        child.stdout.take().into_iter().flat_map(|pipe| BufReader::new(pipe).lines()).map_while(|line| line.ok());
    for line in lines {
        if let Some(counts) = line.strip_prefix("test result: ") {
            println!("{line}");
            tally.passed += count(counts, "passed");
            tally.failed += count(counts, "failed");
            tally.skipped += count(counts, "ignored");
        } else if !line.ends_with("... ok") && !line.is_empty() && !line.starts_with("running ") {
            tally.skipped += usize::from(line.starts_with("skipped: "));
            println!("{line}");
        }
    }
    match child.wait() {
        Ok(status) if status.success() => {}
        Ok(status) => tally.fail(&format!("cargo test: {status}")),
        Err(error) => tally.fail(&format!("cargo test: {error}")),
    }
}

/// The number before a word, as in `ok. 12 passed; 0 failed; ...`.
fn count(line: &str, word: &str) -> usize {
    let words: Vec<&str> = line.split([' ', ';']).filter(|word| !word.is_empty()).collect();
    let at = words.iter().position(|found| *found == word);
    at.and_then(|at| words.get(at.checked_sub(1)?)?.parse().ok()).unwrap_or(0)
}

fn header_parity(tally: &mut Tally) {
    match headers::differing() {
        Ok((count, differences)) => {
            tally.passed += count - differences.len();
            println!("{} of {count} headers declare what the reference's do", count - differences.len());
            differences.iter().for_each(|words| tally.fail(words));
        }
        Err(words) => tally.skip(&format!("header parity: {words}")),
    }
}

/// That the Rust faces have the types that our headers say.
fn face_parity(tally: &mut Tally) {
    match prototypes::judged() {
        Ok(faces) => {
            faces.into_iter().for_each(|(name, outcome)| tally.judge(&format!("prototypes of lib{name}"), outcome))
        }
        Err(words) => tally.fail(&format!("prototypes: {words}")),
    }
}

/// That the manual pages are sound, and as many as the reference's.
fn manual_pages(tally: &mut Tally) {
    let root = match pages::placed() {
        Ok(root) => root,
        Err(words) => return tally.fail(&format!("manual pages: {words}")),
    };
    match pages::faults(&root) {
        Ok((count, faults)) if faults.is_empty() => tally.pass(&format!("{count} manual pages")),
        Ok((_, faults)) => faults.iter().for_each(|words| tally.fail(words)),
        Err(words) => tally.skip(&format!("manual pages: {words}")),
    }
    match pages::missing(&root) {
        Ok(missing) if missing.is_empty() => tally.pass("a manual page for each of the reference's"),
        Ok(missing) => tally.fail(&format!("manual pages of the reference's that we lack: {}", missing.join(" "))),
        Err(words) => tally.skip(&format!("the reference's manual pages: {words}")),
    }
}

/// The ABI tables' checker, where it lies beside the project.
fn abi(tally: &mut Tally, stage: &Stage) {
    let checker: PathBuf = layout::root().join("../shared/abi/abi-check");
    if !checker.exists() {
        return tally.skip("abi-check: not found beside the project");
    }
    let mut corosync = Command::new(&checker);
    corosync.arg(&stage.libdir).arg("--include").arg(&stage.includedir);
    for (name, _) in layout::LIBRARIES {
        corosync.arg("--lib").arg(format!("lib{name}"));
    }
    tally.judge("abi-check, corosync's libraries", run::run(&mut corosync));
    let mut pacemaker = Command::new(&checker);
    // what our headers include of libcrmcommon's is the reference's
    pacemaker.arg(&stage.libdir).arg("--strict-internal").arg("--include").arg(&stage.includedir).arg("/usr/include");
    for (name, _) in layout::PACEMAKER_LIBRARIES {
        pacemaker.arg("--lib").arg(format!("lib{name}"));
    }
    tally.judge("abi-check, pacemaker's libraries", run::run(&mut pacemaker));
}

fn compare(tally: &mut Tally, stage: &Stage, folder: Option<&str>) {
    let suite = match combinations::prepare(stage, folder) {
        Ok(suite) => suite,
        Err(words) => return tally.fail(&words),
    };
    suite.broken.iter().for_each(|words| tally.fail(&format!("does not compile: {words}")));
    let logs = stage.root.with_file_name("daemon-logs");
    match differential::compare(&suite.programs, folder.is_none(), &suite.combinations, &logs) {
        Ok(lines) => report(tally, &suite, &lines),
        Err(error) => tally.fail(&format!("C programs: {error}")),
    }
    println!("the daemons' logs: {}", logs.display());
}

/// A short selection of what `make clusters` runs.
fn clusters(tally: &mut Tally, stage: &Stage) {
    if let Some(reason) = lan::missing() {
        return tally.skip(&format!("clusters: {reason}"));
    }
    let mut report = |verdict: Step, seconds| {
        println!("({seconds} s)");
        tally.judge(&verdict.name, verdict.outcome);
    };
    if let Err(words) = clusters::run(&trials::short(), SEED, stage, &mut report) {
        tally.fail(&format!("clusters: {words}"));
    }
}

fn report(tally: &mut Tally, suite: &Suite, lines: &[Line]) {
    for combination in &suite.combinations {
        let mut agreed = 0;
        let mut reasons: Vec<(&str, usize)> = Vec::new();
        for line in lines.iter().filter(|line| line.combination == combination.name) {
            match &line.verdict {
                Verdict::Agrees => agreed += 1,
                Verdict::Skipped(reason) => match reasons.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, count)) => *count += 1,
                    None => reasons.push((reason, 1)),
                },
                Verdict::Differs(how) if tally.failed < SHOWN => {
                    tally.fail(&format!("{} ({}):\n{}", line.test, line.combination, how.trim_end()));
                }
                Verdict::Differs(_) => tally.fail(&format!("{} ({})", line.test, line.combination)),
            }
        }
        tally.passed += agreed;
        println!("{}: {agreed} tests as the reference alone", combination.name);
        for (reason, count) in reasons {
            println!("skipped: {count} tests under {}: {reason}", combination.name);
            tally.skipped += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn counts_come_from_cargos_closing_line() {
        let line = "FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!((count(line, "passed"), count(line, "failed"), count(line, "ignored")), (12, 3, 1));
    }
}
