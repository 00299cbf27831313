//! A machine of its own for one test: the test binary runs that test again as the first process of new namespaces.

use std::io::{Write, stderr};
use std::process::Command;

/// Set in the inner run.
const INSIDE: &str = "SYSTOLE_TEST_OWN_NAMESPACES";
/// Network, mounts, processes and System V IPC; what the test starts ends with it.
const UNSHARE: [&str; 7] = ["--net", "--mount", "--pid", "--fork", "--ipc", "--mount-proc", "--kill-child"];
/// Every directory the daemon writes to or is configured from.
const PRIVATE: [&str; 4] = ["/run", "/dev/shm", "/etc/corosync", "/var/lib/corosync"];

/// Runs `body` in namespaces of its own; `test` is the name of the calling test.
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        prepare();
        return body();
    }
    if let Some(reason) = refusal() {
        return skipped(test, &reason);
    }
    let binary = std::env::current_exe().expect("the path of this test");
    let mut command = Command::new("unshare");
    command.args(UNSHARE).arg(binary).args(["--exact", test, "--nocapture"]).env(INSIDE, "1");
    let output = command.output().expect("unshare runs");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("test result: ok. 1 passed"), "{test}:\n{out}\n{err}");
    for line in err.lines().filter(|line| line.starts_with("skipped: ")) {
        say(line);
    }
    print!("{out}");
}

/// Says that a test, or a part of one, did not run.
pub(crate) fn skipped(what: &str, reason: &str) {
    say(&format!("skipped: {what}: {reason}"));
}

/// Prints past libtest, which swallows what a passing test prints through the macros.
fn say(line: &str) {
    writeln!(stderr(), "{line}").expect("stderr is open");
}

/// Why namespaces can't be had here.
fn refusal() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("needs root".to_owned());
    }
    match Command::new("unshare").args(UNSHARE).arg("true").output() {
        Err(error) => Some(format!("unshare: {error}")),
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
    }
}

fn prepare() {
    for directory in PRIVATE {
        // The first two are there on every system; the others only where the reference was installed once.
        std::fs::create_dir_all(directory).expect("a mount point");
        mount(&["-t", "tmpfs", "private", directory]);
    }
    run("ip", &["link", "set", "lo", "up"]);
}

/// `mount` with these arguments; seen by this test alone.
pub(crate) fn mount(arguments: &[&str]) {
    run("mount", arguments);
}

/// Runs a program to its end.
pub(crate) fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status();
    assert!(status.as_ref().is_ok_and(|status| status.success()), "{program} {arguments:?}: {status:?}");
}
