//! A CIB of which only what changed is validated fits its schema exactly where the whole does: random changes of CIBs
//! under the schemas that are installed. Skipped, and said so, where there are none.

use core_schema::Schemas;
use core_xml::{Document, Limits, NodeId};
use proptest::{prelude::*, sample::Index};
use std::{cell::RefCell, path::Path};
use sys_xml::{DEFAULT_FOLDER, Folder};

const CIB: &str = include_str!("cibs/clones.xml");
const NAMES: [&str; 8] =
    ["primitive", "nvpair", "instance_attributes", "op", "rsc_location", "node", "cluster_property_set", "resources"];
const ATTRIBUTES: [&str; 7] = ["id", "name", "value", "class", "score", "rsc", "validate-with"];

/// A change, of the node that comes to it.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, Index, Index),
    Unset(Index, Index),
    Delete(Index),
    Add(Index, Index),
    /// A copy elsewhere: another id is in it with some luck, or the same.
    Copy(Index, Index, bool),
}

fn index() -> impl Strategy<Value = Index> {
    any::<Index>()
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        (index(), index(), index()).prop_map(|(node, name, value)| Edit::Set(node, name, value)),
        (index(), index()).prop_map(|(node, name)| Edit::Unset(node, name)),
        index().prop_map(Edit::Delete),
        (index(), index()).prop_map(|(node, name)| Edit::Add(node, name)),
        (index(), index(), any::<bool>()).prop_map(|(from, to, fresh)| Edit::Copy(from, to, fresh)),
    ];
    proptest::collection::vec(edit, 1..4)
}

fn elements(document: &Document) -> Vec<NodeId> {
    document.walk(document.root()).nodes().filter(|node| document.name(*node).is_some()).collect()
}

/// Gives every id below a node another end.
fn rename(document: &mut Document, top: NodeId) {
    let nodes: Vec<NodeId> = document.walk(top).nodes().collect();
    for node in nodes {
        if let Some(id) = document.id(node).map(|id| format!("{id}-n")) {
            document.set_attribute(node, "id", &id);
        }
    }
}

fn edit(document: &mut Document, edit: &Edit) {
    let nodes = elements(document);
    let values: Vec<String> = nodes
        .iter()
        .flat_map(|node| document.attributes(*node))
        .map(|attribute| attribute.value().to_owned())
        .collect();
    match edit {
        Edit::Set(node, name, value) => {
            let (name, value): (&&str, &String) = (name.get(&ATTRIBUTES), value.get(&values));
            document.set_attribute(*node.get(&nodes), name, value);
        }
        Edit::Unset(node, name) => {
            let name: &&str = name.get(&ATTRIBUTES);
            document.remove_attribute(*node.get(&nodes), name);
        }
        Edit::Delete(node) => document.remove(*node.get(&nodes)),
        Edit::Add(node, name) => {
            let name: &&str = name.get(&NAMES);
            document.append_element(*node.get(&nodes), name);
        }
        Edit::Copy(from, to, fresh) => {
            let (from, to) = (*from.get(&nodes), *to.get(&nodes));
            let mut copy = document.extract(from);
            if *fresh {
                let root = copy.root();
                rename(&mut copy, root);
            }
            // among its like more often than anywhere
            let to = document.parent(from).filter(|_| *fresh).unwrap_or(to);
            document.insert_copy(to, None, &copy, copy.root());
        }
    }
}

/// What was said, sorted: libxml2 names what refers to nothing in no order.
fn said(schemas: &Schemas<Folder>) -> Vec<String> {
    let mut said: Vec<String> = schemas.take_messages().iter().map(ToString::to_string).collect();
    said.sort_unstable();
    said
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn what_changed_fits_where_all_fits(changes in proptest::collection::vec(edits(), 1..6), schema in any::<Index>()) {
        thread_local!(static SCHEMAS: RefCell<Option<Schemas<Folder>>> = RefCell::new(Folder::open(Path::new(DEFAULT_FOLDER)).ok()));
        SCHEMAS.with_borrow(|schemas| {
            let Some(schemas) = schemas.as_ref().filter(|schemas| schemas.catalogue().latest().is_some()) else {
                println!("skipped: no schemas in {DEFAULT_FOLDER}: apt-get install pacemaker-common");
                return Ok(());
            };
            let names: Vec<&str> = schemas.catalogue().schemas().iter().map(|schema| schema.name.as_str()).collect();
            let name: &&str = schema.get(&names);
            let text = CIB.replace('@', name);
            let mut document = Document::parse(&text, Limits::default()).expect("XML");
            document.strip_text(document.root());
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
