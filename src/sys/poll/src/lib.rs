//! Waiting for descriptors in the event loop.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use tokio::io::Interest;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};

/// Tells when a descriptor becomes readable. It holds a duplicate, so whoever has the descriptor may close it.
#[derive(Debug)]
pub struct Readable(AsyncFd<OwnedFd>);

impl Readable {
    /// Watches a descriptor from within the event loop.
    pub fn of(fd: impl AsFd) -> io::Result<Readable> {
        let duplicate = fd.as_fd().try_clone_to_owned()?;
        // SAFETY: an owned descriptor stays open and the same as long as the AsyncFd has it
        let registered = unsafe { AsyncFd::register_with_interest(duplicate, Interest::READABLE) };
        Ok(Readable(registered.map_err(io::Error::from)?))
    }

    /// Waits until there is something to read, or the other end is gone. Say so with `clear_ready` once all was read.
    pub async fn ready(&self) -> io::Result<AsyncFdReadyGuard<'_, OwnedFd>> {
        self.0.readable().await
    }
}

impl AsRawFd for Readable {
    /// The duplicate.
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_pipe_becomes_readable_when_written_to() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (reader, mut writer) = io::pipe().unwrap();
            let readable = Readable::of(&reader).unwrap();
            let wait = std::time::Duration::from_millis(20);
            assert!(tokio::time::timeout(wait, readable.ready()).await.is_err());
            writer.write_all(b"x").unwrap();
            readable.ready().await.unwrap().clear_ready();
        });
    }
}
