//! What several tests need.

use std::{path::Path, process::Command};
use testkit::library::{Folder, built, skipped};

const REFERENCE: &str = "/usr/lib/x86_64-linux-gnu/libcrmservice.so.28";

/// Our library, where tests can be run; else says why not.
pub(crate) fn library(needed: &[&str]) -> Option<Folder> {
    let all = [REFERENCE, "/usr/lib/ocf/resource.d", "/etc/init.d"];
    if let Some(missing) = all.iter().chain(needed).find(|path| !Path::new(path).exists()) {
        skipped(&format!("{missing} is missing: apt-get install pacemaker pacemaker-cli-utils pacemaker-dev"));
        return None;
    }
    if !nix::unistd::geteuid().is_root() {
        skipped("needs root");
        return None;
    }
    Some(built("crmservice", 28))
}

/// What a script prints in namespaces of its own, on Debian's library or on one of a folder.
fn run(script: &str, arguments: &[&str], libraries: Option<&Path>) -> String {
    let mut command = Command::new("timeout");
    command.args([
        "600",
        "unshare",
        "--mount",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "bash",
        "-c",
        script,
        "session",
    ]);
    command.args(arguments).env_remove("LD_LIBRARY_PATH").env("LC_ALL", "C");
    if let Some(libraries) = libraries {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    let output = command.output().expect("timeout runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it prints on Debian's library and on ours.
pub(crate) fn both(script: &str, arguments: &[&str], library: &Folder) -> (String, String) {
    std::thread::scope(|scope| {
        let theirs = scope.spawn(|| run(script, arguments, None));
        let ours = run(script, arguments, Some(&library.0));
        (theirs.join().expect("no panic"), ours)
    })
}
