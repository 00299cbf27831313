//! Small files of the state directory: never torn, never lost by a crash.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Writes a file; on return it survives a crash, before that the old one does.
pub(crate) fn store(directory: &Path, name: &str, mode: u32, content: &[u8]) -> io::Result<()> {
    let (path, temporary) = (directory.join(name), directory.join(format!("{name}.new")));
    if let Err(error) = write(&temporary, mode, content).and_then(|()| fs::rename(&temporary, &path)) {
        // What was begun helps nobody, and may be what fills the disk.
        let _ = fs::remove_file(&temporary);
        return Err(error);
    }
    File::open(directory)?.sync_all()
}

fn write(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
