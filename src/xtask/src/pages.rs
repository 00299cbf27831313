//! The manual pages as a reader gets them: groff finds nothing wrong, and none of the reference's is missing.

use crate::{
    Result, install,
    layout::{self, Layout},
    run,
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Packages of the reference whose daemon and libraries are ours, too.
const PACKAGES: [&str; 8] = [
    "corosync",
    "libcpg-dev",
    "libcfg-dev",
    "libcmap-dev",
    "libquorum-dev",
    "libvotequorum-dev",
    "libsam-dev",
    "libcorosync-common-dev",
];

/// Places all pages in a folder of their own; gives the folder that stands for `/`.
pub(crate) fn placed() -> Result<PathBuf> {
    let root = layout::target()?.join("manual");
    if root.exists() {
        fs::remove_dir_all(&root).map_err(|error| format!("{}: {error}", root.display()))?;
    }
    install::place_manuals(&Layout::below(&root))?;
    Ok(root)
}

/// How many pages there are, and what groff says of them.
pub(crate) fn faults(root: &Path) -> Result<(usize, Vec<String>)> {
    let (mut count, mut found) = (0, Vec::new());
    let folder = root.join("usr/share/man");
    let sections = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for page in sections.flatten().flat_map(|section| fs::read_dir(section.path()).into_iter().flatten().flatten()) {
        count += 1;
        let mut groff = Command::new("groff");
        let said = groff.args(["-man", "-ww", "-z", "-Tutf8"]).arg(page.path()).output();
        let said = said.map_err(|error| format!("groff: {error}; apt-get install groff-base"))?;
        if !said.status.success() || !said.stderr.is_empty() {
            found.push(String::from_utf8_lossy(&said.stderr).trim().to_owned());
        }
    }
    Ok((count, found))
}

/// Pages that the reference's packages bring and ours don't. Pages of programs that stay the reference's don't count.
pub(crate) fn missing(root: &Path) -> Result<Vec<String>> {
    let listed = run::output(Command::new("dpkg").arg("-L").args(PACKAGES))?;
    let pages = listed.lines().filter(|path| path.starts_with("/usr/share/man/") && path.ends_with(".gz"));
    let pages = pages.map(|path| path.trim_start_matches('/').trim_end_matches(".gz"));
    let ours = |path: &&str| {
        let tool = path.contains("/man8/") && !path.ends_with("/corosync.8");
        !tool && !path.ends_with("/corosync.xml.5")
    };
    Ok(pages.filter(ours).filter(|path| !root.join(path).exists()).map(str::to_owned).collect())
}
