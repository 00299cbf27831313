//! Applying a patchset.

use super::{PatchError, Version, failed, format, versions};
use crate::{
    digest::patched_digest,
    document::{Document, Kind, NodeId},
    parse::Limits,
};

/// A step of a patchset's path: an element's name, and its `id` where the path tells it.
struct PathStep<'a> {
    name: &'a str,
    id: Option<&'a str>,
}

impl Document {
    /// Applies a patchset (`xml_apply_patchset()`), wholly or, where changes are not tracked, not at all. Where they are,
    /// the caller takes back what an error leaves half done.
    ///
    /// # Errors
    /// The patchset starts from another version (looked at only with `check_version`), names what is not there, or
    /// doesn't lead to the digest that it promises.
    pub fn apply(&mut self, patchset: &Document, check_version: bool) -> Result<(), PatchError> {
        if check_version {
            self.check_version(patchset)?;
        }
        match format(patchset) {
            1 => {
                let mut new = self.extract(self.root());
                new.apply_v1(patchset)?;
                new.check_digest(patchset)?;
                self.replace(self.root(), &new, new.root());
                Ok(())
            }
            2 => self.apply_v2(patchset),
            format => Err(PatchError::Format(format)),
        }
    }

    fn apply_v2(&mut self, patchset: &Document) -> Result<(), PatchError> {
        let alone = self.journal.is_none();
        if alone {
            self.track();
        }
        let outcome = self.apply_changes(patchset).and_then(|()| self.check_digest(patchset));
        match (alone, &outcome) {
            (true, Ok(())) => self.accept(),
            (true, Err(_)) => self.revert(),
            (false, _) => {}
        }
        outcome
    }

    fn check_digest(&self, patchset: &Document) -> Result<(), PatchError> {
        let Some(expected) = patchset.attribute(patchset.root(), "digest") else { return Ok(()) };
        let found = patched_digest(self);
        if found.eq_ignore_ascii_case(expected) {
            Ok(())
        } else {
            Err(PatchError::Digest { expected: expected.to_owned(), found })
        }
    }

    fn check_version(&self, patchset: &Document) -> Result<(), PatchError> {
        let known = Version::of(self, self.root(), Version::default());
        let ours = Version {
            admin_epoch: known.admin_epoch.max(0),
            epoch: known.epoch.max(0),
            num_updates: known.num_updates.max(0),
        };
        let next = Version { num_updates: ours.num_updates.saturating_add(1), ..ours };
        let (source_version, target) = versions(patchset, ours, next);
        if ours < source_version {
            Err(PatchError::Newer { source_version, ours })
        } else if ours > source_version || !rises(source_version, target) {
            Err(PatchError::Older { source_version, target, ours })
        } else {
            Ok(())
        }
    }

    /// First what deletes and modifies, in the patchset's order, then what creates and moves, in the order of the places
    /// that these get: so each place is counted among siblings that are there already. What fails doesn't keep the rest
    /// from being tried.
    fn apply_changes(&mut self, patchset: &Document) -> Result<(), PatchError> {
        let mut outcome = Ok(());
        let mut placed = Vec::new();
        for change in patchset.elements(patchset.root()) {
            let Some(operation) = patchset.attribute(change, "operation") else { continue };
            let path = patchset.attribute(change, "path").unwrap_or_default();
            let position = patchset.integer(change, "position").unwrap_or(-1);
            let found = self.find_path(path, if operation == "delete" { position } else { -1 });
            match (operation, found) {
                ("delete", None) => {}
                (_, None) => outcome = failed(format!("{path} is not there")),
                ("delete", Some(node)) => self.remove(node),
                ("modify", Some(node)) => outcome = outcome.and(self.replace_attributes(node, patchset, change)),
                ("create", Some(node)) => placed.push((position, change, node)),
                ("move", Some(node)) => {
                    self.reorder(node, None);
                    placed.push((position, change, node));
                }
                _ => outcome = failed(format!("{operation:?} is no operation")),
            }
        }
        placed.sort_by_key(|(position, ..)| *position);
        for (position, change, node) in placed {
            let place = usize::try_from(position).unwrap_or(0);
            if !self.is_attached(node) {
                outcome = failed("it deletes what it also creates in or moves".to_owned());
            } else if patchset.attribute(change, "operation") == Some("move") {
                self.place(node, place);
            } else {
                outcome = outcome.and(self.create(node, place, patchset, change));
            }
        }
        outcome
    }

    fn create(&mut self, parent: NodeId, place: usize, patchset: &Document, change: NodeId) -> Result<(), PatchError> {
        let Some(created) = patchset.first_child(change) else { return Ok(()) };
        self.check_depth(parent, patchset, created)?;
        let next = self.children(parent).nth(place);
        self.insert_copy(parent, next, patchset, created);
        Ok(())
    }

    /// Whether a node of a patchset can be created in one of this document: that is an element, and not too deep.
    pub(super) fn check_depth(&self, parent: NodeId, patchset: &Document, created: NodeId) -> Result<(), PatchError> {
        let depth = self.level(parent) + patchset.height(created);
        if self.name(parent).is_some() && depth <= Limits::default().depth {
            return Ok(());
        }
        failed(format!("nothing can be created in {}", self.path(parent)))
    }

    /// Moves a node to a place among its siblings.
    fn place(&mut self, node: NodeId, place: usize) {
        let Some(parent) = self.parent(node) else { return };
        let next = self.children(parent).filter(|sibling| *sibling != node).nth(place);
        self.reorder(node, next);
    }

    fn replace_attributes(&mut self, node: NodeId, patchset: &Document, change: NodeId) -> Result<(), PatchError> {
        if self.name(node).is_none() {
            return failed(format!("{} has no attributes", self.path(node)));
        }
        let result = patchset
            .child(change, Some("change-result"))
            .and_then(|result| patchset.child(result, None))
            .ok_or_else(|| PatchError::NoResult(self.path(node)))?;
        self.set_attributes(node, patchset.attributes(result).cloned().collect());
        Ok(())
    }

    /// The node that a patchset's path leads to. `position`, when not negative, tells apart comments at its end.
    fn find_path(&self, path: &str, position: i32) -> Option<NodeId> {
        let mut steps = path_steps(path)?.into_iter().peekable();
        let first = steps.next()?;
        let mut node = self.root();
        if !self.matches(node, &first) {
            return None;
        }
        while let Some(step) = steps.next() {
            let place = if steps.peek().is_none() { usize::try_from(position).ok() } else { None };
            node = self.children(node).enumerate().find_map(|(index, child)| {
                let elsewhere =
                    matches!(self.kind(child), Kind::Comment(_)) && place.is_some_and(|place| place != index);
                (self.matches(child, &step) && !elsewhere).then_some(child)
            })?;
        }
        Some(node)
    }

    fn matches(&self, node: NodeId, step: &PathStep<'_>) -> bool {
        match self.kind(node) {
            Kind::Element(name) => **name == *step.name && (step.id.is_none() || self.id(node) == step.id),
            Kind::Comment(_) => step.name == "comment" && step.id.is_none(),
            Kind::Text(_) | Kind::Cdata(_) => false,
        }
    }
}

/// Whether one of the numbers is higher: the reference doesn't ask for more, not even for the order of their weight.
fn rises(from: Version, to: Version) -> bool {
    to.admin_epoch > from.admin_epoch || to.epoch > from.epoch || to.num_updates > from.num_updates
}

/// `/a/b[@id='x']` as steps. An id may contain anything but `']`.
fn path_steps(path: &str) -> Option<Vec<PathStep<'_>>> {
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        rest = rest.strip_prefix('/')?;
        let end = rest.find(['/', '[']).unwrap_or(rest.len());
        let (name, behind) = rest.split_at(end);
        let (id, behind) = match behind.strip_prefix("[@id='") {
            Some(quoted) => {
                let (id, behind) = quoted.split_once("']")?;
                (Some(id), behind)
            }
            None => (None, behind),
        };
        steps.push(PathStep { name, id });
        rest = behind;
    }
    Some(steps)
}
