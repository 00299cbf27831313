//! Values of parameters that are kept apart from the configuration, in files of each host (`cibsecret`).

use md5::{Digest, Md5};

/// The value that stands for one.
pub const SECRET: &str = "lrm://";
/// Bytes of a file's first line that count.
const LINE_MAX: usize = 254;
/// What an agent's end says that can't have one.
pub const NO_SECRETS: &str = "Unable to load CIB secrets";

/// A secret as its file has it: the first line, without blanks at its end.
#[must_use]
pub fn secret_line(file: &[u8]) -> &[u8] {
    let line = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line[..line.len().min(LINE_MAX)].trim_ascii_end()
}

/// Whether a secret is the one that a file of its digest is about.
#[must_use]
pub fn is_signed(secret: &[u8], digest: &[u8]) -> bool {
    let found: String = Md5::digest(secret).iter().map(|byte| format!("{byte:02x}")).collect();
    found.as_bytes().eq_ignore_ascii_case(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_line_with_its_digest() {
        assert_eq!(secret_line(b"pass word \t\nmore"), b"pass word");
        assert_eq!(secret_line(b""), b"");
        assert_eq!(secret_line(&[b'x'; 300]).len(), LINE_MAX);
        assert!(is_signed(b"pass", b"1A1DC91C907325C69271DDF0C944BC72"));
        assert!(!is_signed(b"pass", b"1a1dc91c907325c69271ddf0c944bc73") && !is_signed(b"pass", b""));
    }
}
