//! The command line (`getopt(3)` with `c:ftv`).

use crate::configuration::DEFAULT_FILE;
use crate::startup::{FEATURES, VERSION};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// What is printed for anything else.
const USAGE: &str = "usage:
        -c     : Corosync config file path.
        -f     : Start application in foreground.
        -t     : Test configuration and exit.
        -v     : Display version, git revision and some useful information about Corosync and exit.
";

/// How to run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) file: PathBuf,
    pub(crate) foreground: bool,
    pub(crate) test: bool,
}

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Arguments),
    Version,
}

/// Reads the arguments; the error is what to print. Operands are ignored, as by the reference.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, String> {
    let mut parsed = Arguments { file: DEFAULT_FILE.into(), foreground: false, test: false };
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            break;
        }
        let Some(mut flags) = argument.as_bytes().strip_prefix(b"-").filter(|flags| !flags.is_empty()) else {
            continue;
        };
        while let Some((&flag, rest)) = flags.split_first() {
            flags = rest;
            match flag {
                b'f' => parsed.foreground = true,
                b't' => parsed.test = true,
                b'v' => return Ok(Command::Version),
                b'c' if !rest.is_empty() => {
                    parsed.file = OsString::from_vec(rest.to_vec()).into();
                    flags = &[];
                }
                b'c' => {
                    let missing = || format!("corosync: option requires an argument -- 'c'\n{USAGE}");
                    parsed.file = arguments.next().ok_or_else(missing)?.into();
                }
                flag => return Err(format!("corosync: invalid option -- '{}'\n{USAGE}", char::from(flag))),
            }
        }
    }
    Ok(Command::Run(parsed))
}

/// Prints what `-v` prints.
pub(crate) fn print_version() {
    println!("Corosync Cluster Engine, version '{VERSION}' (Systole {})", env!("CARGO_PKG_VERSION"));
    println!("\nBuilt-in features: {FEATURES}");
    println!("Available crypto models: {}", sys_knet::crypto_models().join(" "));
    println!("Available compression models: {}", sys_knet::compression_models().join(" "));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Command, String> {
        parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn flags_may_be_joined_and_the_file_attached() {
        let command =
            |file: &str, foreground, test| Ok(Command::Run(Arguments { file: file.into(), foreground, test }));
        assert_eq!(parsed(&[]), command(DEFAULT_FILE, false, false));
        assert_eq!(parsed(&["-ft", "-c", "x"]), command("x", true, true));
        assert_eq!(parsed(&["operand", "-fcy"]), command("y", true, false));
        assert_eq!(parsed(&["-fv"]), Ok(Command::Version));
        assert!(parsed(&["-h"]).unwrap_err().starts_with("corosync: invalid option -- 'h'\nusage:"));
        assert!(parsed(&["-c"]).is_err());
    }
}
