//! Messages between hosts, over TCP or TLS: a header, then XML as text with a NUL behind it.
//!
//! Counterpart: `lib/common/remote.c` (2.1.5). A stream has no borders: [`Incoming`] takes bytes as they come and gives whole
//! messages. Numbers are in the sender's byte order, which a mark tells. Nothing is sent packed; what comes may be.

use crate::message::{DecodeError, TEXT_MAX, read_text};

/// In the header's first word, in the sender's byte order (`ENDIAN_LOCAL`).
const MARK: u32 = 0xBADA_DBBD;
/// `REMOTE_MSG_VERSION`
const VERSION: u32 = 1;
/// `struct remote_header_v0`: byte order, version, number (8 bytes), flags (8 bytes), size, where the text begins, its packed
/// size, its size.
pub const REMOTE_HEADER_SIZE: usize = 40;
const HEADER_SIZE: usize = REMOTE_HEADER_SIZE;
/// A newer peer's header may be longer, by so many bytes.
const MORE_HEADER_MAX: usize = 1 << 10;

/// Why a stream can't be read any further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemoteError {
    /// Nobody's byte order.
    #[error("Invalid message detected, endian mismatch: {0:x}")]
    Mark(u32),
    /// Sizes that don't fit together, or are beyond what is taken.
    #[error("the header claims {size} bytes with a text of {text} at {offset}")]
    Size {
        /// Of the message.
        size: usize,
        /// Where the text begins.
        offset: usize,
        /// The text as it is sent.
        text: usize,
    },
    /// What is wrong with the text.
    #[error("{0}")]
    Text(#[from] DecodeError),
}

/// The bytes of a message; `id` is the sender's count. A text beyond 4 GiB is none that anybody takes, and is cut.
#[must_use]
pub fn encode_remote(text: &str, id: u64) -> Vec<u8> {
    let length = u32::try_from(text.len() + 1).unwrap_or(u32::MAX);
    let header = HEADER_SIZE as u32;
    let mut bytes = Vec::with_capacity(HEADER_SIZE + text.len() + 1);
    bytes.extend_from_slice(&MARK.to_ne_bytes());
    bytes.extend_from_slice(&VERSION.to_ne_bytes());
    bytes.extend_from_slice(&id.to_ne_bytes());
    bytes.extend_from_slice(&0u64.to_ne_bytes());
    for size in [header.saturating_add(length), header, 0, length] {
        bytes.extend_from_slice(&size.to_ne_bytes());
    }
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
    bytes
}

/// What came over a stream and wasn't taken yet.
#[derive(Debug)]
pub struct Incoming {
    bytes: Vec<u8>,
    /// Most bytes of a text, with its end.
    text_max: usize,
}

impl Default for Incoming {
    fn default() -> Incoming {
        Incoming::limited(TEXT_MAX)
    }
}

impl Incoming {
    /// Takes texts of at most so many bytes, with their end: of a peer who may claim anything.
    #[must_use]
    pub fn limited(text_max: usize) -> Incoming {
        Incoming { bytes: Vec::new(), text_max }
    }

    /// Takes texts of another length from now on, and keeps what came.
    pub fn set_limit(&mut self, text_max: usize) {
        self.text_max = text_max;
    }

    /// Takes what came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The next message's text; `None` until all of it is there.
    ///
    /// # Errors
    /// Nothing that follows can be read either.
    pub fn next_text(&mut self) -> Result<Option<String>, RemoteError> {
        let Some(header) = self.bytes.first_chunk::<HEADER_SIZE>() else { return Ok(None) };
        let sizes = sizes(header, self.text_max)?;
        if self.bytes.len() < sizes.size {
            return Ok(None);
        }
        let text = read_text(&self.bytes[sizes.offset..sizes.size], sizes.text, sizes.packed, self.text_max)?;
        self.bytes.drain(..sizes.size);
        Ok(Some(text))
    }
}

/// The sizes in a header, in bytes.
struct Sizes {
    size: usize,
    offset: usize,
    packed: usize,
    text: usize,
}

fn sizes(header: &[u8; HEADER_SIZE], text_max: usize) -> Result<Sizes, RemoteError> {
    let word = |at: usize| u32::from_ne_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let mark = word(0);
    let swapped = mark == MARK.swap_bytes();
    if !swapped && mark != MARK {
        return Err(RemoteError::Mark(mark));
    }
    let size = |at| (if swapped { word(at).swap_bytes() } else { word(at) }) as usize;
    let found = Sizes { size: size(24), offset: size(28), packed: size(32), text: size(36) };
    let sent = if found.packed == 0 { found.text } else { found.packed };
    let size_max = HEADER_SIZE + MORE_HEADER_MAX + text_max;
    let fits = found.size <= size_max && found.offset >= HEADER_SIZE && found.offset.saturating_add(sent) <= found.size;
    if fits { Ok(found) } else { Err(RemoteError::Size { size: found.size, offset: found.offset, text: sent }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn header(words: [u32; 4]) -> Vec<u8> {
        let mut bytes = encode_remote("", 1);
        bytes.truncate(24);
        words.iter().for_each(|word| bytes.extend_from_slice(&word.to_ne_bytes()));
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Option<String>, RemoteError> {
        let mut incoming = Incoming::default();
        incoming.push(bytes);
        incoming.next_text()
    }

    /// The layout, as 2.1.5 sends it.
    #[test]
    fn a_message_is_the_header_and_the_text_with_its_end() {
        let mut expected = Vec::new();
        for word in [MARK, 1, 7, 0, 0, 0, 45, 40, 0, 5] {
            expected.extend_from_slice(&word.to_ne_bytes());
        }
        expected.extend_from_slice(b"<a/>\0");
        assert_eq!(encode_remote("<a/>", 7), expected);
    }

    #[test]
    fn the_other_byte_order_is_read_too() {
        let mut bytes = encode_remote("<a/>", 7);
        for range in [0..4, 4..8, 24..28, 28..32, 32..36, 36..40] {
            bytes[range].reverse();
        }
        assert_eq!(read(&bytes), Ok(Some("<a/>".to_owned())));
        bytes[0] = 0;
        assert!(matches!(read(&bytes), Err(RemoteError::Mark(_))));
    }

    #[test]
    fn claimed_sizes_are_checked_before_anything_is_awaited() {
        for words in [
            [u32::MAX, 40, 0, 5],
            [45, 39, 0, 5],
            [45, 40, 0, 6],
            [45, u32::MAX, 0, 5],
            [45, 40, u32::MAX, 5],
            [39, 40, 0, 0],
            [0, 0, 0, 0],
        ] {
            assert!(matches!(read(&header(words)), Err(RemoteError::Size { .. })), "{words:?}");
        }
        // nothing is claimed that doesn't fit, but a text without end is none
        assert_eq!(read(&header([40, 40, 0, 0])), Err(RemoteError::Text(DecodeError::NoEnd)));
        let too_long = [1 << 20, 40, 100, u32::MAX];
        let mut bytes = header(too_long);
        bytes.resize(1 << 20, 0);
        assert_eq!(read(&bytes), Err(RemoteError::Text(DecodeError::TooLong(TEXT_MAX))));
    }

    #[test]
    fn a_limit_holds_for_what_comes_next_and_can_be_raised() {
        let text = "x".repeat(2000);
        let mut incoming = Incoming::limited(100);
        incoming.push(&encode_remote(&text[..99], 1));
        incoming.push(&encode_remote(&text, 2));
        assert_eq!(incoming.next_text(), Ok(Some(text[..99].to_owned())));
        assert!(matches!(incoming.next_text(), Err(RemoteError::Size { size: 2041, .. })));
        incoming.set_limit(2001);
        assert_eq!(incoming.next_text(), Ok(Some(text)));
    }

    proptest! {
        #[test]
        fn messages_come_whole_however_the_stream_is_cut(
            texts in proptest::collection::vec("[^\0]{0,60}", 1..5), cuts in proptest::collection::vec(1usize..50, 1..40)
        ) {
            let stream: Vec<u8> = texts.iter().zip(1..).flat_map(|(text, id)| encode_remote(text, id)).collect();
            let (mut incoming, mut found, mut rest) = (Incoming::default(), Vec::new(), stream.as_slice());
            for cut in cuts.into_iter().cycle() {
                let (part, after) = rest.split_at(cut.min(rest.len()));
                incoming.push(part);
                while let Some(text) = incoming.next_text().unwrap() {
                    found.push(text);
                }
                rest = after;
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, texts);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>, honest: bool) {
            let mut bytes = bytes;
            if honest && bytes.len() >= 4 {
                bytes[..4].copy_from_slice(&MARK.to_ne_bytes());
            }
            let _any = read(&bytes);
        }
    }
}
