//! What is taken as XML and what is refused, and how it is said.

use core_xml::{Document, Form, Kind, Limits};
use proptest::prelude::*;

fn read(text: &str) -> Result<String, String> {
    Document::parse(text, Limits::default())
        .map(|document| document.text(document.root(), Form::Compact))
        .map_err(|error| error.to_string())
}

#[test]
fn documents_are_read() {
    for (given, expected) in [
        ("<?xml version=\"1.0\"?>\n<a/>\n", "<a/>"),
        ("<!-- before --><a b='c'></a><!-- after -->", "<a b=\"c\"/>"),
        ("<a> <b/>\n</a>", "<a><b/></a>"),
        ("<a>text</a>", "<a></a>"),
        ("<a> </a>", "<a></a>"),
        ("<a><?target data?><b/></a>", "<a><b/></a>"),
        ("<a b=\"&#65;&amp;&lt;&quot;\"/>", "<a b=\"A&amp;&lt;&quot;\"/>"),
        ("<a b=\"ü&amp;&lt;'>\t\"/>", "<a b=\"ü&amp;&lt;'> \"/>"),
        ("<x:a xmlns:x=\"uri\" x:b=\"c\"/>", "<a b=\"c\"/>"),
        ("<a><x:b xmlns:x='u'/><x:c/></a>", "<a><b/><x:c/></a>"),
        ("<a><b xmlns:x='u'><x:c x:d='1' y:d='2'/></b><x:e/></a>", "<a><b><c d=\"1\" y:d=\"2\"/></b><x:e/></a>"),
        ("<x:a xmlns:x=''/>", "<x:a/>"),
        ("<x:1 xmlns:x='u'/>", "<x:1/>"),
        ("<x:y:z xmlns:x='u'/>", "<y:z/>"),
        ("<:a xml:id='1'/>", "<:a id=\"1\"/>"),
        ("<a><![CDATA[<&]]><!--c--></a>", "<a><![CDATA[<&]]><!--c--></a>"),
    ] {
        assert_eq!(read(given).as_deref(), Ok(expected), "{given}");
    }
}

#[test]
fn text_is_kept_where_libxml2_keeps_it() {
    let texts = |text: &str| -> Vec<String> {
        let document = Document::parse(text, Limits::default()).expect("a document");
        let nodes = document.walk(document.root()).nodes();
        nodes
            .filter_map(|node| match document.kind(node) {
                Kind::Text(text) => Some(text.to_string()),
                _ => None,
            })
            .collect()
    };
    assert_eq!(texts("<a> <b/> </a>"), [""; 0]);
    assert_eq!(texts("<a>one &lt; two</a>"), ["one < two"]);
    assert_eq!(texts("<a>one<b/> </a>"), ["one", " "]);
    assert_eq!(texts("<a>\r\n</a>"), ["\n"]);
    assert_eq!(texts("<a>&#32;<b/></a>"), [" "]);
}

#[test]
fn what_is_no_document_is_refused_with_its_place() {
    for (given, expected) in [
        ("", "line 1, column 1: no element"),
        ("<a>", "line 1, column 4: <a> is not closed"),
        ("<a>\n  <b></a>", "line 2, column 6: ill-formed document: expected `</b>`, but `</a>` was found"),
        ("<a/><b/>", "line 1, column 5: <b> after the end of the root element"),
        ("<a/>text", "line 1, column 9: text outside of the root element"),
        ("<a b=\"1\" b=\"2\"/>", "line 1, column 1: <a> has b twice"),
        ("<a b=\"<\"/>", "line 1, column 1: < in the value of b"),
        ("<1/>", "line 1, column 1: \"1\" is no name"),
        ("<a b;=\"c\"/>", "line 1, column 1: \"b;\" is no name"),
        ("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>", "line 1, column 1: document types are not accepted"),
        ("<a>&unknown;</a>", "line 1, column 4: &unknown; is not known"),
        ("<a b=\"\u{1}\"/>", "line 1, column 7: a control character, which XML doesn't have"),
        ("<a b=\"&#1;\"/>", "line 1, column 1: '\\u{1}', which XML doesn't have"),
    ] {
        assert_eq!(read(given).as_ref().map_err(String::as_str), Err(expected), "{given}");
    }
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
    assert!(read(&nested(256)).is_ok());
    assert!(read(&nested(257)).expect_err("too deep").contains("more than 256 elements inside each other"));
    let empty_inside = format!("{}<b/>{}", "<a>".repeat(256), "</a>".repeat(256));
    assert!(read(&empty_inside).expect_err("too deep").contains("more than 256 elements"));
    let wide = |count: usize| format!("<a {}/>", (0..count).map(|n| format!("a{n}=\"\" ")).collect::<String>());
    assert!(read(&wide(256)).is_ok());
    assert!(read(&wide(257)).expect_err("too many").contains("more than 256 attributes"));
    let limits = Limits { length: 3, ..Limits::default() };
    let error = Document::parse("<a/>", limits).expect_err("too long");
    assert_eq!(error.to_string(), "line 1, column 1: 4 bytes, 3 are allowed");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[<>/a-c =\"'&;#x1-3!?\\[\\]A-E \n-]{0,60}") {
        if let Ok(document) = Document::parse(&text, Limits::default()) {
            let written = document.text(document.root(), Form::Compact);
            prop_assert!(Document::parse(&written, Limits::default()).is_ok(), "{} became {}", text, written);
        }
    }
}
