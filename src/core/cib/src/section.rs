//! The sections of a CIB (`lib/common/cib.c`).

use crate::Cib;
use core_xml::{Document, NodeId};

/// Sections under `/cib/configuration`. `status` and `configuration` itself are under `/cib`.
const IN_CONFIGURATION: [&str; 10] = [
    "crm_config",
    "nodes",
    "resources",
    "constraints",
    "op_defaults",
    "rsc_defaults",
    "acls",
    "fencing-topology",
    "tags",
    "alerts",
];

/// Names of the elements from below the root to a section. What is no section is the whole CIB, as in the reference.
pub(crate) fn path(section: Option<&str>) -> Vec<&str> {
    match section {
        Some(name @ ("status" | "configuration")) => vec![name],
        Some(name) if IN_CONFIGURATION.contains(&name) => vec!["configuration", name],
        _ => Vec::new(),
    }
}

/// The element of a section, if it is there (`pcmk_find_cib_element()`).
pub(crate) fn find(cib: &Document, section: Option<&str>) -> Option<NodeId> {
    path(section).into_iter().try_fold(cib.root(), |node, name| cib.child(node, Some(name)))
}

/// The part of a change's data that is about a section, where the data is a whole CIB (`cib_prepare_common()`); `None` where
/// it has none, or several.
#[must_use]
pub fn part_of(document: &Document, data: NodeId, section: Option<&str>) -> Option<NodeId> {
    let path = path(section);
    let known = !path.is_empty() || matches!(section, Some("cib" | "all"));
    if !known || document.name(data) != Some("cib") {
        return Some(data);
    }
    let wholes = document.walk(data).nodes().filter(|node| document.name(*node) == Some("cib")).collect();
    let parts: Vec<NodeId> = path.into_iter().fold(wholes, |parents: Vec<NodeId>, name| {
        let children = parents.into_iter().flat_map(|parent| document.elements(parent));
        children.filter(|child| document.name(*child) == Some(name)).collect()
    });
    match parts[..] {
        [part] => Some(part),
        _ => None,
    }
}

impl Cib {
    /// The element of a section, made where it is missing; `None` where it would be in one that is missing, too.
    pub(crate) fn section_or_new(&mut self, section: Option<&str>) -> Option<NodeId> {
        if let Some(found) = find(&self.document, section) {
            return Some(found);
        }
        let path = path(section);
        let (name, above) = path.split_last()?;
        let root = self.document.root();
        let parent = above.iter().try_fold(root, |node, name| self.document.child(node, Some(name)))?;
        Some(self.document.append_element(parent, name))
    }
}
