//! The command line (`getopt_long(3)`).

use std::ffi::OsString;
use std::path::PathBuf;
use sys_pcmk::arguments::{HELP as HELP_OPTION, Known};

/// What `--help` prints, and any mistake.
pub(crate) const HELP: &str = "pacemaker-based - daemon for managing the configuration of a Pacemaker cluster
Usage: pacemaker-based [options]
Options:
 -?, --help\t\tThis text
 -V, --verbose\t\tIncrease debug output
 -s, --stand-alone\t\tAdvanced use only
 -w, --disk-writes\t\tAdvanced use only
 -r, --cib-root=value\t\tAdvanced use only

Report bugs to users@clusterlabs.org
";

/// What the operand `metadata` prints.
const METADATA: &str = r#"<?xml version="1.0"?>
<resource-agent name="pacemaker-based" version="2.1.5">
  <version>1.1</version>
  <longdesc lang="en">Cluster options used by Pacemaker&apos;s Cluster Information Base manager</longdesc>
  <shortdesc lang="en">Cluster Information Base manager options</shortdesc>
  <parameters>
    <parameter name="enable-acl">
      <longdesc lang="en">Enable Access Control Lists (ACLs) for the CIB</longdesc>
      <shortdesc lang="en">Enable Access Control Lists (ACLs) for the CIB</shortdesc>
      <content type="boolean" default="false"/>
    </parameter>
    <parameter name="cluster-ipc-limit">
      <longdesc lang="en">Raise this if log has &quot;Evicting client&quot; messages for cluster daemon PIDs (a good value is the number of resources in the cluster multiplied by the number of nodes).</longdesc>
      <shortdesc lang="en">Maximum IPC message backlog before disconnecting a cluster daemon</shortdesc>
      <content type="integer" default="500"/>
    </parameter>
  </parameters>
</resource-agent>
"#;

/// How to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) stand_alone: bool,
    pub(crate) writes: bool,
    pub(crate) root: Option<PathBuf>,
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Run(Options),
    Print(&'static str),
    /// What was wrong, for standard error; then the help.
    Usage(String),
}

const KNOWN: [Known; 5] = [
    HELP_OPTION,
    Known { long: "verbose", short: b'V', takes_value: false },
    Known { long: "stand-alone", short: b's', takes_value: false },
    Known { long: "disk-writes", short: b'w', takes_value: false },
    Known { long: "cib-root", short: b'r', takes_value: true },
];

/// Reads the arguments. As in the reference, `-s` turns writes off and `-w` after it turns them on again.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Command {
    let parsed = sys_pcmk::arguments::parse("pacemaker-based", &KNOWN, arguments);
    let mut options = Options { stand_alone: false, writes: true, root: None, verbose: 0 };
    for (letter, value) in parsed.options {
        match letter {
            0 => return Command::Print(HELP),
            b'V' => options.verbose = options.verbose.saturating_add(1),
            b's' => (options.stand_alone, options.writes) = (true, false),
            b'w' => options.writes = true,
            _ => options.root = value.map(PathBuf::from),
        }
    }
    match parsed.operands.as_slice() {
        [one] if one.eq_ignore_ascii_case("metadata") => Command::Print(METADATA),
        _ if !parsed.misused => Command::Run(options),
        _ => Command::Usage(parsed.wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Command {
        parse(words.iter().map(OsString::from))
    }

    fn options(words: &[&str]) -> Options {
        match parsed(words) {
            Command::Run(options) => options,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn stand_alone_writes_nothing_unless_told_to_afterwards() {
        assert!(options(&[]).writes && !options(&["-s"]).writes && options(&["-sw"]).writes);
        assert!(!options(&["-w", "--stand"]).writes);
        assert_eq!(options(&["-VV", "--verbose"]).verbose, 3);
    }

    #[test]
    fn a_root_comes_in_any_form() {
        for words in [&["-r", "/x"][..], &["-r/x"], &["--cib-root=/x"], &["--cib", "/x"]] {
            assert_eq!(options(words).root, Some("/x".into()), "{words:?}");
        }
        assert_eq!(parsed(&["-r"]), Command::Usage("pacemaker-based: option requires an argument -- 'r'\n".to_owned()));
    }

    #[test]
    fn help_metadata_and_mistakes() {
        assert_eq!(parsed(&["-?"]), Command::Usage(String::new()));
        assert_eq!(parsed(&["--help"]), Command::Print(HELP));
        assert_eq!(parsed(&["metadata"]), Command::Print(METADATA));
        let wrong = "pacemaker-based: unrecognized option '--version'\n".to_owned();
        assert_eq!(parsed(&["--version"]), Command::Usage(wrong));
    }
}
