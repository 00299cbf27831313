//! The C programs, compiled, and the combinations that they run in.

use crate::{Result, layout, stage::Stage};
use std::path::{Path, PathBuf};
use testkit::{
    compile::{self, Against, Program},
    differential::Combination,
};

/// The reference's daemon.
pub(crate) const REFERENCE_DAEMON: &str = "/usr/sbin/corosync";

/// What is ready to be compared.
pub(crate) struct Suite {
    pub(crate) programs: Vec<Program>,
    pub(crate) combinations: Vec<Combination>,
    /// Programs that do not compile, with the compiler's words.
    pub(crate) broken: Vec<String>,
}

/// Compiles all programs, against the reference's headers and libraries and against ours.
pub(crate) fn prepare(stage: &Stage) -> Result<Suite> {
    let tests = layout::root().join("capi-tests");
    let folder = layout::target()?.join("capi-tests");
    let (theirs, ours) = (folder.join("reference"), folder.join("ours"));
    let against_ours = Against::Ours { include: &stage.includedir, libdir: &stage.libdir };
    let mut suite = Suite { programs: Vec::new(), combinations: all(stage, &theirs, &ours), broken: Vec::new() };
    for program in compile::programs(&tests).map_err(|error| format!("capi-tests: {error}"))? {
        if let Err(words) = compile::compile(&program.source, &tests, Against::Reference, &theirs.join(&program.name)) {
            suite.broken.push(format!("{}: {}", program.name, first_lines(&words)));
            continue;
        }
        if missing_library(stage).is_none() {
            // One that ours can't build still runs as the reference built it.
            let built = compile::compile(&program.source, &tests, against_ours, &ours.join(&program.name));
            let words = built.err().map(|words| format!("{} on ours: {}", program.name, first_lines(&words)));
            suite.broken.extend(words);
        }
        suite.programs.push(program);
    }
    Ok(suite)
}

/// A compiler's first words are the ones that count.
fn first_lines(words: &str) -> String {
    words.lines().take(4).collect::<Vec<_>>().join("\n")
}

fn all(stage: &Stage, theirs: &Path, ours: &Path) -> Vec<Combination> {
    let reference = PathBuf::from(REFERENCE_DAEMON);
    let libraries = Some(stage.libdir.clone());
    let no_reference =
        (!reference.exists()).then(|| format!("{REFERENCE_DAEMON} is missing: apt-get install corosync"));
    let no_library = missing_library(stage);
    let daemon = stage.daemon("corosync");
    let no_daemon = (!daemon.exists()).then(|| format!("{} is missing: make", daemon.display()));
    let combination = |name, libraries, daemon: &PathBuf, programs: &Path, missing: Option<String>| Combination {
        name,
        libraries,
        daemon: daemon.clone(),
        programs: programs.to_owned(),
        missing: missing.or_else(|| no_reference.clone()),
    };
    let neither = no_library.clone().or_else(|| no_daemon.clone());
    vec![
        combination("reference alone", None, &reference, theirs, None),
        // What differs here is the test's own fault: it prints what no two runs have in common.
        combination("reference again", None, &reference, theirs, None),
        combination("our libraries, reference daemon", libraries.clone(), &reference, theirs, no_library),
        combination("reference libraries, our daemon", None, &daemon, theirs, no_daemon),
        combination("ours alone", libraries.clone(), &daemon, theirs, neither.clone()),
        combination("ours alone, built on ours", libraries, &daemon, ours, neither),
    ]
}

fn missing_library(stage: &Stage) -> Option<String> {
    let path = |name: &str| stage.libdir.join(format!("lib{name}.so"));
    let missing = layout::libraries().map(|(name, _)| path(name)).find(|path| !path.exists())?;
    Some(format!("{} is missing: make", missing.display()))
}
