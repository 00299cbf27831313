//! One message.

use crate::packing::{as_c_text, pack, unpack};
use bitflags::bitflags;
use core_types::mar::ResponseHeader;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// The newest form of messages (`PCMK__IPC_VERSION`).
const VERSION: u8 = 1;
/// Most bytes of text in a message that is taken.
pub const TEXT_MAX: usize = 64 << 20;
/// `pcmk__ipc_header_t`: libqb's header of replies, which requests have too, and what follows it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Header {
    qb: ResponseHeader,
    /// With the NUL.
    size_uncompressed: u32,
    /// 0 for text as it is.
    size_compressed: u32,
    flags: u32,
    version: u8,
    pad3: [u8; 3],
}

/// Bytes before the text.
pub const HEADER_SIZE: usize = size_of::<Header>();

bitflags! {
    /// `enum crm_ipc_flags`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Flags: u32 {
        /// The text is compressed.
        const COMPRESSED = 0x1;
        /// The sender passes on what comes from another host: replies must come as events.
        const PROXIED = 0x100;
        /// The sender waits for a reply.
        const CLIENT_RESPONSE = 0x200;
        /// An event, not a reply.
        const SERVER_EVENT = 0x1_0000;
        /// Says only that the reference's server frees the message once it is sent; it goes out with it.
        const SERVER_FREE = 0x2_0000;
        /// A reply that comes as an event (see [`Flags::PROXIED`]).
        const PROXIED_RELAY_RESPONSE = 0x4_0000;
    }
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its sender's number for it; the reply has the same.
    pub id: i32,
    /// How it is meant; unknown flags are kept.
    pub flags: Flags,
    /// XML, as far as this layer knows.
    pub text: String,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end within the header.
    #[error("{0} bytes, a header has {HEADER_SIZE}")]
    Short(usize),
    /// From a newer pacemaker.
    #[error("Filtering incompatible v{0} IPC message (only versions <= {VERSION} supported)")]
    Version(u8),
    /// Lengths in the header and what came don't fit together.
    #[error("the header claims {claimed} bytes of text, {there} came")]
    Length {
        /// What the header says.
        claimed: usize,
        /// What there is.
        there: usize,
    },
    /// It is or unpacks to more than is taken.
    #[error("more than {0} bytes of text")]
    TooLong(usize),
    /// It doesn't unpack.
    #[error("Decompression failed: {0}")]
    Unpacking(String),
    /// The NUL isn't where the header says that it is.
    #[error("the text doesn't end with a NUL")]
    NoEnd,
    /// It is not UTF-8.
    #[error("the text is not UTF-8")]
    Encoding,
}

/// A text that doesn't go through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "Could not compress {length}-byte message into less than IPC limit of {limit} bytes; \
     set PCMK_ipc_buffer to higher value ({} bytes suggested)",
    length.saturating_mul(4)
)]
pub struct EncodeError {
    /// The text's length with its NUL, in bytes.
    pub length: usize,
    /// What may be sent.
    pub limit: usize,
}

/// Reads a message, with `text_max` bytes of text at most.
///
/// # Errors
/// What is wrong with it. The number and flags of a message with a whole header come along, for the refusal.
pub fn decode(bytes: &[u8], text_max: usize) -> Result<Message, (DecodeError, Option<(i32, Flags)>)> {
    let Ok((header, rest)) = Header::read_from_prefix(bytes) else {
        return Err((DecodeError::Short(bytes.len()), None));
    };
    let flags = Flags::from_bits_retain(header.flags);
    match text_of(&header, rest, text_max) {
        Ok(text) => Ok(Message { id: header.qb.id, flags, text }),
        Err(error @ DecodeError::Version(_)) => Err((error, None)),
        Err(error) => Err((error, Some((header.qb.id, flags)))),
    }
}

fn text_of(header: &Header, rest: &[u8], text_max: usize) -> Result<String, DecodeError> {
    if header.version > VERSION {
        return Err(DecodeError::Version(header.version));
    }
    read_text(rest, header.size_uncompressed as usize, header.size_compressed as usize, text_max)
}

/// The text at the beginning of `rest`: `length` bytes, from `packed` bytes unless that is 0.
pub(crate) fn read_text(rest: &[u8], length: usize, packed: usize, text_max: usize) -> Result<String, DecodeError> {
    if length > text_max {
        return Err(DecodeError::TooLong(text_max));
    }
    let text = match packed {
        0 => rest.get(..length).ok_or(DecodeError::Length { claimed: length, there: rest.len() })?.to_vec(),
        packed => {
            let packed = rest.get(..packed).ok_or(DecodeError::Length { claimed: packed, there: rest.len() })?;
            unpack(packed, length)?
        }
    };
    as_c_text(text)
}

/// The bytes of a message: `limit` at most, header included, packed where the text alone would be more.
///
/// # Errors
/// It is more packed, too. A NUL in the text, which no XML has, is an error of the caller and ends the text for the
/// other side.
pub fn encode(text: &str, id: i32, flags: Flags, limit: usize) -> Result<Vec<u8>, EncodeError> {
    let length = text.len() + 1;
    let error = EncodeError { length, limit };
    let mut header = Header {
        flags: flags.bits(),
        version: VERSION,
        size_uncompressed: u32::try_from(length).map_err(|_| error)?,
        ..Header::default()
    };
    let mut message = Vec::with_capacity(limit.min(HEADER_SIZE + length));
    message.resize(HEADER_SIZE, 0);
    if HEADER_SIZE + length < limit {
        message.extend_from_slice(text.as_bytes());
        message.push(0);
    } else {
        pack(text, limit, &mut message).ok_or(error)?;
        header.flags |= Flags::COMPRESSED.bits();
        header.size_compressed = u32::try_from(message.len() - HEADER_SIZE).map_err(|_| error)?;
    }
    i32::try_from(message.len()).map_err(|_| error)?;
    header.qb = ResponseHeader::new(id, message.len(), 0);
    message[..HEADER_SIZE].copy_from_slice(header.as_bytes());
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `<ack/>` as pacemaker 2.1.5 sends it: the layout.
    #[test]
    fn a_short_message_is_the_header_and_text_with_its_end() {
        let bytes = encode("<ack/>", 7, Flags::CLIENT_RESPONSE, 1000).unwrap();
        let mut expected = Vec::new();
        for word in [7u32, 0, 47, 0, 0, 0, 7, 0, 0x200, 1] {
            expected.extend_from_slice(&word.to_ne_bytes());
        }
        expected.extend_from_slice(b"<ack/>\0");
        assert_eq!(bytes, expected);
        let message = decode(&bytes, TEXT_MAX).unwrap();
        assert_eq!(message, Message { id: 7, flags: Flags::CLIENT_RESPONSE, text: "<ack/>".to_owned() });
    }

    #[test]
    fn a_long_message_is_packed_at_the_limit_and_not_below_it() {
        let text = "<a/>".repeat(100);
        let whole = HEADER_SIZE + text.len() + 1;
        let plain = encode(&text, 1, Flags::empty(), whole + 1).unwrap();
        assert_eq!(plain.len(), whole);
        let packed = encode(&text, 1, Flags::empty(), whole).unwrap();
        assert!(packed.len() < whole);
        let message = decode(&packed, TEXT_MAX).unwrap();
        assert_eq!((message.text, message.flags), (text, Flags::COMPRESSED));
    }

    #[test]
    fn what_does_not_pack_is_refused_with_a_suggestion() {
        let mut state = 1u64;
        let noise: String = (0..20_000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                char::from(b'!' + (state >> 33) as u8 % 90)
            })
            .collect();
        let error = encode(&noise, 1, Flags::empty(), 12_336).unwrap_err();
        assert!(error.to_string().contains("20001-byte message"), "{error}");
        assert!(error.to_string().contains("80004 bytes suggested"), "{error}");
    }

    fn header(size_uncompressed: u32, size_compressed: u32, rest: &[u8]) -> Vec<u8> {
        let header = Header { version: VERSION, size_uncompressed, size_compressed, ..Header::default() };
        [header.as_bytes(), rest].concat()
    }

    #[test]
    fn claimed_lengths_are_checked() {
        let error = |bytes: &[u8]| decode(bytes, 1 << 20).unwrap_err().0;
        assert_eq!(error(&[0; 39]), DecodeError::Short(39));
        assert_eq!(error(&header(1 << 30, 0, b"x\0")), DecodeError::TooLong(1 << 20));
        assert_eq!(error(&header(1 << 30, 9, b"BZh91AY&SY")), DecodeError::TooLong(1 << 20));
        assert_eq!(error(&header(u32::MAX, u32::MAX, b"")), DecodeError::TooLong(1 << 20));
        assert_eq!(error(&header(3, 0, b"x\0")), DecodeError::Length { claimed: 3, there: 2 });
        assert_eq!(error(&header(0, 0, b"")), DecodeError::NoEnd);
        assert_eq!(error(&header(1, 0, b"x")), DecodeError::NoEnd);
        assert_eq!(error(&header(3, 0, b"\xff\xff\0")), DecodeError::Encoding);
        assert!(matches!(error(&header(10, 4, b"nope")), DecodeError::Unpacking(_)));
        let mut newer = header(1, 0, b"\0");
        newer[36] = 2;
        assert_eq!(decode(&newer, 100), Err((DecodeError::Version(2), None)));
    }

    #[test]
    fn what_unpacks_to_more_than_it_claims_is_not_unpacked_further() {
        let bomb = encode(&"a".repeat(30 << 20), 1, Flags::empty(), 100_000).unwrap();
        assert!(bomb.len() < 1000);
        assert_eq!(decode(&bomb, 1 << 20).unwrap_err().0, DecodeError::TooLong(1 << 20));
        let mut liar = bomb;
        liar[24..28].copy_from_slice(&1000u32.to_ne_bytes());
        assert_eq!(decode(&liar, 1 << 20).unwrap_err().0, DecodeError::Length { claimed: 1000, there: 1001 });
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(text in "[^\0]{0,400}", id: i32, limit in 100usize..1000) {
            if let Ok(bytes) = encode(&text, id, Flags::SERVER_EVENT, limit) {
                prop_assert!(bytes.len() <= limit);
                let message = decode(&bytes, 1 << 20).unwrap();
                prop_assert_eq!((message.id, message.text), (id, text));
            }
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            let _any = decode(&bytes, 1 << 16);
        }
    }
}
