//! Changes of a CIB, one at a time.

use core_xml::{Document, NodeId};
use proptest::{prelude::*, sample::Index};

const NAMES: [&str; 8] =
    ["primitive", "nvpair", "instance_attributes", "op", "rsc_location", "node", "cluster_property_set", "resources"];
const ATTRIBUTES: [&str; 7] = ["id", "name", "value", "class", "score", "rsc", "validate-with"];
/// Values that numbers and names can't have or that are easily taken for such, and two that an option can't have together.
const VALUES: [&str; 8] = ["", " ", "-1", "007", "1 2", "9999999999", "cluster-infrastructure", "cman"];

/// A change, of the node that comes to it.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    Set(Index, Index, Index),
    /// Another value of an attribute that is there.
    Change(Index, Index, Index),
    Unset(Index, Index),
    Delete(Index),
    Add(Index, Index),
    /// A copy elsewhere: another id is in it with some luck, or the same.
    Copy(Index, Index, bool),
}

fn index() -> impl Strategy<Value = Index> {
    any::<Index>()
}

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        (index(), index(), index()).prop_map(|(node, name, value)| Edit::Set(node, name, value)),
        (index(), index(), index()).prop_map(|(node, name, value)| Edit::Change(node, name, value)),
        (index(), index()).prop_map(|(node, name)| Edit::Unset(node, name)),
        index().prop_map(Edit::Delete),
        (index(), index()).prop_map(|(node, name)| Edit::Add(node, name)),
        (index(), index(), any::<bool>()).prop_map(|(from, to, fresh)| Edit::Copy(from, to, fresh)),
    ];
    // one alone is judged by what its attribute may say
    prop_oneof![proptest::collection::vec(edit.clone(), 1..2), proptest::collection::vec(edit, 1..4)]
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

pub(crate) fn edit(document: &mut Document, edit: &Edit) {
    let nodes = elements(document);
    let values: Vec<String> = nodes
        .iter()
        .flat_map(|node| document.attributes(*node))
        .map(|attribute| attribute.value().to_owned())
        .chain(VALUES.map(str::to_owned))
        .collect();
    match edit {
        Edit::Set(node, name, value) => {
            let (name, value): (&&str, &String) = (name.get(&ATTRIBUTES), value.get(&values));
            document.set_attribute(*node.get(&nodes), name, value);
        }
        Edit::Change(node, name, value) => {
            let node = *node.get(&nodes);
            let names: Vec<String> = document.attributes(node).map(|known| known.name().to_owned()).collect();
            if !names.is_empty() {
                let (name, value): (&String, &String) = (name.get(&names), value.get(&values));
                document.set_attribute(node, name, value);
            }
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
