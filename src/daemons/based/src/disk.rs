//! Writing the CIB (`cib_file_write_with_digest()`): the old one is kept as a backup, the new one comes under its name whole.

use crate::files::{self, ReadError, digest_of, os_error};
use core_cib::{Cib, stored};
use core_types::Level;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use sys_pcmk::Line;

/// How a write failed: the exit codes of the reference's writing process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failed {
    /// The file isn't what was written last: somebody edits it.
    Modified = 104,
    /// It could not be kept, or the new one not be written.
    NotWritten = 73,
}

/// Writes a CIB.
pub(crate) fn write(directory: &Path, cib: &Cib, now: &str, lines: &mut Vec<Line>) -> Result<(), Failed> {
    const FUNCTION: &str = "cib_file_write_with_digest";
    let path = directory.join(stored::LIVE);
    match files::read_and_verify(&path, &digest_of(&path), lines) {
        Ok(_) => {}
        Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {}
        Err(_) => {
            let text = format!("{} was manually modified while the cluster was active!", path.display());
            lines.push((Level::Error, FUNCTION, text));
            return Err(Failed::Modified);
        }
    }
    let not_written = |lines: &mut Vec<Line>, what: &str, error: &io::Error| {
        lines.push((Level::Error, FUNCTION, format!("{what}: {}", os_error(error))));
        Failed::NotWritten
    };
    keep_old(directory, &path, lines).map_err(|error| not_written(lines, "Could not archive the CIB", &error))?;
    let stored = stored::store(cib, now);
    let new = files::write_new(directory, &stored.text)
        .map_err(|error| not_written(lines, "Changes couldn't be written", &error))?;
    let digest = &stored.digest;
    lines.push((
        Level::Info,
        FUNCTION,
        format!("Wrote version {} of the CIB to disk (digest: {digest})", stored.version),
    ));
    let new_digest = files::write_new(directory, digest).map_err(|error| {
        let _nothing_more_to_do = fs::remove_file(&new);
        not_written(lines, "Could not write digest", &error)
    })?;
    let text = format!("Reading cluster configuration file {} (digest: {})", new.display(), new_digest.display());
    lines.push((Level::Info, FUNCTION, text));
    let activated = match files::read_and_verify(&new, &new_digest, lines) {
        Ok(_) => fs::rename(&new, &path).and_then(|()| fs::rename(&new_digest, digest_of(&path))),
        Err(error) => Err(io::Error::other(format!("what was written reads otherwise: {error}"))),
    };
    activated.and_then(|()| files::sync_directory(directory)).map_err(|error| {
        let _either_may_be_gone = (fs::remove_file(&new), fs::remove_file(&new_digest));
        not_written(lines, &format!("Couldn't rename the new CIB as {}", path.display()), &error)
    })
}

/// Links the CIB and its digest to the names of the next backup (`cib_file_backup()`).
fn keep_old(directory: &Path, path: &Path, lines: &mut Vec<Line>) -> io::Result<()> {
    let last = files::read(&directory.join(stored::LAST)).ok();
    let number = stored::next_backup(last.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()));
    let backup = directory.join(stored::backup(number));
    for (from, to) in [(path, &backup), (&digest_of(path), &digest_of(&backup))] {
        unless_missing(fs::remove_file(to))?;
        unless_missing(fs::hard_link(from, to))?;
    }
    let mut options = OpenOptions::new();
    let mut counter = options.write(true).create(true).truncate(true).mode(0o640).open(directory.join(stored::LAST))?;
    counter.write_all(stored::after_backup(number).as_bytes())?;
    counter.sync_all()?;
    files::sync_directory(directory)?;
    lines.push((Level::Info, "cib_file_backup", format!("Archived previous version as {}", backup.display())));
    Ok(())
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
