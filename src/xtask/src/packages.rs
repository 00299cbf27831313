//! Debian packages that building and checking need, and how to know that they are there.

use crate::{Result, layout, run};
use std::{path::Path, process::Command};

/// What must be there, and the package that brings it.
struct Need {
    /// A program in PATH, or a file when it begins with `/`.
    thing: &'static str,
    package: &'static str,
}

const fn need(thing: &'static str, package: &'static str) -> Need {
    Need { thing, package }
}

const BUILD: [Need; 12] = [
    need("cc", "gcc"),
    need("clang", "clang"),
    need("/usr/lib/llvm-14/lib/libclang.so", "libclang-dev"),
    need("pkg-config", "pkg-config"),
    need("/usr/include/libknet.h", "libknet-dev"),
    need("/usr/include/qb/qbhdb.h", "libqb-dev"),
    need("/usr/include/libxml2/libxml/relaxng.h", "libxml2-dev"),
    need("/usr/include/glib-2.0/glib.h", "libglib2.0-dev"),
    need("/usr/include/libxslt/transform.h", "libxslt1-dev"),
    need("/usr/include/gnutls/gnutls.h", "libgnutls28-dev"),
    need("/usr/include/dbus-1.0/dbus/dbus.h", "libdbus-1-dev"),
    need("/usr/include/pacemaker/crm/stonith-ng.h", "pacemaker-dev"),
];

const CHECK: [Need; 21] = [
    need("corosync", "corosync"),
    need("ip", "iproute2"),
    need("unshare", "util-linux"),
    need("/usr/bin/strace", "strace"),
    need("groff", "groff-base"),
    need("qb-blackbox", "libqb-tools"),
    need("readelf", "binutils"),
    need("corosync-vqsim", "corosync-vqsim"),
    need("crm_diff", "pacemaker-cli-utils"),
    need("/usr/share/pacemaker/pacemaker-3.9.rng", "pacemaker-common"),
    need("/usr/include/corosync/cpg.h", "libcpg-dev"),
    need("/usr/include/corosync/cfg.h", "libcfg-dev"),
    need("/usr/include/corosync/cmap.h", "libcmap-dev"),
    need("/usr/include/corosync/quorum.h", "libquorum-dev"),
    need("/usr/include/corosync/votequorum.h", "libvotequorum-dev"),
    need("/usr/include/corosync/sam.h", "libsam-dev"),
    need("/usr/include/corosync/corotypes.h", "libcorosync-common-dev"),
    need("/usr/include/pacemaker/crm/cib.h", "pacemaker-dev"),
    need("/usr/lib/pacemaker/pacemaker-based", "pacemaker"),
    need("/usr/bin/dbus-daemon", "dbus-daemon"),
    need("/usr/include/stdio.h", "libc6-dev"),
];

/// Virtual hosts with Debian's pacemaker on them.
const STACK: [Need; 9] = [
    need("corosync", "corosync"),
    need("ip", "iproute2"),
    need("unshare", "util-linux"),
    need("pacemakerd", "pacemaker"),
    need("crm_mon", "pacemaker-cli-utils"),
    need("crm", "crmsh"),
    need("/usr/lib/ocf/resource.d/heartbeat/IPaddr2", "resource-agents"),
    need("ping", "iputils-ping"),
    // its agent Filesystem
    need("modprobe", "kmod"),
];

/// What else runs on a cluster.
const AROUND: [Need; 6] = [
    need("corosync-notifyd", "corosync-notifyd"),
    need("corosync-qdevice", "corosync-qdevice"),
    need("corosync-qnetd", "corosync-qnetd"),
    need("pcs", "pcs"),
    need("nginx", "nginx-light"),
    need("/usr/lib/postgresql/15/bin/postgres", "postgresql-15"),
];

/// What can't be installed beside the rest, and is taken out of its package.
const UNPACKED: Need = need("usr/sbin/pacemaker-remoted", "pacemaker-remote");

/// Makes sure that what a build needs is there; installs it when we may, else names it.
pub(crate) fn for_build() -> Result<()> {
    ensure(&BUILD)
}

/// The same for the demo.
pub(crate) fn for_demo() -> Result<()> {
    ensure(&BUILD)?;
    ensure(&STACK)
}

/// The same for clusters with pacemaker and what else there is.
pub(crate) fn for_pacemaker() -> Result<()> {
    for_demo()?;
    ensure(&AROUND)
}

/// The same for tests and bench.
pub(crate) fn for_check() -> Result<()> {
    ensure(&BUILD)?;
    ensure(&CHECK)?;
    unpack(&UNPACKED)
}

/// Puts a package's files below the target folder, unless they are there.
fn unpack(need: &Need) -> Result<()> {
    let folder = layout::target()?.join("debian");
    if folder.join(need.thing).exists() {
        return Ok(());
    }
    println!("unpacking: {}", need.package);
    let fresh = layout::target()?.join("debian.new");
    let script = "rm -rf \"$1\" && mkdir \"$1\" && cd \"$1\" && apt-get download -q \"$2\" && dpkg -x ./*.deb . && rm ./*.deb \
                  && rm -rf \"$3\" && mv \"$1\" \"$3\"";
    let mut command = Command::new("sh");
    command.args(["-ec", script, "sh"]).arg(fresh).arg(need.package).arg(folder);
    run::run(&mut command)
}

/// The package that brings a program.
pub(crate) fn providing(program: &str) -> Option<&'static str> {
    BUILD.iter().chain(&CHECK).chain(&STACK).chain(&AROUND).find(|need| need.thing == program).map(|need| need.package)
}

/// Runs `$0 $@` where no package can start its daemon: what they start them with does nothing, as seen from there.
const QUIETLY: &str = "set -e
for tool in /usr/sbin/invoke-rc.d /usr/bin/deb-systemd-invoke; do
  [ ! -e $tool ] || mount --bind /bin/true $tool
done
exec \"$0\" \"$@\"";

fn ensure(needs: &[Need]) -> Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!("apt-get install {}", missing.join(" "));
    println!("missing: {}", missing.join(" "));
    if run::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!("packages are missing; as root: {install}"));
    }
    println!("installing: {install}");
    run::run(Command::new("apt-get").args(["update", "-q"]))?;
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", QUIETLY, "apt-get", "install", "-qy", "--no-install-recommends"]);
    command.env("DEBIAN_FRONTEND", "noninteractive").args(&missing);
    run::run(&mut command).map_err(|error| format!("{error}; by hand: {install}"))?;
    match self::missing(needs) {
        still if still.is_empty() => Ok(()),
        still => Err(format!("still missing after installing: {}", still.join(" "))),
    }
}

fn missing(needs: &[Need]) -> Vec<&'static str> {
    let mut packages: Vec<&str> = needs.iter().filter(|need| !there(need.thing)).map(|need| need.package).collect();
    packages.dedup();
    packages
}

fn there(thing: &str) -> bool {
    if thing.starts_with('/') {
        return Path::new(thing).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]).any(|folder| folder.join(thing).exists())
}
