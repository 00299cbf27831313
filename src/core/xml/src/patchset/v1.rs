//! Format 1 patchsets, which CIBs have whose feature set is before 3.0.9: what is gone and what is new, as two trees.
//!
//! Counterpart: `diff_xml_object()`, `xml_create_patchset_v1()` and `apply_v1_patchset()`. Elements are the same when
//! name and `id` are, comments when their texts are. Of an element that changed `<diff-removed>` has the attributes that
//! are gone or were others, `<diff-added>` all that it has now; one that is wholly gone or new is marked. Places among
//! siblings are not told: what is new comes last, and only the digest, which each such patchset has, tells whether
//! that was right.
//!
//! The reference no longer takes away attributes and comments, nor adds comments, and names attributes that are gone
//! among those that are there; its digest then keeps it from applying that. Here it is applied.

use super::{FIELDS, PatchError, Patchset, failed};
use crate::{
    compare::Side,
    digest::patched_digest,
    document::{Document, Kind, NodeId},
    text::is_who_or_when,
    walk::{Step, Walk},
    xpath::XPath,
};

/// The attribute of an element that is wholly gone or new, and what it says there (`XML_DIFF_MARKER`).
pub const MARKER: &str = "__crm_diff_marker__";
const REMOVED: &str = "removed:top";
const ADDED: &str = "added:top";

impl Document {
    /// What differs between this CIB and an older one; `None` where nothing does that such a patchset can tell.
    /// `feature_set` is that of who makes it.
    #[must_use]
    pub fn difference(&self, old: &Document, feature_set: &str) -> Option<Document> {
        let mut diff = Document::new("diff");
        let root = diff.root();
        diff.set_attribute(root, "crm_feature_set", feature_set);
        let (removed, added) = (diff.append_element(root, "diff-removed"), diff.append_element(root, "diff-added"));
        Subtraction { left: old, right: self, whole: false, diff: &mut diff }.write_to(removed);
        Subtraction { left: self, right: old, whole: true, diff: &mut diff }.write_to(added);
        let differs = [removed, added].iter().any(|half| diff.first_child(*half).is_some());
        differs.then_some(diff)
    }

    /// The format 1 patchset of what changed since changes are tracked, with the digest of what came of it. `old` is the
    /// CIB that the change started from.
    #[must_use]
    pub fn patchset_v1(&self, old: &Document, feature_set: &str) -> Option<Patchset> {
        if !self.is_dirty() {
            return None;
        }
        let mut diff = self.difference(old, feature_set)?;
        let configuration = self.configuration_changed();
        let root = diff.root();
        for (name, cib) in [("diff-removed", old), ("diff-added", self)] {
            let Some(half) = diff.child(root, Some(name)) else { continue };
            let top = diff.child(half, Some("cib")).unwrap_or_else(|| diff.append_element(half, "cib"));
            for field in FIELDS {
                let Some(value) = cib.attribute(cib.root(), field) else { continue };
                diff.set_attribute(half, field, value);
                if configuration || field == "num_updates" {
                    diff.set_attribute(top, field, value);
                }
            }
            if name == "diff-added" {
                for attribute in cib.attributes(cib.root()) {
                    diff.set_attribute(top, attribute.name(), attribute.value());
                }
            }
        }
        diff.set_attribute(root, "format", "1");
        diff.set_attribute(root, "digest", &patched_digest(self));
        Some(Patchset { diff, configuration })
    }

    /// Takes away and adds what a patchset says. In one that isn't tracked an error leaves the half done.
    pub(super) fn apply_v1(&mut self, patchset: &Document) -> Result<(), PatchError> {
        if let Some(removed) = only_child(patchset, "diff-removed")? {
            self.take_away(patchset, removed)?;
        }
        if let Some(added) = only_child(patchset, "diff-added")? {
            self.add(patchset, added)?;
        }
        Ok(())
    }

    fn take_away(&mut self, patchset: &Document, top: NodeId) -> Result<(), PatchError> {
        self.check_root(patchset, top, REMOVED)?;
        let mut open = vec![(self.root(), top)];
        while let Some((node, half)) = open.pop() {
            self.remove_attributes(node, |name| name != "id" && patchset.attribute(half, name).is_some());
            let gone = Side::new(patchset, half);
            for child in self.children(node).collect::<Vec<_>>() {
                match gone.like(self, child) {
                    Some(same) if is_leaf(patchset, same, REMOVED) => self.remove(child),
                    Some(same) => open.push((child, same)),
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, patchset: &Document, top: NodeId) -> Result<(), PatchError> {
        self.check_root(patchset, top, ADDED)?;
        let mut open = vec![(self.root(), top)];
        while let Some((node, half)) = open.pop() {
            for attribute in patchset.attributes(half).filter(|attribute| attribute.name() != MARKER) {
                // what is named comes in the order in which it is named
                self.remove_attribute(node, attribute.name());
                self.append_attribute(node, attribute.name(), attribute.value());
            }
            let there = Side::new(self, node);
            let known = |child| (child, there.like(patchset, child));
            for (child, same) in patchset.children(half).map(known).collect::<Vec<_>>() {
                match same {
                    Some(same) if self.name(same).is_some() => open.push((same, child)),
                    Some(_) => {}
                    None if is_leaf(patchset, child, ADDED) => self.append_new(node, patchset, child)?,
                    None => return failed(format!("{} has no {}", self.path(node), patchset.path(child))),
                }
            }
        }
        Ok(())
    }

    fn append_new(&mut self, parent: NodeId, patchset: &Document, child: NodeId) -> Result<(), PatchError> {
        self.check_depth(parent, patchset, child)?;
        let new = self.insert_copy(parent, None, patchset, child);
        for node in self.walk(new).nodes().collect::<Vec<_>>() {
            self.remove_attribute(node, MARKER);
        }
        Ok(())
    }

    /// Each half starts at the root, which can be neither taken away nor added.
    fn check_root(&self, patchset: &Document, top: NodeId, marker: &str) -> Result<(), PatchError> {
        let root = self.root();
        let same = self.name(root) == patchset.name(top) && self.id(root) == patchset.id(top);
        if same && patchset.attribute(top, MARKER) != Some(marker) {
            return Ok(());
        }
        failed(format!("{} is not {}", patchset.path(top), self.path(root)))
    }
}

/// Whether a format 1 patchset is about the configuration, by what it names (`cib_config_changed()`).
#[must_use]
pub fn names_configuration(patchset: &Document) -> bool {
    const NAMES: &str = "//configuration | //diff-removed//cib[@epoch or @admin_epoch or @validate-with or \
                         @crm_feature_set or @remote-clear-port or @remote-tls-port]";
    XPath::parse(NAMES).and_then(|xpath| xpath.elements(patchset)).is_ok_and(|found| !found.is_empty())
}

/// What a half of a patchset is about: its only child.
fn only_child(patchset: &Document, half: &str) -> Result<Option<NodeId>, PatchError> {
    let Some(half) = patchset.child(patchset.root(), Some(half)) else { return Ok(None) };
    let mut children = patchset.children(half).filter(|child| !matches!(patchset.kind(*child), Kind::Text(_)));
    let first = children.next();
    match children.next() {
        None => Ok(first),
        Some(_) => Err(PatchError::Ambiguous(patchset.path(half))),
    }
}

/// Whether a node of a patchset stands for all that is below it, too: one with the marker, and any comment.
fn is_leaf(patchset: &Document, node: NodeId, marker: &str) -> bool {
    patchset.attribute(node, MARKER) == Some(marker) || matches!(patchset.kind(node), Kind::Comment(_))
}

/// What the left tree has that the right one hasn't, or has otherwise (`subtract_xml_object()`).
struct Subtraction<'a> {
    left: &'a Document,
    right: &'a Document,
    /// Whether an element that differs is told with all its attributes: those of the new tree are.
    whole: bool,
    diff: &'a mut Document,
}

/// An element on the way from the root to what is compared.
struct Open<'a> {
    node: NodeId,
    same: NodeId,
    children: Side<'a>,
    copy: NodeId,
    differs: bool,
}

impl<'a> Subtraction<'a> {
    fn write_to(&mut self, half: NodeId) {
        let (left, right) = (self.left, self.right);
        if left.name(left.root()) != right.name(right.root()) {
            return;
        }
        let mut open = vec![self.open(left.root(), right.root(), half)];
        let mut walk = left.walk(left.root());
        walk.next();
        while let (Some(step), Some(last)) = (walk.next(), open.last_mut()) {
            match step {
                Step::Enter(node) => match last.children.like(left, node) {
                    Some(same) if left.name(node).is_some() => {
                        let copy = last.copy;
                        open.push(self.open(node, same, copy));
                    }
                    Some(_) => {}
                    None => last.differs |= self.copy(node, last.copy, &mut walk),
                },
                Step::Leave(node) if node == last.node => {
                    let differs = self.close(last);
                    open.pop();
                    if let Some(parent) = open.last_mut() {
                        parent.differs |= differs;
                    }
                }
                Step::Leave(_) => {}
            }
        }
    }

    fn open(&mut self, node: NodeId, same: NodeId, parent: NodeId) -> Open<'a> {
        let copy = self.diff.append_element(parent, self.left.name(node).unwrap_or_default());
        Open { node, same, children: Side::new(self.right, same), copy, differs: false }
    }

    /// Copies what the other tree hasn't. Whether there is such: text and the like are not told.
    fn copy(&mut self, node: NodeId, parent: NodeId, walk: &mut Walk<'_>) -> bool {
        if matches!(self.left.kind(node), Kind::Text(_) | Kind::Cdata(_)) {
            return false;
        }
        let copy = self.diff.insert_copy(parent, None, self.left, node);
        if self.left.name(node).is_some() {
            self.diff.set_attribute(copy, MARKER, if self.whole { ADDED } else { REMOVED });
            walk.skip_children();
        }
        true
    }

    /// Gives the copy of an element its attributes, or takes it away if nothing in it differs. Whether something does.
    fn close(&mut self, open: &Open<'_>) -> bool {
        let mut differs = open.differs;
        for attribute in self.left.attributes(open.node) {
            let (name, value) = (attribute.name(), attribute.value());
            if differs && self.whole {
                break;
            } else if name == "id" {
                self.diff.set_attribute(open.copy, name, value);
            } else if !is_who_or_when(name) && self.right.attribute(open.same, name) != Some(value) {
                differs = true;
                if !self.whole {
                    self.diff.set_attribute(open.copy, name, value);
                }
            }
        }
        if !differs {
            self.diff.remove(open.copy);
        } else if self.whole {
            for attribute in self.left.attributes(open.node) {
                self.diff.set_attribute(open.copy, attribute.name(), attribute.value());
            }
        }
        differs
    }
}
