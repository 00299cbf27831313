//! Values that mean something: scores, increments.

use core_types::leading_integer;

/// As high as a score gets (`CRM_SCORE_INFINITY`).
pub(crate) const INFINITY: i32 = 1_000_000;

/// A score as a number (`char2score()`): `INFINITY` with its signs, colours (all 0 until a scheduler says otherwise),
/// or a number as `strtoll()` reads it, within the bounds. What is none is 0.
#[must_use]
pub fn score(text: &str) -> i32 {
    match text.to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" => INFINITY,
        "-infinity" => -INFINITY,
        _ => clip(leading_integer(text).map(|(number, _)| number)),
    }
}

fn clip(number: Option<i64>) -> i32 {
    let bound = i64::from(INFINITY);
    // A number that fits no i64 is refused by strtoll(), and 0 is taken.
    i32::try_from(number.unwrap_or(0).clamp(-bound, bound)).expect("within the bounds")
}

/// What setting an attribute to `new` makes of it when it is `old` (`expand_plus_plus()`): `score++` raises an attribute
/// `score` by one, `score+=5` by five, anything else is taken as it is. `old` is `None` for an attribute that starts
/// from 0.
pub(crate) fn assign(name: &str, old: Option<&str>, new: &str) -> Option<String> {
    let statement = new.strip_prefix(name)?;
    let offset = match statement.strip_prefix("+=") {
        Some(offset) => score(offset),
        None if statement.starts_with("++") => 1,
        None => return None,
    };
    let sum = old.map_or(0, score) + offset;
    Some(sum.min(INFINITY).to_string())
}

#[cfg(test)]
mod tests {
    use super::{assign, score};

    #[test]
    fn scores_are_read_as_the_reference_reads_them() {
        for (text, expected) in [
            ("0", 0),
            ("-17", -17),
            ("+12x", 12),
            ("INFINITY", 1_000_000),
            ("+infinity", 1_000_000),
            ("-INFINITY", -1_000_000),
            ("2000000", 1_000_000),
            ("99999999999999999999", 0),
            ("red", 0),
            ("", 0),
            ("x", 0),
        ] {
            assert_eq!(score(text), expected, "{text}");
        }
    }

    #[test]
    fn increments_add_up() {
        for (old, new, expected) in [
            (Some("4"), "score++", Some("5")),
            (Some("4"), "score+=10", Some("14")),
            (Some("x"), "score++", Some("1")),
            (None, "score++", Some("1")),
            (Some("999999"), "score+=5", Some("1000000")),
            (Some("4"), "score+", None),
            (Some("4"), "score--", None),
            (Some("4"), "7", None),
        ] {
            assert_eq!(assign("score", old, new).as_deref(), expected, "{old:?} {new}");
        }
    }
}
