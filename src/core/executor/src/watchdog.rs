//! Whether self-fencing by a watchdog can work as the cluster is told that it does (`pcmk__valid_sbd_timeout()`,
//! `crm_get_msec()`). A host where it can't must not run resources: others would take it for dead while it isn't.

use core_types::Level;

const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\u{c}'];
/// Units as they begin, without regard to case, in the order in which they are tried; a number times the first over the
/// second is milliseconds.
const UNITS: [(&str, i64, i64); 5] =
    [("ms", 1, 1), ("us", 1, 1000), ("s", 1000, 1), ("m", 60_000, 1), ("h", 3_600_000, 1)];

/// A time as options have it, in milliseconds; without a unit it is seconds. `None`: it is none.
fn millis(text: &str) -> Option<i64> {
    let text = text.trim_start_matches(BLANKS);
    let digits = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    if number.is_empty() {
        return None;
    }
    let unit = unit.trim_start_matches(BLANKS).to_ascii_lowercase();
    let (factor, divisor) = match UNITS.iter().find(|(name, ..)| unit.starts_with(name)) {
        Some((_, factor, divisor)) => (*factor, *divisor),
        None if unit.is_empty() => (1000, 1),
        None => return None,
    };
    let whole = number.split('.').next().unwrap_or_default();
    let whole = whole.parse::<i64>().unwrap_or(if whole.is_empty() { -1 } else { i64::MAX });
    Some(whole.checked_mul(factor).map_or(i64::MAX, |product| product / divisor))
}

/// What is to be said of `stonith-watchdog-timeout`, and whether this host may go on: `value` as it is configured, `sbd` the
/// watchdog's own time as sbd is told it, `runs` whether sbd does.
pub fn watchdog(value: Option<&str>, sbd: Option<&str>, runs: impl FnOnce() -> bool) -> (Level, String, bool) {
    let own = sbd.and_then(millis).unwrap_or(-1);
    // below 0 it follows from the watchdog's own
    let asked = value.map_or(0, |value| millis(value).unwrap_or(-1));
    let timeout = if asked < 0 { own.max(0).saturating_mul(2) } else { asked };
    if timeout == 0 {
        let value = value.unwrap_or("default");
        let text = format!("Watchdog may be enabled but stonith-watchdog-timeout is disabled ({value})");
        return (Level::Debug, text, true);
    }
    let shown = value.unwrap_or("auto");
    if !runs() {
        let text = format!("Shutting down: stonith-watchdog-timeout configured ({shown}) but SBD not active");
        return (Level::Emergency, text, false);
    }
    if timeout < own {
        let text = format!("Shutting down: stonith-watchdog-timeout ({shown}) too short (must be >{own}ms)");
        return (Level::Emergency, text, false);
    }
    let text = format!("Watchdog configured with stonith-watchdog-timeout {shown} and SBD timeout {own}ms");
    (Level::Info, text, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        for (text, expected) in [
            ("5", Some(5000)),
            (" 5 s", Some(5000)),
            ("5sec", Some(5000)),
            ("1500ms", Some(1500)),
            ("2500us", Some(2)),
            ("2min", Some(120_000)),
            ("2 m", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("1.9", Some(1000)),
            ("99999999999999999999", Some(i64::MAX)),
            ("", None),
            ("-1", None),
            ("5x", None),
            ("x", None),
        ] {
            assert_eq!(millis(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_host_goes_on_only_if_its_watchdog_acts_in_time() {
        let may = |value, sbd, runs| watchdog(value, sbd, || runs).2;
        // nobody relies on it
        assert!(may(None, None, false) && may(Some("0"), Some("5"), false) && may(Some("-1"), None, false));
        // somebody does
        assert!(!may(Some("10"), Some("5"), false) && !may(Some("-1"), Some("5"), false));
        assert!(
            may(Some("10"), Some("5"), true) && may(Some("5"), Some("5"), true) && may(Some("-1"), Some("5"), true)
        );
        assert!(!may(Some("4"), Some("5"), true) && !may(Some("4999ms"), Some("5s"), true));
    }
}
