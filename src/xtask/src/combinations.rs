//! The C programs, compiled, and the combinations that they run in.

use crate::{Result, layout, stage::Stage};
use std::path::Path;
use testkit::{
    compile::{self, Against, Program},
    differential::Combination,
    service::Daemons,
    stack::trials::{CIB_MANAGER_PATH, EXECUTOR_PATH},
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

/// Compiles all programs, or a folder's, against the reference's headers and libraries and against ours.
pub(crate) fn prepare(stage: &Stage, only: Option<&str>) -> Result<Suite> {
    let tests = layout::root().join("capi-tests");
    let folder = layout::target()?.join("capi-tests");
    let (theirs, ours) = (folder.join("reference"), folder.join("ours"));
    let against_ours = Against::Ours { include: &stage.includedir, libdir: &stage.libdir };
    let mut suite = Suite { programs: Vec::new(), combinations: all(stage, &theirs, &ours), broken: Vec::new() };
    for program in compile::programs(&tests).map_err(|error| format!("capi-tests: {error}"))? {
        if only.is_some_and(|only| only != program.group) {
            continue;
        }
        // one source's variants come one after the other
        let known = suite.programs.last().is_some_and(|last| last.binary == program.binary);
        if known || built(&program, &tests, &theirs, ours_if_there(stage, against_ours, &ours), &mut suite.broken) {
            suite.programs.push(program);
        }
    }
    Ok(suite)
}

fn ours_if_there<'a>(stage: &Stage, against: Against<'a>, folder: &'a Path) -> Option<(Against<'a>, &'a Path)> {
    missing_library(stage).is_none().then_some((against, folder))
}

/// Compiles a program against the reference and against ours, where that is. Says whether the first one is there to run.
fn built(
    program: &Program,
    tests: &Path,
    theirs: &Path,
    ours: Option<(Against, &Path)>,
    broken: &mut Vec<String>,
) -> bool {
    if let Err(words) = compile::compile(&program.source, tests, Against::Reference, &theirs.join(&program.binary)) {
        broken.push(format!("{}: {}", program.binary, first_lines(&words)));
        return false;
    }
    if let Some((against, folder)) = ours {
        // One that ours can't build still runs as the reference built it.
        let words = compile::compile(&program.source, tests, against, &folder.join(&program.binary)).err();
        broken.extend(words.map(|words| format!("{} on ours: {}", program.binary, first_lines(&words))));
    }
    true
}

/// A compiler's first words are the ones that count.
fn first_lines(words: &str) -> String {
    words.lines().take(4).collect::<Vec<_>>().join("\n")
}

fn all(stage: &Stage, theirs: &Path, ours: &Path) -> Vec<Combination> {
    let reference = Daemons {
        corosync: REFERENCE_DAEMON.into(),
        executor: EXECUTOR_PATH.into(),
        cib_manager: CIB_MANAGER_PATH.into(),
    };
    let libraries = Some(stage.libdir.clone());
    let no_reference = missing(&reference).map(|name| format!("{name} is missing: apt-get install corosync pacemaker"));
    let no_library = missing_library(stage);
    let daemons = Daemons {
        corosync: stage.daemon("corosync"),
        executor: stage.daemon("pacemaker-execd"),
        cib_manager: stage.daemon("pacemaker-based"),
    };
    let no_daemon = missing(&daemons).map(|name| format!("{name} is missing: make"));
    let combination = |name, libraries, daemons: &Daemons, programs: &Path, missing: Option<String>| Combination {
        name,
        libraries,
        daemons: daemons.clone(),
        differs_by_daemon: false,
        programs: programs.to_owned(),
        missing: missing.or_else(|| no_reference.clone()),
    };
    let by_daemon = |combination| Combination { differs_by_daemon: true, ..combination };
    let neither = no_library.clone().or_else(|| no_daemon.clone());
    vec![
        combination("reference alone", None, &reference, theirs, None),
        // What differs here is the test's own fault: it prints what no two runs have in common.
        combination("reference again", None, &reference, theirs, None),
        combination("our libraries, reference daemon", libraries.clone(), &reference, theirs, no_library),
        by_daemon(combination("reference libraries, our daemon", None, &daemons, theirs, no_daemon)),
        by_daemon(combination("ours alone", libraries.clone(), &daemons, theirs, neither.clone())),
        combination("ours alone, built on ours", libraries, &daemons, ours, neither),
    ]
}

/// The first of the daemons that isn't there.
fn missing(daemons: &Daemons) -> Option<String> {
    let all = [&daemons.corosync, &daemons.executor, &daemons.cib_manager];
    Some(all.into_iter().find(|path| !path.exists())?.display().to_string())
}

fn missing_library(stage: &Stage) -> Option<String> {
    let path = |name: &str| stage.libdir.join(format!("lib{name}.so"));
    let missing = layout::libraries().map(|(name, _)| path(name)).find(|path| !path.exists())?;
    Some(format!("{} is missing: make", missing.display()))
}
