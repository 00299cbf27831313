//! What a query walks over: the document, its nodes and their attributes, along axes and in the document's order.

use super::parser::{Axis, Test};
use crate::{
    document::{Document, Kind, NodeId},
    walk::Step,
};
use std::collections::HashMap;

/// A node as XPath has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item {
    /// The document: what the root element is in.
    Document,
    Node(NodeId),
    /// An element's attribute and its place among them.
    Attribute(NodeId, usize),
}

/// The nodes of a document numbered in its order, when that is asked for first.
#[derive(Default)]
pub(super) struct Order(HashMap<NodeId, usize>);

impl Order {
    /// Sorts nodes into the document's order, each once.
    pub(super) fn sort(&mut self, document: &Document, items: &mut Vec<Item>) {
        if items.len() < 2 {
            return;
        }
        if self.0.is_empty() {
            self.0 = document.walk(document.root()).nodes().zip(0..).collect();
        }
        items.sort_unstable_by_key(|item| match item {
            Item::Document => (0, 0),
            Item::Node(node) => (self.0[node] + 1, 0),
            Item::Attribute(node, place) => (self.0[node] + 1, place + 1),
        });
        items.dedup();
    }
}

/// Calls `visit` with what lies along an axis, the nearest first.
pub(super) fn along<E>(
    document: &Document,
    axis: Axis,
    from: Item,
    mut visit: impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let Some(node) = (match from {
        Item::Node(node) => Some(node),
        Item::Document | Item::Attribute(..) => None,
    }) else {
        return along_from_elsewhere(document, axis, from, visit);
    };
    match axis {
        Axis::Itself => visit(from),
        Axis::Child => document.children(node).try_for_each(|child| visit(Item::Node(child))),
        Axis::Descendant => below(document, node, false, visit),
        Axis::DescendantOrSelf => below(document, node, true, visit),
        Axis::Parent => visit(parent(document, node)),
        Axis::Ancestor => above(document, node, false, visit),
        Axis::AncestorOrSelf => above(document, node, true, visit),
        Axis::Attribute => {
            (0..document.attributes(node).count()).try_for_each(|place| visit(Item::Attribute(node, place)))
        }
        Axis::FollowingSibling => std::iter::successors(document.next(node), |next| document.next(*next))
            .try_for_each(|node| visit(Item::Node(node))),
        Axis::PrecedingSibling => {
            std::iter::successors(document.previous(node), |previous| document.previous(*previous))
                .try_for_each(|node| visit(Item::Node(node)))
        }
        Axis::Following => following(document, node, visit),
        Axis::Preceding => preceding(document, node, visit),
        Axis::Namespace => Ok(()),
    }
}

fn along_from_elsewhere<E>(
    document: &Document,
    axis: Axis,
    from: Item,
    mut visit: impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    match (from, axis) {
        (_, Axis::Itself) => visit(from),
        (Item::Document, Axis::Child) => visit(Item::Node(document.root())),
        (Item::Document, Axis::Descendant) => below(document, document.root(), true, visit),
        (Item::Document, Axis::DescendantOrSelf) => {
            visit(from)?;
            below(document, document.root(), true, visit)
        }
        (_, Axis::DescendantOrSelf) => visit(from),
        (Item::Document, Axis::AncestorOrSelf) => visit(from),
        (Item::Attribute(node, _), Axis::Parent) => visit(Item::Node(node)),
        (Item::Attribute(node, _), Axis::Ancestor) => above(document, node, true, visit),
        (Item::Attribute(node, _), Axis::AncestorOrSelf) => {
            visit(from)?;
            above(document, node, true, visit)
        }
        // As libxml2 has it: what follows the element, which leaves out its children.
        (Item::Attribute(node, _), Axis::Following) => following(document, node, visit),
        (Item::Attribute(node, _), Axis::Preceding) => preceding(document, node, visit),
        _ => Ok(()),
    }
}

fn parent(document: &Document, node: NodeId) -> Item {
    document.parent(node).map_or(Item::Document, Item::Node)
}

fn below<E>(
    document: &Document,
    top: NodeId,
    itself: bool,
    mut visit: impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    let mut nodes = document.walk(top).nodes();
    if !itself {
        nodes.next();
    }
    nodes.try_for_each(|node| visit(Item::Node(node)))
}

fn above<E>(
    document: &Document,
    node: NodeId,
    itself: bool,
    mut visit: impl FnMut(Item) -> Result<(), E>,
) -> Result<(), E> {
    document.ancestors(node).skip(usize::from(!itself)).try_for_each(|node| visit(Item::Node(node)))?;
    visit(Item::Document)
}

fn following<E>(document: &Document, node: NodeId, mut visit: impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
    for ancestor in document.ancestors(node) {
        let siblings = std::iter::successors(document.next(ancestor), |next| document.next(*next));
        for sibling in siblings {
            below(document, sibling, true, &mut visit)?;
        }
    }
    Ok(())
}

fn preceding<E>(document: &Document, node: NodeId, mut visit: impl FnMut(Item) -> Result<(), E>) -> Result<(), E> {
    for ancestor in document.ancestors(node) {
        let siblings = std::iter::successors(document.previous(ancestor), |previous| document.previous(*previous));
        for sibling in siblings {
            let nodes: Vec<NodeId> = document.walk(sibling).nodes().collect();
            nodes.into_iter().rev().try_for_each(|node| visit(Item::Node(node)))?;
        }
    }
    Ok(())
}

/// Whether a node on an axis passes a step's test.
pub(super) fn passes(document: &Document, item: Item, test: &Test) -> bool {
    match (item, test) {
        (_, Test::Node) => true,
        (Item::Node(node), Test::Any) => document.name(node).is_some(),
        (Item::Node(node), Test::Name(name)) => matches!(document.kind(node), Kind::Element(found) if found == name),
        (Item::Node(node), Test::Text) => matches!(document.kind(node), Kind::Text(_) | Kind::Cdata(_)),
        (Item::Node(node), Test::Comment) => matches!(document.kind(node), Kind::Comment(_)),
        (Item::Attribute(..), Test::Any) => true,
        (Item::Attribute(node, place), Test::Name(name)) => {
            document.attributes(node).nth(place).is_some_and(|attribute| attribute.name == *name)
        }
        _ => false,
    }
}

/// A node's text: its own, or all that is below it put together.
pub(super) fn text(document: &Document, item: Item) -> String {
    let top = match item {
        Item::Attribute(node, place) => {
            return document.attributes(node).nth(place).map_or("", |attribute| attribute.value()).to_owned();
        }
        Item::Document => document.root(),
        Item::Node(node) => node,
    };
    if let Kind::Comment(comment) = document.kind(top) {
        return comment.to_string();
    }
    let mut text = String::new();
    for step in document.walk(top) {
        if let Step::Enter(node) = step
            && let Kind::Text(part) | Kind::Cdata(part) = document.kind(node)
        {
            text.push_str(part);
        }
    }
    text
}

/// A node's name, empty where it has none.
pub(super) fn name(document: &Document, item: Item) -> &str {
    match item {
        Item::Document => "",
        Item::Node(node) => document.name(node).unwrap_or_default(),
        Item::Attribute(node, place) => document.attributes(node).nth(place).map_or("", |attribute| attribute.name()),
    }
}
