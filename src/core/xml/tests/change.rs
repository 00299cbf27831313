//! Tracked changes: what they leave in a patchset, and that they can be taken back.

use core_xml::{AttributeOrder, Document, Form, Limits, NodeId, PatchError};
use proptest::prelude::*;

const CIB: &str = "<cib admin_epoch=\"0\" epoch=\"7\" num_updates=\"3\"><configuration><nodes/><resources>\
    <primitive id=\"a\" class=\"ocf\" type=\"Dummy\"/><primitive id=\"b\" class=\"ocf\"><!--one--></primitive>\
    </resources></configuration><status><node_state id=\"1\"/></status></cib>";

fn parse(text: &str) -> Document {
    Document::parse(text, Limits::default()).expect("a document")
}

fn text(document: &Document) -> String {
    document.text(document.root(), Form::Compact)
}

fn find(document: &Document, id: &str) -> NodeId {
    document.walk(document.root()).nodes().find(|node| document.id(*node) == Some(id)).expect("such an element")
}

/// A change, made to the node that comes at `place` in the document's order.
#[derive(Clone, Debug)]
struct Edit {
    place: usize,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    Set(&'static str, &'static str),
    Unset(&'static str),
    Append(&'static str, u8),
    CopyBefore(&'static str),
    Remove,
    Comment(&'static str),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let name = || prop_oneof![Just("class"), Just("type"), Just("description")];
    let change = prop_oneof![
        (name(), prop_oneof![Just("ocf"), Just("x"), Just("")]).prop_map(|(name, value)| Change::Set(name, value)),
        name().prop_map(Change::Unset),
        (prop_oneof![Just("primitive"), Just("group")], any::<u8>()).prop_map(|(name, id)| Change::Append(name, id)),
        Just(Change::CopyBefore("<group id=\"new\"><primitive id=\"inner\" class=\"c\"/></group>")),
        Just(Change::Remove),
        Just(Change::Comment("other")),
    ];
    prop::collection::vec((0..20_usize, change).prop_map(|(place, change)| Edit { place, change }), 0..30)
}

fn edit(document: &mut Document, edit: &Edit, fresh: &mut u32) {
    let nodes: Vec<NodeId> = document.walk(document.root()).nodes().collect();
    let node = nodes[edit.place % nodes.len()];
    if document.name(node).is_none() {
        match &edit.change {
            Change::Comment(comment) => document.set_comment(node, comment),
            _ => document.remove(node),
        }
        return;
    }
    *fresh += 1;
    match &edit.change {
        Change::Set(name, value) => document.set_attribute(node, name, value),
        Change::Unset(name) => document.remove_attribute(node, name),
        Change::Append(name, id) => {
            let new = document.append_element(node, name);
            document.set_attribute(new, "id", &format!("{id}-{fresh}"));
        }
        Change::CopyBefore(text) => {
            let copied = parse(text);
            let copy = document.insert_copy(node, document.first_child(node), &copied, copied.root());
            document.set_attribute(copy, "id", &format!("copy-{fresh}"));
        }
        Change::Remove => document.remove(node),
        Change::Comment(_) => {}
    }
}

proptest! {
    #[test]
    fn what_is_reverted_was_never_done(edits in edits()) {
        let mut document = parse(CIB);
        document.track();
        let mut fresh = 0;
        for change in &edits {
            edit(&mut document, change, &mut fresh);
        }
        document.revert();
        prop_assert_eq!(text(&document), CIB);
        document.track();
        prop_assert!(!document.is_dirty());
    }

    #[test]
    fn a_patchset_of_tracked_changes_leads_to_what_they_made(edits in edits()) {
        let (before, mut after) = (parse(CIB), parse(CIB));
        after.track();
        let mut fresh = 0;
        for change in edits.iter().filter(|edit| !matches!(edit.change, Change::Comment(_))) {
            edit(&mut after, change, &mut fresh);
        }
        after.raise_version();
        let patchset = after.patchset((&before, before.root())).expect("the version changed").diff;
        let made = text(&after);
        after.accept();
        prop_assert_eq!(text(&after), made);
        let mut patched = before.clone();
        prop_assert_eq!(patched.apply(&parse(&text(&patchset)), true), Ok(()), "{}", text(&patchset));
        // What was made in the middle of older siblings and attributes may be told in another order: compare as sets.
        patched.infer_changes(&after, AttributeOrder::Ignored);
        let rest = patched.patchset((&after, after.root()));
        prop_assert!(rest.is_none(), "{} is left after {}", text(&rest.expect("something").diff), text(&patchset));
    }

    /// What is made at the end of its siblings, and attributes that keep their places: others can't be told in format 1.
    #[test]
    fn a_format_1_patchset_of_tracked_changes_leads_to_what_they_made(edits in edits()) {
        let (before, mut after) = (parse(CIB), parse(CIB));
        after.track();
        let mut fresh = 0;
        let mut unset = Vec::new();
        let mut told = |edit: &&Edit| match edit.change {
            Change::Comment(_) | Change::CopyBefore(_) => false,
            Change::Set(name, _) => !unset.contains(&name),
            Change::Unset(name) => {
                unset.push(name);
                true
            }
            Change::Append(..) | Change::Remove => true,
        };
        for change in edits.iter().filter(|edit| told(edit)) {
            edit(&mut after, change, &mut fresh);
        }
        after.raise_version();
        let patchset = after.patchset_v1(&before, "3.16.1").expect("the version changed").diff;
        let mut patched = before.clone();
        prop_assert_eq!(patched.apply(&parse(&text(&patchset)), true), Ok(()), "{}", text(&patchset));
        prop_assert_eq!(text(&patched), text(&after), "{}", text(&patchset));
        // while changes are tracked it is one of them, of which what was made and removed again is none
        patched = before.clone();
        patched.track();
        prop_assert_eq!(patched.apply(&patchset, true), Ok(()));
        let told = patched.patchset_v1(&before, "3.16.1").expect("the version changed").diff;
        let mut again = before.clone();
        prop_assert_eq!(again.apply(&told, true), Ok(()), "{}", text(&told));
        prop_assert_eq!(text(&again), text(&after), "{}", text(&told));
        patched.revert();
        prop_assert_eq!(text(&patched), CIB);
    }
}

#[test]
fn the_version_rises_with_what_changed() {
    let mut document = parse(CIB);
    document.track();
    let state = find(&document, "1");
    document.set_attribute(state, "crmd", "online");
    document.raise_version();
    assert!(!document.configuration_changed());
    assert_eq!(document.attribute(document.root(), "num_updates"), Some("4"));
    document.accept();
    document.track();
    let primitive = find(&document, "a");
    document.remove(primitive);
    document.raise_version();
    assert!(document.configuration_changed());
    assert_eq!(document.attribute(document.root(), "epoch"), Some("8"));
    assert_eq!(document.attribute(document.root(), "num_updates"), Some("0"));
}

#[test]
fn setting_what_is_set_changes_nothing() {
    let (before, mut document) = (parse(CIB), parse(CIB));
    document.track();
    let primitive = find(&document, "a");
    document.set_attribute(primitive, "class", "ocf");
    document.remove_attribute(primitive, "unknown");
    document.remove(document.root());
    assert!(!document.is_dirty());
    assert!(document.patchset((&before, before.root())).is_none());
}

#[test]
fn a_patchset_from_another_version_is_refused() {
    let patch = |source: &str, target: &str| {
        parse(&format!("<diff format=\"2\"><version><source {source}/><target {target}/></version></diff>"))
    };
    let ours = "admin_epoch=\"0\" epoch=\"7\" num_updates=\"3\"";
    let next = "admin_epoch=\"0\" epoch=\"7\" num_updates=\"4\"";
    let epoch = "admin_epoch=\"0\" epoch=\"8\" num_updates=\"0\"";
    let mut document = parse(CIB);
    assert_eq!(document.apply(&patch(ours, next), true), Ok(()));
    assert!(matches!(document.apply(&patch(next, epoch), true), Err(PatchError::Newer { .. })));
    assert!(matches!(document.apply(&patch(ours, ours), true), Err(PatchError::Older { .. })));
    let before = "admin_epoch=\"0\" epoch=\"6\" num_updates=\"9\"";
    assert!(matches!(document.apply(&patch(before, ours), true), Err(PatchError::Older { .. })));
    assert_eq!(document.apply(&patch(before, ours), false), Ok(()));
}

#[test]
fn a_patchset_that_fails_changes_nothing() {
    for changes in [
        "<change operation=\"delete\" path=\"/cib/configuration/nodes\"/><change operation=\"modify\" path=\"/cib/none\"/>",
        "<change operation=\"create\" path=\"/cib/configuration/nodes\"><node/></change>\
         <change operation=\"delete\" path=\"/cib/configuration\"/>",
        "<change operation=\"create\" path=\"/cib/configuration/resources/primitive[@id='b']/comment\"><a/></change>",
        "<change operation=\"modify\" path=\"/cib\"/>",
        "<change operation=\"unknown\" path=\"/cib\"/>",
        "<change operation=\"create\" path=\"cib\"/>",
        "<change operation=\"create\" path=\"/cib[@id='\"/>",
    ] {
        let mut document = parse(CIB);
        let patch = parse(&format!("<diff format=\"2\">{changes}</diff>"));
        assert!(document.apply(&patch, false).is_err(), "{changes}");
        assert_eq!(text(&document), CIB, "{changes}");
    }
    let top = "__crm_diff_marker__=\"removed:top\"";
    let new = "__crm_diff_marker__=\"added:top\"";
    for (removed, added) in [
        (format!("<cib {top}/>"), String::new()),
        ("<cib id=\"other\"/>".to_owned(), String::new()),
        ("<cib/><cib/>".to_owned(), String::new()),
        ("<!--one-->".to_owned(), String::new()),
        (format!("<cib><status {top}/></cib>"), "<cib><status><node_state id=\"1\"/></status></cib>".to_owned()),
        (String::new(), format!("<cib {new}/>")),
        (String::new(), format!("<cib><acls {new}/></cib><cib/>")),
    ] {
        let mut document = parse(CIB);
        let halves = format!("<diff-removed>{removed}</diff-removed><diff-added>{added}</diff-added>");
        assert!(document.apply(&parse(&format!("<diff>{halves}</diff>")), false).is_err(), "{halves}");
        assert_eq!(text(&document), CIB, "{halves}");
        let halves = halves.replace("removed:top", "other").replace("added:top", "other");
        let patch = format!("<diff digest=\"0\">{halves}</diff>");
        assert!(document.apply(&parse(&patch), false).is_err(), "{halves}");
        assert_eq!(text(&document), CIB, "{halves}");
    }
}

#[test]
fn a_patchset_doesnt_nest_deeper_than_can_be_read() {
    let mut document = parse(CIB);
    let deep = format!("{}{}", "<a>".repeat(200), "</a>".repeat(200));
    let patch = |path: &str| {
        parse(&format!("<diff format=\"2\"><change operation=\"create\" path=\"{path}\">{deep}</change></diff>"))
    };
    assert_eq!(document.apply(&patch("/cib/status"), false), Ok(()));
    let bottom = format!("/cib/status{}", "/a".repeat(200));
    assert!(matches!(document.apply(&patch(&bottom), false), Err(PatchError::Failed(_))));
    let marked = deep.replacen("<a>", "<a __crm_diff_marker__=\"added:top\">", 1);
    let (down, up) = ("<a>".repeat(200), "</a>".repeat(200));
    let patch = format!("<diff><diff-added><cib><status>{down}{marked}{up}</status></cib></diff-added></diff>");
    let deeper = Document::parse(&patch, Limits { depth: 1000, ..Limits::default() }).expect("a document");
    assert!(matches!(document.apply(&deeper, false), Err(PatchError::Failed(_))));
}

#[test]
fn of_what_is_replaced_only_the_difference_counts() {
    for (id, new, path) in [
        (
            "a",
            "<primitive id=\"a\" class=\"lsb\" type=\"Dummy\"/>",
            "/cib/configuration/resources/primitive[@id=&apos;a&apos;]",
        ),
        ("b", "<group id=\"g\"/>", "/cib/configuration/resources/primitive[@id=&apos;b&apos;]"),
    ] {
        let (before, mut document) = (parse(CIB), parse(CIB));
        document.track();
        let replacement = parse(new);
        let node = find(&document, id);
        document.replace(node, &replacement, replacement.root());
        let patchset = text(&document.patchset((&before, before.root())).expect("a change").diff);
        assert!(patchset.contains(path), "{patchset}");
        let made = text(&document);
        document.revert();
        assert_eq!(text(&document), CIB);
        assert_eq!(
            document.apply(&parse(&patchset), true).map(|()| text(&document)),
            Err(PatchError::Older {
                source_version: core_xml::Version { admin_epoch: 0, epoch: 7, num_updates: 3 },
                target: core_xml::Version { admin_epoch: 0, epoch: 7, num_updates: 3 },
                ours: core_xml::Version { admin_epoch: 0, epoch: 7, num_updates: 3 },
            })
        );
        assert_eq!(document.apply(&parse(&patchset), false), Ok(()));
        assert_eq!(text(&document), made);
    }
}

#[test]
fn a_replaced_root_can_be_taken_back() {
    let mut document = parse(CIB);
    document.track();
    let primitive = find(&document, "a");
    document.set_attribute(primitive, "class", "lsb");
    let other = parse("<cib epoch=\"8\"><status/></cib>");
    document.replace(document.root(), &other, other.root());
    assert_eq!(text(&document), "<cib epoch=\"8\"><status/></cib>");
    document.revert();
    assert_eq!(text(&document), CIB);
    document.track();
    document.replace(document.root(), &other, other.root());
    document.accept();
    assert_eq!(text(&document), "<cib epoch=\"8\"><status/></cib>");
}
