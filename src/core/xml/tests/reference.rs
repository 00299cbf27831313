//! Texts, digests and patchsets against the reference's own tools: `crm_diff` and `cibadmin` of pacemaker-cli-utils.
//! Skipped, and said so, where they are not installed.

use core_xml::{AttributeOrder, Document, Form, Limits, cib_digest, disk_digest};
use proptest::{
    collection::vec,
    prelude,
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use std::{fmt::Write, fs, path::PathBuf, process::Command};

/// Pairs of trees that are compared.
const CASES: usize = 150;

/// A node to be made text of.
#[derive(Clone, Debug)]
enum Tree {
    Element { name: &'static str, attributes: Vec<(&'static str, String)>, children: Vec<Tree> },
    Comment(&'static str),
}

impl Tree {
    fn write(&self, text: &mut String) {
        match self {
            Tree::Comment(comment) => write!(text, "<!--{comment}-->").expect("a string"),
            Tree::Element { name, attributes, children } => {
                write!(text, "<{name}").expect("a string");
                let mut seen = Vec::new();
                for (key, value) in attributes {
                    if !seen.contains(key) {
                        write!(text, " {key}=\"{value}\"").expect("a string");
                        seen.push(key);
                    }
                }
                text.push('>');
                for child in children {
                    child.write(text);
                }
                write!(text, "</{name}>").expect("a string");
            }
        }
    }
}

fn attributes() -> impl Strategy<Value = Vec<(&'static str, String)>> + Clone {
    let name = prop_oneof![Just("name"), Just("value"), Just("type"), Just("class"), Just("update-user")];
    let value = prop_oneof![
        Just("1".to_owned()),
        Just("a".to_owned()),
        Just(String::new()),
        Just("&lt;x y=&quot;&apos;z&quot;&gt;&amp;".to_owned()),
        Just("tab&#9;newline&#10;return&#13;end&#127;".to_owned()),
        Just("literal\ttab\nnewline".to_owned()),
        Just("&#252;ber und dar&#252;ber".to_owned()),
        "[ -!#-%(-;=?-~]{0,12}",
    ];
    vec((name, value), 0..4)
}

fn tree() -> impl Strategy<Value = Tree> {
    // An element's name decides whether it has an id, as in every CIB. Where siblings of one name differ in that, the
    // reference copies attributes that are gone into its patchsets.
    let name = prop_oneof![Just("primitive"), Just("group"), Just("nvpair"), Just("lrm_rsc_op"), Just("rule")];
    let head = (name, "[a-f]", attributes())
        .prop_map(|(name, id, attributes)| (name, (name != "rule").then_some(id), attributes));
    let leaf = prop_oneof![
        9 => head.clone().prop_map(|(name, id, attributes)| element(name, id, attributes, Vec::new())),
        1 => prop_oneof![Just("one"), Just(" two "), Just("three")].prop_map(Tree::Comment),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        (head.clone(), vec(inner, 0..6))
            .prop_map(|((name, id, attributes), children)| element(name, id, attributes, children))
    })
}

fn element(
    name: &'static str,
    id: Option<String>,
    mut attributes: Vec<(&'static str, String)>,
    children: Vec<Tree>,
) -> Tree {
    if let Some(id) = id {
        attributes.insert(attributes.len().min(1), ("id", id));
    }
    Tree::Element { name, attributes, children }
}

/// A CIB's text with these nodes as its configuration.
fn cib(version: &str, nodes: &[Tree]) -> String {
    let mut text = format!("<cib crm_feature_set=\"3.16.1\" validate-with=\"none\" {version}><configuration>");
    for node in nodes {
        node.write(&mut text);
    }
    text.push_str("</configuration><status/></cib>");
    text
}

/// Two versions of a configuration: the second one is another, or the first one with nodes dropped, swapped and doubled.
fn pairs() -> impl Strategy<Value = (Vec<Tree>, Vec<Tree>)> {
    let edited = vec(tree(), 1..8).prop_flat_map(|nodes| {
        let length = nodes.len();
        let picks = vec(0..length, 0..length + 2);
        (Just(nodes), picks).prop_map(|(nodes, picks)| {
            let edited = picks.iter().map(|pick| nodes[*pick].clone()).collect();
            (nodes, edited)
        })
    });
    prop_oneof![edited, (vec(tree(), 0..6), vec(tree(), 0..6))]
}

/// A folder of this run's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("core-xml-{test}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Folder(path)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).expect("a temporary file");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("a program that is there");
    print!("{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn reference_is_there() -> bool {
    let there = ["crm_diff", "cibadmin"].iter().all(|tool| Command::new(tool).arg("--version").output().is_ok());
    if !there {
        println!("skipped: crm_diff and cibadmin are missing: apt-get install pacemaker-cli-utils");
    }
    there
}

fn parse(text: &str) -> Document {
    let mut document = Document::parse(text, Limits::default()).unwrap_or_else(|error| panic!("{error} in {text}"));
    document.strip_text(document.root());
    document
}

#[test]
fn texts_and_digests_are_the_references() {
    if !reference_is_there() {
        return;
    }
    let folder = Folder::new("texts");
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let nodes = vec(tree(), 0..8).new_tree(&mut runner).expect("a tree").current();
        let text = cib("admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"", &nodes);
        let (file, document) = (folder.file("cib.xml", &text), parse(&text));
        let formatted = run(Command::new("cibadmin").args(["--query"]).env("CIB_file", &file));
        if !formatted.contains('ü') {
            assert_eq!(document.text(document.root(), Form::Formatted), formatted, "{text}");
        }
        let disk = run(Command::new("cibadmin").args(["--md5-sum", "--xml-file"]).arg(&file));
        assert_eq!(disk_digest(&document, document.root()), disk.trim(), "{text}");
        let versioned = run(Command::new("cibadmin").args(["--md5-sum-versioned", "--xml-file"]).arg(&file));
        assert_eq!(cib_digest(&document, document.root()), versioned.trim(), "{text}");
    }
}

#[test]
fn patchsets_are_the_references() {
    if !reference_is_there() {
        return;
    }
    let folder = Folder::new("patchsets");
    let mut runner = TestRunner::deterministic();
    for _ in 0..CASES {
        let (before, after) = pairs().new_tree(&mut runner).expect("two trees").current();
        let before = cib("admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"", &before);
        let after = cib("admin_epoch=\"0\" epoch=\"2\" num_updates=\"0\"", &after);
        let files = (folder.file("before.xml", &before), folder.file("after.xml", &after));
        for (order, option) in [(AttributeOrder::Significant, None), (AttributeOrder::Ignored, Some("--cib"))] {
            let mut crm_diff = Command::new("crm_diff");
            crm_diff.arg("--original").arg(&files.0).arg("--new").arg(&files.1).args(option);
            let theirs = run(&mut crm_diff);
            let ours = difference(&parse(&before), parse(&after), order);
            assert_eq!(ours, theirs, "{order:?}\nfrom {before}\nto {after}");
        }
    }
}

/// What `crm_diff` prints.
fn difference(before: &Document, mut after: Document, order: AttributeOrder) -> String {
    after.infer_changes(before, order);
    let Some(mut patchset) = after.patchset((before, before.root())) else { return String::new() };
    after.accept();
    if order == AttributeOrder::Ignored {
        let digest = cib_digest(&after, after.root());
        patchset.diff.set_attribute(patchset.diff.root(), "digest", &digest);
    }
    patchset.diff.text(patchset.diff.root(), Form::Formatted)
}

#[test]
fn patchsets_do_what_they_do_in_the_reference() {
    if !reference_is_there() {
        return;
    }
    let folder = Folder::new("applied");
    let mut runner = TestRunner::deterministic();
    let mut applied = 0;
    for _ in 0..CASES {
        let (before, after) = pairs().new_tree(&mut runner).expect("two trees").current();
        let before = cib("admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"", &before);
        let after = cib("admin_epoch=\"0\" epoch=\"2\" num_updates=\"0\"", &after);
        let patch = difference(&parse(&before), parse(&after), AttributeOrder::Ignored);
        let files = (folder.file("before.xml", &before), folder.file("patch.xml", &patch));
        let mut crm_diff = Command::new("crm_diff");
        crm_diff.arg("--original").arg(&files.0).arg("--patch").arg(&files.1).arg("--cib");
        let theirs = run(&mut crm_diff);
        let mut document = parse(&before);
        let unchanged = document.text(document.root(), Form::Formatted);
        let outcome = document.apply(&parse(&patch), true);
        let ours = document.text(document.root(), Form::Formatted);
        match outcome {
            Ok(()) => {
                applied += 1;
                if !theirs.contains('ü') {
                    assert_eq!(ours, theirs, "{patch}\nto {before}");
                }
            }
            Err(error) => {
                assert_eq!(theirs, "", "{error}: {patch}\nto {before}");
                assert_eq!(ours, unchanged, "{error}: {patch}\nto {before}");
            }
        }
    }
    assert!(applied > CASES / 2, "only {applied} of {CASES} patchsets could be applied");
}

prelude::proptest! {
    #[test]
    fn text_is_read_back(nodes in vec(tree(), 0..8)) {
        let document = parse(&cib("epoch=\"1\"", &nodes));
        let text = document.text(document.root(), Form::Compact);
        let again = parse(&text);
        prelude::prop_assert_eq!(again.text(again.root(), Form::Formatted).lines().count(),
            document.text(document.root(), Form::Formatted).lines().count());
        // What the reference's form loses (tabs, newlines) is lost once.
        let once = parse(&again.text(again.root(), Form::Formatted));
        prelude::prop_assert_eq!(once.text(once.root(), Form::Compact), again.text(again.root(), Form::Compact));
    }
}
