//! A part of a tree: what changed in it, with what is around.

use crate::{
    change::Changes,
    document::{Attribute, Document, NodeId},
};
use std::collections::HashSet;

/// What an excerpt has of an element's children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// All, with all below them.
    Everything,
    /// All, and of what is below each of them what is taken there.
    Within,
    /// Those in which something changed, with all below them.
    Changed,
    /// None.
    Nothing,
}

/// See [`Document::excerpt`].
#[derive(Clone, Debug)]
pub struct Excerpt<'a> {
    /// The part.
    pub document: Document,
    /// What was left out of [`Take::Changed`].
    pub left_out: Vec<NodeId>,
    whole: &'a Document,
    changes: Changes,
}

impl Document {
    /// A copy of what changed since changes are tracked, and of what `take` says of elements, each named by the way from
    /// the root to it; of [`Take::Changed`] also what is in `too`. `None` where the root is another one since, or changes
    /// are not tracked.
    #[must_use]
    pub fn excerpt(&self, take: impl Fn(&[&str]) -> Take, too: &HashSet<NodeId>) -> Option<Excerpt<'_>> {
        let changes = self.changes()?;
        let name = self.name(self.root())?;
        let document = Document::new(name);
        let mut excerpt = Excerpt { document, left_out: Vec::new(), whole: self, changes };
        let copy = excerpt.document.root();
        excerpt.copy_attributes(self.root(), copy);
        excerpt.copy_children(&mut vec![name], (self.root(), copy), &take, too);
        Some(excerpt)
    }

    /// The attributes of a node and of all below it.
    pub fn attributes_within(&self, top: NodeId) -> impl Iterator<Item = &Attribute> {
        self.walk(top).nodes().flat_map(|node| self.attributes(node))
    }
}

impl<'a> Excerpt<'a> {
    fn copy_attributes(&mut self, from: NodeId, to: NodeId) {
        for attribute in self.whole.attributes(from) {
            self.document.append_attribute(to, attribute.name(), attribute.value());
        }
    }

    /// Goes as deep as `take` says [`Take::Within`]: into what is new it does not go.
    fn copy_children(
        &mut self,
        way: &mut Vec<&'a str>,
        (node, copy): (NodeId, NodeId),
        take: &impl Fn(&[&str]) -> Take,
        too: &HashSet<NodeId>,
    ) {
        let whole = self.whole;
        let taken = if self.changes.new.contains(&node) { Take::Everything } else { take(way) };
        for child in whole.children(node) {
            let wanted = self.changes.around.contains(&child) || too.contains(&child);
            match (taken, whole.name(child)) {
                (Take::Nothing, _) => {}
                (Take::Changed, _) if !wanted => self.left_out.push(child),
                (Take::Within, Some(name)) => {
                    let child_copy = self.document.append_element(copy, name);
                    self.copy_attributes(child, child_copy);
                    way.push(name);
                    self.copy_children(way, (child, child_copy), take, too);
                    way.pop();
                }
                _ => {
                    self.document.insert_copy(copy, None, whole, child);
                }
            }
        }
    }

    /// The attributes of all that is new, and those that changed, of the whole document.
    pub fn changed(&self) -> impl Iterator<Item = &Attribute> {
        let whole = self.whole;
        let is_there = |node: NodeId| whole.ancestors(node).last() == Some(whole.root());
        let new = self.changes.new.iter().copied().filter(move |node| is_there(*node));
        let altered = self.changes.altered.iter().filter(move |(node, _)| is_there(*node));
        let others = altered.flat_map(|(node, old)| whole.attributes(*node).filter(|now| !has(old.iter(), now)));
        new.flat_map(|node| whole.attributes_within(node)).chain(others)
    }

    /// The attributes that changed, as they were, and those of all that was taken out.
    pub fn former(&self) -> impl Iterator<Item = &Attribute> {
        let whole = self.whole;
        let gone = self.changes.gone.iter().flat_map(|node| whole.attributes_within(*node));
        let altered = self.changes.altered.iter();
        gone.chain(altered.flat_map(|(node, old)| old.iter().filter(|was| !has(whole.attributes(*node), was))))
    }
}

/// Whether an attribute is among others, with the same value.
fn has<'a>(mut attributes: impl Iterator<Item = &'a Attribute>, one: &Attribute) -> bool {
    attributes.any(|attribute| attribute.name == one.name && attribute.value == one.value)
}
