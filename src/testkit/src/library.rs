//! Our C libraries in front of the reference's, for tests that start C programs on them.

use std::{
    env, fs,
    io::{Write, stderr},
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// Says why a test isn't run.
pub fn skipped(why: &str) {
    let _closed = writeln!(stderr(), "skipped: {why}");
}

/// A folder that goes with the test.
#[derive(Debug)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// A new one; the name is for people.
    #[must_use]
    pub fn new(name: &str) -> Folder {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("systole-{name}-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _may_be_gone = fs::remove_dir_all(&self.0);
    }
}

/// The library `lib{name}.so.{major}` of the package `capi-{name}`, in a folder of its own.
///
/// # Panics
/// It can't be built.
#[must_use]
pub fn built(name: &str, major: u32) -> Folder {
    let package = format!("capi-{name}");
    let from = build(&package);
    let library = Folder::new(&package);
    let link = library.0.join(format!("lib{name}.so.{major}"));
    symlink(from.join(format!("lib{name}.so")), link).expect("a link");
    library
}

/// A daemon of ours, for tests that aren't of its own package.
///
/// # Panics
/// It can't be built.
#[must_use]
pub fn daemon(package: &str) -> PathBuf {
    build(package).join(package)
}

/// The folder of the test's own profile, which is in cargo's target folder.
fn profile_folder() -> PathBuf {
    let program = env::current_exe().expect("a program has a path");
    // TARGET/PROFILE/deps/PROGRAM
    program.ancestors().nth(2).expect("cargo puts tests in a folder of the profile's").to_owned()
}

/// A program of a package of Debian's that can't be installed beside the others; where it isn't there, says how to have it.
///
/// # Errors
/// `make check` didn't unpack it.
pub fn unpacked(program: &str) -> Result<PathBuf, String> {
    let path = profile_folder().with_file_name("debian").join("usr/sbin").join(program);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: make check unpacks it", path.display())) }
}

/// Cargo builds no shared library and no other package's program for a test, so this asks it to: in the test's own profile
/// and target folder, where nothing is left to do when it is there and new. Gives the folder.
fn build(package: &str) -> PathBuf {
    let folder = profile_folder();
    let target = folder.parent().expect("the profile's folder is in the target folder");
    let profile = folder.file_name().and_then(|name| name.to_str()).filter(|name| *name != "debug").unwrap_or("dev");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "--package", package, "--profile", profile, "--target-dir"]).arg(target);
    let built = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).status().expect("cargo runs");
    assert!(built.success(), "`cargo build -p {package}` failed: {built}");
    folder
}

/// Compiles a C program against Debian's headers of pacemaker, and links it with its libraries.
#[must_use]
pub fn compile(folder: &Path, source: &str, libraries: &[&str]) -> PathBuf {
    let (file, program) = (folder.join("program.c"), folder.join("program"));
    fs::write(&file, source).expect("a temporary file");
    let flags =
        Command::new("pkg-config").args(["--cflags", "glib-2.0", "libxml-2.0"]).output().expect("pkg-config runs");
    let flags = String::from_utf8_lossy(&flags.stdout).into_owned();
    let mut cc = Command::new("cc");
    cc.arg("-Wall").arg("-o").arg(&program).arg(&file).args(flags.split_whitespace());
    cc.arg("-I/usr/include/pacemaker").args(libraries.iter().map(|library| format!("-l:{library}")));
    assert!(cc.args(["-lqb", "-l:libglib-2.0.so.0", "-lxml2"]).status().expect("cc runs").success());
    program
}

/// Fails at the first line in which two texts differ.
///
/// # Panics
/// They differ.
#[track_caller]
pub fn assert_same_lines(theirs: &str, ours: &str) {
    for (number, (theirs, ours)) in theirs.lines().zip(ours.lines()).enumerate() {
        assert_eq!(theirs, ours, "line {number}");
    }
    assert_eq!(theirs.lines().count(), ours.lines().count());
}
