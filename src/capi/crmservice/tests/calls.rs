//! A program that uses libcrmservice, on Debian's library and on ours: it prints the same. Skipped, and said so, without
//! root or where something isn't installed.

mod common;

use testkit::library::{Folder, assert_same_lines, compile};

const CALLS: &str = include_str!("calls.c");
const AGENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agent.sh");
const SESSION: &str = include_str!("session.sh");

#[test]
fn a_program_sees_the_same_of_both_libraries() {
    let Some(library) = common::library(&["/usr/include/pacemaker/crm/services.h"]) else { return };
    let folder = Folder::new("crmservice-calls");
    let program = compile(&folder.0, CALLS, &["libcrmservice.so.28", "libcrmcommon.so.34"]);
    let (theirs, ours) = common::both(SESSION, &[&program.display().to_string(), AGENT], &library);
    assert!(theirs.lines().count() > 600, "{theirs}");
    assert_same_lines(&theirs, &ours);
}
