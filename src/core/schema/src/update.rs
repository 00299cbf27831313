//! Bringing a CIB to a newer schema (`update_validation()`).

use crate::{Catalogue, Engine, Message, Schemas, Severity, Subject};
use core_cib::CibError;
use core_xml::Document;

/// How to look for a newer schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The CIB stays as it is: schemas that it fits.
    AsItIs,
    /// Stylesheets may change it.
    Transform,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Update {
    /// What stylesheets made of the CIB, where they had to. It may be so even where a later step failed.
    pub transformed: Option<Document>,
    /// The name that the CIB's `validate-with` should have now, where it is another one.
    pub schema: Option<String>,
    /// The place of the newest schema that was reached. 0 is the first one, or none at all.
    pub best: Option<usize>,
    /// Why it went no further: [`CibError::Schema`] or [`CibError::Transform`]. It is no error that there is nothing newer.
    pub outcome: Result<(), CibError>,
}

impl Update {
    /// The CIB, `document` before, as it is now.
    #[must_use]
    pub fn applied_to(self, document: &Document) -> Document {
        let mut document = self.transformed.unwrap_or_else(|| document.clone());
        if let Some(schema) = self.schema {
            document.set_attribute(document.root(), "validate-with", &schema);
        }
        document
    }
}

impl<E: Engine> Schemas<E> {
    /// Brings a CIB from the schema that it names, or else from the first one that it fits, to the newest one that it
    /// fits or can be made to fit; not beyond the one at `newest`.
    #[must_use]
    pub fn update(&self, document: &Document, newest: Option<usize>, way: Way) -> Update {
        let named = document.attribute(document.root(), "validate-with");
        let start = named.and_then(|name| self.catalogue().place(Some(name)));
        let Some(latest) = self.catalogue().latest().filter(|latest| start < Some(*latest)) else {
            return Update { transformed: None, schema: None, best: start, outcome: Ok(()) };
        };
        // The first schema stands for "no limit", as it does in the reference.
        let newest = newest.filter(|newest| *newest > 0);
        let mut climb = Climb { schemas: self, given: document, transformed: None, best: 0, outcome: Ok(()) };
        let first = match (start, way) {
            (Some(start), Way::AsItIs) => {
                climb.best = start;
                start + 1
            }
            (start, _) => start.unwrap_or(0),
        };
        climb.up(first, latest, newest, way);
        let Climb { transformed, best, outcome, .. } = climb;
        let schema = (best > 0 && Some(best) > start).then(|| {
            let (from, to) = (named.unwrap_or("<none>"), self.catalogue().name(Some(best)));
            let done = if way == Way::Transform { "Transformed" } else { "Upgraded" };
            self.note(Message::new(Severity::Info, format!("{done} the configuration from {from} to {to}")));
            to.to_owned()
        });
        Update { transformed, schema, best: Some(best), outcome }
    }
}

/// One way up.
struct Climb<'a, E> {
    schemas: &'a Schemas<E>,
    given: &'a Document,
    transformed: Option<Document>,
    best: usize,
    outcome: Result<(), CibError>,
}

impl<E: Engine> Climb<'_, E> {
    fn catalogue(&self) -> &Catalogue {
        self.schemas.catalogue()
    }

    fn document(&self) -> &Document {
        self.transformed.as_ref().unwrap_or(self.given)
    }

    /// From schema to schema. Until one fits, each is tried; from then on the first that doesn't is the end.
    fn up(&mut self, first: usize, latest: usize, newest: Option<usize>, way: Way) {
        let mut at = first;
        while at <= latest {
            if !self.fits(self.document(), at) {
                if self.best > 0 {
                    break;
                }
                self.outcome = Err(CibError::Schema);
                at += 1;
                continue;
            }
            self.outcome = Ok(());
            self.best = at;
            if way == Way::AsItIs {
                at += 1;
                continue;
            }
            let Some(next) = self.catalogue().schemas()[at].next else { break };
            if newest.is_some_and(|newest| at == newest || next > newest) {
                break;
            }
            at = match self.step(at, next) {
                Ok(()) => next,
                Err(error) => {
                    self.outcome = Err(error);
                    at + 1
                }
            };
        }
    }

    /// Makes the CIB, which fits one schema, one that may fit the next.
    fn step(&mut self, at: usize, next: usize) -> Result<(), CibError> {
        let (schemas, engine) = (self.schemas, self.schemas.engine());
        let Some(upgrade) = &schemas.catalogue().schemas()[at].upgrade else { return Ok(()) };
        if engine.validate(Subject::Tree(self.document()), schemas.catalogue().name(Some(next))).valid {
            return Ok(());
        }
        let main = &upgrade.main;
        let entered = upgrade.enter.as_ref().and_then(|enter| self.optional("enter", enter, self.document()));
        let leave = upgrade.leave.as_ref().filter(|_| entered.is_some());
        let Some(upgraded) = self.transform(entered.as_ref().unwrap_or(self.document()), main) else {
            self.note(Severity::Error, format!("Transformation {main}.xsl failed"));
            return Err(CibError::Transform);
        };
        let left = leave.and_then(|leave| self.optional("leave", leave, &upgraded));
        let upgraded = left.unwrap_or(upgraded);
        if !self.fits(&upgraded, next) {
            self.note(Severity::Error, format!("Transformation {main}.xsl did not produce a valid configuration"));
            return Err(CibError::Schema);
        }
        self.note(Severity::Info, format!("Transformation {main}.xsl successful"));
        self.transformed = Some(upgraded);
        self.best = next;
        Ok(())
    }

    /// A stylesheet whose failure is no failure of the upgrade.
    fn optional(&self, phase: &str, stylesheet: &str, document: &Document) -> Option<Document> {
        let transformed = self.transform(document, stylesheet);
        if transformed.is_none() {
            self.note(Severity::Warning, format!("Upgrade-{phase} transformation {stylesheet}.xsl failed"));
        }
        transformed
    }

    fn transform(&self, document: &Document, stylesheet: &str) -> Option<Document> {
        let (transformed, messages) = self.schemas.engine().transform(document, stylesheet);
        messages.into_iter().for_each(|message| self.schemas.note(message));
        transformed
    }

    fn fits(&self, document: &Document, place: usize) -> bool {
        self.schemas.fits_schema(Subject::Tree(document), place)
    }

    fn note(&self, severity: Severity, text: String) {
        self.schemas.note(Message::new(severity, text));
    }
}
