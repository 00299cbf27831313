//! The stage: an installation below the target folder, which demo, check and bench use.

use crate::{
    Result, build, install,
    layout::{self, LIBRARIES, Layout},
};
use std::{fs, os::unix::fs::symlink, path::PathBuf};

/// A staged installation with prefix `/usr`.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    /// What stands for `/`.
    pub(crate) root: PathBuf,
    /// The shared libraries' folder.
    pub(crate) libdir: PathBuf,
    /// The folder above `corosync/`.
    pub(crate) includedir: PathBuf,
}

impl Stage {
    /// The stage, whether or not it is filled.
    pub(crate) fn here() -> Result<Stage> {
        let root = layout::target()?.join("stage");
        let layout = Layout::below(&root);
        Ok(Stage { libdir: layout.at(&layout.libdir()), includedir: layout.at(&layout.includedir()), root })
    }

    /// A staged daemon.
    pub(crate) fn daemon(&self, name: &str) -> PathBuf {
        let layout = Layout::below(&self.root);
        layout.at(&layout.daemon(name))
    }

    /// A folder with corosync's libraries alone: for what shall have pacemaker's from Debian.
    pub(crate) fn corosync_libraries(&self) -> Result<PathBuf> {
        let folder = self.root.join("corosync-libraries");
        if folder.exists() { Ok(folder) } else { Err(format!("{} is missing: make", folder.display())) }
    }

    fn separate_corosync(&self) -> std::io::Result<()> {
        let folder = self.root.join("corosync-libraries");
        fs::create_dir(&folder)?;
        LIBRARIES.iter().try_for_each(|(name, version)| {
            let major = version.split('.').next().unwrap_or(version);
            let name = format!("lib{name}.so.{major}");
            symlink(self.libdir.join(&name), folder.join(name))
        })
    }
}

/// Builds, then fills the stage anew.
pub(crate) fn build_and_stage() -> Result<Stage> {
    build::build()?;
    let stage = Stage::here()?;
    if stage.root.exists() {
        fs::remove_dir_all(&stage.root).map_err(|error| format!("{}: {error}", stage.root.display()))?;
    }
    install::place(&Layout::below(&stage.root))?;
    stage.separate_corosync().map_err(|error| format!("{}: {error}", stage.root.display()))?;
    Ok(stage)
}
