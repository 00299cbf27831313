//! The tree: nodes in an arena, linked as siblings under a parent.
//!
//! A [`NodeId`] is only good for the document that gave it, and until its node is gone: using another one is a
//! mistake of the caller, and panics or reads another node as an index into a `Vec` would.

use crate::{
    change::{Deletion, Journal, Marks},
    walk::{Children, Walk},
};
use std::num::NonZeroU32;
use string_cache::DefaultAtom;

/// Which node of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(NonZeroU32);

impl NodeId {
    fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// What a node is, with what only that kind has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An element and its name.
    Element(DefaultAtom),
    /// Text between elements. Pacemaker keeps it in messages and meta-data and strips it from CIBs.
    Text(Box<str>),
    /// `<!-- ... -->`
    Comment(Box<str>),
    /// `<![CDATA[...]]>`
    Cdata(Box<str>),
}

/// One attribute of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    pub(crate) name: DefaultAtom,
    pub(crate) value: Box<str>,
    pub(crate) marks: Marks,
}

impl Attribute {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value, unescaped.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// In the document's order. Those marked as deleted stay until changes are accepted: a patch names them.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) marks: Marks,
    pub(crate) parent: Option<NodeId>,
    pub(crate) previous: Option<NodeId>,
    pub(crate) next: Option<NodeId>,
    pub(crate) first: Option<NodeId>,
    pub(crate) last: Option<NodeId>,
}

/// A tree with one element at its root.
#[derive(Clone, Debug)]
pub struct Document {
    /// Where a freed node was, there is `None` until the place is used again.
    nodes: Vec<Option<Node>>,
    free: Vec<NodeId>,
    root: NodeId,
    /// What is done since changes are tracked; `None` while they are not.
    pub(crate) journal: Option<Journal>,
    /// Nodes that were deleted since then, in this order.
    pub(crate) deletions: Vec<Deletion>,
}

impl Document {
    /// A document of one element without attributes.
    #[must_use]
    pub fn new(root: &str) -> Document {
        let mut document =
            Document { nodes: Vec::new(), free: Vec::new(), root: id(0), journal: None, deletions: Vec::new() };
        document.root = document.allocate(Kind::Element(root.into()));
        document
    }

    /// The element at the root.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    pub(crate) fn node(&self, node: NodeId) -> &Node {
        self.nodes[node.index()].as_ref().expect("a node that is still there")
    }

    pub(crate) fn node_mut(&mut self, node: NodeId) -> &mut Node {
        self.nodes[node.index()].as_mut().expect("a node that is still there")
    }

    /// What a node is.
    #[must_use]
    pub fn kind(&self, node: NodeId) -> &Kind {
        &self.node(node).kind
    }

    /// An element's name; `None` for other nodes.
    #[must_use]
    pub fn name(&self, node: NodeId) -> Option<&str> {
        match &self.node(node).kind {
            Kind::Element(name) => Some(name),
            _ => None,
        }
    }

    /// An attribute's value.
    #[must_use]
    pub fn attribute(&self, node: NodeId, name: &str) -> Option<&str> {
        self.attributes(node).find(|attribute| *attribute.name == *name).map(Attribute::value)
    }

    /// The attribute `id`.
    #[must_use]
    pub fn id(&self, node: NodeId) -> Option<&str> {
        self.attribute(node, "id")
    }

    /// An attribute's value as a number (`crm_element_value_int()`): what follows the digits is ignored, and what doesn't
    /// start with a number that fits is -1.
    #[must_use]
    pub fn integer(&self, node: NodeId, name: &str) -> Option<i32> {
        self.attribute(node, name).map(|value| {
            let value =
                value.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '\u{b}');
            let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
            let length = digits.bytes().take_while(u8::is_ascii_digit).count() + (value.len() - digits.len());
            value[..length].parse().unwrap_or(-1)
        })
    }

    /// An element's attributes, in the document's order.
    pub fn attributes(&self, node: NodeId) -> impl Iterator<Item = &Attribute> {
        self.node(node).attributes.iter().filter(|attribute| !attribute.marks.contains(Marks::DELETED))
    }

    /// The node that it is a child of; `None` for the root.
    #[must_use]
    pub fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.node(node).parent
    }

    /// The sibling after it.
    #[must_use]
    pub fn next(&self, node: NodeId) -> Option<NodeId> {
        self.node(node).next
    }

    /// The sibling before it.
    #[must_use]
    pub fn previous(&self, node: NodeId) -> Option<NodeId> {
        self.node(node).previous
    }

    /// Its first child.
    #[must_use]
    pub fn first_child(&self, node: NodeId) -> Option<NodeId> {
        self.node(node).first
    }

    /// Its children of every kind.
    #[must_use]
    pub fn children(&self, node: NodeId) -> Children<'_> {
        Children::new(self, node)
    }

    /// Its children that are elements.
    pub fn elements(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.children(node).filter(|child| self.name(*child).is_some())
    }

    /// A walk through a node and all below it, in the document's order.
    #[must_use]
    pub fn walk(&self, node: NodeId) -> Walk<'_> {
        Walk::new(self, node)
    }

    /// The first child element of a name, or of any when `None`.
    #[must_use]
    pub fn child(&self, node: NodeId, name: Option<&str>) -> Option<NodeId> {
        self.elements(node).find(|child| name.is_none() || self.name(*child) == name)
    }

    /// How many siblings are before it: the `position` of patchsets.
    #[must_use]
    pub fn position(&self, node: NodeId) -> usize {
        std::iter::successors(self.previous(node), |sibling| self.previous(*sibling)).count()
    }

    /// A node that hangs nowhere yet.
    pub(crate) fn allocate(&mut self, kind: Kind) -> NodeId {
        let node = Node {
            kind,
            attributes: Vec::new(),
            marks: Marks::empty(),
            parent: None,
            previous: None,
            next: None,
            first: None,
            last: None,
        };
        if let Some(place) = self.free.pop() {
            self.nodes[place.index()] = Some(node);
            return place;
        }
        let place = id(self.nodes.len());
        self.nodes.push(Some(node));
        place
    }

    /// Frees a node that hangs nowhere, and all below it.
    pub(crate) fn release(&mut self, node: NodeId) {
        let nodes: Vec<NodeId> = self.walk(node).nodes().collect();
        for node in nodes {
            self.nodes[node.index()] = None;
            self.free.push(node);
        }
    }

    /// Hangs a loose node below `parent`, before `next` or else as the last child.
    pub(crate) fn link(&mut self, node: NodeId, parent: NodeId, next: Option<NodeId>) {
        let previous = match next {
            Some(next) => self.node(next).previous,
            None => self.node(parent).last,
        };
        let this = self.node_mut(node);
        (this.parent, this.previous, this.next) = (Some(parent), previous, next);
        match previous {
            Some(previous) => self.node_mut(previous).next = Some(node),
            None => self.node_mut(parent).first = Some(node),
        }
        match next {
            Some(next) => self.node_mut(next).previous = Some(node),
            None => self.node_mut(parent).last = Some(node),
        }
    }

    /// Makes a node that hangs nowhere the root. The old root hangs nowhere then.
    pub(crate) fn set_root(&mut self, root: NodeId) {
        self.root = root;
    }

    /// Takes a node from where it hangs.
    pub(crate) fn unlink(&mut self, node: NodeId) {
        let this = self.node_mut(node);
        let (parent, previous, next) = (this.parent.take(), this.previous.take(), this.next.take());
        let Some(parent) = parent else { return };
        match previous {
            Some(previous) => self.node_mut(previous).next = next,
            None => self.node_mut(parent).first = next,
        }
        match next {
            Some(next) => self.node_mut(next).previous = previous,
            None => self.node_mut(parent).last = previous,
        }
    }
}

/// The id of an index. A document never holds 2^32 nodes: its text is bounded far below that.
fn id(index: usize) -> NodeId {
    let number = u32::try_from(index + 1).expect("fewer than 2^32 nodes");
    NodeId(NonZeroU32::new(number).expect("one more than an index"))
}
