//! Whether a CIB's schema is new enough to work with (`cli_config_update()`).

use crate::{Engine, Message, NONE, Schemas, Severity, Way};
use core_xml::Document;

/// What to do with a CIB that is to be worked with.
#[derive(Clone, Debug)]
pub enum Acceptance {
    /// Work with it.
    AsItIs,
    /// Work with it, but nothing says that it makes sense: it is held against no schema.
    Unchecked,
    /// Work with this one, which it was upgraded to.
    Upgraded(Document),
}

/// Why a CIB can't be worked with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It fits no schema from the one that it names on.
    #[error(
        "Cannot upgrade configuration (claiming schema {claimed}) to at least {minimum} because it does not validate \
         with any schema from {first} to {latest}"
    )]
    Invalid {
        /// What it names.
        claimed: String,
        /// What it should be at least.
        minimum: String,
        /// The first that was tried; `unknown` where it names one that isn't there.
        first: String,
        /// The last.
        latest: String,
    },
    /// The way up ends too early.
    #[error(
        "Cannot upgrade configuration (claiming schema {claimed}) to at least {minimum} because it would not upgrade \
         past {reached}"
    )]
    Stuck {
        /// What it names.
        claimed: String,
        /// What it should be at least.
        minimum: String,
        /// How far it got.
        reached: String,
    },
}

impl<E: Engine> Schemas<E> {
    /// Decides about a CIB.
    ///
    /// # Errors
    /// It is too old and can't be upgraded.
    pub fn accept(&self, document: &Document) -> Result<Acceptance, Refusal> {
        let catalogue = self.catalogue();
        let named = document.attribute(document.root(), "validate-with");
        let (place, minimum) = (catalogue.place(named), catalogue.minimum());
        if place >= minimum {
            let unchecked = catalogue.name(place) == NONE;
            return Ok(if unchecked { Acceptance::Unchecked } else { Acceptance::AsItIs });
        }
        let claimed = named.unwrap_or("(none)").to_owned();
        let update = self.update(document, None, Way::Transform);
        let text = |text: &str| text.to_owned();
        if update.best < minimum {
            let (minimum, latest) = (text(catalogue.name(minimum)), text(catalogue.latest_name()));
            return Err(if update.best < place || place.is_none() {
                Refusal::Invalid { claimed, minimum, first: text(catalogue.name(place)), latest }
            } else {
                let reached = update.schema.as_deref().or(named).unwrap_or("unspecified version");
                Refusal::Stuck { claimed, minimum, reached: text(reached) }
            });
        }
        let reached = catalogue.name(update.best);
        let message = format!("Configuration with schema {claimed} was internally upgraded to");
        self.note(if update.best < catalogue.latest() {
            Message::new(Severity::Warning, format!("{message} acceptable (but not most recent) {reached}"))
        } else {
            Message::new(Severity::Info, format!("{message} latest version {reached}"))
        });
        Ok(Acceptance::Upgraded(update.applied_to(document)))
    }
}
