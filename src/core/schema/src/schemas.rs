//! The schemas that are there, at work: what a change of a CIB asks of them.

use crate::{Catalogue, Engine, MESSAGES_MAX, Message, NONE, Severity, Subject, Way, parts::Parts};
use core_cib::{CibError, Upgraded};
use core_xml::Document;
use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

/// A catalogue and what carries its schemas out.
#[derive(Debug)]
pub struct Schemas<E> {
    catalogue: Catalogue,
    engine: E,
    messages: RefCell<Vec<Message>>,
    /// By their schemas' names.
    parts: RefCell<BTreeMap<String, Option<Arc<Parts>>>>,
}

impl<E: Engine> Schemas<E> {
    /// The schemas of a catalogue, carried out by `engine`.
    #[must_use]
    pub fn new(catalogue: Catalogue, engine: E) -> Schemas<E> {
        Schemas { catalogue, engine, messages: RefCell::default(), parts: RefCell::default() }
    }

    /// Which there are.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    pub(crate) fn engine(&self) -> &E {
        &self.engine
    }

    /// What was said since this was called last, [`MESSAGES_MAX`] at most: why a CIB doesn't fit its schema, what an
    /// upgrade did. For a log, or for standard error.
    pub fn take_messages(&self) -> Vec<Message> {
        self.messages.take()
    }

    pub(crate) fn note(&self, message: Message) {
        let mut messages = self.messages.borrow_mut();
        if messages.len() < MESSAGES_MAX {
            messages.push(message);
        }
    }

    /// Whether a CIB fits the schema that it names (`validate_xml()`). One that names none fits any; one that names a
    /// schema which isn't there doesn't fit.
    #[must_use]
    pub fn fits(&self, document: &Document) -> bool {
        self.fits_named(document, Subject::Tree(document))
    }

    /// The same for a CIB that fitted the same schema before the changes that are tracked: what they don't touch is not
    /// held against the schema again, as far as that can't make a difference.
    #[must_use]
    pub fn fits_still(&self, document: &Document) -> bool {
        self.changed_part_fits(document).unwrap_or(false) || self.fits(document)
    }

    /// `None` where a part says nothing of the whole.
    fn changed_part_fits(&self, document: &Document) -> Option<bool> {
        let place = self.catalogue.place(document.attribute(document.root(), "validate-with"))?;
        let name = self.catalogue.name(Some(place));
        let parts = self.parts(name)?;
        let valid = parts.only_says_what_it_may(document)
            || self.engine.validate(Subject::Tree(&parts.excerpt(document)?), name).valid;
        if valid {
            self.note_deprecated(name);
        }
        Some(valid)
    }

    fn note_deprecated(&self, name: &str) {
        if name == "pacemaker-next" {
            let text = "The pacemaker-next schema is deprecated and will be removed in a future release.";
            self.note(Message::new(Severity::Warning, text));
        }
    }

    fn parts(&self, schema: &str) -> Option<Arc<Parts>> {
        let mut known = self.parts.borrow_mut();
        let read = || Parts::of(schema, &|file| self.engine.source(file)).map(Arc::new);
        known.entry(schema.to_owned()).or_insert_with(read).clone()
    }

    /// [`Schemas::fits`] for a CIB that was read from a file: messages say lines.
    #[must_use]
    pub fn fits_text(&self, document: &Document, name: &str, text: &str) -> bool {
        self.fits_named(document, Subject::Text { name, text })
    }

    fn fits_named(&self, document: &Document, subject: Subject<'_>) -> bool {
        let Some(name) = document.attribute(document.root(), "validate-with") else { return true };
        self.catalogue.place(Some(name)).is_some_and(|place| self.fits_schema(subject, place))
    }

    pub(crate) fn fits_schema(&self, subject: Subject<'_>, place: usize) -> bool {
        let name = self.catalogue.name(Some(place));
        if name == NONE {
            return true;
        }
        self.note_deprecated(name);
        let verdict = self.engine.validate(subject, name);
        verdict.messages.into_iter().for_each(|message| self.note(message));
        verdict.valid
    }
}

impl<E: Engine> core_cib::Schemas for Schemas<E> {
    fn fits(&self, cib: &Document) -> bool {
        Schemas::fits(self, cib)
    }

    fn fits_still(&self, cib: &Document) -> bool {
        Schemas::fits_still(self, cib)
    }

    fn knows_origin(&self, schema: &str) -> bool {
        self.catalogue.knows_origin(schema)
    }

    fn upgrade(&self, cib: &Document, newest: Option<&str>) -> Result<Option<Upgraded>, CibError> {
        let newest = newest.and_then(|newest| self.catalogue.place(Some(newest)));
        let current =
            cib.attribute(cib.root(), "validate-with").map_or(Some(0), |name| self.catalogue.place(Some(name)));
        let update = self.update(cib, newest, Way::Transform);
        if update.best > current {
            return Ok(Some(Upgraded { transformed: update.transformed, schema: update.schema }));
        }
        update.outcome.map(|()| None)
    }
}
