//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use sys_pcmk::arguments::{HELP as HELP_OPTION, Known};

/// What `--help` prints, and any mistake.
pub(crate) const HELP: &str = "pacemaker-execd - resource agent executor daemon for Pacemaker cluster nodes
Usage: pacemaker-execd [options]
Options:
 -?, --help\t\tThis text
 -$, --version\t\tVersion information
 -V, --verbose\t\tIncrease debug output
 -l, --logfile=value\t\tSend logs to the additional named logfile

Report bugs to users@clusterlabs.org
";

/// What `--version` prints: scripts look for the version that it is exchangeable with.
const VERSION: &str = "Pacemaker 2.1.5
Written by Andrew Beekhof and the Pacemaker project contributors
";

/// How to run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) log_files: Vec<PathBuf>,
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Options),
    Print(&'static str),
    /// What was wrong, and then the help, for standard error.
    Usage(String),
}

const KNOWN: [Known; 4] = [
    HELP_OPTION,
    Known { long: "version", short: b'$', takes_value: false },
    Known { long: "verbose", short: b'V', takes_value: false },
    Known { long: "logfile", short: b'l', takes_value: true },
];

/// Reads the arguments; operands mean nothing, as in the reference.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Command {
    let parsed = sys_pcmk::arguments::parse("pacemaker-execd", &KNOWN, arguments);
    let mut options = Options::default();
    for (letter, value) in parsed.options {
        match letter {
            0 => return Command::Print(HELP),
            b'$' => return Command::Print(VERSION),
            b'V' => options.verbose = options.verbose.saturating_add(1),
            _ => options.log_files.extend(value.map(PathBuf::from)),
        }
    }
    if parsed.misused { Command::Usage(parsed.wrong) } else { Command::Run(options) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Command {
        parse(words.iter().map(OsString::from))
    }

    #[test]
    fn options_help_and_mistakes() {
        let options = Options { log_files: vec!["/a".into(), "/b".into()], verbose: 2 };
        assert_eq!(parsed(&["-VV", "-l", "/a", "--logfile=/b", "metadata"]), Command::Run(options));
        assert_eq!(parsed(&["--help"]), Command::Print(HELP));
        assert_eq!(parsed(&["-$"]), Command::Print(VERSION));
        assert_eq!(parsed(&["-?"]), Command::Usage(String::new()));
        assert_eq!(parsed(&["-p"]), Command::Usage("pacemaker-execd: invalid option -- 'p'\n".to_owned()));
    }
}
