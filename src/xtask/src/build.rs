//! The release build: every library and daemon in one go.

use crate::{
    Result,
    layout::{self, DAEMONS},
    packages, run,
};
use std::path::PathBuf;

/// Builds for release and returns the folder with the results. Cargo shows the progress.
pub(crate) fn build() -> Result<PathBuf> {
    packages::for_build()?;
    println!("building libraries and daemons for release");
    let mut cargo = run::cargo();
    cargo.args([
        "build",
        "--release",
        "--workspace",
        "--exclude",
        "xtask",
        "--exclude",
        "testkit",
        "--exclude",
        "test-doubles",
        "--exclude",
        "fuzz",
    ]);
    run::run(cargo.arg("--target-dir").arg(layout::target()?))?;
    Ok(layout::target()?.join("release"))
}

/// What a release build makes.
pub(crate) fn built() -> Result<Vec<PathBuf>> {
    let release = layout::target()?.join("release");
    let libraries = layout::libraries().map(|(name, _)| release.join(format!("lib{name}.so")));
    Ok(libraries.chain(DAEMONS.iter().map(|name| release.join(name))).collect())
}
