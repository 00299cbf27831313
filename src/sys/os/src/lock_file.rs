//! The lock file that keeps a second daemon away; it holds the daemon's process id.

use crate::process::write_pid_to;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why the lock can't be had, as the reference logs it.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Exit code 17.
    #[error("Corosync Executive couldn't create lock file.")]
    Create(#[source] io::Error),
    /// Exit code 18.
    #[error("Another Corosync instance is already running.")]
    AlreadyRunning,
    /// Exit code 17.
    #[error("Corosync Executive couldn't acquire lock. Error was {}", .0.desc())]
    Lock(Errno),
    /// Exit code 17.
    #[error("Corosync Executive couldn't write pid to lock file. Error was {0}")]
    Write(#[source] io::Error),
}

/// A lock held; the file is removed with it.
#[derive(Debug)]
pub struct LockFile {
    path: PathBuf,
    _file: File,
}

impl LockFile {
    /// Locks the file (`fcntl(2)`, so the reference's daemon respects it) and writes the process id in it.
    pub fn acquire(path: &Path) -> Result<LockFile, LockError> {
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o640).open(path);
        let file = options.map_err(LockError::Create)?;
        lock(&file)?;
        if let Err(error) = file.set_len(0).and_then(|()| write_pid_to(&file)) {
            let _was_ours = fs::remove_file(path);
            return Err(LockError::Write(error));
        }
        Ok(LockFile { path: path.to_owned(), _file: file })
    }
}

fn lock(file: &File) -> Result<(), LockError> {
    let whole = libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    loop {
        match fcntl(file, FcntlArg::F_SETLK(&whole)) {
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(Errno::EAGAIN | Errno::EACCES) => return Err(LockError::AlreadyRunning),
            Err(error) => return Err(LockError::Lock(error)),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        let _was_ours = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_the_pid_while_the_lock_is_held() {
        let path = std::env::temp_dir().join(format!("systole-lock-{}", std::process::id()));
        fs::write(&path, "1234567890").unwrap();
        let lock = LockFile::acquire(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        drop(lock);
        assert!(!path.exists());
        let nowhere = LockFile::acquire(Path::new("/nonexistent/corosync.pid"));
        assert!(matches!(nowhere, Err(LockError::Create(_))));
    }
}
