//! A document as libxml2 has it.

use crate::ffi;
use core_xml::{Document, Kind, NodeId, Step};
use std::{
    ffi::CString,
    ptr::{NonNull, null, null_mut},
};

/// Elements inside each other that a tree may have: libxml2 goes down by recursion. Its parser has the same limit.
const DEPTH_MAX: usize = 256;

/// An `xmlDoc` of ours.
#[derive(Debug)]
pub(crate) struct Tree(NonNull<ffi::xmlDoc>);

impl Tree {
    /// Takes a document of libxml2's over; `None` for a null pointer.
    pub(crate) fn owning(document: *mut ffi::xmlDoc) -> Option<Tree> {
        NonNull::new(document).map(Tree)
    }

    /// The same document in libxml2's nodes. `None` when it nests too deep.
    pub(crate) fn build(document: &Document) -> Option<Tree> {
        // SAFETY: xmlNewDoc(): a version that ends with NUL
        let tree = Tree(there(unsafe { ffi::xmlNewDoc(c"1.0".as_ptr().cast()) }));
        let mut builder = Builder { document, tree: &tree, text: Vec::new() };
        let mut open: Vec<NonNull<ffi::xmlNode>> = Vec::new();
        for step in document.walk(document.root()) {
            let Step::Enter(node) = step else {
                open.pop();
                continue;
            };
            if open.len() == DEPTH_MAX {
                return None;
            }
            let new = builder.node(node);
            open.push(match open.last() {
                // SAFETY: xmlAddChild(): both nodes are of this tree, and the new one hangs nowhere. Where it was text
                // beside text, what is returned takes its place
                Some(parent) => there(unsafe { ffi::xmlAddChild(parent.as_ptr(), new.as_ptr()) }),
                None => {
                    // SAFETY: xmlDocSetRootElement(): the tree has no root yet, and the node hangs nowhere
                    unsafe { ffi::xmlDocSetRootElement(tree.as_ptr(), new.as_ptr()) };
                    new
                }
            });
        }
        Some(tree)
    }

    /// Reads a text that [`Document::parse`] takes, and remembers its lines; blanks are left out. `None` where it is not XML.
    pub(crate) fn parse(name: &str, text: &str) -> Option<Tree> {
        let name = CString::new(name).unwrap_or_default();
        let length = i32::try_from(text.len()).ok()?;
        let options = ffi::xmlParserOption_XML_PARSE_NONET
            | ffi::xmlParserOption_XML_PARSE_NOBLANKS
            | ffi::xmlParserOption_XML_PARSE_NOERROR
            | ffi::xmlParserOption_XML_PARSE_NOWARNING;
        // SAFETY: xmlReadMemory(): `length` bytes and a name that ends with NUL, both outlive the call
        Tree::owning(unsafe {
            ffi::xmlReadMemory(text.as_ptr().cast(), length, name.as_ptr(), null(), options.cast_signed())
        })
    }

    pub(crate) fn as_ptr(&self) -> *mut ffi::xmlDoc {
        self.0.as_ptr()
    }

    /// Gives the document to whoever frees it.
    pub(crate) fn into_ptr(self) -> *mut ffi::xmlDoc {
        let document = self.0.as_ptr();
        std::mem::forget(self);
        document
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        // SAFETY: xmlFreeDoc(): the document is ours, and nothing points into it any more
        unsafe { ffi::xmlFreeDoc(self.as_ptr()) };
    }
}

struct Builder<'a> {
    document: &'a Document,
    tree: &'a Tree,
    /// Texts with a NUL at their end, which each call needs anew.
    text: Vec<u8>,
}

impl Builder<'_> {
    /// A text for libxml2, good until the next one is asked for by the same number. A NUL, which no XML has, is its end.
    fn texts<const N: usize>(&mut self, texts: [&str; N]) -> [*const u8; N] {
        self.text.clear();
        let starts = texts.map(|text| {
            let start = self.text.len();
            self.text.extend_from_slice(text.as_bytes());
            self.text.push(0);
            start
        });
        starts.map(|start| self.text[start..].as_ptr())
    }

    /// A node that hangs nowhere, with its attributes.
    fn node(&mut self, node: NodeId) -> NonNull<ffi::xmlNode> {
        let (document, tree) = (self.document, self.tree.as_ptr());
        match document.kind(node) {
            Kind::Element(name) => {
                let [name] = self.texts([name]);
                // SAFETY: xmlNewDocNode(): a name that ends with NUL; no namespace, no content
                let element = there(unsafe { ffi::xmlNewDocNode(tree, null_mut(), name, null()) });
                for attribute in document.attributes(node) {
                    let [name, value] = self.texts([attribute.name(), attribute.value()]);
                    // SAFETY: xmlNewProp(): an element of ours, and texts that end with NUL
                    there(unsafe { ffi::xmlNewProp(element.as_ptr(), name, value) });
                }
                element
            }
            Kind::Text(text) => {
                let [text] = self.texts([text]);
                // SAFETY: xmlNewDocText(): a text that ends with NUL
                there(unsafe { ffi::xmlNewDocText(tree, text) })
            }
            Kind::Comment(comment) => {
                let [comment] = self.texts([comment]);
                // SAFETY: xmlNewDocComment(): a text that ends with NUL
                there(unsafe { ffi::xmlNewDocComment(tree, comment) })
            }
            Kind::Cdata(data) => {
                let length = i32::try_from(data.len()).unwrap_or(i32::MAX);
                // SAFETY: xmlNewCDataBlock(): `length` bytes, which outlive the call
                there(unsafe { ffi::xmlNewCDataBlock(tree, data.as_ptr(), length) })
            }
        }
    }
}

/// libxml2 returns null only when it gets no memory, which ends a Rust program too.
fn there<T>(pointer: *mut T) -> NonNull<T> {
    NonNull::new(pointer).expect("libxml2 gets no memory")
}
