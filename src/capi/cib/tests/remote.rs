//! Debian's tools, with Debian's libcib and with ours, and a program that calls functions of libcib itself, on Debian's CIB
//! manager as on another host's: over TLS, with a right and with a wrong password. Each prints the same.
//! Skipped, and said so, without root or where something isn't installed.

mod common;

use common::{
    Folder,
    cluster::{COROSYNC, MANAGER, cluster, compile, shell},
    ours, skipped,
};
use std::path::Path;
use testkit::library::assert_same_lines;

const SESSION: &str = include_str!("session_remote.sh");
/// A CIB that has the manager listen, and a password for its user, who is the only one that it can check.
const PREPARE: &str = r#"
cibadmin --empty > /run/empty.xml
sed 's/<cib /<cib remote-clear-port="1234" remote-tls-port="1235" /' /run/empty.xml > /var/lib/pacemaker/cib/cib.xml
chown hacluster:haclient /var/lib/pacemaker/cib/cib.xml
chmod 600 /var/lib/pacemaker/cib/cib.xml
cp -p /etc/shadow /run/shadow
sed -i '/^hacluster:/d' /run/shadow
echo 'hacluster:HASH:19000:0:99999:7:::' >> /run/shadow
mount --bind /run/shadow /etc/shadow
"#;
/// Of `secret`.
const HASH: &str = "$6$systole$FlNCakoeh9.z2BEtFUySpqCf7Pin1UfTCCJeTB71QW3jB7jAagNnYT8cORGtVQa3AJYhFZgsPvURmHOy4Mf2T1";

/// What the session and the program print on a cluster of their own.
fn run(program: &Path, libraries: Option<&Path>) -> Option<String> {
    let host = cluster(&PREPARE.replace("HASH", HASH), None)?;
    let folder = Folder::new(if libraries.is_some() { "remote-ours" } else { "remote-theirs" });
    let mut command = shell(&host, &format!("exec 2>&1\n{SESSION}"));
    command.arg(&folder.0).arg(program).env_remove("LD_LIBRARY_PATH");
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
    let (folder, library) = (Folder::new("remote-program"), ours());
    let program = compile(&folder.0);
    let (Some(theirs), Some(ours)) = (run(&program, None), run(&program, Some(&library.0))) else { return };
    assert!(theirs.contains("wrong password\n") && theirs.lines().count() > 120, "{theirs}");
    assert_same_lines(&theirs, &ours);
}
