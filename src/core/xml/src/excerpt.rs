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

    /// The attributes of all that is new or has other attributes, of the whole document.
    pub fn changed(&self) -> impl Iterator<Item = &Attribute> {
        let is_there = |node: &NodeId| self.whole.ancestors(*node).last() == Some(self.whole.root());
        let new = self.changes.new.iter().copied().filter(is_there).flat_map(|node| self.whole.attributes_within(node));
        let altered = self.changes.altered.iter().map(|(node, _)| *node).filter(is_there);
        new.chain(altered.flat_map(|node| self.whole.attributes(node)))
    }

    /// The attributes that changed elements had, and those of all that was taken out.
    pub fn former(&self) -> impl Iterator<Item = &Attribute> {
        let gone = self.changes.gone.iter().flat_map(|node| self.whole.attributes_within(*node));
        gone.chain(self.changes.altered.iter().flat_map(|(_, attributes)| attributes))
    }
}
