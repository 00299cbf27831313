//! What the tests share: a host with agents, executors, programs that use the library.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use testkit::host::{Host, Outcome};
use testkit::library::Folder;
use testkit::pacemaker::shell;

pub(crate) const REFERENCE: &str = "/usr/lib/pacemaker/pacemaker-execd";
/// Where the key is that remote executors and their clients share.
pub(crate) const AUTHKEY: &str = "PCMK_authkey_location=/run/authkey";
const HEADERS: &str = "/usr/include/pacemaker/crm/lrmd.h";
const AGENTS: &str = "/usr/lib/ocf/resource.d";
const SCRIPTS: &str = "/etc/init.d";
const AGENT: &str = include_str!("../../../../daemons/execd/tests/agent.sh");
const SESSION: &str = include_str!("../session.h");
/// Good and bad agents, what they wait at, and an alert's agent that says what it was told.
const PREPARE: &str = "set -e
cd /usr/lib/ocf/resource.d/test
chmod 755 Agent; cp Agent Plain; chmod 644 Plain; cp Agent Other
printf '#!/no/such/interpreter\\n' >Interpreter; chmod 755 Interpreter
cp Agent /etc/init.d/script
mkdir -m 755 /run/state; mkfifo /run/state/gate /run/state/begun /run/state/told; chmod 666 /run/state/told
printf '#!/bin/sh\nenv | grep CRM_ | sort >/run/state/told\nexit 0\n' >/run/alert
chmod 755 /run/alert";

/// A host with agents; `None`, and said so, where there can't be one.
pub(crate) fn host(test: &str) -> Option<Host> {
    let host = testkit::pacemaker::host(test, &[REFERENCE, HEADERS], &[AGENTS, SCRIPTS])?;
    fs::create_dir(host.path(&format!("{AGENTS}/test"))).expect("a folder of the host");
    host.write(&format!("{AGENTS}/test/Agent"), AGENT).expect("a file of the host");
    let made = shell(&host, PREPARE);
    assert!(made.success(), "{made:?}");
    Some(host)
}

/// Where the headers are that the session shares with programs of capi-tests.
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../capi-tests");

/// Compiles a program against Debian's headers and library.
pub(crate) fn compile(folder: &Folder, name: &str, source: &str) -> PathBuf {
    let (file, program) = (folder.0.join(format!("{name}.c")), folder.0.join(name));
    fs::write(folder.0.join("session.h"), SESSION).expect("a temporary file");
    fs::write(&file, source).expect("a temporary file");
    let mut find = Command::new("pkg-config");
    find.args(["--cflags", "--libs", "pacemaker-lrmd", "pacemaker", "glib-2.0", "libxml-2.0"]);
    let flags = Outcome::of(&find.output().expect("pkg-config runs"));
    let mut cc = Command::new("cc");
    cc.args(["-Wall", "-Werror", "-I", SHARED, "-o"]).arg(&program).arg(&file).args(flags.stdout.split_whitespace());
    assert!(cc.status().expect("cc runs").success(), "{cc:?}");
    program
}

/// What a program prints on a host.
pub(crate) fn run(host: &Host, library: Option<&Folder>, program: &Path, arguments: &[&str]) -> String {
    let library = library.map(|library| library.0.as_path());
    let words = ["env", AUTHKEY].iter().map(OsStr::new).chain([program.as_os_str()]);
    let words: Vec<&OsStr> = words.chain(arguments.iter().map(OsStr::new)).collect();
    let outcome = host.run(library, 300, &words).expect("nsenter runs");
    assert!(outcome.success(), "{}\n{}", outcome.stdout, outcome.stderr);
    outcome.stdout
}
