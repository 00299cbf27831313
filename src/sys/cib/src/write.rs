//! Writing a CIB with its digest (`cib_file_write_with_digest()`): the old one is kept as a backup, the new one comes
//! under its name whole.

use crate::{Line, ReadError, digest_of, os_error, read, read_and_verify, sync_directory, write_new};
use core_cib::{Cib, stored};
use core_types::Level;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown, fchown},
    path::Path,
};

/// Who files are given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The user's id.
    pub user: u32,
    /// The group's id.
    pub group: u32,
}

/// How a write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The file isn't what was written last: somebody edits it.
    Modified,
    /// It could not be kept.
    Backup,
    /// The new one could not be written.
    Save,
}

const FUNCTION: &str = "cib_file_write_with_digest";

/// The files of a CIB as they were when they were written and read again: those that are the same need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen([Identity; 2]);

/// What tells one file from another that came in its place, or from what somebody made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// Of its content, and of all else, in seconds and nanoseconds.
    changed: [(i64, i64); 2],
}

impl Seen {
    fn of(path: &Path) -> Option<Seen> {
        let identity = |path: &Path| {
            let data = fs::symlink_metadata(path).ok()?;
            let changed = [(data.mtime(), data.mtime_nsec()), (data.ctime(), data.ctime_nsec())];
            Some(Identity { device: data.dev(), inode: data.ino(), size: data.size(), changed })
        };
        Some(Seen([identity(path)?, identity(&digest_of(path))?]))
    }
}

/// Writes a CIB to the file of a name in a directory. What is written belongs to `owner`, where there is one. `seen` is
/// what the last write saw there.
///
/// # Errors
/// What was there is there still; the lines say more.
pub fn write(
    (directory, name): (&Path, &str),
    cib: &Cib,
    now: &str,
    owner: Option<Owner>,
    seen: &mut Option<Seen>,
    lines: &mut Vec<Line>,
) -> Result<(), Failed> {
    let path = directory.join(name);
    let known = seen.take();
    verify_old(&path, known, lines)?;
    keep_old(directory, &path, owner, lines).map_err(|(what, error)| {
        lines.push((Level::Error, "cib_file_backup", format!("{what}: {}", os_error(&error))));
        Failed::Backup
    })?;
    save(directory, &path, &stored::store(cib, now), owner, lines).map_err(|(what, error)| {
        lines.push((Level::Error, FUNCTION, format!("{what}: {}", os_error(&error))));
        Failed::Save
    })?;
    *seen = Seen::of(&path);
    Ok(())
}

/// Refuses to write over what somebody else wrote.
fn verify_old(path: &Path, known: Option<Seen>, lines: &mut Vec<Line>) -> Result<(), Failed> {
    if known.is_some() && known == Seen::of(path) {
        return Ok(());
    }
    match read_and_verify(path, &digest_of(path), lines) {
        Ok(_) => Ok(()),
        Err(ReadError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(_) => {
            let text = format!("{} was manually modified while the cluster was active!", path.display());
            lines.push((Level::Error, FUNCTION, text));
            Err(Failed::Modified)
        }
    }
}

/// Puts a CIB and its digest in the place of the old ones; what failed, and why.
fn save(
    directory: &Path,
    path: &Path,
    stored: &stored::Stored,
    owner: Option<Owner>,
    lines: &mut Vec<Line>,
) -> Result<(), (String, io::Error)> {
    let new = write_new(directory, &stored.text, owner)
        .map_err(|error| (format!("Changes couldn't be written to {}", directory.display()), error))?;
    let text = format!("Wrote version {} of the CIB to disk (digest: {})", stored.version, stored.digest);
    lines.push((Level::Info, FUNCTION, text));
    let new_digest = write_new(directory, &stored.digest, owner).map_err(|error| {
        let _nothing_more_to_do = fs::remove_file(&new);
        (format!("Could not write digest to {}", directory.display()), error)
    })?;
    let text = format!("Reading cluster configuration file {} (digest: {})", new.display(), new_digest.display());
    lines.push((Level::Info, FUNCTION, text));
    let activated = match read_and_verify(&new, &new_digest, lines) {
        Ok(_) => fs::rename(&new, path).and_then(|()| fs::rename(&new_digest, digest_of(path))),
        Err(error) => Err(io::Error::other(format!("what was written reads otherwise: {error}"))),
    };
    activated.and_then(|()| sync_directory(directory)).map_err(|error| {
        let _either_may_be_gone = (fs::remove_file(&new), fs::remove_file(&new_digest));
        (format!("Couldn't rename {} as {}", new.display(), path.display()), error)
    })
}

/// Links the CIB and its digest to the names of the next backup (`cib_file_backup()`); what failed, and why.
fn keep_old(
    directory: &Path,
    path: &Path,
    owner: Option<Owner>,
    lines: &mut Vec<Line>,
) -> Result<(), (String, io::Error)> {
    let counter = directory.join(stored::LAST);
    let last = read(&counter).ok();
    let number = stored::next_backup(last.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()));
    let backup = directory.join(stored::backup(number));
    for (from, to) in [(path, &backup), (&digest_of(path), &digest_of(&backup))] {
        let _the_link_says_why = fs::remove_file(to);
        unless_missing(fs::hard_link(from, to))
            .map_err(|error| (format!("Could not archive {} by linking to {}", from.display(), to.display()), error))?;
        if let Some(owner) = owner {
            unless_missing(chown(to, Some(owner.user), Some(owner.group)))
                .map_err(|error| (format!("Could not set owner of {}", to.display()), error))?;
        }
    }
    count(&counter, number, owner)
        .and_then(|()| sync_directory(directory))
        .map_err(|error| (format!("Could not write {}", counter.display()), error))?;
    lines.push((Level::Info, "cib_file_backup", format!("Archived previous version as {}", backup.display())));
    Ok(())
}

/// Says which the last backup is.
fn count(counter: &Path, number: u32, owner: Option<Owner>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o640).open(counter)?;
    file.write_all(stored::after_backup(number).as_bytes())?;
    if let Some(owner) = owner {
        fchown(&file, Some(owner.user), Some(owner.group))?;
    }
    file.sync_all()
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
