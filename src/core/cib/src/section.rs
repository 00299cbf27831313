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
