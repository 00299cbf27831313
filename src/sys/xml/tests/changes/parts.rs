//! A CIB of which only what changed is validated fits its schema exactly where the whole does.

use crate::{
    edits::{edit, edits},
    installed, said,
};
use core_schema::Schemas;
use core_xml::{Document, Limits};
use proptest::{prelude::*, sample::Index};
use sys_xml::Folder;

const CIB: &str = include_str!("../cibs/clones.xml");

/// A CIB that fits every schema from 1.0 on. It has an option whose values some schemas limit.
fn cib(schema: &str) -> Document {
    let options =
        [("default-action-timeout", "cluster-infrastructure"), ("20s", "corosync"), ("default-resource-", "")];
    let text = options.iter().fold(CIB.replace('@', schema), |text, (old, new)| text.replace(old, new));
    let mut document = Document::parse(&text, Limits::default()).expect("XML");
    document.strip_text(document.root());
    document
}

#[test]
fn an_option_is_held_against_what_it_may_say() {
    let Some(schemas) = installed() else { return };
    let mut refused = 0;
    for schema in schemas.catalogue().schemas() {
        for changes in [
            &[("value", "cman")][..],
            &[("name", "other"), ("value", "cman")],
            &[("name", "other"), ("value", "heartbeat"), ("name", "cluster-infrastructure")],
        ] {
            let mut document = cib(&schema.name);
            let nodes: Vec<_> = document.walk(document.root()).nodes().collect();
            let option = nodes.into_iter().find(|node| document.id(*node) == Some("pe")).expect("the option");
            for (name, value) in changes {
                document.track();
                document.set_attribute(option, name, value);
                let fits = schemas.fits(&document);
                assert_eq!(schemas.fits_still(&document), fits, "{}: {name}={value} of {changes:?}", schema.name);
                refused += usize::from(!fits);
                if !fits {
                    break;
                }
            }
        }
    }
    assert!(refused > 10, "{refused} changes were refused");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_changed_fits_where_all_fits(changes in proptest::collection::vec(edits(), 1..6), schema in any::<Index>()) {
        thread_local!(static SCHEMAS: Option<Schemas<Folder>> = installed());
        SCHEMAS.with(|schemas| {
            let Some(schemas) = schemas else { return Ok(()) };
            let names: Vec<&str> = schemas.catalogue().schemas().iter().map(|schema| schema.name.as_str()).collect();
            let name: &&str = schema.get(&names);
            let mut document = cib(name);
            prop_assume!(schemas.fits(&document));
            for change in &changes {
                let name = document.attribute(document.root(), "validate-with").map(str::to_owned);
                document.track();
                change.iter().for_each(|one| edit(&mut document, one));
                if document.attribute(document.root(), "validate-with") != name.as_deref() {
                    document.revert();
                    continue;
                }
                schemas.take_messages();
                let whole = (schemas.fits(&document), said(schemas));
                let part = (schemas.fits_still(&document), said(schemas));
                prop_assert_eq!(&whole, &part, "{:?}", document);
                if whole.0 { document.accept() } else { document.revert() }
            }
            Ok(())
        })?;
    }
}
