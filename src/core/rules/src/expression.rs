//! What a date expression says (`pe__eval_date_expr()`).

use crate::date::DateTime;
use crate::spec;
use core_xml::{Document, NodeId};

/// Whether it holds; one that lacks what its operation needs doesn't.
pub(crate) fn holds(document: &Document, expression: NodeId, now: &DateTime) -> bool {
    let moment = |name| document.attribute(expression, name).and_then(|text| DateTime::parse(text, now));
    let (start, mut end) = (moment("start"), moment("end"));
    if let (Some(start), None) = (&start, end)
        && let Some(duration) = document.child(expression, Some("duration"))
    {
        end = Some(spec::end_of(document, duration, start));
    }
    let operation = document.attribute(expression, "operation").map(str::to_ascii_lowercase);
    match operation.as_deref() {
        None | Some("in_range") => {
            let begun = start.is_none_or(|start| *now >= start);
            (start.is_some() || end.is_some()) && begun && end.is_none_or(|end| *now <= end)
        }
        Some("gt") => start.is_some_and(|start| *now > start),
        Some("lt") => end.is_some_and(|end| *now < end),
        Some("date_spec") => {
            let spec = document.child(expression, Some("date_spec"));
            spec.is_none_or(|spec| spec::fits(document, spec, now))
        }
        Some(_) => false,
    }
}
