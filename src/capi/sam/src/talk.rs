//! The two pipes between a child and its parent, and what goes through them.

use core_types::CsError;
use std::fs::File;
use std::io::{Read, Write};

/// What a child tells its parent: one byte each, [`Command::DataStore`] and [`Command::WarnSignal`] with more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Command {
    Start = 0,
    Stop = 1,
    HealthCheck = 2,
    /// Then the length as a `usize`, and the data.
    DataStore = 3,
    /// Then the signal as an `i32`.
    WarnSignal = 4,
    MarkFailed = 5,
}

impl Command {
    pub(crate) fn from_byte(byte: u8) -> Option<Command> {
        use Command::{DataStore, HealthCheck, MarkFailed, Start, Stop, WarnSignal};
        [Start, Stop, HealthCheck, DataStore, WarnSignal, MarkFailed].into_iter().find(|&command| command as u8 == byte)
    }
}

/// The child's ends.
pub(crate) struct Parent {
    pub(crate) commands: File,
    pub(crate) replies: File,
}

impl Parent {
    /// Tells the parent something that it doesn't answer.
    pub(crate) fn tell(&self, command: Command) -> Result<(), CsError> {
        write(&self.commands, &[command as u8])
    }

    /// Tells the parent something, with more to it, and waits for its answer. One conversation at a time:
    /// `crate::state::conversation` is held.
    pub(crate) fn ask(&self, command: Command, more: &[&[u8]]) -> Result<(), CsError> {
        self.tell(command)?;
        more.iter().try_for_each(|bytes| write(&self.commands, bytes))?;
        let mut code = [0; 4];
        read(&self.replies, &mut code)?;
        CsError::check(i32::from_ne_bytes(code))
    }
}

/// The parent's ends.
pub(crate) struct Child {
    pub(crate) commands: File,
    pub(crate) replies: File,
}

impl Child {
    /// Answers the child's question: a `cs_error_t`. A child that is gone shows when it is next read from.
    pub(crate) fn answer(&self, result: Result<(), CsError>) {
        let _gone = write(&self.replies, &CsError::code(result).to_ne_bytes());
    }

    /// What the child has to say; `None` when it is gone.
    pub(crate) fn next(&self) -> Result<Option<u8>, CsError> {
        let mut byte = [0];
        loop {
            match (&self.commands).read(&mut byte) {
                Ok(0) => return Ok(None),
                Ok(_) => return Ok(Some(byte[0])),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(CsError::Library),
            }
        }
    }
}

/// Both ends of both pipes, for a child to come.
pub(crate) fn pipes() -> Result<(Parent, Child), CsError> {
    let pipe = || nix::unistd::pipe().map_err(|_| CsError::Library);
    let (commands_read, commands_write) = pipe()?;
    let (replies_read, replies_write) = pipe()?;
    Ok((
        Parent { commands: commands_write.into(), replies: replies_read.into() },
        Child { commands: commands_read.into(), replies: replies_write.into() },
    ))
}

/// Writes all of it.
pub(crate) fn write(mut pipe: &File, bytes: &[u8]) -> Result<(), CsError> {
    pipe.write_all(bytes).map_err(|_| CsError::Library)
}

/// Reads all of it.
pub(crate) fn read(mut pipe: &File, bytes: &mut [u8]) -> Result<(), CsError> {
    pipe.read_exact(bytes).map_err(|_| CsError::Library)
}
