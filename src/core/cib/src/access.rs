//! Access rules: what of a CIB a user may read and change (`lib/common/acl.c`).
//!
//! Rules are XPaths that allow or deny. What one of them finds, is marked; an element without marks is as the nearest one
//! that it lies in and that has some, and denial goes before permission on the same element. Where no mark is found, the
//! answer is no.

use crate::CibError;
use bitflags::bitflags;
use core_xml::{Document, NodeId, Step, Touched, XPath, XPathError};
use std::collections::{HashMap, HashSet};

/// Roles that refer to each other, at most.
const ROLES_DEEP: usize = 16;

bitflags! {
    /// What rules say of an element.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    struct Marks: u8 {
        const READ = 1;
        const WRITE = 2;
        const DENY = 4;
    }
}

/// A user's rules.
#[derive(Clone, Debug)]
pub struct Access {
    rules: Vec<(Marks, XPath)>,
}

/// A user's rules on one CIB.
pub(crate) struct Allowed<'a> {
    access: &'a Access,
    marks: HashMap<NodeId, Marks>,
    /// The elements that these are about: of those that come later, later marks tell.
    known: HashSet<NodeId>,
}

impl Access {
    /// Whether rules apply to a user, where a CIB has them in force (`pcmk_acl_required()`).
    #[must_use]
    pub fn is_needed_by(user: &str) -> bool {
        !matches!(user, "" | "root" | "hacluster")
    }

    /// The rules of a user: its own and those of its groups. A rule whose XPath is none is left out, as in the reference.
    #[must_use]
    pub fn of(cib: &Document, user: &str, is_in_group: &dyn Fn(&str) -> bool) -> Access {
        let mut access = Access { rules: Vec::new() };
        let acls = XPath::parse("//acls").and_then(|xpath| xpath.elements(cib)).unwrap_or_default();
        let [acls] = acls.as_slice() else { return access };
        for entry in cib.elements(*acls) {
            let named = cib.attribute(entry, "name").or(cib.id(entry));
            let meant = match cib.name(entry) {
                Some("acl_target" | "acl_user") => named == Some(user),
                Some("acl_group") => named.is_some_and(is_in_group),
                _ => false,
            };
            if meant {
                access.add_entry(cib, *acls, entry, 0);
            }
        }
        access
    }

    /// Adds the rules of a user, group or role, and of the roles that it names.
    fn add_entry(&mut self, cib: &Document, acls: NodeId, entry: NodeId, depth: usize) {
        if depth > ROLES_DEEP {
            return;
        }
        for child in cib.elements(entry) {
            let kind = match cib.name(child) {
                Some("acl_permission") => cib.attribute(child, "kind"),
                name => name,
            };
            let marks = match kind {
                Some("role" | "role_ref") => {
                    let role = |node: &NodeId| cib.name(*node) == Some("acl_role") && cib.id(*node) == cib.id(child);
                    if let Some(role) = cib.elements(acls).find(role).filter(|_| cib.id(child).is_some()) {
                        self.add_entry(cib, acls, role, depth + 1);
                    }
                    continue;
                }
                Some("read") => Marks::READ,
                Some("write") => Marks::WRITE,
                Some("deny") => Marks::DENY,
                _ => continue,
            };
            if let Some(Ok(xpath)) = selection(cib, child).map(|text| XPath::parse(&text)) {
                self.rules.push((marks, xpath));
            }
        }
    }

    /// What the rules find in a CIB.
    ///
    /// # Errors
    /// [`CibError::Denied`] when one of them takes too long to tell.
    pub(crate) fn on<'a>(&'a self, cib: &Document) -> Result<Allowed<'a>, CibError> {
        let marks = self.marks(cib)?;
        Ok(Allowed { access: self, marks, known: cib.walk(cib.root()).nodes().collect() })
    }

    fn marks(&self, cib: &Document) -> Result<HashMap<NodeId, Marks>, CibError> {
        let mut marks: HashMap<NodeId, Marks> = HashMap::new();
        for (mode, xpath) in &self.rules {
            match xpath.elements(cib) {
                Ok(found) => found.into_iter().for_each(|element| *marks.entry(element).or_default() |= *mode),
                Err(XPathError::TooCostly) => return Err(CibError::Denied),
                Err(XPathError::Syntax { .. } | XPathError::Type(_)) => {}
            }
        }
        Ok(marks)
    }
}

/// What a permission is about, as an XPath.
fn selection(cib: &Document, permission: NodeId) -> Option<String> {
    let attribute = |names: [&str; 2]| names.into_iter().find_map(|name| cib.attribute(permission, name));
    if let Some(xpath) = cib.attribute(permission, "xpath") {
        return Some(xpath.to_owned());
    }
    let (tag, reference) = (attribute(["object-type", "tag"]), attribute(["reference", "ref"]));
    if tag.is_none() && reference.is_none() {
        return None;
    }
    let tag = tag.unwrap_or("*");
    Some(match (reference, cib.attribute(permission, "attribute")) {
        (Some(id), Some(attribute)) => format!("//{tag}[@id='{id}' and @{attribute}]"),
        (Some(id), None) => format!("//{tag}[@id='{id}']"),
        (None, Some(attribute)) => format!("//{tag}[@{attribute}]"),
        (None, None) => format!("//{tag}"),
    })
}

impl Allowed<'_> {
    /// A copy of what may be read; `None` when that is nothing. Of elements that may not be read but lie above some
    /// that may, the `id` is left.
    pub(crate) fn readable(&self, cib: &Document) -> Option<Document> {
        // Children before what they are in.
        let mut hidden = Vec::new();
        // Whether each open element is covered by one that may be read, and whether anything in it may be.
        let mut open: Vec<(bool, bool)> = Vec::new();
        for step in cib.walk(cib.root()) {
            match step {
                Step::Enter(node) => {
                    let marks = self.marks.get(&node).copied().unwrap_or_default();
                    let above = open.last().is_some_and(|(covered, _)| *covered);
                    let covered = !marks.contains(Marks::DENY) && (above || !marks.is_empty());
                    open.push((covered, covered));
                }
                Step::Leave(node) => {
                    let Some((covered, readable)) = open.pop() else { continue };
                    if !covered {
                        hidden.push((node, readable));
                    }
                    if let Some((_, parent)) = open.last_mut() {
                        *parent |= readable;
                    }
                }
            }
        }
        if hidden.contains(&(cib.root(), false)) || self.access.rules.is_empty() {
            return None;
        }
        let mut copy = cib.clone();
        for (node, readable) in hidden {
            if readable {
                copy.remove_attributes(node, |name| name != "id");
            } else {
                copy.remove(node);
            }
        }
        Some(copy)
    }

    /// Whether the user may make the changes that are tracked in a CIB.
    pub(crate) fn allows_changes(mut self, cib: &Document) -> Result<(), CibError> {
        let later = self.access.marks(cib)?;
        let touched = cib.touched();
        if self.access.rules.is_empty() && !touched.is_empty() {
            return Err(CibError::Denied);
        }
        for (node, marks) in &later {
            if !self.known.contains(node) {
                self.marks.insert(*node, *marks);
            }
        }
        let changed = touched.iter().all(|touched| match *touched {
            Touched::Created(_) => true,
            Touched::Attributes(node) => self.may_write(cib, Some(node)),
            Touched::Deleted { node, parent } => match self.decides(node) {
                Some(allowed) => allowed,
                None => self.may_write(cib, Some(parent)),
            },
        });
        // What is new is also judged by what the rules find now.
        for (node, marks) in later {
            *self.marks.entry(node).or_default() |= marks;
        }
        let created = touched.iter().all(|touched| match *touched {
            Touched::Created(node) => is_scaffolding(cib, node) || self.may_write(cib, Some(node)),
            _ => true,
        });
        if changed && created { Ok(()) } else { Err(CibError::Denied) }
    }

    /// What the marks of an element itself say of writing.
    fn decides(&self, node: NodeId) -> Option<bool> {
        match self.marks.get(&node) {
            Some(marks) if marks.contains(Marks::DENY) => Some(false),
            Some(marks) if marks.contains(Marks::WRITE) => Some(true),
            _ => None,
        }
    }

    fn may_write(&self, cib: &Document, from: Option<NodeId>) -> bool {
        std::iter::successors(from, |node| cib.parent(*node)).find_map(|node| self.decides(node)).unwrap_or(false)
    }
}

/// Whether anybody may create an element: it has nothing but an `id`, and is no access rule.
fn is_scaffolding(cib: &Document, node: NodeId) -> bool {
    cib.attributes(node).all(|attribute| attribute.name() == "id") && !cib.path(node).contains("/acls/")
}
