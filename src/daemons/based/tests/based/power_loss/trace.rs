//! What a daemon did to a folder's files, from what strace(1) wrote of each of its threads (`-ff -ttt -y -xx`).

use super::disk::Deed;
use std::{fs, path::Path};

/// The calls that change files; what else there is would be a mistake here.
pub(crate) const CALLS: &str = "trace=openat,creat,write,pwrite64,writev,ftruncate,truncate,fsync,fdatasync,rename,renameat,\
                                renameat2,link,linkat,unlink,unlinkat";

/// Reads the files of one `-o` in the order of time.
pub(crate) fn deeds(output: &Path, folder: &str) -> Vec<Deed> {
    let (directory, prefix) = (output.parent().expect("a folder"), output.file_name().expect("a name"));
    let is_one = |name: &str| name.starts_with(&format!("{}.", prefix.to_string_lossy()));
    let entries = fs::read_dir(directory).expect("the trace's folder").flatten();
    let files = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_one));
    let texts: Vec<String> = files.map(|file| fs::read_to_string(file.path()).expect("a trace")).collect();
    let mut lines: Vec<(&str, &str)> =
        texts.iter().flat_map(|text| text.lines()).filter_map(|line| line.split_once(' ')).collect();
    lines.sort_unstable();
    lines.into_iter().filter_map(|(_, call)| deed(call, &format!("{folder}/"))).collect()
}

/// Undoes `\x2f`.
fn bytes(word: &str) -> Vec<u8> {
    let digits = word.split("\\x").skip(1);
    digits.map(|digits| u8::from_str_radix(digits, 16).expect("two digits")).collect()
}

/// What stands between two characters.
fn between(text: &str, (from, to): (char, char)) -> Vec<Vec<u8>> {
    let mut words = text.split(from).skip(1);
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        found.push(bytes(word.split(to).next().unwrap_or_default()));
        if from == to {
            words.next();
        }
    }
    found
}

fn deed(call: &str, folder: &str) -> Option<Deed> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if result.starts_with('-') {
        return None;
    }
    let mut texts = between(arguments, ('"', '"')).into_iter();
    let opened = between(arguments.split(',').next()?, ('<', '>')).into_iter().next();
    let own = |path: Vec<u8>| String::from_utf8(path).ok()?.strip_prefix(folder).map(str::to_owned);
    let is_folder = |path: &[u8]| path == folder.trim_end_matches('/').as_bytes();
    Some(match name {
        "openat" if arguments.contains("O_CREAT") || arguments.contains("O_TRUNC") => Deed::Empty(own(texts.next()?)?),
        "openat" => return None,
        "write" => Deed::Append(own(opened?)?, texts.next()?),
        "fsync" | "fdatasync" if is_folder(opened.as_deref()?) => Deed::SyncFolder,
        "fsync" | "fdatasync" => Deed::SyncFile(own(opened?)?),
        "rename" => Deed::Rename(own(texts.next()?)?, own(texts.next()?)?),
        "link" | "linkat" => Deed::Link(own(texts.next()?)?, own(texts.next()?)?),
        "unlink" => Deed::Unlink(own(texts.next()?)?),
        _ => {
            let touched = opened.into_iter().chain(texts).find_map(own);
            assert!(touched.is_none(), "{name} of {touched:?} is not understood");
            return None;
        }
    })
}

#[test]
fn calls_are_read() {
    let call = r#"openat(AT_FDCWD<\x2f>, "\x2f\x61\x2f\x62", O_RDWR|O_CREAT|O_EXCL, 0600) = 16<\x2f\x61\x2f\x62>"#;
    assert_eq!(deed(call, "/a/"), Some(Deed::Empty("b".to_owned())));
    assert_eq!(deed(call, "/b/"), None);
    assert_eq!(deed(r#"fsync(16<\x2f\x61>) = 0"#, "/a/"), Some(Deed::SyncFolder));
    let call = r#"write(16<\x2f\x61\x2f\x62>, "\x31\x32", 2) = 2"#;
    assert_eq!(deed(call, "/a/"), Some(Deed::Append("b".to_owned(), b"12".to_vec())));
    assert_eq!(deed(r#"unlink("\x2f\x61\x2f\x62") = -1 ENOENT (No such file or directory)"#, "/a/"), None);
    let call = r#"linkat(AT_FDCWD<\x2f>, "\x2f\x61\x2f\x62", AT_FDCWD<\x2f>, "\x2f\x61\x2f\x63", 0) = 0"#;
    assert_eq!(deed(call, "/a/"), Some(Deed::Link("b".to_owned(), "c".to_owned())));
}
