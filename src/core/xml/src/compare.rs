//! What changed between two trees, when it wasn't tracked as it was made: a whole CIB or a section was replaced.
//!
//! Counterpart: `xml_calculate_changes()` and `xml_calculate_significant_changes()`. Elements are the same when name and
//! `id` are, or the name alone where one has no `id`; of several such children the first stands for all. Comments are the same when their text and
//! place are. A place is counted without the siblings that were created, deleted or moved away, so that one change
//! doesn't move all that follows it.

use crate::{
    change::{Deletion, Marks},
    document::{Attribute, Document, Kind, NodeId},
    places::Places,
};
use std::collections::{HashMap, HashSet};

/// Whether the order of attributes counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeOrder {
    /// Another order is a change (`xml_calculate_changes()`).
    Significant,
    /// It isn't (`xml_calculate_significant_changes()`).
    Ignored,
}

impl Document {
    /// Marks in this document what differs from `old`, as if it had been changed from it while tracked, and tracks from
    /// now on. A revert takes back what is done later, not the difference. What is gone is not told of in
    /// [`Document::touched`], as it never was in this document.
    pub fn infer_changes(&mut self, old: &Document, order: AttributeOrder) {
        self.track();
        let mut found = Comparison::run((old, old.root()), (self, self.root()), order);
        for deletion in &mut found.deletions {
            deletion.place = None;
        }
        self.mark_differences(found);
    }

    /// Puts a copy of another document's element in the place of one of this document, or of all of it. While changes
    /// are tracked, only what differs counts as changed (`replace_xml_child()`). Gives the new element.
    pub fn replace(&mut self, node: NodeId, from: &Document, top: NodeId) -> NodeId {
        let new = self.exchange(node, from, top);
        if self.journal.is_some() {
            let same = self.name(node) == self.name(new) && self.id(node) == self.id(new);
            match self.parent(new).filter(|_| !same) {
                Some(parent) => {
                    let mut path = self.path(parent);
                    self.write_path_step(node, &mut path);
                    self.deletions.push(Deletion { path, position: None, place: Some((node, parent)) });
                    self.mark_created(new);
                }
                None => {
                    let found = Comparison::run((self, node), (self, new), AttributeOrder::Significant);
                    self.mark_differences(found);
                }
            }
        }
        new
    }

    fn mark_differences(&mut self, found: Differences) {
        self.deletions.extend(found.deletions);
        for (node, attributes) in found.attributes {
            self.node_mut(node).attributes = attributes;
            self.mark_dirty(node);
        }
        for node in found.created {
            self.mark_created(node);
        }
        for node in found.moved {
            self.node_mut(node).marks |= Marks::MOVED;
            if let Some(parent) = self.parent(node) {
                self.mark_dirty(parent);
            }
        }
    }
}

/// What was found, to be marked when the comparison, which reads both trees, is over.
#[derive(Default)]
struct Differences {
    deletions: Vec<Deletion>,
    attributes: Vec<(NodeId, Vec<Attribute>)>,
    created: Vec<NodeId>,
    moved: Vec<NodeId>,
}

struct Comparison<'a> {
    old: &'a Document,
    new: &'a Document,
    order: AttributeOrder,
    found: Differences,
    /// Elements that were compared: of several children that are the same, only one is.
    compared: HashSet<NodeId>,
}

/// What makes an element the same as another one: its name, and its `id` if it has one.
type Key<'a> = (&'a str, Option<&'a str>);

/// The children of one element in one of the trees, text left out.
pub(crate) struct Side<'a> {
    document: &'a Document,
    children: Vec<NodeId>,
    /// The first child of each name and of each name and `id`.
    first: HashMap<Key<'a>, usize>,
    /// Which of them count for places.
    places: Places,
}

/// Two elements that are the same, while their children are compared.
struct Pair<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// The new one.
    parent: NodeId,
    /// How many of the old children are compared.
    done: usize,
}

impl<'a> Comparison<'a> {
    /// Compares two elements that count as the same, and what is below them.
    fn run(old: (&'a Document, NodeId), new: (&'a Document, NodeId), order: AttributeOrder) -> Differences {
        let found = Differences::default();
        let mut comparison = Comparison { old: old.0, new: new.0, order, found, compared: HashSet::new() };
        let mut open = vec![comparison.enter(old.1, new.1)];
        while let Some(pair) = open.last_mut() {
            if pair.done == pair.old.children.len() {
                comparison.created_and_moved(pair);
                open.pop();
            } else if let Some((before, after)) = comparison.next_old(pair) {
                open.push(comparison.enter(before, after));
            }
        }
        comparison.found
    }

    fn enter(&mut self, before: NodeId, after: NodeId) -> Pair<'a> {
        self.compared.insert(after);
        self.compare_attributes(before, after);
        Pair { old: Side::new(self.old, before), new: Side::new(self.new, after), parent: after, done: 0 }
    }

    /// Looks for the next old child: the pair to compare next, if it is there and wasn't compared yet.
    fn next_old(&mut self, pair: &mut Pair<'a>) -> Option<(NodeId, NodeId)> {
        let index = pair.done;
        pair.done += 1;
        let child = pair.old.children[index];
        if let Some(found) = pair.new.find(&pair.old, index) {
            let found = pair.new.children[found];
            return (!self.compared.contains(&found)).then_some((child, found));
        }
        let comment = matches!(self.old.kind(child), Kind::Comment(_));
        let mut path = self.new.path(pair.parent);
        self.old.write_path_step(child, &mut path);
        let position = comment.then(|| pair.old.places.before(index));
        self.found.deletions.push(Deletion { path, position, place: Some((child, pair.parent)) });
        pair.old.places.remove(index);
        None
    }

    fn created_and_moved(&mut self, pair: &mut Pair<'a>) {
        for index in 0..pair.new.children.len() {
            let child = pair.new.children[index];
            let Some(found) = pair.old.find(&pair.new, index) else {
                self.found.created.push(child);
                pair.new.places.remove(index);
                continue;
            };
            let (before, after) = (pair.old.places.before(found), pair.new.places.before(index));
            if before != after {
                self.found.moved.push(child);
                if before > after {
                    pair.old.places.remove(found);
                } else {
                    pair.new.places.remove(index);
                }
            }
        }
    }

    fn compare_attributes(&mut self, before: NodeId, after: NodeId) {
        let old: Vec<&Attribute> = self.old.attributes(before).collect();
        let attributes = mark_attributes(&old, self.new.attributes(after).cloned().collect(), self.order);
        if attributes.iter().any(|attribute| !attribute.marks.is_empty()) {
            self.found.attributes.push((after, attributes));
        }
    }
}

/// Marks attributes that are new, changed, gone (put at the end) or, where that counts, elsewhere.
pub(crate) fn mark_attributes(old: &[&Attribute], new: Vec<Attribute>, order: AttributeOrder) -> Vec<Attribute> {
    let mut marked = new;
    for attribute in &mut marked {
        attribute.marks = Marks::DIRTY;
    }
    let mut counted = vec![true; marked.len()];
    let mut old_place = 0;
    let mut gone = Vec::new();
    for attribute in old {
        let here = old_place;
        old_place += 1;
        let Some(index) = marked.iter().position(|new| new.name == attribute.name) else {
            gone.push(Attribute { marks: Marks::DELETED, ..(*attribute).clone() });
            continue;
        };
        if marked[index].value != attribute.value {
            continue;
        }
        let new_place = counted[..index].iter().filter(|counts| **counts).count();
        if order == AttributeOrder::Ignored || here == new_place {
            marked[index].marks = Marks::empty();
        } else if here > new_place {
            old_place -= 1;
        } else {
            counted[index] = false;
        }
    }
    marked.extend(gone);
    marked
}

impl<'a> Side<'a> {
    pub(crate) fn new(document: &'a Document, parent: NodeId) -> Side<'a> {
        let is_text = |child: &NodeId| matches!(document.kind(*child), Kind::Text(_));
        let children: Vec<NodeId> = document.children(parent).filter(|child| !is_text(child)).collect();
        let mut first = HashMap::new();
        for (index, child) in children.iter().enumerate() {
            if let Some(name) = document.name(*child) {
                first.entry((name, None)).or_insert(index);
                if let Some(id) = document.id(*child) {
                    first.entry((name, Some(id))).or_insert(index);
                }
            }
        }
        let places = Places::new(children.len());
        Side { document, children, first, places }
    }

    /// The child that is the same as a node of a document, whatever places the two have; of comments only the text
    /// counts.
    pub(crate) fn like(&self, document: &Document, node: NodeId) -> Option<NodeId> {
        let same = |child: &NodeId| match (document.kind(node), self.document.kind(*child)) {
            (Kind::Comment(one), Kind::Comment(other)) => one.eq_ignore_ascii_case(other),
            (one, other) => one == other,
        };
        match document.kind(node) {
            Kind::Element(name) => self.first.get(&(&**name, document.id(node))).map(|index| self.children[*index]),
            _ => self.children.iter().copied().find(same),
        }
    }

    /// Which child is the same as one of the other side.
    fn find(&self, other: &Side<'_>, index: usize) -> Option<usize> {
        let child = other.children[index];
        match other.document.kind(child) {
            Kind::Element(name) => self.first.get(&(&**name, other.document.id(child))).copied(),
            Kind::Comment(comment) => {
                let found = self.places.at(other.places.before(index))?;
                match self.document.kind(self.children[found]) {
                    Kind::Comment(same) if same.eq_ignore_ascii_case(comment) => Some(found),
                    _ => None,
                }
            }
            kind => self.children.iter().position(|candidate| self.document.kind(*candidate) == kind),
        }
    }
}
