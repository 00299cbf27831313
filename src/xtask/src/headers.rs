//! Header parity: what bindgen reads in our headers must be what it reads in the reference's.

use crate::{Result, layout};
use std::{fs, path::Path};

/// The reference's headers.
const REFERENCE: &str = "/usr/include";

/// Every header of ours whose declarations differ from the reference's, with the first difference.
pub(crate) fn differing() -> Result<(usize, Vec<String>)> {
    let ours = layout::root().join("include");
    let mut found = Vec::new();
    let entries = fs::read_dir(ours.join("corosync")).map_err(|error| format!("include/corosync: {error}"))?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in &names {
        let (left, right) = (declarations(Path::new(REFERENCE), name)?, declarations(&ours, name)?);
        if let Some((a, b)) = first_difference(&left, &right) {
            found.push(format!("{name}: reference `{a}`, ours `{b}`"));
        }
    }
    Ok((names.len(), found))
}

/// All that a header declares itself, as Rust, one item a line, in bindgen's order.
fn declarations(include: &Path, name: &str) -> Result<String> {
    let folder = include.display();
    let header = format!("{folder}/corosync/{name}");
    let bindings = bindgen::Builder::default()
        .header(&header)
        .allowlist_file(".*/corosync/[a-z]+\\.h")
        .clang_arg(format!("-I{folder}"))
        .generate_comments(false)
        .generate_inline_functions(true)
        .layout_tests(true)
        .formatter(bindgen::Formatter::None)
        .generate()
        .map_err(|error| format!("{header}: {error}"))?;
    Ok(bindings.to_string().replace(';', ";\n").replace('}', "}\n"))
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
