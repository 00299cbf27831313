//! `make fuzz`: builds the targets of `fuzz/` with coverage for libFuzzer and runs them, one after the other.

use crate::{Result, layout, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

/// What cargo-fuzz tells rustc, without what needs a nightly compiler: the targets are safe code but for one floor.
const COVERAGE: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
                        -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
                        -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";
/// Limits of one input: seconds, MiB, bytes. A bus error is what a cut file makes, and handled by the code under test.
const LIMITS: [&str; 4] = ["-timeout=20", "-rss_limit_mb=2048", "-max_len=16384", "-handle_bus=0"];
/// What is kept of a target's corpus, in bytes.
const KEPT: u64 = 20 << 10;

/// Where things are below the target folder, and in the project.
struct Places {
    program: PathBuf,
    work: PathBuf,
    kept: PathBuf,
}

/// Fuzzes one target or all of them, each for so many seconds; with `keep` the committed corpus is made anew from
/// what was found.
pub(crate) fn fuzz(target: Option<&str>, seconds: u32, keep: bool) -> Result<()> {
    let places = build()?;
    let known = names(&places.kept)?;
    let wanted: Vec<&String> = known.iter().filter(|name| target.is_none_or(|target| target == *name)).collect();
    if wanted.is_empty() {
        return Err(format!("no such target; there are: {}", known.join(" ")));
    }
    for name in wanted {
        println!("\n== {name}");
        search(&places, name, seconds)?;
        if keep {
            minimise(&places, name)?;
        }
    }
    Ok(())
}

fn build() -> Result<Places> {
    let folder = layout::target()?.join("fuzz");
    // with a target named, the flags are for it only, and not for build scripts and macros
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut cargo = run::cargo();
    cargo.args(["build", "--package", "fuzz", "--bin", "fuzz", "--features", "libfuzzer", "--profile", "fuzz"]);
    cargo.args(["--target", &triple, "--target-dir"]).arg(&folder);
    run::run(cargo.env("RUSTFLAGS", COVERAGE))?;
    let program = folder.join(triple).join("fuzz/fuzz");
    Ok(Places { program, work: folder.join("work"), kept: layout::root().join("fuzz/corpus") })
}

/// Every target has a folder.
fn names(corpus: &Path) -> Result<Vec<String>> {
    let folders = fs::read_dir(corpus).map_err(|error| format!("{}: {error}", corpus.display()))?;
    let mut names: Vec<String> =
        folders.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names)
}

fn fresh(folder: &Path) -> Result<()> {
    let outcome = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    };
    outcome.map_err(|error| format!("{}: {error}", folder.display()))
}

/// The fuzzer on a target, its seeds written anew.
fn fuzzer(places: &Places, name: &str) -> Result<(Command, [PathBuf; 3])> {
    let (seeds, found) = (places.work.join(name).join("seeds"), places.work.join(name).join("found"));
    fresh(&seeds)?;
    fs::create_dir_all(&found).map_err(|error| format!("{}: {error}", found.display()))?;
    let mut command = Command::new(&places.program);
    command.args(LIMITS).env("FUZZ_TARGET", name).env("FUZZ_SEEDS", &seeds);
    Ok((command, [found, places.kept.join(name), seeds]))
}

fn search(places: &Places, name: &str, seconds: u32) -> Result<()> {
    let (mut command, folders) = fuzzer(places, name)?;
    command.arg(format!("-max_total_time={seconds}")).args(["-print_final_stats=1"]);
    command.arg(format!("-artifact_prefix={}/{name}-", places.work.display())).args(folders);
    let mut child = command.spawn().map_err(|error| format!("{}: {error}", places.program.display()))?;
    let status = child.wait().map_err(|error| error.to_string())?;
    forget_connections(child.id());
    if status.success() {
        return Ok(());
    }
    let work = places.work.display();
    Err(format!("{name}: {status}; the input is {work}/{name}-*: give it to {} once more", places.program.display()))
}

/// A fuzzer that was stopped in the middle leaves its connections' files.
fn forget_connections(pid: u32) {
    let start = format!("qb-{pid}-");
    let entries = fs::read_dir("/dev/shm").into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&start)) {
        let _gone = fs::remove_dir_all(entry.path());
    }
}

/// Keeps the fewest inputs that reach everything that was reached, the smallest first.
fn minimise(places: &Places, name: &str) -> Result<()> {
    let (mut command, folders) = fuzzer(places, name)?;
    let fewest = places.work.join(name).join("fewest");
    fresh(&fewest)?;
    command.args(["-set_cover_merge=1", "-use_counters=0"]).arg(&fewest);
    run::run(command.args(&folders))?;
    let seeds: Vec<Vec<u8>> = files(&folders[2])?.iter().flat_map(fs::read).collect();
    fresh(&folders[1])?;
    let mut room = KEPT;
    for path in files(&fewest)? {
        let contents = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        room = match room.checked_sub(contents.len() as u64) {
            Some(left) if !seeds.contains(&contents) => left,
            _ => continue,
        };
        let kept = folders[1].join(path.file_name().unwrap_or_default());
        fs::write(&kept, contents).map_err(|error| format!("{}: {error}", kept.display()))?;
    }
    // a folder without a file can't be committed
    if room == KEPT {
        let empty = folders[1].join("empty");
        fs::write(&empty, b"").map_err(|error| format!("{}: {error}", empty.display()))?;
    }
    Ok(())
}

/// A folder's files, the smallest first.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort_by_cached_key(|path| (fs::metadata(path).map_or(0, |metadata| metadata.len()), path.clone()));
    Ok(files)
}
