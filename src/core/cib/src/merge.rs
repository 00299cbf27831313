//! Merging a request's data into a CIB: who is who, and what becomes of it.
//!
//! Data nests as deep as XML may be read, which bounds the recursion here.

use crate::{CibError, value::assign};
use core_xml::{Document, Kind, NodeId};

/// An element of a request's data.
pub(crate) type Data<'a> = (&'a Document, NodeId);

/// Sets the attributes of an element to those of another one, where `score++` and the like count from what is there.
pub(crate) fn merge_attributes(cib: &mut Document, target: NodeId, (data, element): Data<'_>) {
    for attribute in data.attributes(element) {
        let (name, value) = (attribute.name(), attribute.value());
        let old = cib.attribute(target, name);
        let assigned = old.and_then(|old| assign(name, Some(old), value));
        cib.set_attribute(target, name, assigned.as_deref().unwrap_or(value));
    }
}

/// Makes `target` hold all that `element` does, and below it, adding what isn't there (`pcmk__xml_update()`).
pub(crate) fn merge(cib: &mut Document, target: NodeId, (data, element): Data<'_>) {
    merge_attributes(cib, target, (data, element));
    for child in data.children(element) {
        match data.kind(child) {
            Kind::Element(name) => {
                let found = matching_child(cib, target, name, identity(data, child));
                let found = found.unwrap_or_else(|| cib.append_element(target, name));
                merge(cib, found, (data, child));
            }
            Kind::Comment(comment) => merge_comment(cib, target, comment, (data, child)),
            Kind::Text(_) | Kind::Cdata(_) => {}
        }
    }
}

/// A comment is there already when one reads the same, whatever its case.
fn merge_comment(cib: &mut Document, target: NodeId, comment: &str, (data, node): Data<'_>) {
    let same = |other: NodeId| matches!(cib.kind(other), Kind::Comment(text) if text.eq_ignore_ascii_case(comment));
    if !cib.children(target).any(same) {
        cib.insert_copy(target, None, data, node);
    }
}

/// The attribute that tells an element from its siblings of the same name: its `id`, or the `id-ref` in its place.
fn identity(data: &Document, element: NodeId) -> Option<(&'static str, &str)> {
    ["id", "id-ref"].into_iter().find_map(|name| data.attribute(element, name).map(|value| (name, value)))
}

fn matching_child(
    cib: &Document,
    parent: NodeId,
    name: &str,
    identity: Option<(&'static str, &str)>,
) -> Option<NodeId> {
    cib.elements(parent).find(|child| {
        cib.name(*child) == Some(name)
            && identity.is_none_or(|(attribute, value)| cib.attribute(*child, attribute) == Some(value))
    })
}

/// Merges into the first element from `top` on that has the same name and `id` (`update_xml_child()`). `false`: there is
/// none.
pub(crate) fn merge_into_match(cib: &mut Document, top: NodeId, (data, element): Data<'_>) -> bool {
    let same = |node: &NodeId| cib.name(*node) == data.name(element) && cib.id(*node) == data.id(element);
    let found = cib.walk(top).nodes().find(same);
    if let Some(found) = found {
        merge(cib, found, (data, element));
    }
    found.is_some()
}

/// The first element below `top` that a replacement or deletion means (`replace_xml_child()`): of the same name, with
/// the same `id` if one is given and, to `delete`, with all the attributes that are given.
pub(crate) fn meant_by(cib: &Document, top: NodeId, (data, element): Data<'_>, delete: bool) -> Option<NodeId> {
    let name = data.name(element).unwrap_or_default();
    let id = data.id(element);
    let has = |node: NodeId, attribute: &str, value: &str| {
        cib.attribute(node, attribute).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    cib.walk(top).nodes().skip(1).find(|node| {
        cib.name(*node).is_some_and(|found| found.eq_ignore_ascii_case(name))
            && (id.is_none() || cib.id(*node) == id)
            && (!delete || data.attributes(element).all(|wanted| has(*node, wanted.name(), wanted.value())))
    })
}

/// Adds an element to a parent that has none of this name and `id` (`add_cib_object()`).
pub(crate) fn add(cib: &mut Document, parent: NodeId, (data, element): Data<'_>) -> Result<(), CibError> {
    let name = data.name(element).ok_or(CibError::Invalid)?;
    if matching_child(cib, parent, name, data.id(element).map(|id| ("id", id))).is_some() {
        return Err(CibError::Exists);
    }
    put(cib, parent, (data, element));
    Ok(())
}

/// Adds or merges an element and what is in it (`update_cib_object()`). Its attribute `replace` names children, divided
/// by commas, that are dropped before.
fn put(cib: &mut Document, parent: NodeId, (data, element): Data<'_>) {
    let Some(name) = data.name(element) else {
        if let Kind::Comment(comment) = data.kind(element) {
            merge_comment(cib, parent, comment, (data, element));
        }
        return;
    };
    let found = matching_child(cib, parent, name, data.id(element).map(|id| ("id", id)));
    let target = found.unwrap_or_else(|| cib.append_element(parent, name));
    for dropped in data.attribute(element, "replace").unwrap_or_default().split(',').filter(|name| !name.is_empty()) {
        if let Some(child) = cib.child(target, Some(dropped)) {
            cib.remove(child);
        }
    }
    merge_attributes(cib, target, (data, element));
    if data.attribute(element, "replace").is_some() {
        cib.remove_attribute(target, "replace");
    }
    for child in data.children(element) {
        put(cib, target, (data, child));
    }
}
