//! One message: a header, then XML as text with a NUL behind it, packed where it is long.

use core_pcmk_ipc::{TEXT_MAX, as_c_text, pack, unpack};
use core_types::{CsError, mar::ResponseHeader};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Longest name of a host, in bytes (`MAX_NAME`).
const NAME_MAX: usize = 256;
/// Texts of so many bytes, their NUL included, and longer ones are packed (`CRM_BZ2_THRESHOLD`).
const PACKED_FROM: usize = 128 << 10;

/// Whom a message is for, or from (`enum crm_ais_msg_types`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The CIB manager.
    Cib = 3,
}

/// `pcmk__cpg_host_t`
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Place {
    node: u32,
    pid: u32,
    /// Never read.
    local: u32,
    kind: u32,
    /// Of the name, without a NUL.
    name_size: u32,
    name: [u8; NAME_MAX],
}

/// `pcmk__cpg_msg_t`
#[repr(C)]
#[derive(Clone, Copy, Debug, FromBytes, IntoBytes, Immutable, KnownLayout)]
struct Header {
    qb: ResponseHeader,
    id: u32,
    is_packed: u32,
    to: Place,
    from: Place,
    /// Of the text with its NUL.
    size: u32,
    /// 0 for text as it is.
    packed_size: u32,
}

/// Bytes before the text.
pub const HEADER_SIZE: usize = size_of::<Header>();

/// A host of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// Its number in corosync; 0 where it isn't known.
    pub node: u32,
    /// Its name; empty where it isn't known.
    pub name: String,
}

impl Host {
    /// As a message has it; of a name that is too long, nothing.
    fn place(&self, kind: Kind, pid: u32) -> Place {
        let mut place = Place { node: self.node, pid, local: 0, kind: kind as u32, name_size: 0, name: [0; NAME_MAX] };
        if let Some(name) = place.name.get_mut(..self.name.len()).filter(|name| name.len() < NAME_MAX) {
            name.copy_from_slice(self.name.as_bytes());
            place.name_size = self.name.len() as u32;
        }
        place
    }
}

impl Place {
    /// The name as C reads it, where it says that it has one.
    fn name(&self) -> Result<Option<&str>, DecodeError> {
        if self.name_size == 0 {
            return Ok(None);
        }
        let end = self.name.iter().position(|byte| *byte == 0).ok_or(DecodeError::Name)?;
        std::str::from_utf8(&self.name[..end]).map(Some).map_err(|_| DecodeError::Name)
    }
}

/// A message that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// The sender's name, where it says it.
    pub from: Option<String>,
    /// XML, as far as this layer knows.
    pub text: String,
}

/// Why bytes are no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// They end within the header.
    #[error("{0} bytes, a header has {HEADER_SIZE}")]
    Short(usize),
    /// It claims to be from another node than it is.
    #[error("claimed nodeid={0}")]
    Sender(u32),
    /// A host's name has no end, or is not UTF-8.
    #[error("a host's name can't be read")]
    Name,
    /// It is of a class that nobody sends.
    #[error("class {0} is unknown")]
    Class(i32),
    /// Its sender says that something went wrong.
    #[error("Sender indicated error {0}")]
    Error(i32),
    /// Lengths in the header and what came don't fit together.
    #[error("Total size {there} inconsistent with payload size {claimed}")]
    Length {
        /// What the header says.
        claimed: usize,
        /// What there is.
        there: usize,
    },
    /// The text can't be read.
    #[error(transparent)]
    Text(#[from] core_pcmk_ipc::DecodeError),
}

/// Reads a message that node `sender` sent; `None` where it is not for the host `own`.
///
/// # Errors
/// What is wrong with it.
pub fn decode(bytes: &[u8], sender: u32, own: &Host) -> Result<Option<Heard>, DecodeError> {
    let Ok((header, rest)) = Header::read_from_prefix(bytes) else { return Err(DecodeError::Short(bytes.len())) };
    if header.from.node != 0 && header.from.node != sender {
        return Err(DecodeError::Sender(header.from.node));
    }
    if header.to.node != 0 && header.to.node != own.node {
        return Ok(None);
    }
    if header.to.name()?.is_some_and(|name| !name.eq_ignore_ascii_case(&own.name)) {
        return Ok(None);
    }
    if header.qb.id != 0 {
        return Err(DecodeError::Class(header.qb.id));
    }
    if CsError::check(header.qb.error).is_err() {
        return Err(DecodeError::Error(header.qb.error));
    }
    let from = header.from.name()?.map(str::to_owned);
    Ok(Some(Heard { from, text: text_of(&header, rest)? }))
}

fn text_of(header: &Header, rest: &[u8]) -> Result<String, DecodeError> {
    let is_packed = header.is_packed != 0 && header.size > 0;
    let claimed = if is_packed { header.packed_size } else { header.size } as usize;
    let total = usize::try_from(header.qb.size).ok();
    if claimed != rest.len() || total != Some(HEADER_SIZE + claimed) {
        return Err(DecodeError::Length { claimed, there: rest.len() });
    }
    let length = header.size as usize;
    if length > TEXT_MAX {
        return Err(core_pcmk_ipc::DecodeError::TooLong(TEXT_MAX).into());
    }
    let text = if is_packed { unpack(rest, length)? } else { rest.to_vec() };
    Ok(as_c_text(text)?)
}

/// The bytes of a message of `own`'s process `pid` to a host, or to all. `id`: the process's number for it.
#[must_use]
pub fn encode(text: &str, id: u32, kind: Kind, to: Option<&Host>, own: &Host, pid: u32) -> Vec<u8> {
    let nobody = Host { node: 0, name: String::new() };
    let to = to.unwrap_or(&nobody).place(kind, 0);
    let from = Host { node: 0, name: own.name.clone() }.place(kind, pid);
    let length = text.len() + 1;
    let mut header =
        Header { qb: ResponseHeader::default(), id, is_packed: 0, to, from, size: length as u32, packed_size: 0 };
    let mut message = vec![0; HEADER_SIZE];
    // what gets no shorter goes as it is
    if length >= PACKED_FROM && pack(text, HEADER_SIZE + length, &mut message).is_some() {
        header.is_packed = 1;
        header.packed_size = (message.len() - HEADER_SIZE) as u32;
    } else {
        message.truncate(HEADER_SIZE);
        message.extend_from_slice(text.as_bytes());
        message.push(0);
    }
    header.qb = ResponseHeader::new(0, message.len(), CsError::code(Ok(())));
    message[..HEADER_SIZE].copy_from_slice(header.as_bytes());
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn host(node: u32, name: &str) -> Host {
        Host { node, name: name.to_owned() }
    }

    fn to_n2(text: &str) -> Vec<u8> {
        encode(text, 7, Kind::Cib, Some(&host(2, "n2")), &host(1, "n1"), 99)
    }

    #[test]
    fn a_short_message_is_the_header_and_text_with_its_end() {
        let bytes = to_n2("<a/>");
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        assert_eq!(HEADER_SIZE, 592);
        // class, size, error; number, packed; node, process, local, kind and name's size of both; sizes
        let words = [0, 8, 16, 24, 28, 32, 36, 40, 44, 48, 308, 312, 316, 320, 324, 584, 588].map(word);
        assert_eq!(words, [0, 597, 1, 7, 0, 2, 0, 0, 3, 2, 0, 99, 0, 3, 2, 5, 0]);
        assert_eq!((&bytes[52..54], &bytes[328..330], &bytes[592..]), (&b"n2"[..], &b"n1"[..], &b"<a/>\0"[..]));
        let heard = Heard { from: Some("n1".to_owned()), text: "<a/>".to_owned() };
        assert_eq!(decode(&bytes, 1, &host(2, "N2")), Ok(Some(heard)));
    }

    #[test]
    fn a_message_is_for_one_host_or_for_all() {
        for other in [host(3, "n2"), host(2, "n3")] {
            assert_eq!(decode(&to_n2("<a/>"), 1, &other), Ok(None));
        }
        let to_all = encode("<a/>", 1, Kind::Cib, None, &host(1, "n1"), 9);
        let by_name = encode("<a/>", 1, Kind::Cib, Some(&host(0, "n2")), &host(1, "n1"), 9);
        for bytes in [to_all, by_name] {
            assert!(decode(&bytes, 1, &host(2, "n2")).unwrap().is_some());
        }
    }

    #[test]
    fn a_long_message_is_packed_unless_that_makes_it_longer() {
        let long = "<a b=\"c\"/>".repeat(20_000);
        let bytes = to_n2(&long);
        assert!(bytes.len() < 10_000);
        assert_eq!(decode(&bytes, 1, &host(2, "n2")).unwrap().unwrap().text, long);
        let noise: String = (0..PACKED_FROM as u64)
            .map(|n| {
                char::from_u32((n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 45) as u32 % 0x0d_0000 + 0x100).unwrap_or('x')
            })
            .collect();
        let bytes = to_n2(&noise);
        assert_eq!(decode(&bytes, 1, &host(2, "n2")).unwrap().unwrap().text, noise);
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let good = to_n2("<a/>");
        let with = |at: usize, value: u32| {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
            decode(&bytes, 1, &host(2, "n2"))
        };
        assert_eq!(decode(&good[..100], 1, &host(2, "n2")), Err(DecodeError::Short(100)));
        assert_eq!(with(308, 3), Err(DecodeError::Sender(3)));
        assert_eq!(with(0, 1), Err(DecodeError::Class(1)));
        assert_eq!(with(16, 6), Err(DecodeError::Error(6)));
        for size in [0, 4, 6, u32::MAX] {
            assert_eq!(with(584, size), Err(DecodeError::Length { claimed: size as usize, there: 5 }));
        }
        assert_eq!(with(8, 596), Err(DecodeError::Length { claimed: 5, there: 5 }));
        assert!(matches!(with(28, 1), Err(DecodeError::Length { claimed: 0, there: 5 })));
        let mut endless = good.clone();
        endless[328..584].fill(b'n');
        assert_eq!(decode(&endless, 1, &host(2, "n2")), Err(DecodeError::Name));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
            let _whatever = decode(&bytes, 1, &host(2, "n2"));
        }

        #[test]
        fn a_changed_message_is_refused_or_read(at in 0usize..620, value in any::<u8>()) {
            let mut bytes = to_n2(&"<abc/>".repeat(5));
            bytes[at] = value;
            let _whatever = decode(&bytes, 1, &host(2, "n2"));
        }
    }
}
