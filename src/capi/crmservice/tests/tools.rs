//! Debian's crm_resource, on Debian's libcrmservice and on ours, and on our liblrmd beside it: it prints the same and ends the same. Skipped, and said
//! so, without root or where something isn't installed.

mod common;

use std::os::unix::fs::symlink;
use std::process::Command;
use testkit::library::{assert_same_lines, built};

const SESSION: &str = include_str!("session_tools.sh");
const TOOL: &str = "/usr/sbin/crm_resource";

#[test]
fn debian_s_crm_resource_prints_the_same_on_both_libraries() {
    let Some(library) = common::library(&[TOOL]) else { return };
    let linked = Command::new("ldd").arg(TOOL).env("LD_LIBRARY_PATH", &library.0).output().expect("ldd runs");
    let linked = String::from_utf8_lossy(&linked.stdout).into_owned();
    assert!(linked.contains(&library.0.display().to_string()), "{linked}");
    let (theirs, ours) = common::both(SESSION, &[], &library);
    assert!(theirs.lines().count() > 800, "{theirs}");
    assert_same_lines(&theirs, &ours);
    let client = built("lrmd", 28);
    symlink(client.0.join("liblrmd.so.28"), library.0.join("liblrmd.so.28")).expect("a link");
    let (_, ours) = common::both(SESSION, &[], &library);
    assert_same_lines(&theirs, &ours);
}
