//! Texts, digests and patchsets against the reference's own tools: `crm_diff` and `cibadmin` of pacemaker-cli-utils.
//! Skipped, and said so, where they are not installed.

use core_xml::{AttributeOrder, Document, Form, Limits, PatchError, cib_digest, disk_digest, patched_digest};
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

/// A feature set whose patchsets are of format 2, one whose patchsets are of format 1, and one whose digests are older, too.
const FEATURE_SETS: [&str; 3] = ["3.16.1", "3.0.7", "3.0.4"];

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
fn cib(feature_set: &str, version: &str, nodes: &[Tree]) -> String {
    let mut text = format!("<cib crm_feature_set=\"{feature_set}\" validate-with=\"none\" {version}><configuration>");
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

/// Two versions of a configuration without comments, the second one with elements dropped and added at the end: what
/// format 1 patchsets can tell. Attributes of an element of one name and `id` may differ, too.
fn grown() -> impl Strategy<Value = (Vec<Tree>, Vec<Tree>)> {
    let nodes = (vec(tree(), 1..8), vec(tree(), 0..3), vec(prelude::any::<bool>(), 8));
    nodes.prop_map(|(before, new, kept)| {
        let mut before = distinct(before);
        let mut after: Vec<Tree> =
            before.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(node, _)| node.clone()).collect();
        if let Some(Tree::Element { attributes, children, .. }) = after.last_mut() {
            children.pop();
            attributes.push(("class", "other".to_owned()));
        }
        let known = before.len();
        before.extend(new);
        after.extend(distinct(before.clone()).split_off(known));
        before.truncate(known);
        (before, after)
    })
}

/// The elements among nodes, of each name and `id` the first, with the `id` before other attributes, and so below them.
fn distinct(nodes: Vec<Tree>) -> Vec<Tree> {
    let mut known = Vec::new();
    let mut kept = Vec::new();
    for node in nodes {
        let Tree::Element { name, mut attributes, children } = node else { continue };
        attributes.sort_by_key(|(name, _)| *name != "id");
        let id = attributes.iter().find(|(name, _)| *name == "id").map(|(_, id)| id.clone());
        if !known.contains(&(name, id.clone())) {
            known.push((name, id));
            kept.push(Tree::Element { name, attributes, children: distinct(children) });
        }
    }
    kept
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
        let text = cib(FEATURE_SETS[0], "admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"", &nodes);
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

/// Two CIBs that differ, in a folder.
struct Pair {
    folder: Folder,
    before: String,
    after: String,
}

impl Pair {
    fn new(folder: Folder, feature_set: &str, runner: &mut TestRunner) -> Pair {
        let two = if feature_set == FEATURE_SETS[0] {
            pairs().boxed()
        } else {
            prop_oneof![1 => pairs(), 4 => grown()].boxed()
        };
        let (before, after) = two.new_tree(runner).expect("two trees").current();
        let before = cib(feature_set, "admin_epoch=\"0\" epoch=\"1\" num_updates=\"0\"", &before);
        let after = cib(feature_set, "admin_epoch=\"0\" epoch=\"2\" num_updates=\"0\"", &after);
        Pair { folder, before, after }
    }

    /// What `crm_diff` makes of the two.
    fn reference_patch(&self, order: AttributeOrder) -> String {
        let mut crm_diff = Command::new("crm_diff");
        crm_diff.arg("--original").arg(self.folder.file("before.xml", &self.before));
        crm_diff.arg("--new").arg(self.folder.file("after.xml", &self.after));
        run(crm_diff.args((order == AttributeOrder::Ignored).then_some("--cib")))
    }

    /// What we make of them.
    fn patch(&self, order: AttributeOrder) -> String {
        let (before, mut after) = (parse(&self.before), parse(&self.after));
        after.infer_changes(&before, order);
        let feature_set = before.attribute(before.root(), "crm_feature_set").expect("each CIB has one");
        let mut diff = if feature_set == FEATURE_SETS[0] {
            after.patchset((&before, before.root())).expect("another version").diff
        } else {
            return text(&after.patchset_v1(&before, FEATURE_SETS[0]).expect("another version").diff);
        };
        if order == AttributeOrder::Ignored {
            after.accept();
            diff.set_attribute(diff.root(), "digest", &patched_digest(&after));
        }
        text(&diff)
    }

    /// The older CIB with a patch, by `crm_diff`; nothing where that can't be.
    fn reference_patched(&self, patch: &str) -> String {
        let mut crm_diff = Command::new("crm_diff");
        crm_diff.arg("--original").arg(self.folder.file("before.xml", &self.before));
        run(crm_diff.arg("--patch").arg(self.folder.file("patch.xml", patch)).arg("--cib"))
    }

    /// The same by us; an error leaves the CIB as it was.
    fn patched(&self, patch: &str) -> Result<String, PatchError> {
        let mut document = parse(&self.before);
        let unchanged = text(&document);
        let outcome = document.apply(&parse(patch), true);
        let patched = text(&document);
        if outcome.is_err() {
            assert_eq!(patched, unchanged, "{patch}\nto {}", self.before);
        }
        outcome.map(|()| patched)
    }
}

fn text(document: &Document) -> String {
    document.text(document.root(), Form::Formatted)
}

#[test]
fn patchsets_are_the_references() {
    if !reference_is_there() {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let mut faulty = 0;
    for case in 0..CASES {
        let feature_set = FEATURE_SETS[case % FEATURE_SETS.len()];
        let pair = Pair::new(Folder::new("patchsets"), feature_set, &mut runner);
        for order in [AttributeOrder::Significant, AttributeOrder::Ignored] {
            let (ours, theirs) = (pair.patch(order), pair.reference_patch(order));
            if ours != theirs && feature_set != FEATURE_SETS[0] {
                // in format 1 the reference adds attributes again that are gone
                assert_eq!(pair.reference_patched(&theirs), "", "{theirs}\nto {}\nand not {ours}", pair.before);
                faulty += 1;
            } else {
                assert_eq!(ours, theirs, "{order:?}\nfrom {}\nto {}", pair.before, pair.after);
            }
        }
    }
    assert!(faulty < CASES / 2, "{faulty} of {} patchsets differ", CASES * 2);
}

#[test]
fn patchsets_do_what_they_do_in_the_reference() {
    if !reference_is_there() {
        return;
    }
    let mut runner = TestRunner::deterministic();
    let mut applied = 0;
    for case in 0..CASES {
        let feature_set = FEATURE_SETS[case % FEATURE_SETS.len()];
        let pair = Pair::new(Folder::new("applied"), feature_set, &mut runner);
        let patch = pair.patch(AttributeOrder::Ignored);
        let theirs = pair.reference_patched(&patch);
        match pair.patched(&patch) {
            Ok(ours) if theirs.is_empty() && feature_set != FEATURE_SETS[0] => {
                // the reference takes no attributes away with format 1
                assert_eq!(ours, text(&parse(&pair.after)), "{patch}\nto {}", pair.before);
            }
            Ok(ours) => {
                applied += 1;
                if !theirs.contains('ü') {
                    assert_eq!(ours, theirs, "{patch}\nto {}", pair.before);
                }
            }
            Err(error) => assert_eq!(theirs, "", "{error}: {patch}\nto {}", pair.before),
        }
    }
    assert!(applied > CASES / 3, "only {applied} of {CASES} patchsets could be applied");
}

prelude::proptest! {
    #[test]
    fn text_is_read_back(nodes in vec(tree(), 0..8)) {
        let document = parse(&cib(FEATURE_SETS[0], "epoch=\"1\"", &nodes));
        let text = document.text(document.root(), Form::Compact);
        let again = parse(&text);
        prelude::prop_assert_eq!(again.text(again.root(), Form::Formatted).lines().count(),
            document.text(document.root(), Form::Formatted).lines().count());
        // What the reference's form loses (tabs, newlines) is lost once.
        let once = parse(&again.text(again.root(), Form::Formatted));
        prelude::prop_assert_eq!(once.text(once.root(), Form::Compact), again.text(again.root(), Form::Compact));
    }
}
