//! Debian's tools on CIBs in files, with Debian's libcib and with ours: each prints the same, ends the same and leaves
//! the same files. Skipped, and said so, where they are not installed.

mod common;

use common::{Folder, ours, skipped};
use std::{path::Path, process::Command};
use testkit::library::assert_same_lines;

const SESSION: &str = include_str!("session.sh");
const REFERENCE: &str = "/usr/lib/x86_64-linux-gnu/libcib.so.27";

/// What the tools print.
fn session(name: &str, libraries: Option<&Path>) -> String {
    let folder = Folder::new(name);
    let mut command = Command::new("bash");
    command.args(["-c", SESSION, "session"]).arg(&folder.0).env_remove("LD_LIBRARY_PATH");
    for set in ["CIB_file", "CIB_shadow", "CIB_user", "CIB_port", "PCMK_schema_directory"] {
        command.env_remove(set);
    }
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().expect("bash runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn debian_s_tools_print_and_leave_the_same_with_both_libraries() {
    let needed = ["/usr/sbin/cibadmin", "/usr/sbin/crm_simulate", REFERENCE];
    if let Some(missing) = needed.into_iter().find(|path| !Path::new(path).exists()) {
        return skipped(&format!("{missing} is missing: apt-get install pacemaker-cli-utils"));
    }
    let library = ours();
    let linked = Command::new("ldd").arg("/usr/sbin/cibadmin").env("LD_LIBRARY_PATH", &library.0).output();
    let linked = String::from_utf8_lossy(&linked.expect("ldd runs").stdout).into_owned();
    assert!(linked.contains(&library.0.display().to_string()), "{linked}");
    let (theirs, ours) = (session("theirs", None), session("ours", Some(&library.0)));
    assert!(theirs.lines().count() > 500, "{theirs}");
    assert_same_lines(&theirs, &ours);
}
