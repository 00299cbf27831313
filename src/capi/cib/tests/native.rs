//! Debian's tools, with Debian's libcib and with ours, and a program that calls functions of libcib itself, on Debian's
//! CIB manager in a cluster of one virtual host: each prints the same. Skipped, and said so, without root or where
//! something isn't installed.

mod common;

use common::{
    Folder,
    cluster::{COROSYNC, MANAGER, cluster, compile, shell},
    ours, skipped,
};
use std::path::Path;
use testkit::library::assert_same_lines;

const SESSION: &str = include_str!("session_native.sh");

/// What the session and the program print on a cluster of their own.
fn run(program: &Path, libraries: Option<&Path>) -> Option<String> {
    let host = cluster("")?;
    let folder = Folder::new(if libraries.is_some() { "ours" } else { "theirs" });
    let script = format!("exec 2>&1\n{}\n{SESSION}", program.display());
    let mut command = shell(&host, &script);
    command.arg(&folder.0).env_remove("LD_LIBRARY_PATH");
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().expect("nsenter runs");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn debian_s_tools_and_a_program_print_the_same_on_debian_s_manager() {
    let needed = ["/usr/sbin/cibadmin", "/usr/include/pacemaker/crm/cib.h", MANAGER, COROSYNC];
    if let Some(missing) = needed.into_iter().find(|path| !Path::new(path).exists()) {
        return skipped(&format!("{missing} is missing: apt-get install pacemaker pacemaker-cli-utils pacemaker-dev"));
    }
    if !nix::unistd::geteuid().is_root() {
        return skipped("needs root");
    }
    let (folder, library) = (Folder::new("program"), ours());
    let program = compile(&folder.0);
    let (Some(theirs), Some(ours)) = (run(&program, None), run(&program, Some(&library.0))) else { return };
    assert!(theirs.lines().count() > 400, "{theirs}");
    assert_same_lines(&theirs, &ours);
}
