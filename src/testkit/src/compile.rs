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

/// Folders whose programs use pacemaker's libraries, and what those programs are linked with.
const PACEMAKER: [&str; 3] = ["cib", "crmservice", "lrmd"];
const PACEMAKER_LIBRARIES: [&str; 5] = ["cib", "lrmd", "crmservice", "crmcommon", "qb"];
/// What programs of other folders include that use them, too.
const PACEMAKER_INCLUDE: &str = "#include <crm/";
/// What pacemaker's headers include, by the names that pkg-config has.
const INCLUDED: [&str; 2] = ["glib-2.0", "libxml-2.0"];
/// pacemaker's headers of the reference: ours include those of libraries that it still has.
const PACEMAKER_HEADERS: &str = "/usr/include/pacemaker";

/// A source with this word is run once for each word after it in the same line, with that as its argument.
const VARIANTS: &str = "T_VARIANTS ";

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
    /// Folder and name: `cpg/cpg_join`, and the argument if there is one: `cib/query file`.
    pub name: String,
    /// Folder and name: what it is called when compiled.
    pub binary: String,
    /// What it is started with.
    pub argument: Option<String>,
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
                found.extend(variants(&name, source)?);
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A source's programs.
fn variants(group: &str, source: PathBuf) -> io::Result<Vec<Program>> {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(&source)?;
    let words = text.lines().find_map(|line| Some(line.split_once(VARIANTS)?.1.trim_end_matches("*/")));
    let binary = format!("{group}/{stem}");
    let program = |argument: Option<&str>| Program {
        name: argument.map_or_else(|| binary.clone(), |argument| format!("{binary} {argument}")),
        binary: binary.clone(),
        argument: argument.map(str::to_owned),
        group: group.to_owned(),
        source: source.clone(),
    };
    Ok(words.map_or_else(|| vec![program(None)], |words| words.split_whitespace().map(Some).map(program).collect()))
}

/// Whether a folder's programs use pacemaker's libraries.
pub(crate) fn uses_pacemaker(group: &str) -> bool {
    PACEMAKER.contains(&group)
}

/// Compiles one source to `output`; the error is the compiler's words. `include_tests` is capi-tests itself.
pub fn compile(source: &Path, include_tests: &Path, against: Against, output: &Path) -> Result<(), String> {
    if let Some(folder) = output.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new("cc");
    command.args(["-std=gnu11", "-Wall", "-O1", "-g", "-pthread", "-I"]).arg(include_tests);
    if let Against::Ours { include, libdir } = against {
        command.arg("-I").arg(include).arg("-I").arg(include.join("pacemaker")).arg("-L").arg(libdir);
    }
    let group = source.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    let text = fs::read_to_string(source).map_err(|error| format!("{}: {error}", source.display()))?;
    command.arg(source).arg("-o").arg(output).arg("-Wl,--as-needed");
    if uses_pacemaker(&group) || text.contains(PACEMAKER_INCLUDE) {
        let flags = Command::new("pkg-config").args(["--cflags", "--libs"]).args(INCLUDED).output();
        let flags = flags.map_err(|error| format!("pkg-config: {error} (apt-get install pkgconf)"))?;
        command.arg("-I").arg(PACEMAKER_HEADERS).args(PACEMAKER_LIBRARIES.map(|library| format!("-l{library}")));
        command.args(String::from_utf8_lossy(&flags.stdout).split_whitespace());
    } else {
        command.args(LIBRARIES.map(|library| format!("-l{library}")));
    }
    let result = command.output().map_err(|error| format!("cc: {error} (apt-get install gcc libc6-dev)"))?;
    if result.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&result.stderr).into_owned()) }
}
