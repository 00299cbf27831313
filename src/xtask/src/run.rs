//! Runs other programs, and says what to install when one is missing.

use crate::{Result, packages};
use std::{ffi::OsStr, process::Command};

/// Runs a command to its end, its output shown; fails with its words if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let words: Vec<String> = std::iter::once(command.get_program()).chain(command.get_args()).map(shown).collect();
    let status = command.status().map_err(|error| missing(&name, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", words.join(" "))) }
}

/// A command's standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let found = command.output().map_err(|error| missing(&name, &error))?;
    if found.status.success() {
        Ok(String::from_utf8_lossy(&found.stdout).into_owned())
    } else {
        Err(format!("{name}: {}", String::from_utf8_lossy(&found.stderr).trim()))
    }
}

/// Cargo as it runs us, in the project's folder.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(crate::layout::root());
    command
}

fn shown(word: &OsStr) -> String {
    word.to_string_lossy().into_owned()
}

fn missing(name: &str, error: &std::io::Error) -> String {
    match packages::providing(name) {
        Some(package) => format!("{name}: {error}; apt-get install {package}"),
        None => format!("{name}: {error}"),
    }
}
