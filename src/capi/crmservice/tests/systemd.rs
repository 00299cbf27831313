//! A program and Debian's crm_resource on a host with a bus and a small systemd, on Debian's library and on ours: they
//! print the same, leave the same files, and systemd is asked the same. Skipped, and said so, without root or where
//! something isn't installed.

mod common;

use testkit::library::{Folder, assert_same_lines, compile};

const CALLS: &str = include_str!("calls_systemd.c");
const SESSION: &str = include_str!("session_systemd.sh");
/// Set where this program is to be systemd: the file for what it is asked.
const SYSTEMD: &str = "SYSTOLE_TEST_SYSTEMD";

/// What the session starts on its host.
#[test]
fn the_systemd() {
    if let Ok(calls) = std::env::var(SYSTEMD) {
        test_systemd::serve(&calls);
    }
}

#[test]
fn units_are_the_same_on_both_libraries() {
    let needed = ["/usr/include/pacemaker/crm/services.h", "/usr/sbin/crm_resource", "/usr/bin/dbus-daemon"];
    let Some(library) = common::library(&needed) else { return };
    let folder = Folder::new("crmservice-systemd");
    let program = compile(&folder.0, CALLS, &["libcrmservice.so.28", "libcrmcommon.so.34"]);
    let this = std::env::current_exe().expect("this program");
    let (program, this) = (program.display().to_string(), this.display().to_string());
    let (theirs, ours) = common::both(SESSION, &[&program, &this, test_systemd::BUS], &library);
    assert!(theirs.lines().count() > 300, "{theirs}");
    assert_same_lines(&theirs, &ours);
}
