//! A patchset from the marks that tracked changes left.

use super::FIELDS;
use crate::{
    change::Marks,
    document::{Document, NodeId},
    walk::Step,
};

/// A patchset and what it is about.
#[derive(Clone, Debug)]
pub struct Patchset {
    /// `<diff>`
    pub diff: Document,
    /// Whether something under `/cib/configuration` changed.
    pub configuration: bool,
}

impl Document {
    /// Whether tracked changes touch `/cib/configuration`.
    #[must_use]
    pub fn configuration_changed(&self) -> bool {
        let configuration = self.child(self.root(), Some("configuration"));
        configuration.is_some_and(|node| self.node(node).marks.contains(Marks::COUNTED))
            || self.deletions().iter().any(|deletion| deletion.path.contains("/cib/configuration"))
    }

    /// Raises the version as a tracked change asks for: `epoch`, with `num_updates` back at 0, when the configuration
    /// changed, else `num_updates`.
    pub fn raise_version(&mut self) {
        let root = self.root();
        let field = if self.configuration_changed() {
            self.set_attribute(root, "num_updates", "0");
            "epoch"
        } else {
            "num_updates"
        };
        let next = self.integer(root, field).unwrap_or(0).saturating_add(1);
        self.set_attribute(root, field, &next.to_string());
    }

    /// The patchset of what changed since changes are tracked, `None` when nothing did. `source` is the root element
    /// that the change started from, for its version.
    #[must_use]
    pub fn patchset(&self, source: (&Document, NodeId)) -> Option<Patchset> {
        if !self.is_dirty() {
            return None;
        }
        let mut diff = Document::new("diff");
        let root = diff.root();
        diff.set_attribute(root, "format", "2");
        let version = diff.append_element(root, "version");
        for (name, (document, node)) in [("source", source), ("target", (self, self.root()))] {
            let element = diff.append_element(version, name);
            for field in FIELDS {
                diff.set_attribute(element, field, document.attribute(node, field).unwrap_or("1"));
            }
        }
        for deletion in self.deletions() {
            let change = append_change(&mut diff, "delete", &deletion.path);
            if let Some(position) = deletion.position {
                diff.set_attribute(change, "position", &position.to_string());
            }
        }
        self.append_changes(&mut diff);
        Some(Patchset { diff, configuration: self.configuration_changed() })
    }

    /// What was created, modified and moved, in the document's order; a move comes after what is below it.
    fn append_changes(&self, diff: &mut Document) {
        let mut walk = self.walk(self.root());
        while let Some(step) = walk.next() {
            match step {
                Step::Enter(node) => {
                    let marks = self.node(node).marks;
                    if marks.contains(Marks::CREATED) {
                        self.append_creation(diff, node);
                        walk.skip_children();
                    } else if marks.contains(Marks::DIRTY) {
                        self.append_modification(diff, node);
                    } else {
                        walk.skip_children();
                    }
                }
                Step::Leave(node) => {
                    if self.node(node).marks.contains(Marks::MOVED) && !self.node(node).marks.contains(Marks::CREATED) {
                        let change = append_change(diff, "move", &self.path(node));
                        diff.set_attribute(change, "position", &self.position(node).to_string());
                    }
                }
            }
        }
    }

    fn append_creation(&self, diff: &mut Document, node: NodeId) {
        let parent = self.parent(node).map(|parent| self.path(parent));
        let change = append_change(diff, "create", parent.as_deref().unwrap_or("/"));
        diff.set_attribute(change, "position", &self.position(node).to_string());
        diff.insert_copy(change, None, self, node);
    }

    fn append_modification(&self, diff: &mut Document, node: NodeId) {
        let touched = |marks: Marks| marks.intersects(Marks::DELETED | Marks::DIRTY);
        let attributes = &self.node(node).attributes;
        if !attributes.iter().any(|attribute| touched(attribute.marks)) {
            return;
        }
        let change = append_change(diff, "modify", &self.path(node));
        let list = diff.append_element(change, "change-list");
        for attribute in attributes.iter().filter(|attribute| touched(attribute.marks)) {
            let element = diff.append_element(list, "change-attr");
            diff.set_attribute(element, "name", attribute.name());
            if attribute.marks.contains(Marks::DELETED) {
                diff.set_attribute(element, "operation", "unset");
            } else {
                diff.set_attribute(element, "operation", "set");
                diff.set_attribute(element, "value", attribute.value());
            }
        }
        let result = diff.append_element(change, "change-result");
        let element = diff.append_element(result, self.name(node).unwrap_or_default());
        for attribute in self.attributes(node) {
            diff.set_attribute(element, attribute.name(), attribute.value());
        }
    }
}

fn append_change(diff: &mut Document, operation: &str, path: &str) -> NodeId {
    let root = diff.root();
    let change = diff.append_element(root, "change");
    diff.set_attribute(change, "operation", operation);
    diff.set_attribute(change, "path", path);
    change
}
