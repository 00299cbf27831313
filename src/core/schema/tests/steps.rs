//! The way from schema to schema, with an engine that fits and transforms as it is told.

use core_cib::{CibError, Schemas as _};
use core_schema::{Acceptance, Catalogue, Engine, Message, Refusal, Schemas, Severity, Subject, Verdict, Way};
use core_xml::{Document, Limits};
use std::cell::RefCell;

/// A document says in its attribute `fits` what it fits, and in `becomes` what the main stylesheet makes of that.
#[derive(Default)]
struct Told {
    asked: RefCell<Vec<String>>,
}

impl Engine for Told {
    fn validate(&self, subject: Subject<'_>, schema: &str) -> Verdict {
        let Subject::Tree(document) = subject else { panic!("a tree") };
        self.asked.borrow_mut().push(schema.to_owned());
        let fits = document.attribute(document.root(), "fits").unwrap_or_default();
        let valid = fits.split(' ').any(|fits| schema == format!("pacemaker-{fits}"));
        let messages = if valid { Vec::new() } else { vec![Message::new(Severity::Error, format!("not {schema}"))] };
        Verdict { valid, messages }
    }

    fn source(&self, _file: &str) -> Option<String> {
        None
    }

    fn transform(&self, document: &Document, stylesheet: &str) -> (Option<Document>, Vec<Message>) {
        self.asked.borrow_mut().push(stylesheet.to_owned());
        let root = document.root();
        let fails = document.attribute(root, "fails").is_some_and(|fails| stylesheet.ends_with(fails));
        if fails {
            return (None, vec![Message::new(Severity::Warning, "it failed")]);
        }
        let mut made = document.clone();
        made.set_attribute(root, stylesheet, "1");
        if let Some(becomes) = document.attribute(root, "becomes").filter(|_| stylesheet == "upgrade-2.1") {
            made.set_attribute(root, "fits", becomes);
        }
        (Some(made), Vec::new())
    }
}

const FILES: [&str; 7] = [
    "pacemaker-1.0.rng",
    "pacemaker-2.1.rng",
    "pacemaker-3.0.rng",
    "pacemaker-3.1.rng",
    "upgrade-1.0.xsl",
    "upgrade-2.1.xsl",
    "upgrade-2.1-enter.xsl",
];

fn schemas() -> Schemas<Told> {
    let files = FILES.into_iter().chain(["upgrade-2.1-leave.xsl"]);
    Schemas::new(Catalogue::from_files(files), Told::default())
}

fn cib(attributes: &str) -> Document {
    Document::parse(&format!("<cib {attributes}/>"), Limits::default()).expect("XML")
}

/// What an upgrade of a CIB with these attributes comes to: the schema's name, how far, the outcome.
fn upgraded(attributes: &str, newest: Option<usize>) -> (Option<String>, Option<usize>, Result<(), CibError>) {
    let update = schemas().update(&cib(attributes), newest, Way::Transform);
    (update.schema, update.best, update.outcome)
}

fn named(name: &str) -> Option<String> {
    Some(format!("pacemaker-{name}"))
}

#[test]
fn what_fits_the_next_schema_is_not_transformed() {
    let schemas = schemas();
    let given = cib("validate-with='pacemaker-2.1' fits='2.1 3.0 3.1'");
    let update = schemas.update(&given, None, Way::Transform);
    assert!(update.transformed.is_none());
    assert_eq!((update.best, update.outcome), (Some(3), Ok(())));
    assert_eq!(update.schema, named("3.1"));
    let info = Message::new(Severity::Info, "Transformed the configuration from pacemaker-2.1 to pacemaker-3.1");
    assert_eq!(schemas.take_messages(), [info]);
    assert_eq!(schemas.take_messages(), []);
}

#[test]
fn what_does_not_goes_through_the_stylesheets() {
    let schemas = schemas();
    let given = cib("validate-with='pacemaker-2.1' fits='2.1' becomes='3.0 3.1'");
    let update = schemas.update(&given, None, Way::Transform);
    assert_eq!(update.best, Some(3));
    let now = update.applied_to(&given);
    let has = |name: &str| now.attribute(now.root(), name).is_some();
    assert!(has("upgrade-2.1-enter") && has("upgrade-2.1") && has("upgrade-2.1-leave"));
    assert_eq!(now.attribute(now.root(), "validate-with"), Some("pacemaker-3.1"));
}

#[test]
fn stylesheets_before_and_after_may_fail_but_not_the_one_between() {
    let given = |fails: &str| cib(&format!("validate-with='pacemaker-2.1' fits='2.1' becomes='3.0' fails='{fails}'"));
    let made = |fails: &str| {
        let given = given(fails);
        let update = schemas().update(&given, None, Way::Transform);
        let (best, outcome, now) = (update.best, update.outcome, update.applied_to(&given));
        let ran: Vec<bool> = ["-enter", "", "-leave"]
            .map(|phase| now.attribute(now.root(), &format!("upgrade-2.1{phase}")).is_some())
            .to_vec();
        (best, outcome, ran)
    };
    assert_eq!(made("-enter"), (Some(2), Ok(()), vec![false, true, false]));
    assert_eq!(made("-leave"), (Some(2), Ok(()), vec![true, true, false]));
    assert_eq!(made("2.1"), (Some(1), Err(CibError::Transform), vec![false, false, false]));
}

#[test]
fn what_a_stylesheet_breaks_is_dropped() {
    let schemas = schemas();
    let given = cib("validate-with='pacemaker-2.1' fits='2.1' becomes='1.0'");
    let update = schemas.update(&given, None, Way::Transform);
    assert_eq!((update.best, update.outcome), (Some(1), Err(CibError::Schema)));
    assert!(update.transformed.is_none() && update.schema.is_none());
    assert_eq!(schemas.upgrade(&given, None).err(), Some(CibError::Schema));
}

#[test]
fn there_is_a_limit_and_the_first_schema_is_none() {
    let attributes = "validate-with='pacemaker-1.0' fits='1.0 2.1 3.0 3.1'";
    assert_eq!(upgraded(attributes, Some(2)), (named("3.0"), Some(2), Ok(())));
    assert_eq!(upgraded(attributes, Some(1)), (named("2.1"), Some(1), Ok(())));
    assert_eq!(upgraded(attributes, Some(0)), (named("3.1"), Some(3), Ok(())));
    let upgrade = schemas().upgrade(&cib(attributes), Some("pacemaker-3.0")).expect("no error").expect("newer");
    assert_eq!(upgrade.schema, named("3.0"));
    let unknown = schemas().upgrade(&cib(attributes), Some("pacemaker-9.9")).expect("no error").expect("newer");
    assert_eq!(unknown.schema, named("3.1"));
}

#[test]
fn what_names_no_schema_starts_with_the_first_that_it_fits() {
    assert_eq!(upgraded("fits='2.1 3.0'", None), (named("3.0"), Some(2), Ok(())));
    assert_eq!(upgraded("fits=''", None), (None, Some(0), Err(CibError::Schema)));
    assert_eq!(upgraded("validate-with='pacemaker-9.9' fits='3.0 3.1'", None), (named("3.1"), Some(3), Ok(())));
    // Of what it names it need not fit that: any that is newer will do.
    assert_eq!(upgraded("validate-with='pacemaker-1.0' fits='3.0'", None), (named("3.0"), Some(2), Ok(())));
}

#[test]
fn nothing_is_asked_of_what_is_new_enough() {
    for name in ["pacemaker-3.1", "PACEMAKER-3.1", "pacemaker-next", "none", "None"] {
        let schemas = schemas();
        let given = cib(&format!("validate-with='{name}'"));
        let update = schemas.update(&given, None, Way::Transform);
        assert!(update.schema.is_none() && update.transformed.is_none() && update.outcome.is_ok());
        assert!(schemas.upgrade(&given, None).expect("no error").is_none());
        assert!(schemas.take_messages().is_empty());
    }
}

#[test]
fn as_it_is_a_cib_gets_the_newest_that_it_fits() {
    let update = |attributes: &str| {
        let update = schemas().update(&cib(attributes), None, Way::AsItIs);
        assert!(update.transformed.is_none());
        (update.schema, update.best)
    };
    assert_eq!(update("fits='2.1 3.0'"), (named("3.0"), Some(2)));
    assert_eq!(update("validate-with='pacemaker-2.1' fits='3.0'"), (named("3.0"), Some(2)));
    assert_eq!(update("validate-with='pacemaker-2.1' fits='3.1'"), (None, Some(1)));
    assert_eq!(update("validate-with='pacemaker-3.0' fits=''"), (None, Some(2)));
}

#[test]
fn without_schemas_there_is_no_way_up() {
    let schemas = Schemas::new(Catalogue::from_files([]), Told::default());
    let given = cib("validate-with='pacemaker-3.1' fits='3.1'");
    assert!(schemas.upgrade(&given, None).expect("no error").is_none());
    assert!(!schemas.fits(&given));
    assert!(schemas.fits(&cib("validate-with='none'")));
}

#[test]
fn old_cibs_are_upgraded_or_refused() {
    let schemas = schemas();
    let accept = |attributes: &str| schemas.accept(&cib(attributes));
    assert!(matches!(accept("validate-with='pacemaker-3.0' fits=''"), Ok(Acceptance::AsItIs)));
    assert!(matches!(accept("validate-with='none'"), Ok(Acceptance::Unchecked)));
    assert!(matches!(accept("fits=''"), Ok(Acceptance::Unchecked)));
    let Ok(Acceptance::Upgraded(upgraded)) = accept("validate-with='pacemaker-1.0' fits='1.0 2.1 3.0'") else {
        panic!("it can be upgraded");
    };
    assert_eq!(upgraded.attribute(upgraded.root(), "validate-with"), Some("pacemaker-3.0"));
    let said = schemas.take_messages().pop().expect("a message");
    assert_eq!(said.severity, Severity::Warning);
    assert!(said.text.ends_with("acceptable (but not most recent) pacemaker-3.0"), "{said}");
    assert_eq!(
        accept("validate-with='pacemaker-1.0' fits='1.0 2.1'").expect_err("too old").to_string(),
        "Cannot upgrade configuration (claiming schema pacemaker-1.0) to at least pacemaker-3.0 because it would not \
         upgrade past pacemaker-2.1"
    );
    let refusal = accept("validate-with='pacemaker-0.7' fits=''").expect_err("fits nothing");
    assert!(matches!(refusal, Refusal::Invalid { .. }));
    assert_eq!(
        refusal.to_string(),
        "Cannot upgrade configuration (claiming schema pacemaker-0.7) to at least pacemaker-3.0 because it does not \
         validate with any schema from unknown to pacemaker-3.1"
    );
}
