//! bzip2, as pacemaker's messages have it, and texts of C.

use crate::DecodeError;
use bzip2::{Action, Compress, Compression, Status, read::BzDecoder};
use std::io::Read;

/// How the reference compresses: blocks of 400 KiB, and how long it tries before it takes the slower way.
const BLOCKS: u32 = 4;
const WORK: u32 = 20;

/// Unpacks to exactly `length` bytes; memory grows with what is there, not with what is claimed.
///
/// # Errors
/// It doesn't unpack, or to another length.
pub fn unpack(packed: &[u8], length: usize) -> Result<Vec<u8>, DecodeError> {
    let mut text = Vec::new();
    let mut stream = BzDecoder::new(packed).take(length as u64 + 1);
    stream.read_to_end(&mut text).map_err(|error| DecodeError::Unpacking(error.to_string()))?;
    if text.len() != length {
        return Err(DecodeError::Length { claimed: length, there: text.len() });
    }
    Ok(text)
}

/// Appends the text with its NUL, packed; `None` when `message` would exceed the limit.
pub fn pack(text: &str, limit: usize, message: &mut Vec<u8>) -> Option<()> {
    message.reserve_exact(limit.checked_sub(message.len())?);
    let mut stream = Compress::new(Compression::new(BLOCKS), WORK);
    for (part, last) in [(text.as_bytes(), false), (&[0][..], true)] {
        let mut taken = 0;
        loop {
            let action = if last { Action::Finish } else { Action::Run };
            let before = stream.total_in();
            let status = stream.compress_vec(&part[taken..], message, action).ok()?;
            taken += usize::try_from(stream.total_in() - before).ok()?;
            if status == Status::StreamEnd || (!last && taken == part.len()) {
                break;
            }
            if message.len() >= limit {
                return None;
            }
        }
    }
    (message.len() <= limit).then_some(())
}

/// A text that ends with a NUL, up to the first one, as C reads it.
///
/// # Errors
/// It has no NUL at its end, or is not UTF-8.
pub fn as_c_text(mut text: Vec<u8>) -> Result<String, DecodeError> {
    if text.last() != Some(&0) {
        return Err(DecodeError::NoEnd);
    }
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(0);
    text.truncate(end);
    String::from_utf8(text).map_err(|_| DecodeError::Encoding)
}
