//! What is wrong with a configuration, and where.

use std::fmt;

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the shell gave it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// A refused configuration. Shown as the reference says it, followed by what it leaves out: file, line, key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The reference's words.
    pub reason: String,
    /// The key at fault, where it is one.
    pub key: Option<String>,
    /// Where that key is set.
    pub place: Option<Place>,
}

impl Error {
    pub(crate) fn new(reason: impl Into<String>) -> Error {
        Error { reason: reason.into(), key: None, place: None }
    }

    pub(crate) fn at_key(key: impl Into<String>, reason: impl Into<String>) -> Error {
        Error { reason: reason.into(), key: Some(key.into()), place: None }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)?;
        let key = self.key.as_deref().filter(|key| !self.reason.contains(key));
        let place = self.place.as_ref().map(|place| format!("{}:{}", place.file, place.line));
        let place = place.filter(|place| !self.reason.contains(place));
        match (place, key) {
            (Some(place), Some(key)) => write!(f, " ({place}: {key})"),
            (Some(place), None) => write!(f, " ({place})"),
            (None, Some(key)) => write!(f, " ({key})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// A message that has room for so many bytes, the NUL included; `otherwise` where it doesn't fit.
pub(crate) fn bounded(message: String, size: usize, otherwise: &str) -> String {
    if message.len() < size { message } else { otherwise.to_owned() }
}
