//! Changes to a tree, and what is remembered of them while they are tracked.
//!
//! From [`Document::track`] on, each change leaves marks on what it touched (and on all that it lies in), from which a
//! patchset is made, and an entry in a journal, from which [`Document::revert`] takes all of it back. Both cost what
//! the changes cost, not what the document holds. [`Document::accept`] ends it and keeps the changes.

use crate::{
    compare::{AttributeOrder, mark_attributes},
    document::{Attribute, Document, Kind, NodeId},
    walk::Step,
};
use bitflags::bitflags;
use std::{cmp::Ordering, collections::HashSet};

bitflags! {
    /// What happened to a node or an attribute since changes are tracked.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Marks: u8 {
        /// New, or in a new node.
        const CREATED = 1;
        /// It or something in it changed.
        const DIRTY = 2;
        /// An attribute that is gone.
        const DELETED = 4;
        /// It has another place among its siblings.
        const MOVED = 8;
        /// Its attributes are in the journal.
        const SAVED = 16;
        /// With `DIRTY`: and that counts as a change of what it is in.
        const COUNTED = 32;
    }
}

/// A node that was deleted: what a patchset says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Where it was ([`Document::path`]), when it was deleted.
    pub path: String,
    /// Its place among its siblings, told for comments only: nothing else tells them apart.
    pub position: Option<usize>,
    /// It and what it was in; `None` where it never was in this document.
    pub(crate) place: Option<(NodeId, NodeId)>,
}

/// A node that changed since changes are tracked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is new.
    Created(NodeId),
    /// Its attributes are others.
    Attributes(NodeId),
    /// It was there before and is gone. Its id is good until changes are accepted.
    Deleted {
        /// What is gone.
        node: NodeId,
        /// What it was in.
        parent: NodeId,
    },
}

/// What was done, so that it can be undone: the last entry first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal(Vec<Undo>);

/// Where something was done.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// What was hung in.
    pub(crate) new: HashSet<NodeId>,
    /// What was taken out, to other places too.
    pub(crate) gone: Vec<NodeId>,
    /// Elements with other attributes, and those that they had.
    pub(crate) altered: Vec<(NodeId, Vec<Attribute>)>,
    /// Everything with a change in it or of it.
    pub(crate) around: HashSet<NodeId>,
}

#[derive(Clone, Debug)]
enum Undo {
    /// A node was hung in.
    Link(NodeId),
    /// A node was taken from between its siblings, and is kept until changes are accepted.
    Unlink { node: NodeId, parent: NodeId, next: Option<NodeId> },
    /// A node was moved from there.
    Move { node: NodeId, parent: NodeId, next: Option<NodeId> },
    /// An element had these attributes.
    Attributes(NodeId, Vec<Attribute>),
    /// A comment or text read so.
    Content(NodeId, Kind),
    /// The root was another one, which is kept until changes are accepted.
    Root(NodeId),
}

impl Document {
    /// Tracks changes from now on, until [`Document::accept`] or [`Document::revert`]. Those of before count as accepted.
    pub fn track(&mut self) {
        self.accept();
        self.journal = Some(Journal::default());
    }

    /// Whether anything changed since changes are tracked.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        !self.deletions.is_empty() || self.node(self.root()).marks.intersects(Marks::DIRTY | Marks::CREATED)
    }

    /// Where changes were made since they are tracked; `None` where they are not, or the root is another one.
    pub(crate) fn changes(&self) -> Option<Changes> {
        let mut changes = Changes::default();
        for undo in &self.journal.as_ref()?.0 {
            let place = match undo {
                Undo::Link(node) => {
                    changes.new.insert(*node);
                    *node
                }
                Undo::Unlink { node, parent, .. } => {
                    changes.gone.push(*node);
                    *parent
                }
                Undo::Move { node, parent, .. } => {
                    changes.around.extend(self.ancestors(*node));
                    *parent
                }
                Undo::Attributes(node, old) => {
                    changes.altered.push((*node, old.clone()));
                    *node
                }
                Undo::Content(node, _) => *node,
                Undo::Root(_) => return None,
            };
            changes.around.extend(self.ancestors(place));
        }
        Some(changes)
    }

    /// The attributes that have other values since changes are tracked, each with its element; `None` where anything else changed,
    /// too, or changes are not tracked.
    #[must_use]
    pub fn changed_values(&self) -> Option<Vec<(NodeId, &Attribute)>> {
        let mut changed = Vec::new();
        for undo in &self.journal.as_ref()?.0 {
            let Undo::Attributes(node, old) = undo else { return None };
            if self.attributes(*node).count() != old.len() {
                return None;
            }
            for attribute in self.attributes(*node) {
                let before = old.iter().find(|old| old.name == attribute.name)?;
                if before.value != attribute.value {
                    changed.push((*node, attribute));
                }
            }
        }
        Some(changed)
    }

    /// Keeps the changes and ends tracking.
    pub fn accept(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        self.clear_marks(self.root());
        self.deletions.clear();
        for undo in journal.0 {
            if let Undo::Unlink { node, .. } | Undo::Root(node) = undo {
                self.release(node);
            }
        }
    }

    /// Takes back all changes and ends tracking.
    pub fn revert(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        self.clear_marks(self.root());
        self.deletions.clear();
        for undo in journal.0.into_iter().rev() {
            match undo {
                Undo::Link(node) => {
                    self.unlink(node);
                    self.release(node);
                }
                Undo::Unlink { node, parent, next } => {
                    self.link(node, parent, next);
                    self.clear_marks(node);
                }
                Undo::Move { node, parent, next } => {
                    self.unlink(node);
                    self.link(node, parent, next);
                }
                Undo::Attributes(node, attributes) => self.node_mut(node).attributes = attributes,
                Undo::Content(node, kind) => self.node_mut(node).kind = kind,
                Undo::Root(node) => {
                    let replaced = self.root();
                    self.set_root(node);
                    self.release(replaced);
                    self.clear_marks(node);
                }
            }
        }
    }

    /// What changed since changes are tracked, first what is there, then what is gone. Of what was put in the place of
    /// something else, all is gone that has no counterpart.
    #[must_use]
    pub fn touched(&self) -> Vec<Touched> {
        let mut touched = Vec::new();
        let mut walk = self.walk(self.root());
        while let Some(step) = walk.next() {
            let Step::Enter(node) = step else { continue };
            let marks = self.node(node).marks;
            if marks.contains(Marks::CREATED) {
                touched.push(Touched::Created(node));
            } else if self.node(node).attributes.iter().any(|attribute| !attribute.marks.is_empty()) {
                touched.push(Touched::Attributes(node));
            } else if !marks.contains(Marks::DIRTY) {
                walk.skip_children();
            }
        }
        let gone = self.deletions.iter().filter_map(|deletion| deletion.place);
        touched.extend(gone.map(|(node, parent)| Touched::Deleted { node, parent }));
        touched
    }

    /// Nodes that were deleted since changes are tracked and were there before, in the order in which they were.
    #[must_use]
    pub fn deletions(&self) -> &[Deletion] {
        &self.deletions
    }

    /// Sets an attribute. One that is new, or was removed, comes last; one that is there keeps its place. The same value
    /// again is no change.
    pub fn set_attribute(&mut self, node: NodeId, name: &str, value: &str) {
        if self.attribute(node, name) == Some(value) {
            return;
        }
        self.save_attributes(node);
        let marks = if self.journal.is_some() { Marks::DIRTY } else { Marks::empty() };
        let attributes = &mut self.node_mut(node).attributes;
        let known = attributes.iter().position(|attribute| *attribute.name == *name);
        match known {
            Some(place) if !attributes[place].marks.contains(Marks::DELETED) => {
                (attributes[place].value, attributes[place].marks) = (value.into(), marks);
            }
            _ => {
                known.map(|place| attributes.remove(place));
                attributes.push(Attribute { name: name.into(), value: value.into(), marks });
            }
        }
        self.mark_dirty(node);
    }

    /// Gives an element these attributes, in this order, instead of those that it has.
    pub(crate) fn set_attributes(&mut self, node: NodeId, attributes: Vec<Attribute>) {
        self.save_attributes(node);
        let old: Vec<&Attribute> = self.attributes(node).collect();
        let mut marked = mark_attributes(&old, attributes, AttributeOrder::Significant);
        if self.journal.is_none() {
            marked.retain(|attribute| !attribute.marks.contains(Marks::DELETED));
            marked.iter_mut().for_each(|attribute| attribute.marks = Marks::empty());
        }
        self.node_mut(node).attributes = marked;
        self.mark_dirty(node);
    }

    /// Adds an attribute that is known not to be there.
    pub(crate) fn append_attribute(&mut self, node: NodeId, name: &str, value: &str) {
        let attribute = Attribute { name: name.into(), value: value.into(), marks: Marks::empty() };
        self.node_mut(node).attributes.push(attribute);
    }

    /// Removes an attribute, if it is there.
    pub fn remove_attribute(&mut self, node: NodeId, name: &str) {
        self.remove_attributes(node, |attribute| attribute == name);
    }

    /// Removes the attributes whose names are matched.
    pub fn remove_attributes(&mut self, node: NodeId, mut matches: impl FnMut(&str) -> bool) {
        if !self.attributes(node).any(|attribute| matches(attribute.name())) {
            return;
        }
        self.save_attributes(node);
        let tracking = self.journal.is_some();
        let attributes = &mut self.node_mut(node).attributes;
        if tracking {
            for attribute in attributes.iter_mut().filter(|attribute| matches(&attribute.name)) {
                attribute.marks = Marks::DELETED;
            }
        } else {
            attributes.retain(|attribute| !matches(&attribute.name));
        }
        self.mark_dirty(node);
    }

    /// A new element as the last child.
    pub fn append_element(&mut self, parent: NodeId, name: &str) -> NodeId {
        let node = self.allocate(Kind::Element(name.into()));
        self.hang(node, parent, None, Marks::DIRTY | Marks::COUNTED);
        node
    }

    /// A new text as the last child.
    pub fn append_text(&mut self, parent: NodeId, text: &str) -> NodeId {
        self.append_leaf(parent, Kind::Text(text.into()))
    }

    /// A new comment as the last child.
    pub fn append_comment(&mut self, parent: NodeId, comment: &str) -> NodeId {
        self.append_leaf(parent, Kind::Comment(comment.into()))
    }

    /// A new CDATA section as the last child.
    pub fn append_cdata(&mut self, parent: NodeId, data: &str) -> NodeId {
        self.append_leaf(parent, Kind::Cdata(data.into()))
    }

    fn append_leaf(&mut self, parent: NodeId, kind: Kind) -> NodeId {
        let node = self.allocate(kind);
        self.hang(node, parent, None, Marks::DIRTY | Marks::COUNTED);
        node
    }

    /// A copy of another document's node and all below it, before a child of `parent` or as the last one.
    pub fn insert_copy(&mut self, parent: NodeId, next: Option<NodeId>, from: &Document, top: NodeId) -> NodeId {
        let copy = self.copy(from, top);
        self.hang(copy, parent, next, Marks::DIRTY | Marks::COUNTED);
        copy
    }

    /// Puts a copy in as the last child, which doesn't count as a change of the configuration around it
    /// (`add_node_copy()`, which marks only the copy).
    pub fn append_uncounted_copy(&mut self, parent: NodeId, from: &Document, top: NodeId) -> NodeId {
        let copy = self.copy(from, top);
        self.hang(copy, parent, None, Marks::DIRTY);
        copy
    }

    /// Hangs a copy in the place of a node, which is kept aside while changes are tracked. Nothing is marked.
    pub(crate) fn exchange(&mut self, node: NodeId, from: &Document, top: NodeId) -> NodeId {
        let new = self.copy(from, top);
        if let Some(parent) = self.parent(node) {
            let next = self.next(node);
            self.unlink(node);
            self.link(new, parent, next);
            self.record(Undo::Unlink { node, parent, next });
            self.record(Undo::Link(new));
        } else {
            self.set_root(new);
            self.record(Undo::Root(node));
        }
        if self.journal.is_none() {
            self.release(node);
        }
        new
    }

    /// A document of its own with a copy of one element of this one and all below it.
    #[must_use]
    pub fn extract(&self, node: NodeId) -> Document {
        let mut document = Document::new(self.name(node).unwrap_or_default());
        let root = document.root();
        document.node_mut(root).attributes = self.attributes(node).map(Attribute::unmarked).collect();
        for child in self.children(node) {
            document.insert_copy(root, None, self, child);
        }
        document
    }

    /// Deletes a node and all below it. The root can't be deleted: nothing happens.
    pub fn remove(&mut self, node: NodeId) {
        let Some(parent) = self.parent(node) else { return };
        let next = self.next(node);
        if self.journal.is_none() {
            self.unlink(node);
            self.release(node);
            return;
        }
        if !self.node(node).marks.contains(Marks::CREATED) {
            let position = matches!(self.kind(node), Kind::Comment(_)).then(|| self.old_position(node));
            self.deletions.push(Deletion { path: self.path(node), position, place: Some((node, parent)) });
        }
        self.unlink(node);
        self.record(Undo::Unlink { node, parent, next });
    }

    /// How many siblings before a node were there before changes were tracked.
    fn old_position(&self, node: NodeId) -> usize {
        std::iter::successors(self.previous(node), |sibling| self.previous(*sibling))
            .filter(|sibling| !self.node(*sibling).marks.contains(Marks::CREATED))
            .count()
    }

    /// Moves a node before one of its siblings, or behind all. It is not marked: moves are found by comparing trees.
    pub(crate) fn reorder(&mut self, node: NodeId, next: Option<NodeId>) {
        let Some(parent) = self.parent(node) else { return };
        let old_next = self.next(node);
        if old_next == next || next == Some(node) {
            return;
        }
        self.unlink(node);
        self.link(node, parent, next);
        self.record(Undo::Move { node, parent, next: old_next });
    }

    /// Rewrites a comment.
    pub fn set_comment(&mut self, node: NodeId, comment: &str) {
        let old = std::mem::replace(&mut self.node_mut(node).kind, Kind::Comment(comment.into()));
        self.record(Undo::Content(node, old));
    }

    /// Removes text between elements, but not CDATA (`pcmk__strip_xml_text()`).
    pub fn strip_text(&mut self, top: NodeId) {
        let text: Vec<NodeId> =
            self.walk(top).nodes().filter(|node| matches!(self.kind(*node), Kind::Text(_))).collect();
        for node in text {
            self.remove(node);
        }
    }

    /// A copy with the attributes of every element in the order of their names. Text is left out, and of a comment an
    /// empty element `comment` remains, as in the reference (`sorted_xml()`).
    #[must_use]
    pub(crate) fn sorted(&self, top: NodeId) -> Document {
        let mut sorted = self.extract(top);
        let nodes: Vec<NodeId> = sorted.walk(sorted.root()).nodes().collect();
        for node in nodes {
            match sorted.kind(node) {
                Kind::Element(_) => {
                    let by_name = |one: &Attribute, other: &Attribute| -> Ordering { one.name().cmp(other.name()) };
                    sorted.node_mut(node).attributes.sort_by(by_name);
                }
                Kind::Comment(_) => sorted.node_mut(node).kind = Kind::Element("comment".into()),
                Kind::Text(_) | Kind::Cdata(_) => sorted.remove(node),
            }
        }
        sorted
    }

    /// Copies a node of another document, to hang nowhere yet.
    fn copy(&mut self, from: &Document, top: NodeId) -> NodeId {
        let mut copies: Vec<NodeId> = Vec::new();
        let mut done = None;
        for step in from.walk(top) {
            match step {
                Step::Enter(node) => {
                    let copy = self.allocate(from.kind(node).clone());
                    self.node_mut(copy).attributes = from.attributes(node).map(Attribute::unmarked).collect();
                    if let Some(parent) = copies.last() {
                        self.link(copy, *parent, None);
                    }
                    copies.push(copy);
                }
                Step::Leave(_) => done = copies.pop(),
            }
        }
        done.expect("a walk leaves its top last")
    }

    fn hang(&mut self, node: NodeId, parent: NodeId, next: Option<NodeId>, marks: Marks) {
        self.link(node, parent, next);
        if self.journal.is_none() {
            return;
        }
        self.mark_created_as(node, marks);
        self.record(Undo::Link(node));
    }

    /// Marks a node and all below it as new.
    pub(crate) fn mark_created(&mut self, top: NodeId) {
        self.mark_created_as(top, Marks::DIRTY | Marks::COUNTED);
    }

    fn mark_created_as(&mut self, top: NodeId, marks: Marks) {
        let nodes: Vec<NodeId> = self.walk(top).nodes().collect();
        for node in nodes {
            self.node_mut(node).marks |= Marks::CREATED;
        }
        self.mark_upwards(top, marks);
    }

    fn record(&mut self, undo: Undo) {
        if let Some(journal) = &mut self.journal {
            journal.0.push(undo);
        }
    }

    fn save_attributes(&mut self, node: NodeId) {
        let marks = self.node(node).marks;
        if self.journal.is_some() && !marks.intersects(Marks::SAVED | Marks::CREATED) {
            let attributes = self.node(node).attributes.clone();
            self.node_mut(node).marks |= Marks::SAVED;
            self.record(Undo::Attributes(node, attributes));
        }
    }

    /// Marks an element and all that it lies in.
    pub(crate) fn mark_dirty(&mut self, node: NodeId) {
        self.mark_upwards(node, Marks::DIRTY | Marks::COUNTED);
    }

    fn mark_upwards(&mut self, node: NodeId, marks: Marks) {
        if self.journal.is_none() {
            return;
        }
        let mut place = Some(node);
        while let Some(node) = place {
            self.node_mut(node).marks |= marks;
            place = self.parent(node);
        }
    }

    /// Clears the marks of a node and below it and drops deleted attributes, looking only where marks lead.
    fn clear_marks(&mut self, top: NodeId) {
        let mut marked = vec![top];
        while let Some(node) = marked.pop() {
            let this = self.node_mut(node);
            this.marks = Marks::empty();
            this.attributes.retain(|attribute| !attribute.marks.contains(Marks::DELETED));
            for attribute in &mut this.attributes {
                attribute.marks = Marks::empty();
            }
            marked.extend(self.children(node).filter(|child| !self.node(*child).marks.is_empty()));
        }
    }
}

impl Attribute {
    fn unmarked(&self) -> Attribute {
        Attribute { marks: Marks::empty(), ..self.clone() }
    }
}
