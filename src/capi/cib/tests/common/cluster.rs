//! A cluster of one virtual host with a CIB manager, and the program that calls functions of libcib there.

use crate::common::skipped;
use std::{
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use testkit::{host::Host, library, pacemaker};

/// A program that calls functions of libcib.
pub(crate) const CALLS: &str = include_str!("../calls.c");
pub(crate) const MANAGER: &str = "/usr/lib/pacemaker/pacemaker-based";
pub(crate) const COROSYNC: &str = "/usr/sbin/corosync";

/// A script on a host.
pub(crate) fn shell(host: &Host, script: &str) -> Command {
    let mut command = host.command("bash");
    command.args(["-c", script, "bash"]);
    command
}

/// A host with a manager, which decides: Debian's, or what is put in its place. `prepare` is done with the host
/// before. `None` where there can't be one.
pub(crate) fn cluster(prepare: fn(&Host) -> io::Result<()>, instead: Option<&Path>) -> Option<Host> {
    let host = pacemaker::boot(&[]).inspect_err(|error| skipped(&error.to_string())).ok()?;
    prepare(&host).expect("the host is prepared");
    if let Some(instead) = instead {
        pacemaker::replace(&host, MANAGER, instead).expect("another manager");
    }
    let _runs_with_the_host = pacemaker::corosync(&host, COROSYNC).expect("corosync");
    let _runs_with_the_host = pacemaker::cib_manager(&host, MANAGER, Stdio::null()).expect("a CIB manager");
    pacemaker::await_changes(&host).expect("it makes changes");
    Some(host)
}

/// A program, compiled against Debian's headers.
pub(crate) fn compile(folder: &Path, source: &str) -> PathBuf {
    library::compile(folder, source, &["libcib.so.27", "libcrmcommon.so.34"])
}
