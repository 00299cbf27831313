//! What several tests need.

// files on a disk need none of it
#[allow(dead_code)]
pub(crate) mod cluster;

use std::{
    env, fs,
    io::{Write, stderr},
    os::unix::fs::symlink,
    path::PathBuf,
    process::Command,
};

/// Says why a test isn't run.
pub(crate) fn skipped(why: &str) {
    writeln!(stderr(), "skipped: {why}").expect("stderr is open");
}

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Folder {
        let path = env::temp_dir().join(format!("capi-cib-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _may_be_gone = fs::remove_dir_all(&self.0);
    }
}

/// Our library under the name that programs look for. Cargo builds no shared library for a test, so this asks it to: in
/// the test's own profile and target folder, where nothing is left to do when it is there and new.
pub(crate) fn ours() -> Folder {
    let program = env::current_exe().expect("a program has a path");
    // TARGET/PROFILE/deps/PROGRAM
    let folder = program.ancestors().nth(2).expect("cargo puts tests in a folder of the profile's");
    let target = folder.parent().expect("the profile's folder is in the target folder");
    let profile = folder.file_name().and_then(|name| name.to_str()).filter(|name| *name != "debug").unwrap_or("dev");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", "capi-cib", "--profile", profile, "--target-dir"]).arg(target);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    assert!(built.success(), "`cargo build -p capi-cib` failed: {built}");
    let library = Folder::new("library");
    symlink(folder.join("libcib.so"), library.0.join("libcib.so.27")).expect("a link");
    library
}
