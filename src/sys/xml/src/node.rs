//! libxml2's nodes where callers have them: read into documents of ours, made from them, changed in place.
//!
//! What libcrmcommon keeps beside each node comes and goes by itself: it has functions registered with libxml2 for that.
//! Texts that are not UTF-8 are read with replacement characters; entities, which pacemaker's parser never makes, and
//! processing instructions are left out.

use crate::{ffi, tree::Tree};
use core_xml::{Document, NodeId};
use std::{
    borrow::Cow,
    collections::HashMap,
    ffi::{CStr, CString, c_char},
    ptr::{NonNull, null_mut},
};

/// `xmlNode`.
pub type XmlNode = ffi::xmlNode;

/// A document as read from nodes, and which node each element was.
#[derive(Debug)]
pub struct Read {
    /// The document.
    pub document: Document,
    /// Where each element came from.
    pub nodes: HashMap<NodeId, *mut XmlNode>,
}

/// An element with all that is in it, in a document of libxml2's own: free it with [`free`]. `None` where it nests deeper
/// than libxml2 goes.
#[must_use]
pub fn create(document: &Document) -> Option<NonNull<XmlNode>> {
    let tree = Tree::build(document)?.into_ptr();
    // SAFETY: xmlDocGetRootElement(): a document of libxml2's that lives
    NonNull::new(unsafe { ffi::xmlDocGetRootElement(tree) })
}

/// Reads an element and all that is in it; `None` where it is none.
///
/// # Safety
/// `top` points to a node of a tree that nobody changes meanwhile.
#[must_use]
pub unsafe fn read(top: *const XmlNode) -> Option<Document> {
    // SAFETY: the caller's contract, passed on
    unsafe { read_with_nodes(top) }.map(|read| read.document)
}

/// The same, and says which node each element was.
///
/// # Safety
/// As for [`read`].
#[must_use]
pub unsafe fn read_with_nodes(top: *const XmlNode) -> Option<Read> {
    // SAFETY: the caller's contract: null or a node
    let node = unsafe { top.as_ref() }?;
    if node.type_ != ffi::xmlElementType_XML_ELEMENT_NODE {
        return None;
    }
    // SAFETY: an element of a living tree
    let mut document = Document::new(&unsafe { name(top) });
    let root = document.root();
    // SAFETY: the same
    unsafe { read_attributes(top, &mut document, root) };
    let mut nodes = HashMap::from([(root, top.cast_mut())]);
    // What is read, with what it is put into. The tree's depth is its maker's, so there is no recursion.
    let mut open = vec![(node.children.cast_const(), root)];
    while let Some((at, parent)) = open.pop() {
        // SAFETY: null or a node of the tree
        let Some(child) = (unsafe { at.as_ref() }) else { continue };
        open.push((child.next.cast_const(), parent));
        match child.type_ {
            ffi::xmlElementType_XML_ELEMENT_NODE => {
                // SAFETY: an element of a living tree
                let element = document.append_element(parent, &unsafe { name(at) });
                // SAFETY: the same
                unsafe { read_attributes(at, &mut document, element) };
                nodes.insert(element, at.cast_mut());
                open.push((child.children.cast_const(), element));
            }
            ffi::xmlElementType_XML_TEXT_NODE => {
                // SAFETY: a text's content is null or a string
                document.append_text(parent, &unsafe { text(child.content) });
            }
            ffi::xmlElementType_XML_COMMENT_NODE => {
                // SAFETY: a comment's content is null or a string
                document.append_comment(parent, &unsafe { text(child.content) });
            }
            ffi::xmlElementType_XML_CDATA_SECTION_NODE => {
                // SAFETY: a section's content is null or a string
                document.append_cdata(parent, &unsafe { text(child.content) });
            }
            _ => {}
        }
    }
    Some(Read { document, nodes })
}

/// An element of its own with the attributes of this one, and nothing in it; `None` where it is none.
///
/// # Safety
/// As for [`read`].
#[must_use]
pub unsafe fn attributes_of(node: *const XmlNode) -> Option<Document> {
    // SAFETY: the caller's contract: null or a node
    if unsafe { node.as_ref() }?.type_ != ffi::xmlElementType_XML_ELEMENT_NODE {
        return None;
    }
    // SAFETY: an element of a living tree
    let mut document = Document::new(&unsafe { name(node) });
    let root = document.root();
    // SAFETY: the same
    unsafe { read_attributes(node, &mut document, root) };
    Some(document)
}

/// An element's attribute as a text; `None` where it has none of that name.
///
/// # Safety
/// As for [`read`]; the text is good as long as the attribute isn't changed.
#[must_use]
pub unsafe fn attribute<'a>(node: *const XmlNode, wanted: &str) -> Option<Cow<'a, str>> {
    // SAFETY: the caller's contract: null or a node
    let node = unsafe { node.as_ref() }?;
    if node.type_ != ffi::xmlElementType_XML_ELEMENT_NODE {
        return None;
    }
    let mut at = node.properties.cast_const();
    // SAFETY: null or an attribute of the element
    while let Some(attribute) = unsafe { at.as_ref() } {
        // SAFETY: an attribute's name is a string
        if unsafe { text(attribute.name) } == wanted {
            // SAFETY: an attribute of a living tree
            return Some(unsafe { value(attribute) });
        }
        at = attribute.next;
    }
    None
}

/// An element's name; empty where it is none.
///
/// # Safety
/// As for [`read`].
#[must_use]
pub unsafe fn name<'a>(node: *const XmlNode) -> Cow<'a, str> {
    // SAFETY: the caller's contract: null or a node
    match unsafe { node.as_ref() } {
        // SAFETY: an element's name is a string
        Some(node) if node.type_ == ffi::xmlElementType_XML_ELEMENT_NODE => unsafe { text(node.name) },
        _ => Cow::Borrowed(""),
    }
}

/// The first child element of a name, or of any when `None`.
///
/// # Safety
/// As for [`read`].
#[must_use]
pub unsafe fn child(node: *const XmlNode, wanted: Option<&str>) -> Option<NonNull<XmlNode>> {
    // SAFETY: the caller's contract: null or a node
    let mut at = unsafe { node.as_ref() }?.children;
    // SAFETY: null or a node of the tree
    while let Some(child) = unsafe { at.as_ref() } {
        let element = child.type_ == ffi::xmlElementType_XML_ELEMENT_NODE;
        // SAFETY: a node of a living tree
        if element && wanted.is_none_or(|wanted| unsafe { name(at) } == wanted) {
            return NonNull::new(at);
        }
        at = child.next;
    }
    None
}

/// Sets an attribute, or with `None` removes it.
///
/// # Safety
/// `node` points to an element of a tree that nobody else uses meanwhile.
pub unsafe fn set_attribute(node: *mut XmlNode, name: &str, value: Option<&str>) {
    let name = c_text(name);
    match value.map(c_text) {
        // SAFETY: xmlSetProp(): an element, and texts that end with NUL
        Some(value) => drop(unsafe { ffi::xmlSetProp(node, name.as_ptr().cast(), value.as_ptr().cast()) }),
        // SAFETY: xmlUnsetProp(): an element, and a text that ends with NUL
        None => drop(unsafe { ffi::xmlUnsetProp(node, name.as_ptr().cast()) }),
    }
}

/// Gives an element the attributes and the content of a document's root; its name stays. Whoever holds the element still
/// does; what was in it is freed. `false`, and nothing done, where the document nests too deep.
///
/// # Safety
/// As for [`set_attribute`]; nothing points into what is in the element any more.
#[must_use]
pub unsafe fn overwrite(node: *mut XmlNode, document: &Document) -> bool {
    let Some(new) = create(document) else { return false };
    // SAFETY: an element, by the caller's contract
    let (old_attributes, owner) = unsafe { ((*node).properties, (*node).doc) };
    let mut names = Vec::new();
    let mut at = old_attributes.cast_const();
    // SAFETY: null or an attribute of the element
    while let Some(attribute) = unsafe { at.as_ref() } {
        // SAFETY: an attribute's name is a string
        names.push(unsafe { text(attribute.name) }.into_owned());
        at = attribute.next;
    }
    for name in names {
        // SAFETY: an element, by the caller's contract
        unsafe { set_attribute(node, &name, None) };
    }
    for attribute in document.attributes(document.root()) {
        // SAFETY: the same
        unsafe { set_attribute(node, attribute.name(), Some(attribute.value())) };
    }
    // SAFETY: an element; each turn takes its first child away
    while let Some(child) = NonNull::new(unsafe { (*node).children }) {
        // SAFETY: xmlUnlinkNode(), xmlFreeNode(): a node of the tree that nobody else holds
        unsafe {
            ffi::xmlUnlinkNode(child.as_ptr());
            ffi::xmlFreeNode(child.as_ptr());
        }
    }
    // SAFETY: an element of ours; each turn takes its first child away
    while let Some(child) = NonNull::new(unsafe { (*new.as_ptr()).children }) {
        // SAFETY: xmlDocCopyNode(), xmlAddChild(): a living node is copied for the other document, and hung below its element
        unsafe {
            let copy = ffi::xmlDocCopyNode(child.as_ptr(), owner, 1);
            ffi::xmlAddChild(node, copy);
            ffi::xmlUnlinkNode(child.as_ptr());
            ffi::xmlFreeNode(child.as_ptr());
        }
    }
    // SAFETY: the root of a document of ours
    unsafe { free(new.as_ptr()) };
    true
}

/// Frees a node and all that is in it; where it is its document's root, the document too (`free_xml()`). Null is nothing.
///
/// # Safety
/// `node` is null or a node that nobody uses any more.
pub unsafe fn free(node: *mut XmlNode) {
    // SAFETY: the caller's contract: null or a node
    let Some(document) = (unsafe { node.as_ref() }).map(|node| node.doc) else { return };
    // SAFETY: xmlDocGetRootElement(): the node's document, where it has one
    let root = if document.is_null() { null_mut() } else { unsafe { ffi::xmlDocGetRootElement(document) } };
    if root == node {
        // SAFETY: xmlFreeDoc(): nobody uses what is in it any more, by the caller's contract
        unsafe { ffi::xmlFreeDoc(document) };
    } else {
        // SAFETY: xmlUnlinkNode(), xmlFreeNode(): a node that nobody uses any more
        unsafe {
            ffi::xmlUnlinkNode(node);
            ffi::xmlFreeNode(node);
        }
    }
}

/// # Safety
/// `node` points to an element of a living tree.
unsafe fn read_attributes(node: *const XmlNode, document: &mut Document, element: NodeId) {
    // SAFETY: an element, by the caller's contract
    let mut at = unsafe { (*node).properties }.cast_const();
    // SAFETY: null or an attribute of the element
    while let Some(attribute) = unsafe { at.as_ref() } {
        // SAFETY: an attribute of a living tree
        let (name, value) = unsafe { (text(attribute.name), value(attribute)) };
        document.set_attribute(element, &name, &value);
        at = attribute.next;
    }
}

/// # Safety
/// `attribute` is one of a living tree.
unsafe fn value<'a>(attribute: &ffi::xmlAttr) -> Cow<'a, str> {
    // SAFETY: an attribute's content is null or a text
    match unsafe { attribute.children.as_ref() } {
        // SAFETY: a text's content is null or a string
        Some(content) => unsafe { text(content.content) },
        None => Cow::Borrowed(""),
    }
}

/// # Safety
/// `pointer` is null or a string that lives as long as `'a`.
unsafe fn text<'a>(pointer: *const u8) -> Cow<'a, str> {
    if pointer.is_null() {
        return Cow::Borrowed("");
    }
    // SAFETY: a string, by the caller's contract
    unsafe { CStr::from_ptr(pointer.cast::<c_char>()) }.to_string_lossy()
}

/// A text as C has it: what follows a NUL, which no XML has, is cut.
fn c_text(text: &str) -> CString {
    let end = text.find('\0').unwrap_or(text.len());
    CString::new(&text[..end]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use core_xml::{Form, Limits};

    const TEXT: &str = "<a x=\"1\" y=\"&lt;\"><!--c--><b id=\"i\"><d/></b><e/></a>";

    fn document(text: &str) -> Document {
        Document::parse(text, Limits::default()).unwrap()
    }

    fn compact(document: &Document) -> String {
        document.text(document.root(), Form::Compact)
    }

    #[test]
    fn what_is_made_is_read() {
        let node = create(&document(TEXT)).unwrap().as_ptr();
        // SAFETY: a tree of our own
        unsafe {
            let read = read_with_nodes(node).unwrap();
            assert_eq!(compact(&read.document), TEXT);
            let inner = read.document.child(read.document.root(), Some("b")).unwrap();
            assert_eq!(attribute(read.nodes[&inner], "id").as_deref(), Some("i"));
            assert_eq!(attribute(node, "y").as_deref(), Some("<"));
            assert_eq!((attribute(node, "z"), child(node, Some("z"))), (None, None));
            assert_eq!(name(child(node, None).unwrap().as_ptr()), "b");
            free(node);
            free(null_mut());
        }
    }

    #[test]
    fn an_element_is_overwritten_where_it_is() {
        let node = create(&document(TEXT)).unwrap().as_ptr();
        // SAFETY: a tree of our own
        unsafe {
            let inner = child(node, Some("b")).unwrap().as_ptr();
            assert!(overwrite(inner, &document("<b id=\"j\"><f/><!--g--></b>")));
            assert_eq!(compact(&read(node).unwrap()), TEXT.replace("\"i\"><d/>", "\"j\"><f/><!--g-->"));
            free(inner);
            assert_eq!(compact(&read(node).unwrap()), "<a x=\"1\" y=\"&lt;\"><!--c--><e/></a>");
            free(node);
        }
    }
}
