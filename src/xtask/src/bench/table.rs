//! Figures, what is made of several rounds of them, and the tables that docs/benchmarks.md holds.

use crate::{
    Result,
    layout::{self, REFERENCE_VERSION},
};
use std::{fmt::Write, fs, thread};

/// One measured figure.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Figure {
    /// What it is.
    pub(super) name: String,
    /// Of messages of that many bytes, or of so many resources; 0: of none.
    pub(super) size: u64,
    /// How much.
    pub(super) value: f64,
}

impl Figure {
    /// One of no size.
    pub(super) fn of_none(name: &str, value: f64) -> Figure {
        Figure { name: name.to_owned(), size: 0, value }
    }

    /// A line `NAME SIZE VALUE` of a program of capi-tests/bench.
    pub(super) fn of_line(line: &str) -> Option<Figure> {
        let mut words = line.split_whitespace();
        let (name, size, value) = (words.next()?, words.next()?, words.next()?);
        Some(Figure { name: name.to_owned(), size: size.parse().ok()?, value: value.parse().ok()? })
    }
}

/// A table with a row for each figure: medians, their ratio, and how far the reference was from itself. `sizes` says what
/// sizes are of.
pub(super) fn of_two(sizes: &str, reference: &[Figure], ours: &[Figure]) -> String {
    let mut table = format!(
        "| figure | {sizes} | reference | ours | ours / reference | reference, highest / lowest |\n\
         |---|--:|--:|--:|--:|--:|\n",
    );
    for (name, size) in rows(ours) {
        let (theirs, mine) = (sorted(reference, name, size), sorted(ours, name, size));
        let (Some(a), Some(b)) = (median(&theirs), median(&mine)) else { continue };
        let (name, bytes) = (name.replace('_', " "), bytes(size));
        let (noise, ratio) = (spread(&theirs), b / a);
        let _ = writeln!(table, "| {name} | {bytes} | {} | {} | {ratio:.2} | {noise:.2} |", shown(a), shown(b));
    }
    table
}

/// A figure's values of all rounds, sorted.
pub(super) fn sorted(figures: &[Figure], name: &str, size: u64) -> Vec<f64> {
    let same = figures.iter().filter(|figure| figure.name == name && figure.size == size);
    let mut values: Vec<f64> = same.map(|figure| figure.value).collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The middle one.
pub(super) fn median(sorted: &[f64]) -> Option<f64> {
    sorted.get(sorted.len() / 2).copied()
}

/// How far sorted values are from each other: the last over the first.
pub(super) fn spread(sorted: &[f64]) -> f64 {
    match (sorted.first(), sorted.last()) {
        (Some(low), Some(high)) => high / low,
        _ => 1.0,
    }
}

/// Names and sizes, each once, in the order they came.
pub(super) fn rows(figures: &[Figure]) -> Vec<(&str, u64)> {
    let mut rows = Vec::new();
    for figure in figures {
        let row = (figure.name.as_str(), figure.size);
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    rows
}

/// A size as a table shows it.
pub(super) fn bytes(size: u64) -> String {
    if size == 0 { String::new() } else { size.to_string() }
}

/// A value as a table shows it.
pub(super) fn shown(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 1000.0 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

/// What was measured on.
pub(super) fn machine() -> String {
    let processors = thread::available_parallelism().map_or(0, usize::from);
    format!("{processors} processors, corosync {REFERENCE_VERSION}")
}

/// Puts text between the lines of docs/benchmarks.md that hold a part's table.
pub(super) fn keep(part: &str, fresh: &str) -> Result<()> {
    let path = layout::root().join("docs/benchmarks.md");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let fresh = replaced(&text, part, fresh).ok_or_else(|| format!("{}: no place for {part}", path.display()))?;
    fs::write(&path, fresh).map_err(|error| format!("{}: {error}", path.display()))
}

fn replaced(text: &str, part: &str, fresh: &str) -> Option<String> {
    let begin = format!("<!-- make bench writes from here: {part} -->\n");
    let end = format!("<!-- to here: {part} -->");
    let from = text.find(&begin)? + begin.len();
    let to = from + text[from..].find(&end)?;
    Some(format!("{}{fresh}{}", &text[..from], &text[to..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_make_a_median_and_a_spread() {
        let figures =
            [("a", 3.0), ("b", 9.0), ("a", 1.0), ("a", 2.0)].map(|(name, value)| Figure::of_none(name, value));
        let values = sorted(&figures, "a", 0);
        assert_eq!((median(&values), spread(&values)), (Some(2.0), 3.0));
        assert_eq!(rows(&figures), [("a", 0), ("b", 0)]);
        assert_eq!(median(&sorted(&figures, "c", 0)), None);
    }

    #[test]
    fn a_table_takes_its_own_place_only() {
        let place = |part: &str, text: &str| {
            format!("<!-- make bench writes from here: {part} -->\n{text}<!-- to here: {part} -->\n")
        };
        let text = format!("a\n{}b\n{}c\n", place("one", "old\n"), place("two", "kept\n"));
        let fresh = format!("a\n{}b\n{}c\n", place("one", "new\n"), place("two", "kept\n"));
        assert_eq!(replaced(&text, "one", "new\n"), Some(fresh));
        assert_eq!(replaced(&text, "three", "new\n"), None);
    }
}
