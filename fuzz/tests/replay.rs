//! Every target takes its seeds, its corpus and some thousand changes of both, the same ones each time.
//!
//! `FUZZ_CHANGES` sets how many changes a target takes; `FUZZ_ONLY` names one target.

use fuzz::{TARGETS, Target, clients};
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::random::Random;

/// Changes that each target takes unless it needs more time than [`SHARE`].
const CHANGES: u64 = 3000;
/// What one target may take, so that all of them together fit in `make check`.
const SHARE: Duration = Duration::from_millis(700);
/// Most memory that an input may need at once, in MiB: some maximal messages.
const MEMORY_MAX: u64 = 64;
/// Where the random numbers start.
const SEED: u64 = 0x5957;

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name);
    let mut files: Vec<_> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    let read = |path: &std::path::PathBuf| std::fs::read(path).expect("a file of the corpus");
    (target.seeds)().into_iter().chain(files.iter().map(read)).collect()
}

/// Runs an input; one that fails is named, so that it can be run again.
fn run(target: &Target, input: &[u8], what: &str) {
    let mut outcome = Ok(());
    let memory = allocation_counter::measure(|| outcome = std::panic::catch_unwind(|| (target.run)(input)));
    let needed = memory.bytes_max >> 20;
    if outcome.is_err() || needed > MEMORY_MAX {
        let file = std::env::temp_dir().join(format!("systole-fuzz-{}", target.name));
        let _kept = std::fs::write(&file, input);
        panic!("{}: {what} fails (needs {needed} MiB); it is in {}", target.name, file.display());
    }
}

/// Gives how many changes were taken.
fn replay(target: &Target, changes: Option<u64>) -> u64 {
    let inputs = corpus(target);
    for (index, input) in inputs.iter().enumerate() {
        run(target, input, &format!("input {index} of the corpus"));
    }
    let begin = Instant::now();
    let mut random = Random::new(SEED);
    for count in 0..changes.unwrap_or(CHANGES) {
        if changes.is_none() && begin.elapsed() > SHARE {
            return count;
        }
        let mut pick = || &inputs[random.below(inputs.len() as u64) as usize];
        let (input, other) = (pick(), pick());
        let changed = target.mutated(input, other, &mut random);
        run(target, &changed, &format!("change {count}"));
    }
    changes.unwrap_or(CHANGES)
}

/// The only test that allocates much: what an input needs is seen.
#[test]
fn nothing_of_the_corpus_and_its_changes_breaks_a_target() {
    let changes = std::env::var("FUZZ_CHANGES").ok().map(|number| number.parse().expect("FUZZ_CHANGES is a number"));
    let only = std::env::var("FUZZ_ONLY").unwrap_or_default();
    for target in TARGETS.iter().filter(|target| only.is_empty() || target.name == only) {
        if target.name.starts_with("client_") && !clients::can_run() {
            println!("skipped: {} needs a network namespace of its own, which root may make", target.name);
            continue;
        }
        let begin = Instant::now();
        let taken = replay(target, changes);
        println!(
            "{}: {} inputs, {taken} changes, {} ms",
            target.name,
            corpus(target).len(),
            begin.elapsed().as_millis()
        );
    }
}

#[test]
fn every_target_has_a_corpus() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let entries = std::fs::read_dir(folder).expect("the corpus").flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let mut known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    names.sort();
    known.sort_unstable();
    assert_eq!(names, known);
}
