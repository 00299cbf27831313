//! Numbers as C's `strtoll` and `strtoull` read them: white space and a sign may come first, nothing after.

use core_icmap::{Type, Value};

/// The sign and the digits of a number, if it is one.
fn parts(text: &[u8]) -> Option<(bool, &str)> {
    let start = text.iter().position(|byte| !byte.is_ascii_whitespace() && *byte != 0x0b)?;
    let (negative, digits) = match &text[start..] {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let valid = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    valid.then_some(())?;
    Some((negative, std::str::from_utf8(digits).ok()?))
}

/// A signed number; `None` when it is none or out of range.
pub(crate) fn signed(text: &[u8]) -> Option<i64> {
    let (negative, digits) = parts(text)?;
    let magnitude = digits.parse::<i128>().ok()?;
    i64::try_from(if negative { -magnitude } else { magnitude }).ok()
}

/// An unsigned number; a negative one wraps, as C has it.
pub(crate) fn unsigned(text: &[u8]) -> Option<u64> {
    let (negative, digits) = parts(text)?;
    let magnitude = digits.parse::<u64>().ok()?;
    Some(if negative { magnitude.wrapping_neg() } else { magnitude })
}

/// What a type can hold, as error messages say it.
pub(crate) fn range(kind: Type) -> (i128, i128) {
    match kind {
        Type::U8 => (0, u8::MAX.into()),
        Type::U16 => (0, u16::MAX.into()),
        Type::I32 => (i32::MIN.into(), i32::MAX.into()),
        Type::U64 => (0, u64::MAX.into()),
        _ => (0, u32::MAX.into()),
    }
}

/// A number of one of the types that configuration keys have.
pub(crate) fn value(text: &[u8], kind: Type) -> Option<Value> {
    match kind {
        Type::U8 => u8::try_from(signed(text)?).ok().map(Value::U8),
        Type::U16 => u16::try_from(signed(text)?).ok().map(Value::U16),
        Type::I32 => i32::try_from(signed(text)?).ok().map(Value::I32),
        Type::U64 => unsigned(text).map(Value::U64),
        _ => u32::try_from(signed(text)?).ok().map(Value::U32),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_c_s() {
        assert_eq!(signed(b" +7"), Some(7));
        assert_eq!(signed(b"-9223372036854775808"), Some(i64::MIN));
        for bad in [&b""[..], b"-", b"7x", b"0x7", b"7 ", b"9223372036854775808", b"1_0"] {
            assert_eq!(signed(bad), None, "{bad:?}");
        }
        assert_eq!(unsigned(b"-1"), Some(u64::MAX));
        assert_eq!(unsigned(b"18446744073709551616"), None);
        assert_eq!(value(b"256", Type::U8), None);
        assert_eq!(value(b"-1", Type::U32), None);
        assert_eq!(value(b"-1", Type::I32), Some(Value::I32(-1)));
    }
}
