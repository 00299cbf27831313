//! Documents that nobody means well with: what libxml2 gets of them is bounded, and so is what it says. Run with schemas of
//! our own, so that nothing need be installed.

use core_schema::{MESSAGES_MAX, Way};
use core_xml::{Document, Limits};
use std::{fs, path::PathBuf, thread};
use sys_xml::Folder;

const NESTED: &str = "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><start><ref name='cib'/></start><define name='cib'>\
    <element name='cib'><optional><attribute name='validate-with'/></optional><zeroOrMore><ref name='cib'/></zeroOrMore>\
    </element></define></grammar>";
const COPY: &str = "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:template \
    match='@*|node()'><xsl:copy><xsl:apply-templates select='@*|node()'/></xsl:copy></xsl:template></xsl:stylesheet>";
const CIB: &str = "<cib validate-with=\"pacemaker-1.1\"/>";

struct Scratch(PathBuf);

impl Scratch {
    /// A folder of schemas: 1.0 and 1.1 take `<cib>` in `<cib>`, 2.0 takes nothing.
    fn new(name: &str) -> Scratch {
        let folder = std::env::temp_dir().join(format!("sys-xml-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let nothing = NESTED.replace("<start><ref name='cib'/>", "<start><element name='never'><empty/></element>");
        for (file, text) in [
            ("pacemaker-1.0.rng", NESTED),
            ("pacemaker-1.1.rng", NESTED),
            ("pacemaker-2.0.rng", &nothing),
            ("upgrade-1.1.xsl", COPY),
        ] {
            fs::write(folder.join(file), text).expect("a file");
        }
        Scratch(folder)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn parse(text: &str) -> Document {
    Document::parse(text, Limits::default()).expect("XML")
}

/// So many `<cib>` inside each other, more than a text may have.
fn deep(levels: usize) -> Document {
    let mut document = parse(CIB);
    let mut inner = document.root();
    for _ in 1..levels {
        inner = document.append_element(inner, "cib");
    }
    document
}

#[test]
fn what_nests_too_deep_does_not_reach_libxml2() {
    let scratch = Scratch::new("deep");
    let schemas = Folder::open(&scratch.0).expect("a folder");
    assert!(schemas.fits(&deep(256)));
    assert!(schemas.take_messages().is_empty());
    for levels in [257, 1_000_000] {
        assert!(!schemas.fits(&deep(levels)));
        assert!(schemas.take_messages()[0].text.contains("nests deeper"));
        let update = schemas.update(&deep(levels), None, Way::Transform);
        assert!(update.outcome.is_err() && update.transformed.is_none());
    }
}

#[test]
fn what_is_said_is_bounded() {
    let scratch = Scratch::new("long");
    let schemas = Folder::open(&scratch.0).expect("a folder");
    let name = "x".repeat(1 << 20);
    let many = format!("<{name}/>").repeat(3) + &"<y z=\"\"/>".repeat(10_000);
    let document = parse(&CIB.replace("/>", &format!(">{many}</cib>")));
    let small = parse(&CIB.replace("/>", "><y/></cib>"));
    // Each time it is said again.
    for _ in 0..MESSAGES_MAX {
        assert!(!schemas.fits(&small));
    }
    assert!(!schemas.fits(&document));
    assert_eq!(schemas.take_messages().len(), MESSAGES_MAX);
    assert!(!schemas.fits(&document));
    let said = schemas.take_messages();
    assert!(said.iter().any(|message| message.text.contains("xxx")), "{}", said.len());
    assert!(said.iter().all(|message| message.to_string().len() < 10_000));
}

#[test]
fn nobody_else_s_files_are_read() {
    let scratch = Scratch::new("network");
    let include =
        "<grammar xmlns='http://relaxng.org/ns/structure/1.0'><include href='http://192.0.2.1/x.rng'/></grammar>";
    fs::write(scratch.0.join("pacemaker-1.1.rng"), include).expect("a file");
    let schemas = Folder::open(&scratch.0).expect("a folder");
    assert!(schemas.fits(&parse(CIB)), "what can't be decided fits");
    let said: Vec<String> = schemas.take_messages().into_iter().map(|message| message.text).collect();
    assert!(said.iter().any(|text| text.contains("network")), "{said:?}");
}

#[test]
fn a_text_with_a_null_ends_there() {
    let scratch = Scratch::new("null");
    let schemas = Folder::open(&scratch.0).expect("a folder");
    let mut document = parse(CIB);
    let inner = document.append_element(document.root(), "cib\0never");
    document.set_attribute(inner, "validate-with", "a\0b");
    assert!(schemas.fits(&document));
}

#[test]
fn threads_have_schemas_of_their_own() {
    let scratch = Scratch::new("threads");
    let folder = &scratch.0;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..20 {
                    let schemas = Folder::open(folder).expect("a folder");
                    let moved =
                        thread::scope(|inner| inner.spawn(move || schemas.fits(&parse(CIB)).then_some(schemas)).join());
                    let schemas = moved.expect("no panic").expect("fits");
                    assert!(schemas.update(&parse(CIB), None, Way::Transform).outcome.is_err());
                }
            });
        }
    });
}
