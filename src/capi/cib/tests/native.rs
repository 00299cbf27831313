//! Debian's tools, with Debian's libcib and with ours, and a program that calls functions of libcib itself, on Debian's
//! CIB manager, on ours, and on Debian's with our libcib, in a cluster of one virtual host: each prints the same. Skipped, and said so, without root or
//! where something isn't installed.

mod common;

use common::{
    Folder,
    cluster::{CALLS, COROSYNC, MANAGER, cluster, compile, shell},
    ours, skipped,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use testkit::library::{assert_same_lines, daemon};
use testkit::pacemaker::{AS_CLUSTER_USER, IN_CLUSTER};

/// What each tool does alone.
const TOOLS: &str = include_str!("session_native.sh");
/// A program whose manager dies.
const LOST: &str = include_str!("lost.c");
/// What an administrator does with the shells around them.
const SHELLS: &str = include_str!("session_shells.sh");

/// What a script prints on a cluster of its own, with these libraries in front of Debian's, and this in its manager's
/// place.
fn run(name: &str, script: &str, libraries: Option<&Path>, manager: Option<&Path>) -> Option<String> {
    let host = cluster(|_| Ok(()), manager)?;
    let folder = Folder::new(name);
    let mut command = shell(&host, &format!("exec 2>&1\n{script}"));
    command.arg(&folder.0).env_remove("LD_LIBRARY_PATH");
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().expect("nsenter runs");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Debian's manager, with our library.
fn on_our_library(folder: &Folder, library: &Folder) -> PathBuf {
    let (copy, start) = (folder.0.join("pacemaker-based"), folder.0.join("start"));
    fs::copy(MANAGER, &copy).expect("a temporary file");
    let (library, copy) = (library.0.display(), copy.display());
    // who may not read it would get Debian's
    let text = format!("#!/bin/sh\n[ -r {library}/libcib.so.27 ] && LD_LIBRARY_PATH={library} exec {copy} \"$@\"\n");
    fs::write(&start, text).expect("a temporary file");
    fs::set_permissions(&start, Permissions::from_mode(0o755)).expect("a temporary file");
    start
}

/// Fails where one of the combinations of libraries and managers has a script print something else than Debian's alone,
/// or that prints fewer lines.
fn compare(name: &str, script: &str, lines: usize) {
    let (library, manager) = (ours(), daemon("pacemaker-based"));
    let folder = Folder::new(&format!("{name}-manager-on-ours"));
    let theirs_on_ours = on_our_library(&folder, &library);
    let (library, manager) = (Some(library.0.as_path()), Some(manager.as_path()));
    let Some(theirs) = run(&format!("{name}-theirs"), script, None, None) else { return };
    assert!(theirs.lines().count() > lines, "{theirs}");
    let others = [
        ("library", library, None),
        ("manager", None, manager),
        ("both", library, manager),
        ("library-of-the-manager", None, Some(theirs_on_ours.as_path())),
    ];
    for (which, library, manager) in others {
        let Some(printed) = run(&format!("{name}-{which}"), script, library, manager) else { return };
        println!("{name}, ours: {which}");
        assert_same_lines(&theirs, &printed);
    }
}

/// Whether a test can be here; says why not.
fn possible(needed: &[&str]) -> bool {
    if let Some(missing) = needed.iter().chain(&[MANAGER, COROSYNC]).find(|path| !Path::new(path).exists()) {
        let packages = "pacemaker pacemaker-cli-utils pacemaker-dev crmsh pcs";
        skipped(&format!("{missing} is missing: apt-get install {packages}"));
        return false;
    }
    if !nix::unistd::geteuid().is_root() {
        skipped("needs root");
        return false;
    }
    true
}

#[test]
fn debian_s_tools_and_a_program_print_the_same_in_all_combinations() {
    if !possible(&["/usr/sbin/cibadmin", "/usr/include/pacemaker/crm/cib.h"]) {
        return;
    }
    let folder = Folder::new("program");
    let program = compile(&folder.0, CALLS);
    compare("tools", &format!("{}\n{TOOLS}", program.display()), 400);
}

/// Puts a script into the folder `$1` that starts another manager and waits until it makes changes.
fn restart() -> String {
    let start = [&AS_CLUSTER_USER[..], &IN_CLUSTER, &[MANAGER]].concat().join(" ");
    format!(
        "cat >$1/restart <<'end'
{start} >/dev/null 2>&1 &
until timeout 20 cibadmin --bump >/dev/null 2>&1; do sleep 0.1; done
end
"
    )
}

#[test]
fn a_program_whose_manager_dies_sees_the_same_in_all_combinations() {
    if !possible(&["/usr/sbin/cibadmin", "/usr/include/pacemaker/crm/cib.h"]) {
        return;
    }
    let folder = Folder::new("lost");
    let program = compile(&folder.0, LOST);
    compare("lost", &format!("{}{} \"sh $1/restart\"", restart(), program.display()), 30);
}

#[test]
#[ignore = "takes minutes: make pacemaker"]
fn crm_and_pcs_print_the_same_in_all_combinations() {
    if possible(&["/usr/sbin/cibadmin", "/usr/sbin/crm", "/usr/sbin/pcs"]) {
        compare("shells", SHELLS, 200);
    }
}
