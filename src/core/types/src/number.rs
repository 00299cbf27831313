//! Numbers at the beginning of texts.

/// The digits, with their sign, that a text begins with behind white space, as strtoll(3) finds them, and what follows; `None`
/// where there are none.
#[must_use]
pub fn leading_digits(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let count = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    (count > 0).then(|| text.split_at(text.len() - unsigned.len() + count))
}

/// The number of [`leading_digits`], and what follows; `None` where there is none, or none that fits.
#[must_use]
pub fn leading_integer(text: &str) -> Option<(i64, &str)> {
    let (digits, rest) = leading_digits(text)?;
    Some((digits.parse().ok()?, rest))
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
