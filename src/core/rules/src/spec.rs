//! What calendars and clocks are to show (`date_spec`), and durations.

use crate::date::DateTime;
use core_types::leading_integer;
use core_xml::{Document, NodeId};

/// A field's range, as `pcmk__parse_ll_range()` reads it: `5`, `5-7`, `5-` or `-7`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
}

/// A bound that there is not.
const OPEN: i64 = -1;

impl Range {
    /// `None` where a text is no range: then it bounds nothing.
    fn parse(text: &str) -> Option<Range> {
        if let Some(high) = text.strip_prefix('-') {
            let (high, rest) = leading_integer(high)?;
            return rest.is_empty().then_some(Range { low: OPEN, high });
        }
        let (low, rest) = leading_integer(text)?;
        match rest.strip_prefix('-') {
            None if rest.is_empty() => Some(Range { low, high: low }),
            None => None,
            Some("") => Some(Range { low, high: OPEN }),
            Some(high) => {
                let (high, rest) = leading_integer(high)?;
                rest.is_empty().then_some(Range { low, high })
            }
        }
    }

    fn contains(self, value: i64) -> bool {
        match self {
            Range { low, high } if low == high => value == low,
            Range { low: OPEN, high } => value <= high,
            Range { low, high: OPEN } => value >= low,
            Range { low, high } => (low..=high).contains(&value),
        }
    }
}

/// Whether a moment is as a `date_spec` has it (`pe_cron_range_satisfied()`).
pub(crate) fn fits(document: &Document, spec: NodeId, now: &DateTime) -> bool {
    let (year, month, day) = now.date.to_calendar_date();
    let (week_year, week, weekday) = now.date.to_iso_week_date();
    let fields = [
        ("years", year),
        ("months", u8::from(month).into()),
        ("monthdays", day.into()),
        ("hours", now.seconds / 3600),
        ("minutes", now.seconds / 60 % 60),
        ("seconds", now.seconds % 60),
        ("yeardays", now.date.ordinal().into()),
        ("weekyears", week_year),
        ("weeks", week.into()),
        ("weekdays", weekday.number_from_monday().into()),
        ("moon", phase_of_the_moon(year, now.date.ordinal().into())),
    ];
    fields.into_iter().all(|(name, value)| {
        let range = document.attribute(spec, name).and_then(Range::parse);
        range.is_none_or(|range| range.contains(value.into()))
    })
}

/// 0 is new, 4 is full, by the approximation that came with the game NetHack: 30 days for a phase's return, 19 years for that to
/// the same days.
fn phase_of_the_moon(year: i32, day: i32) -> i32 {
    let golden = year.rem_euclid(19) + 1;
    let epact = (11 * golden + 18) % 30;
    let late = (epact == 25 && golden > 11) || epact == 24;
    ((((day + epact + i32::from(late)) * 6 + 11) % 177) / 22) & 7
}

/// When a `duration` that begins then is over (`pe_parse_xml_duration()`).
pub(crate) fn end_of(document: &Document, duration: NodeId, start: &DateTime) -> DateTime {
    let mut end = *start;
    let fits = |value: &i64| i32::try_from(*value).is_ok();
    let field = |name| document.attribute(duration, name).and_then(leading_integer).map_or(0, |(value, _)| value);
    let field = |name| Some(field(name)).filter(fits).unwrap_or(0);
    end.add_years(field("years"));
    end.add_months(field("months"));
    end.add_days(field("weeks") * 7);
    end.add_days(field("days"));
    end.add_seconds(field("hours") * 3600);
    end.add_seconds(field("minutes") * 60);
    end.add_seconds(field("seconds"));
    end
}
