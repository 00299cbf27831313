//! The command line, as `getopt_long(3)` reads it.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// An option that there is.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    /// After two dashes; it may be cut short as long as it is clear.
    pub long: &'static str,
    /// After one dash.
    pub short: u8,
    /// Whether a value belongs to it.
    pub takes_value: bool,
}

/// `--help`, which every daemon has. `-?` is shown in its text but is a mistake, as getopt(3) returns it for all mistakes.
pub const HELP: Known = Known { long: "help", short: 0, takes_value: false };

/// What a command line has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Options by their short names, in order, with their values.
    pub options: Vec<(u8, Option<OsString>)>,
    /// Words that belong to no option.
    pub operands: Vec<OsString>,
    /// Whether something is wrong.
    pub misused: bool,
    /// Complaints about it, a line each.
    pub wrong: String,
}

/// Reads arguments; `program` is named in complaints.
pub fn parse(program: &str, known: &[Known], mut arguments: impl Iterator<Item = OsString>) -> Parsed {
    let mut parsed = Parsed::default();
    let complain = |parsed: &mut Parsed, why: String| {
        parsed.misused = true;
        parsed.wrong += &format!("{program}: {why}\n");
    };
    while let Some(argument) = arguments.next() {
        let bytes = argument.as_bytes();
        if bytes == b"--" {
            parsed.operands.extend(arguments.by_ref());
        } else if let Some(long) = bytes.strip_prefix(b"--") {
            let mut parts = long.splitn(2, |byte| *byte == b'=');
            let (name, value) = (parts.next().unwrap_or_default(), parts.next().map(<[u8]>::to_vec));
            match long_option(known, name) {
                Ok(option) if option.takes_value => match value.map(OsString::from_vec).or_else(|| arguments.next()) {
                    Some(value) => parsed.options.push((option.short, Some(value))),
                    None => complain(&mut parsed, format!("option '--{}' requires an argument", option.long)),
                },
                Ok(option) if value.is_none() => parsed.options.push((option.short, None)),
                Ok(_) => complain(&mut parsed, format!("option '--{}' doesn't allow an argument", lossy(name))),
                Err(why) => complain(&mut parsed, why),
            }
        } else if let Some(mut letters) = bytes.strip_prefix(b"-").filter(|letters| !letters.is_empty()) {
            while let Some((&letter, rest)) = letters.split_first() {
                letters = rest;
                match known.iter().find(|option| option.short == letter) {
                    Some(option) if option.takes_value => {
                        let joined = (!rest.is_empty()).then(|| OsString::from_vec(rest.to_vec()));
                        letters = &[];
                        match joined.or_else(|| arguments.next()) {
                            Some(value) => parsed.options.push((letter, Some(value))),
                            None => {
                                let why = format!("option requires an argument -- '{}'", char::from(letter));
                                complain(&mut parsed, why);
                            }
                        }
                    }
                    Some(_) => parsed.options.push((letter, None)),
                    None if letter == b'?' => parsed.misused = true,
                    None => complain(&mut parsed, format!("invalid option -- '{}'", char::from(letter))),
                }
            }
        } else {
            parsed.operands.push(argument);
        }
    }
    parsed
}

/// A long option, which may be cut short as long as it is clear.
fn long_option<'a>(known: &'a [Known], name: &[u8]) -> Result<&'a Known, String> {
    let mut fitting = known.iter().filter(|option| option.long.as_bytes().starts_with(name));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(format!("unrecognized option '--{}'", lossy(name))),
        (Some(_), Some(_)) => Err(format!("option '--{}' is ambiguous", lossy(name))),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Known; 3] = [
        Known { long: "verbose", short: b'V', takes_value: false },
        Known { long: "version", short: b'$', takes_value: false },
        Known { long: "logfile", short: b'l', takes_value: true },
    ];

    fn parsed(words: &[&str]) -> Parsed {
        parse("it", &KNOWN, words.iter().map(OsString::from))
    }

    #[test]
    fn options_come_in_any_form() {
        for words in [&["-V", "-l", "x"][..], &["-Vlx"], &["--verb", "--logfile=x"], &["--verbose", "--log", "x"]] {
            assert_eq!(parsed(words).options, [(b'V', None), (b'l', Some("x".into()))], "{words:?}");
        }
        assert_eq!(parsed(&["a", "--", "-V"]).operands, ["a", "-V"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (words, why) in [
            (&["-x"][..], "invalid option -- 'x'"),
            (&["-l"], "option requires an argument -- 'l'"),
            (&["--logfile"], "option '--logfile' requires an argument"),
            (&["--ver"], "option '--ver' is ambiguous"),
            (&["--no"], "unrecognized option '--no'"),
            (&["--verbose=1"], "option '--verbose' doesn't allow an argument"),
        ] {
            assert_eq!(parsed(words).wrong, format!("it: {why}\n"));
        }
        assert!(parsed(&["-?"]).misused && parsed(&["-?"]).wrong.is_empty());
        assert!(!parsed(&["-V"]).misused);
    }
}
