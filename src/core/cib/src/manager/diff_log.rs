//! A patchset as lines of the log, which people read and tools look for (`xml_log_patchset()`).

use core_xml::{DIFFERENCE_MARKER, Document, Form, NodeId, Step, patch_versions};

/// The lines of a patchset, as they are at level info: of one of format 1 only what was changed and not what that is in.
#[must_use]
pub fn lines(diff: &Document) -> Vec<String> {
    let (from, to) = patch_versions(diff);
    let mut lines = Vec::new();
    let attribute = |name| diff.attribute(diff.root(), name).unwrap_or("(null)");
    let format = attribute("format");
    if from == to {
        lines.push(format!("cib_perform_op: Local-only Change: {to}"));
    } else {
        lines.push(format!("Diff: --- {from} {format}"));
        lines.push(format!("Diff: +++ {to} {}", attribute("digest")));
    }
    if format == "2" {
        for change in diff.elements(diff.root()) {
            add_change(diff, change, &mut lines);
        }
    } else {
        for (half, sign) in [("diff-removed", "--"), ("diff-added", "++")] {
            let tops = diff.child(diff.root(), Some(half)).into_iter().flat_map(|half| diff.elements(half));
            tops.for_each(|top| add_half(diff, top, sign, &mut lines));
        }
    }
    lines
}

/// What has nothing in it or is wholly gone or new, each as far to the right as it is deep.
fn add_half(diff: &Document, top: NodeId, sign: &str, lines: &mut Vec<String>) {
    let mut depth = 0;
    let mut walk = diff.walk(top);
    while let Some(step) = walk.next() {
        let Step::Enter(node) = step else {
            depth -= 1;
            continue;
        };
        if diff.first_child(node).is_none() || diff.attribute(node, DIFFERENCE_MARKER).is_some() {
            let mut part = Document::new("part");
            let copy = part.insert_copy(part.root(), None, diff, node);
            part.remove_attribute(copy, DIFFERENCE_MARKER);
            let indent = "  ".repeat(depth);
            lines.extend(part.text(copy, Form::Formatted).lines().map(|line| format!("{sign} {indent}{line}")));
            walk.skip_children();
        }
        depth += 1;
    }
}

fn add_change(diff: &Document, change: NodeId, lines: &mut Vec<String>) {
    let path = diff.attribute(change, "path").unwrap_or_default();
    let position = diff.attribute(change, "position");
    match diff.attribute(change, "operation") {
        Some("create") => {
            let Some(created) = diff.first_child(change) else { return };
            let text = diff.text(created, Form::Formatted);
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            // whatever is in it, the reference ends its first line so
            let first = if rest.is_empty() { first } else { first.trim_end_matches('>') };
            lines.push(format!("++ {path}:  {first}{}", if rest.is_empty() { "" } else { "/>" }));
            // below the first line only its place is kept
            let place = " ".repeat(path.len() + 3);
            lines.extend(rest.lines().map(|line| format!("++{place} {line}")));
        }
        Some("move") => lines.push(format!("+~ {path} moved to offset {}", position.unwrap_or("(null)"))),
        Some("delete") => lines.push(match position {
            Some(position) => format!("-- {path} ({position})"),
            None => format!("-- {path}"),
        }),
        Some("modify") => add_attributes(diff, change, path, lines),
        _ => {}
    }
}

fn add_attributes(diff: &Document, change: NodeId, path: &str, lines: &mut Vec<String>) {
    let Some(list) = diff.child(change, Some("change-list")) else { return };
    let (mut set, mut unset) = (Vec::new(), Vec::new());
    for attribute in diff.elements(list) {
        let name = diff.attribute(attribute, "name").unwrap_or_default();
        match diff.attribute(attribute, "operation") {
            Some("set") => set.push(format!("@{name}={}", diff.attribute(attribute, "value").unwrap_or_default())),
            Some("unset") => unset.push(format!("@{name}")),
            _ => {}
        }
    }
    for (sign, names) in [("+ ", set), ("--", unset)] {
        if !names.is_empty() {
            lines.push(format!("{sign} {path}:  {}", names.join(", ")));
        }
    }
}
