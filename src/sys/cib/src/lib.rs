//! Files of CIBs: read with their digest, written so that a crash leaves the old or the new; and the time, as their rules have it.
//!
//! Counterpart: `lib/cib/cib_file.c` (2.1.5). What files hold and are called is decided in [`core_cib::stored`].
#![forbid(unsafe_code)]

mod clock;
mod plain;
mod write;

pub use clock::{moment, now};
pub use plain::{FileError, read_plain, write_plain};
pub use write::{Failed, Owner, Seen, write};

use core_cib::stored::{self, Digest, Unusable};
use core_types::Level;
use core_xml::Document;
use std::{
    fs::{self, File, Permissions},
    io::{self, Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Largest file that is read, in bytes: what XML may have.
const SIZE_MAX: u64 = 256 << 20;

/// A line for the log, with the name of the reference's function.
pub type Line = (Level, &'static str, String);

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is none, or it can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What is in it.
    #[error("{0}")]
    Content(#[from] Unusable),
}

/// The file with the digest of another.
#[must_use]
pub fn digest_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Reads a CIB and compares it with its digest.
///
/// # Errors
/// Why it can't be used; the lines say more.
pub fn read_and_verify(path: &Path, digest: &Path, lines: &mut Vec<Line>) -> Result<Document, ReadError> {
    const FUNCTION: &str = "cib_file_read_and_verify";
    let name = path.display();
    let content = read(path).inspect_err(|error| {
        let why = os_error(error);
        lines.push((Level::Warning, FUNCTION, format!("Could not verify cluster configuration file {name}: {why}")));
    })?;
    let expected = read(digest);
    let verified = stored::verify(&content, digest_in(&expected, digest, lines));
    match &verified {
        Err(Unusable::Modified) => {
            let text = format!("Digest comparison failed: {name} does not match {}", digest.display());
            lines.push((Level::Error, "pcmk__verify_digest", text));
        }
        Err(unusable) => {
            lines.push((Level::Warning, FUNCTION, format!("Cluster configuration file {name} {unusable}")));
        }
        Ok(_) => {}
    }
    Ok(verified?)
}

fn digest_in<'a>(content: &'a io::Result<Vec<u8>>, path: &Path, lines: &mut Vec<Line>) -> Digest<'a> {
    const FUNCTION: &str = "cib_file_verify_digest";
    let name = path.display();
    match content {
        Ok(bytes) => std::str::from_utf8(bytes).map_or(Digest::Unreadable, Digest::Of),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            lines.push((Level::Warning, FUNCTION, format!("No on-disk digest present at {name}")));
            Digest::Missing
        }
        Err(error) => {
            lines.push((Level::Error, FUNCTION, format!("Could not read on-disk digest from {name}: {error}")));
            Digest::Unreadable
        }
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(SIZE_MAX).read_to_end(&mut content)?;
    Ok(content)
}

/// As strerror(3), with the number.
#[must_use]
pub fn os_error(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("{} ({number})", nix::errno::Errno::from_raw(number).desc()),
        None => error.to_string(),
    }
}

/// Writes a new file with a name of its own beside others; it is on the disk when this returns.
fn write_new(directory: &Path, content: &str, owner: Option<Owner>) -> io::Result<PathBuf> {
    let (fd, path) = nix::unistd::mkstemp(&directory.join("cib.XXXXXX"))?;
    let mut file = File::from(fd);
    let written = file
        .set_permissions(Permissions::from_mode(0o600))
        .and_then(|()| {
            owner.map_or(Ok(()), |owner| std::os::unix::fs::fchown(&file, Some(owner.user), Some(owner.group)))
        })
        .and_then(|()| file.write_all(content.as_bytes()))
        .and_then(|()| file.sync_all());
    match written {
        Ok(()) => Ok(path),
        Err(error) => {
            let _nothing_more_to_do = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Makes what was renamed and linked in a directory last.
fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}
