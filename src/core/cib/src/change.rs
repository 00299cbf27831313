//! Changing a CIB: an operation, then what every change has in common (`cib_perform_op()`).

use crate::{
    Access, CallOptions, Cib, CibError, FEATURE_SET, Operation,
    merge::{Data, add, meant_by, merge_into_match},
    section,
    value::assign,
};
use core_xml::{Document, NodeId, Patchset, Touched, Version, cib_digest, compare_versions};
use std::cmp::Ordering;

/// Who asks, for the attributes that say who changed a CIB last.
#[derive(Clone, Copy, Debug, Default)]
pub struct Origin<'a> {
    /// The host.
    pub host: &'a str,
    /// The client's name.
    pub client: Option<&'a str>,
    /// Its user.
    pub user: Option<&'a str>,
    /// When, as `cib-last-written` has it.
    pub time: &'a str,
}

/// A request that changes a CIB.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What to do.
    pub operation: Operation,
    /// Where: a section's name, or an XPath.
    pub section: Option<&'a str>,
    /// How.
    pub options: CallOptions,
    /// With what: an element.
    pub data: Option<Data<'a>>,
    /// The digest that the data of a whole replacement should have.
    pub digest: Option<&'a str>,
    /// Who asks.
    pub origin: Origin<'a>,
    /// What that user may do, where access rules apply to it.
    pub access: Option<&'a Access>,
    /// The newest schema to upgrade to.
    pub newest_schema: Option<&'a str>,
}

/// Whether the version rises with the change. It doesn't where it comes with the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Versioning {
    /// It rises.
    Managed,
    /// It is taken as it comes.
    Given,
}

/// What became of a request.
#[derive(Clone, Debug)]
pub struct Change {
    /// The patchset; `None` when nothing changed.
    pub patch: Option<Document>,
    /// Whether `/cib/configuration` changed.
    pub configuration: bool,
}

/// Why nothing became of it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What to answer.
    pub error: CibError,
    /// `<failed>`, where the reference says more.
    pub answer: Option<Box<Document>>,
    /// The CIB that would have come of it, where that doesn't fit its schema: tools show it.
    pub rejected: Option<Box<Document>>,
    /// What would have changed, where it was found out only then that it may not: subscribers are told.
    pub patch: Option<Box<Document>>,
}

impl From<CibError> for Failure {
    fn from(error: CibError) -> Failure {
        Failure { error, answer: None, rejected: None, patch: None }
    }
}

/// A CIB that is brought to a newer schema.
#[derive(Clone, Debug)]
pub struct Upgraded {
    /// What it took; `None` where the CIB fits as it is.
    pub transformed: Option<Document>,
    /// The schema's name, where it is another one.
    pub schema: Option<String>,
}

/// The schemas that are there.
pub trait Schemas {
    /// Whether a CIB fits the schema that it names. One that names none fits.
    fn fits(&self, cib: &Document) -> bool;

    /// The same for a CIB that fitted the same schema before the changes that are tracked.
    fn fits_still(&self, cib: &Document) -> bool {
        self.fits(cib)
    }

    /// Whether CIBs of a schema may say who changed them: all from `pacemaker-1.2` on.
    fn knows_origin(&self, schema: &str) -> bool;

    /// The CIB brought to the newest schema, `newest` at most. `None` where it is there.
    ///
    /// # Errors
    /// [`CibError::Schema`] or [`CibError::Transform`].
    fn upgrade(&self, cib: &Document, newest: Option<&str>) -> Result<Option<Upgraded>, CibError>;
}

impl Cib {
    /// Carries a request out, wholly or not at all.
    ///
    /// # Errors
    /// Why not.
    pub fn change(
        &mut self,
        request: &Request<'_>,
        versioning: Versioning,
        schemas: &dyn Schemas,
    ) -> Result<Change, Failure> {
        self.carry_out(request, versioning, schemas, |cib| cib.perform(request, schemas))
    }

    /// Takes what somebody else made of this CIB as what comes of a request, with all that changes have in common.
    ///
    /// # Errors
    /// Why not.
    pub fn take(
        &mut self,
        outcome: &Document,
        request: &Request<'_>,
        versioning: Versioning,
        schemas: &dyn Schemas,
    ) -> Result<Change, Failure> {
        self.carry_out(request, versioning, schemas, |cib| {
            cib.document.replace(cib.document.root(), outcome, outcome.root());
            Ok(())
        })
    }

    /// Does what a request asks for and nothing else: whether it may be, and the version, are the caller's concern.
    ///
    /// # Errors
    /// Why not.
    pub fn operate(&mut self, request: &Request<'_>, schemas: &dyn Schemas) -> Result<(), Failure> {
        self.fitted = None;
        self.document.track();
        let done = self.perform(request, schemas);
        match done {
            Ok(()) => self.document.accept(),
            Err(_) => self.document.revert(),
        }
        done
    }

    fn carry_out(
        &mut self,
        request: &Request<'_>,
        versioning: Versioning,
        schemas: &dyn Schemas,
        perform: impl FnOnce(&mut Cib) -> Result<(), Failure>,
    ) -> Result<Change, Failure> {
        let before = self.root_alone();
        let allowed = request.access.map(|access| access.on(&self.document)).transpose()?;
        self.document.track();
        let done = perform(self).and_then(|()| {
            if let Some(allowed) = allowed {
                allowed.allows_changes(&self.document)?;
            }
            self.finish(request, versioning, schemas, &before)
        });
        match done {
            Ok(change) => {
                self.document.accept();
                self.name_schema(request);
                Ok(change)
            }
            Err(failure) => {
                self.document.revert();
                Err(failure)
            }
        }
    }

    fn perform(&mut self, request: &Request<'_>, schemas: &dyn Schemas) -> Result<(), Failure> {
        let by_xpath = request.options.contains(CallOptions::XPATH);
        match request.operation {
            Operation::Bump => self.raise("epoch"),
            Operation::Erase => self.erase(),
            Operation::Upgrade => self.upgrade(request, schemas)?,
            Operation::ApplyPatch => {
                let (data, element) = request.data.ok_or(CibError::Invalid)?;
                self.document.apply(&data.extract(element), true).map_err(CibError::from)?;
            }
            // Creating knows no XPaths: one is taken for the name of a section, and there is none of that name.
            Operation::Modify | Operation::Replace | Operation::Delete if by_xpath => {
                self.at_xpath(request)?;
            }
            Operation::Modify => self.modify(request)?,
            Operation::Create => self.create(request)?,
            Operation::Replace => self.replace(request)?,
            Operation::Delete => self.delete(request)?,
            _ => return Err(CibError::Invalid.into()),
        }
        Ok(())
    }

    /// What every change has in common once it is made: it must not go backwards, it gets its version and fits its
    /// schema.
    fn finish(
        &mut self,
        request: &Request<'_>,
        versioning: Versioning,
        schemas: &dyn Schemas,
        before: &Document,
    ) -> Result<Change, Failure> {
        let root = self.document.root();
        let feature_set = self.document.attribute(root, "crm_feature_set");
        if feature_set.is_some_and(|theirs| compare_versions(theirs, FEATURE_SET) == Ordering::Greater) {
            return Err(CibError::FeatureSet.into());
        }
        let (old, new) = (version(before, before.root()), version(&self.document, root));
        let is_older = (old.admin_epoch, old.epoch) > (new.admin_epoch, new.epoch);
        self.document.strip_text(root);
        self.count_increments(request.operation);
        if versioning == Versioning::Managed && self.document.is_dirty() {
            self.document.raise_version();
        }
        let patchset = self.patchset(request, before);
        let configuration = patchset.as_ref().is_some_and(|patchset| patchset.configuration);
        let patch = patchset.map(|patchset| patchset.diff);
        if is_older {
            return Err(Failure { patch: patch.map(Box::new), ..CibError::OldData.into() });
        }
        if configuration {
            self.note_origin(request, schemas);
        }
        if request.section == Some("status") {
            self.fitted = self.fitted.take().filter(|_| !configuration);
        } else if !self.fits(schemas, before) {
            let rejected = Some(Box::new(self.document.extract(root)));
            return Err(Failure { rejected, patch: patch.map(Box::new), ..CibError::Schema.into() });
        }
        Ok(Change { patch, configuration })
    }

    /// The patchset of what changed: of format 1 where the CIB was of a feature set before 3.0.9, but for a change in
    /// place, which leaves nothing to compare with in the reference.
    fn patchset(&self, request: &Request<'_>, before: &Document) -> Option<Patchset> {
        let feature_set = before.attribute(before.root(), "crm_feature_set");
        let is_old = feature_set.is_none_or(|set| compare_versions(set, "3.0.8") != Ordering::Greater);
        if is_old && !request.options.contains(CallOptions::ZERO_COPY) {
            let mut old = self.document.clone();
            old.revert();
            self.document.patchset_v1(&old, FEATURE_SET)
        } else {
            self.document.patchset((before, before.root()))
        }
    }

    /// Whether a changed CIB fits its schema, which is remembered of what is kept.
    fn fits(&mut self, schemas: &dyn Schemas, before: &Document) -> bool {
        let schema = self.document.attribute(self.document.root(), "validate-with");
        let fitted = schema.is_some()
            && schema == before.attribute(before.root(), "validate-with")
            && schema == self.fitted.as_deref();
        let fits = if fitted { schemas.fits_still(&self.document) } else { schemas.fits(&self.document) };
        if fits && !fitted {
            self.fitted = schema.map(str::to_owned);
        }
        fits
    }

    /// `score++` in what is new counts from 0. What was put in the place of something is new, also where it is the same.
    fn count_increments(&mut self, operation: Operation) {
        let replaced = operation == Operation::Replace;
        let all = || self.document.walk(self.document.root()).nodes().collect();
        let changed = || {
            self.document.touched().into_iter().filter_map(|touched| match touched {
                Touched::Created(node) | Touched::Attributes(node) => Some(node),
                Touched::Deleted { .. } => None,
            })
        };
        let nodes: Vec<NodeId> = if replaced { all() } else { changed().collect() };
        for node in nodes {
            let names = self.document.attributes(node);
            let counted: Vec<(String, String)> = names
                .filter_map(|attribute| {
                    let counted = assign(attribute.name(), None, attribute.value())?;
                    Some((attribute.name().to_owned(), counted))
                })
                .collect();
            for (name, value) in counted {
                self.document.set_attribute(node, &name, &value);
            }
        }
    }

    /// Notes who changed the configuration, and when, each host for itself: it is in no patch and no digest.
    fn note_origin(&mut self, request: &Request<'_>, schemas: &dyn Schemas) {
        if request.options.contains(CallOptions::NO_MTIME) {
            return;
        }
        let root = self.document.root();
        self.document.set_attribute(root, "cib-last-written", request.origin.time);
        let schema = self.document.attribute(root, "validate-with");
        if !schema.is_some_and(|schema| schemas.knows_origin(schema)) {
            return;
        }
        let Origin { host, client, user, .. } = request.origin;
        for (name, value) in [("update-origin", Some(host)), ("update-client", client), ("update-user", user)] {
            match value {
                Some(value) => self.document.set_attribute(root, name, value),
                None => self.document.remove_attribute(root, name),
            }
        }
    }

    /// A CIB that names no schema fits any, and says so from then on, each host for itself: it is in no patch.
    fn name_schema(&mut self, request: &Request<'_>) {
        let root = self.document.root();
        if request.section != Some("status") && self.document.attribute(root, "validate-with").is_none() {
            self.document.set_attribute(root, "validate-with", "none");
        }
    }

    fn root_alone(&self) -> Document {
        let mut root = Document::new("cib");
        let top = root.root();
        for attribute in self.document.attributes(self.document.root()) {
            root.set_attribute(top, attribute.name(), attribute.value());
        }
        root
    }

    /// Raises a part of the version by one (`cib_update_counter()`).
    fn raise(&mut self, field: &str) {
        let root = self.document.root();
        let next = self.document.integer(root, field).map_or(1, |value| value.saturating_add(1));
        self.document.set_attribute(root, field, &next.to_string());
    }

    /// An empty CIB with the attributes of this one and a higher admin epoch.
    fn erase(&mut self) {
        let mut empty = Cib::empty("", 0).document;
        let top = empty.root();
        for attribute in self.document.attributes(self.document.root()) {
            empty.set_attribute(top, attribute.name(), attribute.value());
        }
        self.document.replace(self.document.root(), &empty, top);
        self.raise("admin_epoch");
    }

    fn upgrade(&mut self, request: &Request<'_>, schemas: &dyn Schemas) -> Result<(), CibError> {
        let Some(upgraded) = schemas.upgrade(&self.document, request.newest_schema)? else { return Ok(()) };
        if let Some(transformed) = &upgraded.transformed {
            self.document.replace(self.document.root(), transformed, transformed.root());
        }
        let root = self.document.root();
        if let Some(schema) = &upgraded.schema {
            self.document.set_attribute(root, "validate-with", schema);
        }
        self.raise("admin_epoch");
        self.document.set_attribute(root, "epoch", "1");
        self.document.set_attribute(root, "num_updates", "1");
        Ok(())
    }

    fn modify(&mut self, request: &Request<'_>) -> Result<(), CibError> {
        let data = request.data.ok_or(CibError::Invalid)?;
        let section = self.section_or_new(request.section).ok_or(CibError::Invalid)?;
        self.merge_or_create(section, data, request.options)?;
        if request.options.contains(CallOptions::MIXED_UPDATE) {
            for marked in self.find_xpath("//@__delete__").unwrap_or_default() {
                self.remove_once(marked);
            }
        }
        Ok(())
    }

    fn merge_or_create(&mut self, top: NodeId, data: Data<'_>, options: CallOptions) -> Result<(), CibError> {
        if merge_into_match(&mut self.document, top, data) {
            Ok(())
        } else if options.contains(CallOptions::CAN_CREATE) {
            self.document.append_uncounted_copy(top, data.0, data.1);
            Ok(())
        } else {
            Err(CibError::NotFound)
        }
    }

    fn create(&mut self, request: &Request<'_>) -> Result<(), Failure> {
        let (data, element) = request.data.ok_or(CibError::Invalid)?;
        let name = data.name(element).unwrap_or_default();
        let whole = matches!(request.section, None | Some("all" | "cib")) || name == "cib";
        if whole {
            return Ok(self.modify(&Request { section: None, ..*request })?);
        }
        let section = section::find(&self.document, request.section).ok_or(CibError::Invalid);
        let added = if Some(name) == request.section { data.elements(element).collect() } else { vec![element] };
        for element in added {
            let outcome = section.and_then(|section| add(&mut self.document, section, (data, element)));
            if let Err(error) = outcome {
                return Err(Failure { answer: Some(Box::new(failed((data, element), error))), ..error.into() });
            }
        }
        Ok(())
    }

    fn replace(&mut self, request: &Request<'_>) -> Result<(), CibError> {
        let (data, element) = request.data.ok_or(CibError::Invalid)?;
        let name = data.name(element).unwrap_or_default();
        if name.eq_ignore_ascii_case("cib") {
            if request.digest.is_some_and(|digest| !cib_digest(data, element).eq_ignore_ascii_case(digest)) {
                return Err(CibError::OldData);
            }
            let known = Version { admin_epoch: -1, epoch: -1, num_updates: -1 };
            let ours = Version::of(&self.document, self.document.root(), known);
            if Version::of(data, element, known) < ours {
                return Err(CibError::OldData);
            }
            self.document.replace(self.document.root(), data, element);
            return Ok(());
        }
        let whole = request.section == Some("all") || request.section.is_some_and(|section| section == name);
        let section = if whole { None } else { request.section };
        let top = section::find(&self.document, section).ok_or(CibError::NotFound)?;
        let meant = meant_by(&self.document, top, (data, element), false).ok_or(CibError::NotFound)?;
        self.document.replace(meant, data, element);
        Ok(())
    }

    /// Deletes what is there; what isn't is as good as deleted.
    fn delete(&mut self, request: &Request<'_>) -> Result<(), CibError> {
        let (data, element) = request.data.ok_or(CibError::Invalid)?;
        let section = section::find(&self.document, request.section);
        let of_section = data.name(element) == request.section;
        let meant = if of_section { data.elements(element).collect() } else { vec![element] };
        for element in meant {
            let found = section.and_then(|section| meant_by(&self.document, section, (data, element), true));
            if let Some(found) = found {
                self.document.remove(found);
            }
        }
        Ok(())
    }

    /// The operations on what an XPath finds: the first of it, or with `MULTIPLE` all.
    fn at_xpath(&mut self, request: &Request<'_>) -> Result<(), CibError> {
        let multiple = request.options.contains(CallOptions::MULTIPLE);
        let found = match self.find_xpath(request.section.unwrap_or_default()) {
            Err(CibError::NotFound) if request.operation == Operation::Delete => return Ok(()),
            found => found?,
        };
        let root = self.document.root();
        let mut outcome = Ok(());
        for element in found {
            match (request.operation, request.data) {
                (Operation::Delete | Operation::Replace, _) if element == root => return Err(CibError::Invalid),
                (Operation::Delete, _) => self.remove_once(element),
                (Operation::Modify, Some(data)) => {
                    if !merge_into_match(&mut self.document, element, data) {
                        outcome = Err(CibError::NotFound);
                        continue;
                    }
                }
                (Operation::Replace, data) => self.put_in_place_of(element, data),
                _ => return Err(CibError::Invalid),
            }
            if !multiple {
                break;
            }
        }
        outcome
    }

    /// Deletes an element, unless it went with one that it was in.
    fn remove_once(&mut self, element: NodeId) {
        if self.document.is_attached(element) {
            self.document.remove(element);
        }
    }

    /// As the reference does it: what is there goes, and the new comes as the last child.
    fn put_in_place_of(&mut self, element: NodeId, data: Option<Data<'_>>) {
        let Some(parent) = self.document.parent(element).filter(|_| self.document.is_attached(element)) else { return };
        self.document.remove(element);
        if let Some((data, top)) = data {
            self.document.insert_copy(parent, None, data, top);
        }
    }
}

fn version(document: &Document, node: NodeId) -> Version {
    Version::of(document, node, Version::default())
}

/// `<failed>`: what could not be created, and why.
fn failed((data, element): Data<'_>, error: CibError) -> Document {
    let mut failed = Document::new("failed");
    let update = failed.append_element(failed.root(), "failed_update");
    failed.insert_copy(update, None, data, element);
    let texts = [
        ("id", data.id(element).unwrap_or_default()),
        ("object_type", data.name(element).unwrap_or_default()),
        ("operation", Operation::Create.name()),
    ];
    for (name, value) in texts {
        failed.set_attribute(update, name, value);
    }
    failed.set_attribute(update, "reason", &error.to_string());
    failed
}
