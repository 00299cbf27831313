//! The inputs of targets that take many steps: a stream of records, so that a fuzzer can cut, copy and change steps.

/// Bytes before a record's own.
const HEAD: usize = 6;
/// Most records that are looked at: what comes after that teaches nothing new, and costs.
const RECORDS_MAX: usize = 48;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// What to do; each target has its own numbers.
    pub kind: u8,
    /// Which client, node or ring does it.
    pub who: u8,
    /// A number: the request's, milliseconds, ...
    pub arg: u16,
    /// Its contents.
    pub bytes: &'a [u8],
}

/// Reads records; one whose length is too large has what is left.
pub fn read(input: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut rest = input;
    let next = move || {
        let (head, after) = rest.split_first_chunk::<HEAD>()?;
        let [kind, who, arg @ .., low, high] = *head;
        let length = usize::from(u16::from_le_bytes([low, high])).min(after.len());
        let (bytes, left) = after.split_at(length);
        rest = left;
        Some(Record { kind, who, arg: u16::from_le_bytes(arg), bytes })
    };
    std::iter::from_fn(next).take(RECORDS_MAX)
}

/// Writes records; contents beyond 65535 bytes are left out.
#[derive(Clone, Debug, Default)]
pub struct Writer(pub Vec<u8>);

impl Writer {
    /// No records.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// Appends a record.
    pub fn put(&mut self, kind: u8, who: u8, arg: u16, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(usize::from(u16::MAX))];
        let [low, high] = arg.to_le_bytes();
        let [short, long] = (bytes.len() as u16).to_le_bytes();
        self.0.extend_from_slice(&[kind, who, low, high, short, long]);
        self.0.extend_from_slice(bytes);
    }

    /// The same, for building in one expression.
    #[must_use]
    pub fn and(mut self, kind: u8, who: u8, arg: u16, bytes: &[u8]) -> Writer {
        self.put(kind, who, arg, bytes);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_any_tail_is_taken() {
        let stream = Writer::new().and(1, 2, 0x304, b"abc").and(9, 0, 7, b"").0;
        let first = Record { kind: 1, who: 2, arg: 0x304, bytes: b"abc" };
        assert_eq!(read(&stream).collect::<Vec<_>>(), [first, Record { kind: 9, who: 0, arg: 7, bytes: b"" }]);
        assert_eq!(read(&stream[..7]).collect::<Vec<_>>(), [Record { bytes: b"a", ..first }]);
        assert_eq!(read(&stream[..5]).count(), 0);
    }
}
