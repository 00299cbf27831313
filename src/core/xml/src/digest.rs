//! Digests of trees: MD5 of their text, in hex (`lib/common/digest.c`).

use crate::{
    compare_versions,
    document::{Document, NodeId},
    text::{Form, Scope},
};
use md5::{Digest, Md5};
use std::cmp::Ordering;

/// The digest which tells whether two hosts have the same CIB ("v2", feature set 3.0.6 and later): of the compact text
/// without who changed it and when.
#[must_use]
pub fn cib_digest(document: &Document, node: NodeId) -> String {
    let mut text = String::new();
    document.write_text(node, Form::Compact, Scope::HashedContent, &mut text);
    md5(&text)
}

/// The digest beside a CIB on disk (`cib.xml.sig`), "v1" without sorting.
#[must_use]
pub fn disk_digest(document: &Document, node: NodeId) -> String {
    let mut text = String::from(" ");
    document.write_text(node, Form::Compact, Scope::Hashed, &mut text);
    text.push('\n');
    md5(&text)
}

/// The digest that a patchset has of the CIB that comes of it: "v2" where that CIB's feature set is 3.0.5 or later, else
/// "v1".
#[must_use]
pub fn patched_digest(cib: &Document) -> String {
    let root = cib.root();
    let feature_set = cib.attribute(root, "crm_feature_set");
    if feature_set.is_some_and(|set| compare_versions(set, "3.0.5") != Ordering::Less) {
        cib_digest(cib, root)
    } else {
        disk_digest(cib, root)
    }
}

/// The digest of a resource operation's parameters, "v1" with every element's attributes sorted by name. As in the
/// reference, only elements are hashed.
#[must_use]
pub fn operation_digest(document: &Document, node: NodeId) -> String {
    let sorted = document.sorted(node);
    disk_digest(&sorted, sorted.root())
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
