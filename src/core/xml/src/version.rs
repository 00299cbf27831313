//! Numbers of versions, as feature sets have them.

use std::cmp::Ordering;

/// Compares feature sets and the like number by number (`compare_version()`): `3.0.9` is before `3.0.10`, and `3.1` is
/// the same as `3.1.0`.
#[must_use]
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    let numbers = |version: &str| -> Vec<u64> {
        let number = |part: &str| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part[..digits].parse().unwrap_or(0)
        };
        version.split('.').map(number).collect()
    };
    let (one, other) = (numbers(one), numbers(other));
    let at = |numbers: &[u64], place: usize| numbers.get(place).copied().unwrap_or(0);
    (0..one.len().max(other.len()))
        .map(|place| at(&one, place).cmp(&at(&other, place)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::compare_versions;
    use std::cmp::Ordering;

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert_eq!(compare_versions("3.0.9", "3.0.10"), Ordering::Less);
        assert_eq!(compare_versions("3.1", "3.1.0"), Ordering::Equal);
        assert_eq!(compare_versions("3.16.1", "3.16"), Ordering::Greater);
        assert_eq!(compare_versions("", "3"), Ordering::Less);
    }
}
