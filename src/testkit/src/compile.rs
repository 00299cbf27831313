//! Compiles the C test programs.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

/// Folders of capi-tests that are not compared: they measure, show, or work in clusters.
const NOT_COMPARED: [&str; 3] = ["bench", "cluster", "demo"];

/// Linked where a program needs them.
const LIBRARIES: [&str; 7] = ["cpg", "cfg", "cmap", "quorum", "votequorum", "sam", "corosync_common"];

/// Where headers and libraries come from.
#[derive(Debug, Clone, Copy)]
pub enum Against<'a> {
    /// The system's, that is the reference's -dev packages.
    Reference,
    /// Our own.
    Ours {
        /// The folder above `corosync/`.
        include: &'a Path,
        /// The folder with `libcpg.so` and so on.
        libdir: &'a Path,
    },
}

/// One C program of capi-tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Folder and name: `cpg/cpg_join`.
    pub name: String,
    /// Its folder, mostly a library's name.
    pub group: String,
    /// The .c file.
    pub source: PathBuf,
}

/// All programs that are compared, sorted by name.
pub fn programs(folder: &Path) -> io::Result<Vec<Program>> {
    let mut found = Vec::new();
    for group in fs::read_dir(folder)? {
        let group = group?.path();
        let name = group.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !group.is_dir() || NOT_COMPARED.contains(&name.as_str()) {
            continue;
        }
        for source in fs::read_dir(&group)? {
            let source = source?.path();
            if source.extension().is_some_and(|extension| extension == "c") {
                let stem = source.file_stem().unwrap_or_default().to_string_lossy();
                found.push(Program { name: format!("{name}/{stem}"), group: name.clone(), source });
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Compiles one source to `output`; the error is the compiler's words. `include_tests` is capi-tests itself.
pub fn compile(source: &Path, include_tests: &Path, against: Against, output: &Path) -> Result<(), String> {
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new("cc");
    command.args(["-std=gnu11", "-Wall", "-O1", "-g", "-pthread", "-I"]).arg(include_tests);
    if let Against::Ours { include, libdir } = against {
        command.arg("-I").arg(include).arg("-L").arg(libdir);
    }
    command.arg(source).arg("-o").arg(output).arg("-Wl,--as-needed");
    command.args(LIBRARIES.map(|library| format!("-l{library}")));
    let result = command.output().map_err(|error| format!("cc: {error} (apt-get install gcc libc6-dev)"))?;
    if result.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&result.stderr).into_owned()) }
}
