//! Files of CIBs: read with their digest, written so that a crash leaves the old or the new.

use core_cib::stored::{self, Digest, Unusable};
use core_types::Level;
use core_xml::Document;
use std::fs::{self, File, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use sys_pcmk::{GROUP, Line, USER};

/// Largest file that is read, in bytes: what XML may have.
const SIZE_MAX: u64 = 256 << 20;

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// There is none, or it can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// What is in it.
    #[error("{0}")]
    Content(#[from] Unusable),
}

/// The file with the digest of another.
pub(crate) fn digest_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// Reads a CIB and compares it with its digest.
pub(crate) fn read_and_verify(path: &Path, digest: &Path, lines: &mut Vec<Line>) -> Result<Document, ReadError> {
    const FUNCTION: &str = "cib_file_read_and_verify";
    let name = path.display();
    let content = read(path).inspect_err(|error| {
        let why = os_error(error);
        lines.push((Level::Warning, FUNCTION, format!("Could not verify cluster configuration file {name}: {why}")));
    })?;
    let expected = read(digest);
    let expected = match &expected {
        Ok(bytes) => std::str::from_utf8(bytes).map_or(Digest::Unreadable, Digest::Of),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            lines.push((
                Level::Warning,
                "cib_file_verify_digest",
                format!("No on-disk digest present at {}", digest.display()),
            ));
            Digest::Missing
        }
        Err(error) => {
            let text = format!("Could not read on-disk digest from {}: {error}", digest.display());
            lines.push((Level::Error, "cib_file_verify_digest", text));
            Digest::Unreadable
        }
    };
    let verified = stored::verify(&content, expected);
    match &verified {
        Err(Unusable::Modified) => {
            let text = format!("Digest comparison failed: {name} does not match {}", digest.display());
            lines.push((Level::Error, "pcmk__verify_digest", text));
        }
        Err(unusable) => {
            lines.push((Level::Warning, FUNCTION, format!("Cluster configuration file {name} {unusable}")))
        }
        Ok(_) => {}
    }
    Ok(verified?)
}

pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)?.take(SIZE_MAX).read_to_end(&mut content)?;
    Ok(content)
}

/// As strerror(3), with the number.
pub(crate) fn os_error(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(number) => format!("{} ({number})", nix::errno::Errno::from_raw(number).desc()),
        None => error.to_string(),
    }
}

/// Writes a new file with a name of its own beside others; it is on the disk when this returns.
pub(crate) fn write_new(directory: &Path, content: &str) -> io::Result<PathBuf> {
    let (fd, path) = nix::unistd::mkstemp(&directory.join("cib.XXXXXX"))?;
    let mut file = File::from(fd);
    let written = file.set_permissions(Permissions::from_mode(0o600)).and_then(|()| file.write_all(content.as_bytes()));
    match written.and_then(|()| file.sync_all()) {
        Ok(()) => Ok(path),
        Err(error) => {
            let _nothing_more_to_do = fs::remove_file(&path);
            Err(error)
        }
    }
}

/// Makes what was renamed and linked in a directory last.
pub(crate) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Gives a file that can't be used a name of its own (`cib_rename()`).
pub(crate) fn archive(path: &Path, lines: &mut Vec<Line>) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let (_fd, archived) = nix::unistd::mkstemp(&directory.join("cib.auto.XXXXXX"))?;
    let text = format!("Archiving unusable file {} as {}", path.display(), archived.display());
    lines.push((Level::Error, "cib_rename", text));
    fs::rename(path, &archived).inspect_err(|error| {
        let text = format!("Couldn't rename {} as {}: {}", path.display(), archived.display(), os_error(error));
        lines.push((Level::Error, "cib_rename", text));
        let _nothing_more_to_do = fs::remove_file(&archived);
    })
}

/// Whether the cluster's user or group may write a file, or the directory where it is still missing
/// (`pcmk__daemon_can_write()`).
pub(crate) fn may_write(directory: &Path, file: Option<&str>, lines: &mut Vec<Line>) -> bool {
    const FUNCTION: &str = "pcmk__daemon_can_write";
    let mut target = directory.to_owned();
    let mut found = None;
    if let Some(file) = file {
        let path = directory.join(file);
        match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() => {
                let text = format!("{} must be a regular file | st_mode=0{:o}", path.display(), metadata.mode());
                lines.push((Level::Error, FUNCTION, text));
                return false;
            }
            Ok(metadata) => (target, found) = (path, Some(metadata)),
            Err(error) => {
                let why = error.raw_os_error().map_or("?", |number| nix::errno::Errno::from_raw(number).desc());
                lines.push((Level::Notice, FUNCTION, format!("{} not found: {why}", path.display())));
            }
        }
    }
    let name = target.display();
    let metadata = match found.map_or_else(|| fs::metadata(directory), Ok) {
        Ok(metadata) => metadata,
        Err(error) => {
            lines.push((Level::Error, FUNCTION, format!("{name} not found: {}", os_error(&error))));
            return false;
        }
    };
    if file.is_none() && !metadata.is_dir() {
        lines.push((Level::Error, FUNCTION, format!("{name} must be a directory | st_mode=0{:o}", metadata.mode())));
        return false;
    }
    let user = sys_os::user_id(USER).ok().flatten();
    let group = sys_os::group_id(GROUP).ok().flatten();
    let by_user = user == Some(metadata.uid()) && metadata.mode() & 0o600 != 0;
    let by_group = group == Some(metadata.gid()) && metadata.mode() & 0o060 != 0;
    if !by_user && !by_group {
        let text = format!(
            "{name} must be owned and writable by either user {USER} or group {GROUP} | st_mode=0{:o}",
            metadata.mode()
        );
        lines.push((Level::Error, FUNCTION, text));
    }
    by_user || by_group
}
