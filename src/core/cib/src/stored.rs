//! A CIB on disk: what is written, what is taken, and the names beside it.
//!
//! Counterparts: `lib/cib/cib_file.c`, `based_io.c`, the series of `lib/common/io.c` (2.1.5). `cib.xml` has its digest in
//! `cib.xml.sig`; what was there before is kept as `cib-N.raw`, of which `cib.last` has the next N.

use crate::Cib;
use core_xml::{Document, Form, Limits, disk_digest};

/// Name of the CIB's file.
pub const LIVE: &str = "cib.xml";
/// Name of the file with the number of the next backup.
pub const LAST: &str = "cib.last";
/// Backups that are kept.
const BACKUPS: u32 = 100;

/// A CIB as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The file's content.
    pub text: String,
    /// Its digest, the content of the file beside it.
    pub digest: String,
    /// `admin_epoch.epoch.0`.
    pub version: String,
}

/// Why a file is no CIB to start with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is empty.
    #[error("is corrupt (size is zero)")]
    Empty,
    /// It is no XML.
    #[error("is corrupt (unparseable as XML)")]
    Xml,
    /// It is not what was written: somebody edited it.
    #[error("does not match its digest")]
    Modified,
}

/// The digest beside a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest<'a> {
    /// There is none: the file is taken as it is.
    Missing,
    /// It can't be read.
    Unreadable,
    /// Its text.
    Of(&'a str),
}

/// A CIB for the disk: without status, which no start takes over.
#[must_use]
pub fn store(cib: &Cib, now: &str) -> Stored {
    let mut document = cib.document().clone();
    let root = document.root();
    document.set_attribute(root, "num_updates", "0");
    document.set_attribute(root, "cib-last-written", now);
    if let Some(status) = document.child(root, Some("status")) {
        document.remove(status);
    }
    let part = |name| document.attribute(root, name).unwrap_or("0");
    Stored {
        text: document.text(root, Form::Formatted),
        digest: disk_digest(&document, root),
        version: format!("{}.{}.0", part("admin_epoch"), part("epoch")),
    }
}

/// Reads a file's content and compares it with its digest.
///
/// # Errors
/// Why it can't be used.
pub fn verify(content: &[u8], digest: Digest<'_>) -> Result<Document, Unusable> {
    if content.is_empty() {
        return Err(Unusable::Empty);
    }
    let text = std::str::from_utf8(content).map_err(|_| Unusable::Xml)?;
    let document = Document::parse(text, Limits::default()).map_err(|_| Unusable::Xml)?;
    match digest {
        Digest::Missing => Ok(document),
        Digest::Of(digest) if digest.trim_end() == disk_digest(&document, document.root()) => Ok(document),
        _ => Err(Unusable::Modified),
    }
}

/// Makes what was read a CIB that one can start with. Says whether the version was incomplete.
pub fn complete(document: &mut Document, discard_status: bool) -> bool {
    let root = document.root();
    let status = document.child(root, Some("status"));
    if let Some(status) = status.filter(|_| discard_status) {
        document.remove(status);
    }
    if discard_status || status.is_none() {
        document.append_element(root, "status");
    }
    let incomplete = document.attribute(root, "admin_epoch").is_none();
    for name in ["admin_epoch", "epoch", "num_updates"] {
        if document.attribute(root, name).is_none() {
            document.set_attribute(root, name, "0");
        }
    }
    document.remove_attribute(root, "dc-uuid");
    incomplete
}

/// Name of a backup.
#[must_use]
pub fn backup(number: u32) -> String {
    format!("cib-{number}.raw")
}

/// The number of the next backup, from what `cib.last` says.
#[must_use]
pub fn next_backup(last: Option<&str>) -> u32 {
    let digits = |text: &str| text.trim_start().chars().take_while(char::is_ascii_digit).collect::<String>();
    last.and_then(|text| digits(text).parse().ok()).unwrap_or(0)
}

/// What `cib.last` says after a backup of that number.
#[must_use]
pub fn after_backup(number: u32) -> String {
    let next = number.saturating_add(1);
    (if next >= BACKUPS { 0 } else { next }).to_string()
}

/// Whether a file of that name is a backup that one may start with.
#[must_use]
pub fn is_backup(name: &str) -> bool {
    name.starts_with("cib-") && !name.ends_with(".sig")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cib() -> Cib {
        let mut cib = Cib::empty("none", 3);
        let root = cib.document.root();
        cib.document.set_attribute(root, "num_updates", "7");
        cib
    }

    #[test]
    fn what_is_written_is_taken_and_what_was_changed_is_not() {
        let stored = store(&cib(), "Mon Nov 23 03:27:16 2026");
        assert!(stored.text.ends_with("</cib>\n") && !stored.text.contains("status"));
        assert_eq!(stored.version, "0.3.0");
        let read = |content: &str| verify(content.as_bytes(), Digest::Of(&stored.digest)).map(drop);
        assert_eq!(read(&stored.text), Ok(()));
        assert_eq!(read(&stored.text.replace("epoch=\"3\"", "epoch=\"4\"")), Err(Unusable::Modified));
        assert_eq!(read(""), Err(Unusable::Empty));
        assert_eq!(read(&stored.text[..40]), Err(Unusable::Xml));
        assert_eq!(verify(stored.text.as_bytes(), Digest::Unreadable).map(drop), Err(Unusable::Modified));
        assert_eq!(verify(stored.text.as_bytes(), Digest::Missing).map(drop), Ok(()));
    }

    #[test]
    fn a_start_has_a_status_and_a_version() {
        let mut read =
            Document::parse("<cib epoch=\"2\" dc-uuid=\"1\"><status><a/></status></cib>", Limits::default()).unwrap();
        assert!(complete(&mut read, true));
        let text = read.text(read.root(), Form::Compact);
        assert_eq!(text, "<cib epoch=\"2\" admin_epoch=\"0\" num_updates=\"0\"><status/></cib>");
        assert!(!complete(&mut read, false));
    }

    #[test]
    fn backups_are_numbered_round() {
        assert_eq!((next_backup(None), next_backup(Some("7")), next_backup(Some("x"))), (0, 7, 0));
        assert_eq!((after_backup(7), after_backup(99)), ("8".to_owned(), "0".to_owned()));
        assert!(is_backup("cib-1.raw") && !is_backup("cib-1.raw.sig") && !is_backup("cib.xml"));
    }
}
