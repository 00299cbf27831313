//! Numbers at the beginning of texts.

/// The number that a text begins with, as strtoll(3) reads it, and what follows; `None` where there is none, or none that
/// fits.
#[must_use]
pub fn leading_integer(text: &str) -> Option<(i64, &str)> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = text.len() - digits.len() + digits.bytes().take_while(u8::is_ascii_digit).count();
    Some((text[..end].parse().ok()?, &text[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_ends_where_its_digits_do() {
        for (text, found) in [
            ("12", Some((12, ""))),
            (" \t+7x", Some((7, "x"))),
            ("-3-4", Some((-3, "-4"))),
            ("9223372036854775807", Some((i64::MAX, ""))),
            ("9223372036854775808", None),
            ("", None),
            ("x1", None),
            ("+-1", None),
        ] {
            assert_eq!(leading_integer(text), found, "{text:?}");
        }
    }
}
