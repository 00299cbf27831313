//! Ways through a tree that need no recursion: how deep a tree is, is up to whoever wrote it.

use crate::document::{Document, NodeId};

/// The children of a node, in the document's order.
#[derive(Clone, Debug)]
pub struct Children<'a> {
    document: &'a Document,
    next: Option<NodeId>,
}

impl<'a> Children<'a> {
    pub(crate) fn new(document: &'a Document, parent: NodeId) -> Children<'a> {
        Children { document, next: document.first_child(parent) }
    }
}

impl Iterator for Children<'_> {
    type Item = NodeId;

    fn next(&mut self) -> Option<NodeId> {
        let node = self.next?;
        self.next = self.document.next(node);
        Some(node)
    }
}

/// A step of a [`Walk`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Coming to a node.
    Enter(NodeId),
    /// Leaving it, with all below it seen.
    Leave(NodeId),
}

/// A node and all below it: each is entered, its children are walked, it is left.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    document: &'a Document,
    top: NodeId,
    step: Option<Step>,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(document: &'a Document, top: NodeId) -> Walk<'a> {
        Walk { document, top, step: Some(Step::Enter(top)) }
    }

    /// Leaves out what is below the node that was entered last.
    pub fn skip_children(&mut self) {
        if let Some(Step::Enter(child)) = self.step
            && child != self.top
            && self.document.previous(child).is_none()
            && let Some(parent) = self.document.parent(child)
        {
            self.step = Some(Step::Leave(parent));
        }
    }

    /// The nodes alone, parents before children.
    pub fn nodes(self) -> impl Iterator<Item = NodeId> {
        self.filter_map(|step| match step {
            Step::Enter(node) => Some(node),
            Step::Leave(_) => None,
        })
    }
}

impl Document {
    /// A node and what it lies in, up to the root.
    pub(crate) fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(Some(node), |node| self.parent(*node))
    }

    /// How many nodes a node lies in, counting itself: 1 for the root.
    pub(crate) fn level(&self, node: NodeId) -> usize {
        self.ancestors(node).count()
    }

    /// How many levels a node and what is below it take: 1 without children.
    pub(crate) fn height(&self, top: NodeId) -> usize {
        let (mut level, mut height) = (0, 0);
        for step in self.walk(top) {
            match step {
                Step::Enter(_) => level += 1,
                Step::Leave(_) => level -= 1,
            }
            height = height.max(level);
        }
        height
    }

    /// Whether a node is the root or still hangs below it: while changes are tracked, one that was deleted doesn't.
    #[must_use]
    pub fn is_attached(&self, node: NodeId) -> bool {
        self.ancestors(node).last() == Some(self.root())
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let step = self.step?;
        self.step = match step {
            Step::Enter(node) => Some(self.document.first_child(node).map_or(Step::Leave(node), Step::Enter)),
            Step::Leave(node) if node == self.top => None,
            Step::Leave(node) => match self.document.next(node) {
                Some(next) => Some(Step::Enter(next)),
                None => self.document.parent(node).map(Step::Leave),
            },
        };
        Some(step)
    }
}
