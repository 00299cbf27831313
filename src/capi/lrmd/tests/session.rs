//! A program linked with Debian's liblrmd prints the same with ours in a session with an executor, Debian's and ours. Skipped,
//! and said so, without root or where Debian's packages are missing.

mod common;

use common::{REFERENCE, compile, host, run};
use std::path::{Path, PathBuf};
use testkit::{
    library::{Folder, assert_same_lines, built, daemon},
    pacemaker,
};

/// What the session prints on a host of its own.
fn session(program: &Path, executor: &Path, library: Option<&Folder>) -> Option<String> {
    let host = host("a session")?;
    let mut running = pacemaker::executor(&host, &executor.display().to_string()).expect("an executor");
    let told = run(&host, library, program, &[]);
    running.runs();
    Some(told)
}

#[test]
fn a_session_is_the_same_with_both_libraries_and_both_executors() {
    let folder = Folder::new("lrmd-session");
    if host("a session").is_none() {
        return;
    }
    let program = compile(&folder, "session", include_str!("session.c"));
    let (library, ours, theirs) = (built("lrmd", 28), daemon("pacemaker-execd"), PathBuf::from(REFERENCE));
    let said = |executor, library| session(&program, executor, library).expect("a host, as before");
    let expected = said(&theirs, None);
    assert!(expected.lines().count() > 200, "{expected}");
    for (executor, library) in [(&theirs, Some(&library)), (&ours, None), (&ours, Some(&library))] {
        assert_same_lines(&expected, &said(executor, library));
    }
}
