//! Debian's tools, with Debian's libcib and with ours, and a program that calls functions of libcib itself, on Debian's CIB
//! manager and on ours as on another host's: over TLS, with a right and with a wrong password. Each prints the same. So do
//! they without TLS on our manager; the reference's loses messages there (`session_remote.sh`).
//! Skipped, and said so, without root or where something isn't installed.

mod common;

use common::{
    Folder,
    cluster::{CALLS, COROSYNC, MANAGER, cluster, compile, shell},
    ours, skipped,
};
use std::path::Path;
use testkit::{
    library::{assert_same_lines, daemon},
    pacemaker,
};

const SESSION: &str = include_str!("session_remote.sh");
/// Where the tools find the manager.
const TLS: [(&str, &str); 2] = [("CIB_port", "1235"), ("CIB_encrypted", "true")];
const CLEAR: [(&str, &str); 2] = [("CIB_port", "1234"), ("CIB_encrypted", "false")];

/// What the session and the program print on a cluster of their own, with these libraries in front of Debian's, and this in
/// its manager's place.
fn run(program: &Path, libraries: Option<&Path>, manager: Option<&Path>, port: [(&str, &str); 2]) -> Option<String> {
    let host = cluster(pacemaker::let_in, manager)?;
    let folder = Folder::new("remote");
    let mut command = shell(&host, &format!("exec 2>&1\n{SESSION}"));
    command.arg(&folder.0).arg(program).env_remove("LD_LIBRARY_PATH").envs(port);
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().expect("nsenter runs");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn debian_s_tools_and_a_program_print_the_same_on_another_host_s_manager() {
    let needed = ["/usr/sbin/cibadmin", "/usr/include/pacemaker/crm/cib.h", MANAGER, COROSYNC];
    if let Some(missing) = needed.into_iter().find(|path| !Path::new(path).exists()) {
        return skipped(&format!("{missing} is missing: apt-get install pacemaker pacemaker-cli-utils pacemaker-dev"));
    }
    if !nix::unistd::geteuid().is_root() {
        return skipped("needs root");
    }
    let (folder, library, manager) = (Folder::new("remote-program"), ours(), daemon("pacemaker-based"));
    let (library, manager) = (Some(library.0.as_path()), Some(manager.as_path()));
    let program = compile(&folder.0, CALLS);
    let Some(theirs) = run(&program, None, None, TLS) else { return };
    assert!(theirs.contains("wrong password\n") && theirs.lines().count() > 120, "{theirs}");
    for (which, library, manager, port) in [
        ("library", library, None, TLS),
        ("manager", None, manager, TLS),
        ("both", library, manager, TLS),
        ("both, clear", library, manager, CLEAR),
    ] {
        let Some(printed) = run(&program, library, manager, port) else { return };
        println!("ours: {which}");
        assert_same_lines(&theirs, &printed);
    }
}
