//! CIBs in files of any name, without a digest: what tools are told to work on.

use crate::{SIZE_MAX, read};
use bzip2::{Compression, read::BzDecoder, write::BzEncoder};
use core_xml::{Document, Form, Limits, ParseError};
use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

/// Why a file is no document.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It can't be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not UTF-8.
    #[error("it is not UTF-8")]
    Encoding,
    /// It is no XML.
    #[error("{0}")]
    Xml(#[from] ParseError),
}

/// Errors of fsync(2) that say that a file can't be synced.
const EROFS: i32 = nix::libc::EROFS;
const EINVAL: i32 = nix::libc::EINVAL;

fn is_packed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "bz2")
}

/// Reads a document and its text: of standard input for `-`, unpacked where the name ends with `.bz2` (`filename2xml()`).
///
/// # Errors
/// Why there is none.
pub fn read_plain(path: &Path) -> Result<(Document, String), FileError> {
    let mut content = Vec::new();
    if path == Path::new("-") {
        io::stdin().take(SIZE_MAX).read_to_end(&mut content)?;
    } else if is_packed(path) {
        BzDecoder::new(File::open(path)?).take(SIZE_MAX).read_to_end(&mut content)?;
    } else {
        content = read(path)?;
    }
    let text = String::from_utf8(content).map_err(|_| FileError::Encoding)?;
    let document = Document::parse(&text, Limits::default())?;
    Ok((document, text))
}

/// Writes a document, packed where the name ends with `.bz2`; it is on the disk when this returns (`write_xml_file()`).
///
/// # Errors
/// Why not; the file may be empty then, as the reference leaves it.
pub fn write_plain(path: &Path, document: &Document) -> io::Result<()> {
    let text = document.text(document.root(), Form::Formatted);
    let mut file = File::create(path)?;
    if is_packed(path) {
        let mut packed = BzEncoder::new(&mut file, Compression::new(5));
        packed.write_all(text.as_bytes())?;
        packed.finish()?;
    } else {
        file.write_all(text.as_bytes())?;
    }
    match file.sync_all() {
        // not every file can be synced
        Err(error) if !matches!(error.raw_os_error(), Some(EROFS | EINVAL)) => Err(error),
        _ => Ok(()),
    }
}
