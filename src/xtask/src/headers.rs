//! Header parity: what bindgen reads in our headers must be what it reads in the reference's.

use crate::{Result, layout, run};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The reference's headers.
const REFERENCE: &str = "/usr/include";

/// Headers of one project: where they are below an include folder, which files' declarations count, and pkg-config's
/// names of what they include.
struct Family {
    /// What programs have in their path, below an include folder.
    base: &'static str,
    /// The headers' folder below the base.
    folder: &'static str,
    counted: &'static str,
    packages: &'static [&'static str],
}

const FAMILIES: [Family; 2] = [
    Family { base: "", folder: "corosync", counted: ".*/corosync/[a-z]+\\.h", packages: &[] },
    Family {
        base: "pacemaker",
        folder: "crm",
        counted: ".*/crm/(cib(/[a-z_]+)?|lrmd|services(_compat)?)\\.h",
        packages: &["glib-2.0", "libxml-2.0"],
    },
];

/// Every header of ours whose declarations differ from the reference's, with the first difference.
pub(crate) fn differing() -> Result<(usize, Vec<String>)> {
    let ours = layout::root().join("include");
    let (mut count, mut found) = (0, Vec::new());
    for family in &FAMILIES {
        let base = ours.join(family.base);
        for header in below(&base.join(family.folder))? {
            let name = header.strip_prefix(&base).unwrap_or(&header);
            let (left, right) = (family.declarations(Path::new(REFERENCE), name)?, family.declarations(&ours, name)?);
            count += 1;
            if let Some((a, b)) = first_difference(&left, &right) {
                found.push(format!("{}: reference `{a}`, ours `{b}`", name.display()));
            }
        }
    }
    Ok((count, found))
}

/// All files in and below a folder, sorted.
pub(crate) fn below(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() { found.extend(below(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

impl Family {
    /// All that a header declares itself, as Rust, one item a line, in bindgen's order. What ours has not, it takes from
    /// the reference's.
    fn declarations(&self, include: &Path, name: &Path) -> Result<String> {
        let header = include.join(self.base).join(name).display().to_string();
        let folders = [include, Path::new(REFERENCE)].map(|include| format!("-I{}", include.join(self.base).display()));
        let mut builder = bindgen::Builder::default()
            .header(&header)
            .allowlist_file(self.counted)
            .clang_args(folders)
            .generate_comments(false)
            .generate_inline_functions(true)
            .layout_tests(true)
            .formatter(bindgen::Formatter::None);
        if !self.packages.is_empty() {
            let flags = run::output(Command::new("pkg-config").arg("--cflags").args(self.packages))?;
            // declared by others, and long
            builder = builder.clang_args(flags.split_whitespace()).allowlist_recursively(false);
        }
        let bindings = builder.generate().map_err(|error| format!("{header}: {error}"))?;
        Ok(bindings.to_string().replace(';', ";\n").replace('}', "}\n"))
    }
}

fn first_difference(left: &str, right: &str) -> Option<(String, String)> {
    let (mut a, mut b) = (left.lines(), right.lines());
    loop {
        match (a.next(), b.next()) {
            (None, None) => return None,
            (left, right) if left == right => {}
            (left, right) => {
                return Some((left.unwrap_or("(nothing)").to_owned(), right.unwrap_or("(nothing)").to_owned()));
            }
        }
    }
}
