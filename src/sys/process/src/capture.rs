//! What a child prints.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Bytes of a stream that the executor keeps: the last ones, where agents say why they fail.
pub const OUTPUT_MAX: usize = 1 << 20;
/// Bytes read at once, and how often in one go: a child that never stops printing must not keep the others waiting.
const CHUNK: usize = 16 << 10;
const CHUNKS_MAX: usize = 16;

/// The reading end of a pipe, and what came.
#[derive(Debug)]
pub(crate) struct Capture {
    /// `None` once the other end is closed.
    pipe: Option<OwnedFd>,
    text: Vec<u8>,
    /// Bytes that are kept.
    max: usize,
}

impl Capture {
    pub(crate) fn new(pipe: OwnedFd, max: usize) -> Result<Capture, Errno> {
        fcntl(&pipe, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        Ok(Capture { pipe: Some(pipe), text: Vec::new(), max })
    }

    pub(crate) fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.pipe.as_ref().map(AsFd::as_fd)
    }

    /// Takes what is there; whether more may be there already.
    pub(crate) fn read(&mut self) -> bool {
        let mut chunk = [0; CHUNK];
        for _ in 0..CHUNKS_MAX {
            let Some(pipe) = &self.pipe else { return false };
            match nix::unistd::read(pipe, &mut chunk) {
                Ok(0) => self.pipe = None,
                Ok(length) => self.keep(&chunk[..length]),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN) => return false,
                Err(_) => self.pipe = None,
            }
        }
        true
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
        // rarely, as it moves all that stays
        if self.text.len() > 2 * self.max {
            self.cut();
        }
    }

    fn cut(&mut self) {
        let surplus = self.text.len().saturating_sub(self.max);
        self.text.drain(..surplus);
    }

    /// What came, without NULs; the pipe is closed.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        self.pipe = None;
        self.cut();
        let mut text = std::mem::take(&mut self.text);
        text.retain(|byte| *byte != 0);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_last_bytes_are_kept() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut capture = Capture::new(reader.into(), OUTPUT_MAX).unwrap();
        let line = [b'x'; 1023];
        for _ in 0..3 * (OUTPUT_MAX / 1024) {
            writer.write_all(&line).unwrap();
            writer.write_all(b"\n").unwrap();
            while capture.read() {}
        }
        writer.write_all(b"\0\xff reason").unwrap();
        drop(writer);
        while capture.read() {}
        assert!(capture.fd().is_none());
        let text = capture.take();
        assert!(text.ends_with(b"x\n\xff reason"), "{:?}", &text[text.len() - 20..]);
        assert_eq!(text.len(), OUTPUT_MAX - 1);
    }

    #[test]
    fn one_go_is_bounded() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let mut capture = Capture::new(reader.into(), OUTPUT_MAX).unwrap();
        assert!(!capture.read());
        writer.write_all(&[b'x'; 64 << 10]).unwrap();
        assert!(!capture.read());
        assert_eq!(capture.take().len(), 64 << 10);
    }
}
