//! Dates with a time of day, and how they are read (`crm_time_t`).

use core_types::leading_integer;
use std::cmp::Ordering;
use time::{Date, Duration, Month, UtcDateTime, Weekday, util::days_in_month};

const DAY: i32 = 24 * 60 * 60;

/// A moment, as clocks of a place show it.
#[derive(Clone, Copy, Debug)]
pub struct DateTime {
    pub(crate) date: Date,
    /// Since the day began.
    pub(crate) seconds: i32,
    /// What is to be subtracted for UTC, in seconds.
    offset: i32,
}

impl DateTime {
    /// The beginning of 1970 in UTC.
    pub const EPOCH: DateTime = DateTime { date: UtcDateTime::UNIX_EPOCH.date(), seconds: 0, offset: 0 };

    /// From a year, a month (1 to 12), a day of it, seconds of that, and how far clocks are ahead of UTC, in seconds; a leap
    /// second is the one before. `None` where there is no such day.
    #[must_use]
    pub fn new(year: i32, month: u8, day: u8, seconds: i32, offset: i32) -> Option<DateTime> {
        let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
        let day_and_night = -DAY..=DAY;
        (seconds >= 0 && day_and_night.contains(&offset)).then(|| DateTime {
            date,
            seconds: seconds.min(DAY - 1),
            offset,
        })
    }

    /// Reads a date, a time or both, as ISO 8601 writes them, more or less (`crm_time_new()`): `2005-05-01`, `20050501`,
    /// `2005-121`, `2005-W17-7`, `epoch`, each with a time behind a `T` or a blank, and an offset behind another one. A time
    /// alone is one of today; without an offset it is one of this place, now. A date alone is one of UTC.
    #[must_use]
    pub fn parse(text: &str, now: &DateTime) -> Option<DateTime> {
        let bytes = text.as_bytes();
        if bytes.first() == Some(&b'T') || bytes.get(2) == Some(&b':') {
            return DateTime { seconds: 0, ..*now }.at(text.strip_prefix('T').unwrap_or(text), now);
        }
        let epoch = bytes.get(..5).is_some_and(|word| word.eq_ignore_ascii_case(b"epoch"));
        if epoch && bytes.get(5).is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'/') {
            return Some(DateTime::EPOCH);
        }
        let date = DateTime { date: parse_date(text)?, seconds: 0, offset: 0 };
        let behind = text.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | 'W'));
        match behind.strip_prefix([' ', 'T']) {
            Some(time) => date.at(time, now),
            None => Some(date),
        }
    }

    /// At another time of that day, with an offset, perhaps.
    fn at(self, text: &str, now: &DateTime) -> Option<DateTime> {
        let seconds = parse_time(text)?;
        let offset = match (text.contains('Z'), text.split_once(' ')) {
            (true, _) => 0,
            (false, Some((_, offset))) => parse_offset(offset.trim_start())?,
            (false, None) => now.offset,
        };
        // 24:00 is the next day's beginning
        let next = seconds == DAY;
        let date = if next { self.date.next_day()? } else { self.date };
        Some(DateTime { date, seconds: if next { 0 } else { seconds }, offset })
    }

    pub(crate) fn add_seconds(&mut self, count: i64) {
        let all = i64::from(self.seconds).saturating_add(count);
        self.add_days(all.div_euclid(DAY.into()));
        self.seconds = i32::try_from(all.rem_euclid(DAY.into())).unwrap_or(0);
    }

    /// As far as there are dates.
    pub(crate) fn add_days(&mut self, count: i64) {
        let end = if count < 0 { Date::MIN } else { Date::MAX };
        let hours = count.checked_mul(24).unwrap_or(i64::MAX / 3600);
        self.date = self.date.checked_add(Duration::seconds(hours.saturating_mul(3600))).unwrap_or(end);
    }

    /// The same day of another month, or its last.
    pub(crate) fn add_months(&mut self, count: i64) {
        let (year, month, day) = self.date.to_calendar_date();
        let all = (i64::from(year) * 12 + i64::from(u8::from(month)) - 1).saturating_add(count);
        let found = i32::try_from(all.div_euclid(12)).ok().and_then(|year| {
            let month = u8::try_from(all.rem_euclid(12) + 1).ok().and_then(|month| Month::try_from(month).ok())?;
            Date::from_calendar_date(year, month, day.min(days_in_month(month, year))).ok()
        });
        self.date = found.unwrap_or(if count < 0 { Date::MIN } else { Date::MAX });
    }

    /// The same day of another year, counted from its first.
    pub(crate) fn add_years(&mut self, count: i64) {
        let (year, day) = self.date.to_ordinal_date();
        let year = i32::try_from(i64::from(year).saturating_add(count)).ok();
        let first = year.and_then(|year| Date::from_ordinal_date(year, 1).ok());
        let found = first.and_then(|first| first.checked_add(Duration::days(i64::from(day) - 1)));
        self.date = found.unwrap_or(if count < 0 { Date::MIN } else { Date::MAX });
    }

    /// Seconds since some moment.
    fn absolute(&self) -> i64 {
        i64::from(self.date.to_julian_day()) * i64::from(DAY) + i64::from(self.seconds) - i64::from(self.offset)
    }
}

impl PartialEq for DateTime {
    fn eq(&self, other: &DateTime) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for DateTime {}

impl PartialOrd for DateTime {
    fn partial_cmp(&self, other: &DateTime) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for DateTime {
    fn cmp(&self, other: &DateTime) -> Ordering {
        self.absolute().cmp(&other.absolute())
    }
}

/// A number of so many characters at most.
const ANY: usize = usize::MAX;

/// Reads numbers, each with what stands before it and how wide it may be, as sscanf(3) does: as many as there are.
fn scan(mut text: &str, fields: [(&str, usize); 3]) -> Vec<i32> {
    let mut found = Vec::new();
    for (before, width) in fields {
        let Some(rest) = text.strip_prefix(before) else { break };
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace());
        let end = rest.char_indices().nth(width.min(rest.len())).map_or(rest.len(), |(end, _)| end);
        let Some((number, behind)) = leading_integer(&rest[..end]) else { break };
        let Ok(number) = i32::try_from(number) else { break };
        found.push(number);
        text = &rest[end - behind.len()..];
    }
    found
}

fn parse_date(text: &str) -> Option<Date> {
    let mut calendar = scan(text, [("", ANY), ("-", ANY), ("-", ANY)]);
    if calendar.len() == 1 {
        calendar = scan(text, [("", 4), ("", 2), ("", 2)]);
    }
    if let [year, month, day] = calendar[..] {
        let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
        return Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok();
    }
    if let [year, day, ..] = scan(text, [("", ANY), ("-", ANY), ("-", ANY)])[..] {
        return Date::from_ordinal_date(year, u16::try_from(day).ok()?).ok();
    }
    match scan(text, [("", ANY), ("-W", ANY), ("-", ANY)])[..] {
        [year, week, day] => {
            let days = [
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
                Weekday::Sunday,
            ];
            let day = days.get(usize::try_from(day).ok()?.checked_sub(1)?)?;
            Date::from_iso_week_date(year, u8::try_from(week).ok()?, *day).ok()
        }
        _ => None,
    }
}

/// Seconds of a day, and at its end one more.
fn parse_time(text: &str) -> Option<i32> {
    let mut fields = scan(text, [("", ANY), (":", ANY), (":", ANY)]);
    if fields.len() == 1 {
        fields = scan(text, [("", 2), ("", 2), ("", 2)]);
    }
    let field = |index: usize| fields.get(index).copied().unwrap_or(0);
    let (hour, minute, second) = (*fields.first()?, field(1), field(2));
    let fits = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    (fits || (hour, minute, second) == (24, 0, 0)).then_some((hour * 60 + minute) * 60 + second)
}

/// What is no offset is none.
fn parse_offset(text: &str) -> Option<i32> {
    match text.bytes().next() {
        Some(b'-') => parse_time(&text[1..]).map(|seconds| -seconds),
        Some(b'+') => parse_time(&text[1..]),
        Some(b'0'..=b'9') => parse_time(text),
        _ => Some(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, i32, i32)> {
        let now = DateTime::new(2026, 11, 23, 3600, 7200).unwrap();
        DateTime::parse(text, &now).map(|found| (found.date.to_string(), found.seconds, found.offset))
    }

    #[test]
    fn a_time_alone_is_one_of_today_and_a_date_alone_one_of_utc() {
        let at = |date: &str, seconds, offset| Some((date.to_owned(), seconds, offset));
        assert_eq!(read("T10:00"), at("2026-11-23", 36_000, 7200));
        assert_eq!(read("10:00:01Z"), at("2026-11-23", 36_001, 0));
        assert_eq!(read("24:00:00 +01"), at("2026-11-24", 0, 3600));
        assert_eq!(read("2024-02-29"), at("2024-02-29", 0, 0));
        assert_eq!(read("Epoch"), at("1970-01-01", 0, 0));
        for nothing in ["", "T", "epochs", "2023-02-29", "2026-366", "2026-11-23T25", "2026-W54-1", "\u{e9}\u{e9}"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn a_duration_ends_where_dates_do() {
        let mut late = DateTime::new(9999, 12, 31, 0, 0).unwrap();
        late.add_years(i64::from(i32::MAX));
        late.add_months(i64::from(i32::MAX));
        late.add_days(i64::MAX);
        late.add_seconds(i64::MAX);
        assert_eq!(late.date, Date::MAX);
        late.add_days(i64::MIN);
        assert_eq!(late.date, Date::MIN);
    }

    #[test]
    fn moments_are_compared_across_offsets() {
        let [one, other] = ["2026-01-01 00:30 +01:00", "2025-12-31 23:30Z"]
            .map(|text| DateTime::parse(text, &DateTime::new(2026, 1, 1, 0, 0).unwrap()).unwrap());
        assert!(one == other);
    }
}
