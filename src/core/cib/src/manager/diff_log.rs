//! A patchset as lines of the log, which people read and tools look for (`xml_log_patchset()`).

use core_xml::{Document, Form, NodeId, Version};

/// The versions that a patchset leads from and to.
pub(super) fn versions(diff: &Document) -> (Version, Version) {
    let version = diff.child(diff.root(), Some("version"));
    let of = |name| {
        let element = version.and_then(|version| diff.child(version, Some(name)));
        element.map_or_else(Version::default, |element| Version::of(diff, element, Version::default()))
    };
    (of("source"), of("target"))
}

pub(super) fn text(version: Version) -> String {
    format!("{}.{}.{}", version.admin_epoch, version.epoch, version.num_updates)
}

/// The lines of a patchset.
#[must_use]
pub fn lines(diff: &Document) -> Vec<String> {
    let (from, to) = versions(diff);
    let mut lines = Vec::new();
    if from == to {
        lines.push(format!("cib_perform_op: Local-only Change: {}", text(to)));
    } else {
        let digest = diff.attribute(diff.root(), "digest").unwrap_or("(null)");
        lines.push(format!("Diff: --- {} 2", text(from)));
        lines.push(format!("Diff: +++ {} {digest}", text(to)));
    }
    for change in diff.elements(diff.root()) {
        add_change(diff, change, &mut lines);
    }
    lines
}

fn add_change(diff: &Document, change: NodeId, lines: &mut Vec<String>) {
    let path = diff.attribute(change, "path").unwrap_or_default();
    let position = diff.attribute(change, "position");
    match diff.attribute(change, "operation") {
        Some("create") => {
            let Some(created) = diff.first_child(change) else { return };
            let mut prefix = format!("++ {path}: ");
            for line in diff.text(created, Form::Formatted).lines() {
                lines.push(format!("{prefix} {line}"));
                // below the first line only its place is kept
                prefix = format!("++{}", " ".repeat(path.len() + 3));
            }
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
