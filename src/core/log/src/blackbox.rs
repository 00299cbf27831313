//! The blackbox, or flight recorder: the newest lines of every level, kept in memory until somebody asks for them.
//!
//! Counterparts: libqb 2.0.6's `log_blackbox.c` and `qb_rb_write_to_file()` in `ringbuffer.c`, with the settings of
//! corosync's `logsys.c`. What comes out is what `qb-blackbox` prints. The reader is told of a function and a line in
//! the source; we have none, so the subsystem stands for the function and the line is 0.

use crate::format::cut;
use core_qb::ring::{CHUNK_READY, Geometry};
use core_types::Level;
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::time::Duration;

/// Bytes of records that are kept (`IPC_LOGSYS_SIZE`).
const SIZE: usize = 8192 * 1024;
/// How a text is told to the reader: as the one argument of a format that is only that.
const FORMAT: &[u8] = b"%s\0";
/// Longest text, in bytes: with its format and NUL what the reader takes (`QB_LOG_MAX_LEN`).
const TEXT_MAX: usize = 512 - FORMAT.len() - 1;
/// Longest name of a subsystem, in bytes, NUL not counted; a record must fit in the reader's buffer.
const NAME_MAX: usize = 63;
/// What starts a file with times in nanoseconds (`struct _blackbox_file_header`).
const FILE_MAGIC: [u32; 5] = [0, 0xCCBB_CCBB, 0xBBCC_BBCC, 2, 0];
/// The version of the ring that follows (`QB_RB_FILE_HEADER_VERSION`).
const RING_VERSION: u32 = 1;
/// Bytes before a file's records.
pub const HEADER_SIZE: usize = 40;

/// The newest lines, as chunks of a libqb ring that was read up to the oldest of them.
#[derive(Debug)]
pub struct Blackbox {
    geometry: Geometry,
    chunks: VecDeque<u8>,
    text: String,
}

impl Default for Blackbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Blackbox {
    /// An empty one. Its memory, 8 MiB, is asked for at once and never grows.
    pub fn new() -> Blackbox {
        let geometry = Geometry::for_message(SIZE).expect("a ring of 8 MiB");
        Blackbox { geometry, chunks: VecDeque::with_capacity(geometry.bytes()), text: String::new() }
    }

    /// Records a line, in place of the oldest ones where there is no room; `at` is the time since 1970. What is too
    /// long is cut.
    pub fn record(&mut self, subsystem: &str, level: Level, at: Duration, text: fmt::Arguments<'_>) {
        self.text.clear();
        let written = self.text.write_fmt(text);
        debug_assert!(written.is_ok(), "a text says what it is");
        cut(&mut self.text, TEXT_MAX);
        let name = &subsystem.as_bytes()[..subsystem.len().min(NAME_MAX)];
        let message = FORMAT.len() + self.text.len() + 1;
        let length = 4 + 4 + 1 + 4 + name.len() + 1 + 16 + 4 + message;
        while !self.geometry.fits(length, self.free()) && self.forget_oldest() {}
        self.put(length as u32);
        self.put(CHUNK_READY);
        self.put(0);
        self.put(tag(subsystem));
        self.chunks.push_back(level as u8);
        self.put(name.len() as u32 + 1);
        self.chunks.extend(name);
        self.chunks.push_back(0);
        self.chunks.extend(at.as_secs().to_ne_bytes());
        self.chunks.extend(u64::from(at.subsec_nanos()).to_ne_bytes());
        self.put(message as u32);
        self.chunks.extend(FORMAT);
        self.chunks.extend(self.text.as_bytes());
        let end = self.chunks.len() + 1;
        self.chunks.resize(end.next_multiple_of(4), 0);
    }

    /// How a file starts.
    pub fn header(&self) -> [u8; HEADER_SIZE] {
        let (words, write, read) = (self.geometry.words(), self.write_position(), 0);
        let ring = [words, write, read, RING_VERSION, words + write + read + RING_VERSION];
        let mut header = [0; HEADER_SIZE];
        for (bytes, word) in header.chunks_exact_mut(4).zip(FILE_MAGIC.into_iter().chain(ring)) {
            bytes.copy_from_slice(&word.to_ne_bytes());
        }
        header
    }

    /// What follows the header, in two parts; then zeros up to [`Blackbox::file_size`].
    pub fn records(&self) -> (&[u8], &[u8]) {
        self.chunks.as_slices()
    }

    /// A file's size in bytes.
    pub fn file_size(&self) -> u64 {
        (HEADER_SIZE + self.geometry.bytes()) as u64
    }

    fn write_position(&self) -> u32 {
        (self.chunks.len() / 4) as u32
    }

    fn free(&self) -> usize {
        self.geometry.free(self.write_position(), 0, self.chunks.is_empty()).unwrap_or(0)
    }

    /// False when there was nothing to forget.
    fn forget_oldest(&mut self) -> bool {
        let mut length = [0; 4];
        if self.chunks.len() < length.len() {
            return false;
        }
        length.iter_mut().zip(&self.chunks).for_each(|(to, from)| *to = *from);
        let words = self.geometry.after_chunk(0, u32::from_ne_bytes(length) as usize);
        self.chunks.drain(..words as usize * 4);
        true
    }

    fn put(&mut self, word: u32) {
        self.chunks.extend(word.to_ne_bytes());
    }
}

/// The number that the reader shows for a subsystem, as seen in the reference's files: subsystems count from 0 in the
/// order in which its parts are linked, and libqb has one of its own.
fn tag(subsystem: &str) -> u32 {
    match subsystem {
        "QUORUM" => 1,
        "SYNC" => 2,
        "CFG" => 3,
        "CMAP" => 4,
        "CPG" => 5,
        "PLOAD" => 6,
        "VOTEQ" => 7,
        "SERV" => 12,
        "MON" => 13,
        "WD" => 14,
        "TOTEM" => 15,
        "KNET" => 16,
        "QB" => 1 << 31,
        _ => 8, // MAIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_qb::ring::CHUNK_HEADER_WORDS;

    const AT: Duration = Duration::new(7, 9);

    fn word(bytes: &[u8], at: usize) -> u32 {
        u32::from_ne_bytes(bytes[at..at + 4].try_into().unwrap())
    }

    /// The texts of a file's records, found as libqb finds them.
    fn texts(blackbox: &Blackbox) -> Vec<String> {
        let (first, second) = blackbox.records();
        let bytes = [first, second].concat();
        let mut texts = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            assert_eq!(word(&bytes, at + 4), CHUNK_READY);
            let chunk = &bytes[at + 8..][..word(&bytes, at) as usize];
            let message = 13 + word(chunk, 9) as usize + 16;
            let (length, text) = (word(chunk, message) as usize, &chunk[message + 4..]);
            assert!(length == text.len() && length <= 512 && chunk.len() <= 1024, "{length}");
            assert!(text.starts_with(b"%s\0") && text.ends_with(b"\0"));
            texts.push(String::from_utf8(text[3..length - 1].to_vec()).unwrap());
            at += 4 * (CHUNK_HEADER_WORDS as usize + chunk.len().div_ceil(4));
        }
        assert_eq!(at, bytes.len());
        texts
    }

    #[test]
    fn a_record_is_laid_out_as_libqb_s() {
        let mut blackbox = Blackbox::new();
        blackbox.record("CPG", Level::Debug, AT, format_args!("50% {}", "left"));
        let bytes = blackbox.records().0;
        let length = 4 + 4 + 1 + 4 + 4 + 16 + 4 + 3 + 9;
        assert_eq!((word(bytes, 0), word(bytes, 4)), (length, 0xA1A1_A1A1));
        assert_eq!((word(bytes, 8), word(bytes, 12), bytes[16], word(bytes, 17)), (0, 5, 7, 4));
        assert_eq!(&bytes[21..25], b"CPG\0");
        assert_eq!((word(bytes, 25), word(bytes, 33), word(bytes, 41)), (7, 9, 12));
        assert_eq!(&bytes[45..], b"%s\x0050% left\0\0\0\0");
        let header = blackbox.header();
        let words = [0, 4, 8, 12, 16, 20, 24, 28, 32, 36].map(|at| word(&header, at));
        let written = bytes.len() as u32 / 4;
        let sum = 2_098_176 + written + 1;
        assert_eq!(words, [0, 0xCCBB_CCBB, 0xBBCC_BBCC, 2, 0, 2_098_176, written, 0, 1, sum]);
        assert_eq!(blackbox.file_size(), 8_392_744, "as the reference's");
    }

    #[test]
    fn the_newest_lines_are_kept_in_a_memory_that_never_grows() {
        let mut blackbox = Blackbox::new();
        let capacity = blackbox.chunks.capacity();
        let count = 120_000;
        for number in 0..count {
            blackbox.record("TOTEM", Level::Trace, AT, format_args!("{number:width$}", width = number % 97));
            assert!(blackbox.chunks.len() < blackbox.geometry.bytes(), "the reader would find an empty ring");
        }
        assert_eq!(blackbox.chunks.capacity(), capacity);
        let texts = texts(&blackbox);
        assert!(texts.len() < count && blackbox.free() < 256, "{} lines, {} free", texts.len(), blackbox.free());
        let numbers = texts.iter().map(|text| text.trim().parse::<usize>().unwrap());
        assert!(numbers.eq(count - texts.len()..count));
    }

    #[test]
    fn texts_and_names_of_any_length_can_be_read() {
        let mut blackbox = Blackbox::new();
        blackbox.record("", Level::Emergency, AT, format_args!(""));
        blackbox.record(&"N".repeat(500), Level::Info, AT, format_args!("{}", "x".repeat(508)));
        blackbox.record("MAIN", Level::Info, AT, format_args!("{}", "ä".repeat(4000)));
        blackbox.record("MAIN", Level::Info, AT, format_args!("x{}", "ä".repeat(4000)));
        let lengths: Vec<usize> = texts(&blackbox).iter().map(String::len).collect();
        assert_eq!(lengths, [0, 508, 508, 507]);
    }
}
