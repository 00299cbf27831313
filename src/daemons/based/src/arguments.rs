//! The command line (`getopt_long(3)`).

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

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

const LONG: [(&str, u8); 5] =
    [("help", b'?'), ("verbose", b'V'), ("stand-alone", b's'), ("disk-writes", b'w'), ("cib-root", b'r')];

/// Reads the arguments. As in the reference, `-s` turns writes off and `-w` after it turns them on again.
pub(crate) fn parse(mut arguments: impl Iterator<Item = OsString>) -> Command {
    let mut options = Options { stand_alone: false, writes: true, root: None, verbose: 0 };
    let (mut operands, mut wrong) = (Vec::new(), String::new());
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            operands.extend(arguments.by_ref());
        } else if let Some(long) = bytes.strip_prefix(b"--") {
            let mut parts = long.splitn(2, |byte| *byte == b'=');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().map(<[u8]>::to_vec));
            match long_option(name) {
                Ok(b'?') => return Command::Print(HELP),
                Ok(b'r') => {
                    set_root(value.map(OsString::from_vec).or_else(|| arguments.next()), &mut options, &mut wrong)
                }
                Ok(flag) if value.is_none() => set(flag, &mut options),
                Ok(_) => wrong += &complaint(&format!("option '--{}' doesn't allow an argument", lossy(name))),
                Err(why) => wrong += &complaint(&why),
            }
        } else if let Some(mut flags) = bytes.strip_prefix(b"-").filter(|flags| !flags.is_empty()) {
            while let Some((&flag, rest)) = flags.split_first() {
                flags = rest;
                match flag {
                    b'?' => return Command::Print(HELP),
                    b'r' => {
                        let value =
                            if rest.is_empty() { arguments.next() } else { Some(OsString::from_vec(rest.to_vec())) };
                        set_root(value, &mut options, &mut wrong);
                        flags = &[];
                    }
                    b'V' | b's' | b'w' => set(flag, &mut options),
                    _ => wrong += &complaint(&format!("invalid option -- '{}'", char::from(flag))),
                }
            }
        } else {
            operands.push(argument);
        }
    }
    match operands.as_slice() {
        [one] if one.eq_ignore_ascii_case("metadata") => Command::Print(METADATA),
        _ if wrong.is_empty() => Command::Run(options),
        _ => Command::Usage(wrong),
    }
}

fn set(flag: u8, options: &mut Options) {
    match flag {
        b'V' => options.verbose = options.verbose.saturating_add(1),
        b's' => (options.stand_alone, options.writes) = (true, false),
        _ => options.writes = true,
    }
}

fn set_root(value: Option<OsString>, options: &mut Options, wrong: &mut String) {
    match value {
        Some(value) => options.root = Some(value.into()),
        None => *wrong += &complaint("option requires an argument -- 'r'"),
    }
}

/// A long option, which may be cut short as long as it is clear.
fn long_option(name: &[u8]) -> Result<u8, String> {
    let fitting: Vec<u8> = LONG.iter().filter(|row| row.0.as_bytes().starts_with(name)).map(|row| row.1).collect();
    match fitting.as_slice() {
        [one] => Ok(*one),
        [] => Err(format!("unrecognized option '--{}'", lossy(name))),
        _ => Err(format!("option '--{}' is ambiguous", lossy(name))),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn complaint(why: &str) -> String {
    format!("pacemaker-based: {why}\n")
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
        assert_eq!(parsed(&["-?"]), Command::Print(HELP));
        assert_eq!(parsed(&["metadata"]), Command::Print(METADATA));
        let wrong = "pacemaker-based: unrecognized option '--version'\n".to_owned();
        assert_eq!(parsed(&["--version"]), Command::Usage(wrong));
    }
}
