//! What only the daemon does with files of CIBs: sets unusable ones aside, and asks whether it may write.

use core_types::Level;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use sys_cib::os_error;
use sys_pcmk::{GROUP, Line, USER};

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
