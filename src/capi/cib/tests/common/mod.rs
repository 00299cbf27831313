//! What several tests need.

use std::{
    env, fs,
    io::{Write, stderr},
    os::unix::fs::symlink,
    path::PathBuf,
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

/// Our library under the name that programs look for; cargo builds it beside the tests.
pub(crate) fn ours() -> Folder {
    let program = env::current_exe().expect("a program has a path");
    let built = program.ancestors().skip(1).map(|folder| folder.join("libcib.so")).find(|path| path.exists());
    let folder = Folder::new("library");
    symlink(built.expect("cargo builds libcib.so"), folder.0.join("libcib.so.27")).expect("a link");
    folder
}
